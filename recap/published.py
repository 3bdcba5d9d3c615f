"""Writes a cut of the recapitulation where the public's tables are, in one transaction.

Two engines at once are safe: an older cut never overwrites a newer one, and the same cut writes the same rows.
What the rows say is `rows`'s, how they are written `statements`'s; who reads them is not known here.
"""

from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import NamedTuple

import asyncpg
import msgspec
from msgspec import Struct

from recap import strangers
from recap.companion import Companion
from recap.rows import AreaRow, BlockRow, DapilRow, PageRow, VersionRow
from recap.statements import STATEMENTS

CHANNEL = "published"
STATEMENT = 5_000
"""Rows a statement."""

Row = AreaRow | DapilRow | BlockRow | VersionRow | PageRow


class Cut(Struct, frozen=True):
    """What changed up to the journal's number `number`: every area and dapil, and `rows` of single records.

    `whole`: of the records, too, nothing is missing.
    """

    number: int
    at: str
    totals: Sequence[AreaRow | DapilRow] = ()
    rows: Sequence[BlockRow | VersionRow | PageRow] = ()
    whole: bool = True
    strange: strangers.Strange = {}  # rows to be taken away first


class Standing(NamedTuple):
    """The cut that stands; -1 where there is none. `number`: of whole records; `totals`: of areas and dapil."""

    number: int
    totals: int


_NONE = Standing(-1, -1)
_OPEN = "insert into published.cut (contest, number, totals, at) values ($1, -1, -1, $2) on conflict do nothing"
_STANDS = "select number, coalesce(totals, number) from published.cut where contest = $1"
_TAKE = """
select number, coalesce(totals, number), set_config('synchronous_commit', 'off', true)
from published.cut where contest = $1 for update"""
"""A cut that a power failure takes away is made again from the journal: nobody waits for the disk."""

_CLOSE = """
update published.cut set totals = $2, number = case when $3 then $2 else number end,
    at = case when $3 then $4 else at end
where contest = $1"""
_AREAS = """
select kode, tingkat, number, tps, tps_counted, tps_held, tps_waiting, adm_counted, adm_held, totals, held, residuals,
    fields_own, versions, final
from published.area where contest = $1 and kode = any($2)"""
_DECISIONS = "select tps, block, decision from published.block where contest = $1 and tps = any($2)"
_REPAIRED = """
insert into published.repair as r (contest, count) values ($1, 1)
on conflict (contest) do update set count = r.count + 1"""


class Published:
    """The published tables of one contest, as its engine and the companions beside it write them."""

    def __init__(self, pool: asyncpg.Pool, contest: str, companions: Sequence[Companion] = ()) -> None:
        self._pool, self._contest, self._companions = pool, contest, companions

    async def standing(self) -> Standing:
        """The cut that stands."""
        found = await self._pool.fetchrow(_STANDS, self._contest)
        return _NONE if found is None else Standing(*found)

    async def areas(self, kodes: Sequence[str]) -> dict[str, AreaRow]:
        """The rows of these areas as they are published."""
        rows = await self._pool.fetch(_AREAS, self._contest, kodes)
        return {row["kode"]: AreaRow(**row) for row in rows}

    async def decisions(self, tps: Sequence[str]) -> dict[str, dict[str, int]]:
        """TPS → block → number of the decision that is published of it."""
        told: dict[str, dict[str, int]] = {}
        for kode, block, decision in await self._pool.fetch(_DECISIONS, self._contest, tps):
            told.setdefault(kode, {})[block] = decision
        return told

    async def write(self, cut: Cut, go_on: Callable[[], Awaitable[None]]) -> Standing:
        """Writes the cut as a whole or not at all; answers what stands now.

        Where that is beyond the cut's number a newer one stood, and nothing was written. Awaits `go_on` as soon as the
        state may move again: what is written after that was taken before.
        """
        async with self._pool.acquire() as line, line.transaction():
            stands = await self._stands(line, cut.at)
            if stands.totals > cut.number:
                return stands
            for companion in self._companions:
                await companion.publish(line, cut.number)
            await go_on()
            await line.execute(strangers.OURS, self._contest)
            await strangers.clear(line, self._contest, cut.strange)
            repaired = await self._rows(line, (*cut.totals, *cut.rows), stands)
            if repaired:
                # No event explains it, so that no reader's question for what is newer would find it.
                await line.execute(_REPAIRED, self._contest)
            await line.execute(_CLOSE, self._contest, cut.number, cut.whole, cut.at)
        # Not within the cut: a commit that carries a NOTIFY holds up every other commit of the database.
        await self._pool.execute("select pg_notify($1, $2)", CHANNEL, self._contest)
        return Standing(cut.number if cut.whole else stands.number, cut.number)

    async def _stands(self, line: asyncpg.Connection, at: str) -> Standing:
        found = await line.fetchrow(_TAKE, self._contest)
        if found is None:
            await line.execute(_OPEN, self._contest, at)
            found = await line.fetchrow(_TAKE, self._contest)
        return Standing(*found[:2])

    async def _rows(self, line: asyncpg.Connection, rows: Sequence[Row], stands: Standing) -> int:
        """Writes the rows; answers how many were put right though a cut that stands should have had them."""
        repaired = 0
        for kind, group in groupby(rows, key=type):
            statement, some = STATEMENTS[kind], list(group)
            whole = stands.totals if kind in (AreaRow, DapilRow) else stands.number
            for start in range(0, len(some), STATEMENT):
                told = msgspec.json.encode(some[start : start + STATEMENT]).decode()
                repaired += await line.fetchval(statement, self._contest, whole, told)
        return repaired
