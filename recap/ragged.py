"""Figures in one row a TPS, each row as wide as its ballot; and the kernels that weigh a row and sum rows up.

Arrays in, arrays out. Which events change a row is `ragged_fold`'s; what the columns are, `columns`'s.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from election.block import BlockState
from election.bundle.printed import Printed
from election.region import KELURAHAN, Tree
from election.tally import ABSENT
from recap.columns import SHOWN, Columns, Plan

CODES = tuple(BlockState)
"""A block's state in an array is its place here; 0 stands for every state before the first decision."""

HELD, COUNTED, VERIFIED, FINAL, WITHDRAWN = (
    CODES.index(state)
    for state in (
        BlockState.HELD, BlockState.COUNTED, BlockState.VERIFIED, BlockState.FINAL, BlockState.WITHDRAWN,
    )
)  # fmt: skip

BESIDE = np.array([SHOWN.index(state) if state in SHOWN else 0 for state in CODES], np.int64)
"""Where among `SHOWN` a state is counted, besides `COUNTING`, which stands first; 0: nowhere else."""

KINDS = len(SHOWN)

I64 = NDArray[np.int64]


class Rows(NamedTuple):
    """What is known of every TPS. It is all that lasts: sums can be made again from it."""

    figures: NDArray[np.int16]  # [Σ widths], `ABSENT` where there is none
    offsets: I64  # [n_tps + 1]: where a TPS's figures begin; no room for one that does not hold the contest
    ballot: NDArray[np.int32]  # [n_tps]: `printed.of_tps`
    states: NDArray[np.uint8]  # [n_tps, blocks], by the blocks of its ballot; a place of `CODES`
    decisions: I64  # [n_tps, blocks]: number of the event that decided, or opened the version
    versions: NDArray[np.uint8]  # [n_tps], 1 at first
    opened: I64  # [n_tps]: number of the last version_opened
    last: I64  # [n_tps]: number of the last event that was about the TPS or moved a block of it
    confirmed: I64  # [n_areas]: number of the last area_confirmed
    determined: I64  # [n_areas]: of the last result_determined

    @classmethod
    def empty(cls, printed: Printed, plan: Plan, n_areas: int) -> "Rows":
        """Of a contest of which nothing has happened."""
        n = len(printed.of_tps)
        widths = np.append(np.diff(plan.fields), 0)[printed.of_tps]  # -1 finds the 0
        offsets = np.concatenate([[0], np.cumsum(widths)])
        blocks = max((len(ballot.blocks) for ballot in printed.ballots), default=0)
        return cls(
            figures=np.full(int(offsets[-1]), ABSENT, np.int16),
            offsets=offsets,
            ballot=printed.of_tps,
            states=np.zeros((n, blocks), np.uint8),
            decisions=np.zeros((n, blocks), np.int64),
            versions=np.ones(n, np.uint8),
            opened=np.zeros(n, np.int64),
            last=np.zeros(n, np.int64),
            confirmed=np.zeros(n_areas, np.int64),
            determined=np.zeros(n_areas, np.int64),
        )


class Sums(NamedTuple):
    """Everything that follows from the rows. The dapil's rows stand after the areas'."""

    rows: I64  # [n_areas + n_dapil, width]
    numbers: I64  # [n_areas + n_dapil]: of the last event that decided something there
    own: I64  # [2, fields of all ballots]: each ballot's fields, counting and held blocks


class Ways(NamedTuple):
    """What lies above a TPS."""

    tps_parent: NDArray[np.int32]  # [n_tps]: its kelurahan
    parent: NDArray[np.int32]  # [n_areas]
    first: NDArray[np.int32]  # [n_areas + 1]: children
    tps_start: NDArray[np.int32]
    tps_stop: NDArray[np.int32]
    dapil: NDArray[np.int32]  # [n_areas]: of a kelurahan, the row of its dapil's sums, -1 where it has none

    @classmethod
    def of(cls, tree: Tree, printed: Printed) -> "Ways":
        """Dapil are made of whole kelurahan, so that a kelurahan's first TPS speaks for all."""
        dapil = np.full(tree.n_areas, -1, np.int32)
        below = np.array(tree.level(KELURAHAN))
        some = below[tree.tps_stop[below] > tree.tps_start[below]]
        district = printed.district_of_tps[tree.tps_start[some]]
        dapil[some] = np.where(district >= 0, district + tree.n_areas, -1)
        return cls(tree.tps_parent, tree.parent, tree.first, tree.tps_start, tree.tps_stop, dapil)


def summed(plan: Plan, columns: Columns, rows: Rows, ways: Ways, dapil: int) -> Sums:
    """All sums from the rows alone. `dapil` is how many there are."""
    n = len(ways.parent)
    sums = Sums(
        rows=np.zeros((n + dapil, columns.width), np.int64),
        numbers=np.zeros(n + dapil, np.int64),
        own=np.zeros((2, int(plan.fields[-1])), np.int64),
    )
    _sum_up(plan, columns.places, rows, ways, sums)
    return sums


