"""A journal: append events to it, read them in order, follow it as it grows.

Numbers run 1, 2, 3 … without gaps in commit order; the log's index is the number minus one. Committing is `writer`'s,
waking is `bell`'s, what a number means to a contest is the roles'.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence

import asyncpg

from election.errors import Rejected
from election.event import WHOLE, ResultDetermined
from election.record import ABOVE
from storage.bell import Bell
from storage.connect import LOST, pause
from storage.draft import Appended, Draft, Entry, Outcome, Row, entry, row
from storage.errors import JournalDamaged, RecordDetermined, RulingRefused
from storage.writer import Limits, Writer
from tlog.tree import leaf_hash

__all__ = ["RARE", "UMUM", "Appended", "Draft", "Entry", "Journal", "Limits", "Outcome"]

UMUM = "umum"
"""The journal of everything that belongs to no contest."""

RARE = (
    "version_opened", "block_withdrawn", "recap_entered", "area_confirmed", "result_determined", "dispute_opened",
    "dispute_moved", "policy_adopted", "ruling_proposed", "ruling_declined",
)  # fmt: skip
"""Kinds that `Journal.of_kinds` finds: those of the index `journal.event_of_kind`."""

DECIDED_BY_PEOPLE = ("block_corrected", "block_withdrawn", "version_opened")
"""Kinds that `Journal.by_people` finds: those of the index `journal.event_of_people`."""

_READ = """
select number, kind, leaf, payload from journal.event
where journal = $1 and number > $2 order by number limit $3"""
_LEAVES = """
select number, leaf, leaf_hash from journal.event
where journal = $1 and number > $2 order by number limit $3"""
_NUMBERED = "select number, kind, leaf, payload from journal.event where journal = $1 and number = any($2::bigint[])"
_OF_RECORD = """
select number, kind, leaf, payload from journal.event where journal = $1 and tps = $2
union all
select number, kind, leaf, payload from journal.event where journal = $1 and tps = any($3) and kind = any($4)
order by number"""
_OF_RECORDS = """
select tps, number, kind, leaf, payload from journal.event
where journal = $1 and tps = any($2) and (cardinality($3::text[]) = 0 or kind = any($3)) order by number"""
_OF_KINDS = f"""
select number, kind, leaf, payload from journal.event
where journal = $1 and kind = any($2) and number > $3 and kind in {RARE} order by number"""  # noqa: S608 — our words
_BY_PEOPLE = f"""
select number, kind, leaf, payload from journal.event
where journal = $1 and number > $2 and number <= $3 and kind in {DECIDED_BY_PEOPLE}
order by number limit $4"""  # noqa: S608 — our words
_DECIDED = """
select max(number) from journal.record_head where journal = $1 and tps = $2 and block = any($3)"""

log = logging.getLogger(__name__)


class Journal:
    """One contest's journal, or `umum`. Several objects, processes and machines may append to the same one."""

    def __init__(
        self,
        name: str,
        pool: asyncpg.Pool,
        bell: Bell,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        limits: Limits | None = None,
    ) -> None:
        self.name = name
        self._pool = pool
        self._bell = bell
        self._writer = Writer(name, connect, bell.ring, limits or Limits())

    async def append(self, *drafts: Draft) -> list[Appended]:
        """Commits the drafts, each for itself, in this order; returns when all are on disk.

        Raises Rejected before anything is sent where a draft cannot be in a journal; JournalBusy where nothing was
        taken; JournalUnavailable where the outcome is unknown: append again under the same keys.
        """
        return await self._writer.append([row(draft) for draft in drafts])

    async def settle(self, rows: Sequence[Row]) -> Sequence[Appended | Exception]:
        """As `append`, for rows already made, and each row's failure in its place instead of raised."""
        return await self._writer.settle(rows)

    async def read(self, after: int, limit: int = 1000) -> list[Entry]:
        """Up to `limit` entries that follow number `after`, in order. Raises JournalDamaged where one is missing."""
        entries = [entry(*found) for found in await self._pool.fetch(_READ, self.name, after, limit)]
        for expected, found in enumerate(entries, after + 1):
            if found.number != expected:
                raise JournalDamaged(journal=self.name, after=expected - 1, found=found.number)
        return entries

    async def leaves(self, after: int, limit: int = 4096) -> list[bytes]:
        """Public bytes of up to `limit` entries that follow number `after`, in order: what the log is made of.

        Raises JournalDamaged where one is missing, or is no longer what was hashed when it was appended.
        """
        found = await self._pool.fetch(_LEAVES, self.name, after, limit)
        for expected, (number, leaf, hashed) in enumerate(found, after + 1):
            if number != expected or leaf_hash(leaf) != hashed:
                raise JournalDamaged(journal=self.name, after=expected - 1, found=number)
        return [leaf for _, leaf, _ in found]

    async def follow(self, after: int, *, limit: int = 1000, poll: float = 1.0) -> AsyncIterator[list[Entry]]:
        """Every entry after number `after`, for ever, in batches. Survives a database that goes away for a while.

        `poll` is how long, in seconds, a lost wake-up may delay an entry.
        """
        while True:
            since = self._bell.count(self.name)
            try:
                entries = await self.read(after, limit)
            except LOST as error:
                log.warning("journal %s cannot be read now: %s", self.name, error)
                await pause(min(poll, 0.2))
                continue
            if entries:
                after = entries[-1].number
                yield entries
            else:
                await self._bell.wait(self.name, since, poll)

    async def wait(self, after: int, timeout: float) -> bool:  # noqa: ASYNC109 — an answer, not an error
        """Whether the journal has an entry after number `after` within `timeout` seconds."""
        since = self._bell.count(self.name)
        if await self.size() > after:
            return True
        await self._bell.wait(self.name, since, timeout)
        return await self.size() > after

    async def of_record(self, tps: str, above: Sequence[str] = ()) -> list[Entry]:
        """Everything that happened to the record of one TPS, in order.

        With the codes of the areas `above` it, also what was ruled about them and bears on the record.
        """
        found = await self._pool.fetch(_OF_RECORD, self.name, tps, list(above), list(ABOVE))
        return [entry(*row) for row in found]

    async def of_records(self, tps: Sequence[str], above: Sequence[str] = ()) -> dict[str, list[Entry]]:
        """The same of many TPS in two questions: code → what happened to it, in order.

        Under the codes of the areas `above` any of them stands what was ruled about them and bears on records.
        """
        found: dict[str, list[Entry]] = {}
        for kodes, kinds in ((tps, ()), (above, ABOVE)):
            if kodes:
                for kode, *row in await self._pool.fetch(_OF_RECORDS, self.name, list(kodes), list(kinds)):
                    found.setdefault(kode, []).append(entry(*row))
        return found

    async def of_kinds(self, kinds: Collection[str], after: int = 0) -> list[Entry]:
        """Every entry of these kinds after number `after`, in order. Raises ValueError for one that is not `RARE`."""
        if not set(kinds) <= set(RARE):
            raise ValueError(f"no index finds {sorted(set(kinds) - set(RARE))}")
        return [entry(*row) for row in await self._pool.fetch(_OF_KINDS, self.name, list(kinds), after)]

    async def by_people(self, after: int, upto: int, limit: int = 1000) -> list[Entry]:
        """What people decided about records after number `after`, up to `upto`: corrections, withdrawals, versions."""
        return [entry(*row) for row in await self._pool.fetch(_BY_PEOPLE, self.name, after, upto, limit)]

    async def entry(self, number: int) -> Entry | None:
        """The entry of this number, None where the journal has none such."""
        return (await self.entries([number])).get(number)

    async def entries(self, numbers: Sequence[int]) -> dict[int, Entry]:
        """The entries of these numbers; those that the journal does not have are missing."""
        found = await self._pool.fetch(_NUMBERED, self.name, numbers)
        return {row[0]: entry(*row) for row in found}

    async def find(self, key: bytes) -> Appended | None:
        """What was appended under this key, as a DUPLICATE of it would be answered; None where nothing was."""
        number = await self._pool.fetchval(
            "select number from journal.submission where journal = $1 and key = $2", self.name, key
        )
        return None if number is None else Appended(Outcome.DUPLICATE, number)

    async def decided(self, tps: str, subject: str) -> int:
        """Number of the ruling that stands on this subject, 0 for none: what the next one must replace.

        For a block, the record's last version where that came later.
        """
        subjects = [subject] if ":" in subject else [subject, WHOLE]
        return await self._pool.fetchval(_DECIDED, self.name, tps, subjects) or 0

    async def refusal(self, answer: Appended) -> Rejected:
        """Why a draft was REFUSED, to be raised where a person asked for it."""
        standing = await self.entry(answer.number) if answer.number else None
        if standing is not None and isinstance(standing.event, ResultDetermined):
            return RecordDetermined(number=standing.event.number, area=standing.event.tps)
        return RulingRefused(number=answer.number)

    async def size(self) -> int:
        """How many entries the journal has: the number of the last one."""
        return await self._pool.fetchval("select size from journal.head where journal = $1", self.name) or 0

    async def close(self) -> None:
        """Waits for appends in flight."""
        await self._writer.close()
