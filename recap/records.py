"""The records that the engine is busy with, folded as far as the state is. Whatever is not held is read again.

What an event does to a record is `election.record`'s.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

import asyncpg

from election import record as records
from election.codes import above, is_tps
from election.record import ABOVE, Record
from election.region import Tree
from recap.layouts import Layouts
from recap.state import State
from storage import replay
from storage.journal import Entry, Journal

FIGURES = 600_000
"""Figures of records in memory; a record of 30 takes some 6 KB."""

TOGETHER = 200
"""Records that are read from the journal with one question."""


class Records:
    """Least recently used records of one contest, by TPS row."""

    def __init__(self, pool: asyncpg.Pool, journal: Journal, state: State, layouts: Layouts) -> None:
        self._pool, self._journal, self._state, self._layouts = pool, journal, state, layouts
        widest = max((len(ballot.fields) for ballot in state.printed.ballots), default=1)
        self._limit = max(FIGURES // widest, TOGETHER)
        self._kept: OrderedDict[int, Record] = OrderedDict()
        self._rulings: dict[str, list[Entry]] = {}
        """Area → what was ruled about it that bears on the records in it, up to the state's number."""

    @property
    def _tree(self) -> Tree:
        return self._state.tree

    async def at(self, rows: Sequence[int]) -> list[Record]:
        """The records of these TPS rows as of `state.number`. The state must not move meanwhile."""
        found = {row: self._kept[row] for row in rows if row in self._kept}
        missing = [row for row in rows if row not in found]
        for start in range(0, len(missing), TOGETHER):
            found |= await self._load(missing[start : start + TOGETHER])
        for row in rows:
            self._keep(row, found[row])
        return [found[row] for row in rows]

    async def catch_up(self) -> None:
        """Learns what was ruled about areas before the state's number, and forgets every record."""
        self._kept.clear()
        self._rulings = {}
        for entry in await self._journal.of_kinds(ABOVE):
            if entry.number <= self._state.number:
                self._ruled(entry)

    def apply(self, entries: Iterable[Entry]) -> None:
        """Moves the records that are held past `entries`, before the state folds them; new records are held at once.

        A record that is neither held nor new is read from the journal when it is asked for.
        """
        for entry in entries:
            if entry.event is None:
                continue
            if not is_tps(entry.event.tps):
                self._ruled(entry)
                continue
            row = self._tree.tps_codes.one(entry.event.tps)
            held = self._kept.get(row)
            if held is None and row >= 0 and not self._state.last[row]:
                held = self._fold(row, entry.event.tps, ())
            if held is not None:
                self._keep(row, records.apply(held, entry))

    def forget(self, rows: Iterable[int], entries: Iterable[Entry]) -> None:
        """Something happened to these rows that was not looked at closely; rulings on areas among `entries` were."""
        for row in rows:
            self._kept.pop(row, None)
        for entry in entries:
            if entry.event is not None and not is_tps(entry.event.tps):
                self._ruled(entry)

    def _ruled(self, entry: Entry) -> None:
        """What is ruled about an area bears on all its records; those that are held are read again when needed."""
        kode = "" if entry.event is None or entry.kind not in ABOVE else entry.event.tps
        area = -1 if is_tps(kode) else self._tree.area_codes.one(kode)
        if area >= 0:
            self._rulings.setdefault(kode, []).append(entry)
            within = self._tree.tps_of(area)
            for row in [row for row in self._kept if within.start <= row < within.stop]:
                del self._kept[row]

    def _keep(self, row: int, record: Record) -> None:
        self._kept[row] = record
        self._kept.move_to_end(row)
        if len(self._kept) > self._limit:
            self._kept.popitem(last=False)

    async def _load(self, rows: Sequence[int]) -> dict[int, Record]:
        codes = {row: self._tree.tps_kode(row) for row in rows}
        touched = [codes[row] for row in rows if self._state.last[row]]
        found = await replay.records(self._pool, self._journal.name, touched, self._state.number) if touched else {}
        return {row: self._fold(row, kode, found.get(kode, [])) for row, kode in codes.items()}

    def _fold(self, row: int, kode: str, own: Sequence[Entry]) -> Record:
        ruled = [entry for area in above(kode) for entry in self._rulings.get(area, ())]
        return records.fold([*own, *ruled], self._layouts.of(row), kode)
