"""Events as arrays, and the kernel that carries them out on the rows one after another, keeping every sum right.

What the same events do to one record, with its history, is `election.record`'s; a test holds the two together.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from election.contest import Contest
from election.event import (
    AreaConfirmed,
    BlockCorrected,
    BlockCounted,
    BlockHeld,
    BlockWithdrawn,
    Decision,
    Event,
    Figures,
    ResultDetermined,
    Ruling,
    VersionOpened,
)
from election.record import Entry
from election.tally import ABSENT
from recap.columns import SHOWN
from recap.kernels import add_delta
from recap.ragged import COUNTED, FINAL, HELD, KINDS, VERIFIED, WITHDRAWN, weigh

LARGEST = 32_767
"""A figure beyond this is none: the boxes of a form end at 999, and it must fit int16."""

PASSED, TOUCH, MACHINE, CORRECT, WITHDRAW, OPEN, CONFIRM, DETERMINE = range(8)
"""What an entry does. From `CONFIRM` on it is about an area, before that about a TPS."""

DOES: dict[type[Event], tuple[int, int]] = {
    BlockCounted: (MACHINE, COUNTED),
    BlockHeld: (MACHINE, HELD),
    BlockCorrected: (CORRECT, VERIFIED),
    BlockWithdrawn: (WITHDRAW, WITHDRAWN),
    VersionOpened: (OPEN, 0),
    AreaConfirmed: (CONFIRM, 0),
    ResultDetermined: (DETERMINE, 0),
}
"""Kind of event → what it does, and the state that it brings. The others only touch their TPS."""

LARGEST_VERSION = 255

TOO_MANY = 1 << 62
"""No journal number is so large."""

FINAL_SHOWN, VERIFIED_SHOWN = SHOWN.index("final"), SHOWN.index("verified")


class Deeds(NamedTuple):
    """Entries as arrays [n]. `place` is a TPS row or, of what is about an area, an area index."""

    number: NDArray[np.int64]
    place: NDArray[np.int32]
    what: NDArray[np.uint8]
    state: NDArray[np.uint8]
    block: NDArray[np.int16]  # position on the TPS's ballot
    replaces: NDArray[np.int64]
    version: NDArray[np.int64]
    start: NDArray[np.int64]  # of the block's figures in `figures`
    figures: NDArray[np.int16]


Blocks = dict[str, tuple[int, int]]
"""Block → its position on a ballot, and how many fields it has."""


def blocks_of(ballot: Contest) -> Blocks:
    """Where each block of a ballot stands."""
    return {name: (b, len(fields)) for b, (name, fields) in enumerate(ballot.blocks.items())}


def deeds(entries: Sequence[Entry], places: Sequence[int], blocks: Sequence[Blocks | None]) -> Deeds:
    """`places`: a TPS row or an area index, -1 to pass over. `blocks`: of that TPS's ballot, None for an area."""
    figures: list[int] = []
    told = [_deed(*one, figures) for one in zip(entries, places, blocks, strict=True)]
    number, place, what, state, block, replaces, version, start = np.array(told, np.int64).reshape(-1, 8).T
    return Deeds(
        number.copy(), place.astype(np.int32), what.astype(np.uint8), state.astype(np.uint8), block.astype(np.int16),
        replaces.copy(), version.copy(), start.copy(), np.array(figures, np.int16),
    )  # fmt: skip


def _deed(entry: Entry, place: int, known: Blocks | None, figures: list[int]) -> tuple[int, ...]:
    """The columns of `Deeds` for one entry; a decision's figures are put after `figures`."""
    event = entry.event
    what, state = (PASSED, 0) if place < 0 or event is None else DOES.get(type(event), (TOUCH, 0))
    if (known is None) != (what >= CONFIRM):  # about a place of the other sort
        what = PASSED if known is None else TOUCH
    if what in (PASSED, TOUCH) or not isinstance(event, Ruling):
        return entry.number, place, what, 0, 0, 0, 0, 0
    replaces = event.replaces if 0 <= event.replaces < TOO_MANY else -1
    if isinstance(event, VersionOpened):
        return entry.number, place, what, 0, 0, replaces, max(0, min(event.version, LARGEST_VERSION + 1)), 0
    if not isinstance(event, Decision) or known is None:
        return entry.number, place, what, 0, 0, replaces, 0, 0
    if event.block not in known:
        return entry.number, place, TOUCH, 0, 0, 0, 0, 0
    block, length = known[event.block]
    figures += dense(event.figures, length)
    return entry.number, place, what, state, block, replaces, 0, len(figures) - length


def dense(figures: Figures | None, length: int) -> list[int]:
    """A block's figures as an array takes them; all absent where they are not a block of that length."""
    if figures is None or len(figures) != length:
        return [ABSENT] * length
    return [figure if figure is not None and 0 <= figure <= LARGEST else ABSENT for figure in figures]


