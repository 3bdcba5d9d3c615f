"""Whether the sums that deltas keep are those of the rows: every area against its children, every kelurahan against
its TPS. A piece at a time, so that whoever moves the state never waits long; each piece is right at every moment.
"""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from election.region import KELURAHAN, Tree
from recap.columns import Columns, Plan
from recap.ragged import Rows, Sums, Ways, add_own, weigh

PIECE = 512
"""Areas a piece: of kelurahan, some milliseconds."""


def sound(tree: Tree, plan: Plan, columns: Columns, rows: Rows, ways: Ways, sums: Sums, lock: threading.Lock) -> bool:
    """False where anything in `sums` is not what the rows say. Takes `lock` for each piece."""
    for holds in _pieces(tree, plan, columns, rows, ways, sums):
        with lock:
            right = holds()
        if not right:
            return False
    return True


def _pieces(
    tree: Tree, plan: Plan, columns: Columns, rows: Rows, ways: Ways, sums: Sums
) -> Iterator[Callable[[], bool]]:
    first = int(tree.level_start[KELURAHAN])
    scratch, own = np.zeros(columns.width, np.int64), np.zeros_like(sums.own)
    for low, high in pairwise([*range(0, first, PIECE), first]):
        yield partial(_children_make, rows, ways, sums, low, high, scratch)
    for low, high in pairwise([*range(first, tree.n_areas, PIECE), tree.n_areas]):
        yield partial(_tps_make, plan, columns.places, rows, ways, sums, low, high, scratch, own)
    for dapil, low, high in _spans(ways.dapil):
        yield partial(_kelurahan_make, ways, sums, dapil, low, high, scratch)
    for ballot, low, high in _spans(rows.ballot):
        yield partial(_ballot_holds, plan, rows, sums, ballot, low, high)


def _spans(member: NDArray[np.int32]) -> Iterator[tuple[int, int, int]]:
    """Of each number from 0 on in `member`, where it stands first, and one past where it stands last."""
    numbers, first = np.unique(member, return_index=True)
    last = len(member) - np.unique(member[::-1], return_index=True)[1]
    yield from (span for span in zip(numbers.tolist(), first.tolist(), last.tolist(), strict=True) if span[0] >= 0)


def _ballot_holds(plan: Plan, rows: Rows, sums: Sums, ballot: int, low: int, high: int) -> bool:
    mine = slice(plan.fields[ballot], plan.fields[ballot + 1])
    found = np.zeros((2, mine.stop - mine.start), np.int64)
    for which in (0, 1):
        add_own(plan, rows, ballot, low, high, which, found[which])
    return bool((found == sums.own[:, mine]).all())


@njit(cache=True, nogil=True)
def _sealed(rows, ways, area):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Number of the last event that sealed the area, by itself or from above."""
    number = np.int64(0)
    while area >= 0:
        number = max(number, rows.confirmed[area], rows.determined[area])
        area = ways.parent[area]
    return number


@njit(cache=True, nogil=True)
def _children_make(rows, ways, sums, low, high, scratch):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for area in range(low, high):
        scratch[:] = sums.rows[area]
        number = _sealed(rows, ways, area)
        for child in range(ways.first[area], ways.first[area + 1]):
            scratch -= sums.rows[child]
            number = max(number, sums.numbers[child])
        if scratch.any() or number != sums.numbers[area]:
            return False
    return True


@njit(cache=True, nogil=True)
def _tps_make(plan, places, rows, ways, sums, low, high, scratch, own):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for area in range(low, high):
        scratch[:] = sums.rows[area]
        number = _sealed(rows, ways, area)
        for tps in range(ways.tps_start[area], ways.tps_stop[area]):
            if rows.ballot[tps] >= 0:
                weigh(plan, places, rows, tps, -1, scratch, own)
            number = max(number, rows.decisions[tps].max())
        if scratch.any() or number != sums.numbers[area]:
            return False
    return True


@njit(cache=True, nogil=True)
def _kelurahan_make(ways, sums, dapil, low, high, scratch):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    scratch[:] = sums.rows[dapil]
    number = np.int64(0)
    for area in range(low, high):
        if ways.dapil[area] == dapil:
            scratch -= sums.rows[area]
            number = max(number, sums.numbers[area])
    return not scratch.any() and number == sums.numbers[dapil]
