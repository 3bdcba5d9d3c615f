"""Where reports are kept, reached by a role that can add and read reports and nothing else (migration 0015)."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import asyncpg
from msgspec import Struct

from publisher.reports.errors import NoSuchReport, ReportsAway
from publisher.reports.report import Report, Sending
from storage import connect

ROLE: Final = "suara_reports"

REST: Final = 1.0
"""Seconds after a failed connection in which nobody waits for another try."""

PATIENCE: Final = 3.0
"""Seconds that a person waits for the database before the form comes back."""

log = logging.getLogger(__name__)

_ADD = """
insert into reports.report (contest, tps, version, field, value) values ($1, $2, $3, $4, $5) on conflict do nothing
"""
_SEND = """
insert into reports.sent (code, report, stood, number, note, at)
select $6, id, $7, $8, $9, $10 from reports.report
where contest = $1 and tps = $2 and version = $3 and field = $4 and value = $5
on conflict (code) do nothing
"""
_FIND = """
select r.contest, r.tps, r.version, r.field, r.value, s.stood, s.at, (select count(*) from reports.sent
    where report = r.id) as times
from reports.sent s join reports.report r on r.id = s.report where s.code = $1
"""
_STEPS = """
select kind, reason, at from reports.step where report = (select report from reports.sent where code = $1) order by at
"""


class Step(Struct, frozen=True):
    """What reviewers did about a report. Who did is not for this role to see."""

    kind: str
    reason: str | None
    at: str


class Kept(Struct, frozen=True):
    """A report as it is kept."""

    report: Report
    stood: int | None
    at: str
    times: int
    steps: tuple[Step, ...]


class Shelf:
    """The tables of reports. Connects when first asked, and again when the line is lost."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._url, self._clock = url, clock
        self._pool: asyncpg.Pool | None = None
        self._lock = asyncio.Lock()
        self._failed = float("-inf")

    async def add(self, sending: Sending, at: str) -> None:
        """Keep what was sent. Doing it again changes nothing. Raises ReportsAway.

        Killed between the two statements it leaves a report that nobody sent, which nothing shows.
        """
        one = sending.report
        key = (one.contest, one.tps, one.version, one.field, one.value)
        await self._do("execute", _ADD, *key)
        told = (sending.code, sending.stood, sending.number, sending.note, at)
        await self._do("execute", _SEND, *key, *told)

    async def find(self, code: str) -> Kept:
        """The report with this code, and what became of it. Raises NoSuchReport, ReportsAway."""
        row = await self._do("fetchrow", _FIND, code)
        if row is None:
            raise NoSuchReport(reference=code)
        steps = await self._do("fetch", _STEPS, code)
        report = Report(row["contest"], row["tps"], row["version"], row["field"], row["value"])
        return Kept(report, row["stood"], row["at"], row["times"], tuple(Step(*step) for step in steps))

    async def close(self) -> None:
        """Hang up."""
        if self._pool is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._pool.close(), 2)
            self._pool.terminate()

    async def _do(self, how: str, statement: str, *values: object) -> Any:  # noqa: ANN401 — asyncpg's own
        try:
            async with asyncio.timeout(PATIENCE):
                return await getattr(await self._line(), how)(statement, *values)
        except (*connect.LOST, asyncpg.PostgresError) as error:
            log.warning("reports are away: %s", error)
            raise ReportsAway from error

    async def _line(self) -> asyncpg.Pool:
        async with self._lock:
            if self._pool is None:
                if self._clock() - self._failed < REST:
                    raise ReportsAway
                try:
                    self._pool = await connect.pool(self._url, 4)
                except BaseException:
                    self._failed = self._clock()
                    raise
            return self._pool
