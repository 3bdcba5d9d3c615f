"""Group commit: whatever came in while the last commit ran is the next batch. One batch is in flight at a time.

What a draft is lives in `draft`; what the database does with a batch, in `migrations/0006_rulings.sql`.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import islice

import asyncpg
from msgspec import Struct

from election.event import WIDE
from storage.connect import LOST, pause
from storage.draft import Appended, Outcome, Row
from storage.errors import JournalBusy, JournalUnavailable

APPEND = "select * from journal.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"

LAST_MOMENT = 2.0
"""Seconds that a closing writer waits for the database; one that answers needs some milliseconds."""

log = logging.getLogger(__name__)

_UNSETTLED = JournalUnavailable()


class Limits(Struct, frozen=True, kw_only=True):
    """What bounds a writer's patience and memory."""

    rows: int = 2000  # drafts a batch
    size: int = 4 << 20  # bytes a batch
    waiting: int = 100_000  # drafts held while the database is away
    patience: float = 20.0  # seconds until a batch is given up as unknown


class Call:
    """Rows that were handed in together; one wake-up for all of them."""

    __slots__ = ("done", "left", "results")

    def __init__(self, rows: int) -> None:
        self.left = rows
        self.results: list[Appended | Exception] = [_UNSETTLED] * rows
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Waiting(Struct):
    """A row and the place where its result is awaited."""

    row: Row
    call: Call
    place: int
    tried: bool = False  # sent before without an answer


