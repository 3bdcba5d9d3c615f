"""The page of a TPS and the form to report, in a browser: axe, keyboard, narrow screens, no JavaScript, the scan."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright
from record_scene import told
from reports_scene import clock
from tps_shots import CHROMIUM, FLAGS, WIDTHS, invented, plain, publish

from publisher.folder import Folder
from publisher.front import app
from publisher.reports.desk import Settings, room
from publisher.reports.shelf import ROLE
from publisher.site import Site
from publisher.standby.address import other

pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed"),
]

RECORDS = (("ppwp", "counted"), ("ppwp", "held"), ("ppwp", "again"), ("ppwp", "unfound"), ("pdpr", "counted"))
AXE = {"ppwp-held": None, "ppwp-unfound": ".paper", "pdpr-counted": "#blok-partai_1"}
"""Pages that axe looks at, and which part: the rest is as on the first of them."""

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@dataclass
class Shown:
    """Pages of every state behind our own server, with the room of reports."""

    base: str
    paths: dict[str, str]
    public: Path

    def at(self, name: str) -> str:
        return f"{self.base}/{self.paths[name]}"


@pytest.fixture(scope="module")
def shown(servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    place = tmp_path_factory.mktemp("tps")
    servers.execute("create database site_tps template suara strategy file_copy")
    bundle = invented(place / "bundle")
    public = place / "public"
    site, folder = Site(bundle, bundle.live, "https://hasil.example"), Folder(public)
    site.write_static(folder)
    records = {f"{key}-{state}": told(bundle, key, state, row) for row, (key, state) in enumerate(RECORDS, start=1)}
    paths = {name: publish(folder, site, one, draw=plain) for name, one in records.items()}
    tps = bundle.tree.tps_kode(1)
    write_record(public, tps)
    paths["report"] = f"report?contest=ppwp&tps={tps}&field=paslon_2"
    settings = Settings(public=public, url=other(servers.database("site_tps"), user=ROLE))
    with serving(app(public, [room(settings, lambda: bundle, clock)])) as base:
        yield Shown(base, paths, public)
    servers.execute("drop database site_tps with (force)")


def write_record(public: Path, tps: str) -> None:
    """As much of a kelurahan's document as the room of reports reads."""
    path = public / f"v1/ppwp/{tps[:-3]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'{{"cursor": 9, "records": [{{"tps": "{tps}", "blocks": {{"suara": {{"counted": {{"paslon_2": 52}}}}}}}}]}}'
    )


class serving:
    """An application in a thread of its own."""

    def __init__(self, application: web.Application) -> None:
        self.loop = asyncio.new_event_loop()
        self.runner = web.AppRunner(application)
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> str:
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self.loop).result(20)
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    async def _start(self) -> None:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.runner.cleanup(), self.loop).result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """A page that fails the test if a script went wrong or the policy refused something."""
    found = browser.new_page(viewport={"width": 1366, "height": 900})
    wrong: list[str] = []
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield found
    found.close()
    assert [line for line in wrong if "404" not in line] == []


def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(shown: Shown, page: Page) -> None:
    for name in shown.paths:
        page.goto(shown.at(name))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        if name in AXE:
            found = Axe().run(page, context=AXE[name], options=RULES)
            assert found.violations_count == 0, (name, found.generate_report())


def test_a_number_in_focus_outlines_its_boxes_and_enter_enlarges_them(shown: Shown, page: Page) -> None:
    page.goto(shown.at("ppwp-counted"))
    row = page.locator('tr[data-f="paslon_2"]')
    row.scroll_into_view_if_needed()
    crop = row.locator(".crop")
    crop.focus()
    expect(page.locator(".tabs [aria-current]")).to_have_text("Halaman 2")
    outline = page.locator(".stage rect.over")
    x, y = (float(outline.get_attribute(name) or 0) for name in ("x", "y"))
    assert (x, y) == pytest.approx((453, 334.56), abs=0.2), "where the form's template has the boxes, less two mm"
    whole = page.locator(".stage > svg").get_attribute("viewBox")
    assert whole == "-12.00 -12.00 624.00 924.00"
    page.keyboard.press("Enter")
    left, top, width, height = map(float, page.locator(".stage > svg").get_attribute("viewBox").split())
    assert width < 320
    assert left < x < left + width
    assert top < y < top + height


