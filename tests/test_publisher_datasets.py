"""Open data of every contest: what strangers add up is what is published, on every level, in every format."""

import csv
import gzip
import hashlib
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from datasets_scene import KEYS, OpenData, opened
from publisher_contests import reopen
from publisher_scene import slipped

from election import event as ev
from election.codes import LEVELS

pytestmark = pytest.mark.servers
__all__ = ["opened"]  # a fixture
FIGURES = {"tps", "tps_counted", "tps_held", "tps_waiting", "adm_counted", "adm_held", "final", "reopened"}


def package(opened: OpenData) -> dict[str, Any]:
    return json.loads((opened.data / "datapackage.json").read_text())


def files(opened: OpenData, *, csvs: bool = False) -> list[dict[str, Any]]:
    found = package(opened)["resources"]
    return [one for one in found if one.get("format") == "csv"] if csvs else found


def rows(file: Path) -> list[dict[str, str]]:
    text = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    assert b"\r\n" in text and b"\n" not in text.replace(b"\r\n", b""), "RFC 4180 ends lines with CRLF"
    return list(csv.DictReader(text.decode("utf-8").splitlines()))


def totals(opened: OpenData, key: str, level: str) -> dict[str, dict[str, int]]:
    """Code → figures, of one level's file."""
    table = opened.data / key / f"{level}.parquet"
    names = [row[0] for row in duckdb.sql(f"describe select * from '{table}'").fetchall()]
    fields = [
        name for name in names if name in FIGURES or re.match(r"(paslon|partai|suara|pemilih|pengguna|surat)", name)
    ]
    found = duckdb.sql(f"select kode, {', '.join(fields)} from '{table}'").fetchall()
    return {row[0]: dict(zip(fields, row[1:], strict=True)) for row in found}


@pytest.mark.parametrize("key", KEYS)
def test_each_level_is_the_sum_of_the_level_below_down_to_the_tps(opened: OpenData, key: str) -> None:
    for above, below in pairwise(LEVELS):
        found = duckdb.sql(f"select kode, induk from '{opened.data / key / below}.parquet'").fetchall()
        parent, children = dict(found), totals(opened, key, below)
        for kode, figures in totals(opened, key, above).items():
            inside = [children[child] for child, of in parent.items() if of == kode]
            for name, value in figures.items():
                if name in children[next(iter(children))]:
                    assert value == sum(one[name] or 0 for one in inside), (key, above, kode, name)


@pytest.mark.parametrize("key", KEYS)
def test_totals_are_those_that_are_published_and_not_all_are_zero(opened: OpenData, key: str) -> None:
    printed = opened.bundle.printed(key)
    for kode, number, published in opened.published(
        "select kode, number, totals from published.area where contest = $1", key
    ):
        level = LEVELS[opened.bundle.tree.tingkat(opened.bundle.tree.area_index(kode))]
        ours = totals(opened, key, level)[kode]
        fields = printed.fields(opened.bundle.tree.area_index(kode))
        told = dict(zip(fields, published, strict=True))
        assert all(ours[name] == told.get(name, 0) for name in printed.common)
        assert (
            number
            == duckdb.sql(f"select number from '{opened.data / key / level}.parquet' where kode = '{kode}'").fetchall()[
                0
            ][0]
        )
    assert totals(opened, key, "nasional")["0"]["suara_sah"] > 0


@pytest.mark.parametrize("key", [key for key in KEYS if key != "ppwp"])
def test_votes_of_one_ballot_alone_add_up_from_tps_to_province_and_dapil(opened: OpenData, key: str) -> None:
    of = opened.data / key / "votes"
    tps = duckdb.sql(f"select kode, ballot, field, value from '{of}/tps/*.parquet'").fetchall()
    assert tps and len({row[:3:2] for row in tps}) == len(tps)
    for level, width in (("kelurahan/*", 10), ("kecamatan", 6), ("kabupaten", 4), ("provinsi", 2)):
        for kode, ballot, field, value in duckdb.sql(f"select * from '{of}/{level}.parquet'").fetchall():
            assert value == sum(row[3] for row in tps if row[0][:width] == kode and row[1:3] == (ballot, field))
    dapil = dict(duckdb.sql(f"select kode, ballot from '{opened.data / key}/tps.parquet'").fetchall())
    if (of / "dapil.parquet").exists():
        member = dict(duckdb.sql(f"select kode, dapil from '{opened.data / key}/tps.parquet'").fetchall())
        for kode, _, field, value in duckdb.sql(f"select * from '{of}/dapil.parquet'").fetchall():
            assert value == sum(row[3] for row in tps if member[row[0]] == kode and row[2] == field)
    choices = set(duckdb.sql(f"select ballot, field from '{opened.data / key}/choices.parquet'").fetchall())
    own = {(row[1], row[2]) for row in tps if not row[2].endswith("_suara_partai")}
    assert own <= choices and {ballot for _, ballot, *_ in tps} <= set(dapil.values())


