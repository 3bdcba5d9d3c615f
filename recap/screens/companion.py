"""The screens beside a running engine: they look at what has moved, and hand what they find to the next cut.

Whatever is found follows from the state, the published photos and the records' past alone, so that two engines, or one
that begins anew, come to the same rows. Contests of one process know of each other through `Together`.
"""

import asyncio
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import asyncpg
import numpy as np
from msgspec.structs import replace

from election.codes import above
from election.contest import ADM, SUARA
from election.event import RecapEntered
from recap.companion import Companion, Seat
from recap.layouts import Layouts
from recap.screens import changes, documents, forms, past, tables, votes
from recap.screens.changes import Plenary
from recap.screens.found import Found
from recap.screens.photos import Photos, Shot
from recap.screens.standing import Standing
from recap.screens.votes import I64
from recap.state import State
from storage.connect import pause
from storage.journal import Entry

PAUSE: Final = 5.0
"""Seconds between two looks: changes in between are taken together."""

CHECK: Final = 300.0
"""Seconds between two looks at whether the published rows are what they should be."""

AT_ONCE: Final = 5_000
"""TPS rows that are gathered while the loop waits: some milliseconds."""

TOGETHER: Final = 200
"""Records that are looked at one by one before others have their turn, and whose past is read with one question."""


class Together:
    """The contests of one process; what the engine takes on for each of them."""

    def __init__(self, pause_s: float = PAUSE, check_s: float = CHECK) -> None:
        self._pause, self._check = pause_s, check_s
        self.states: dict[str, State] = {}
        self._members: list[Screens] = []

    def __call__(self, seat: Seat) -> Companion:
        """The screens of one more contest."""
        self.states[seat.key] = seat.state
        self._members.append(Screens(seat, self, self._pause, self._check))
        return self._members[-1]

    def moved(self, rows: I64, by: "Screens") -> None:
        """Something happened to the records of one contest: the other forms of these TPS are looked at again."""
        for other in self._members:
            if other is not by:
                other.other_forms[rows] = True


