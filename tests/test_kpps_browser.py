"""The officer's app in chromium, against the real door and the real accounts service."""

import base64
import json
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from kpps_scene import Town, Weather, figures, photo, video
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from election import form
from election.event import PageRead, ReadingSubmitted, ScanReceived
from storage.settings import Settings
from tlog.proof import Proof

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-background-networking", "--use-fake-ui-for-media-stream"]
WIDTHS = (320, 768, 1366)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
expect.set_options(timeout=15_000)
FIELDS = {page.number: [field.name for field in page.fields] for page in form.load("c_hasil_ppwp_2024").pages}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed"),
]


_number = count(1)


@pytest.fixture
def town(servers, tmp_path: Path) -> Iterator[Town]:
    """A town of its own for every test. Playwright's loop holds this thread, so the database is made in another."""
    name = f"kpps_{next(_number)}"
    with ThreadPoolExecutor(1) as aside:
        aside.submit(servers.execute, f"create database {name} template suara strategy file_copy").result()
        settings = Settings(data_dir=tmp_path, database_url=servers.database(name), redis_url=servers.redis_url)
        with Town(tmp_path, settings) as opened:
            yield opened
        aside.submit(servers.execute, f"drop database {name} with (force)").result()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    film = video(tmp_path_factory.mktemp("film") / "page1.mjpeg", photo(1))
    fake = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *fake])
        yield found
        found.close()


@contextmanager
def phone(browser: Browser, width: int = 360, camera: bool = False) -> Iterator[BrowserContext]:
    """A phone that nobody has used yet. Without `camera` the officer has not allowed it."""
    context = browser.new_context(viewport={"width": width, "height": 640}, has_touch=True, locale="id-ID")
    if not camera:
        context.add_init_script("delete MediaDevices.prototype.getUserMedia")
    yield context
    context.close()


def enrolled(context: BrowserContext, town: Town, code: str | None = None) -> Page:
    """The app on this phone, enrolled and able to start without a signal."""
    page = context.new_page()
    page.goto(town.base)
    page.get_by_label("Nama akun").fill(town.account)
    page.get_by_label("Kode aktivasi").fill(code or town.codes[town.account])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="TPS 001")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    return page


def photograph(page: Page, number: int, keep: str = "Simpan, lalu ketik angka") -> None:
    """A page from the gallery, looked at and kept."""
    page.goto(f"{page.url.split('#')[0]}#/foto/ppwp/{number}")
    picture = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": photo(number)}
    page.get_by_label("Pilih dari galeri").set_input_files(picture)  # type: ignore[arg-type]
    page.get_by_role("button", name=keep).click()
    page.wait_for_url(f"**/angka/ppwp/{number}")


def key_in(page: Page, number: int, truth: dict[str, int]) -> None:
    """Every number of a page, typed as fast as a machine can, and the review confirmed."""
    for field in FIELDS[number]:
        expect(page.get_by_role("textbox")).to_be_focused()
        page.keyboard.type(str(truth[field]))
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Simpan").click()
    page.wait_for_url("**/#/")


def all_received(page: Page, seconds: float = 30) -> None:
    expect(page.locator(".truth")).to_contain_text("sudah diterima", timeout=seconds * 1000)


