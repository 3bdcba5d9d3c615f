"""Requests that come through aiohttp, as `Ask`; their answers, as aiohttp's. The fast path beside it: `lane`."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong

from election.errors import SuaraError
from ingest.ask import Answer, Ask, Body, Headers, Ticket
from ingest.door import Door
from ingest.errors import CutOff, TooLong
from ingest.framing import LARGEST, Framing, check_target, framing
from ingest.pace import Pace
from ingest.peer import peer_of
from ingest.problem import answered, refused
from ingest.refusal import Refusal
from ingest.wire import HeadMalformed, HeadTooLarge

_CUT = (ConnectionError, BadHttpMessage, ClientPayloadError, web.RequestPayloadError)
SERVER = "suara"

WORTH = 64 * 1024
"""Bytes of a refused body that are read on for the sake of the connection; for more than these it is closed."""

TIMEOUT = 408
"""Says that the connection ends, too (RFC 9110 §15.5.9)."""

SLOW = 0.03
"""Seconds after which a body gives its place at work (and its buffer) to others until it is here. A proxy beside us
brings a photo in a few; whoever sends over the air needs more, and there are thousands of them."""


class Stream:
    """A body as aiohttp hands it out: a `Source`."""

    def __init__(self, request: web.BaseRequest, framing: Framing, pace: Pace) -> None:
        self.length, self.chunked = framing.length, framing.chunked
        self.ticket: Ticket | None = None
        self._request, self._content, self._pace = request, request.content, pace
        self.unasked = framing.expects and self.length != 0  # the sender waits to be told to go on
        self._error: SuaraError | None = None
        self._back: list[bytes] = []  # what `gather` had when the line was cut
        self._received = 0
        self._timer: asyncio.TimerHandle | None = None

    async def chunks(self) -> AsyncIterator[memoryview]:
        """Bytes as they come. Raises CutOff, TooSlow."""
        while self._back:
            yield memoryview(self._back.pop(0))
        while chunk := await self._next():
            yield memoryview(chunk)

    async def gather(self, limit: int, patience: float | None) -> Body:
        """What comes within `patience` seconds. Raises TooLong, TooSlow, CutOff."""
        if self.length is not None and self.length > limit:
            raise TooLong(limit=limit)
        chunks: list[bytes] = []
        whole, digest = True, sha256()
        try:
            async with asyncio.timeout(patience):
                await self._fill(chunks, limit)
        except TimeoutError:
            whole = False
        except CutOff:
            self._back = chunks
            raise
        data = b"".join(chunks)
        digest.update(data)
        return Body(data, digest.hexdigest(), whole)

    async def _fill(self, chunks: list[bytes], limit: int) -> None:
        size = 0
        while chunk := await self._next():
            size += len(chunk)
            chunks.append(chunk)
            if size > limit:
                raise TooLong(limit=limit)

    async def _next(self) -> bytes:
        """The next bytes, b"" at the end."""
        if self._timer is None:
            await self._go_on()
        try:
            async with asyncio.timeout_at(self._pace.deadline):
                chunk = await self._content.readany()
        except TimeoutError:
            raise self._pace.slow(asyncio.get_running_loop().time()) from None
        except _CUT as error:
            raise CutOff() from error
        if self._error is not None:
            raise self._error
        self._pace.took(len(chunk))
        self._received += len(chunk)
        if not chunk:
            self._ended()
        return chunk

    @property
    def missing(self) -> int:
        """Bytes nobody has asked for; of chunks, too many to wait for where there are any."""
        if self.chunked:
            return 0 if self._content.at_eof() else WORTH + 1
        return (self.length or 0) - self._received

    def fail(self, error: SuaraError) -> None:
        """Nothing more will come, and this is why."""
        self._error = error
        self._content.feed_eof()

    def _turned_slow(self) -> None:
        if self.ticket is not None:
            self.ticket.aside()

    def _ended(self) -> None:
        self.release()
        if self.ticket is not None:
            self.ticket.back()

    def release(self) -> None:
        """The handler has answered."""
        if self._timer is not None:
            self._timer.cancel()

    async def _go_on(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(SLOW, self._turned_slow)
        if not self.unasked:
            return
        self.unasked = False
        writer = self._request.writer
        await writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        writer.output_size = 0  # so that aiohttp does not take the interim answer for the begun final one


def streamed(request: web.BaseRequest, door: Door, headers: Headers) -> Stream:
    """The body of the request. Raises HeadMalformed, ExpectationUnknown."""
    limits = door.limits
    check_target(request.raw_path)
    now = asyncio.get_running_loop().time()
    pace = Pace(now, grace=limits.grace_seconds, rate=limits.least_rate, total=limits.body_seconds)
    return Stream(request, framing(headers), pace)


async def _answered(request: web.BaseRequest, door: Door, headers: Headers, stream: Stream) -> web.Response:
    peer = peer_of(request.remote or "", headers, door.limits)
    ask = Ask(request.method, request.raw_path, headers, peer, stream)
    door.flight.began(stream)
    try:
        answer = await answered(door, ask)
    finally:
        door.flight.ended(stream)
    stream.release()
    response = dressed(answer, bodyless=ask.method == "HEAD" != request.method)
    if door.flight.closing or answer.status == TIMEOUT or stream.unasked or stream.missing > WORTH:
        return ended(response)
    return response


async def respond(request: web.BaseRequest, door: Door) -> web.Response:
    """aiohttp's handler of everything."""
    if isinstance(request.protocol, Guest):
        request.protocol.busy = True
    headers = Headers(request.raw_headers)
    try:
        stream = streamed(request, door, headers)
    except Refusal as error:
        return ended(dressed(refused(door, error)))
    return await _answered(request, door, headers, stream)


def dressed(answer: Answer, *, bodyless: bool = False) -> web.Response:
    """The answer as aiohttp's. `bodyless` where a HEAD came as a POST: its answer must not have a body either."""
    headers = [("Server", SERVER), *answer.headers]
    if answer.content_type is not None:
        headers.append(("Content-Type", answer.content_type))
    response = web.Response(body=b"" if bodyless else answer.body, status=answer.status, headers=headers)
    if answer.content_type is None:
        response.headers.pop("Content-Type", None)  # aiohttp gives one to bodies only
    return response


def ended(response: web.Response) -> web.Response:
    """Says so where the connection ends with this answer, to whatever version of HTTP it was that came."""
    response.force_close()
    response.headers["Connection"] = "close"
    return response


class Guest(web.RequestHandler):
    """aiohttp's protocol, whose own refusals (of heads it cannot parse) are problem+json, too."""

    __slots__ = ("_door", "busy")

    def __init__(self, door: Door, manager: web.Server, **settings: object) -> None:
        super().__init__(manager, **settings)  # type: ignore[arg-type]
        self._door = door
        self.busy = False  # a request is being answered

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Until here the connection must not be closed."""
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self.busy = False

    def close_idle(self) -> None:
        """The door is closing. aiohttp's own `close` would drop the rest of a body that is on its way."""
        if not self.busy and self.transport is not None:
            self.transport.close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What aiohttp could not parse, in our words; anything else is its own business."""
        if status != 400:
            return super().handle_error(request, status, exc, message)
        error = HeadTooLarge(limit=LARGEST) if isinstance(exc, LineTooLong) else HeadMalformed()
        return ended(dressed(refused(self._door, error)))
