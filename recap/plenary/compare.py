"""A file of per-TPS records held against a file of D.Hasil, without any server: what `suara plenary compare` does.

Both files are read and summed by `recap.tally` and `reading`; here they are put side by side, with what is known of
single TPS, and with everything said that could not be compared.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from election.bundle import Bundle
from election.codes import KELURAHAN, TPS_LEVEL
from election.contest import Contest
from election.region import Tree
from election.rules import identities, residuals
from election.rules.plenary import Carried, carried
from election.tally import ABSENT, Tallies
from recap import tally
from recap.plenary import reading
from recap.plenary.documents import Broken, broken
from recap.plenary.drill import Drill
from recap.plenary.evidence import Clues, Evidence, Kind, clues, contradictions
from recap.plenary.reading import Recap, holding
from recap.plenary.sides import I64, Sides, level_of
from recap.tally.compare import beside, of_our_sums
from recap.tally.count import Count

REASONS = {
    "no_records": ("tidak ada TPS dari wilayah ini pada kami", "none of its TPS is in our records"),
    "blank": ("tidak ada angka dalam berkas rekapitulasi", "the file of the recapitulation has no figure"),
    "not_entered": ("D.Hasil-nya belum dimasukkan", "its D.Hasil has not been entered"),
    "not_in_file": ("wilayah tidak ada dalam berkas rekapitulasi", "the file of the recapitulation lacks the area"),
}
"""Why an area could not be compared: Indonesian, English."""


VOTES = ("E301", "E302", "E304")
"""Rules that hold the valid votes against the votes of the choices."""


class Uncompared(Struct, frozen=True):
    """An area that only one side has figures of, or neither."""

    tingkat: int
    kode: str
    reason: str  # of `REASONS`


class Comparison(Struct, frozen=True, eq=False):
    """Everything that is to be said about one contest's recapitulation."""

    bundle: Bundle
    contest: Contest
    drill: Drill
    broken: tuple[Broken, ...]  # of the documents among themselves
    source: str  # of our figures
    judged: dict[str, int]  # rule → comparisons made
    carried: Carried  # residuals of our records' own equalities: one column a rule's line
    uncompared: tuple[Uncompared, ...]
    partial: I64  # area indices that were compared although not all of their TPS are with us
    recap: Recap

    @property
    def sides(self) -> Sides:
        """Both sides of every figure."""
        return self.drill.sides


def compare(
    records: Path, recap: Path, bundle: Bundle, key: str, source: str | None = None, against: str | None = None
) -> Comparison:
    """`source` and `against` name the figures by prefix, where a file has several. Raises Rejected for either file."""
    contest = tally.whole(bundle, key)
    own = tally.read(records, bundle.tree, contest, bundle.tps_holding(key), None, _sources(source))
    count = tally.count(bundle, own, source=source)
    theirs = reading.read(recap, bundle, key, against)
    return of(bundle, count, replace(theirs, contest=own.contest))


def of(bundle: Bundle, count: Count, recap: Recap) -> Comparison:
    """The comparison of counted records with a recapitulation."""
    tree = bundle.tree
    place, figures = recap.one_a_place()
    against = recap.source or Path(recap.file).name
    sides = of_our_sums(tree, count, against, recap.fields, place, figures)
    found, judged = broken(bundle, recap)
    records = np.full((tree.n_tps, len(sides.fields)), ABSENT, np.int64)
    tallies = Tallies({named.field: count.records.columns[named.name] for named in _ours(count)}, len(count.records))
    records[count.records.tps] = tallies.matrix(sides.fields)
    drill = Drill(sides, sides.below(), _evidence(tree, count, sides, tallies), records, added_by(tree, sides, found))
    uncompared, partial = _coverage(bundle, count, recap, sides)
    return Comparison(
        bundle,
        count.records.contest,
        drill,
        found,
        count.source,
        judged,
        _carried(tree, count, tallies),
        uncompared,
        partial,
        recap,
    )


def _sources(source: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*tally.SOURCES, *([source] if source else []))))


def _ours(count: Count) -> Iterator[tally.Named]:
    return (named for named in count.records.figures if named.source == count.source)


def added_by(tree: Tree, sides: Sides, found: tuple[Broken, ...]) -> I64:
    """int64[n_areas, k]: Σ of each document's columns − its total."""
    added = np.zeros((tree.n_areas, len(sides.fields)), np.int64)
    for one in found:
        if one.code == "E601" and one.part in sides.fields:
            added[one.document, sides.fields.index(one.part)] = -one.residual
    return added