@njit(cache=True, nogil=True)
def carry_out(plan, places, rows, ways, sums, done, delta):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Carry out every deed in its order. `delta` int64[width] is zero before and after."""
    for i in range(done.number.size):
        what, tps, number = done.what[i], done.place[i], done.number[i]
        if what == PASSED:
            continue
        if what >= CONFIRM:
            _seal(plan, places, rows, ways, sums, done, i, delta)
            continue
        if number <= rows.last[tps]:
            continue  # a row may be ahead of the others where it comes from a snapshot
        rows.last[tps] = number
        if what == TOUCH or not _stands(rows, done, i):
            continue
        _number_above(ways, sums.numbers, ways.tps_parent[tps], number)
        if what != OPEN and not _possible(rows, ways, done, i):
            rows.decisions[tps, done.block[i]] = number  # as the journal's head has it
            continue
        weigh(plan, places, rows, tps, -1, delta, sums.own)
        _change(plan, rows, done, i)
        weigh(plan, places, rows, tps, 1, delta, sums.own)
        _spread(ways, sums.rows, ways.tps_parent[tps], delta)


@njit(cache=True, nogil=True)
def _stands(rows, done, i):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Whether what a ruling on a record replaces still stands."""
    tps = done.place[i]
    if done.what[i] != OPEN:
        return done.replaces[i] == rows.decisions[tps, done.block[i]]
    next_one = done.version[i] == np.int64(rows.versions[tps]) + 1 and done.version[i] <= LARGEST_VERSION
    return next_one and done.replaces[i] == rows.opened[tps]


@njit(cache=True, nogil=True)
def _possible(rows, ways, done, i):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Whether the block's state and the areas above allow a decision; `election.block.MOVES` as comparisons."""
    what, state = done.what[i], rows.states[done.place[i], done.block[i]]
    if what == MACHINE and state >= VERIFIED:
        return False
    if what == WITHDRAW and state == 0:
        return False
    area = ways.tps_parent[done.place[i]]
    while area >= 0:
        if rows.determined[area] > rows.opened[done.place[i]]:
            return False
        area = ways.parent[area]
    return True


@njit(cache=True, nogil=True)
def _change(plan, rows, done, i):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """One record's row after a ruling on it."""
    tps, number = done.place[i], done.number[i]
    ballot, at = rows.ballot[tps], rows.offsets[tps]
    if done.what[i] == OPEN:
        rows.opened[tps] = number
        rows.versions[tps] = done.version[i]
        rows.figures[at : rows.offsets[tps + 1]] = ABSENT
        for b in range(plan.blocks[ballot + 1] - plan.blocks[ballot]):
            rows.states[tps, b] = 0
            rows.decisions[tps, b] = number
        return
    b = done.block[i]
    block = plan.blocks[ballot] + b
    rows.states[tps, b] = done.state[i]
    rows.decisions[tps, b] = number
    if done.what[i] == WITHDRAW:
        return  # what it said stays readable
    start = plan.block_start[block]
    for j in range(plan.block_stop[block] - start):
        rows.figures[at + start + j] = done.figures[done.start[i] + j]


@njit(cache=True, nogil=True)
def _spread(ways, into, area, delta):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Add what changed to the kelurahan, everything above it, and its dapil; and forget it."""
    add_delta(ways.parent, area, delta, into)
    if ways.dapil[area] >= 0:
        into[ways.dapil[area]] += delta
    delta[:] = 0


@njit(cache=True, nogil=True)
def _number_above(ways, numbers, area, number):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    if ways.dapil[area] >= 0:
        numbers[ways.dapil[area]] = max(numbers[ways.dapil[area]], number)
    while area >= 0:
        numbers[area] = max(numbers[area], number)
        area = ways.parent[area]


@njit(cache=True, nogil=True)
def _seal(plan, places, rows, ways, sums, done, i, delta):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """What counts in an area becomes final, kelurahan after kelurahan."""
    area, number = done.place[i], done.number[i]
    seals = rows.confirmed if done.what[i] == CONFIRM else rows.determined
    seals[area] = max(seals[area], number)
    stop = ways.tps_stop[area]
    for tps in range(ways.tps_start[area], stop):
        if rows.ballot[tps] >= 0:
            _make_final(plan, places, rows, tps, number, delta)
        if tps + 1 == stop or ways.tps_parent[tps + 1] != ways.tps_parent[tps]:
            _spread(ways, sums.rows, ways.tps_parent[tps], delta)
    _number_above(ways, sums.numbers, area, number)
    low, high = area, area + 1
    while low < ways.parent.size:
        for below in range(low, high):
            _number_above(ways, sums.numbers, below, number)
        low, high = ways.first[low], ways.first[high]


@njit(cache=True, nogil=True)
def _make_final(plan, places, rows, tps, number, delta):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    block = plan.blocks[rows.ballot[tps]]
    for b in range(plan.blocks[rows.ballot[tps] + 1] - block):
        state = rows.states[tps, b]
        if state not in (COUNTED, VERIFIED):
            continue
        rows.states[tps, b] = FINAL
        rows.last[tps] = number
        shown = places.counts + plan.block_kind[block + b] * KINDS
        delta[shown + FINAL_SHOWN] += 1
        delta[shown + VERIFIED_SHOWN] -= state == VERIFIED
