"""The fast path for uploads: a connection whose bodies are read straight into buffers, beside aiohttp.

Requests for uploads and readings are answered here, through the same handlers; at the first request for anything else
the connection is given to aiohttp's own protocol, whole requests only, and stays there. How a head is read lives in
`lane_head`, how a body comes in `lane_body`, how answers are framed in `lane_write`.
"""

import asyncio
import time
from enum import Enum, auto
from typing import TYPE_CHECKING, cast

from ingest.ask import Answer, Ask
from ingest.framing import LARGEST, Framing
from ingest.guest import TIMEOUT, WORTH
from ingest.lane_body import Inlet
from ingest.lane_head import END, Head, ours, read, unfinished
from ingest.lane_write import CONTINUE
from ingest.pace import Pace
from ingest.peer import peer_of
from ingest.problem import answered, refused
from ingest.refusal import Refusal

if TYPE_CHECKING:
    from ingest.front import Front

LATER = (429, 503)
"""Who is told to come later and comes at once is kept waiting."""

UNREAD_SECONDS = 1.0
"""For the sender of a body that nobody reads to see the answer."""

TAIL = 64 * 1024
"""Bytes of later requests that may wait while one is answered."""


class State(Enum):
    """Where a connection stands."""

    HEAD = auto()  # between requests, or in the middle of a head
    BODY = auto()  # bytes of a body come in; its handler may already be at work
    WORK = auto()  # the whole request is here, its answer is not
    SKIP = auto()  # the rest of a refused body is read away; then comes another head
    LINGER = auto()  # answered for the last time; read on for a moment, so that the sender sees the answer


