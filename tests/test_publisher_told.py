"""What is said beside the totals becomes public, late as it may come: versions, D.Hasil, disputes, determinations."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_scene import truth_of
from publisher_contests import Evening, evening, invented, rulings

from election.contest import SUARA
from election.event import GROUNDS
from publisher import places
from storage.opened import open_storage
from storage.settings import Settings

pytestmark = pytest.mark.servers
KEYS = ("ppwp", "pdpr")


@pytest.fixture(scope="module")
def site(servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    """The first TPS is voted again, the third disputed; a kelurahan's D.Hasil differs; a province is determined."""
    folder = tmp_path_factory.mktemp("told")
    servers.execute("create database told template suara strategy file_copy")
    settings = Settings(data_dir=folder, database_url=servers.database("told"), redis_url=servers.redis_url)
    found = Evening(invented(folder / "bundle", tps=16), settings, folder / "public", KEYS)
    found.go_on(evening)
    found.go_on(rulings)
    yield found
    servers.execute("drop database told with (force)")


def document(site: Evening, path: str) -> dict[str, Any]:
    return json.loads((site.public / path).read_bytes())


def record(site: Evening, key: str, row: int) -> dict[str, Any]:
    tree = site.bundle.tree
    told = document(site, places.v1(key, tree.kode(int(tree.tps_parent[row]))))
    return next(one for one in told["records"] if one["tps"] == tree.tps_kode(row))


@pytest.mark.parametrize("key", KEYS)
def test_figures_of_an_earlier_version_stay_readable_and_count_nowhere(site: Evening, key: str) -> None:
    told = record(site, key, 0)
    truth = truth_of(site.bundle, key, 0)
    assert told["version"] == 2
    (before,) = told["versions"]
    assert (before["version"], before["ground"], before["order"]) == (1, "psu", "12/PSU/2029")
    assert before["blocks"][SUARA] == {"state": "counted", "figures": list(truth[SUARA])}
    assert {block["state"] for block in told["blocks"].values()} == {"awaited"}
    assert all(block["officer"] is None for block in told["blocks"].values())
    assert document(site, places.v1(key, "0"))["reopened"] == 1
    page = (site.public / places.tps_page(key, told["tps"])).read_text()
    assert "Versi 1, diganti" in page
    assert GROUNDS["psu"]["id"] in page


def test_the_documents_of_2024_say_why_a_tps_voted_again(site: Evening) -> None:
    told = document(site, places.tps(site.bundle.tree, "ppwp", 0))
    assert (told["psu"], told["chart"]) == (GROUNDS["psu"]["id"], None)
    assert document(site, places.tps(site.bundle.tree, "ppwp", 2))["psu"] is None


@pytest.mark.parametrize("key", KEYS)
def test_a_document_that_differs_says_in_what(site: Evening, key: str) -> None:
    tree = site.bundle.tree
    kode = tree.kode(int(tree.tps_parent[2]))
    told = document(site, places.v1(key, kode))["plenary"]
    assert set(told["printed"]["figures"].values()) == {7}
    assert told["differing"] > 0
    assert not told["stands"]
    assert any((one["of"], one["theirs"]) == (kode, 7) for one in told["differences"])
    assert "berbeda dari jumlah kami" in (site.public / places.page(key, kode)).read_text()


@pytest.mark.parametrize("key", KEYS)
def test_a_determination_closes_every_record_below_it_and_no_other(site: Evening, key: str) -> None:
    tree = site.bundle.tree
    province = tree.path(0)[1]
    told = document(site, places.v1(key, tree.kode(province)))
    assert told["determination"]["sk"] == "360 Tahun 2029"
    assert "360 Tahun 2029" in (site.public / places.page(key, tree.kode(province))).read_text()
    inside = tree.tps_of(province)
    for row in (row for row in site.rows(key)[::2]):
        found = record(site, key, row)["determined"]
        assert (found == {"number": told["determination"]["number"], "index": told["determination"]["index"]}) is (
            inside.start <= row < inside.stop
        )


