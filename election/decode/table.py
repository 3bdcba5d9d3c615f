"""The users' table of page 1: three rows and their sum, men and women and their sum, which closes cycles.

Given the six plain numbers everything else hangs on them as a tree, so the cases of these six are walked through,
likeliest first (`cases`). What is not walked through is bounded: by the same table with one of its column sums
forgotten, which has no cycle and is added up whole, less the part of it that was walked through.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.decode import cases, chain, paper
from election.decode.number import Array
from election.decode.paper import Paper
from election.decode.sums import Sum

ROWS = ("pengguna_dpt", "pengguna_dptb", "pengguna_non_dpt")
ALL = "pengguna_total"
GRAND = f"{ALL}_j"

PLAIN = tuple(f"{row}_{x}" for row in ROWS for x in "lp")
TOTALS = (*(f"{row}_j" for row in ROWS), f"{ALL}_l", f"{ALL}_p")
FIELDS = (*PLAIN, *TOTALS, GRAND)

SUMS = (
    *(Sum(f"{row}_j", (f"{row}_l", f"{row}_p")) for row in (*ROWS, ALL)),
    *(Sum(f"{ALL}_{x}", tuple(f"{row}_{x}" for row in ROWS)) for x in "lpj"),
)
"""Every sum of the table."""

Ints = npt.NDArray[np.int64]

_NEAR_CUT = 1e-6
_SLACK = 1e-12  # more than rounding can have lost in a difference of two sums


class Walked(Struct, frozen=True):
    """The users' table, added up.

    `mass` is all of it that was walked through, `lost` bounds the rest; `plain` and `totals` are the mass by value of
    each number, in the order of PLAIN and TOTALS; `grand` float[N] what the table says of the grand total, without
    what is seen of it; `best` the likeliest plain numbers.
    """

    mass: float
    lost: float
    plain: Array
    totals: Array
    grand: Array
    best: dict[str, int]


class Table:
    """What is seen of the table: `weights` by what each number stands for, `seen` by what is written."""

    def __init__(self, beliefs: Paper, weights: Mapping[str, Array], seen: Mapping[str, Array]) -> None:
        self.beliefs = beliefs
        self.plain = np.stack([weights[name] for name in PLAIN])
        self.ends = np.stack([weights[name] for name in TOTALS])
        self.seen = {name: seen[name][: beliefs.size] for name in FIELDS}
        self.tops = {name: int(seen[name][: beliefs.size].argmax()) for name in FIELDS}
        self.two, self.three = (beliefs.adding(parts) for parts in (2, 3))
        self.worth = np.empty((5, beliefs.span))
        for t, row in enumerate(self.ends):
            paper.backward(row, *(self.two if t < 3 else self.three), beliefs.shifts, self.worth[t])

    def walk(self, grand: Array, only: Mapping[str, int] | None = None, bounded: bool = True) -> Walked:
        """Add the table up, where `grand` float[N] is what is seen of the grand total; `only` one case of it.

        Unless `bounded`, `lost` covers only what was walked past.
        """
        size, span, shifts = self.beliefs.size, self.beliefs.span, self.beliefs.shifts
        along, flat = np.empty((2, span)), np.empty(2)
        for i, adding in enumerate((self.two, self.three)):
            paper.backward(grand, *adding, shifts, along[i])
            # Any sum beyond the last cell is worth as much as that cell.
            flat[i] = paper.total(along[i]) + 3 * size * along[i, -1]
        values, weights, counts = self._pairs(only)
        plain, totals, arrived = np.zeros((6, size)), np.zeros((5, size)), np.zeros((2, span))
        best = np.zeros(6, np.int64)
        spikes, peaks = self._spikes()
        mass, loose, skipped = cases.walk(
            *(
                values,
                weights,
                counts,
                self.ends,
                spikes,
                peaks,
                self.worth,
                along,
                flat,
                _chances(self.beliefs.size, self.beliefs.span),
            ),
            *(cases.RARE, plain, totals, arrived, best),
        )
        lost = loose + skipped
        if bounded:
            lost += self._outside(values, weights, counts) * float(along.max())
        found = dict(zip(PLAIN, best.tolist(), strict=True))
        return Walked(mass, lost, plain, totals, self._arrived(arrived), found)

    def _arrived(self, arrived: Array) -> Array:
        parts = np.empty((2, self.beliefs.size))
        for i, adding in enumerate((self.two, self.three)):
            paper.onward(arrived[i], *adding, self.beliefs.shifts, parts[i])
        return parts[0] + parts[1]

    def _pairs(self, only: Mapping[str, int] | None) -> tuple[Ints, Array, Ints]:
        """The likely men and women of each row, heaviest first."""
        values, weights = np.zeros((3, cases.PAIRS, 2), np.int64), np.zeros((3, cases.PAIRS))
        counts = np.zeros(3, np.int64)
        for r in range(3):
            men, women = (self._values(2 * r + k, only) for k in (0, 1))
            of = self.plain[2 * r : 2 * r + 2]
            counts[r] = cases.pairs(of[0], of[1], men, women, self.worth[r], cases.RARE, values[r], weights[r])
        return values, weights, counts

    def _values(self, i: int, only: Mapping[str, int] | None) -> Ints:
        if only is not None:
            return np.array([only[PLAIN[i]]], np.int64)
        out = np.empty(cases.VALUES, np.int64)
        n = cases.listed(self.seen[PLAIN[i]], self._implied(PLAIN[i]), _NEAR_CUT, out)
        return out[:n]

    def _implied(self, name: str) -> Ints:
        """What the row, and what the column, say about a plain number, were all the others read right."""
        row, column = name.rsplit("_", 1)
        beside = self.tops[f"{row}_{'p' if column == 'l' else 'l'}"]
        others = sum(self.tops[f"{other}_{column}"] for other in ROWS if other != row)
        return np.array([self.tops[f"{row}_j"] - beside, self.tops[f"{ALL}_{column}"] - others], np.int64)

    def _spikes(self) -> tuple[Ints, Array]:
        """Where each total is seen, and the greatest chance of another being meant."""
        spikes, peaks = np.full((5, cases.SPIKES), -1, np.int64), np.empty(5)
        nothing = np.empty(0, np.int64)
        for t in range(5):
            n = cases.listed(self.seen[TOTALS[t]], nothing, _NEAR_CUT, spikes[t])
            spikes[t, n:] = -1
            rest = self.ends[t].copy()
            rest[spikes[t, :n]] = 0.0
            adding = self.two if t < 3 else self.three
            peaks[t] = (adding[1] + adding[2]) * float(rest.max())
        return spikes, peaks

    def _outside(self, values: Ints, weights: Array, counts: Ints) -> float:
        """Bounds the cases of which some row's pair is not listed: with either column forgotten, the lesser."""
        return min(self._without(k, values, weights, counts) for k in (0, 1))

    def _without(self, k: int, values: Ints, weights: Array, counts: Ints) -> float:
        """The same with the other column than `k` (0 men, 1 women) forgotten."""
        size, span = self.beliefs.size, self.beliefs.span
        every, inside = np.empty((3, size)), np.zeros((3, size))
        for r in range(3):
            rest = np.empty(span)
            chain.before(self.plain[2 * r + 1 - k], self.worth[r], chain.CUT, rest)
            every[r] = self.plain[2 * r + k] * rest[:size]
            np.add.at(inside[r], values[r, : counts[r], k], weights[r, : counts[r]])
        column = self.worth[3 + k]
        whole, missed = self._column(every, column)
        part, _ = self._column(inside, column)
        return max(0.0, whole - part + _SLACK * whole + missed) * float(self.worth[4 - k].max())

    def _column(self, parts: Array, column: Array) -> tuple[float, float]:
        """Σ over the parts of a column times what their sum is worth, and what the lists leave out of it at most."""
        entries, counts, floors, kept, left, most = chain.room(3, self.beliefs.size)
        chain.candidates(parts, chain.CUT, entries, counts, floors, kept, left, most)
        stages = np.empty((4, self.beliefs.span))
        chain.add_up(parts, entries, counts, floors, stages)
        inside, missed, peak = 1.0, 0.0, 0.0
        for of, outside, top in zip(kept.tolist(), left.tolist(), most.tolist(), strict=True):
            missed = missed * (of + outside) + inside * outside
            peak = peak * (of + outside) + inside * top
            inside *= of
        bound = min(missed * float(column.max()), peak * float(paper.total(column)) + missed * float(column[-1]))
        return float(paper.dot(stages[-1], column)), bound


@lru_cache(maxsize=8)
def _chances(size: int, span: int) -> Array:
    """Price of each difference, float[2, 2 · span + 1], of sums of two and of three."""
    beliefs = paper.paper(len(str(size - 1)))
    chances = np.empty((2, 2 * span + 1))
    for row, parts in zip(chances, (2, 3), strict=True):
        same, near, far = beliefs.adding(parts)
        row[:] = far
        row[span] += same
        row[span + beliefs.shifts] += near
    return chances
