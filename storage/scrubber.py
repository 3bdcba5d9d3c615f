"""Looks at one journal all the time, so that a change made in SQL is noticed within seconds and not at the next audit.

Two looks that help each other: PostgreSQL's own count of changed and deleted rows, which never moves in an
append-only table and costs nothing to ask for; and `sweep`, which goes round all entries again and again. When the
count moves, everything is swept at once, and the rows written anew are named.
"""

import asyncio
import logging
import time
from collections.abc import Iterable

import asyncpg

from storage import findings, sweep
from storage.connect import pause
from storage.logs import LogFiles
from storage.scrub import Difference
from tlog.tile import WIDTH

log = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds between two looks at the counts."""

SHARE = 0.2
"""Of the time that the database may spend on a quiet round."""

ROUND = (sweep.DIFFERS_FROM_LOG, sweep.HASH_DIFFERS, sweep.MISSING)
"""What a round looks for, and ends where it is no longer so. The other kinds stand until a person has seen them."""


class Scrubber:
    """Goes round one journal. `files` are its public log's."""

    def __init__(self, pool: asyncpg.Pool, journal: str, files: LogFiles) -> None:
        self._pool, self.journal, self._files = pool, journal, files
        self._touched: tuple[int, str | None] | None = None
        self._at = 0  # numbers up to here are swept in this round
        self._round: set[Difference] = set()

    async def look(self) -> list[Difference]:
        """One look: the counts, and a piece of the round, or the whole journal where the counts have moved.

        Answers what is newly found. The first look is a whole one: nobody knows what happened before.
        """
        async with self._pool.acquire() as line:
            touched = await sweep.touched(line, self.journal)
            size = await line.fetchval("select size from journal.head where journal = $1", self.journal) or 0
            if touched != self._touched:
                found = await self._everything(line, size)
                if touched[0]:
                    found.append(Difference(self.journal, touched[0], sweep.TOUCHED))
            else:
                found = await self._piece(line, size)
        new = await self._told(found)
        self._touched = touched  # only now: what the count alone has shown is found no second time
        return new

    async def _everything(self, line: asyncpg.Connection, size: int) -> list[Difference]:
        found = []
        self._at, self._round = 0, set()  # the round's first half knows nothing of what is found now
        for after in range(0, size, sweep.PIECE):
            to = min(after + sweep.PIECE, size)
            found += await self._swept(line, after, to)
            found += await sweep.rewritten(line, self.journal, after, size if to == size else to + WIDTH)
        return found

    async def _piece(self, line: asyncpg.Connection, size: int) -> list[Difference]:
        after, to = self._at, min(self._at + sweep.PIECE, size)
        found = await self._swept(line, after, to)
        self._round.update(found)
        found += await sweep.rewritten(line, self.journal, after, min(to + WIDTH, size))  # the counts can be held back
        self._at = to - to % WIDTH
        if to == size:
            await self._ended()
        return found

    async def _swept(self, line: asyncpg.Connection, after: int, to: int) -> list[Difference]:
        head = await asyncio.to_thread(self._files.checkpoint)
        return await sweep.sweep(line, self.journal, self._files, head[0] if head else None, after, to)

    async def _ended(self) -> None:
        """A round is over: what it no longer found has been put right."""
        for what in ROUND:
            still = [str(found.number) for found in self._round if found.what == what]
            await findings.end(self._pool, self.journal, what, still)
        self._at, self._round = 0, set()

    async def _told(self, found: Iterable[Difference]) -> list[Difference]:
        new = []
        for one in sorted(set(found), key=lambda one: (one.what, one.number)):
            if await findings.note(self._pool, self.journal, one.what, [str(one.number)]):
                log.error("%s: %s at %d", one.journal, one.what, one.number)
                new.append(one)
        return new

    async def keep(self) -> None:
        """Looks until cancelled. Raises as the database and the store do where they are away: call it again."""
        while True:
            began, looked = time.monotonic(), 0.0
            while looked < LOOK:
                piece = time.monotonic()
                await self.look()
                spent = time.monotonic() - piece
                if self._at == 0:
                    break
                await pause(spent / SHARE - spent)
                looked = time.monotonic() - began
            await pause(max(0.0, LOOK - (time.monotonic() - began)))
