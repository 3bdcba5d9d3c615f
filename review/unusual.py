"""What screens have found unusual, in their own sentences. It holds nothing; finding it is recapitulation's."""

from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from election.words import Words
from review.waiting import SHOWN, span

LIST = """
select tps, code, detail from published.unusual
where contest = $1 and tps >= $2 and tps < $3 and ($4 = '' or code = $4) order by code, tps limit $5
"""
CODES = """
select code, count(*) as tps from published.unusual
where contest = $1 and tps >= $2 and tps < $3 group by code order by code
"""


class Unusual(Struct, frozen=True):
    """One thing that was found on a record."""

    tps: str
    code: str
    words: Words


async def found(pool: asyncpg.Pool, key: str, kode: str, code: str = "") -> list[Unusual]:
    """What was found on the record or in the area `kode`, of one code or all; at most `SHOWN`."""
    rows = await pool.fetch(LIST, key, *span(kode), code, SHOWN)
    return [_unusual(*row) for row in rows]


async def codes(pool: asyncpg.Pool, key: str, kode: str) -> list[dict[str, Any]]:
    """Code and number of TPS that have it, in an area."""
    return [dict(row) for row in await pool.fetch(CODES, key, *span(kode))]


def _unusual(tps: str, code: str, detail: str) -> Unusual:
    said = msgspec.json.decode(detail)
    return Unusual(tps, code, (str(said["id"]), str(said["en"])))
