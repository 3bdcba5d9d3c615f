"""The public pages in a browser: narrow screens, no JavaScript, sorting, finding, and numbers that renew themselves."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from aiohttp import web
from playwright.sync_api import expect, sync_playwright
from publisher_scene import Site

from election import bundle as bundles
from election.words import number
from publisher.front import app
from storage.settings import Settings

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-background-networking"]
WIDTHS = (320, 768, 1366)
EVENING = "counted held corrected proposed arriving unread"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed"),
]


@dataclass
class Shown:
    """A site behind our own server."""

    site: Site
    base: str

    def paths(self) -> list[str]:
        """One page of each sort."""
        tree = self.site.bundle.tree
        areas = [f"ppwp/{tree.kode(area)}.html" for area in tree.path(0)]
        return ["index.html", "cari.html", "nowhere.html", *areas, *(self.tps(i) for i in range(6))]

    def tps(self, i: int) -> str:
        kode = self.site.tps[i]
        return f"ppwp/tps/{kode[:-3]}/{kode}.html"


@pytest.fixture(scope="module")
def shown(servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("browser")
    servers.execute("create database site_browser template suara strategy file_copy")
    settings = Settings(data_dir=folder, database_url=servers.database("site_browser"), redis_url=servers.redis_url)
    bundle = bundles.make(folder / "bundle", seed=5, kabupaten=1, kecamatan=3, kelurahan=4, tps=12)
    site = Site(bundle, settings, folder / "public")
    site.go_on(dict(zip(site.tps, EVENING.split(), strict=False)))
    with serving(site) as base:
        yield Shown(site, base)
    servers.execute("drop database site_browser with (force)")


class serving:
    """Our file server in a thread of its own."""

    def __init__(self, site: Site) -> None:
        self.loop = asyncio.new_event_loop()
        self.runner = web.AppRunner(app(site.public))
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> str:
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self.loop).result(10)
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    async def _start(self) -> None:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.runner.cleanup(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(browser) -> Iterator:
    """A page that fails the test if anything was refused or went wrong."""
    found = browser.new_page()
    wrong: list[str] = []
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield found
    found.close()
    assert [line for line in wrong if "404" not in line] == []


def test_no_page_is_wider_than_the_screen(shown: Shown, page) -> None:
    for path in shown.paths():
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{shown.base}/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_everything_can_be_read_without_javascript(shown: Shown, browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(shown.base)
    counted = [shown.site.tps[i] for i in (0, 2)]
    valid = sum(shown.site.truth[tps]["suara_sah"] for tps in counted)
    assert number(valid) in page.locator(".sums").inner_text()
    for _ in range(4):
        page.locator(".places tbody a").first.click()
    assert page.locator("h1").inner_text() == shown.site.bundle.tree.nama(shown.site.bundle.tree.path(0)[4])
    page.locator(".places tbody a").first.click()
    assert str(shown.site.truth[counted[0]]["paslon_1"]) in page.locator(".result").inner_text()
    assert page.locator("thead button").count() == 0
    context.close()


def test_masked_pictures_are_shown_beside_the_figures(shown: Shown, page) -> None:
    page.goto(f"{shown.base}/{shown.tps(0)}")
    for source in page.eval_on_selector_all("figure img", "all => all.map(one => one.src)"):
        assert page.request.get(source).ok
    assert page.locator("figure img").count() == 3


def test_tables_sort_and_say_so(shown: Shown, page) -> None:
    tree = shown.site.bundle.tree
    kabupaten = tree.kode(tree.path(0)[2])
    page.goto(f"{shown.base}/ppwp/{kabupaten}.html")

    def names() -> list[str]:
        return page.locator(".places tbody th").all_inner_texts()

    first = page.locator(".places thead th").first
    first.locator("button").click()
    assert first.get_attribute("aria-sort") == "ascending"
    assert names() == sorted(names())
    first.locator("button").press("Enter")
    assert first.get_attribute("aria-sort") == "descending"
    assert names() == sorted(names(), reverse=True)


def test_the_keyboard_reaches_the_content_first(shown: Shown, page) -> None:
    page.goto(shown.base)
    page.keyboard.press("Tab")
    assert "Langsung ke isi" in page.evaluate("document.activeElement.textContent")
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#isi"


def test_codes_are_found(shown: Shown, page) -> None:
    tree, tps = shown.site.bundle.tree, shown.site.tps
    for kode, path in [
        (tps[1], shown.tps(1)),
        (f" {tps[1][:4]}.{tps[1][4:]} ", shown.tps(1)),
        (tree.kode(tree.path(0)[2]), f"ppwp/{tree.kode(tree.path(0)[2])}.html"),
        (tps[11], f"ppwp/{tps[11][:-3]}.html"),  # nothing has come in there: its kelurahan
    ]:
        page.goto(f"{shown.base}/{shown.tps(0)}")
        page.get_by_label("Kode TPS atau wilayah").fill(kode)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/{path}")
    page.goto(f"{shown.base}/cari.html?kode=99999")
    expect(page.locator("#hasil-cari")).to_contain_text("99999")


def test_numbers_renew_themselves_and_keep_the_order_and_the_focus(shown: Shown, page) -> None:
    page.clock.install()
    page.goto(f"{shown.base}/index.html")
    page.locator(".places thead button").first.click()
    page.locator(".places tbody a").first.focus()
    before = page.locator(".lead strong").inner_text()
    shown.site.go_on({shown.site.tps[10]: "counted"})
    page.clock.fast_forward(11_000)
    expect(page.locator(".lead strong")).to_have_text(str(int(before) + 1))
    assert page.locator(".places thead th").first.get_attribute("aria-sort") == "ascending"
    assert page.evaluate("document.activeElement.closest('.places') !== null")
    assert "TPS dihitung" in page.locator("#kabar").text_content()


def test_an_old_page_says_so(shown: Shown, page) -> None:
    page.clock.install(time=f"{shown.site.bundle.date}T23:00:00Z")
    page.goto(shown.base)
    assert "jam lalu" in page.locator("#usia").inner_text()
    page.clock.fast_forward(3 * 24 * 3600 * 1000)
    expect(page.locator("#usia")).to_contain_text("hari lalu")


def test_an_area_prints_on_one_page(shown: Shown, page) -> None:
    import pypdfium2

    page.goto(shown.base)
    assert len(pypdfium2.PdfDocument(page.pdf(format="A4"))) == 1
