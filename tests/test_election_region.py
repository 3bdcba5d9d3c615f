"""The tree of areas: against a tree of plain dictionaries, and against the real nation of 2024."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.codes import CodeIndex, fixed
from election.planting import plant, survey
from election.problem import TEXTS, BrokenReference
from election.region import NATION_CODE, AreaColumns, TpsColumns, Tree, UnknownArea, UnknownTps

Row = tuple[str, int, str, str]

POOL = [f"{sign}{number:X}" for sign in ("", "-", "99A", "é") for number in range(1, 200)]
"""Codes of several widths, some with letters, some the beginning of another."""


@st.composite
def elections(draw: st.DrawFn) -> tuple[list[Row], list[tuple[str, str, str]]]:
    """Rows of areas and TPS in any order, codes that say nothing about their parents."""
    chance = Random(draw(st.integers(0, 2**32)))
    codes = iter(chance.sample(POOL, len(POOL)))
    areas: list[Row] = []
    above = [NATION_CODE]
    for level in range(1, 5):
        counts = draw(st.lists(st.integers(0 if level > 1 else 1, 3), min_size=len(above), max_size=len(above)))
        rows = [(next(codes), level, parent) for parent, n in zip(above, counts, strict=True) for _ in range(n)]
        areas += [(kode, level, parent, f"wilayah {kode}") for kode, level, parent in rows]
        above = [kode for kode, _, _ in rows]
    counts = draw(st.lists(st.integers(0, 3), min_size=len(above), max_size=len(above)))
    tps = [(next(codes), f"TPS {i}", kelurahan) for kelurahan, n in zip(above, counts, strict=True) for i in range(n)]
    return chance.sample(areas, len(areas)), chance.sample(tps, len(tps))


def columns(areas: list[Row], tps: list[tuple[str, str, str]]) -> tuple[AreaColumns, TpsColumns]:
    kode, tingkat, parent, nama = zip(*areas, strict=True)
    if not tps:
        return AreaColumns.of(kode, tingkat, parent, nama), TpsColumns.of([], [], [])
    return AreaColumns.of(kode, tingkat, parent, nama), TpsColumns.of(*zip(*tps, strict=True))


def chain(parents: dict[str, str], kode: str) -> list[str]:
    """Codes from the nation to `kode`, by dictionary."""
    above = [kode]
    while above[-1] != NATION_CODE:
        above.append(parents[above[-1]])
    return above[::-1]


@given(elections())
def test_tree_agrees_with_dictionaries(election: tuple[list[Row], list[tuple[str, str, str]]]) -> None:
    areas, tps = election
    tree = Tree.build(*columns(areas, tps))
    parents = {kode: parent for kode, _, parent, _ in areas}
    tingkat = {kode: level for kode, level, _, _ in areas}
    assert tree.n_areas == len(areas) + 1 and tree.n_tps == len(tps)
    assert {tree.kode(a) for a in range(1, tree.n_areas)} == set(parents)
    for area in range(1, tree.n_areas):
        kode = tree.kode(area)
        assert tree.area_index(kode) == area
        assert tree.tingkat(area) == tingkat[kode]
        assert tree.kode(int(tree.parent[area])) == parents[kode]
        assert tree.nama(area) == f"wilayah {kode}"
        expected = {k for k, _, kelurahan in tps if kode in chain(parents, kelurahan)}
        rows = tree.tps_of(area)
        assert {tree.tps_kode(i) for i in range(rows.start, rows.stop)} == expected
        assert tree.tps_counts()[area] == len(expected)
    for kode, nama, kelurahan in tps:
        i = tree.tps_index(kode)
        assert tree.tps_kode(i) == kode and tree.tps_nama(i) == nama
        assert [tree.kode(a) for a in tree.path(i)] == chain(parents, kelurahan)


@given(elections())
def test_children_are_contiguous_and_cover_each_level(election: tuple[list[Row], list[tuple[str, str, str]]]) -> None:
    areas, tps = election
    tree = Tree.build(*columns(areas, tps))
    for level in range(5):
        starts = tree.starts(level)
        following = tree.n_tps if level == 4 else len(tree.level(level + 1))
        assert starts[0] == 0 and starts[-1] == following and (np.diff(starts) >= 0).all()
        found = [child for area in tree.level(level) for child in tree.children(area)]
        assert found == list(range(tree.n_tps) if level == 4 else tree.level(level + 1))
        for area in tree.level(level):
            above = tree.tps_parent if level == 4 else tree.parent
            assert all(above[child] == area for child in tree.children(area))
        assert [tree.path(i)[level] for i in range(tree.n_tps)] == tree.ancestors(level).tolist()
    assert tree.level_start.tolist()[-1] == tree.n_areas + tree.n_tps
    assert tree.level_start.dtype == np.int32 and len(tree.level_start) == 7


@given(elections())
def test_siblings_keep_the_order_they_came_in(election: tuple[list[Row], list[tuple[str, str, str]]]) -> None:
    areas, tps = election
    tree = Tree.build(*columns(areas, tps))
    for area in range(tree.n_areas):
        if tree.tingkat(area) < 4:
            came = [kode for kode, _, parent, _ in areas if parent == tree.kode(area)]
            assert [tree.kode(child) for child in tree.children(area)] == came
        else:
            came = [kode for kode, _, parent in tps if parent == tree.kode(area)]
            assert [tree.tps_kode(child) for child in tree.children(area)] == came


@given(
    st.lists(st.text("019AB-", min_size=1, max_size=6), unique=True, max_size=30),
    st.lists(st.text("019AB-\0é", max_size=9), max_size=20),
)
def test_code_index_is_the_inverse_of_its_column(codes: list[str], wanted: list[str]) -> None:
    index = CodeIndex.over(fixed(codes))
    assert index.find(fixed(codes)).tolist() == list(range(len(codes)))
    for code in wanted:
        assert index.one(code) == (codes.index(code) if code in codes else -1)


AREAS = [("11", 1, "0", "A"), ("1101", 2, "11", "B"), ("110101", 3, "1101", "C"), ("1101012001", 4, "110101", "D")]
TPS = [("1101012001001", "TPS 001", "1101012001")]


def test_a_code_that_is_longer_or_shorter_or_ends_in_nul_is_unknown() -> None:
    tree = Tree.build(*columns(AREAS, TPS))
    assert tree.tps_index("1101012001001") == 0
    for kode in ("", "11010120010", "11010120010011", "1101012001001\0", "x", "1101012001001 ", "11010120010٠1"):
        with pytest.raises(UnknownTps) as refused:
            tree.tps_index(kode)
        assert refused.value.code == "tps.unknown" and kode in refused.value.text("id")
        with pytest.raises(UnknownArea):
            tree.area_index(kode)
    assert tree.area_index("0") == 0 and tree.nama(0) == "INDONESIA"


@pytest.mark.parametrize(
    ("code", "areas", "tps", "row", "kode"),
    [
        ("area.none", [], TPS, None, ""),
        ("area.orphan", [*AREAS, ("12", 1, "9", "E")], TPS, 4, "12"),
        ("area.orphan", [*AREAS, ("1299", 2, "12", "E")], TPS, 4, "1299"),
        ("area.duplicate", [*AREAS, ("1101", 2, "11", "E")], TPS, 4, "1101"),
        ("area.wrong_level", [*AREAS, ("110199", 3, "11", "E")], TPS, 4, "110199"),
        ("area.bad_level", [*AREAS, ("x", 5, "1101012001", "E")], TPS, 4, "x"),
        ("area.no_code", [*AREAS, ("", 2, "11", "E")], TPS, 4, "E"),
        ("area.no_name", [*AREAS, ("1102", 2, "11", "")], TPS, 4, "1102"),
        ("area.reserved", [*AREAS, ("0", 1, "0", "E")], TPS, 4, "0"),
        ("tps.orphan", AREAS, [*TPS, ("t", "TPS 2", "nowhere")], 1, "t"),
        ("tps.not_in_kelurahan", AREAS, [*TPS, ("t", "TPS 2", "110101")], 1, "t"),
        ("tps.duplicate", AREAS, [*TPS, *TPS], 1, "1101012001001"),
        ("tps.no_code", AREAS, [*TPS, ("", "TPS 2", "1101012001")], 1, "TPS 2"),
    ],
)
def test_every_misfit_row_is_named(
    code: str, areas: list[Row], tps: list[tuple[str, str, str]], row: int | None, kode: str
) -> None:
    built = columns(areas, tps) if areas else (AreaColumns.of([], [], [], []), TpsColumns.of(*zip(*tps, strict=True)))
    found = {problem.code: problem for problem in survey(*built)}
    assert (found[code].row, found[code].kode) == (row, kode)
    assert found[code].text("id").endswith(TEXTS[code][0])
    with pytest.raises(BrokenReference) as refused:
        Tree.build(*built)
    assert code in {problem.code for problem in refused.value.problems}


def test_a_thousand_misfits_are_a_thousand_problems() -> None:
    tps = [(f"t{i}", "TPS", "nowhere") for i in range(1000)]
    assert sum(problem.code == "tps.orphan" for problem in survey(*columns(AREAS, tps))) == 1000


@given(elections())
def test_rows_lead_back_to_the_input(election: tuple[list[Row], list[tuple[str, str, str]]]) -> None:
    areas, tps = election
    built = columns(areas, tps)
    planted = plant(*built)
    tree = Tree.of(planted, *built)
    assert [areas[row][0] for row in planted.area_rows] == [tree.kode(a) for a in range(1, tree.n_areas)]
    assert [tps[row][0] for row in planted.tps_rows] == [tree.tps_kode(i) for i in range(tree.n_tps)]
