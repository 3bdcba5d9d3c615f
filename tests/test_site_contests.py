"""Pages of every contest in a browser: axe finds nothing, and none is wider than a phone."""

import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from publisher_contests import Evening, evening, invented, rulings
from test_site_browser import CHROMIUM, FLAGS, serving

from publisher import places
from storage.settings import Settings

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
KEYS = ("ppwp", "pdpr", "pdpd")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed"),
]


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
    for key in KEYS:
        found += [places.page(key, kode) for kode in (nation, province)]
    found += [places.page("pdpr", kelurahan), places.dapil_page("pdpr", site.bundle.printed("pdpr").dapil[0].kode)]
    return [*found, *(places.tps_page(key, tree.tps_kode(row)) for key, row in (("ppwp", 0), ("pdpd", 2)))]


def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(site: Evening) -> None:
    found = []
    with serving(site) as base, sync_playwright() as driver:  # type: ignore[arg-type]
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        for path in paths(site):
            page.set_viewport_size({"width": 320, "height": 900})
            page.goto(f"{base}/{path}")
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > 320:
                found.append(f"{path} is {wide} px wide")
            run = Axe().run(page, options={"runOnly": RULES}).response
            found += [f"{path}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in run["violations"]]
        browser.close()
    assert found == []
