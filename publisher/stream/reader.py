"""One connection that listens: bytes out, nothing in. Taken from aiohttp once its request is read.

aiohttp would keep a request, a task and a parser for every listener, and make each write a coroutine; here a listener
is its transport, and what it has been told. What it is told is `channel`'s business.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from aiohttp import web

from publisher.stream.event import BEAT, END, Piece, chunk, closing, opening
from publisher.stream.mark import Mark

UNSENT = 512 << 10
"""Bytes that may wait for a live reader. They are the same buffers for all, so that this is no memory of its own."""

KERNEL = 128 << 10
"""Bytes that the kernel may hold for a reader: it would grow to megabytes for each that does not read."""

SILENT = 60_000
"""Milliseconds without an acknowledgement after which the kernel gives a line up."""

LINGER = 5.0
"""Seconds for what a reader is told last."""

_FRAMED_BEAT = chunk(BEAT)


class Reader(asyncio.Protocol):
    """Has been told everything up to `mark`. `live` ones get what is told as it is told."""

    def __init__(self, transport: asyncio.Transport, mark: Mark, *, chunked: bool) -> None:
        self.mark = mark
        self.live = False
        self.gone = False
        self.fell: Callable[[Reader], None] = _nothing
        self.lost: Callable[[Reader], None] = _nothing
        self._transport = transport
        self._chunked = chunked
        self._free: asyncio.Future[None] | None = None

    def begin(self, head: bytes, retry: int) -> None:
        """The answer's head, and where this reader stands."""
        line = self._transport.get_extra_info("socket")
        with contextlib.suppress(OSError):  # it has hung up, which we are told in a moment
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT)
        self.pace(0)
        self._transport.write(head)
        self._say(opening(self.mark, retry))

    def give(self, piece: Piece) -> None:
        """The next piece after `mark`."""
        self.mark = piece.last
        self._transport.write(piece.framed if self._chunked else piece.text)

    def beat(self) -> None:
        """Says that the line is alive, where nothing else is on its way."""
        if self._free is None and not self._transport.is_closing():
            self._transport.write(_FRAMED_BEAT if self._chunked else BEAT)

    def end(self, reason: str, retry: int) -> None:
        """Says why, and when to come back; whatever has not gone in `LINGER` seconds never goes."""
        if self.gone:
            return
        self.live = False
        self._say(closing(reason, retry))
        if self._chunked:
            self._transport.write(END)
        self._transport.close()
        asyncio.get_running_loop().call_later(LINGER, self._transport.abort)

    def pace(self, unsent: int) -> None:
        """From how many unsent bytes on this reader counts as not keeping up."""
        if not self.gone:
            self._transport.set_write_buffer_limits(high=unsent)

    async def drained(self, seconds: float) -> None:
        """Returns once this reader has taken what it got, or is gone. Raises TimeoutError."""
        if self._free is not None:
            async with asyncio.timeout(seconds):
                await asyncio.shield(self._free)

    def _say(self, text: bytes) -> None:
        self._transport.write(chunk(text) if self._chunked else text)

    def data_received(self, data: bytes) -> None:
        """Nobody who listens says anything: what would be a second request has no answer on this line."""
        self._transport.abort()

    def pause_writing(self) -> None:
        """The transport holds more than it was told to."""
        if self._free is None:
            self._free = asyncio.get_running_loop().create_future()
        if self.live:
            self.fell(self)

    def resume_writing(self) -> None:
        """It has sent it."""
        free, self._free = self._free, None
        if free is not None and not free.done():
            free.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The reader has hung up, or we have."""
        self.gone, self.live = True, False
        self.resume_writing()
        self.lost(self)


def _nothing(reader: Reader) -> None:
    pass


class Handed(web.StreamResponse):
    """What a handler answers to aiohttp once the connection is a reader's: nothing is left to write."""

    async def prepare(self, request: web.BaseRequest) -> None:
        """Writes nothing; who listens to answers (`usage_room`) is told of this one, too."""
        await request._prepare_hook(self)  # as every answer's own `prepare`

    async def write_eof(self, data: bytes = b"") -> None:
        """Writes nothing."""


def take_over(request: web.Request, mark: Mark) -> Reader | None:
    """The request's connection as a reader, and aiohttp made to forget it; None where it has been lost."""
    transport, protocol = request.transport, request.protocol
    if transport is None or transport.is_closing():
        return None
    reader = Reader(transport, mark, chunked=request.version >= (1, 1))
    transport.set_protocol(reader)
    protocol.transport = None  # else the next line would close it
    protocol.connection_lost(None)
    return reader
