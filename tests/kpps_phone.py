"""A phone in chromium before the officer's app: its fixtures, and what an officer's hand does on it."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from kpps_scene import Town, photo, video
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from election import form
from storage.settings import Settings

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-background-networking", "--use-fake-ui-for-media-stream"]
expect.set_options(timeout=15_000)
FIELDS = {page.number: [field.name for field in page.fields] for page in form.load("c_hasil_ppwp_2024").pages}

MARKS = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed"),
]
"""Of every module that plays the app."""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""What axe holds a screen to."""


_number = count(1)


@pytest.fixture(name="town")
def opened_town(servers, tmp_path: Path) -> Iterator[Town]:
    """A town of its own for every test. Playwright's loop holds this thread, so the database is made in another."""
    name = f"kpps_{next(_number)}"
    with ThreadPoolExecutor(1) as aside:
        aside.submit(servers.execute, f"create database {name} template suara strategy file_copy").result()
        settings = Settings(data_dir=tmp_path, database_url=servers.database(name), redis_url=servers.redis_url)
        with Town(tmp_path, settings) as opened:
            yield opened
        aside.submit(servers.execute, f"drop database {name} with (force)").result()


@pytest.fixture(name="browser", scope="module")
def launched_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
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


def items(page: Page) -> list[dict]:
    """What the queue in IndexedDB holds."""
    return page.evaluate(
        """() => new Promise((done) => { const open = indexedDB.open('suara-kpps'); open.onsuccess = () => {
        const all = open.result.transaction('items').objectStore('items').getAll();
        all.onsuccess = () => { open.result.close(); done(JSON.parse(JSON.stringify(all.result))); }; }; })"""
    )


def receipt(page: Page) -> dict:
    return next(item["receipt"] for item in items(page) if item.get("receipt"))


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
