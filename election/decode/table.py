"""A table of page 1, of users or of voters: three rows and their sum, men and women and their sum, which closes cycles.

Given the six plain numbers everything else hangs on them as a tree, so the cases of these six are walked through,
likeliest first (`cases`). What is not walked through is bounded: by the same table with one of its column sums
forgotten, which has no cycle and is added up whole, less the part of it that was walked through.
"""

from collections.abc import Mapping
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.decode import bounds, cases, paper
from election.decode.number import Array
from election.decode.paper import Paper
from election.decode.sums import Sum
from election.decode.tree import stacked


class Names(Struct, frozen=True, dict=True):
    """The numbers of a table: of three rows men and women (`plain`); the rows' sums, then all men and all women
    (`totals`); all of them (`grand`)."""

    rows: tuple[str, str, str]
    all: str

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """Men and women, row by row."""
        return tuple(f"{row}_{x}" for row in self.rows for x in "lp")

    @cached_property
    def totals(self) -> tuple[str, ...]:
        """Sums of plain numbers."""
        return (*(f"{row}_j" for row in self.rows), f"{self.all}_l", f"{self.all}_p")

    @property
    def grand(self) -> str:
        """The sum of totals."""
        return f"{self.all}_j"

    @property
    def fields(self) -> tuple[str, ...]:
        """All twelve."""
        return (*self.plain, *self.totals, self.grand)

    @property
    def sums(self) -> tuple[Sum, ...]:
        """Every sum of the table."""
        across = (Sum(f"{row}_j", (f"{row}_l", f"{row}_p")) for row in (*self.rows, self.all))
        return (*across, *(Sum(f"{self.all}_{x}", tuple(f"{row}_{x}" for row in self.rows)) for x in "lpj"))


USERS = Names(("pengguna_dpt", "pengguna_dptb", "pengguna_non_dpt"), "pengguna_total")
VOTERS = Names(("pemilih_dpt", "pemilih_dptb", "pemilih_dpk"), "pemilih_total")
"""Only the first row of it is in a record; forms of 2019 ask for all."""


def listing(names: Names) -> Sum:
    """A table's numbers, only to be listed: each enters two sums, so that one slip of the pen can break both."""
    return Sum(names.grand, tuple(Sum(name, ()) for name in (*names.plain, *names.totals)))


Ints = npt.NDArray[np.int64]

_NEAR_CUT = 1e-6

_ENOUGH = 1e-5
"""Less mass than this, against what was walked through, is not bounded any closer."""


class Walked(Struct, frozen=True):
    """The users' table, added up.

    `mass` is all of it that was walked through, `lost` bounds the rest; `plain` and `totals` are the mass by value of
    each number, in the order of its names; `grand` float[N] what the table says of the grand total, without
    what is seen of it; `best` the likeliest plain numbers; `along` float[2, span] what each sum of totals is worth.
    """

    mass: float
    lost: float
    plain: Array
    totals: Array
    grand: Array
    best: dict[str, int]
    along: Array


class Lists(Struct, frozen=True):
    """The values that are looked at one by one: of each plain number `some` int64[6, VALUES], of which there are `many`
    int64[6], and of each total `spikes` int64[5, SPIKES]; −1 behind the last."""

    some: Ints
    many: Ints
    spikes: Ints


def lists(beliefs: Paper, seen: Mapping[str, Array], names: Names) -> Lists:
    """The likeliest values of the table's numbers by `seen`, their likelihoods float[N + 1], and what the sums say."""
    every = (*names.plain, *names.totals)
    rows = stacked([seen[name] for name in every])[:, : beliefs.size]
    tops = dict(zip(every, rows.argmax(axis=1).tolist(), strict=True))
    some, many = np.empty((6, cases.VALUES), np.int64), np.empty(6, np.int64)
    cases.all_listed(rows[:6], np.array([_implied(tops, name, names) for name in names.plain]), _NEAR_CUT, some, many)
    spikes = np.empty((5, cases.SPIKES), np.int64)
    cases.all_listed(rows[6:], np.empty((5, 0), np.int64), _NEAR_CUT, spikes, np.empty(5, np.int64))
    return Lists(some, many, spikes)