class Writer:
    """Appends to one journal. Lives in one event loop; needs no closing while nothing is in flight."""

    def __init__(
        self,
        journal: str,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        ring: Callable[[str], None],
        limits: Limits,
    ) -> None:
        self._journal = journal
        self._connect = connect
        self._ring = ring
        self._limits = limits
        self._waiting: deque[Waiting] = deque()
        self._line: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._in_flight = 0

    async def append(self, rows: Sequence[Row]) -> list[Appended]:
        """Returns once every row's fate is committed, in the order given. Raises JournalBusy, JournalUnavailable.

        Rows are independent: where one fails, the others are still appended. Decisions on blocks of one record that
        stand beside each other in `rows` are committed together. A caller that is cancelled knows
        nothing of what became of its rows and asks again under the same keys.
        """
        results = await self.settle(rows)
        for result in results:
            if isinstance(result, Exception):
                raise result
        return [result for result in results if isinstance(result, Appended)]

    async def settle(self, rows: Sequence[Row]) -> Sequence[Appended | Exception]:
        """As `append`, with each row's failure in its place. Raises JournalBusy where none was taken."""
        held = len(self._waiting) + self._in_flight
        if held + len(rows) > self._limits.waiting:
            raise JournalBusy(waiting=held)
        if not rows:
            return []
        call = Call(len(rows))
        self._waiting.extend([Waiting(row, call, place) for place, row in enumerate(rows)])
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        await call.done
        return call.results

    async def close(self) -> None:
        """Waits a moment for what is in flight, gives up what has no answer by then, and hangs up."""
        if self._task is not None and (await asyncio.wait({self._task}, timeout=LAST_MOMENT))[1]:
            self._task.cancel()
            await self._forget_line()  # what waits for an answer hears at once that none will come
            await asyncio.wait({self._task}, timeout=LAST_MOMENT)
        if self._line is not None:
            await _hang_up(self._line)
            self._line = None

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch = self._next()
                self._in_flight = len(batch)
                await self._settle(batch)
                self._in_flight = 0
        except asyncio.CancelledError:
            self._give_up(self._waiting)
            raise

    def _next(self) -> list[Waiting]:
        """The longest run of rows in which no key and no decided block comes twice, or one wide ruling alone.

        A second one waits for the next batch and there meets the first as it meets any other: what SQL must judge
        stays one row a key and one decision a block, and nothing beside what would change its judgement.
        """
        batch: list[Waiting] = []
        seen: set[object] = set()
        size = 0
        while self._waiting and len(batch) < self._limits.rows and size < self._limits.size:
            together = self._together()
            marks = {mark for item in together for mark in _marks(item.row)}
            wide = together[0].row.block in WIDE
            if not seen.isdisjoint(marks) or (batch and wide):
                break
            seen |= marks
            size += sum(item.row.size for item in together)
            batch += together
            for _ in together:
                self._waiting.popleft()
            if wide:
                break
        return batch

    def _together(self) -> list[Waiting]:
        """The first row that waits; of decisions those on the record's other blocks, too, that were handed in with it.

        Whoever decided on a record decided on all of it: after a crash one decision tells that it was looked at.
        """
        first = self._waiting[0]
        found, marks = [first], {*_marks(first.row)}
        if first.row.block is None or first.row.block in WIDE:
            return found
        for item in islice(self._waiting, 1, None):
            row = item.row
            other = item.call is not first.call or row.tps != first.row.tps or row.block is None or row.block in WIDE
            if other or not marks.isdisjoint(_marks(row)):
                break
            found.append(item)
            marks |= {*_marks(row)}
        return found

    async def _settle(self, batch: list[Waiting]) -> None:
        """Answers everyone in `batch`, and nobody else. Where a row is at fault, it is found by halving."""
        try:
            results = await self._commit(batch)
        except asyncio.CancelledError:
            self._give_up(batch)
            raise
        except JournalUnavailable:
            self._give_up(batch)
        except Exception as error:
            if len(batch) > 1:
                await self._settle(batch[: len(batch) // 2])
                await self._settle(batch[len(batch) // 2 :])
            else:
                log.exception("journal %s refused a %s", self._journal, batch[0].row.kind)
                _answer(batch[0], error)
        else:
            for item, result in zip(batch, results, strict=True):
                _answer(item, result)

    async def _commit(self, batch: list[Waiting]) -> list[Appended]:
        """Sends the batch until an answer comes. Sending again is safe: the statement looks for the keys first."""
        deadline = time.monotonic() + self._limits.patience
        wait = 0.02
        while True:
            try:
                return await self._send(batch)
            except ValueError:
                raise  # the library could not put a row on the wire: no matter of trying again
            except LOST as error:
                log.warning("journal %s: no answer (%s: %s)", self._journal, type(error).__name__, error)
                await self._forget_line()
            if time.monotonic() > deadline:
                raise JournalUnavailable
            await pause(wait)
            wait = min(2 * wait, 1.0)

    async def _send(self, batch: list[Waiting]) -> list[Appended]:
        line = await self._connected()
        rows = [item.row for item in batch]
        again = [item.tried for item in batch]
        for item in batch:
            item.tried = True
        answer = await line.fetchrow(
            APPEND,
            self._journal,
            [row.key for row in rows],
            [row.digest for row in rows],
            [row.kind for row in rows],
            [row.tps for row in rows],
            [row.block for row in rows],
            [row.expect for row in rows],
            [row.at for row in rows],
            [row.leaf for row in rows],
            [row.leaf_hash for row in rows],
            [row.payload for row in rows],
        )
        outcomes = [Outcome(value) for value in answer["outcomes"]]
        for i, item in enumerate(batch):
            if again[i] and item.row.own_key and outcomes[i] is Outcome.DUPLICATE:
                outcomes[i] = Outcome.APPENDED  # only the attempt that got no answer can have used this key
        self._ring(self._journal)
        if answer["prepared"] - answer["size"] < answer["span"] // 2:
            await self._extend(line, answer["size"])
        return [Appended(outcome, number) for outcome, number in zip(outcomes, answer["numbers"], strict=True)]

    async def _extend(self, line: asyncpg.Connection, size: int) -> None:
        """Makes the next partition long before it is needed; where that fails, the next batch asks again."""
        try:
            await line.execute("select journal.extend($1, $2)", self._journal, size)
        except (*LOST, asyncpg.PostgresError) as error:
            log.warning("journal %s: no new partition yet: %s", self._journal, error)

    async def _connected(self) -> asyncpg.Connection:
        if self._line is None or self._line.is_closed():
            self._line = await self._connect()
            await self._line.execute("select journal.open($1)", self._journal)
        return self._line

    async def _forget_line(self) -> None:
        if self._line is not None:
            self._line.terminate()
            self._line = None

    def _give_up(self, items: Iterable[Waiting]) -> None:
        for item in items:
            _answer(item, JournalUnavailable())


def _answer(item: Waiting, result: Appended | Exception) -> None:
    """Puts a result in its place; the last one wakes whoever waits. Who has gone away is no matter."""
    call = item.call
    call.results[item.place] = result
    call.left -= 1
    if not call.left and not call.done.done():
        call.done.set_result(None)


def _marks(row: Row) -> tuple[object, ...]:
    """What no two rows of a batch may share."""
    return (row.key,) if row.block is None else (row.key, (row.tps, row.block))


async def _hang_up(line: asyncpg.Connection) -> None:
    with contextlib.suppress(*LOST):
        await line.close(timeout=2)
