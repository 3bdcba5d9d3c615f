"""What the documents of a file break among themselves: E601 within one, E602 of its sums, E603 from level to level.

Our own sums play no part here: these are contradictions of paper with paper, also where not one TPS is known to us.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from election.bundle import Bundle
from election.rules import Findings, judge
from election.rules.plenary import TPS, Beside
from election.tally import ABSENT, Mask, Tallies
from recap.plenary.reading import Recap, holding
from recap.plenary.sides import I64, parents

RULES = ("E601", "E602", "E603")


class Broken(Struct, frozen=True):
    """One comparison of a document that does not hold."""

    code: str
    document: int  # place of the area whose document it is
    of: int  # place that the column is about
    part: str  # the field, or the rule of section 3 that E602 judges again
    left: int  # what the document prints
    right: int

    @property
    def residual(self) -> int:
        """By how much it is missed: left − right."""
        return self.left - self.right


def broken(bundle: Bundle, recap: Recap) -> tuple[tuple[Broken, ...], dict[str, int]]:
    """Everything that does not hold, by document, column and rule; and how many comparisons each rule made."""
    tallies = Tallies({field: recap.figures[:, j] for j, field in enumerate(recap.fields)}, len(recap))
    tallies = tallies.beside(Beside.COLUMNS, _tallies(recap, _columns(bundle, recap)))
    if recap.named:
        tallies = tallies.beside(Beside.BELOW, _tallies(recap, _printed_below(recap)))
    marked = Tallies({**tallies.columns, TPS: np.ones(len(recap), np.int64)})
    findings = judge(recap.contest, marked)
    found = sorted(_found(findings, recap), key=lambda one: (one.document, one.of, one.code, one.part))
    lines = {code: findings.lines.get(code, ()) for code in RULES}
    return tuple(found), {code: sum(int(line.judged.sum()) for line in some) for code, some in lines.items()}


def _found(findings: Findings, recap: Recap) -> Iterator[Broken]:
    for code in RULES:
        for line in findings.lines.get(code, ()):
            source, _, part = line.part.rpartition(".")
            for row in np.flatnonzero(line.residual).tolist():
                left, right = int(line.left.values[row]), int(line.right.values[row])
                name = f"{part}.{source}".rstrip(".") if code == "E602" else part
                yield Broken(code, int(recap.document[row]), int(recap.place[row]), name, left, right)


def _tallies(recap: Recap, values: I64) -> Tallies:
    return Tallies({field: values[:, j] for j, field in enumerate(recap.fields)}, len(recap))


def _columns(bundle: Bundle, recap: Recap) -> I64:
    """int64[n, k]: beside each total Σ of its document's columns, where all of them are there; elsewhere ABSENT."""
    n_areas, totals = bundle.tree.n_areas, recap.totals
    given = (recap.figures != ABSENT) & ~totals[:, None]
    sums, got = (np.zeros((n_areas, len(recap.fields)), np.int64) for _ in range(2))
    np.add.at(sums, recap.document, np.where(given, recap.figures, 0))
    np.add.at(got, recap.document, given.astype(np.int64))
    whole = (got == expected(bundle, holding(bundle, recap.contest.key))[:, None]) & (got > 0)
    return np.where(totals[:, None] & whole[recap.document], sums[recap.document], ABSENT)


def expected(bundle: Bundle, holds: Mask) -> I64:
    """int64[n_areas]: how many columns the document of each area has."""
    tree = bundle.tree
    above = parents(tree)[1:]
    return np.bincount(above[holds[1:]], minlength=tree.n_areas).astype(np.int64)


def _printed_below(recap: Recap) -> I64:
    """int64[n, k]: beside each column what the document of the level below printed as its own total; else ABSENT."""
    own = np.flatnonzero(recap.totals)
    order = own[np.argsort(recap.place[own])]
    at = np.minimum(np.searchsorted(recap.place[order], recap.place), len(order) - 1)
    if not len(order):
        return np.full_like(recap.figures, ABSENT)
    there = (recap.place[order][at] == recap.place) & ~recap.totals
    return np.where(there[:, None], recap.figures[order][at], ABSENT)