def _carried(tree: Tree, count: Count, tallies: Tallies) -> Carried:
    contest = count.records.contest
    r, _ = residuals(contest, tallies.matrix(contest.fields))
    parts = [carried(r, tree.ancestors(level)[count.records.tps], tree.n_areas) for level in range(TPS_LEVEL)]
    return Carried(*(np.sum([getattr(part, name) for part in parts], axis=0) for name in ("sums", "sizes", "counts")))


def _evidence(tree: Tree, count: Count, sides: Sides, tallies: Tallies) -> Evidence:
    """What the file of records says of single TPS: columns of D.Hasil, other readings, empty records, rules broken."""
    figures, contest = tallies.matrix(sides.fields), count.records.contest
    rows, nothing = count.records.tps.astype(np.int64), np.zeros((len(figures), len(sides.fields)), np.int64)
    found = [_columns(tree, sides)]
    for side in beside(tree, count):
        amount = _in_order(side, sides.fields)
        found.append(clues(Kind.READING, _some(amount), rows, amount, [side.against] * len(rows)))
    found.append(clues(Kind.EMPTY, ~_some(np.maximum(figures, 0)), rows, nothing))
    r, _ = residuals(contest, tallies.matrix(contest.fields))
    size = np.abs(r).sum(axis=1)
    of_votes = [identity.code in VOTES for identity in identities(contest)]
    codes = _codes(count, np.flatnonzero(size))
    found.append(contradictions(rows, len(sides.fields), size, -r[:, of_votes].sum(axis=1), codes))
    return Evidence.of(found, len(sides.fields))


def _some(values: NDArray[Any]) -> Any:  # noqa: ANN401 — NumPy's own types give a scalar or an array
    """bool[n]: whether a row of [n, k] has anything that is not 0."""
    return np.asarray(values.any(axis=1), np.bool_)


def _codes(count: Count, records: I64) -> list[str]:
    """[n]: the error rules that these records break; of the others nothing."""
    told = [""] * len(count.records)
    for i in records.tolist():
        told[i] = " ".join(code for code in count.errors() if count.broken[code][i])
    return told


def _in_order(side: Sides, fields: tuple[str, ...]) -> I64:
    """int64[m, k]: the differences of a side by other fields, 0 where it lacks one."""
    found = [side.difference[:, side.fields.index(field)] if field in side.fields else None for field in fields]
    return np.stack([np.zeros(len(side.place), np.int64) if one is None else one for one in found], axis=1)


def _columns(tree: Tree, sides: Sides) -> Clues:
    """TPS that have a column of their own in D.Hasil, which differs."""
    stations = np.flatnonzero(sides.place >= tree.n_areas)
    at = sides.place[stations] - tree.n_areas
    return clues(Kind.COLUMN, _some(sides.differs[stations]), at, sides.difference[stations])


def _coverage(bundle: Bundle, count: Count, recap: Recap, sides: Sides) -> tuple[tuple[Uncompared, ...], I64]:
    """The areas that could not be compared, and those that were though our side of them is not whole."""
    tree = bundle.tree
    areas = np.arange(tree.n_areas)
    holds = holding(bundle, recap.contest.key)[: tree.n_areas]
    ours, printed = count.tps > 0, np.isin(areas, recap.place)
    compared = np.isin(areas, sides.place)
    reasons = np.where(~ours, "no_records", np.where(np.isin(areas, recap.blank), "blank", "not_in_file"))
    left = np.flatnonzero(holds & ~compared & (ours | printed | np.isin(areas, recap.blank)))
    levels = level_of(tree, left)
    told = tuple(
        Uncompared(int(level), tree.kode(int(area)), str(reasons[area]))
        for level, area in zip(levels, left, strict=True)
    )
    return told, np.flatnonzero(compared & (_lacking(bundle, count, recap.contest.key) > 0))


def _lacking(bundle: Bundle, count: Count, key: str) -> I64:
    """int64[n_areas]: TPS without a record of ours, and kelurahan of which no TPS is known at all."""
    tree = bundle.tree
    held = bundle.tps_holding(key)
    before = np.concatenate([[0], np.cumsum(held)])
    lacking = (before[tree.tps_stop] - before[tree.tps_start]) - count.tps
    unknown, of = np.zeros((tree.n_areas, 1), np.int64), tree.level(KELURAHAN)
    unknown[of.start : of.stop, 0] = tree.tps_counts()[of.start : of.stop] == 0
    for level in range(KELURAHAN, 0, -1):
        of = tree.level(level)
        np.add.at(unknown, tree.parent[of.start : of.stop], unknown[of.start : of.stop])
    return lacking + unknown[:, 0]
