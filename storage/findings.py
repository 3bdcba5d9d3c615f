"""Things that were seen to differ though nothing may have changed them: a list that people are shown until it is empty.

What is looked for is `sweep`'s and recapitulation's; that a finding stands here never changes what counts.
"""

from collections.abc import Iterable

import asyncpg
from msgspec import Struct

_OPEN = """
insert into watch.finding (journal, what, place)
select $1, $2, place from unnest($3::text[]) place where not exists (
    select from watch.finding f where f.journal = $1 and f.what = $2 and f.place = place.place and f.closed)
on conflict do nothing returning place"""
_END = """
update watch.finding set ended = now()
where journal = $1 and what = $2 and ended is null and not place = any($3::text[])"""
_CLOSE = "update watch.finding set ended = now(), closed = true where journal = $1 and ended is null"
_COUNTS = """
select what, count(*) as count, min(place) as first from watch.finding
where journal = $1 and ended is null group by what order by what"""

WORDS: dict[str, tuple[str, str]] = {
    "event.differs_from_log": ("Catatan jurnal berbeda dari log publik", "Journal entries differ from the public log"),
    "event.leaf_hash_differs": ("Catatan jurnal berbeda dari sidiknya", "Journal entries differ from their hash"),
    "event.numbers_missing": ("Nomor hilang dari jurnal", "Numbers are missing from the journal"),
    "event.rewritten": ("Catatan jurnal ditulis ulang", "Journal entries were written again"),
    "journal.touched": ("Baris jurnal diubah atau dihapus", "Rows of the journal were changed or deleted"),
    "result.not_by_a_cut": (
        "Baris hasil ditulis di luar penghitungan",
        "Rows of results were written by something else",
    ),
    "result.taken_away": ("Baris hasil yang sudah terbit hilang", "Rows of results that were published are gone"),
}
"""Every reason code, with what people read."""


class Finding(Struct, frozen=True):
    """How many things of one kind differ now, and the first of them."""

    what: str
    count: int
    first: str


async def note(pool: asyncpg.Pool, journal: str, what: str, places: Iterable[str]) -> list[str]:
    """Adds what was found; answers the places that nobody had found before."""
    rows = await pool.fetch(_OPEN, journal, what, list(places))
    return [row["place"] for row in rows]


async def end(pool: asyncpg.Pool, journal: str, what: str, still: Iterable[str] = ()) -> None:
    """Findings of this kind are over, but for the places that `still` differ. The rows stay, with their time."""
    await pool.execute(_END, journal, what, list(still))


async def close(pool: asyncpg.Pool, journal: str) -> None:
    """A person has seen everything that differs: the same things are not told again."""
    await pool.execute(_CLOSE, journal)


async def open_findings(pool: asyncpg.Pool, journal: str) -> list[Finding]:
    """What differs now."""
    return [Finding(**row) for row in await pool.fetch(_COUNTS, journal)]
