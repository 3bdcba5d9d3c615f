"""A journal held against its public log, a piece at a time and inside the database: fast enough to be done all night.

Here is what one look finds. `scrub` reads every row through instead, slowly, and says more about each; how often one
looks, and who is told, is `scrubber`'s.
"""

from collections.abc import Iterator

import asyncpg

from storage.errors import LogFileMissing
from storage.logs import LogFiles
from storage.scrub import Difference
from tlog.note import Checkpoint
from tlog.tile import WIDTH, Tile
from tlog.tree import HASH

PIECE = 256 * WIDTH
"""Entries of one look: some 100 ms."""

DIFFERS_FROM_LOG = "event.differs_from_log"
HASH_DIFFERS = "event.leaf_hash_differs"
MISSING = "event.numbers_missing"
REWRITTEN = "event.rewritten"
TOUCHED = "journal.touched"

_TILES = """
select (number - 1) / 256 as tile, string_agg(leaf_hash, ''::bytea order by number) as hashes,
       bool_and(leaf_hash = sha256('\\x00'::bytea || leaf)) as sound
from journal.event where journal = $1 and number > $2 and number <= $3 group by 1 order by 1"""

_UNSOUND = """
select number from journal.event
where journal = $1 and number > $2 and number <= $3 and leaf_hash <> sha256('\\x00'::bytea || leaf)"""

_REWRITTEN = """
select number from (
    select number, age(xmin) as age, max(age(xmin)) over later as oldest_later from journal.event
    where journal = $1 and number > $2 and number <= $3
    window later as (order by number desc rows between unbounded preceding and 1 preceding)
) e where age < oldest_later order by number limit 1000"""
"""An append takes its transaction's number under the journal's lock, so that a later entry is never the older row."""

_TOUCHED = """
select coalesce(sum(s.n_tup_upd + s.n_tup_del), 0)::bigint, (select stats_reset::text from pg_stat_database
    where datname = current_database())
from pg_stat_user_tables s
where s.schemaname = 'journal'
    and (starts_with(s.relname, 'event_' || $1 || '_') or starts_with(s.relname, 'submission'))"""


async def touched(line: asyncpg.Connection, journal: str) -> tuple[int, str | None]:
    """How many rows of an append-only table were changed or deleted, and since when that is counted.

    It never moves by itself: that it did means somebody wrote past the journal's own function.
    """
    count, since = await line.fetchrow(_TOUCHED, journal)
    return count, since


async def sweep(
    line: asyncpg.Connection, journal: str, files: LogFiles, head: Checkpoint | None, after: int, to: int
) -> list[Difference]:
    """What differs among the entries numbered `after` + 1 to `to`; `after` is a multiple of 256.

    Up to the size of `head`, the published one, hashes are held against the log's tiles. Raises LogFileMissing, and
    the store's errors.
    """
    size = head.size if head else 0
    found: list[Difference] = []
    rows = {row["tile"]: row for row in await line.fetch(_TILES, journal, after, to)}
    for tile in range(after // WIDTH, -(-to // WIDTH)):
        start, width = tile * WIDTH, min(WIDTH, to - tile * WIDTH)
        row = rows.get(tile)
        hashes = row["hashes"] if row else b""
        if len(hashes) != width * HASH:
            found.append(Difference(journal, start + 1, MISSING))
        elif start < size:
            found += [Difference(journal, n, DIFFERS_FROM_LOG) for n in _other(files, start, size, hashes)]
        if row and not row["sound"]:
            unsound = await line.fetch(_UNSOUND, journal, start, start + WIDTH)
            found += [Difference(journal, one["number"], HASH_DIFFERS) for one in unsound]
    return found


async def rewritten(line: asyncpg.Connection, journal: str, after: int, to: int) -> list[Difference]:
    """Entries among `after` + 1 to `to` that were written again after a later entry was there, up to a thousand."""
    rows = await line.fetch(_REWRITTEN, journal, after, to)
    return [Difference(journal, row["number"], REWRITTEN) for row in rows]


def _other(files: LogFiles, start: int, size: int, hashes: bytes) -> Iterator[int]:
    """Numbers of the entries from index `start` on whose hash is not the published one."""
    published = _tile(files, start // WIDTH, min(WIDTH, size - start))
    for at in range(min(len(published), len(hashes)) // HASH):
        if hashes[at * HASH : (at + 1) * HASH] != published[at * HASH : (at + 1) * HASH]:
            yield start + at + 1


def _tile(files: LogFiles, index: int, width: int) -> bytes:
    """The hashes of a tile, as they lie there now; its unfinished version goes as soon as the full one is there."""
    for tile in (Tile(0, index, width), Tile(0, index)):
        if (data := files.read(tile.path)) is not None:
            return data
    raise LogFileMissing(path=Tile(0, index, width).path)