def test_offline_reload_and_back_everything_is_received(town: Town, browser: Browser) -> None:
    truth = figures(town.bundle)
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 1)
        key_in(page, 1, truth)
        all_received(page)
        context.set_offline(True)
        town.weather.down = True
        photograph(page, 2)
        page.keyboard.type(str(truth["paslon_1"]))
        page.keyboard.press("Enter")
        expect(page.locator(".truth")).to_contain_text("Tanpa sinyal")
        page.reload()
        page.get_by_role("textbox").wait_for()
        for field in ("paslon_2", "paslon_3"):
            expect(page.get_by_role("textbox")).to_be_focused()
            page.keyboard.type(str(truth[field]))
            page.keyboard.press("Enter")
        page.get_by_role("button", name="Simpan").click()
        photograph(page, 3)
        key_in(page, 3, truth)
        expect(page.locator(".truth")).to_contain_text("Tanpa sinyal — 2 foto, 1 lembar angka aman di ponsel ini")
        page.close()
        town.weather.down = False
        context.set_offline(False)
        again = context.new_page()
        again.goto(town.base)
        all_received(again)
    scans = [event for event in town.events() if isinstance(event, ScanReceived)]
    readings = [event for event in town.events() if isinstance(event, ReadingSubmitted)]
    assert sorted(scan.page for scan in scans) == [1, 2, 3]
    assert all(scan.signed and scan.account == town.account and scan.verdict == "ok" for scan in scans)
    blocks = town.bundle.ballot("ppwp", 0).blocks
    sent = {block: row for reading in readings for block, row in reading.figures.items()}
    assert sent == {block: tuple(truth[field] for field in fields) for block, fields in blocks.items()}


def test_the_camera_finds_the_page_and_names_the_wrong_one(town: Town, browser: Browser) -> None:
    with phone(browser, camera=True) as context:
        page = enrolled(context, town)
        page.goto(f"{town.base}/#/foto/ppwp/1")
        expect(page.locator(".finder-ok polygon")).to_be_visible(timeout=20_000)
        expect(page.get_by_role("status").filter(has_text="Foto baik")).to_be_visible()
        page.goto(f"{town.base}/#/foto/ppwp/2")
        expect(page.get_by_text("Ini halaman 1, seharusnya 2")).to_be_visible(timeout=20_000)
        page.get_by_role("button", name="Ambil foto").click()
        page.get_by_role("button", name="Simpan sebagai Presiden dan Wakil Presiden, halaman 1").click(timeout=20_000)
        page.wait_for_url("**/angka/ppwp/1")
        expect(page.get_by_role("img", name="Potongan foto: Pemilih dalam DPT, laki-laki")).to_be_visible()
        all_received(page)


def test_a_bad_line_loses_nothing(town: Town, browser: Browser) -> None:
    """A tenth of a bad night, so that it takes seconds: benchmarks/prove_officer.py plays it at its own pace."""
    truth = figures(town.bundle)
    with phone(browser) as context:
        page = enrolled(context, town)
        town.turn(Weather(rate=60_000, delay=0.1, cut=0.7, carried=20_000, life=4))
        photograph(page, 2)
        photograph(page, 3)
        page.goto(f"{town.base}/#/angka/ppwp/2")
        key_in(page, 2, truth)
        page.goto(f"{town.base}/#/angka/ppwp/3")
        key_in(page, 3, truth)
        for _ in range(60):
            page.evaluate("dispatchEvent(new Event('online'))")  # as a phone on the edge of a cell says again and again
            if "sudah diterima" in page.locator(".truth").inner_text():
                break
            page.wait_for_timeout(700)
        all_received(page)
    assert town.weather.cuts > 1
    kinds = [type(event) for event in town.events()]
    assert sorted(kind.__name__ for kind in kinds) == ["ReadingSubmitted", "ScanReceived", "ScanReceived"]


def test_a_sum_that_differs_is_asked_about_and_may_stand(town: Town, browser: Browser) -> None:
    truth = figures(town.bundle) | {"suara_total": figures(town.bundle)["suara_total"] + 1}
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 2)
        key_in(page, 2, truth)
        page.goto(f"{town.base}/#/angka/ppwp/3")
        for field in FIELDS[3]:
            expect(page.get_by_role("textbox")).to_be_focused()
            page.keyboard.type(str(truth[field]))
            page.keyboard.press("Enter")
        total = truth["suara_total"]
        expect(page.get_by_text(f"Jumlah di formulir {total}, penjumlahan {total - 1}.")).to_be_visible()
        page.get_by_role("button", name="Memang begitu di formulir").click()
        expect(page.get_by_text("Memang begitu di formulir")).to_be_visible()
        page.get_by_role("button", name="Simpan dan kirim angka").click()
        page.wait_for_url("**/#/")
        page.goto(f"{town.base}/#/kiriman")
        expect(page.get_by_text("Angka halaman 2, 3")).to_be_visible()
        all_received(page)
    (reading,) = [event for event in town.events() if isinstance(event, ReadingSubmitted)]
    assert reading.as_written == ("E305",)


