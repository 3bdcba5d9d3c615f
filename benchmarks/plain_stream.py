"""What `bench_stream` measures beside: the same stream as aiohttp's own StreamResponse writes it, without anything.

Both read the log as our room does and are woken by the same ring. One writes every event by itself, as the examples
in libraries do; the other, more kindly, all events of a head in one write.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aiohttp import web
from redis.asyncio import Redis

from publisher.front import Room
from publisher.stream.entries import Entries
from publisher.stream.event import opening
from publisher.stream.mark import START
from publisher.stream.ring import listen
from publisher.stream.room import HEADERS
from storage.logs import LogFiles, open_logs


class Plain:
    """One stream. `whole` writes a head's events together."""

    def __init__(self, logs: Path, redis_url: str, *, whole: bool) -> None:
        self.past = Entries(LogFiles(open_logs(logs), "ppwp"), ThreadPoolExecutor(2))
        self.redis_url, self.whole = redis_url, whole
        self.newest, self.told = START, b""
        self.rung, self.moved = asyncio.Event(), asyncio.Event()

    def room(self) -> Room:
        """The room."""
        return Room((web.get("/stream/ppwp", self.get),), self.life)

    async def get(self, request: web.Request) -> web.StreamResponse:
        """One reader."""
        response = web.StreamResponse(headers=HEADERS)
        await response.prepare(request)
        await response.write(opening(self.newest, 1000))
        while True:
            await self.moved.wait()
            for text in [self.told] if self.whole else self.told.split(b"\n\n")[:-1]:
                await response.write(text if self.whole else text + b"\n\n")

    async def life(self, _app: web.Application) -> AsyncIterator[None]:
        """Follows the log."""
        self.newest = await self.past.newest() or START
        redis = Redis.from_url(self.redis_url)
        tasks = [asyncio.create_task(listen(redis, lambda _: self.rung.set())), asyncio.create_task(self.follow())]
        yield
        for task in tasks:
            task.cancel()
        await redis.aclose()

    async def follow(self) -> None:
        """Wakes every reader with what is new."""
        while True:
            await self.rung.wait()
            self.rung.clear()
            newest, told = await self.past.newest() or START, []
            while self.newest != newest:
                piece = await self.past.after(self.newest, newest)
                self.newest = piece.last
                told.append(bytes(piece.text))
            if told:
                self.told = b"".join(told)
                moved, self.moved = self.moved, asyncio.Event()
                moved.set()