class Lane(asyncio.BufferedProtocol):
    """One connection."""

    __slots__ = (
        "_ended", "_front", "_inlet", "_loop", "_muted", "_peer", "_since", "_skip", "_state", "_tail", "_transport",
        "_waiting",
    )  # fmt: skip

    def __init__(self, front: "Front") -> None:
        self._front, self._loop = front, front.loop
        self._state, self._tail, self._skip = State.HEAD, bytearray(), 0
        self._inlet: Inlet | None = None
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._muted = False  # we do not read
        self._waiting = False  # the other side does not
        self._ended = False  # the other side has nothing more to say
        self._since = self._loop.time()

    # -- the line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A phone, or the proxy before us."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it
        address = transport.get_extra_info("peername")
        self._peer = str(address[0]) if address else ""
        if not self._front.joined(self):
            self._last(self._front.full())

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is gone; what is at work goes on, what has arrived is its handler's."""
        self._front.left(self)
        self._transport = None
        if self._inlet is not None:
            self._inlet.cut()

    def pause_writing(self) -> None:
        """The other side does not take its answers: no further request of it is begun."""
        self._waiting = True

    def resume_writing(self) -> None:
        """It does again."""
        self._waiting = False
        self._next()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where to read to: straight into the body's buffer, or into the one that all connections share.

        Sharing is safe because both loops read and call `buffer_updated` without anything in between.
        """
        if self._state is State.BODY and self._inlet is not None:
            room = self._inlet.room()
            return room if room is not None else self._front.shared[: min(self._inlet.missing, len(self._front.shared))]
        return self._front.first if self._state is State.HEAD else self._front.shared

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have come."""
        inlet = self._inlet
        if self._state is State.BODY and inlet is not None:
            if inlet.room() is not None:
                inlet.landed(nbytes)
            else:
                inlet.feed(self._front.shared[:nbytes])
            if not inlet.missing:
                self._state = State.WORK
        elif self._state is State.HEAD:
            self._heads(self._front.shared[:nbytes])
        elif self._state is State.WORK:
            self._tail += self._front.shared[:nbytes]
            self._balance()
        else:
            self._skipped(nbytes)

    def eof_received(self) -> bool:
        """The other side has nothing more to say; an answer it waits for still goes out."""
        if self._inlet is not None:
            self._inlet.cut()
        self._ended = True
        return self._state in (State.BODY, State.WORK)

    def _balance(self) -> None:
        """Reads on as long as what waits for its turn is not too much."""
        self._flow(len(self._tail) <= TAIL)

    def _flow(self, on: bool) -> None:
        """Reads on, or not."""
        if self._muted is on and self._transport is not None and not self._transport.is_closing():
            self._muted = not on
            if on:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()

    # -- requests

    def _heads(self, data: memoryview) -> None:
        """Looks for the end of a head in what has come so far."""
        if not self._tail:
            self._since = self._loop.time()
        self._tail += data
        self._balance()
        self._next()

    def _next(self) -> None:
        """Begins the next request, where there is one and the last is answered."""
        tail = self._tail
        while tail.startswith(END[:2]):
            del tail[:2]  # RFC 9112 §2.2: empty lines before a request are nothing
        if self._state is not State.HEAD or self._waiting or self._transport is None or not tail:
            return
        end = tail.find(END, 0, LARGEST + len(END))
        try:
            if end < 0:
                unfinished(tail)
                return
            whole = bytes(tail[: end + len(END)])
            unfinished(whole)
            if not ours(whole):
                self._pass_on()
                return
            self._begin(read(whole), end + len(END))
        except Refusal as error:
            self._last(refused(self._front.door, error))

    def _begin(self, head: Head, end: int) -> None:
        """Sets a handler to work on the request whose body begins at `end` of the tail."""
        inlet = self._inlet = self._inlet_of(head.framing)
        taken = min(inlet.size, len(self._tail) - end)
        if taken:
            with memoryview(self._tail) as view:
                inlet.feed(view[end : end + taken])
        del self._tail[: end + taken]
        self._balance()
        self._state = State.BODY if inlet.missing else State.WORK
        if inlet.missing and self._front.door.admission.crowded:
            self._flow(False)  # it will most likely be refused; `Inlet` lets it go on where it is not
        peer = peer_of(self._peer, head.headers, self._front.door.limits)
        ask = Ask(head.method, head.target, head.headers, peer, inlet)
        self._front.started(self._loop.create_task(self._answer(ask, inlet, head.method, head.keep_alive)))

    def _inlet_of(self, framing: Framing) -> Inlet:
        limits = self._front.door.limits
        pace = Pace(self._loop.time(), grace=limits.grace_seconds, rate=limits.least_rate, total=limits.body_seconds)
        inlet = Inlet(framing, pace, self._front.pool, self._front.door.budget, self._loop)
        inlet.flow = self._flow
        if framing.expects and inlet.size:
            inlet.continue_ = self._continue
        return inlet

    def _continue(self) -> None:
        if self._transport is not None:
            self._transport.write(CONTINUE)

    async def _answer(self, ask: Ask, inlet: Inlet, method: str, keep_alive: bool) -> None:
        flight = self._front.door.flight
        flight.began(inlet)
        try:
            answer = await answered(self._front.door, ask)
        finally:
            flight.ended(inlet)
        unasked, unread = inlet.continue_ is not None, False
        inlet.release()
        if answer.status in LATER and not flight.closing:
            self._flow(False)
            unread = await self._front.door.admission.keep_back(ask.peer) and inlet.missing > WORTH
        self._inlet = None
        if self._transport is None or self._transport.is_closing():
            return
        close = unasked or inlet.missing > WORTH or self._ended or not keep_alive or self._last_one(answer)
        head_only = method == "HEAD"
        if ask.method == "HEAD" and not head_only:
            answer = Answer(answer.status, b"", answer.headers, answer.content_type)
        self._write(answer, head_only=head_only, close=close)
        self._after(inlet.missing, close=close, unread=unread)

    def _last_one(self, answer: Answer) -> bool:
        return self._front.door.flight.closing or answer.status == TIMEOUT

    def _write(self, answer: Answer, *, head_only: bool = False, close: bool = False) -> None:
        assert self._transport is not None
        self._transport.write(self._front.writer.framed(answer, time.time(), head_only=head_only, close=close))

    def _after(self, missing: int, *, close: bool, unread: bool = False) -> None:
        """What comes after an answer: another head, the rest of a body, or the end."""
        if not unread:
            self._balance()
        self._since, self._skip = self._loop.time(), missing
        if close:
            self._end(linger=bool(missing) and not self._ended)
        elif missing:
            self._state = State.SKIP
        else:
            self._state = State.HEAD
            if self._tail:
                self._loop.call_soon(self._next)

    def _last(self, answer: Answer) -> None:
        """Answers what no handler sees, and ends the connection."""
        if self._transport is not None and not self._transport.is_closing():
            self._since, self._skip = self._loop.time(), 0
            self._write(answer, close=True)
            self._end(linger=True)

    def _end(self, *, linger: bool) -> None:
        assert self._transport is not None
        self._state = State.LINGER
        self._tail = bytearray()
        if linger and self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def _skipped(self, count: int) -> None:
        """Bytes of a body that nobody wants."""
        if self._state is State.SKIP:
            self._skip -= count
            if self._skip <= 0:
                if self._skip:
                    self._tail += self._front.shared[count + self._skip : count]
                self._after(0, close=False)

    def _pass_on(self) -> None:
        """From here on the connection is aiohttp's; it gets all that has come of this request."""
        transport, self._transport = self._transport, None
        assert transport is not None
        self._front.left(self)
        guest = self._front.guest()
        transport.pause_reading()  # both loops choose how to read when reading begins
        transport.set_protocol(guest)
        guest.connection_made(transport)
        transport.resume_reading()
        guest.data_received(bytes(self._tail))
        self._tail = bytearray()

    # -- time

    def check(self, now: float) -> None:
        """Called every second: ends what takes too long."""
        limits = self._front.door.limits
        if self._inlet is not None:
            self._inlet.check(now)
        if self._state in (State.BODY, State.WORK) or self._transport is None:
            return
        patience = {
            State.HEAD: limits.head_seconds if self._tail else limits.idle_seconds,
            State.SKIP: limits.grace_seconds,
            State.LINGER: UNREAD_SECONDS if self._muted else limits.linger_seconds,
        }[self._state]
        if now - self._since > patience:
            self._transport.abort()

    def end(self) -> None:
        """Ends the connection now."""
        if self._transport is not None:
            self._transport.close()

    def close_idle(self) -> None:
        """The door is closing: ends the connection unless a request is on it."""
        if self._state is State.HEAD and not self._tail and self._transport is not None:
            self._transport.close()
