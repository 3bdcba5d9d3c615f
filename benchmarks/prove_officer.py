"""Proves that the officer's app gets through a bad night: 20 kbit/s, 2 s latency, 95 of 100 connections cut.

  python -m benchmarks.prove_officer --pages 2 --minutes 60

Headless chromium photographs and keys pages; between it and a real door stands a line that lets a connection live only
now and then, and lets the others carry some three kilobytes before it cuts them. Says how long each thing took to
arrive, and that the journal holds every item once, with the very bytes that the phone kept.
"""

import argparse
from time import perf_counter
from typing import Final

from playwright.sync_api import Page, sync_playwright

from benchmarks.time_officer import CHROMIUM, KEYING, town
from election import form as forms
from election.event import ReadingSubmitted, ScanReceived
from tests.kpps_scene import Town, Weather, figures, photo

NIGHT: Final = {"rate": 2500.0, "delay": 1.0, "carried": 3000.0}
"""20 kbit/s; a second each way; bytes a cut connection carries on average."""

FIELDS: Final = {page.number: page.fields[0].name for page in forms.load("c_hasil_ppwp_2024").pages}

QUEUE: Final = """() => new Promise((done) => { const open = indexedDB.open('suara-kpps'); open.onsuccess = () => {
  const all = open.result.transaction('items').objectStore('items').getAll();
  all.onsuccess = () => { open.result.close();
    done(all.result.map(({ kind, sha256, size, state }) => ({ kind, sha256, size, state }))); }; }; })"""


def made(where: Town, page: Page, pages: int) -> None:
    """Pages photographed and keyed in good weather, but with nothing sent."""
    truth = figures(where.bundle)
    for number in list(FIELDS)[-pages:]:
        page.goto(f"{where.base}/#/foto/ppwp/{number}")
        picture = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": photo(number)}
        page.get_by_label("Pilih dari galeri").set_input_files(picture)  # type: ignore[arg-type]
        page.get_by_role("button", name="Simpan").first.click()
        page.wait_for_url(f"**/angka/ppwp/{number}")
        page.evaluate(f"location.hash = '/angka/ppwp/{number}/{FIELDS[number]}'")
        page.locator("canvas.crop").wait_for()
        page.evaluate(KEYING, truth)
        page.get_by_role("button", name="Simpan").click()
        page.wait_for_url("**/#/")


def main() -> None:
    """Plays the night and prints a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", type=int, default=2, choices=(2, 3), help="the votes' two pages, or all three")
    options.add_argument("--cut", type=float, default=0.95)
    options.add_argument("--life", type=float, default=60.0, help="seconds that a good connection lives")
    options.add_argument("--minutes", type=float, default=60.0, help="give up after so long")
    args = options.parse_args()
    with town(("ppwp",)) as where, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 360, "height": 640})
        context.add_init_script("delete MediaDevices.prototype.getUserMedia")
        page = context.new_page()
        page.goto(where.base)
        page.get_by_label("Nama akun").fill(where.account)
        page.get_by_label("Kode aktivasi").fill(where.codes[where.account])
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="TPS 001").wait_for()
        page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        context.set_offline(True)
        made(where, page, args.pages)
        where.turn(Weather(cut=args.cut, life=args.life, **NIGHT))
        context.set_offline(False)
        rows = waited(page, args.minutes)
        queue, events = page.evaluate(QUEUE), where.events()
        browser.close()
    print("\n".join(["| arrived | bytes | after |", "| --- | ---: | ---: |", *rows]))
    print(f"\n{where.weather.cuts} connections cut. {verdict(queue, events)}")


def waited(page: Page, minutes: float) -> list[str]:
    """Rows of the table, one as each thing arrives."""
    rows: list[str] = []
    since, known = perf_counter(), set()
    while perf_counter() - since < 60 * minutes:
        queue = page.evaluate(QUEUE)
        for item in queue:
            if item["state"] == "received" and item["sha256"] not in known:
                known.add(item["sha256"])
                rows.append(f"| {item['kind']} | {item['size']:,} | {(perf_counter() - since) / 60:.1f} min |")
        if len(known) == len(queue):
            break
        page.wait_for_timeout(1000)
    return rows


def verdict(queue: list[dict[str, object]], events: list[object]) -> str:
    """Whether the journal holds what the phone made, each once."""
    photos = sorted(str(item["sha256"]) for item in queue if item["kind"] == "photo")
    scans = sorted(event.sha256 for event in events if isinstance(event, ScanReceived))
    readings = sum(isinstance(event, ReadingSubmitted) for event in events)
    wanted = sum(item["kind"] == "reading" for item in queue)
    holds = photos == scans and readings == wanted
    return "Holds: every item once, byte for byte." if holds else f"DIFFERS: {len(scans)} scans, {readings} readings"


if __name__ == "__main__":
    main()
