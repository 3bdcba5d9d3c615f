"""Proof that standby and log agree: one moment of the standby, and everything in it worked out again from the leaves.

The log's entries are read from its files, held against a head that a log of the policy signed, folded by
`election.record`, added up by `recount`, and compared row by row by `compared`.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from election.bundle import Bundle
from election.errors import SuaraError
from publisher.standby import address, leaves
from publisher.standby.against import Against
from publisher.standby.compared import Difference
from publisher.standby.copies import READER, named, number_read
from publisher.standby.errors import NoCopy
from storage import connect
from storage.logs import LogFiles, open_logs, read_policy
from tlog.note import Checkpoint

PATIENCE = 60.0
"""Seconds until records stand where totals do, and until the log has a head that covers them."""

_LIMITS = {
    "statement_timeout": "0", "transaction_timeout": "0", "idle_in_transaction_session_timeout": "0", "jit": "off",
    "application_name": "suara standby check",
}  # fmt: skip
_CUT = "select number, coalesce(totals, number) from published.cut where contest = $1 and number >= 0"


class Report(Struct, frozen=True, kw_only=True):
    """What came of one contest. `cause`: why it could not be checked; then nothing else says anything."""

    contest: str
    number: int = 0  # of the cut that was checked
    size: int = 0  # entries of the signed head
    records: int = 0
    areas: int = 0
    seconds: float = 0.0
    count: int = 0
    differences: tuple[Difference, ...] = ()
    cause: dict[str, str] | None = None

    @property
    def holds(self) -> bool:
        """Whether every row is what the log comes to."""
        return self.cause is None and not self.count

    def facts(self) -> dict[str, Any]:
        """As JSON values."""
        facts: dict[str, Any] = {"holds": self.holds, **msgspec.to_builtins(self)}
        return facts

    def lines(self) -> list[str]:
        """For a terminal."""
        if self.cause is not None:
            return [f"{self.contest}: could not be checked: {self.cause['en']} / {self.cause['id']}"]
        rate = self.number / self.seconds if self.seconds else 0.0
        head = f"{self.contest}: cut {self.number:,}, {self.records:,} records, {self.areas:,} areas and dapil; "
        told = head + f"head of {self.size:,} entries; {self.seconds:.1f} s, {rate:,.0f} entries/s"
        end = "  equals the log" if self.holds else f"  {self.count:,} values differ from the log"
        return [told, *(f"  {one.line()}" for one in self.differences), end]


async def check(
    bundle: Bundle, key: str, standby: str, logs: Path | str, *, most: int = 100, patience: float = PATIENCE
) -> Report:
    """Checks one contest. `standby`: its own database; `logs`: folder or address of the public logs."""
    began = time.perf_counter()
    try:
        async with _moment(standby, key, patience) as (line, number):
            files = LogFiles(open_logs(logs), key)
            head = await _head(files, logs, key, number, patience)
            with tempfile.TemporaryDirectory(prefix="suara-check-") as folder:
                work = Against(bundle, key, line, number, Path(folder))
                work.read(files, head)
                kept: list[Difference] = []
                count = 0
                async for one in work.differences():
                    count += 1
                    if count <= most:
                        kept.append(one)
    except (SuaraError, OSError, *connect.LOST) as error:
        text = {"id": error.text("id"), "en": error.text("en")} if isinstance(error, SuaraError) else None
        return Report(contest=key, cause=text or {"id": str(error), "en": str(error)})
    return Report(
        contest=key, number=number, size=head.size, records=work.records, areas=work.areas,
        seconds=time.perf_counter() - began, count=count, differences=tuple(kept),
    )  # fmt: skip


@asynccontextmanager
async def _moment(standby: str, key: str, patience: float) -> AsyncIterator[tuple[asyncpg.Connection, int]]:
    """A line to the copy that is read, within a transaction in which the contest's cut is whole; the cut's number."""
    url = address.other(standby, user=READER)
    line = await asyncpg.connect(url, timeout=10)
    try:
        copy = await number_read(line)
    finally:
        await line.close()
    if copy is None:
        raise NoCopy()
    line = await asyncpg.connect(
        address.other(url, database=named(address.database(standby), copy)), timeout=10, server_settings=_LIMITS
    )
    try:
        yield line, await _whole(line, key, patience)
    finally:
        await line.close()


async def _whole(line: asyncpg.Connection, key: str, patience: float) -> int:
    """Begins a transaction that sees records where totals stand. Number 0 before the first cut."""
    end = time.monotonic() + patience
    while True:
        await line.execute("begin isolation level repeatable read read only")
        number, totals = await line.fetchrow(_CUT, key) or (0, 0)
        if number == totals or time.monotonic() > end:
            return int(number)
        await line.execute("rollback")
        await asyncio.sleep(0.2)


async def _head(files: LogFiles, logs: Path | str, key: str, number: int, patience: float) -> Checkpoint:
    policy, end = read_policy(open_logs(logs)), time.monotonic() + patience
    while True:
        try:
            return leaves.head(files, policy, key, number)
        except leaves.NoHead:
            if policy is None or time.monotonic() > end:
                raise
            await asyncio.sleep(0.2)