class Screens:
    """The companion of one contest."""

    kinds = frozenset({"recap_entered", "area_confirmed", "result_determined"})

    def __init__(self, seat: Seat, together: Together, pause_s: float = PAUSE, check_s: float = CHECK) -> None:
        self._seat, self._together, self._pause, self._check = seat, together, pause_s, check_s
        self.standing = Standing(seat.state)
        n = seat.state.tree.n_tps
        self.other_forms = np.zeros(n, np.bool_)
        """TPS of which another contest's record has moved."""
        self._documented, self._columns, self._past = (np.zeros(n, np.bool_) for _ in range(3))
        """TPS of which D.Hasil says something; those whose column there, and those whose past, is to be looked at."""
        self._changed: set[int] = set()
        """TPS rows whose past holds a change."""
        self._folded = 0
        self._plenaries: dict[str, array[int]] = {}
        """Area → number and second of everything entered, confirmed and determined there, one after the other."""
        self._layouts, self._photos = Layouts(seat.state.printed), Photos(n)
        self._seen, self._shots = 0, -1

    def fold(self, entries: Sequence[Entry]) -> None:
        """Takes in D.Hasil, confirmations and determinations."""
        for entry in entries:
            event = entry.event
            if entry.number <= self._folded or event is None:
                continue
            self._folded = entry.number
            self._plenaries.setdefault(event.tps, array("q")).extend((entry.number, changes.seconds(event.at)))
            self._past[self._changed_below(event.tps)] = True
            row = self._seat.state.tree.tps_codes.one(event.of) if isinstance(event, RecapEntered) else -1
            if row >= 0:
                self._documented[row] = self._columns[row] = True

    def _changed_below(self, kode: str) -> list[int]:
        tree = self._seat.state.tree
        area = tree.area_codes.one(kode)
        within = tree.tps_of(area) if area >= 0 else slice(0, 0)
        return [row for row in self._changed if within.start <= row < within.stop]

    async def publish(self, line: asyncpg.Connection, number: int) -> None:
        """Writes some of what is owed; where that leaves more, asks for the next cut."""
        await self.standing.publish(line, number)
        if self.standing.owes:
            self._seat.changed()

    async def work(self) -> None:
        """Looks, for ever. Raises LOST where the database is away."""
        checked = float("-inf")
        while True:
            await self.look()
            now = asyncio.get_running_loop().time()
            if now - checked >= self._check:
                self.standing.hold_against(await tables.stands(self._seat.pool, self._seat.key))
                checked = now
            if self.standing.owes:
                self._seat.changed()
            await pause(self._pause)

    async def look(self) -> None:
        """Judges anew all that has moved since the last look."""
        state, upto = self._seat.state, self._seat.state.number
        touched = state.last > self._seen
        rows = np.flatnonzero(touched)
        self._together.moved(rows, self)
        await self._votes(rows)
        await self._forms(np.flatnonzero(touched | self.other_forms))
        await self._documents(np.flatnonzero((touched & self._documented) | self._columns))
        self._past[rows] = True
        self._seen = upto
        self.standing.again(rows)
        await self._pasts()
        await self._pictures()

    async def _votes(self, rows: I64) -> None:
        state = self._seat.state
        for piece in _joined(_kecamatan(state, rows)):
            told = votes.of_state(state, piece[state.holding[piece]])
            self.standing.put(piece, ("W510", "W511"), await asyncio.to_thread(votes.screen, told))

    async def _forms(self, rows: I64) -> None:
        for piece in _cut(rows, AT_ONCE):
            self.other_forms[piece] = False
            found = forms.screen(self._together.states, self._seat.key, piece)
            self.standing.put(piece, ("W507",), found)
            await asyncio.sleep(0)

    async def _documents(self, rows: I64) -> None:
        state = self._seat.state
        for piece in _cut(rows, TOGETHER):
            columns = await past.columns(self._seat.pool, state, piece.tolist())
            self.standing.put(piece, ("W509",), documents.screen(state, columns))
            self._columns[piece] = False

    async def _pasts(self) -> None:
        """What is in the records' past, of those in which something changed what counted."""
        state, pool = self._seat.state, self._seat.pool
        waiting = np.flatnonzero(self._past)
        if len(waiting):
            self._changed.update(await past.changed(pool, state, waiting.tolist()))
        again = np.array(sorted(self._changed.intersection(waiting.tolist())), np.int64)
        for piece in _cut(again, TOGETHER):
            records = await past.read(pool, state, self._layouts, piece.tolist())
            told = (changes.screen(state.ballot(row), row, one, self._above(row)) for row, one in records.items())
            self.standing.put(piece, ("W512",), [one for one in told if one is not None])
            self._past[piece] = False
        self._past[np.setdiff1d(waiting, again)] = False

    def _above(self, row: int) -> list[Plenary]:
        codes = above(self._seat.state.tree.tps_kode(row))
        found = [self._plenaries[kode] for kode in codes if kode in self._plenaries]
        return [Plenary(*pair) for one in found for pair in zip(one[::2], one[1::2], strict=True)]

    async def _pictures(self) -> None:
        """The photos that are published by now."""
        state, whole = self._seat.state, False
        while not whole:
            shots, upto, whole = await past.shots(self._seat.pool, state, self._shots)
            moved, found = await asyncio.to_thread(self._alike, shots)
            self.standing.put(np.array(moved, np.int64), ("W508",), found)
            self._shots = upto

    def _alike(self, shots: Sequence[Shot]) -> tuple[list[int], list[Found]]:
        """Some photos more: TPS rows of which something else may hold now, and what does. The one task's own thread."""
        moved = sorted(self._photos.put(map(self._main, shots)))
        return moved, self._photos.screen(moved, self._seat.state.tree.tps_kode)

    def _main(self, shot: Shot) -> Shot:
        """Without the likeness of a party's page: there are twenty, and of every form the others tell enough."""
        layout = self._layouts.of(shot.row)
        main = {*layout.get(SUARA, ()), *layout.get(ADM, ())}
        return shot if shot.page in main else replace(shot, likeness=None)


def _kecamatan(state: State, rows: I64) -> Iterator[I64]:
    """The TPS rows of every kecamatan in which one of these lies."""
    tree = state.tree
    for area in np.unique(tree.parent[tree.tps_parent[rows]]).tolist():
        within = tree.tps_of(area)
        yield np.arange(within.start, within.stop)


def _joined(groups: Iterable[I64]) -> Iterator[I64]:
    """Groups together, each whole, until they are `AT_ONCE` rows."""
    waiting: list[I64] = []
    for group in groups:
        waiting.append(group)
        if sum(map(len, waiting)) >= AT_ONCE:
            yield np.concatenate(waiting)
            waiting = []
    if waiting:
        yield np.concatenate(waiting)


def _cut(rows: I64, size: int) -> Iterator[I64]:
    return (rows[at : at + size] for at in range(0, len(rows), size))
