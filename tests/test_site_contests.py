"""Pages of every contest in a browser: axe finds nothing, and none is wider than a phone."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from publisher_contests import Evening, evening, invented, rulings
from site_scene import CHROMIUM, FLAGS, NEEDED, serving

from publisher import places
from storage.settings import Settings

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
KEYS = ("ppwp", "pdpr", "pdpd")
BOTH = ("index.html", "pdpr/0.html")
"""Pages that are looked at in two widths: what is laid out otherwise where there is room."""

pytestmark = NEEDED


@pytest.fixture(scope="module")
def site(servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    folder = tmp_path_factory.mktemp("site_contests")
    servers.execute("create database site_contests template suara strategy file_copy")
    settings = Settings(data_dir=folder, database_url=servers.database("site_contests"), redis_url=servers.redis_url)
    found = Evening(invented(folder / "bundle", tps=16), settings, folder / "public")
    found.go_on(evening, KEYS)
    found.go_on(rulings, ("ppwp", "pdpr"))
    yield found
    servers.execute("drop database site_contests with (force)")


def paths(site: Evening) -> list[str]:
    """A page of each sort, with and without rulings; of the TPS, one that votes again and one that is disputed."""
    tree, found = site.bundle.tree, []
    nation, province, *_, kelurahan = (tree.kode(area) for area in tree.path(2))
    found = [places.page("ppwp", nation), *(places.page(key, province) for key in KEYS)]
    found += [places.page("pdpr", kelurahan), places.dapil_page("pdpr", site.bundle.printed("pdpr").dapil[0].kode)]
    found += [
        *BOTH,
        "cara.html",
        "data.html",
        "cari.html",
        "ppwp/ditahan/0.html",
        "ppwp/waktu/0.html",
        "ppwp/koreksi.html",
    ]
    found = list(dict.fromkeys(found))
    return [*found, *(places.tps_page(key, tree.tps_kode(row)) for key, row in (("ppwp", 0), ("pdpd", 2)))]


def test_where_a_contest_is_not_held_its_page_says_so_and_nothing_else(site: Evening) -> None:
    tree = site.bundle.tree
    abroad = next(tree.kode(area) for area in tree.children(0) if tree.kode(area) == "99")
    said = (site.public / places.page("pdpd", abroad)).read_text()
    assert "tidak diadakan di" in said
    assert "Belum termasuk" not in said
    assert "tidak diadakan di" not in (site.public / places.page("ppwp", abroad)).read_text()


def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(site: Evening) -> None:
    found = []
    with serving(site.public) as base, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        for path in paths(site):
            for width in (320, 1366) if path in BOTH else (320,):
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(f"{base}/{path}")
                page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
                if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
                    found.append(f"{path} is {wide} px wide at {width}")
                run = Axe().run(page, options={"runOnly": RULES}).response
                found += [f"{path}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in run["violations"]]
        browser.close()
    assert found == []