def _implied(tops: Mapping[str, int], name: str, names: Names) -> tuple[int, int]:
    """What the row, and what the column, say about a plain number, were all the others read right."""
    row, column = name.rsplit("_", 1)
    beside = tops[f"{row}_{'p' if column == 'l' else 'l'}"]
    others = sum(tops[f"{other}_{column}"] for other in names.rows if other != row)
    return tops[f"{row}_j"] - beside, tops[f"{names.all}_{column}"] - others


class Table:
    """What is seen of the table: `weights` by what each number stands for, and the `listed` values."""

    def __init__(self, beliefs: Paper, weights: Mapping[str, Array], listed: Lists, names: Names) -> None:
        self.beliefs, self.listed, self.names = beliefs, listed, names
        self.plain = stacked([weights[name] for name in names.plain])
        self.ends = stacked([weights[name] for name in names.totals])
        self.adding = np.array([beliefs.adding(parts) for parts in (2, 2, 2, 3, 3)])
        self.worth = np.empty((5, beliefs.span))
        paper.all_backward(self.ends, self.adding, beliefs.shifts, self.worth)
        self.peaks = np.empty(5)
        wrong = self.adding[:, 1] * beliefs.shifts.share.max() + self.adding[:, 2]
        cases.tallest(self.ends, listed.spikes, wrong, self.peaks)

    def along(self, grand: Array) -> Array:
        """What each sum of the totals of a row, and of a column, is worth, where `grand` float[N] is what is seen of
        the grand total: float[2, span]."""
        along = np.empty((2, self.beliefs.span))
        paper.all_backward(stacked([grand, grand]), self.adding[2:4], self.beliefs.shifts, along)
        return along

    def best(self, walked: Walked) -> tuple[dict[str, int], Array]:
        """What is most likely meant by the plain numbers and the totals, and what these say of the grand total."""
        only = self.walk(walked.along, walked.best, bounded=False)
        meant = dict(only.best)
        meant |= {name: int(only.totals[t].argmax()) for t, name in enumerate(self.names.totals)}
        return meant, only.grand

    def walk(self, along: Array, only: Mapping[str, int] | None = None, bounded: bool = True) -> Walked:
        """Add the table up, where sums of totals are worth what `along` says; `only` one case of it.

        Unless `bounded`, `lost` covers only what was walked past.
        """
        size, span = self.beliefs.size, self.beliefs.span
        # Any sum beyond the last cell is worth as much as that cell.
        flat = np.array([paper.total(row) + 3 * size * row[-1] for row in along])
        some, many = self.listed.some, self.listed.many
        if only is not None:
            some, many = np.array([[only[name]] for name in self.names.plain]), np.ones(6, np.int64)
        values, weights = np.zeros((3, cases.PAIRS, 2), np.int64), np.zeros((3, cases.PAIRS))
        counts = np.zeros(3, np.int64)
        cases.all_pairs(self.plain, some, many, self.worth, cases.RARE, values, weights, counts)
        plain, totals, arrived = np.zeros((6, size)), np.zeros((5, size)), np.zeros((2, span))
        best, prices = np.zeros(6, np.int64), _chances(size, span)
        mass, loose, skipped = cases.walk(
            *(values, weights, counts, self.ends, self.listed.spikes, self.peaks, self.worth, along, flat, prices),
            *(cases.RARE, plain, totals, arrived, best),
        )
        lost = loose + skipped
        if bounded:
            top = float(along.max())
            enough = _ENOUGH * mass / top if top > 0 else 0.0
            lost += bounds.forgotten(self.plain, self.worth, values, weights, counts, enough) * top
        found = dict(zip(self.names.plain, best.tolist(), strict=True))
        return Walked(mass, lost, plain, totals, self._arrived(arrived), found, along)

    def _arrived(self, arrived: Array) -> Array:
        parts = np.empty((2, self.beliefs.size))
        for i, count in enumerate((2, 3)):
            paper.onward(arrived[i], *self.beliefs.adding(count), self.beliefs.shifts, parts[i])
        return parts[0] + parts[1]


@lru_cache(maxsize=8)
def _chances(size: int, span: int) -> Array:
    """Price of each difference, float[2, 2 · span + 1], of sums of two and of three."""
    beliefs = paper.paper(len(str(size - 1)))
    chances = np.empty((2, 2 * span + 1))
    for row, parts in zip(chances, (2, 3), strict=True):
        same, near, far = beliefs.adding(parts)
        row[:] = far
        row[span] += same
        row[span + beliefs.shifts.by] += near * beliefs.shifts.share
    return chances