def test_the_package_tells_of_every_file_as_it_lies(opened: OpenData) -> None:
    told = {one["path"]: one for one in files(opened)}
    lying = {path.relative_to(opened.data).as_posix() for key in KEYS for path in (opened.data / key).rglob("*.*")}
    assert {path for path in lying if not path.endswith(".json")} == {p for p in told if not p.startswith("analysis")}
    for key in KEYS:
        own = json.loads((opened.data / key / "datapackage.json").read_text())["resources"]
        assert {f"{key}/{one['path']}": one["hash"] for one in own} == {
            path: one["hash"] for path, one in told.items() if path.startswith(f"{key}/")
        }
    assert len({one["name"] for one in told.values()}) == len(told)
    for path, one in told.items():
        data = (opened.data / path).read_bytes()
        assert len(data) == one["bytes"]
        if "hash" in one:
            assert one["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert package(opened)["licenses"][0]["name"] == "CC0-1.0"


TYPES = {"integer": re.compile(r"\d+"), "string": re.compile(r".+"), "datetime": re.compile(r"\d{4}-\d\d-\d\dT.*Z")}


def test_every_csv_holds_to_its_schema_and_says_what_its_parquet_says(opened: OpenData) -> None:
    for one in files(opened, csvs=True):
        schema, found = json.loads((opened.data / one["schema"]).read_text()), rows(opened.data / one["path"])
        names = [field["name"] for field in schema["fields"]]
        assert len(found) == one["suara:rows"]
        for row in found:
            assert list(row) == names
            for field in schema["fields"]:
                value, limits = row[field["name"]], field.get("constraints", {})
                assert value or not limits.get("required"), (one["path"], field["name"])
                assert not value or TYPES[field["type"]].fullmatch(value), (one["path"], field, value)
                assert not value or value in limits.get("enum", [value])
                assert not value or re.fullmatch(limits.get("pattern", ".*"), value)
        keys = [tuple(row[name] for name in schema["primaryKey"]) for row in found]
        assert len(set(keys)) == len(keys), one["path"]
        parquet = opened.data / re.sub(r"\.csv(\.gz)?$", ".parquet", one["path"])
        same = duckdb.sql(f"select * from '{parquet}'").fetchall()
        assert [tuple("" if v is None else str(v) for v in row) for row in same] == [
            tuple(row.values()) for row in found
        ]
        if "kode" in names:
            assert [row["kode"] for row in found] == sorted(row["kode"] for row in found)


@pytest.mark.parametrize("key", ["ppwp", "pdpr"])
def test_a_provinces_workbook_opens_and_has_the_same_rows(opened: OpenData, key: str) -> None:
    kode = duckdb.sql(f"select min(kode) from '{opened.data / key}/provinsi.parquet'").fetchall()[0][0]
    book = openpyxl.load_workbook(opened.data / key / "xlsx" / f"{kode}.xlsx")
    assert book.sheetnames == list(LEVELS[2:])
    for level in LEVELS[2:]:
        table = duckdb.sql(f"select * from '{opened.data / key / level}.parquet' where kode like '{kode}%'")
        heading, *cells = book[level].iter_rows(values_only=True)
        assert list(heading) == table.columns
        assert [tuple(row) for row in cells] == table.fetchall() and cells


def test_before_the_vote_the_same_addresses_have_zeros(opened: OpenData) -> None:
    now = {one["path"] for one in files(opened, csvs=True)}
    assert set(opened.zero) == now
    for key in KEYS:
        (nation,) = csv.DictReader(opened.zero[f"{key}/nasional.csv"].decode().splitlines())
        assert nation["tps"] == nation["tps_waiting"] != "0"
        assert {nation[name] for name in opened.bundle.printed(key).common} == {"0"}
        assert opened.zero[f"{key}/held.csv"].count(b"\n") == 1
        states = {row["state"] for row in csv.DictReader(opened.zero[f"{key}/tps.csv"].decode().splitlines())}
        assert states == {"awaited"}


def test_what_is_held_is_shown_beside_and_in_no_total(opened: OpenData) -> None:
    held = duckdb.sql(f"select kode, field, officer from '{opened.data}/ppwp/held.parquet'").fetchall()
    assert held and len({kode for kode, *_ in held}) == 1
    kode = held[0][0]
    row = duckdb.sql(f"select state, suara_sah, reasons from '{opened.data}/ppwp/tps.parquet' where kode = '{kode}'")
    assert row.fetchall()[0] == ("held", None, "E404")


def test_nothing_is_built_twice_and_slow_tables_wait_their_hour(opened: OpenData) -> None:
    assert opened.build() == []
    before = {one["path"]: one for one in files(opened)}
    again = opened.tps("ppwp", 0)
    figures = opened.figures("ppwp", 0)

    async def correct(night) -> None:
        on = await night.journal.decided(again, "suara")
        await night.send(
            ev.BlockCorrected(
                tps=again, at="2029-02-14T14:00:00.000Z", block="suara", replaces=on,
                figures=slipped(figures["suara"]), proposal=0, reason="mistyped", roles=("kpu_ri", "kpu_ri"),
                accounts=("private.name", "private.other"),
            ),
            expect=on,
        )  # fmt: skip
        await reopen(night, opened.tps("ppwp", 2))

    opened.act(correct, ("ppwp",))
    assert opened.build() == ["ppwp"]
    after = {one["path"]: one for one in files(opened)}
    assert after["ppwp/tps.csv"]["suara:number"] > before["ppwp/tps.csv"]["suara:number"]
    pages = next(path for path in after if path.startswith("ppwp/pages/"))
    assert after[pages] == before[pages] and (opened.data / pages).exists()
    found = duckdb.sql(
        f"select kode, kind, field, before, after from '{opened.data}/ppwp/corrections.parquet'"
    ).fetchall()
    assert (again, "block_corrected", "paslon_1", figures["suara"][0], figures["suara"][0] + 30) in found
    assert {row[0] for row in found if row[1] == "version_opened"} == {opened.tps("ppwp", 2)}
    opened.now = opened.now.replace(hour=17)
    assert opened.build() == ["ppwp"]
    assert {one["suara:number"] for one in files(opened) if one["path"].startswith("ppwp/xlsx/4")} >= {
        after["ppwp/tps.csv"]["suara:number"]
    }
    assert opened.build() == []


def test_a_build_that_dies_leaves_what_stood(opened: OpenData, monkeypatch: pytest.MonkeyPatch) -> None:
    from publisher.datasets import build as building

    before = (opened.data / "pdpd").resolve(), package(opened)
    monkeypatch.setattr(building.Build, "_province", lambda *_: 1 / 0)
    monkeypatch.setattr("publisher.datasets.service.edition", lambda _: "another")
    with pytest.raises((ZeroDivisionError, TypeError)):
        opened.build()
    assert ((opened.data / "pdpd").resolve(), package(opened)) == before
    assert all((opened.data / one["path"]).exists() for one in files(opened))


def test_duckdb_reads_all_of_it_through_the_views(opened: OpenData) -> None:
    line = duckdb.connect()
    line.execute(f"set variable suara = '{opened.data}'")
    line.execute((opened.data / "analysis/suara.sql").read_text())
    assert (
        line.sql("select sum(suara_sah) from ppwp_tps").fetchall()
        == line.sql(
            "select value from elections where contest = 'ppwp' and level = 'nasional' and field = 'suara_sah'"
        ).fetchall()
    )
    hours = line.sql("select distinct contest, at_utc from history").fetchall()
    assert {contest for contest, _ in hours} == set(KEYS)
