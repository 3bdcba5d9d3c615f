"""Reads a journal from somewhere to its end, as fast as it goes, for folds that look at few kinds of events closely.

Of the other kinds only number, record and time are fetched: that is all a roll-up wants to know of a photo. Whoever
follows a journal as it grows reads it through `journal`.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from typing import cast

import asyncpg

from election.event import AnyEvent, Event
from storage.draft import Entry, entry
from storage.errors import JournalDamaged

STRETCH = 20_000
"""Numbers a statement."""

_READ = """
select number, kind, tps, at, case when kind = any($4) then leaf end, case when kind = any($4) then payload end
from journal.event where journal = $1 and number > $2 and number <= $3 order by number"""
_OF_RECORDS = """
select tps, number, kind, leaf, payload from journal.event
where journal = $1 and tps = any($2) and number <= $3 order by tps, number"""


async def replay(
    pool: asyncpg.Pool, journal: str, after: int, upto: int, kinds: Collection[str], stretch: int = STRETCH
) -> AsyncIterator[list[Entry]]:
    """The entries after number `after` up to `upto`, in order; the next are fetched while these are looked at.

    Events of `kinds` are whole. Of all others the event is a bare `Event`: which record, when; their leaf is empty.
    Raises JournalDamaged where a number is missing.
    """
    wanted = list(kinds)
    ends = [*range(after + stretch, upto, stretch), upto] if upto > after else []
    following: asyncio.Task[list[asyncpg.Record]] | None = None
    try:
        for start, end in zip([after, *ends], ends, strict=False):
            rows = await (following or asyncio.create_task(pool.fetch(_READ, journal, start, end, wanted)))
            following = None
            if end < upto:
                after_that = pool.fetch(_READ, journal, end, min(end + stretch, upto), wanted)
                following = asyncio.create_task(after_that)
                await asyncio.sleep(0)
            yield _entries(journal, start, end, rows)
    finally:
        if following is not None:
            following.cancel()


def _entries(journal: str, start: int, end: int, rows: list[asyncpg.Record]) -> list[Entry]:
    if len(rows) != end - start or (rows and rows[0][0] != start + 1):
        found = next((row[0] for n, row in enumerate(rows, start + 1) if row[0] != n), end + 1)
        raise JournalDamaged(journal=journal, after=start, found=found)
    return [
        Entry(number, cast("AnyEvent", Event(tps=tps, at=at)), b"", kind)
        if leaf is None
        else entry(number, kind, leaf, payload)
        for number, kind, tps, at, leaf, payload in rows
    ]


async def records(pool: asyncpg.Pool, journal: str, tpss: Sequence[str], upto: int) -> dict[str, list[Entry]]:
    """Everything that happened to the records of these TPS up to number `upto`, each in order; no rulings on areas."""
    found: dict[str, list[Entry]] = {}
    for tps, number, kind, leaf, payload in await pool.fetch(_OF_RECORDS, journal, list(tpss), upto):
        found.setdefault(tps, []).append(entry(number, kind, leaf, payload))
    return found
