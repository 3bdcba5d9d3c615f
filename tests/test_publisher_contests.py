"""Every contest at once: documents and pages of each level, from records that real engines have counted."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import sirekap_readers as readers
from engine_scene import truth_of
from publisher_contests import ALL, BASE, Evening, evening, invented

from publisher import files, places
from publisher.files import Files
from publisher.folder import Folder
from publisher.follower import Follower
from publisher.site import Site
from storage.opened import open_storage
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


PARTIES = ("pdpr", "pdprdp", "pdprdk")


@pytest.fixture
def get(site: Evening) -> readers.Get:
    """What a file server with the zero rule answers. A missing document is an error, as it was for those programs."""
    served = Files(site.public)

    def answer(address: str) -> Any:
        found = served.read(address.removeprefix("/"))
        assert found is not None, address
        return json.loads(found[0])

    return answer


def test_programs_of_2024_that_walk_the_lists_find_what_the_nation_says(site: Evening, get: readers.Get) -> None:
    found = readers.stations(get)
    assert len(found) == site.bundle.tree.n_tps
    summed = dict.fromkeys(get("/pemilu/ppwp.json"), 0)
    for document in found.values():
        for key, votes in readers.candidates_of(document["chart"]).items():
            summed[key] += votes
    nation = get("/pemilu/hhcw/ppwp.json")
    assert readers.candidates_of(nation["chart"]) == summed
    assert nation["progres"]["progres"] == sum(document["status_suara"] for document in found.values())


@pytest.mark.parametrize("key", ["ppwp", "pdpd", *PARTIES])
def test_programs_of_2024_that_follow_the_tables_reach_every_tps(site: Evening, get: readers.Get, key: str) -> None:
    found = dict(readers.by_tables(get, key))
    assert len(found) == len(site.rows(key))
    for area in range(site.bundle.tree.n_areas):
        document = get(f"/{places.aggregate(site.bundle.tree, key, area)}")
        below = [readers.candidates_of(row) for row in document["table"].values()]
        for choice, votes in readers.candidates_of(document["chart"]).items():
            if choice not in readers.SUM_KEYS:
                assert votes == sum(row.get(choice, 0) for row in below), (key, area)
        assert sum(row["status_progress"] for row in document["table"].values()) <= document["progres"]["progres"]


def test_a_program_that_downloads_everything_misses_nothing(site: Evening, get: readers.Get) -> None:
    tree = site.bundle.tree
    keys = ("ppwp", "pdpd", *PARTIES)
    assert readers.everything(get, keys) == len(keys) * (tree.n_areas - 1 + tree.n_tps)


@pytest.mark.parametrize("key", PARTIES)
def test_the_strictest_program_of_2024_refuses_none_of_ours(site: Evening, get: readers.Get, key: str) -> None:
    told = dict(readers.by_tables(get, key))
    for document in [*told.values(), get(f"/pemilu/hhcw/{key}/zero.json")]:
        readers.strict_tps(document)
    counted = [document for document in told.values() if document["status_suara"]]
    assert len(counted) == len(site.rows(key)[::2])
    for document in counted:
        for party, sums in document["chart"].items():
            own = [votes for kode, votes in document["caleg"][party].items() if kode != "null"]
            assert sums["jml_suara_total"] == sums["jml_suara_partai"] + sum(own)


@pytest.mark.parametrize("key", PARTIES)
def test_every_dapil_is_listed_summed_and_seated(site: Evening, get: readers.Get, key: str) -> None:
    seen = 0
    for one in site.bundle.printed(key).dapil:
        above = {"pdpr": "", "pdprdp": f"{one.areas[0][:2]}/", "pdprdk": f"{one.areas[0][:2]}/{one.areas[0][:4]}/"}[key]
        address = f"/pemilu/hhcd/{key}/{above}{one.kode}.json"
        readers.strict_district(get(address))
        listed = get(f"/wilayah/pemilu/{key}/{above.rstrip('/') or 'dapil_dpr'}.json")
        assert one.kode in {line["kode"] for line in listed}
        assert all({"nama", "id", "kode"} <= set(line) for line in listed)
        together = get(f"/pemilu/hhcd/{key}/{above.rstrip('/') or '0'}.json")
        chart = readers.candidates_of(get(address)["chart"])
        if together["table"][one.kode] is None:
            assert not any(chart.values()), "null says that nothing is counted there"
        else:
            assert readers.candidates_of(together["table"][one.kode]) == chart
        if key != "pdpr" and any(chart.values()):  # of the DPR the law leaves out parties below the threshold
            won = readers.seats(get, address, one.kode, one.seats)
            result = json.loads((site.public / places.dapil(key, one.kode)).read_bytes())["outcome"]["result"]
            ours, tie = result["won"], result["tie"] or {"names": [], "places": 0}
            ballot = site.bundle.printed(key).ballots[int(site.bundle.printed(key).of_dapil[seen])]
            by_number = {str(party.number): ours.get(party.id, 0) for party in ballot.choices}
            more = {party: len(won.get(party, ())) - n for party, n in by_number.items()}
            tied = {str(party.number) for party in ballot.choices if party.id in tie["names"]}
            assert all(n == 0 or (n > 0 and party in tied) for party, n in more.items())  # programs of 2024 know no tie
            assert sum(more.values()) == tie["places"]
        seen += 1
    assert seen == len(site.bundle.printed(key).dapil) > 0


def test_a_page_with_three_boxes_to_choose_from_still_works(get: readers.Get) -> None:
    assert readers.dapil_pages(get) > 0


@pytest.mark.parametrize("key", ["pkwkp", "pkwkk"])
def test_programs_of_the_pilkada_sum_up_a_kabupaten(site: Evening, get: readers.Get, key: str) -> None:
    lists = get(f"/pilkada/paslon/{key}.json")
    for province in get(f"/wilayah/pilkada/{key}/0.json"):
        for regency in get(f"/wilayah/pilkada/{key}/{province['kode']}.json"):
            summed, told = readers.pilkada(get, key, regency["kode"])
            assert summed == told
            assert set(told) <= set(lists[regency["kode"] if key == "pkwkk" else province["kode"]])
    nation = get(f"/pilkada/hhcw/{key}.json")
    assert nation == get(f"/pilkada/hhcw/{key}/0.json")
    assert set(nation) == {"mode", "tungsura", "psu", "progres", "ts"}
    assert (
        sum(row["progres"]["progres"] for row in nation["tungsura"]["table"].values()) == nation["progres"]["progres"]
    )


def test_nothing_of_any_contest_is_public_before_the_gate(site: Evening, tmp_path: Path) -> None:
    """Every document, page and picture is one of an evening on which nothing has come in (UU 7/2017 art. 449)."""
    settings = msgspec.structs.replace(site.bundle.settings, gate="2029-02-14T15:00:00+07:00")
    manifest = msgspec.structs.replace(site.bundle.manifest, settings=settings)
    gated = msgspec.structs.replace(site.bundle, manifest=manifest)

    async def scenario() -> None:
        async with await open_storage(site.settings) as storage:
            for key in ALL:
                pages, folder = Site(gated, gated.live), Folder(tmp_path)
                publisher = Follower(
                    gated, key, storage, folder, pages, BASE, lambda: datetime(2029, 2, 14, 7, tzinfo=UTC)
                )
                assert await publisher.catch_up()
                assert not await publisher.catch_up()

    asyncio.run(scenario())
    paths = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".gz"}
    assert not [path for path in paths if re.match(r"scans|[0-9a-f]{4}/|[a-z]+/tps/|v1/[a-z]+/versions/", path)]
    assert not [path for path in paths if files.TPS_DOCUMENT.fullmatch(path)]
    for path in paths:
        if re.match(r"v1/[a-z]+/(?:dapil/)?[0-9A-Z]+\.json$", path):
            told = json.loads((tmp_path / path).read_bytes())
            assert told["outcome"] is None
            assert set(told["totals"].values()) <= {0}
            assert told["tps"]["counted"] == told["number"] == told["cursor"] == 0
            assert not any(record["number"] for record in told.get("records", ()))
        elif re.match(r"(?:pemilu|pilkada)/hhc", path):
            told = json.loads((tmp_path / path).read_bytes())
            sums = told.get("tungsura", told)
            assert set(readers.candidates_of(sums["chart"]).values()) <= {0}, path
            assert told.get("progres", {"progres": 0})["progres"] == 0
            rows = [row for row in sums.get("table", {}).values() if row is not None]
            assert not [v for row in rows for k, v in row.items() if k not in readers.SUM_KEYS and v], path