def test_receipts_are_shown_without_a_signal(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 1)
        all_received(page)
        context.set_offline(True)
        page.goto(f"{town.base}/#/kiriman")
        page.get_by_role("link", name="Foto halaman 1").click()
        expect(page.get_by_role("img", name="Kode QR tanda terima")).to_be_visible()
        expect(page.locator(".prove")).to_contain_text(f"TPS {town.tps}")
        (scan,) = [event for event in town.events() if isinstance(event, ScanReceived)]
        expect(page.locator("code").first).to_have_text(scan.sha256)
        assert qr(page) == _receipt(page)["note"]


def _items(page: Page) -> list[dict]:
    """What the queue in IndexedDB holds."""
    return page.evaluate(
        """() => new Promise((done) => { const open = indexedDB.open('suara-kpps'); open.onsuccess = () => {
        const all = open.result.transaction('items').objectStore('items').getAll();
        all.onsuccess = () => { open.result.close(); done(JSON.parse(JSON.stringify(all.result))); }; }; })"""
    )


def _receipt(page: Page) -> dict:
    return next(item["receipt"] for item in _items(page) if item.get("receipt"))


def qr(page: Page, number: int = 0) -> str:
    """The code on the screen, read by somebody else's reader."""
    import cv2
    import numpy as np

    shot = cv2.imdecode(np.frombuffer(page.locator("svg.qr").nth(number).screenshot(), np.uint8), cv2.IMREAD_COLOR)
    for factor in (3, 2, 4, 1.5, 2.5):  # OpenCV's reader fails on some codes at some sizes
        scaled = cv2.resize(shot, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        text, *_ = cv2.QRCodeDetector().detectAndDecode(scaled)
        if text:
            break
    return text


def test_a_wrong_clock_and_a_new_version_of_a_photo(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        context.add_init_script("const real = Date.now; Date.now = () => real() - 3 * 86400_000")
        page = enrolled(context, town)
        photograph(page, 1)
        photograph(page, 1)
        all_received(page)
        page.goto(f"{town.base}/#/akun")
        expect(page.get_by_text("berbeda 4320 menit dari server")).to_be_visible()
    first, second = [event for event in town.events() if isinstance(event, ScanReceived)]
    assert first.replaces is None
    assert second.replaces == 1


def test_a_lost_key_is_enrolled_again_and_what_waited_is_sent(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        page = enrolled(context, town)
        context.set_offline(True)
        photograph(page, 1)
        code = town.reissued(town.account)
        context.set_offline(False)
        expect(page.locator(".truth")).to_contain_text("Pengiriman berhenti", timeout=30_000)
        page.goto(f"{town.base}/#/akun")
        expect(page.get_by_text("Minta kode aktivasi baru dari PPS")).to_be_visible()
        page.get_by_role("button", name="Keluar").click()
        page.get_by_label("Nama akun").fill(town.account)
        page.get_by_label("Kode aktivasi").fill(code)
        page.get_by_role("button", name="Daftarkan").click()
        all_received(page)
    (scan,) = [event for event in town.events() if isinstance(event, ScanReceived)]
    assert scan.account == town.account


def test_signing_in_needs_no_signal_and_signing_out_loses_nothing(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        page = enrolled(context, town)
        context.set_offline(True)
        photograph(page, 1)
        page.goto(f"{town.base}/#/akun")
        page.get_by_role("button", name="Keluar").click()
        expect(page.get_by_role("button", name=f"Masuk sebagai {town.account}")).to_be_visible()
        page.reload()
        page.get_by_role("button", name=f"Masuk sebagai {town.account}").click()
        expect(page.locator(".truth")).to_contain_text("1 foto aman di ponsel ini")
        page.goto(f"{town.base}/#/akun")
        page.get_by_role("button", name="Keluar").click()
        context.set_offline(False)
        expect(page.locator("#akun")).to_be_attached()
        for _ in range(150):
            if _items(page)[0]["state"] == "received":
                break
            page.wait_for_timeout(200)
    assert len(town.events()) == 1


def test_two_tabs_send_once(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        one = enrolled(context, town)
        two = context.new_page()
        two.goto(town.base)
        expect(two.get_by_role("heading", name="TPS 001")).to_be_visible()
        one.bring_to_front()
        photograph(two, 1)
        all_received(two)
        all_received(one)
        one.close()
        photograph(two, 2)
        all_received(two)
    assert [event.page for event in town.events()] == [1, 2]


FULL = """() => { const put = IDBObjectStore.prototype.put; globalThis.room = 0;
IDBObjectStore.prototype.put = function (value, ...key) {
  if (value?.bytes && value.bytes.byteLength > room) throw new DOMException('full', 'QuotaExceededError');
  if (this.name === 'photos' && !value.bytes) room = Infinity;
  return put.call(this, value, ...key); }; }"""
"""A phone with no room for a photo until one is given back: chromium's own quota is not kept by private windows."""


def test_a_full_phone_says_so_and_loses_nothing(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 1)
        all_received(page)
        page.evaluate(FULL)
        page.goto(f"{town.base}/#/foto/ppwp/2")
        picture = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": photo(2)}
        page.get_by_label("Pilih dari galeri").set_input_files(picture)  # type: ignore[arg-type]
        page.get_by_role("button", name="Simpan, lalu ketik angka").click()
        expect(page.get_by_role("alert")).to_contain_text("Penyimpanan penuh")
        expect(page.locator(".truth")).to_contain_text("Penyimpanan ponsel penuh")
        page.evaluate("room = Infinity")
        page.get_by_role("button", name="Simpan, lalu ketik angka").click()
        all_received(page)


def look_again(page: Page) -> None:
    """As when a signal comes back."""
    page.evaluate("dispatchEvent(new Event('online'))")


def test_proofs_free_the_oldest_photo_when_room_is_needed(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 1)
        all_received(page)
        town.publish()
        look_again(page)
        page.goto(f"{town.base}/#/halaman/ppwp/1")
        expect(page.get_by_text("tercatat di log publik")).to_be_visible(timeout=15_000)
        page.goto(f"{town.base}/#/bukti/{_items(page)[0]['id']}")
        page.locator("svg.qr").nth(1).wait_for()
        assert qr(page, 1) == Proof(**vars(Proof.parse(_items(page)[0]["proof"])) | {"extra": None}).text
        page.evaluate(FULL)
        photograph(page, 2)
        page.get_by_role("textbox").wait_for()
        assert next(item for item in _items(page) if item["pages"] == [1])["freed"]


def test_what_answers_in_the_servers_place_is_no_receipt_no_proof_and_no_status(town: Town, browser: Browser) -> None:
    """A hotel's sign-in page says 200 to everything; a photo given back for it would be lost."""
    portal = {"status": 200, "body": "<!doctype html><title>Masuk Wi-Fi</title>", "content_type": "text/html"}
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 1)
        all_received(page)
        context.route("**/v1/**", lambda route: route.fulfill(**portal))
        look_again(page)
        key_in(page, 1, figures(town.bundle))
        photograph(page, 2)
        page.wait_for_timeout(500)
        states = {(item["kind"], *item["pages"]): item["state"] for item in _items(page)}
        assert states == {("photo", 1): "received", ("reading", 1): "made", ("photo", 2): "made"}
        context.unroute("**/v1/**")
        town.publish()
        look_again(page)
        all_received(page)


def test_a_device_revoked_in_the_middle_of_the_night_says_so_at_once(town: Town, browser: Browser) -> None:
    """It still holds a token for a quarter of an hour; the refusal of that is no reason to go on trying in silence."""
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 1)
        all_received(page)
        town.reissued(town.account)
        page.wait_for_timeout(1500)  # the door follows revocations
        photograph(page, 2)
        expect(page.locator(".truth")).to_contain_text("Pengiriman berhenti — 1 foto aman di ponsel ini")
        assert [item["state"] for item in _items(page) if item["pages"] == [2]] == ["made"]
        page.goto(f"{town.base}/#/akun")
        page.get_by_role("button", name="Keluar").click()
        other = f"{town.account[:-1]}2"
        page.get_by_label("Nama akun").fill(other)
        page.get_by_label("Kode aktivasi").fill(town.codes[other])
        page.get_by_role("button", name="Daftarkan").click()
        page.get_by_role("heading", name="TPS 001").wait_for()
        expect(page.locator(".truth")).to_contain_text("Siap")
        expect(page.get_by_text("sudah dikirim petugas lain").first).to_be_visible()


LOOKED = {"tps": "", "at": "2029-02-14T12:00:00.000Z", "quality": 1, "rendition": None, "model": "m", "program": "p"}


def looked(town: Town, scan: int, page: int | None, fault: str | None) -> PageRead:
    """What a reader says of a photo."""
    scores = None if fault else "0" * 64
    return PageRead(**{**LOOKED, "tps": town.tps, "scan": scan, "page": page, "fault": fault, "scores": scores})


def test_an_officer_is_asked_for_a_new_photo_of_what_could_not_be_read(town: Town, browser: Browser) -> None:
    """The status as the door tells it, from events as readers write them."""
    with phone(browser) as context:
        page = enrolled(context, town)
        photograph(page, 3)
        key_in(page, 3, figures(town.bundle))
        all_received(page)
        (scan,) = [number for number, event in enumerate(town.events(), 1) if isinstance(event, ScanReceived)]
        town.append(looked(town, scan, None, "scan.blurred"))
        look_again(page)
        expect(page.get_by_text("foto tidak terbaca, perlu difoto ulang")).to_be_visible()
        assert Axe().run(page, options={"runOnly": RULES}).violations_count == 0
        page.get_by_role("link", name=re.compile("^Foto ulang halaman 3")).first.click()
        page.wait_for_url("**/foto/ppwp/3")
        page.goto(f"{town.base}/#/halaman/ppwp/3")
        expect(page.get_by_text("Foto terlalu buram")).to_be_visible()
        expect(page.get_by_text("Foto baru tidak diperlukan")).to_be_hidden()
        page.goto(f"{town.base}/#/kiriman")
        expect(page.get_by_text("Foto terlalu buram")).to_be_visible()
        photograph(page, 3)
        all_received(page)
        page.goto(f"{town.base}/#/")
        look_again(page)
        expect(page.get_by_text("foto tidak terbaca")).to_be_hidden()
        second = len(town.events())
        town.append(looked(town, second, 3, None))
        page.goto(f"{town.base}/#/kiriman")
        look_again(page)
        expect(page.get_by_text("dibaca").first).to_be_visible()


def test_a_stick_holds_what_waits_as_it_was_signed(town: Town, browser: Browser) -> None:
    with phone(browser) as context:
        page = enrolled(context, town)
        context.set_offline(True)
        photograph(page, 1)
        page.goto(f"{town.base}/#/akun")
        with page.expect_download() as download:
            page.get_by_role("button", name="Simpan 1 kiriman ke berkas").click()
        head, item = map(json.loads, Path(download.value.path()).read_text().splitlines())
    assert head["account"] == town.account
    assert item["headers"]["Signature-Input"].startswith('officer=("upload-length" "upload-metadata");created=')
    values = dict(pair.split(" ") for pair in item["headers"]["Upload-Metadata"].split(","))
    told = base64.b64decode(values["sha256"]).decode()
    assert told == sha256(base64.b64decode(item["body"])).hexdigest()


STATUS = {
    "tps": "",
    "items": [],
    "blocks": [
        {
            "contest": "ppwp", "block": "administrasi", "state": "held", "figures": {"pemilih_dpt_l": 120},
            "read": {"pemilih_dpt_l": 126},
            "reasons": [{"code": "E404", "id": "Petugas dan mesin berbeda.", "en": "Officer and machine differ."}],
        },
        {"contest": "ppwp", "block": "suara", "state": "counted", "reasons": [], "figures": None, "read": None},
    ],
}  # fmt: skip


def visited(page: Page, town: Town, look: Callable[[str], None]) -> None:
    """Every screen once, in the states it can be in."""
    base = f"{town.base}/"
    page.goto(base)
    page.get_by_label("Nama akun").wait_for()
    look("enrol")
    page.get_by_label("Nama akun").fill(town.account)
    page.get_by_label("Kode aktivasi").fill("7K3M9-QXT4P")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    look("enrol refused")
    page.get_by_label("Kode aktivasi").fill(town.codes[town.account])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="TPS 001").wait_for()
    look("home")
    page.goto(f"{base}#/kiriman")
    page.get_by_role("heading", name="Kiriman").wait_for()
    look("sent, empty")
    page.goto(f"{base}#/angka/ppwp/3")
    page.get_by_role("textbox").wait_for()
    look("number without a photo")
    page.goto(f"{base}#/foto/ppwp/1")
    page.get_by_text("Kamera tidak dapat dibuka").wait_for()
    look("no camera")
    picture = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": photo(1)}
    page.get_by_label("Pilih dari galeri").set_input_files(picture)  # type: ignore[arg-type]
    page.get_by_role("button", name="Simpan, lalu").wait_for()
    look("verdict")
    page.get_by_role("button", name="Simpan, lalu").click()
    page.get_by_role("img", name=re.compile("Potongan foto")).wait_for()
    look("number")
    for value in ("120", "130", "251"):  # neither the official voters nor a sum
        expect(page.get_by_role("textbox")).to_be_focused()
        page.keyboard.type(value)
        page.keyboard.press("Enter")
        page.locator(".doubt").wait_for()
        if value == "251":
            look("doubt")
        page.get_by_role("button", name="Memang begitu").click()
    page.goto(f"{base}#/angka/ppwp/1/periksa")
    page.locator(".review").wait_for()
    look("review")
    all_received(page)
    page.goto(f"{base}#/kiriman")
    page.get_by_role("link", name="Foto halaman 1").wait_for()
    look("sent")
    page.get_by_role("link", name="Foto halaman 1").click()
    page.locator(".qr").first.wait_for()
    look("receipt")
    page.goto(f"{base}#/halaman/ppwp/1")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_text("ditahan").wait_for()
    look("page, held")
    page.context.set_offline(True)
    page.goto(f"{base}#/foto/ppwp/2")
    page.get_by_label("Pilih dari galeri").set_input_files(picture)  # type: ignore[arg-type]
    page.get_by_role("button", name="Simpan juga, beri tanda").click()
    page.wait_for_url("**/angka/ppwp/2")
    page.goto(f"{base}#/kiriman")
    page.get_by_role("button", name="Coba kirim sekarang").wait_for()
    look("sent, offline")
    page.goto(f"{base}#/akun")
    page.get_by_role("heading", name="Akun").wait_for()
    look("account")
    page.get_by_role("button", name="Keluar").click()
    page.get_by_role("button", name="Masuk sebagai").wait_for()
    look("sign in")


def test_axe_finds_nothing_and_no_screen_is_wider_than_the_phone(town: Town, browser: Browser) -> None:
    found: list[str] = []
    with phone(browser) as context:
        context.route("**/v1/tps/*/status", lambda route: route.fulfill(json=STATUS | {"tps": town.tps}))
        page = context.new_page()

        def look(name: str) -> None:
            run = Axe().run(page, options={"runOnly": RULES}).response
            found.extend(f"{name}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in run["violations"])
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 640})
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    found.append(f"{name}: wider than {width}")
            page.set_viewport_size({"width": 360, "height": 640})

        visited(page, town, look)
    assert found == []


def test_candidates_may_be_confirmed_from_the_machine_and_are_marked(town: Town, browser: Browser) -> None:
    truth = figures(town.bundle)

    def confirmed(route: Route) -> None:
        sheet = route.fetch().json()
        sheet["contests"][0]["candidates"] = "confirmed"
        for field in sheet["contests"][0]["pages"][1]["fields"]:
            field["candidate"] = True
        route.fulfill(json=sheet)

    read = {name: truth[name] for name in FIELDS[2]}
    block = {"contest": "ppwp", "block": "suara", "state": "held", "reasons": [], "figures": None, "read": read}
    told = {"tps": town.tps, "items": [], "blocks": [block]}
    with phone(browser) as context:
        context.route("**/sheet", confirmed)
        context.route("**/v1/tps/*/status", lambda route: route.fulfill(json=told))
        page = enrolled(context, town)
        photograph(page, 2)
        page.goto(f"{town.base}/#/angka/ppwp/3")
        key_in(page, 3, truth)
        all_received(page)
        page.evaluate("dispatchEvent(new Event('online'))")
        page.goto(f"{town.base}/#/halaman/ppwp/2")
        page.get_by_text("Cocokkan bacaan mesin").wait_for()
        assert Axe().run(page, options={"runOnly": RULES}).violations_count == 0
        page.get_by_role("button", name="3 angka ini cocok").click()
        expect(page.get_by_text("Cocokkan bacaan mesin")).to_be_hidden()
        for _ in range(150):
            if len([event for event in town.events() if isinstance(event, ReadingSubmitted)]) == 2:
                break
            page.wait_for_timeout(200)
    keyed, after = [event for event in town.events() if isinstance(event, ReadingSubmitted)]
    assert keyed.figures["suara"] == (None, None, None, *(truth[field] for field in FIELDS[3]))
    assert after.figures["suara"][:3] == tuple(read.values())
    assert set(after.confirmed) == set(read)


def test_practice_is_framed_and_sends_nothing(town: Town, browser: Browser) -> None:
    asked: list[str] = []
    with phone(browser) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{town.base}/?latihan#/")
        expect(page.get_by_text("LATIHAN")).to_be_visible()
        photograph(page, 1)
        all_received(page)
        page.goto(f"{town.base}/?latihan#/kiriman")
        page.get_by_role("link", name="Foto halaman 1").click()
        page.locator(".qr").wait_for()
        assert qr(page).startswith("LATIHAN")
        assert Axe().run(page, options={"runOnly": RULES}).violations_count == 0
    assert not [url for url in asked if "/v1/" in url]
    assert town.events() == []


def test_from_enrolment_to_the_first_number_without_a_mouse(town: Town, browser: Browser) -> None:
    with phone(browser, camera=True) as context:
        page = context.new_page()
        page.goto(town.base)
        tab_to(page, "#akun")
        page.keyboard.type(town.account)
        page.keyboard.press("Tab")
        page.keyboard.type(town.codes[town.account])
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="TPS 001").wait_for()
        tab_to(page, "a.primary")
        page.keyboard.press("Enter")
        expect(page.locator(".finder-ok")).to_be_visible(timeout=20_000)
        assert Axe().run(page, options={"runOnly": RULES}).violations_count == 0
        tab_to(page, "button.primary")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Simpan, lalu").wait_for(timeout=20_000)
        tab_to(page, "button.primary")
        page.keyboard.press("Enter")
        expect(page.get_by_role("textbox")).to_be_focused(timeout=10_000)


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the focus is on `selector`; a person would give up sooner than this does."""
    for _ in range(40):
        if page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")