@njit(cache=True, nogil=True)
def weigh(plan, places, rows, tps, sign, into, own):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Add what one TPS brings, `sign` times, to `into` int64[width] and to its ballot's own fields `own`."""
    ballot, at = rows.ballot[tps], rows.offsets[tps]
    first, block = plan.fields[ballot], plan.blocks[ballot]
    for b in range(plan.blocks[ballot + 1] - block):
        state = rows.states[tps, b]
        if state < HELD:
            continue
        held, shown = state == HELD, places.counts + plan.block_kind[block + b] * KINDS
        if BESIDE[state]:
            into[shown + BESIDE[state]] += sign
        if state > FINAL:
            continue
        if not held:
            into[shown] += sign
        for j in range(plan.block_start[block + b], plan.block_stop[block + b]):
            figure = np.int64(rows.figures[at + j])
            if figure > 0:
                own[int(held), first + j] += sign * figure
                column = plan.common[first + j]
                if column >= 0:
                    into[column + (places.held if held else 0)] += sign * figure
    if rows.versions[tps] > 1:
        into[places.versions] += sign
    _weigh_identities(plan, places, rows, tps, sign, into)


@njit(cache=True, nogil=True)
def _weigh_identities(plan, places, rows, tps, sign, into):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The residuals of every identity all of whose figures are given in blocks that count."""
    ballot, at = rows.ballot[tps], rows.offsets[tps]
    for i in range(plan.identities[ballot], plan.identities[ballot + 1]):
        r = np.int64(0)
        judged = True
        for t in range(plan.terms[i], plan.terms[i + 1]):
            state = rows.states[tps, plan.term_block[t]]
            figure = np.int64(rows.figures[at + plan.term_field[t]])
            if figure < 0 or state < COUNTED or state > FINAL:
                judged = False
                break
            r += plan.factor[t] * figure
        if judged and r != 0:
            to = places.residuals + 3 * plan.slot[i]
            into[to] += sign * r
            into[to + 1] += sign * abs(r)
            into[to + 2] += sign


@njit(cache=True, nogil=True)
def add_own(plan, rows, ballot, start, stop, which, sums):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Add the figures of those of TPS start … stop that vote with `ballot` to `sums` int64[its fields].

    `which` 0: of blocks that count; 1: of those that are held.
    """
    block = plan.blocks[ballot]
    for tps in range(start, stop):
        if rows.ballot[tps] != ballot:
            continue
        for b in range(plan.blocks[ballot + 1] - block):
            state = rows.states[tps, b]
            if (state == HELD) if which else (state >= COUNTED and state <= FINAL):
                for j in range(plan.block_start[block + b], plan.block_stop[block + b]):
                    sums[j] += max(np.int64(rows.figures[rows.offsets[tps] + j]), 0)


@njit(cache=True, nogil=True)
def mark_unsettled(plan, adm, rows, found):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Mark in `found` bool[n_tps] who holds the contest with a block of votes, any but `adm`, that does not count."""
    for tps in range(found.size):
        ballot = rows.ballot[tps]
        if ballot < 0:
            continue
        block = plan.blocks[ballot]
        for b in range(plan.blocks[ballot + 1] - block):
            counts = rows.states[tps, b] >= COUNTED and rows.states[tps, b] <= FINAL
            if plan.block_kind[block + b] != adm and not counts:
                found[tps] = True
                break


@njit(cache=True, nogil=True)
def _sum_up(plan, places, rows, ways, sums):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n = ways.parent.size
    for tps in range(ways.tps_parent.size):
        if rows.ballot[tps] >= 0:
            weigh(plan, places, rows, tps, 1, sums.rows[ways.tps_parent[tps]], sums.own)
    for area in range(n - 1, -1, -1):
        if ways.dapil[area] >= 0:
            sums.rows[ways.dapil[area]] += sums.rows[area]
        if area > 0:
            sums.rows[ways.parent[area]] += sums.rows[area]
    number_areas(rows, ways, sums.numbers)


@njit(cache=True, nogil=True)
def number_areas(rows, ways, numbers):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Of the last event that decided something in an area: on a TPS in it, on itself, on an area above or below it."""
    n = ways.parent.size
    for area in range(n):
        sealed = max(rows.confirmed[area], rows.determined[area])
        numbers[area] = sealed if area == 0 else max(sealed, numbers[ways.parent[area]])
    for tps in range(ways.tps_parent.size):
        area = ways.tps_parent[tps]
        for b in range(rows.decisions.shape[1]):
            numbers[area] = max(numbers[area], rows.decisions[tps, b])
    for area in range(n - 1, -1, -1):
        if ways.dapil[area] >= 0:
            numbers[ways.dapil[area]] = max(numbers[ways.dapil[area]], numbers[area])
        if area > 0:
            numbers[ways.parent[area]] = max(numbers[ways.parent[area]], numbers[area])
