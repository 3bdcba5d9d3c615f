"""Requests that come through aiohttp, as `Ask`; their answers, as aiohttp's. The fast path beside it: `lane`."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import BadHttpMessage

from ingest.ask import Answer, Ask, Body, Headers
from ingest.door import Door
from ingest.errors import CutOff, TooLong
from ingest.framing import Framing, framing
from ingest.pace import Pace
from ingest.problem import answered, refused
from ingest.refusal import Refusal
from ingest.wire import HeadMalformed

_CUT = (ConnectionError, BadHttpMessage, ClientPayloadError, web.RequestPayloadError)
SERVER = "suara"


class Stream:
    """A body as aiohttp hands it out: a `Source`."""

    def __init__(self, request: web.BaseRequest, framing: Framing, pace: Pace) -> None:
        self.length, self.chunked = framing.length, framing.chunked
        self._request, self._content, self._pace = request, request.content, pace
        self._waited_for = framing.expects

    async def chunks(self) -> AsyncIterator[memoryview]:
        """Bytes as they come. Raises CutOff, TooSlow."""
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
        if self._waited_for:
            await self._go_on()
        try:
            async with asyncio.timeout_at(self._pace.deadline):
                chunk = await self._content.readany()
        except TimeoutError:
            raise self._pace.slow(asyncio.get_running_loop().time()) from None
        except _CUT as error:
            raise CutOff() from error
        self._pace.took(len(chunk))
        return chunk

    async def _go_on(self) -> None:
        self._waited_for = False
        writer = self._request.writer
        await writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        writer.output_size = 0  # so that aiohttp does not take the interim answer for the begun final one


def asked(request: web.BaseRequest, door: Door) -> Ask:
    """The request as handlers see it. Raises HeadMalformed, ExpectationUnknown."""
    pairs = request.raw_headers
    limits = door.limits
    now = asyncio.get_running_loop().time()
    pace = Pace(now, grace=limits.grace_seconds, rate=limits.least_rate, total=limits.body_seconds)
    source = Stream(request, framing(pairs), pace)
    return Ask(request.method, request.raw_path, Headers(pairs), request.remote or "", source)


async def respond(request: web.BaseRequest, door: Door) -> web.Response:
    """aiohttp's handler of everything."""
    try:
        ask = asked(request, door)
    except Refusal as error:
        response = dressed(refused(door, error))
        response.force_close()
        return response
    response = dressed(await answered(door, ask), bodyless=ask.method == "HEAD" != request.method)
    if door.flight.closing:
        response.force_close()
    return response


def dressed(answer: Answer, *, bodyless: bool = False) -> web.Response:
    """The answer as aiohttp's. `bodyless` where a HEAD came as a POST: its answer must not have a body either."""
    headers = [("Server", SERVER), *answer.headers]
    if answer.content_type is not None:
        headers.append(("Content-Type", answer.content_type))
    response = web.Response(body=b"" if bodyless else answer.body, status=answer.status, headers=headers)
    if answer.content_type is None:
        del response.headers["Content-Type"]
    return response


class Guest(web.RequestHandler):
    """aiohttp's protocol, whose own refusals (of heads it cannot parse) are problem+json, too."""

    __slots__ = ("_door",)

    def __init__(self, door: Door, manager: web.Server, **settings: object) -> None:
        super().__init__(manager, **settings)  # type: ignore[arg-type]
        self._door = door

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
        response = dressed(refused(self._door, HeadMalformed(reason="not HTTP/1.1")))
        response.force_close()
        return response
