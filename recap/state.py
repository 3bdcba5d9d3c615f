"""Every decision of one contest's journal as NumPy arrays, and the totals of every area kept up to date by deltas.

A pure fold: the same entries give the same bytes. What evidence a record has is `election.record`'s; writing the
totals where the public can read them is `published`'s; keeping the arrays on disk, `snapshot`'s.
"""

import logging
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.block import COUNTING, PEOPLE, BlockState
from election.codes import fixed
from election.contest import ADM, SUARA, Contest
from election.event import BlockCorrected, BlockCounted, BlockHeld, Decision, Figures
from election.record import Entry
from election.region import Tree
from election.rules import identities, residuals
from election.tally import ABSENT
from recap.kernels import add_deltas, roll_up

I64 = NDArray[np.int64]
CODES = tuple(BlockState)
"""A block's state in an array is its place here; 0 stands for every state before the first decision."""

_COUNTING = np.array([state in COUNTING for state in CODES])
_HELD = np.array([state is BlockState.HELD for state in CODES])
_PEOPLE = frozenset(CODES.index(state) for state in PEOPLE)
LARGEST = 999_999
"""A figure beyond this is none: the boxes of a form end at 999, and what a TPS adds to a column must fit int32."""

CHUNK = 1 << 16

log = logging.getLogger(__name__)


class Columns(Struct, frozen=True):
    """Where an area's row keeps what, as slices of int64[width]."""

    totals: slice  # each field, counting blocks only
    held: slice  # each field, held blocks only
    tps_counted: int
    tps_held: int
    adm_counted: int
    adm_held: int
    residuals: slice  # each identity: Σr, Σ|r|, count of r ≠ 0; counting blocks only
    width: int

    @classmethod
    def of(cls, contest: Contest) -> "Columns":
        """The columns of a contest, identities in the order of `rules.identities(contest)`."""
        k, m = len(contest.fields), 3 * len(identities(contest))
        return cls(slice(0, k), slice(k, 2 * k), 2 * k, 2 * k + 1, 2 * k + 2, 2 * k + 3, slice(-m, None), 2 * k + 4 + m)


class State:
    """`figures` int32[n_tps, fields] (`ABSENT`: none), `states` uint8 and `decisions` int64 [n_tps, blocks], `last`
    int64[n_tps] (number of the last event on a TPS), `areas` int64[n_areas, width], `area_numbers` int64[n_areas]."""

    def __init__(self, tree: Tree, contest: Contest, holding: NDArray[np.bool_]) -> None:
        """`holding` bool[n_tps]: which TPS vote in the contest; events that name others are passed over."""
        self.tree, self.contest, self.holding = tree, contest, holding
        self.tps = roll_up(tree, holding.astype(np.int32)[:, None])[:, 0]
        self.columns = Columns.of(contest)
        self.blocks = tuple(contest.blocks)
        ends = np.cumsum([0, *(len(fields) for fields in contest.blocks.values())])
        self.spans = {name: slice(int(a), int(b)) for name, a, b in zip(self.blocks, ends, ends[1:], strict=False)}
        self.number, self.at = 0, ""
        self.figures = np.full((tree.n_tps, len(contest.fields)), ABSENT, np.int32)
        self.states = np.zeros((tree.n_tps, len(self.blocks)), np.uint8)
        self.decisions = np.zeros((tree.n_tps, len(self.blocks)), np.int64)
        self.last = np.zeros(tree.n_tps, np.int64)
        self.areas = np.zeros((tree.n_areas, self.columns.width), np.int64)
        self.area_numbers = np.zeros(tree.n_areas, np.int64)

    def fold(self, entries: Sequence[Entry]) -> list[int]:
        """Takes in the entries that follow `number`; answers the TPS rows they touch, in order of first touch."""
        new = [entry for entry in entries if entry.number > self.number]
        if not new:
            return []
        found = [(row, entry) for row, entry in zip(self._rows(new), new, strict=True) if row >= 0]
        decided = sorted({row for row, entry in found if isinstance(entry.event, Decision)})
        before = self._contributions(decided)
        for row, entry in found:
            self.last[row] = entry.number
            if isinstance(entry.event, Decision):
                self._decide(row, entry.number, entry.event)
        self._add(decided, self._contributions(decided) - before)
        self.number = new[-1].number
        self.at = next((entry.event.at for entry in reversed(new) if entry.event is not None), self.at)
        return list(dict.fromkeys(row for row, _ in found))

    def recompute(self) -> tuple[I64, I64]:
        """`areas` and `area_numbers` anew from the TPS rows: what the deltas must have kept."""
        return recomputed(self.tree, self.contest, self.figures, self.states, self.decisions)

    def rebuild(self) -> None:
        """Puts the totals right from the TPS rows."""
        self.areas, self.area_numbers = self.recompute()

    def _rows(self, entries: Sequence[Entry]) -> list[int]:
        """The TPS row that each entry is about, -1 where it is about none that this contest has."""
        codes = ["?" if entry.event is None or "\0" in entry.event.tps else entry.event.tps for entry in entries]
        rows = self.tree.tps_codes.find(fixed(codes))
        rows = np.where(self.holding[rows], rows, -1)
        for number in (entry.number for entry, row in zip(entries, rows, strict=True) if row < 0):
            log.warning("%s: number %d passed over: unknown kind or TPS", self.contest.key, number)
        return [int(row) for row in rows]

    def _decide(self, row: int, number: int, event: Decision) -> None:
        """The same judgement as the fold of the record: stale changes nothing, people's decisions stay."""
        if event.block not in self.spans:
            return
        block = self.blocks.index(event.block)
        if event.replaces != self.decisions[row, block]:
            return
        self.decisions[row, block] = number
        self.area_numbers[list(self.tree.path(row))] = number
        if self.states[row, block] in _PEOPLE and not isinstance(event, BlockCorrected):
            return
        self.states[row, block] = CODES.index(_STATE[type(event)])
        span = self.spans[event.block]
        self.figures[row, span] = dense(event.figures, span.stop - span.start)

    def _contributions(self, rows: Sequence[int]) -> I64:
        return contributions(self.contest, self.figures[rows], self.states[rows])

    def _add(self, rows: Sequence[int], deltas: I64) -> None:
        if len(rows):
            add_deltas(self.tree.parent, self.tree.tps_parent, np.array(rows, np.int64), deltas, self.areas)


