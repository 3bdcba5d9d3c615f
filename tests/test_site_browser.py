"""The public pages in a browser: narrow screens, no JavaScript, the keyboard, finding, print, and figures that renew
themselves by the stream, without it, paused and offline; nothing jumps and nothing is lost.
"""

# ruff: noqa: F401, F811 — fixtures of `site_scene`, taken by their names

import time

import pytest
from playwright.sync_api import expect
from site_scene import NEEDED, Shown, browser, page, shown

from election.words import number

NARROW = 320

pytestmark = NEEDED


def test_no_page_is_wider_than_a_small_phone(shown: Shown, page) -> None:
    page.set_viewport_size({"width": NARROW, "height": 800})
    for path in shown.paths():
        page.goto(f"{shown.base}/{path}", wait_until="domcontentloaded")
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW, path


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
    assert page.locator("figure[data-form] img").count() == 3


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


def test_the_keyboard_reaches_everything_and_shows_where_it_is(shown: Shown, page) -> None:
    """Every link, button, field and summary gets the focus in turn, with an outline, and is left again."""
    page.goto(shown.base)
    wanted = page.evaluate(REACHABLE)
    found = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        said = page.evaluate(FOCUSED)
        if said is None:
            break
        assert said["outline"] >= 2, said
        found.add(said["name"])
    assert len(found) == wanted


REACHABLE = """() => {
  const all = [...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")];
  const seen = all.filter((one) => one.checkVisibility({ visibilityProperty: true }));
  return seen.filter((one) => one.type !== "radio" || one.checked).length;
}"""
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const all = [...document.querySelectorAll("*")];
  return { name: all.indexOf(one), outline: parseFloat(getComputedStyle(one).outlineWidth) };
}"""


def test_the_map_shows_either_of_two_values_and_leads_on(shown: Shown, page) -> None:
    page.goto(shown.base)
    tile = page.locator(".tiles a").first
    assert tile.get_attribute("aria-label").startswith(shown.site.bundle.tree.nama(1))
    assert tile.locator(".t-lead").is_visible()
    page.locator("#peta-unggul").focus()
    page.keyboard.press("ArrowRight")
    assert tile.locator(".t-done").is_visible()
    assert not tile.locator(".t-lead").is_visible()
    tile.press("Enter")
    page.wait_for_url(f"**/ppwp/{shown.site.bundle.tree.kode(1)}.html")


@pytest.mark.parametrize("which", ["code", "spaced", "area", "silent"])
def test_codes_are_found(shown: Shown, page, which: str) -> None:
    tree, tps = shown.site.bundle.tree, shown.site.tps
    kode, path = {
        "code": (tps[1], shown.tps(1)),
        "spaced": (f" {tps[1][:4]}.{tps[1][4:]} ", shown.tps(1)),
        "area": (tree.kode(tree.path(0)[2]), f"ppwp/{tree.kode(tree.path(0)[2])}.html"),
        "silent": (tps[11], f"ppwp/{tps[11][:-3]}.html"),  # nothing has come in there: its kelurahan
    }[which]
    page.goto(f"{shown.base}/{shown.tps(0)}")
    page.get_by_label("Cari tempat").fill(kode)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{path}")


def test_places_are_found_by_name_and_keyboard(shown: Shown, page) -> None:
    """A combobox as the ARIA Authoring Practices have it."""
    tree = shown.site.bundle.tree
    kelurahan = tree.path(11)[4]
    page.goto(shown.base)
    field = page.get_by_role("combobox")
    field.press_sequentially(tree.nama(kelurahan)[:4].lower())
    expect(page.get_by_role("option").filter(has_text=tree.nama(kelurahan)).first).to_be_visible()
    assert field.get_attribute("aria-expanded") == "true"
    field.press("Escape")
    expect(page.locator("#usul")).to_be_hidden()
    field.fill(tree.nama(kelurahan).title())
    expect(page.get_by_role("option").first).to_be_visible()
    field.press("ArrowDown")
    chosen = page.locator(f"#{field.get_attribute('aria-activedescendant')}")
    assert chosen.get_attribute("aria-selected") == "true"
    field.press("Enter")
    page.wait_for_url("**/ppwp/*.html")
    assert page.locator("h1").inner_text() == tree.nama(kelurahan)


def test_what_is_not_found_is_said(shown: Shown, page) -> None:
    page.goto(f"{shown.base}/cari.html?kode=99999")
    expect(page.locator("#hasil-cari")).to_contain_text("99999")


def test_an_old_page_says_so(shown: Shown, page) -> None:
    page.clock.install(time=f"{shown.site.bundle.date}T23:00:00Z")
    page.goto(shown.base)
    expect(page.locator(".usia")).to_contain_text("jam lalu")
    page.clock.fast_forward(3 * 24 * 3600 * 1000)
    expect(page.locator(".usia")).to_contain_text("hari lalu")


def test_an_area_prints_on_one_page(shown: Shown, page) -> None:
    import pypdfium2

    page.goto(shown.base)
    assert len(pypdfium2.PdfDocument(page.pdf(format="A4"))) == 1


def counted(page) -> int:
    return int(page.locator(".lead strong").inner_text())


def ring(shown: Shown, **cut: object) -> None:
    """Tell the page that listens; wait until it does."""
    for _ in range(100):
        if shown.server.ring(**cut):
            return
        time.sleep(0.05)
    raise AssertionError("nobody listens")


def go_on(shown: Shown, page, row: int) -> None:
    """One more TPS is counted behind the page."""
    shown.site.go_on({shown.site.tps[row]: "counted"})


def until(page, condition: str) -> None:
    """Let the page's clock run until it shows something."""
    for _ in range(60):
        page.clock.run_for(2_500)
        if page.evaluate(condition):
            return
        time.sleep(0.05)
    raise AssertionError(condition)


