"""The order in which the rows of a bundle make a tree, and the rows that do not fit.

Parents are explicit, never guessed from a code's first digits: abroad has letters, 2019 had other ids. Rows may
come in any order; the order of siblings is the order in which they came.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.codes import KELURAHAN, NATION_CODE, CodeIndex, Indices, Texts, changes, fixed
from election.problem import Problem

Rows = NDArray[np.int64]


class AreaColumns(Struct, frozen=True, eq=False):
    """Areas without the nation, one row each. `tingkat` is 1–4, `parent` a code, "0" for provinsi."""

    kode: Texts
    tingkat: NDArray[np.int8]
    parent: Texts
    nama: Texts
    id: NDArray[np.int64] | None = None  # the public data's own number, -1 where it has none

    @staticmethod
    def of(
        kode: Sequence[str] | Texts,
        tingkat: Sequence[int] | NDArray[np.int8],
        parent: Sequence[str] | Texts,
        nama: Sequence[str] | Texts,
    ) -> "AreaColumns":
        """The columns of plain lists."""
        return AreaColumns(fixed(kode), np.asarray(tingkat, np.int8), fixed(parent), fixed(nama))


class TpsColumns(Struct, frozen=True, eq=False):
    """TPS, one row each. `parent` is the code of the kelurahan."""

    kode: Texts
    nama: Texts
    parent: Texts
    id: NDArray[np.int64] | None = None

    @staticmethod
    def of(kode: Sequence[str] | Texts, nama: Sequence[str] | Texts, parent: Sequence[str] | Texts) -> "TpsColumns":
        """The columns of plain lists."""
        return TpsColumns(fixed(kode), fixed(nama), fixed(parent))


class Planted(Struct, frozen=True, eq=False):
    """The shape of a tree (see `region.Tree` for each array), and the input row that each node came from."""

    level_start: NDArray[np.int32]
    parent: Indices
    first: Indices
    tps_parent: Indices
    tps_start: Indices
    tps_stop: Indices
    area_rows: Rows  # int64[n_areas - 1], the nation has none
    tps_rows: Rows  # int64[n_tps]


def plant(areas: AreaColumns, tps: TpsColumns) -> Planted:
    """The order and shape of the tree of columns in which `survey` finds nothing wrong."""
    index = CodeIndex.over(areas.kode)
    area_rows, parent, starts = _order_areas(areas.tingkat, _find_runs(index, areas.parent))
    rank = np.empty(len(area_rows), np.int32)
    rank[area_rows] = np.arange(1, len(area_rows) + 1, dtype=np.int32)  # input row -> area index; the nation is 0
    above = rank[_find_runs(index, tps.parent)]
    tps_rows = _stable_order(above)
    above = above[tps_rows]
    level_start = np.array([*starts, starts[-1] + len(above)], np.int32)
    first = _first_children(parent, above)
    start, stop = _tps_slices(level_start, first)
    return Planted(level_start, parent, first, above, start, stop, area_rows, tps_rows)


def survey(areas: AreaColumns, tps: TpsColumns) -> list[Problem]:
    """Every row that keeps these columns from being a tree; empty where they are one."""
    if not len(areas.kode):
        return [Problem("area.none")]
    return [*_survey_areas(areas), *_survey_tps(areas, tps)]


def _survey_areas(areas: AreaColumns) -> list[Problem]:
    above = _find_runs(CodeIndex.over(areas.kode), areas.parent)
    top = areas.tingkat == 1
    orphan = np.where(top, areas.parent != NATION_CODE.encode(), above < 0)
    return [
        *named_rows("area.no_code", areas.nama, areas.kode == b""),
        *named_rows("area.reserved", areas.kode, areas.kode == NATION_CODE.encode()),
        *named_rows("area.duplicate", areas.kode, _repeats(areas.kode)),
        *named_rows("area.no_name", areas.kode, areas.nama == b""),
        *named_rows("area.bad_level", areas.kode, (areas.tingkat < 1) | (areas.tingkat > KELURAHAN)),
        *named_rows("area.orphan", areas.kode, orphan),
        *named_rows("area.wrong_level", areas.kode, ~top & ~orphan & (areas.tingkat[above] + 1 != areas.tingkat)),
    ]


def _survey_tps(areas: AreaColumns, tps: TpsColumns) -> list[Problem]:
    above = _find_runs(CodeIndex.over(areas.kode), tps.parent)
    return [
        *named_rows("tps.no_code", tps.nama, tps.kode == b""),
        *named_rows("tps.duplicate", tps.kode, _repeats(tps.kode)),
        *named_rows("tps.orphan", tps.kode, above < 0),
        *named_rows("tps.not_in_kelurahan", tps.kode, (above >= 0) & (areas.tingkat[above] != KELURAHAN)),
    ]


def named_rows(code: str, column: Texts, wrong: NDArray[np.bool_]) -> list[Problem]:
    """One problem for each row where `wrong` (bool[n]) holds, named by its cell of `column`."""
    return [Problem(code, row, bytes(column[row]).decode(errors="replace")) for row in np.flatnonzero(wrong).tolist()]


def _repeats(column: Texts) -> NDArray[np.bool_]:
    """bool[n]: rows whose code stands in an earlier row already."""
    if len(column) < 2 or bool((column[1:] > column[:-1]).all()):
        return np.zeros(len(column), np.bool_)
    order = np.argsort(column, kind="stable")
    again = np.zeros(len(column), np.bool_)
    again[order[1:]] = column[order[1:]] == column[order[:-1]]
    return again


def _find_runs(index: CodeIndex, column: Texts) -> Indices:
    """`index.find` for a column that stands in runs: one search a run, not one a row."""
    runs = changes(column)
    lengths = np.diff(np.append(runs, len(column)))
    return np.repeat(index.find(column[runs]), lengths)


def _stable_order(above: Indices) -> Rows:
    """int64[n]: rows ordered by parent, siblings as they came."""
    if bool((above[1:] >= above[:-1]).all()):
        return np.arange(len(above), dtype=np.int64)
    return np.argsort(above, kind="stable")


def _order_areas(tingkat: NDArray[np.int8], above: Indices) -> tuple[Rows, Indices, list[int]]:
    """Level by level: the input row of each area, its parent's area index (-1 the nation), where levels start."""
    rank = np.zeros(len(tingkat), np.int32)  # input row -> area index
    rows: list[Rows] = []
    parents = [np.array([-1], np.int32)]
    starts = [0, 1]
    for level in range(1, KELURAHAN + 1):
        here = np.flatnonzero(tingkat == level)
        parent = rank[above[here]] if level > 1 else np.zeros(len(here), np.int32)
        order = _stable_order(parent)
        rows.append(here[order])
        parents.append(parent[order])
        rank[here[order]] = np.arange(starts[-1], starts[-1] + len(here), dtype=np.int32)
        starts.append(starts[-1] + len(here))
    return np.concatenate(rows), np.concatenate(parents), starts


def _first_children(parent: Indices, tps_parent: Indices) -> Indices:
    """int32[n_areas+1]: where the children of each area begin when areas and TPS are numbered through."""
    counts = np.bincount(np.concatenate([parent[1:], tps_parent]), minlength=len(parent))
    return np.append(1, 1 + np.cumsum(counts)).astype(np.int32)


def _tps_slices(level_start: NDArray[np.int32], first: Indices) -> tuple[Indices, Indices]:
    """int32[n_areas] twice: first TPS row of each area and one past its last, from kelurahan upwards."""
    n_areas = len(first) - 1
    start, stop = np.empty(n_areas, np.int32), np.empty(n_areas, np.int32)
    bounds = np.arange(level_start[6] - level_start[5] + 1, dtype=np.int32)  # of TPS themselves
    for level in range(KELURAHAN, -1, -1):
        begin, end = level_start[level], level_start[level + 1]
        bounds = bounds[first[begin : end + 1] - level_start[level + 1]]
        start[begin:end], stop[begin:end] = bounds[:-1], bounds[1:]
    return start, stop
