"""Times a whole TPS in the officer's app: every page of five contests photographed, every number keyed, all of it sent.

  python -m benchmarks.time_officer --contests ppwp pdpr pdpd pdprdp pdprdk

What a person needs is said, not measured: the keystroke-level model of Card, Moran and Newell (1980) with 1.35 s to
look and think (M) and 0.28 s a key (K, an average non-secretary typist) for each number, and so many seconds to lay out
and aim at a sheet. What the app adds is measured in headless chromium against a real door: from Enter to the next
number on the screen with its crop, from the photo to its verdict, and what is still to be sent after the last number.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import numpy as np
from msgspec import Struct, field
from playwright.sync_api import Page, sync_playwright

from election import form as forms
from election.contest import Contest
from paper import record, specimen
from storage.connect import connection
from storage.embedded import start_postgres, start_valkey
from storage.migrate import migrate
from storage.settings import Settings
from tests.kpps_scene import Town

CHROMIUM: Final = "/usr/bin/chromium"
NATIONAL: Final = ("ppwp", "pdpr", "pdpd", "pdprdp", "pdprdk")

KEYING: Final = """async (truth) => {
  const spent = []; let keys = 0, asked = 0;
  const at = () => location.hash + '|' + !!document.querySelector('.doubt') + '|' + !!document.querySelector('.review');
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const moved = async (was) => { while (at() === was) await new Promise((done) => setTimeout(done)); await painted(); };
  for (;;) {
    if (document.querySelector('.review')) return { spent, keys, asked };
    const doubt = document.querySelectorAll('.doubt button')[1];
    const was = at();
    if (doubt) { asked += 1; doubt.click(); await moved(was); continue; }
    const figure = String(truth[decodeURIComponent(location.hash.split('/').pop())]);
    const input = document.querySelector('#angka');
    for (const digit of figure) {
      input.value += digit; input.dispatchEvent(new InputEvent('input', { bubbles: true })); keys += 1;
      await painted();
    }
    const enter = performance.now();
    input.form.requestSubmit(); keys += 1;
    await moved(was);
    spent.push(performance.now() - enter);
  }
}"""
"""Keys a page as fast as the app lets one, and says how long each number kept one waiting (ms)."""


class Spent(Struct):
    """What the app took, ms, and how much there was to do."""

    numbers: list[float] = field(default_factory=list)
    photos: list[float] = field(default_factory=list)
    keys: int = 0
    asked: int = 0


@contextmanager
def town(contests: tuple[str, ...]) -> Iterator[Town]:
    """A door over servers of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with start_postgres(folder / "pg") as postgres, start_valkey(folder / "valkey") as valkey:
            asyncio.run(_migrated(postgres.url))
            settings = Settings(data_dir=folder / "data", database_url=postgres.url, redis_url=valkey.url)
            with Town(folder, settings, contests) as opened:
                yield opened


async def _migrated(url: str) -> None:
    line = await connection(url, "time_officer")
    await migrate(line)
    await line.close()


def play(where: Town, page: Page, contest: Contest, rng: np.random.Generator, spent: Spent) -> None:
    """One contest, page after page: photo, verdict, numbers, review."""
    form, truth = forms.of(contest), record.invent(contest, rng)
    for sheet in form.pages:
        photo = specimen.sample(form, sheet.number, rng, 0.1, figures=truth).jpeg
        page.goto(f"{where.base}/#/foto/{contest.key}/{sheet.number}")
        chooser = page.get_by_label("Pilih dari galeri")
        since = perf_counter()
        chooser.set_input_files({"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": photo})  # type: ignore[arg-type]
        page.get_by_role("button", name="Simpan").first.wait_for()
        spent.photos.append(1000 * (perf_counter() - since))
        page.get_by_role("button", name="Simpan").first.click()
        page.wait_for_url(f"**/angka/{contest.key}/{sheet.number}")
        page.evaluate(f"location.hash = '/angka/{contest.key}/{sheet.number}/{sheet.fields[0].name}'")
        page.locator("canvas.crop").wait_for()
        told = page.evaluate(KEYING, truth)
        spent.numbers += told["spent"]
        spent.keys += told["keys"]
        spent.asked += told["asked"]
        page.get_by_role("button", name="Simpan").click()
        page.wait_for_url("**/#/")


def main() -> None:
    """Plays one TPS and prints a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--contests", nargs="+", default=list(NATIONAL))
    options.add_argument("--look", type=float, default=1.35, help="seconds to look and think, a number")
    options.add_argument("--key", type=float, default=0.28, help="seconds a key")
    options.add_argument(
        "--aim", type=float, default=12.0, help="seconds to lay out a sheet, aim and look at the photo"
    )
    options.add_argument("--seed", type=int, default=1)
    args = options.parse_args()
    spent, rng = Spent(), np.random.default_rng(args.seed)
    with town(tuple(args.contests)) as where, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 640})
        page.add_init_script("delete MediaDevices.prototype.getUserMedia")
        page.goto(where.base)
        page.get_by_label("Nama akun").fill(where.account)
        page.get_by_label("Kode aktivasi").fill(where.codes[where.account])
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="TPS 001").wait_for()
        for key in args.contests:
            play(where, page, where.bundle.ballot(key, 0), rng, spent)
        since = perf_counter()
        page.locator(".truth", has_text="sudah diterima").wait_for(timeout=300_000)
        rest = perf_counter() - since
        events = sum(len(where.events(key)) for key in args.contests)
        browser.close()
    print(table(spent, args.look, args.key, args.aim, rest, events))


def table(spent: Spent, look: float, key: float, aim: float, rest: float, events: int) -> str:
    """The figures as Markdown."""
    numbers, pages = len(spent.numbers), len(spent.photos)
    keying, shooting = numbers * look + spent.keys * key, pages * aim
    waiting = sum(spent.numbers) / 1000
    verdicts = sum(spent.photos) / 1000
    rows = [
        ("pages photographed", f"{pages}"),
        ("numbers keyed", f"{numbers}"),
        ("keys pressed", f"{spent.keys:,}"),
        ("a person keying, at the stated rate", f"{keying / 60:.1f} min"),
        ("a person photographing, at the stated rate", f"{shooting / 60:.1f} min"),
        ("the app, a number: Enter to the next one painted, median", f"{median(spent.numbers):.0f} ms"),
        ("the app, a number: the slowest in a hundred", f"{np.percentile(spent.numbers, 99):.0f} ms"),
        ("the app, all numbers", f"{waiting:.1f} s"),
        ("the app, a photo: file to verdict, median", f"{median(spent.photos):.0f} ms"),
        ("the app, all photos", f"{verdicts:.0f} s"),
        ("still to send after the last number", f"{rest:.1f} s"),
        ("in the journals afterwards", f"{events}"),
        ("a whole TPS", f"{(keying + shooting + waiting + verdicts + rest) / 60:.1f} min"),
    ]
    return "\n".join(["| what | |", "| --- | ---: |", *(f"| {name} | {value} |" for name, value in rows)])


if __name__ == "__main__":
    main()
