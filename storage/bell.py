"""Wakes who waits for a journal to grow: LISTEN and NOTIFY, as a hint. Correctness never rests on a ring.

NOTIFY is sent after the append has committed and in a transaction of its own: a commit that carries a NOTIFY holds
one lock for the whole database, which would make the journals wait for each other's fsync.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

import asyncpg

from storage import connect
from storage.connect import LOST

CHANNEL = "journal"
QUIET = 0.01
"""Seconds between two rings of one process for one journal."""

log = logging.getLogger(__name__)


class Bell:
    """One listening connection a process, opened when somebody first waits."""

    def __init__(self, pool: asyncpg.Pool, connect: Callable[[], Awaitable[asyncpg.Connection]]) -> None:
        self._pool = pool
        self._connect = connect
        self._rung: Counter[str] = Counter()
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._ringing: dict[str, asyncio.Task[None]] = {}
        self._listener: asyncio.Task[None] | None = None

    def count(self, journal: str) -> int:
        """How often the bell has rung for `journal`; ask before reading, and hand it to `wait`."""
        return self._rung[journal]

    async def wait(self, journal: str, since: int, timeout: float) -> None:  # noqa: ASYNC109 — the poll interval
        """Returns when the bell has rung since `count` said `since`, or after `timeout` seconds."""
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        if self._rung[journal] != since:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(journal, set())
        waiting.add(future)
        try:
            await asyncio.wait((future,), timeout=timeout)
        finally:
            waiting.discard(future)

    def ring(self, journal: str) -> None:
        """Tells this process at once and the others within `QUIET` seconds."""
        self._heard(journal)
        if journal not in self._ringing:
            self._ringing[journal] = asyncio.create_task(self._tell(journal))

    async def close(self) -> None:
        """Hangs up."""
        tasks = [*self._ringing.values(), *([self._listener] if self._listener else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _heard(self, journal: str) -> None:
        self._rung[journal] += 1
        for future in self._waiting.get(journal, ()):
            if not future.done():
                future.set_result(None)

    async def _tell(self, journal: str) -> None:
        await asyncio.sleep(QUIET)
        del self._ringing[journal]  # whoever rings from now on is told of separately
        with contextlib.suppress(*LOST):
            await self._pool.execute("select pg_notify($1, $2)", CHANNEL, journal)

    async def _listen(self) -> None:
        """Listens for ever; after a lost connection everyone looks once, since rings may have been missed."""
        wait = 0.05
        while True:
            try:
                line = await self._connect()
                try:
                    ended = asyncio.Event()
                    line.add_termination_listener(lambda _, ended=ended: ended.set())
                    await line.add_listener(CHANNEL, lambda _c, _p, _ch, journal: self._heard(journal))
                    for journal in list(self._waiting):
                        self._heard(journal)
                    wait = 0.05
                    await ended.wait()
                finally:
                    line.terminate()
            except LOST as error:
                log.warning("listening failed, polling meanwhile: %s", error)
            await connect.pause(wait)
            wait = min(2 * wait, 2.0)
