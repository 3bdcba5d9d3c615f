"""A body as it comes in on the lane: into a pooled buffer while it is fast, in pieces once it is slow.

Which bytes are a body's is `lane`'s to say; how slow is too slow, `pace`'s.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from hashlib import sha256

from election.errors import SuaraError
from ingest.ask import Body, Ticket
from ingest.door import Budget
from ingest.errors import CutOff, TooLong
from ingest.framing import Framing
from ingest.guest import SLOW
from ingest.pace import Pace
from storage.intake.disk import Slot

BUFFER = 512 * 1024
"""Bytes of a pooled buffer: any photo of our app, and most of others."""

SMALL = 16 * 1024
"""Bodies up to here come with their head or soon after, and are not worth a buffer."""

HIGH = 128 * 1024
"""Bytes that may lie here unread before the sender has to wait."""


class Pool:
    """Buffers that are used again and again, so that their memory is warm and there is a bounded lot of it.

    Intake's disk writes from them as they are.
    """

    def __init__(self, most: int) -> None:
        self._free: list[Slot] = []
        self._left = most

    def take(self) -> Slot | None:
        """A buffer; None where all are in use."""
        if self._free:
            return self._free.pop()
        if not self._left:
            return None
        self._left -= 1
        return Slot(BUFFER)

    def give(self, buffer: Slot) -> None:
        """Takes a buffer back."""
        self._free.append(buffer)


class Inlet:
    """One body on its way in: a `Source`. Bytes come through `room` and `landed`, or `feed`; handlers take them."""

    __slots__ = (
        "_budget", "_buffer", "_error", "_gathers", "_hash", "_held", "_loop", "_lying", "_pieces", "_pool", "_taken",
        "_timer", "_view", "_waiter", "chunked", "continue_", "flow", "length", "pace", "received", "size", "slow",
        "ticket",
    )  # fmt: skip

    def __init__(
        self, framing: Framing, pace: Pace, pool: Pool, budget: Budget, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.length, self.chunked, self.size = framing.length, False, framing.length or 0
        self.received, self.slow = 0, False
        self.pace = pace
        self.ticket: Ticket | None = None
        self.continue_: Callable[[], None] | None = None  # asks a sender who waits for it to go on
        self.flow: Callable[[bool], None] | None = None  # lets the sender go on, or stops it
        self._hash, self._pool, self._budget, self._loop = sha256(), pool, budget, loop
        self._buffer = pool.take() if SMALL < self.size <= BUFFER else None
        self._view = self._buffer.room if self._buffer is not None else None
        self._pieces: deque[bytes] = deque()
        self._lying, self._taken, self._held = 0, 0, 0
        self._gathers = False  # whoever waits wants all of it, and is not woken for a part
        self._error: SuaraError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    # -- what the line brings

    @property
    def missing(self) -> int:
        """Bytes still to come."""
        return self.size - self.received

    def room(self) -> memoryview | None:
        """Where the next bytes go directly; None where they are to be fed."""
        return None if self._view is None else self._view[self.received : self.size]

    def landed(self, count: int) -> None:
        """`count` bytes have come into `room`."""
        assert self._view is not None
        self._hash.update(self._view[self.received : self.received + count])
        self._came(count)

    def feed(self, data: memoryview) -> None:
        """Bytes that lie elsewhere and are good for this call only; no more than are missing."""
        if self._view is not None:
            self._view[self.received : self.received + len(data)] = data
            self.landed(len(data))
        elif self._error is None and self._holds(len(data)):
            piece = bytes(data)
            self._pieces.append(piece)
            self._hash.update(piece)
            self._came(len(piece))
        else:
            self.received += len(data)

    def _came(self, count: int) -> None:
        self.received += count
        self._lying += count
        self.pace.took(count)
        if self._gathers and self.missing:
            return
        if self._lying > HIGH and self._view is None and self.missing and self.flow is not None:
            self.flow(False)
        self._wake()

    def _holds(self, count: int) -> bool:
        try:
            self._budget.take(count)
        except SuaraError as error:
            self.fail(error)
            return False
        self._held += count
        return True

    def fail(self, error: SuaraError) -> None:
        """Nothing more will come, and this is why. What has come can still be taken."""
        self._error = self._error or error
        self._wake()

    def cut(self) -> None:
        """The line is gone."""
        if self.missing:
            self.fail(CutOff())

    def check(self, now: float) -> None:
        """Gives up on a body that is waited for and too slow."""
        if self._waiter is not None and now > self.pace.deadline:
            self.fail(self.pace.slow(now))

    # -- what handlers take

    async def gather(self, limit: int, patience: float | None) -> Body:
        """What comes within `patience` seconds. Raises TooLong, TooSlow, CutOff, Busy."""
        if self.size > limit:
            raise TooLong(limit=limit)
        self._go_on()
        if self.flow is not None and self._lying > HIGH:
            self.flow(True)  # all of it is wanted: nothing to wait for
        until = None if patience is None else self._loop.time() + patience
        self._gathers = True
        try:
            while self.missing and self._error is None and (until is None or self._loop.time() < until):
                await self._more(until)
        finally:
            self._gathers = False
        if self._error is not None:
            raise self._error
        if not self.missing:
            self._done()
        return Body(self._all(), self._hash.hexdigest(), not self.missing)

    async def chunks(self) -> AsyncIterator[memoryview]:
        """Bytes as they come. Raises CutOff, TooSlow, Busy, after all that has come."""
        self._go_on()
        while True:
            if self._lying:
                yield self._piece()
            elif self._error is not None:
                raise self._error
            elif not self.missing:
                self._done()
                return
            else:
                await self._more(None)

    def _go_on(self) -> None:
        """The body is wanted: a sender who waits to be asked is asked, unless it has come anyway."""
        if self.continue_ is not None and self.missing:
            self.continue_()
        self.continue_ = None
        if self.flow is not None and self.missing and self._lying <= HIGH:
            self.flow(True)

    def _piece(self) -> memoryview:
        if self._view is not None:
            start, self._taken, self._lying = self._taken, self.received, 0
            return self._view[start : self.received]
        piece = self._pieces.popleft()
        self._taken += len(piece)
        self._lying -= len(piece)
        self._free(len(piece))
        if self.flow is not None and self._lying <= HIGH // 2:
            self.flow(True)
        return memoryview(piece)

    def _all(self) -> bytes | memoryview:
        """Everything that lies here, without a copy where it lies in one buffer."""
        start, self._taken, self._lying = self._taken, self.received, 0
        if self._view is not None:
            return self._view[start : self.received]
        pieces = b"".join(self._pieces) if len(self._pieces) != 1 else self._pieces[0]
        self._pieces.clear()
        return pieces

    async def _more(self, until: float | None) -> None:
        """Waits for bytes, an error, or `until`."""
        if self.slow:
            self._spill()
        elif self._timer is None:
            self._timer = self._loop.call_later(SLOW, self._turned_slow)
        waiter = self._waiter = self._loop.create_future()
        early = not self.slow  # then the first timer rings anyway, and before anybody's patience ends
        alarm = None if until is None or early else self._loop.call_at(until, self._wake)
        try:
            await waiter
        finally:
            self._waiter = None
            if alarm is not None:
                alarm.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _turned_slow(self) -> None:
        self.slow = True
        if self.ticket is not None:
            self.ticket.aside()
        self._wake()

    def _done(self) -> None:
        """All of it is here: work begins."""
        if self._timer is not None:
            self._timer.cancel()
        if self.ticket is not None:
            self.ticket.back()

    # -- memory

    def _spill(self) -> None:
        """Gives the buffer back; what was in it and not taken lies in a piece of its own from now on."""
        if self._view is None:
            return
        left = bytes(self._view[self._taken : self.received])
        self._drop_buffer()
        if left and self._holds(len(left)):
            self._pieces.append(left)
        self._lying = len(left)

    def _drop_buffer(self) -> None:
        if self._buffer is not None:
            self._view = None
            self._pool.give(self._buffer)
            self._buffer = None

    def _free(self, count: int) -> None:
        self._budget.give(count)
        self._held -= count

    def release(self) -> None:
        """The handler has answered: nothing of the body is needed any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._drop_buffer()
        self._pieces.clear()
        self._free(self._held)
