"""Compares a journal with itself: every row with its leaf, every leaf with its hash, the head with the rows.

Finds what was changed in SQL behind the journal's back. A change that rewrote row, leaf and hash together is seen in
`Scrubbed.root` alone: compare that with a signed checkpoint of the same size.
"""

import hashlib
from collections.abc import Iterator

import asyncpg
import msgspec
from msgspec import Struct

from election import event as events
from tlog.tree import Frontier, leaf_hash

BATCH = 5000

_ROWS = """
select number, kind, tps, block, at, leaf, leaf_hash, payload from journal.event
where journal = $1 and number > $2 order by number limit $3"""

_LOOSE = """
select s.number, 'submission.without_event' as what from journal.submission s
where s.journal = $1 and not exists (select from journal.event e where e.journal = $1 and e.number = s.number)
union all
select e.number, 'event.without_submission' from journal.event e
where e.journal = $1 and not exists (select from journal.submission s where s.journal = $1 and s.number = e.number)
union all
select coalesce(d.number, r.number), 'record_head.differs'
from (select distinct on (tps, block) tps, block, number, kind from journal.event
      where journal = $1 and block is not null order by tps, block, number desc) d
full join (select * from journal.record_head where journal = $1) r using (tps, block)
where (d.number, d.kind) is distinct from (r.number, r.kind)
union all
select e.number, 'event.replaces_differs'
from (select number, kind, (convert_from(leaf, 'UTF8')::jsonb ->> 'replaces')::bigint as replaces,
             coalesce(lag(number) over (partition by tps, block order by number), 0) as own,
             coalesce(max(number) filter (where block = '*') over (partition by tps order by number), 0) as whole
      from journal.event where journal = $1 and block is not null) e
where replaces is distinct from case when starts_with(kind, 'block_') then greatest(own, whole) else own end
union all
select 0, 'head.ruled_differs' from journal.head h
where h.journal = $1 and h.ruled <> coalesce((select max(number) from journal.event
    where journal = $1 and block in ('*', 'confirmed', 'determined')), 0)
order by 1"""


class Difference(Struct, frozen=True):
    """What does not agree, and at which number (0 where it is about the whole journal)."""

    journal: str
    number: int
    what: str


class Scrubbed(Struct, frozen=True):
    """A journal as its rows have it. `root` (hex) is the log's root over the leaves as they lie there."""

    journal: str
    size: int
    root: str
    differences: tuple[Difference, ...]


async def scrub(pool: asyncpg.Pool, journal: str) -> Scrubbed:
    """Reads a journal through, under one snapshot. Takes about a second for 50,000 events."""
    differences: list[Difference] = []
    frontier, last = Frontier(), 0
    async with pool.acquire() as line, line.transaction(isolation="repeatable_read", readonly=True):
        await line.execute("set local transaction_timeout = 0")
        head = await line.fetchval("select size from journal.head where journal = $1", journal) or 0
        while rows := await line.fetch(_ROWS, journal, last, BATCH):
            for row in rows:
                differences += [Difference(journal, row["number"], what) for what in _faults(row, last)]
                frontier.append(leaf_hash(row["leaf"]))
                last = row["number"]
        if head != last:
            differences.append(Difference(journal, 0, "head.size_differs"))
        loose = await line.fetch(_LOOSE, journal)
    differences += [Difference(journal, row["number"], row["what"]) for row in loose]
    return Scrubbed(journal, frontier.size, frontier.root().hex(), tuple(differences))


async def journals(pool: asyncpg.Pool) -> list[str]:
    """Names of the journals that are open in this database."""
    return [row["journal"] for row in await pool.fetch("select journal from journal.head order by 1")]


def _faults(row: asyncpg.Record, last: int) -> Iterator[str]:
    """Reason codes of what is wrong with one row that follows number `last`."""
    if row["number"] != last + 1:
        yield "event.numbers_missing"
    if hashlib.sha256(b"\x00" + row["leaf"]).digest() != row["leaf_hash"]:
        yield "event.leaf_hash_differs"
    try:
        event = events.from_row(row["leaf"], row["payload"])
    except msgspec.DecodeError:
        yield "event.unknown"
        return
    if events.leaf(event) != row["leaf"] or not events.is_private(event, row["payload"]):
        yield "event.leaf_differs"
    block = event.subject if isinstance(event, events.Ruling) else None
    if (row["kind"], row["tps"], row["block"], row["at"]) != (_kind(event), event.tps, block, event.at):
        yield "event.columns_differ"


def _kind(event: events.Event) -> str:
    return str(type(event).__struct_config__.tag)
