"""Two doors over handlers that echo: one with the lane, one with aiohttp alone. What one answers, the other must."""

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import web

from election.clock import system_clock
from ingest import routes
from ingest.app import make_runner
from ingest.ask import Answer, Ask, json_answer
from ingest.door import Door, Limits
from ingest.routes import Route

LIMITS = Limits(
    scan=400_000, reading=2_000, head_seconds=0.4, idle_seconds=5, grace_seconds=0.4, body_seconds=2, linger_seconds=0.3
)
PATIENCE = 0.05
SHOWN = ("content-type", "content-length", "allow", "connection", "x-echo", "server")


def told(ask: Ask, data: bytes) -> dict[str, object]:
    """What a handler saw."""
    names = sorted(name for name in ask.headers.names() if name not in ("host", "expect"))
    return {
        "method": ask.method, "path": ask.path, "params": dict(ask.params), "query": dict(ask.query),
        "headers": {name: ask.headers.get(name) for name in names}, "length": ask.length,
        "size": len(data), "sha256": sha256(data).hexdigest(),
    }  # fmt: skip


async def echo_whole(door: Door, ask: Ask) -> Answer:
    body = await ask.whole(door.limits.reading)
    assert body.sha256 == sha256(body.data).hexdigest()
    return json_answer(told(ask, bytes(body.data)))


async def echo_pieces(door: Door, ask: Ask) -> Answer:
    """As tus does: what comes at once in one piece, then piece by piece."""
    body = await ask.gather(door.limits.scan, PATIENCE)
    data = bytes(body.data)
    if not body.whole:
        async for piece in ask.chunks():
            data += piece
    return json_answer(told(ask, data), 201, (("X-Echo", "pieces"),))


async def refuse(_door: Door, ask: Ask) -> Answer:
    return json_answer({"method": ask.method, "unread": True}, 403)


async def empty(_door: Door, _ask: Ask) -> Answer:
    return Answer(204, headers=(("X-Echo", "empty"),))


async def page(_door: Door, ask: Ask) -> Answer:
    return json_answer({"page": ask.path})


ECHO = (
    Route("PUT", "/v1/readings/{uuid}", echo_whole, "reading"),
    Route("POST", "/v1/uploads", echo_pieces, "scan"),
    Route("PATCH", "/v1/uploads/{id}", echo_pieces, "scan"),
    Route("HEAD", "/v1/uploads/{id}", empty, "scan"),
    Route("DELETE", "/v1/uploads/{id}", refuse, "scan"),
    Route("POST", "/v1/tokens", echo_whole, "ask"),
    Route("GET", "/healthz", page, "page"),
)

LAST = b"GET /healthz HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Reply:
    """One answer, as far as both paths must agree on it."""

    status: int
    headers: dict[str, str]
    body: bytes


async def exchange(port: int, *pieces: bytes, seconds: float = 15.0, pause: float = 0.0) -> list[Reply]:
    """Sends the pieces over one connection and reads until it ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = bytearray()

    async def listen() -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                received.extend(data)

    listening = asyncio.create_task(listen())
    with contextlib.suppress(ConnectionError, RuntimeError):  # uvloop has the latter for a line that is closed
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
    with contextlib.suppress(ConnectionError, TimeoutError):
        await asyncio.wait_for(listening, seconds)
    writer.close()
    return replies(bytes(received))


async def until(true: Callable[[], object], seconds: float = 15.0) -> None:
    """Waits for what is bound to come, however loaded the machine is."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what happens in the door sets no event here
            await asyncio.sleep(0.01)


def replies(data: bytes) -> list[Reply]:
    """Every answer in what came back."""
    found = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(first.split(" ")[1])
        nothing = status in (100, 204, 304) or data.startswith(b"HTTP/1.")  # the latter after HEAD
        size = 0 if nothing else int(fields["content-length"])
        body, data = data[:size], data[size:]
        if status != 100:  # whether it is said where the body is here already is the server's own business
            found.append(Reply(status, {name: fields[name] for name in SHOWN if name in fields}, body))
    return found


@pytest.fixture
def echoing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "ROUTES", ECHO)
    monkeypatch.setattr("ingest.front.EVERY", 0.05)


@contextlib.asynccontextmanager
async def served(*, lane: bool = True, limits: Limits = LIMITS) -> AsyncIterator[SimpleNamespace]:
    """A door: its `port`, the `door` itself, and its `runner`."""
    with tempfile.TemporaryDirectory() as folder:
        storage = SimpleNamespace(settings=SimpleNamespace(data_dir=Path(folder)))
        door = Door(SimpleNamespace(name="echo"), storage, system_clock, lambda: "0" * 32, limits)
        runner = make_runner(door, lane=lane)
        await runner.setup()
        try:
            listening = socket.create_server(("127.0.0.1", 0))
            await web.SockSite(runner, listening).start()
            yield SimpleNamespace(port=listening.getsockname()[1], door=door, runner=runner, front=runner.server)
        finally:
            await runner.cleanup()
