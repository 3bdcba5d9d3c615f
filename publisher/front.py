"""The public side as one server: the files that any file server could give, and the rooms that answer by themselves.

A room is what a file server cannot do: a stream, a question to the standby, a report of a difference. Each keeps its
own errors: a room that is away answers 503, and the files are served all the same. What a room does is its own.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from aiohttp import web
from msgspec import Struct

from publisher.files import Files

Life = Callable[[web.Application], AsyncIterator[None]]
"""What begins before a room answers, and ends after it: aiohttp's `cleanup_ctx`. It may not fail where a server is
away; a room is open from the first moment and says 503 until it can answer."""


class Room(Struct, frozen=True):
    """Addresses that are answered by a program, before the files."""

    routes: tuple[web.RouteDef, ...]
    life: Life | None = None


def app(public: Path, rooms: Iterable[Room] = ()) -> web.Application:
    """The application that serves `rooms`, and the files of `public` under every other address."""
    server = web.Application()
    for room in rooms:
        server.add_routes(room.routes)
        if room.life is not None:
            server.cleanup_ctx.append(room.life)
    server.router.add_get("/{path:.*}", Files(public).get)
    return server


HASTE = 20
"""Seconds for a request's head to be whole, and between two requests of one connection: slow heads hold no place."""

WAITING = 1024
"""Connections that may wait to be taken: after a restart everyone comes at once."""


DEAF = 60_000
"""Milliseconds in which nothing that was sent is taken, after which the kernel gives a line up: whoever asks for much
and does not read it would hold it in our memory for ever."""


async def serve(public: Path, rooms: Iterable[Room] = (), *, host: str, port: int) -> None:
    """Serve until cancelled."""
    runner = web.AppRunner(app(public, rooms), access_log=None, keepalive_timeout=HASTE)
    await runner.setup()
    try:
        async with await listening(runner, host, port):
            await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def listening(runner: web.AppRunner, host: str, port: int, deaf: int = DEAF) -> asyncio.Server:
    """The runner's own socket. Every line that it takes has its patience (tcp(7), TCP_USER_TIMEOUT)."""
    assert runner.server is not None  # it was set up
    server = await asyncio.get_running_loop().create_server(runner.server, host, port, backlog=WAITING)
    for line in server.sockets:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, deaf)
    return server
