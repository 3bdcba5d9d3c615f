"""The report's pages in a browser: axe finds nothing, and no page is wider than a phone."""

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from test_recap_plenary import write_csv

from election import bundle as bundles
from recap.plenary import paper
from recap.plenary.compare import compare

CHROMIUM = "/usr/bin/chromium"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed"),
]


def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(tmp_path: Path) -> None:
    made = bundles.make(tmp_path / "B", seed=11, provinsi=2, kecamatan=4, kelurahan=9, tps=30)
    tree, names = made.tree, ("kode", "paslon_1", "paslon_2", "suara_sah", "suara_tidak_sah", "suara_total")
    records = [(tree.tps_kode(t), t, 2 * t, 3 * t + (t == 1), 1, 3 * t + 1) for t in range(30)]
    sums = {a: [sum(row[j] for row in records[tree.tps_of(a)]) for j in range(1, 6)] for a in range(tree.n_areas)}
    for area in (*tree.level(4)[:2], tree.level(3)[0], tree.level(1)[1]):
        sums[area][0] += 3
    files = [write_csv(tmp_path / "r.csv", records, names)]
    files.append(write_csv(tmp_path / "s.csv", [(tree.kode(a), *row) for a, row in sums.items()], names))
    pages = paper.write(tmp_path / "P", compare(files[0], files[1], made, "ppwp"))
    assert len(pages) > 4
    found = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        for file in pages:
            page.goto(file.as_uri())
            run = Axe().run(page, options={"runOnly": RULES}).response
            found += [f"{file.name}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in run["violations"]]
            for width in (320, 768, 1366):
                page.set_viewport_size({"width": width, "height": 768})
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    found.append(f"{file.name} is wider than {width}")
        browser.close()
    assert found == []
