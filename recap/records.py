"""The records that the engine is busy with, folded as far as the state is. Whatever is not held is read again.

What an event does to a record is `election.record`'s.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from election import record as records
from election.record import Entry, Layout, Record
from recap.state import State
from storage.journal import Journal

KEPT = 20_000
"""Records in memory: some 6 KB each."""

ABREAST = 6
"""Records read from the journal at the same time."""


class Records:
    """Least recently used records of one contest, by TPS row."""

    def __init__(self, journal: Journal, state: State, layout: Layout, kept: int = KEPT) -> None:
        self._journal, self._state, self._layout, self._limit = journal, state, layout, kept
        self._kept: OrderedDict[int, Record] = OrderedDict()
        self._readers = asyncio.Semaphore(ABREAST)

    async def at(self, rows: Sequence[int]) -> list[Record]:
        """The records of these TPS rows as of `state.number`. The state must not move meanwhile."""
        missing = [row for row in rows if row not in self._kept]
        loaded = dict(zip(missing, await asyncio.gather(*map(self._load, missing)), strict=True))
        found = [self._kept.get(row) or loaded[row] for row in rows]
        for row, record in zip(rows, found, strict=True):
            self._keep(row, record)
        return found

    def apply(self, entries: Iterable[Entry]) -> None:
        """Moves the records that are held past `entries`, before the state folds them; new records are held at once.

        A record that is neither held nor new is read from the journal when it is asked for.
        """
        tree, last = self._state.tree, self._state.last
        for entry in entries:
            row = -1 if entry.event is None else tree.tps_codes.one(entry.event.tps)
            held = self._kept.get(row)
            if held is None and row >= 0 and not last[row]:
                held = records.empty(self._layout)
            if held is not None:
                self._keep(row, records.apply(held, entry))

    def _keep(self, row: int, record: Record) -> None:
        self._kept[row] = record
        self._kept.move_to_end(row)
        if len(self._kept) > self._limit:
            self._kept.popitem(last=False)

    async def _load(self, row: int) -> Record:
        if not self._state.last[row]:
            return records.empty(self._layout)
        upto = self._state.number
        async with self._readers:
            entries = await self._journal.of_record(self._state.tree.tps_kode(row))
        return records.fold((entry for entry in entries if entry.number <= upto), self._layout)