def test_the_scan_moves_by_keyboard_and_by_mouse_and_never_leaves_the_page(shown: Shown, page: Page) -> None:
    page.goto(shown.at("ppwp-counted"))
    svg = page.locator(".stage > svg")
    expect(svg).to_have_attribute("viewBox", "-12.00 -12.00 624.00 924.00")

    def view() -> list[float]:
        return [float(one) for one in str(svg.get_attribute("viewBox")).split()]

    svg.focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    near = view()
    assert near[2] == pytest.approx(624 / 2.25, abs=0.1)
    page.keyboard.press("ArrowRight")
    assert view()[0] > near[0]
    for _ in range(30):
        page.keyboard.press("ArrowUp")
    assert view()[1] == -12
    box = svg.bounding_box()
    assert box is not None
    before = view()
    page.mouse.move(box["x"] + 200, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 200)
    page.mouse.up()
    assert view()[0] > before[0]
    assert view()[1] > before[1]
    page.keyboard.press("0")
    assert view() == [-12, -12, 624, 924]
    page.keyboard.press("PageDown")
    expect(page.locator(".tabs [aria-current]")).to_have_text("Halaman 2")


def test_a_photo_without_a_page_says_so_where_the_scan_would_be(shown: Shown, page: Page) -> None:
    page.goto(shown.at("ppwp-unfound"))
    page.locator(".tabs a").nth(1).click()
    expect(page.locator("#hal-2 .blank")).to_be_visible()
    expect(page.locator(".stage")).to_be_hidden()
    page.locator(".tabs a").nth(2).click()
    expect(page.locator(".stage")).to_be_visible()


def test_a_party_opens_its_own_page_of_the_form(shown: Shown, page: Page) -> None:
    page.goto(shown.at("pdpr-counted"))
    assert page.locator("details.block[open]").count() == 0
    page.locator("#blok-partai_1 summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".tabs [aria-current]")).to_have_text("Halaman 2")
    expect(page.locator("#blok-partai_1 .crop").first).to_be_visible()


def test_what_one_looks_at_stays_when_the_figures_renew_themselves(shown: Shown, page: Page) -> None:
    page.goto(shown.at("ppwp-counted"))
    page.locator('tr[data-f="suara_sah"]').scroll_into_view_if_needed()
    page.locator('tr[data-f="suara_sah"] .crop').click()
    near = page.locator(".stage > svg").get_attribute("viewBox")
    page.evaluate("""async () => {
        const text = await (await fetch(location.pathname)).text();
        const fresh = new DOMParser().parseFromString(text, "text/html");
        document.querySelector("[data-live]").replaceWith(fresh.querySelector("[data-live]"));
    }""")
    expect(page.locator(".stage > svg")).to_have_attribute("viewBox", str(near))
    expect(page.locator(".tabs [aria-current]")).to_have_text("Halaman 3")
    expect(page.locator(".stage")).to_have_count(1)
    expect(page.locator('tr[data-f="suara_sah"].at')).to_have_count(1)


def test_without_javascript_the_scan_stands_beside_the_numbers_and_a_report_can_be_sent(shown: Shown, browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(shown.at("ppwp-counted"))
    assert page.locator("figure img").count() == 4
    assert page.locator("tr[data-f]").count() == 28
    page.locator("#blok-suara a.tell").click()
    page.locator("select").select_option("paslon_2")
    page.get_by_label("Berapa yang tertulis").fill("52")
    page.locator("button.primary").click()
    expect(page.locator("#keliru")).to_contain_text("sudah 52")
    page.get_by_label("Berapa yang tertulis").fill("57")
    page.get_by_label("Catatan untuk pemeriksa").fill("kotak satuan")
    page.locator("button.primary").click()
    expect(page.locator(".thanks")).to_contain_text("Simpan kode ini")
    kode = page.locator(".thanks .code").inner_text()
    expect(page.locator("h1")).to_contain_text(kode)
    page.goto(f"{shown.base}/report")
    page.get_by_label("Ketik kodenya").fill(kode.lower().replace("-", " "))
    page.get_by_role("button", name="Lihat").click()
    expect(page.locator(".state-line")).to_contain_text("Diterima; menunggu pemeriksa")
    context.close()


def test_by_keyboard_alone_a_row_leads_to_its_report_and_what_was_typed_survives_a_reload(
    shown: Shown, page: Page
) -> None:
    page.goto(shown.at("ppwp-counted"))
    row = page.locator('tr[data-f="paslon_2"]')
    row.scroll_into_view_if_needed()
    row.locator(".crop").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/report?**")
    assert page.locator("#field").input_value() == "paslon_2"
    page.locator("#value").focus()
    page.keyboard.type("61")
    page.reload()
    assert page.locator("#value").input_value() == "61"
    page.locator("#value").press("Enter")
    expect(page.locator(".thanks")).to_be_visible()
    assert Axe().run(page, options=RULES).violations_count == 0
    page.goto(shown.at("report"))
    assert page.locator("#value").input_value() == ""
