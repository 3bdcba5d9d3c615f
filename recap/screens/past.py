"""What screens ask the database about records: whose past holds a change, what that past is, their photos.

The state of the engine knows how things stand; this is for what it forgets.
"""

from collections.abc import Sequence
from typing import Final

import asyncpg

from election import record as records
from election.event import RecapEntered
from election.record import Record
from recap.layouts import Layouts
from recap.screens.documents import Column
from recap.screens.photos import Shot
from recap.state import State
from storage import replay
from storage.draft import entry

MANY: Final = 2_000
"""TPS from which all changed records of the contest are asked for at once."""

PAGES: Final = 2_000
"""Photos a statement."""

_CHANGED = """
select distinct tps from journal.record_head
where journal = $1 and (block = '*' or kind in ('block_corrected', 'block_withdrawn'))"""
_COLUMNS = """
select e.number, e.kind, e.leaf, e.payload from unnest($2::text[], $3::text[]) as d (kode, of)
join journal.record_head h on h.journal = $1 and h.tps = d.kode and h.block = 'recap:' || d.of
join journal.event e on e.journal = $1 and e.number = h.number"""
_PAGES = """
select tps, page, number, sha256, likeness from published.page
where contest = $1 and number > $2
    and number <= (select c.number from published.cut c where c.contest = $1)
order by number limit $3"""


async def changed(pool: asyncpg.Pool, state: State, rows: Sequence[int]) -> list[int]:
    """Those of these TPS rows that have been corrected, withdrawn or begun anew."""
    codes = {state.tree.tps_kode(row): row for row in rows}
    if len(rows) < MANY:
        found = await pool.fetch(f"{_CHANGED} and tps = any($2)", state.key, list(codes))
    else:
        found = await pool.fetch(_CHANGED, state.key)
    return sorted(codes[tps] for (tps,) in found if tps in codes)


async def read(pool: asyncpg.Pool, state: State, layouts: Layouts, rows: Sequence[int]) -> dict[int, Record]:
    """The records of these TPS rows as of the state's number, without what was ruled about areas."""
    codes = {row: state.tree.tps_kode(row) for row in rows}
    found = await replay.records(pool, state.key, list(codes.values()), state.number)
    return {row: records.fold(found.get(kode, ()), layouts.of(row), kode) for row, kode in codes.items()}


async def columns(pool: asyncpg.Pool, state: State, rows: Sequence[int]) -> dict[int, Column]:
    """What the D.Hasil of their kelurahan say of these TPS rows."""
    codes = [state.tree.tps_kode(row) for row in rows]
    areas = [state.tree.kode(int(state.tree.tps_parent[row])) for row in rows]
    found = [entry(*one) for one in await pool.fetch(_COLUMNS, state.key, areas, codes)]
    told = {one.event.of: Column(one.number, one.event.figures) for one in found if isinstance(one.event, RecapEntered)}
    return {row: told[kode] for row, kode in zip(rows, codes, strict=True) if kode in told}


async def shots(pool: asyncpg.Pool, state: State, after: int) -> tuple[list[Shot], int, bool]:
    """Photos whose published rows changed after a number, up to which number, and whether there are no more for now."""
    found = await pool.fetch(_PAGES, state.key, after, PAGES)
    last = found[-1]["number"] if found else after
    whole = len(found) < PAGES
    # Rows of one number may have been cut off: they are read again, which changes nothing.
    upto = last if whole else last - 1
    known = [(state.tree.tps_codes.one(tps), page, sha, likeness) for tps, page, _, sha, likeness in found]
    return [Shot(*one) for one in known if one[0] >= 0], upto, whole
