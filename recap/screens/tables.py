"""`published.unusual` (migration 0010): written within a cut, read to see whether it says what it should."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from recap.screens.found import Found


class Row(Struct, frozen=True):
    """What is published about one code of one record. `number`: of the last event about the record."""

    number: int
    found: Found


_WRITE = """
insert into published.unusual as u (contest, tps, code, number, at, detail)
select $1, r.tps, r.code, r.number, e.at, r.detail::jsonb
from unnest($2::text[], $3::text[], $4::bigint[], $5::text[]) as r (tps, code, number, detail)
join journal.event e on e.journal = $1 and e.number = r.number
on conflict (contest, tps, code) do update set number = excluded.number, at = excluded.at, detail = excluded.detail
    where u.number <= excluded.number and (u.number, u.detail) is distinct from (excluded.number, excluded.detail)"""
_CLEAR = """
delete from published.unusual u using unnest($2::text[], $3::text[], $4::bigint[]) as r (tps, code, number)
where u.contest = $1 and u.tps = r.tps and u.code = r.code and u.number <= r.number"""
_READ = "select tps, code, number, detail from published.unusual where contest = $1"

Said = tuple[str, str]
"""A TPS code and a code of the catalogue."""


async def write(line: asyncpg.Connection, contest: str, rows: Sequence[tuple[Said, Row]]) -> None:
    """Puts rows; one of a later number stands."""
    if rows:
        await line.execute(
            _WRITE, contest, [tps for (tps, _), _ in rows], [code for (_, code), _ in rows],
            [row.number for _, row in rows], [row.found.json for _, row in rows],
        )  # fmt: skip


async def clear(line: asyncpg.Connection, contest: str, gone: Sequence[tuple[Said, int]]) -> None:
    """Takes rows away that were written up to a number each."""
    if gone:
        await line.execute(
            _CLEAR, contest, [tps for (tps, _), _ in gone], [code for (_, code), _ in gone], [n for _, n in gone]
        )


async def stands(pool: asyncpg.Pool, contest: str) -> dict[Said, tuple[int, Any]]:
    """What is published: number and detail by TPS and code."""
    rows = await pool.fetch(_READ, contest)
    return {(tps, code): (number, msgspec.json.decode(detail)) for tps, code, number, detail in rows}
