"""Every contest at once: documents and pages of each level, from records that real engines have counted."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from engine_scene import truth_of
from publisher_contests import ALL, Evening, evening, invented

from publisher import places
from storage.settings import Settings

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def site(servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    folder = tmp_path_factory.mktemp("contests")
    servers.execute("create database all_contests template suara strategy file_copy")
    settings = Settings(data_dir=folder, database_url=servers.database("all_contests"), redis_url=servers.redis_url)
    found = Evening(invented(folder / "bundle"), settings, folder / "public")
    found.go_on(evening)
    yield found
    servers.execute("drop database all_contests with (force)")


def document(site: Evening, key: str, kode: str) -> dict[str, Any]:
    return json.loads((site.public / places.v1(key, kode)).read_bytes())


@pytest.mark.parametrize("key", ALL)
def test_totals_of_every_area_are_plain_sums_of_its_counted_records(site: Evening, key: str) -> None:
    tree, counted = site.bundle.tree, site.rows(key)[::2]
    for area in range(tree.n_areas):
        told = document(site, key, tree.kode(area))
        inside = [row for row in counted if row in range(*tree.tps_of(area).indices(tree.n_tps))]
        wanted = dict.fromkeys(told["totals"], 0)
        for row in inside:
            ballot = site.bundle.ballot(key, row)
            for block, figures in truth_of(site.bundle, key, row).items():
                for name, value in zip(ballot.blocks[block], figures, strict=True):
                    if name in wanted:
                        wanted[name] += value or 0
        assert told["totals"] == wanted
        assert told["tps"]["counted"] == len(inside)


@pytest.mark.parametrize("key", ALL)
def test_every_place_has_its_page(site: Evening, key: str) -> None:
    tree = site.bundle.tree
    for area in range(tree.n_areas):
        page = (site.public / places.page(key, tree.kode(area))).read_text()
        assert tree.nama(area) in page
    for row in site.rows(key)[::2]:
        page = (site.public / places.tps_page(key, tree.tps_kode(row))).read_text()
        ballot = site.bundle.ballot(key, row)
        assert all(choice.name in page for choice in ballot.choices)


@pytest.mark.parametrize("key", ["pdpd", "pkwkp", "pkwkk"])
def test_an_area_without_common_choices_says_so_in_words(site: Evening, key: str) -> None:
    printed = site.bundle.printed(key)
    assert not printed.shown(0).choices
    page = (site.public / places.page(key, "0")).read_text()
    assert "Tiap daerah memilih di antara calonnya sendiri" in page
    own = next(area for area in range(site.bundle.tree.n_areas) if printed.of_area[area] >= 0)
    assert "calonnya sendiri" not in (site.public / places.page(key, site.bundle.tree.kode(own))).read_text()


def test_a_table_has_a_column_only_for_what_all_its_lines_share(site: Evening) -> None:
    """A line of shares stands under the choice that its heading names."""
    for key in ALL:
        for path in (site.public / key).glob("*.html"):
            page = path.read_text()
            head = page.partition("<thead>")[2].partition("</thead>")[0].count("<th ")
            for line in page.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr")[1:]:
                assert line.count("<td ") + line.count("<th ") == head, path


def test_held_votes_are_left_out_and_told(site: Evening) -> None:
    for key in ALL:
        nation = document(site, key, "0")
        assert nation["tps"]["held"] == 1
        assert nation["tps"]["total"] == int(np.count_nonzero(site.bundle.tps_holding(key)))