@pytest.mark.parametrize("key", KEYS)
def test_a_dispute_stands_where_it_was_opened(site: Evening, key: str) -> None:
    tree = site.bundle.tree
    (own,) = record(site, key, 2)["disputes"]
    assert own["reference"] == "7/PHPU/2029"
    assert record(site, key, 4)["disputes"] == []
    (area,) = document(site, places.v1(key, tree.kode(tree.path(0)[1])))["disputes"]
    assert area["forum"] == own["forum"]


def test_seats_of_the_dapil_add_up_to_the_assembly(site: Evening) -> None:
    nation = document(site, places.v1("pdpr", "0"))["outcome"]
    dapil = [document(site, places.dapil("pdpr", one.kode)) for one in site.bundle.printed("pdpr").dapil]
    for party, seats in nation["result"]["seats"].items():
        assert seats == sum(one["outcome"]["result"]["won"].get(party, 0) for one in dapil)
    page = (site.public / "pdpr/0.html").read_text()
    assert page.count("<circle cx") >= sum(one["seats"] or 0 for one in dapil)
    assert nation["outlook"]["headline"]["id"] in page
    for one in dapil:
        page = (site.public / places.dapil_page("pdpr", one["kode"])).read_text()
        assert one["nama"] in page
        assert f"{one['outcome']['result']['last']['votes']:,}".replace(",", ".") in page


def test_provinces_over_a_fifth_are_told_of_each_pair(site: Evening) -> None:
    nation = document(site, places.v1("ppwp", "0"))["outcome"]
    page = (site.public / "ppwp/0.html").read_text()
    for pair in nation["result"]["pairs"]:
        assert f"seperlima di <b>{len(pair['reached'])}</b> provinsi" in page
    assert nation["outlook"]["headline"]["id"] in page


def test_every_key_is_explained_to_strangers(site: Evening) -> None:
    docs = Path(__file__).parents[1] / "docs"
    section = (docs / "formats.md").read_text().partition("### v1")[2].partition("\n### Serving")[0]
    beside = (docs / "site.md").read_text().partition("## Beside the figures")[2].partition("\n## ")[0]
    said = set(re.findall(r"`([a-z_0-9]+)`", section + beside))
    fields = {f for key in KEYS for ballot in site.bundle.printed(key).ballots for f in ballot.fields}
    paths = [path for path in (site.public / "v1").rglob("*.json") if path.name != "reference.json"]
    found = {key for path in paths for key in keys(json.loads(path.read_bytes()))}
    assert {key for key in found - fields if not re.fullmatch(r"E\d+(\.\w+)?", key)} - said == set()


def keys(value: object) -> Iterator[str]:
    """Keys at every depth, but for what other pages of the documentation explain."""
    if isinstance(value, dict):
        yield from value
        for name, below in value.items():
            if name not in ("result", "outlook"):
                yield from keys(below)
    elif isinstance(value, list):
        for below in value:
            yield from keys(below)


def test_nothing_private_is_written(site: Evening) -> None:
    for path in site.public.rglob("*"):
        if path.suffix in (".json", ".html"):
            assert b"private.name" not in path.read_bytes(), path


def test_what_is_said_of_long_past_events_is_found_by_its_turn(site: Evening) -> None:
    """An outcome may bear a number that a publisher has long passed."""
    kode = site.bundle.tree.kode(site.bundle.tree.path(0)[1])

    async def say_again() -> tuple[bool, bool]:
        async with await open_storage(site.settings) as storage:
            await storage.pool.execute(
                "update published.dispute set reference = '8/PHPU/2029' where contest = 'ppwp' and kode = $1", kode
            )
            return await site.publish(storage, "ppwp"), await site.publish(storage, "ppwp")

    cursor = document(site, "v1/ppwp/cursor.json")["cursor"]
    assert asyncio.run(say_again()) == (True, False)
    assert document(site, "v1/ppwp/cursor.json")["cursor"] == cursor
    (found,) = document(site, places.v1("ppwp", kode))["disputes"]
    assert found["reference"] == "8/PHPU/2029"
