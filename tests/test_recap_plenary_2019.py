"""The recapitulation of 2019: what `suara plenary compare` writes, against dictionaries made from the raw files.

Nothing of this project reads a file or adds a figure here but the command itself: DuckDB and `csv` read, Python sums.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from election.bundle.real import load_real
from suara.cli import main

pytestmark = pytest.mark.real

FIELDS = {"paslon_1": "pas1", "paslon_2": "pas2"}
Key = tuple[int, str, str]


class Raw(NamedTuple):
    """The files as they lie: areas by id, TPS, and sums of the official recapitulation."""

    level: dict[str, int]
    parent: dict[str, str]
    children: dict[str, list[str]]
    stations: list[dict[str, Any]]
    official: dict[str, dict[str, int]]  # only areas with a figure

    def path(self, area: str) -> Iterator[str]:
        while area in self.level:
            yield area
            area = self.parent.get(area, "")


class Ran(NamedTuple):
    code: int
    out: Path
    raw: Raw
    ours: dict[str, dict[str, int]]


def read_raw(data: Path) -> Raw:
    level, parent, children = {}, {}, defaultdict(list)
    with gzip.open(data / "wilayah_nodes.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            level[row["id"]] = int(row["depth"])
            if row["parent_id"]:
                parent[row["id"]] = row["parent_id"].removesuffix(".0")
                children[parent[row["id"]]].append(row["id"])
    official = {}
    with gzip.open(data / "rollup_all_levels.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            figures = {field: row[f"rekap_{name}"] for field, name in FIELDS.items()}
            if any(figures.values()):
                official[row["child_id"]] = {field: int(value) for field, value in figures.items() if value}
    found = duckdb.sql(f"select * from read_parquet('{data / 'ppwp_tps_two_sources.parquet'}')")
    stations = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    return Raw(level, parent, dict(children), stations, official)


@pytest.fixture(scope="module")
def ran(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    data, folder = shared / "data" / "pemilu2019", tmp_path_factory.mktemp("plenary2019")
    load_real(data, folder / "B")
    files = [data / "ppwp_tps_two_sources.parquet", data / "rollup_all_levels.csv.gz"]
    args = ["--bundle", folder / "B", "--out", folder / "P", "--source", "kpu", "--against", "rekap"]
    code = main(["plenary", "compare", *map(str, (*files, *args))])
    raw = read_raw(data)
    ours: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(FIELDS, 0))
    for station in raw.stations:
        for area in raw.path(str(station["kel_id"])):
            for field, name in FIELDS.items():
                ours[area][field] += station[f"kpu_{name}"]
    return Ran(code, folder / "P", raw, dict(ours))


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def differences(ran: Ran) -> dict[Key, tuple[int, int]]:
    """Level, area, field → ours, theirs: wherever both sides have a figure and the two are not equal."""
    raw = ran.raw
    return {
        (raw.level[area], area, field): (figures[field], raw.official[area][field])
        for area, figures in ran.ours.items()
        for field in FIELDS
        if field in raw.official.get(area, {}) and figures[field] != raw.official[area][field]
    }


def size(ran: Ran) -> dict[str, int]:
    """Area → Σ|d| of the kelurahan in it."""
    sizes: dict[str, int] = defaultdict(int)
    for (level, area, _), (ours, theirs) in differences(ran).items():
        if level == 4:
            for above in ran.raw.path(area):
                sizes[above] += abs(ours - theirs)
    return sizes


def test_every_difference_is_listed_and_no_other(ran: Ran) -> None:
    rows = duckdb.sql(
        f"select tingkat, kode, field, ours, theirs, difference, parent, against "
        f"from read_parquet('{ran.out / 'differences.parquet'}')"
    ).fetchall()
    wanted = differences(ran)
    assert {(row[0], row[1], row[2]): (row[3], row[4]) for row in rows} == wanted
    assert len(rows) == len(wanted) > 700
    assert all(row[5] == row[3] - row[4] and row[7] == "rekap" for row in rows)
    assert all(row[6] == ran.raw.parent[row[1]] for row in rows)
    assert ran.code == 1


def test_what_could_not_be_compared_is_said(ran: Ran) -> None:
    told = {row["kode"]: row["reason"] for row in table(ran.out / "uncompared.csv")}
    raw = ran.raw
    assert {kode for kode, reason in told.items() if reason == "no_records"} == set(raw.level) - set(ran.ours)
    both = {area for area in ran.ours if area in raw.official}
    assert {kode for kode, reason in told.items() if reason != "no_records"} == set(ran.ours) - both
    assert set(told) | both == set(raw.level)


def test_a_page_goes_down_to_every_child_that_differs_the_largest_first(ran: Ran) -> None:
    sizes, raw = size(ran), ran.raw
    for area in (area for area in sizes if raw.level[area] < 4):
        lines = [row["kode"] for row in table(ran.out / "report" / f"{area}.csv")]
        assert lines[0] == area
        children = list(dict.fromkeys(lines[len(FIELDS) :]))
        wanted = [child for child in raw.children[area] if sizes.get(child)]
        assert set(children) == set(wanted)
        assert [sizes[child] for child in children] == sorted((sizes[child] for child in wanted), reverse=True)


def test_the_differences_of_children_and_the_documents_own_error_make_the_areas(ran: Ran) -> None:
    raw, wanted = ran.raw, differences(ran)
    broken = {(row["document"], row["field"]): int(row["difference"]) for row in table(ran.out / "documents.csv")}
    whole = 0
    for (level, area, field), (ours, theirs) in wanted.items():
        if level == 4 or any(child not in raw.official for child in raw.children[area]):
            continue
        below = sum(
            o - t for (_, kode, name), (o, t) in wanted.items() if name == field and raw.parent.get(kode) == area
        )
        assert ours - theirs == below - broken.get((area, field), 0)
        whole += 1
    assert whole > 200


def test_documents_that_do_not_add_up_are_those_of_a_plain_sum(ran: Ran) -> None:
    raw = ran.raw
    expected = {}
    for area, children in raw.children.items():
        for field in FIELDS:
            figures = [raw.official.get(child, {}).get(field) for child in children]
            printed = raw.official.get(area, {}).get(field)
            if printed is not None and None not in figures and sum(f or 0 for f in figures) != printed:
                expected[area, field] = (printed, sum(f or 0 for f in figures))
    rows = table(ran.out / "documents.csv")
    assert {row["rule"] for row in rows} == {"E601"}
    found = {(row["document"], row["field"]): (int(row["printed"]), int(row["ought"])) for row in rows}
    assert found == expected
    assert len(expected) > 100


def test_every_tps_that_could_explain_a_kelurahan_is_named(ran: Ran) -> None:
    differ = {area for level, area, _ in differences(ran) if level == 4}
    expected = set()
    for s in ran.raw.stations:
        area, tps = str(s["kel_id"]), f"{s['kel_id']}{s['tps']:03}"
        if area not in differ:
            continue
        if any(_other(s, name) for name in FIELDS.values()):
            expected.add((area, tps, "reading"))
        if s["kpu_pas1"] == s["kpu_pas2"] == 0:
            expected.add((area, tps, "empty"))
        votes = s["kpu_pas1"] + s["kpu_pas2"]
        if s["kpu_sah"] != votes or s["kpu_jum"] != s["kpu_sah"] + s["kpu_tsah"]:
            expected.add((area, tps, "rule"))
    rows = table(ran.out / "stations.csv")
    assert {(row["kode"], row["tps"], row["clue"]) for row in rows} == expected
    reading = {(row["tps"], row["paslon_1"], row["paslon_2"]) for row in rows if row["clue"] == "reading"}
    amounts = ((s, [_other(s, name) for name in FIELDS.values()]) for s in ran.raw.stations)
    assert reading == {
        (f"{s['kel_id']}{s['tps']:03}", *map(str, both))
        for s, both in amounts
        if str(s["kel_id"]) in differ and any(both)
    }


def _other(station: dict[str, Any], name: str) -> int:
    """By how much the two sources of a TPS differ; 0 where one of them has no figure."""
    one, other = station[f"kpu_{name}"], station[f"kp_{name}"]
    return 0 if one is None or other is None else one - other


def test_an_explanation_is_arithmetic_that_holds(ran: Ran, shared: Path) -> None:
    """Where a page says that the other reading of some TPS makes just this difference, it does."""
    from election import bundle as bundles
    from recap.plenary.compare import compare

    data = shared / "data" / "pemilu2019"
    bundle = bundles.load(ran.out.parent / "B")
    found = compare(data / "ppwp_tps_two_sources.parquet", data / "rollup_all_levels.csv.gz", bundle, "ppwp", "kpu")
    assert found.sides.against == "kpu", "without a name the first source of the file is taken"
    found = compare(
        data / "ppwp_tps_two_sources.parquet", data / "rollup_all_levels.csv.gz", bundle, "ppwp", "kpu", "rekap"
    )
    tree, drill = bundle.tree, found.drill
    by_tps = {f"{s['kel_id']}{s['tps']:03}": s for s in ran.raw.stations}
    seen = defaultdict(int)
    for area in sorted({area for level, area, _ in differences(ran) if level == 4}):
        origin = drill.origin(tree.area_index(area))
        named = [by_tps[tree.tps_kode(place - tree.n_areas)] for place in origin.places]
        d = [ran.ours[area][field] - ran.raw.official[area][field] for field in FIELDS]
        if origin.kind in {"some_of", "all_of"}:
            assert d == [sum(s[f"kpu_{name}"] - s[f"kp_{name}"] for s in named) for name in FIELDS.values()]
        elif origin.kind == "contradiction":
            assert sum(d) == sum(s["kpu_pas1"] + s["kpu_pas2"] - s["kpu_sah"] for s in named)
        elif origin.kind == "left_out":
            assert d == [named[0]["kpu_pas1"], named[0]["kpu_pas2"]]
        elif origin.kind == "twice":
            assert d == [-named[0]["kpu_pas1"], -named[0]["kpu_pas2"]]
        elif origin.kind == "exchanged":
            assert d[0] == -d[1] != 0
        elif origin.kind == "nothing_printed":
            assert not any(ran.raw.official[area].values())
        seen[origin.kind] += 1
    assert seen["some_of"] > 50
    assert seen["contradiction"] > 50


def test_a_source_equals_its_own_published_sums(ran: Ran, shared: Path) -> None:
    from election import bundle as bundles
    from recap.plenary.compare import compare

    data, bundle = shared / "data" / "pemilu2019", bundles.load(ran.out.parent / "B")
    found = compare(
        data / "ppwp_tps_two_sources.parquet", data / "rollup_all_levels.csv.gz", bundle, "ppwp", "kp", "kp"
    )
    assert not list(found.sides.differences())
    [(given,)] = duckdb.sql(
        f"select count(kp_pas1) + count(kp_pas2) + count(kp_sah) + count(kp_tsah) + count(kp_jum) "
        f"from read_csv('{data / 'rollup_all_levels.csv.gz'}') where child_id in "
        f"(select kel_id from read_parquet('{data / 'ppwp_tps_two_sources.parquet'}'))"
    ).fetchall()
    assert found.sides.figures()[4] == given > 17_000
