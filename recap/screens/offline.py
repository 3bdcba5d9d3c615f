"""The warnings over a file of records without any server, and how often what they point at was changed later.

What needs other contests, photos or D.Hasil cannot be judged from one file; it is named as such.
"""

from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.bundle import Bundle
from election.contest import SUARA_TOTALS, Contest
from election.region import Tree
from election.rules import RULES, Limits, Severity, catalogue
from election.rules.neighbours import REST, rest_of
from election.rules.rule import Sheet
from election.tally import ABSENT, Tallies
from recap.tally.columns import recognise
from recap.tally.reading import Records, codes, figures_of, table, whole_numbers

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Rate(Struct, frozen=True):
    """What one warning does on a file."""

    code: str
    judged: int
    found: int
    known: int = 0  # of those found, how many are in the file of versions
    changed: int = 0  # of these, how many had a figure changed or taken away later
    base: int = 0  # of those judged that are in the file of versions
    base_changed: int = 0  # of these, how many were changed: what a screen that picks by chance would point at


class Versions(Struct, frozen=True, eq=False):
    """The same records over time. `first`: field → the first figure that each of `tps` was published with."""

    tps: I64  # rows of the tree, ascending
    first: dict[str, I64]
    changed: Mask  # whether any figure was another one later, or taken away


def screened(bundle: Bundle, records: Records, versions: Versions | None = None) -> tuple[Rate, ...]:
    """Every warning that can be judged. With `versions`, of records as they were first published."""
    columns = {named.field: records.columns[named.name].astype(np.int64) for named in records.figures}
    known, changed = np.zeros(len(records), np.bool_), np.zeros(len(records), np.bool_)
    if versions is not None:
        _, here, there = np.intersect1d(records.tps, versions.tps, return_indices=True)
        known[here], changed[here] = True, versions.changed[there]
        for field, first in versions.first.items():
            if field in columns:
                columns[field][here] = np.where(first[there] == ABSENT, columns[field][here], first[there])
    sheet = sheet_of(bundle, records.contest, columns, records.tps)
    return tuple(_rates(sheet, known, changed))


def sheet_of(bundle: Bundle, contest: Contest, columns: dict[str, I64], tps: NDArray[np.integer]) -> Sheet:
    """Figures by field, with those of the neighbours beside them, ready to be judged."""
    fields, tree, n = contest.choice_fields, bundle.tree, len(tps)
    told = np.stack([columns.get(field, np.full(n, ABSENT)) for field in (*fields, *SUARA_TOTALS)], axis=1)
    own = told[:, : len(fields)]
    votes = np.where((own != ABSENT).all(axis=1)[:, None], own, 0)
    kelurahan = tree.tps_parent[tps]
    rest = rest_of(votes, kelurahan, tree.parent[kelurahan])
    settings = bundle.settings
    limits = Limits(reserve=settings.reserve(contest.key), voters=settings.voters(contest.key))
    return Sheet(contest, Tallies(columns, n).beside(REST, rest.tallies(fields)), limits)


def _rates(sheet: Sheet, known: Mask, changed: Mask) -> list[Rate]:
    answer = []
    for rule in catalogue():
        lines = rule.lines(sheet) if rule.severity is Severity.WARNING else ()
        judged = np.logical_or.reduce([line.judged for line in lines]) if lines else np.zeros(len(known), np.bool_)
        if not judged.any():
            continue
        found = np.logical_or.reduce([line.residual != 0 for line in lines])
        counts = (judged, found, found & known, found & changed, judged & known, judged & changed)
        answer.append(Rate(rule.code, *(int(mask.sum()) for mask in counts)))
    return answer


def waiting(rates: tuple[Rate, ...]) -> dict[str, str]:
    """Warnings that were not judged, and what they need."""
    judged = {rate.code for rate in rates}
    warnings = (rule for rule in RULES.values() if rule.severity is Severity.WARNING)
    return {
        rule.code: rule.needs or "columns that the file lacks"
        for rule in sorted(warnings, key=lambda rule: rule.code)
        if rule.code not in judged
    }


def versions(file: Path, tree: Tree, contest: Contest) -> Versions:
    """A file of records over time: the columns of `records`, and `ver`, ascending. Raises FileUnreadable, NoKey."""
    rows = table(file)
    order_of = whole_numbers(rows["ver"])[0] if "ver" in rows.column_names else np.arange(rows.num_rows)
    tps = tree.tps_codes.find(codes(rows, file)).astype(np.int64)
    order = np.lexsort((order_of, tps))
    order = order[tps[order] >= 0]
    at, where = np.unique(tps[order], return_inverse=True)
    changed = np.zeros(len(at), np.bool_)
    first: dict[str, I64] = {}
    for named in recognise(rows.column_names, contest):
        values = figures_of(rows[named.name], named.name, {})[order]
        first[named.field], moved = _first(values, where, len(at))
        changed |= moved
    return Versions(at, first, changed)


def _first(values: I64, where: I64, n: int) -> tuple[I64, Mask]:
    """Of each of n records the first figure given, and whether a later one is another, or it was taken away."""
    first, moved = np.full(n, ABSENT, np.int64), np.zeros(n, np.bool_)
    given = np.flatnonzero(values != ABSENT)
    owners, place = np.unique(where[given], return_index=True)
    first[owners] = values[given[place]]
    moved[where[given[values[given] != first[where[given]]]]] = True
    last = np.flatnonzero(np.append(where[1:] != where[:-1], True)) if len(where) else np.zeros(0, np.int64)
    moved[where[last]] |= (values[last] == ABSENT) & (first[where[last]] != ABSENT)
    return first, moved