@pytest.fixture
def watched(shown: Shown, page):
    """The front page with a clock in our hands, listening."""
    page.clock.install()
    page.goto(f"{shown.base}/index.html")
    expect(page.locator(".langsung b")).to_have_text("Langsung")
    until(page, "true")
    return page


def test_a_cut_renews_the_page_and_nothing_of_the_reader_is_lost(shown: Shown, watched) -> None:
    page = watched
    page.locator(".places thead button").first.click()
    page.locator("#peta-hitung").check()
    page.locator(".places tbody a").first.focus()
    page.evaluate("document.querySelector('#dimana').scrollIntoView()")
    before, top = counted(page), page.locator("#dimana").bounding_box()["y"]
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    go_on(shown, page, 10)
    ring(shown, contest="ppwp", number=1, areas=["77"], tps=[])
    page.clock.run_for(5_000)
    assert asked == [], "an area that is not shown is no reason to ask"
    ring(shown, contest="ppwp", number=2, areas=["0", "41"], tps=[])
    until(page, f"document.querySelector('.lead strong').textContent === '{before + 1}'")
    assert page.locator(".places thead th").first.get_attribute("aria-sort") == "ascending"
    assert page.evaluate("document.activeElement.closest('.places') !== null")
    assert page.locator("#peta-hitung").is_checked()
    assert abs(page.locator("#dimana").bounding_box()["y"] - top) <= 1
    assert "TPS dihitung" in page.locator("#kabar").text_content()
    assert page.locator(".langsung b").inner_text() == "Langsung"


def test_a_reader_may_pause(shown: Shown, watched) -> None:
    page, before = watched, counted(watched)
    page.get_by_role("button", name="Jeda pembaruan").click()
    go_on(shown, page, 9)
    ring(shown, contest="ppwp", number=3, all=True)
    until(page, "document.querySelector('.langsung').textContent.includes('ada angka baru')")
    assert counted(page) == before
    page.get_by_role("button", name="Lanjutkan").click()
    expect(page.locator(".lead strong")).to_have_text(str(before + 1))


def test_without_the_stream_it_asks_now_and_then(shown: Shown, page) -> None:
    shown.server.bell.away = True
    try:
        page.clock.install()
        page.goto(f"{shown.base}/index.html")
        expect(page.locator(".langsung b")).to_have_text("Berkala")
        before = counted(page)
        go_on(shown, page, 8)
        until(page, f"document.querySelector('.lead strong').textContent === '{before + 1}'")
        shown.server.bell.away = False
        until(page, "document.querySelector('.langsung b').textContent === 'Langsung'")
    finally:
        shown.server.bell.away = False


def test_without_a_line_it_says_so_and_catches_up(shown: Shown, watched) -> None:
    page, before = watched, counted(watched)
    page.context.set_offline(True)
    expect(page.locator(".langsung b")).to_have_text("Tanpa sambungan")
    assert counted(page) == before
    go_on(shown, page, 7)
    page.context.set_offline(False)
    expect(page.locator(".lead strong")).to_have_text(str(before + 1))
    expect(page.locator(".langsung b")).not_to_have_text("Tanpa sambungan")
