"""How every record stands: the state and figures of each block, worked out for a nation at once.

Histories of the common kind (each decision names the one before it, nobody overtakes a person, what closes an area
comes after its decisions) are read off the columns in one pass; every other record is folded event by event by
`election.record`. A test holds the two against each other on random histories. Sums are `sums`'s.
"""

from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from election.block import BlockState
from monitor.columns import BLANK, CORRECTED, COUNTED, HELD, KEYED, OPENED, SCAN, WITHDRAWN
from monitor.history import History
from monitor.stations import Stations

STATES = (
    BlockState.AWAITED, BlockState.RECEIVED, BlockState.READ, BlockState.HELD, BlockState.COUNTED,
    BlockState.VERIFIED, BlockState.FINAL, BlockState.WITHDRAWN,
)  # fmt: skip
"""The position is the state's number here. A record never stands superseded: its next version does."""

NUMBER = {state: i for i, state in enumerate(STATES)}
_FIRST, _LAST = NUMBER[BlockState.COUNTED], NUMBER[BlockState.FINAL]
_AFTER = {
    COUNTED: BlockState.COUNTED, HELD: BlockState.HELD, CORRECTED: BlockState.VERIFIED, WITHDRAWN: BlockState.WITHDRAWN,
}  # fmt: skip

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Standing(Struct, frozen=True, eq=False):
    """Of each TPS, as of entry `number`: `states` int8[n, blocks of the contest], `figures` int32[n, fields of its own
    ballot] (-1 blank), `version` int16[n]. The arrays may be written to by whoever made them."""

    stations: Stations
    number: int
    states: NDArray[np.int8]
    figures: NDArray[np.int32]
    version: NDArray[np.int16]
    folded: int = 0  # how many records were folded one by one

    def counts(self, rows: slice, block: str) -> Bools:
        """Which TPS of a run have this block in the totals."""
        states = self.states[rows, self.stations.blocks[block]]
        return (states >= _FIRST) & (states <= _LAST)

    def held(self, rows: slice, block: str) -> Bools:
        """Which have it held."""
        return self.states[rows, self.stations.blocks[block]] == NUMBER[BlockState.HELD]

    def of_number(self, number: int) -> "Standing":
        """The same arrays, said to be after entry `number`."""
        return replace(self, number=number)

    def copy(self, rows: slice) -> "Standing":
        """Arrays of its own, of which only those of `rows` may be read."""
        found = nothing(self.stations, self.number, fill=False)
        for name in ("states", "figures", "version"):
            getattr(found, name)[rows] = getattr(self, name)[rows]
        return found

    def put(self, row: int, history: History, upto: int) -> None:
        """Writes one record as the true fold has it."""
        ballot = self.stations.ballots[self.stations.ballot[row]]
        record = history.record(row, upto)
        self.figures[row] = BLANK
        for block in record.blocks:
            self.states[row, self.stations.blocks[block.name]] = NUMBER[block.state]
            if block.figures is not None:
                told = [BLANK if one is None else one for one in block.figures]
                self.figures[row, ballot.spans[block.name]] = told
        self.version[row] = record.version


def nothing(stations: Stations, number: int = 0, *, fill: bool = True) -> Standing:
    """Before the first entry; without `fill` the figures are anything."""
    width = max((len(one.fields) for one in stations.ballots), default=0)
    n = len(stations)
    figures = np.full((n, width), BLANK, np.int32) if fill else np.empty((n, width), np.int32)
    return Standing(
        stations, number, np.zeros((n, len(stations.blocks)), np.int8), figures, np.ones(n, np.int16)
    )  # fmt: skip


def standing(history: History, upto: int) -> Standing:
    """Every record after entry number `upto`."""
    stations, events = history.stations, history.columns.events
    found = nothing(stations, upto)
    seen = events["number"] <= upto
    decided = np.flatnonzero(seen & _decisive(events) & _fits(stations, events))
    blocks = len(stations.blocks)
    keys = events["row"][decided].astype(np.int64) * blocks + events["block"][decided]
    order = np.argsort(keys, kind="stable")
    keys, at = keys[order], decided[order]
    last = np.append(keys[1:] != keys[:-1], True)[: len(keys)]
    rare = _broken(keys, events[at], len(stations), blocks)
    rare |= _unusual(stations, events, seen)
    _place(found, history, keys[last], at[last])
    rare |= _undecided(found, events, seen)
    rare |= _close(found, history, events, decided, upto)
    for row in np.flatnonzero(rare).tolist():
        found.put(row, history, upto)
    return Standing(stations, upto, found.states, found.figures, found.version, int(rare.sum()))


