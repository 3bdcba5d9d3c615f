"""The comparison of a running system, from its published tables: the same that `compare` makes of two files.

Of single TPS only those are looked at whose kelurahan differs; what a TPS said before a later correction comes from its
record's own events (`stations`). Nothing is written.
"""

from typing import Any

import asyncpg
import msgspec
import numpy as np

from election.bundle import Bundle
from election.codes import KELURAHAN
from election.contest import Contest
from election.event import Figures
from election.plenary import contest_of
from election.rules.plenary import Carried
from election.tally import ABSENT
from recap.plenary.compare import Comparison, Uncompared, added_by
from recap.plenary.documents import broken
from recap.plenary.drill import Drill
from recap.plenary.judged import vector
from recap.plenary.reading import Recap, holding
from recap.plenary.sides import I64, Sides, level_of
from recap.plenary.stations import Stations
from storage.journal import Journal

_AREAS = "select kode, tps, tps_counted, totals, residuals from published.area where contest = $1 and kode = any($2)"
_RECAP = "select kode, of, number, figures from published.recap where contest = $1 and kode = any($2)"


async def comparison(pool: asyncpg.Pool, journal: Journal, bundle: Bundle, key: str, root: int) -> Comparison:
    """Everything below an area, by area index, as of the last cut. Raises UnknownContest."""
    tree, contest = bundle.tree, contest_of(bundle, key, root)
    kodes = [tree.kode(area) for area in _within(bundle, root)]
    recap, numbers = _recap(bundle, contest, await pool.fetch(_RECAP, key, kodes))
    ours, carried, short = _areas(bundle, contest, await pool.fetch(_AREAS, key, kodes))
    place, theirs = recap.one_a_place()
    areas = place < tree.n_areas
    mine = np.full_like(theirs, ABSENT)
    mine[areas] = np.where(theirs[areas] == ABSENT, ABSENT, ours[place[areas]])
    sides = Sides(tree, contest.fields, "D.Hasil", place, mine, theirs)
    stations = await Stations.of(pool, journal, bundle, contest, _asked(sides), numbers)
    mine[~areas] = stations.records[place[~areas] - tree.n_areas]
    found, judged = broken(bundle, recap)
    drill = Drill(sides, sides.below(), stations.evidence(sides), stations.records, added_by(tree, sides, found))
    left = np.setdiff1d(_voting(bundle, key, root), place)
    levels = level_of(tree, left)
    return Comparison(
        bundle=bundle,
        contest=contest,
        drill=drill,
        broken=found,
        source=key,
        judged=judged,
        carried=carried,
        uncompared=tuple(
            Uncompared(int(level), tree.kode(int(area)), "not_entered")
            for level, area in zip(levels, left, strict=True)
        ),
        partial=np.intersect1d(short, place),
        recap=recap,
    )


def _within(bundle: Bundle, root: int) -> list[int]:
    """An area and all areas below it."""
    found, level = [root], [root]
    for _ in range(bundle.tree.tingkat(root), KELURAHAN):
        level = [child for area in level for child in bundle.tree.children(area)]
        found += level
    return found


def _voting(bundle: Bundle, key: str, root: int) -> I64:
    """int64[m]: the areas within `root` that vote in the contest."""
    holds, inside = holding(bundle, key), np.array(_within(bundle, root), np.int64)
    return inside[holds[inside]]


def _asked(sides: Sides) -> I64:
    """int64[m]: the TPS rows to be looked at: of kelurahan that differ, and those with a column of their own."""
    tree = sides.tree
    differ = sides.place[sides.differs.any(axis=1) & (sides.tingkat == KELURAHAN)]
    below = [np.arange(tree.n_tps)[tree.tps_of(int(area))] for area in differ]
    return np.unique(np.concatenate([sides.place[sides.place >= tree.n_areas] - tree.n_areas, *below]))


def _recap(bundle: Bundle, contest: Contest, rows: list[Any]) -> tuple[Recap, dict[int, int]]:
    """The documents as a file would have them, and the number under which each place was last entered."""
    tree, document, place, figures = bundle.tree, list[int](), list[int](), list[I64]()
    numbers: dict[int, int] = {}
    for row in rows:
        area, of = tree.area_codes.one(row["kode"]), tree.area_codes.one(row["of"])
        tps = -1 if of >= 0 else tree.tps_codes.one(row["of"])
        at = of if of >= 0 else tree.n_areas + tps
        document.append(area)
        place.append(at)
        column = contest_of(bundle, contest.key, of) if of >= 0 else bundle.ballot(contest.key, tps)
        printed = msgspec.json.decode(row["figures"], type=dict[str, Figures])
        figures.append(_named(contest, column, vector(column, printed)))
        numbers[at] = max(numbers.get(at, 0), row["number"])
    values = np.array(figures, np.int64).reshape(len(rows), len(contest.fields))
    where, nothing = (np.array(places, np.int64) for places in (place, []))
    recap = Recap(
        "published.recap", contest, "D.Hasil", contest.fields, True, np.array(document, np.int64), where, values,
        np.arange(1, len(rows) + 1), nothing, (),
    )  # fmt: skip
    return recap, numbers


def _areas(bundle: Bundle, contest: Contest, rows: list[Any]) -> tuple[I64, Carried, I64]:
    """Our sums int64[n_areas, k], the residuals below each area, and the areas that lack TPS in their sums."""
    n = bundle.tree.n_areas
    sums, short = np.full((n, len(contest.fields)), ABSENT, np.int64), []
    parts = [np.zeros((n, 1), np.int64) for _ in range(3)]
    for row in rows:
        area = bundle.tree.area_codes.one(row["kode"])
        own = contest_of(bundle, contest.key, area)
        sums[area] = _named(contest, own, np.array(row["totals"], np.int64))
        for j, part in enumerate(parts):
            part[area, 0] = sum(row["residuals"][j::3])
        if row["tps_counted"] < row["tps"]:
            short.append(area)
    return sums, Carried(*parts), np.array(sorted(short), np.int64)


def _named(contest: Contest, own: Contest, values: I64) -> I64:
    """int64[k]: the values of `own`'s fields in the order of `contest`'s; ABSENT where it has no such field."""
    if own.fields == contest.fields:
        return values
    at = {field: int(value) for field, value in zip(own.fields, values, strict=True)}
    return np.array([at.get(field, ABSENT) for field in contest.fields], np.int64)