_STATE: dict[type[Decision], BlockState] = {
    BlockCounted: BlockState.COUNTED,
    BlockHeld: BlockState.HELD,
    BlockCorrected: BlockState.VERIFIED,
}


def dense(figures: Figures | None, length: int) -> list[int]:
    """A block's figures as an array takes them; all absent where they are not a block of that length."""
    if figures is None or len(figures) != length:
        return [ABSENT] * length
    return [figure if figure is not None and 0 <= figure <= LARGEST else ABSENT for figure in figures]


def contributions(contest: Contest, figures: NDArray[np.int32], states: NDArray[np.uint8]) -> I64:
    """int64[n, width]: what each of n TPS adds to every area above it, in the order of `Columns`."""
    n = len(figures)
    sizes = [len(fields) for fields in contest.blocks.values()]
    counting, held = _COUNTING[states], _HELD[states]
    field_counts, field_held = (np.repeat(mask, sizes, axis=1) for mask in (counting, held))
    counted = np.where(field_counts, figures, ABSENT)
    shown = np.where(field_held, figures, ABSENT)
    r, judged = residuals(contest, counted)
    r = np.where(judged, r, 0)
    sums = np.stack([r, np.abs(r), r != 0], axis=2).reshape(n, 3 * r.shape[1])
    flags = [mask[:, list(contest.blocks).index(name)] for name in (SUARA, ADM) for mask in (counting, held)]
    return np.concatenate(
        [np.maximum(counted, 0), np.maximum(shown, 0), np.stack(flags, axis=1), sums], axis=1, dtype=np.int64
    )


def recomputed(
    tree: Tree, contest: Contest, figures: NDArray[np.int32], states: NDArray[np.uint8], decisions: I64
) -> tuple[I64, I64]:
    """Totals int64[n_areas, width] and the last decision's number int64[n_areas], by full roll-up."""
    numbers = decisions.max(axis=1)
    above = np.zeros(tree.n_areas, np.int64)
    for level in range(5):
        np.maximum.at(above, tree.ancestors(level), numbers)
    return _in_chunks(tree, contest, figures, states), above


def _in_chunks(tree: Tree, contest: Contest, figures: NDArray[np.int32], states: NDArray[np.uint8]) -> I64:
    """Column by column group, so that a nation's contributions never lie in memory at once."""
    width = Columns.of(contest).width
    whole = np.empty((tree.n_tps, width), np.int32)
    for start in range(0, tree.n_tps, CHUNK):
        rows = slice(start, start + CHUNK)
        whole[rows] = contributions(contest, figures[rows], states[rows])
    return np.asarray(roll_up(tree, whole), np.int64)
