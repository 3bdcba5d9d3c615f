"""The streams as a room of the public side: `/stream/{contest}` and `/stream/{contest}/cuts` (docs/stream.md).

Only requests are dealt with here; who listens is told by `channel`. Nothing is needed but the files.
"""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from functools import partial
from itertools import chain
from pathlib import Path

from aiohttp import hdrs, web
from msgspec import Struct
from redis.asyncio import Redis

from election.errors import SuaraError
from publisher.front import Room
from publisher.peer import network, sender
from publisher.problem import problem, status_of
from publisher.stream.channel import AWAY, Channel
from publisher.stream.cuts import Cuts
from publisher.stream.entries import Entries
from publisher.stream.errors import FilesAway, MarkBeyond, MarkMalformed, StreamUnknown
from publisher.stream.event import Past
from publisher.stream.limits import Limits, Places
from publisher.stream.mark import Mark
from publisher.stream.metrics import Metrics
from publisher.stream.reader import Handed, take_over
from publisher.stream.ring import listen
from storage.logs import LogFiles, open_logs

CONTEST = re.compile(r"[a-z0-9_]{1,32}")

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
}

ASKING = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Last-Event-ID, Cache-Control",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}

STOPPING = "this node stops; come back with the last id that you have"


class Settings(Struct, frozen=True, kw_only=True):
    """Where a node finds what it tells, and who rings."""

    public: Path
    logs: Path | str  # folder or address of the logs
    redis_url: str | None = None
    own: tuple[str, int] | None = None  # host and port of /metrics, for operators alone
    proxies: frozenset[str] = frozenset()
    limits: Limits = Limits()


class Streams:
    """The streams of one node. `rng` spreads when readers come back."""

    def __init__(self, settings: Settings, rng: random.Random) -> None:
        self.metrics = Metrics()
        self._settings = settings
        self._limits = settings.limits
        self._retry = partial(rng.randint, *settings.limits.retry)
        self._places = Places(settings.limits)
        self._logs = open_logs(settings.logs)
        self._reading = ThreadPoolExecutor(2, "stream")
        self._channels: dict[str, Channel] = {}
        self._opening = asyncio.Lock()

    async def entries(self, request: web.Request) -> web.StreamResponse:
        """Every entry of a log."""
        contest = request.match_info["contest"]
        return await self._answer(request, contest, lambda: Entries(LogFiles(self._logs, contest), self._reading))

    async def cuts(self, request: web.Request) -> web.StreamResponse:
        """Every publication of a contest."""
        contest = request.match_info["contest"]
        past = partial(Cuts, self._settings.public, contest, self._reading)
        return await self._answer(request, f"{contest}/cuts", past)

    async def _answer(self, request: web.Request, name: str, past: Callable[[], Past]) -> web.StreamResponse:
        try:
            mark = asked(request)
            channel = await self._channel(name, past)
            return await self._stream(request, channel, mark)
        except SuaraError as error:
            self.metrics.refused.labels(error.code).inc()
            later = {"Retry-After": str(self._retry() // 1000)} if status_of(error) == 503 else {}
            return problem(error, later)

    async def _channel(self, name: str, past: Callable[[], Past]) -> Channel:
        """The channel of this name. Raises StreamUnknown, FilesAway."""
        if (found := self._channels.get(name)) is not None:
            return found
        if not CONTEST.fullmatch(name.partition("/")[0]):
            raise StreamUnknown(contest=name.partition("/")[0][:40])
        async with self._opening:
            if name not in self._channels:
                channel = Channel(name, past(), self._limits, self.metrics, self._retry)
                try:
                    await channel.open()
                except StreamUnknown:
                    raise
                except AWAY as error:
                    raise FilesAway() from error
                self._channels[name] = channel
            return self._channels[name]

    async def _stream(self, request: web.Request, channel: Channel, mark: Mark | None) -> web.StreamResponse:
        name, reader = network(sender(request, self._settings.proxies)), None
        self._places.enter(name)
        try:
            await _reachable(channel, mark)
            if request.method == hdrs.METH_HEAD:
                return web.Response(headers=HEADERS)
            reader = take_over(request, channel.newest if mark is None else mark)
        finally:
            if reader is None:
                self._places.leave(name)
        if reader is not None:
            channel.join(reader, head(chunked=request.version >= (1, 1)), partial(self._places.leave, name))
        return Handed()

    def _heard(self, name: str) -> None:
        """A ring: of one stream, or of all."""
        for channel in [self._channels[name]] if name in self._channels else () if name else self._channels.values():
            channel.ring()

    async def _beating(self) -> None:
        """Says now and then to everyone that the line is alive."""
        while True:
            await asyncio.sleep(self._limits.beat)
            for channel in list(self._channels.values()):
                await channel.beat()

    def room(self) -> Room:
        """Addresses and life."""
        both = (("/stream/{contest}", self.entries), ("/stream/{contest}/cuts", self.cuts))
        routes = [(web.get(path, handler), web.options(path, _preflight)) for path, handler in both]
        return Room(tuple(chain.from_iterable(routes)), self.life)

    async def life(self, _app: web.Application) -> AsyncIterator[None]:
        """Beats, and hears who rings, until the room closes."""
        url = self._settings.redis_url
        redis = Redis.from_url(url, socket_connect_timeout=5) if url else None
        tasks = [asyncio.create_task(self._beating())]
        if redis is not None:
            tasks.append(asyncio.create_task(listen(redis, self._heard)))
        own = await _operators(self.metrics, self._settings.own)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._close()
        if redis is not None:
            await redis.aclose()
        if own is not None:
            await own.cleanup()

    async def _close(self) -> None:
        await asyncio.gather(*(channel.close(STOPPING) for channel in self._channels.values()))
        self._reading.shutdown(wait=False)


def asked(request: web.Request) -> Mark | None:
    """After which number to go on; None where nothing was asked for. Raises MarkMalformed."""
    text = request.headers.get("Last-Event-ID") or request.query.get("after")
    if text is None:
        return None
    try:
        return Mark.parse(text)
    except ValueError:
        raise MarkMalformed() from None


async def _reachable(channel: Channel, mark: Mark | None) -> None:
    """Raises MarkBeyond, MarkMalformed where a stream that keeps everything has no such number."""
    if mark is None or await channel.reach(mark) or not channel.lasting:
        return
    raise MarkBeyond(after=mark, newest=channel.newest)


def head(*, chunked: bool) -> bytes:
    """What stands before the body of every stream. Without chunks (HTTP/1.0) it ends with the connection."""
    fields = {**HEADERS, "Date": formatdate(usegmt=True), "Connection": "close"}
    if chunked:
        fields["Transfer-Encoding"] = "chunked"
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode()


async def _preflight(_request: web.Request) -> web.Response:
    return web.Response(status=204, headers=ASKING)


def room(settings: Settings) -> Room:
    """The room over `settings`."""
    return Streams(settings, random.Random()).room()


async def _operators(metrics: Metrics, at: tuple[str, int] | None) -> web.AppRunner | None:
    """The operators' own address, where they have one."""
    if at is None:
        return None

    async def page(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.page(), content_type="text/plain", charset="utf-8")

    app = web.Application()
    app.router.add_get("/metrics", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, *at).start()
    return runner
