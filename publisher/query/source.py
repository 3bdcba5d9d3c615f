"""The copy that is read, and a bounded number of lines to it. When another takes its place, questions move over.

Nothing here ever waits for long: what is away, or too busy, says so.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import asyncpg

from publisher.query.errors import Busy, StandbyAway, TooSlow
from publisher.standby import address
from publisher.standby.copies import CHANNEL, READER, Measured, named, number_read, told
from storage import connect
from storage.connect import LOST, pause

LINES = 8
WAITING = 100
"""Questions that may wait for a line."""

SECONDS = 3
"""That one statement may take."""

LOOK = 0.5
"""Seconds between two looks at what the keeper says; a new copy rings."""

_LIMITS = {
    "application_name": "suara query", "timezone": "UTC", "jit": "off", "statement_timeout": f"{SECONDS}s",
    "lock_timeout": "1s", "idle_in_transaction_session_timeout": "5s", "default_transaction_read_only": "on",
}  # fmt: skip
_AWAY = (
    *LOST, asyncpg.InvalidCatalogNameError, asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError,
    asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InsufficientPrivilegeError,
)  # fmt: skip
"""No server, no database, or nobody has made it what it should be yet."""

log = logging.getLogger(__name__)


class Source:
    """`url`: the standby's own database; whatever its user, questions are asked as the one that may only read."""

    def __init__(self, url: str) -> None:
        self._url = url if f"//{READER}" in url else address.other(url, user=READER)
        self._name = address.database(url)
        self._pool: asyncpg.Pool | None = None
        self._number: int | None = None
        self._waiting = 0
        self._closing: set[asyncio.Task[None]] = set()
        self.measured: Measured | None = None

    async def keep(self) -> None:
        """Follows which copy is read, until cancelled."""
        try:
            while True:
                with contextlib.suppress(*_AWAY):
                    await self._follow()
                await pause(LOOK)
        finally:
            await self._take(None, None)
            await asyncio.gather(*self._closing, return_exceptions=True)

    async def _follow(self) -> None:
        line = await connect.connection(self._url, "suara query listens")
        rung = asyncio.Event()
        try:
            await line.add_listener(CHANNEL, lambda *_: rung.set())
            line.add_termination_listener(lambda _: rung.set())
            while True:
                rung.clear()
                await self._look(line)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(rung.wait(), LOOK)
        finally:
            with contextlib.suppress(*LOST):
                await asyncio.wait_for(line.close(), 2)

    async def _look(self, line: asyncpg.Connection) -> None:
        number = await number_read(line)
        if number != self._number and number is not None:
            url = address.other(self._url, database=named(self._name, number))
            pool = await asyncpg.create_pool(
                url, min_size=1, max_size=LINES, command_timeout=SECONDS + 2, timeout=5, server_settings=_LIMITS
            )
            log.info("questions are answered from copy %d", number)
            await self._take(number, pool)
        self.measured = await told(line)

    async def _take(self, number: int | None, pool: asyncpg.Pool | None) -> None:
        before, self._pool, self._number = self._pool, pool, number
        if before is not None:
            closing = asyncio.create_task(_close(before))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[asyncpg.Connection]:
        """One moment of the copy that is read. Raises StandbyAway, Busy, TooSlow."""
        if self._waiting >= WAITING:
            raise Busy()
        self._waiting += 1
        try:
            async with await self._line() as line:
                yield line
        except (asyncpg.QueryCanceledError, TimeoutError):
            raise TooSlow() from None
        except _AWAY as error:
            log.warning("the standby could not be asked: %s", error)
            raise StandbyAway() from None
        finally:
            self._waiting -= 1

    async def _line(self) -> "_Snapshot":
        """A line to the copy that is read now: a pool that was just replaced gives none, and the next one does."""
        for _ in range(2):
            if (pool := self._pool) is None:
                break
            try:
                return _Snapshot(pool, await pool.acquire(timeout=SECONDS))
            except _AWAY:
                if pool is self._pool:
                    raise
        raise StandbyAway()


class _Snapshot:
    """A line within a transaction that sees one moment."""

    def __init__(self, pool: asyncpg.Pool, line: asyncpg.Connection) -> None:
        self._pool, self._line = pool, line

    async def __aenter__(self) -> asyncpg.Connection:
        try:
            await self._line.execute("begin isolation level repeatable read read only")
        except BaseException:
            await self._pool.release(self._line)
            raise
        return self._line

    async def __aexit__(self, *_: object) -> None:
        try:
            with contextlib.suppress(*_AWAY):  # a line that is lost has no transaction
                await self._line.execute("rollback")
        finally:
            await self._pool.release(self._line)


async def _close(pool: asyncpg.Pool) -> None:
    """Lets questions on their way come to their end."""
    try:
        await asyncio.wait_for(pool.close(), SECONDS + 2)
    except (TimeoutError, *LOST):
        pool.terminate()
