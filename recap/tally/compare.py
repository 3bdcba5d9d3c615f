"""Our sums held against someone else's, on every level, down to the TPS.

Two kinds of evidence meet: a file of sums per area (and per TPS, where it has them), and a second source in the file of
records itself. Where an area differs, the TPS below it on which the two sources differ say where to look.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.codes import TPS_LEVEL, Indices
from election.region import Tree
from election.tally import ABSENT
from recap.tally.columns import Named, NoFigures, of_source, recognise
from recap.tally.count import Count
from recap.tally.reading import codes, table, whole_numbers


class Difference(Struct, frozen=True):
    """One figure on which two sources differ. `ours` or `theirs` is None where that side has no figure."""

    tingkat: int
    kode: str
    parent: str  # the area above, to go down by
    field: str
    against: str  # whose figure `theirs` is: a source's prefix, or the file's name
    ours: int | None
    theirs: int | None
    difference: int | None  # ours − theirs


class Compared(Struct, frozen=True):
    """What was compared, level by level, and what differs."""

    figures: tuple[int, ...]  # how many figures were compared on each level, 0 nation to 5 TPS
    differences: tuple[Difference, ...]  # by level, area, field


def compare(tree: Tree, count: Count, file: Path | None = None) -> Compared:
    """Our figures (of the source that was judged) against `file` and against the other sources of the records.

    Of `file` only rows about an area or TPS with a record of ours are compared, and only figures both have.
    Raises FileUnreadable, NoKey, NoFigures.
    """
    pairs = list(_beside(tree, count))
    if file is not None:
        pairs += _file(tree, count, file)
    compared = np.zeros(TPS_LEVEL + 1, np.int64)
    differences: list[Difference] = []
    for pair in pairs:
        compared += np.bincount(pair.tingkat, minlength=TPS_LEVEL + 1)
        differences += pair.differences(tree)
    differences.sort(key=lambda d: (d.tingkat, d.kode, d.field, d.against))
    return Compared(tuple(compared.tolist()), tuple(differences))


class _Pair(Struct, frozen=True, eq=False):
    """One field of one source beside ours, row by row; ABSENT where a side has no figure."""

    field: str
    against: str
    tingkat: NDArray[np.int64]
    place: NDArray[np.int64]  # area index, or row of a TPS
    ours: NDArray[np.int64]
    theirs: NDArray[np.int64]

    def differences(self, tree: Tree) -> Iterator[Difference]:
        for i in np.flatnonzero(self.ours != self.theirs).tolist():
            level, place = int(self.tingkat[i]), int(self.place[i])
            at_tps = level == TPS_LEVEL
            above = int(tree.tps_parent[place]) if at_tps else int(tree.parent[place])
            ours, theirs = _figure(self.ours[i]), _figure(self.theirs[i])
            yield Difference(
                tingkat=level,
                kode=tree.tps_kode(place) if at_tps else tree.kode(place),
                parent=tree.kode(above) if above >= 0 else "",
                field=self.field,
                against=self.against,
                ours=ours,
                theirs=theirs,
                difference=None if ours is None or theirs is None else ours - theirs,
            )


def _figure(value: np.int64) -> int | None:
    return None if value == ABSENT else int(value)


def _beside(tree: Tree, count: Count) -> Iterator[_Pair]:
    """The other sources of the records, TPS by TPS."""
    records = count.records
    mine = {named.field: records.columns[named.name] for named in of_source(records.figures, count.source)}
    for named in records.figures:
        if named.source == count.source or named.field not in mine:
            continue
        ours, theirs = mine[named.field].astype(np.int64), records.columns[named.name].astype(np.int64)
        level = np.full(len(records), TPS_LEVEL, np.int64)
        yield _Pair(named.field, named.source, level, records.tps.astype(np.int64), ours, theirs)


def _file(tree: Tree, count: Count, file: Path) -> list[_Pair]:
    """Every source in `file`, on whatever levels it has."""
    rows = table(file)
    figures = recognise(rows.column_names, count.records.contest)
    if not figures:
        raise NoFigures(file=file, contest=count.records.contest.key, columns=", ".join(rows.column_names))
    kodes = codes(rows, file)
    areas, tps = tree.area_codes.find(kodes), tree.tps_codes.find(kodes)
    pairs: list[_Pair] = []
    for named in figures:
        theirs, wrong = whole_numbers(rows[named.name])
        theirs = np.where(wrong, ABSENT, theirs)
        pairs += _against(tree, count, named, named.source or file.name, areas, tps, theirs)
    return pairs


def _against(
    tree: Tree, count: Count, named: Named, against: str, areas: Indices, tps: Indices, theirs: NDArray[np.int64]
) -> Iterator[_Pair]:
    at = _position(of_source(count.records.figures, count.source), named.field)
    if at is None:
        return
    mine = count.records.figures.index(at)
    rows = np.flatnonzero((areas >= 0) & (theirs != ABSENT))
    rows = rows[count.tps[areas[rows]] > 0]
    place = areas[rows].astype(np.int64)
    level = np.searchsorted(tree.level_start, place, side="right").astype(np.int64) - 1
    yield _Pair(named.field, against, level, place, count.sums[place, mine], theirs[rows])
    spread = np.full(tree.n_tps, ABSENT, np.int64)
    spread[count.records.tps] = count.records.columns[at.name]
    has = np.zeros(tree.n_tps, np.bool_)
    has[count.records.tps] = True
    rows = np.flatnonzero((tps >= 0) & (areas < 0))
    rows = rows[has[tps[rows]]]
    place = tps[rows].astype(np.int64)
    yield _Pair(named.field, against, np.full(len(rows), TPS_LEVEL, np.int64), place, spread[place], theirs[rows])


def _position(figures: Sequence[Named], field: str) -> Named | None:
    return next((named for named in figures if named.field == field), None)
