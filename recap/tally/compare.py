"""Our sums held against someone else's, on every level, down to the TPS.

Two kinds of evidence meet: a file of sums per area (and per TPS, where it has them), and a second source in the file of
records itself. How two sides are compared is `recap.plenary.sides`'; here they are gathered from a `Count`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.codes import TPS_LEVEL
from election.region import Tree
from election.tally import ABSENT
from recap.plenary.sides import Difference, Sides
from recap.tally.columns import Named, NoFigures, of_source, recognise
from recap.tally.count import Count
from recap.tally.reading import codes, table, whole_numbers

__all__ = ["Compared", "Difference", "compare", "of_our_sums"]

I64 = NDArray[np.int64]


class Compared(Struct, frozen=True):
    """What was compared, level by level, and what differs."""

    figures: tuple[int, ...]  # how many figures were compared on each level, 0 nation to 5 TPS
    differences: tuple[Difference, ...]  # by level, area, field


def compare(tree: Tree, count: Count, file: Path | None = None) -> Compared:
    """Our figures (of the source that was judged) against `file` and against the other sources of the records.

    Of `file` only rows about an area or TPS with a record of ours are compared, and only figures both have.
    Raises FileUnreadable, NoKey, NoFigures.
    """
    sides = list(beside(tree, count)) + (list(_file(tree, count, file)) if file is not None else [])
    compared = sum((side.figures() for side in sides), np.zeros(TPS_LEVEL + 1, np.int64))
    differences = [difference for side in sides for difference in side.differences()]
    differences.sort(key=lambda d: (d.tingkat, d.kode, d.field, d.against))
    return Compared(tuple(compared.tolist()), tuple(differences))


def beside(tree: Tree, count: Count) -> Iterator[Sides]:
    """The other sources of the records, TPS by TPS."""
    records = count.records
    mine = {named.field: named for named in of_source(records.figures, count.source)}
    place = records.tps.astype(np.int64) + tree.n_areas
    for source in dict.fromkeys(named.source for named in records.figures if named.source != count.source):
        theirs = [named for named in records.figures if named.source == source and named.field in mine]
        columns = [_stack(count, some) for some in ([mine[named.field] for named in theirs], theirs)]
        yield Sides(tree, tuple(named.field for named in theirs), source, place, *columns)


def of_our_sums(tree: Tree, count: Count, against: str, fields: tuple[str, ...], place: I64, theirs: I64) -> Sides:
    """Figures of others (`theirs` int64[m, k] of `place` int64[m], any order) beside our sums and records.

    Only places with a record of ours, and fields that our source has. An area is compared where they have a figure.
    """
    mine = {named.field: named for named in of_source(count.records.figures, count.source)}
    shared = [field for field in fields if field in mine]
    position = [count.records.figures.index(mine[field]) for field in shared]
    own = np.full((tree.n_tps, len(shared)), ABSENT, np.int64)
    own[count.records.tps] = _stack(count, [mine[field] for field in shared])
    seen = np.concatenate([count.tps > 0, np.isin(np.arange(tree.n_tps), count.records.tps)])
    rows = np.flatnonzero(seen[place])
    rows = rows[np.argsort(place[rows], kind="stable")]
    at, theirs = place[rows], theirs[rows][:, [fields.index(field) for field in shared]]
    areas = at < tree.n_areas
    ours = np.empty_like(theirs)
    ours[areas] = np.where(theirs[areas] == ABSENT, ABSENT, count.sums[at[areas]][:, position])
    ours[~areas] = own[at[~areas] - tree.n_areas]
    return Sides(tree, tuple(shared), against, at, ours, theirs)


def _file(tree: Tree, count: Count, file: Path) -> Iterator[Sides]:
    """Every source in `file`, on whatever levels it has."""
    rows = table(file)
    figures = recognise(rows.column_names, count.records.contest)
    if not figures:
        raise NoFigures(file=file, contest=count.records.contest.key, columns=", ".join(rows.column_names))
    kodes = codes(rows, file)
    areas, tps = tree.area_codes.find(kodes), tree.tps_codes.find(kodes)
    place = np.where(areas >= 0, areas, np.where(tps >= 0, tps + tree.n_areas, -1)).astype(np.int64)
    known = place >= 0
    for source in dict.fromkeys(named.source for named in figures):
        some = [named for named in figures if named.source == source]
        columns = [whole_numbers(rows[named.name]) for named in some]
        theirs = np.stack([np.where(wrong, ABSENT, values) for values, wrong in columns], axis=1)
        fields = tuple(named.field for named in some)
        yield of_our_sums(tree, count, source or file.name, fields, place[known], theirs[known])


def _stack(count: Count, figures: list[Named]) -> I64:
    """int64[n, k]: columns of the records."""
    columns = [count.records.columns[named.name].astype(np.int64) for named in figures]
    return np.stack(columns, axis=1) if columns else np.zeros((len(count.records), 0), np.int64)