def _decisive(events: NDArray[np.void]) -> Bools:
    found: Bools = (events["kind"] >= COUNTED) & (events["kind"] <= WITHDRAWN) & (events["block"] >= 0)
    return found


def _fits(stations: Stations, events: NDArray[np.void]) -> Bools:
    """Whether the TPS votes with a ballot that has the decision's block."""
    found: Bools = stations.lengths[stations.ballot[events["row"]], events["block"]] >= 0
    return found


def _broken(keys: Ints, events: NDArray[np.void], n: int, blocks: int) -> Bools:
    """bool[n]: records in which some decision does not name the one before it, or the machine overtakes a person."""
    first = np.append(True, keys[1:] != keys[:-1])[: len(keys)]
    before = np.append(0, events["number"][:-1])[: len(keys)]
    kinds = events["kind"]
    after_person = np.append(False, kinds[:-1] == CORRECTED)[: len(keys)] & ~first
    odd = events["on"] != np.where(first, 0, before)
    odd |= after_person & ((kinds == COUNTED) | (kinds == HELD))
    odd |= kinds == WITHDRAWN
    found = np.zeros(n, np.bool_)
    found[keys[odd] // blocks if blocks else keys[odd]] = True
    return found


def _unusual(stations: Stations, events: NDArray[np.void], seen: Bools) -> Bools:
    """Records of which a version was opened."""
    found = np.zeros(len(stations), np.bool_)
    found[events["row"][seen & (events["kind"] == OPENED)]] = True
    return found


def _place(found: Standing, history: History, keys: Ints, at: Ints) -> None:
    """Writes the last decision of each block, block by block of each ballot."""
    stations, events = found.stations, history.columns.events
    blocks = len(stations.blocks)
    rows, numbers = (keys // blocks, keys % blocks) if blocks else (keys, keys)
    after = np.zeros(OPENED + 1, np.int8)
    after[list(_AFTER)] = [NUMBER[state] for state in _AFTER.values()]
    found.states[rows, numbers] = after[events["kind"][at]]
    ballots = stations.ballot[rows]
    for i, ballot in enumerate(stations.ballots):
        of_ballot = ballots == i if len(stations.ballots) > 1 else np.ones(len(rows), np.bool_)
        for name, span in ballot.spans.items() if of_ballot.any() else ():
            chosen = of_ballot & (numbers == stations.blocks[name])
            chosen &= events["length"][at] >= 0
            which = at[chosen]
            grid = history.offsets[which][:, None] + np.arange(span.stop - span.start)
            found.figures[rows[chosen], span] = history.columns.figures[grid]


def _undecided(found: Standing, events: NDArray[np.void], seen: Bools) -> Bools:
    """Records of which something has come in and a block of theirs is not decided."""
    evidence = np.zeros(len(found.stations), np.bool_)
    evidence[events["row"][seen & ((events["kind"] == SCAN) | (events["kind"] == KEYED))]] = True
    has = found.stations.lengths[found.stations.ballot] >= 0
    open_: Bools = (has & (found.states == NUMBER[BlockState.AWAITED])).any(axis=1)
    return evidence & open_


def _close(found: Standing, history: History, events: NDArray[np.void], decided: Ints, upto: int) -> Bools:
    """Makes final what stands in areas that were closed; answers the records decided after their area was."""
    n = len(found.stations)
    closings = [one for one in history.columns.closings if one.number <= upto]
    if not closings:
        return np.zeros(n, np.bool_)
    first = np.full(n, np.iinfo(np.int64).max, np.int64)
    for one in closings:
        rows = found.stations.within(one.area)
        np.minimum(first[rows], one.number, out=first[rows])
    last = np.zeros(n, np.int64)
    np.maximum.at(last, events["row"][decided], events["number"][decided].astype(np.int64))
    closed = first <= upto
    states: NDArray[Any] = found.states
    counting = (states >= _FIRST) & (states <= _LAST) & closed[:, None]
    states[counting] = NUMBER[BlockState.FINAL]
    return closed & (last > first)
