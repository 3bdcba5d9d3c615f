"""A public folder whose logs and publications grow without any server, a node over it, and a reader of event streams.

The log is written in the order in which the publisher writes one; the reader follows WHATWG HTML §9.2 and RFC 9112 by
itself, so that it is a second opinion of both.
"""

import asyncio
import random
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from election.event import ScanReceived, leaf
from publisher.folder import Folder
from publisher.front import app
from publisher.stream.announcement import Announcement
from publisher.stream.cuts import Kept
from publisher.stream.limits import Limits
from publisher.stream.room import Settings, Streams
from storage.logs import CHECKPOINT, LogFiles, open_logs
from tlog.edge import Edge
from tlog.note import Algorithm, Checkpoint, Signer, compose
from tlog.tile import WIDTH, Tile

SIGNER = Signer("example.invalid/ppwp", Algorithm.ED25519, bytes(range(32)))
QUICK = Limits(poll=0.01, beat=30.0, patience=5.0, ahead=0.05, retry=(1, 5))
TPS = "1101012001001"


def entry(number: int) -> bytes:
    """The leaf of event `number`."""
    at = f"2024-02-14T12:00:00.{number % 1000:03d}Z"
    return leaf(ScanReceived(tps=TPS, at=at, page=1, sha256=f"{number:064x}", size=number))


class Book:
    """One log and the publications of its contest, below `public`."""

    def __init__(self, public: Path, contest: str = "ppwp") -> None:
        self.public, self.contest = public, contest
        self.files = LogFiles(open_logs(public / "log"), contest)
        self.edge = Edge()
        self.kept = Kept(Folder(public))
        (public / "v1" / contest).mkdir(parents=True)
        self.grow(0)

    def grow(self, count: int, *, entries: bool = True) -> int:
        """So many entries more under a new head; its size. Without `entries` none is public yet."""
        before = self.edge.size
        for number in range(before + 1, before + count + 1):
            self.edge.append(entry(number))
        full = self.edge.full()
        for tile, data in (*full, *self.edge.partial()):
            if entries or tile.level is not None:
                self.files.write(tile.path, data)
        self.edge.forget(len(full))
        head = Checkpoint(SIGNER.name, self.edge.size, self.edge.root()).text
        self.files.write(CHECKPOINT, compose(head, [SIGNER.sign(head)]).encode())
        done = range(before // WIDTH, self.edge.size // WIDTH)
        self.files.drop_partials(Tile(level, index) for level in (None, 0) for index in done)
        return self.edge.size

    def publish(self, number: int, *areas: str) -> str:
        """The id of a publication."""
        said = Announcement.of(self.contest, number, "2024-02-14T12:00:00.000Z", areas, ())
        return str(self.kept.put(said))

    def copy(self, to: Path) -> None:
        """What a mirror that follows us has at this moment."""
        shutil.copytree(self.public, to, dirs_exist_ok=True)


@asynccontextmanager
async def node(public: Path, limits: Limits = QUICK, port: int = 0, **facts: object) -> AsyncIterator["Node"]:
    """A node that serves `public`."""
    settings = Settings(public=public, logs=public / "log", limits=limits, **facts)
    streams = Streams(settings, random.Random(1))
    runner = web.AppRunner(app(public, [streams.room()]), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        yield Node(runner.addresses[0][1], streams)
    finally:
        await runner.cleanup()


async def eventually(so: Callable[[], bool], seconds: float = 10.0) -> None:
    """Returns once `so` holds."""
    for _ in range(int(seconds / 0.01)):
        if so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to that")


@dataclass
class Node:
    """Where it listens, and what it is."""

    port: int
    streams: Streams

    def counts(self, line: str) -> bool:
        """Whether the operators' page has this line."""
        return line in self.streams.metrics.page().decode().splitlines()


@dataclass
class Told:
    """One event."""

    id: str
    kind: str
    data: str


@dataclass
class Browser:
    """An event source: what it was told, and where it resumes. `step` reads what has come."""

    port: int
    path: str = "/stream/ppwp"
    last: str = ""
    told: list[Told] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    retry: int = 0
    status: int = 0
    whole: bool = False
    """Whether the body came to the end that it promised."""

    async def open(self, *, version: str = "1.1", window: int | None = None, headers: str = "") -> None:
        """Ask, and read the head."""
        self._text, self._raw, self._fields, self.whole = b"", b"", Told(self.last, "", ""), False
        line = socket.socket()
        line.setblocking(False)
        if window:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", self.port))
        self.reader, self.writer = await asyncio.open_connection(sock=line, limit=window or 65536)
        resume = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
        self.writer.write(f"GET {self.path} HTTP/{version}\r\nHost: x\r\n{resume}{headers}\r\n".encode())
        self.head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        self.status = int(self.head.split()[1])
        self.chunked = "transfer-encoding: chunked" in self.head.lower()

    async def step(self, most: int = 65536) -> bool:
        """Read once; False at the end."""
        try:
            data = await self.reader.read(most)
        except ConnectionError:
            return False
        self.feed(data)
        return bool(data)

    async def until(self, number: int, seconds: float = 10.0) -> None:
        """Read until event `number` has come."""
        async with asyncio.timeout(seconds):
            while self.last != str(number):
                assert await self.step(), "the stream ended"

    async def listen(self) -> None:
        """Read to the end."""
        while await self.step():
            pass

    def close(self) -> None:
        """Hang up without a word. What was not a whole event is forgotten, as a browser forgets it."""
        self.writer.transport.abort()

    def feed(self, data: bytes) -> None:
        """What came over the line."""
        self._raw += data
        self._text += self._unframed() if self.chunked else self._raw
        if not self.chunked:
            self._raw = b""
        *lines, self._text = self._text.split(b"\n")
        for line in lines:
            self._line(line.decode())

    def _unframed(self) -> bytes:
        """The body of every whole chunk that has come, RFC 9112 §7.1."""
        body = b""
        while (end := self._raw.find(b"\r\n")) >= 0:
            size = int(self._raw[:end], 16)
            if len(self._raw) < end + 2 + size + 2:
                break
            assert self._raw[end + 2 + size : end + 4 + size] == b"\r\n"
            body += self._raw[end + 2 : end + 2 + size]
            self._raw = self._raw[end + 4 + size :]
            self.whole = size == 0
        return body

    def _line(self, line: str) -> None:
        found = self._fields
        if not line:
            self.last = found.id
            if found.data:
                self.told.append(found)
            self._fields = Told(self.last, "", "")
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "":
            self.comments.append(value)
        elif name == "retry":
            self.retry = int(value)
        elif name in {"id", "event", "data"}:
            assert name != "data" or not found.data, "a leaf is one line"
            setattr(found, {"event": "kind"}.get(name, name), value)
        else:
            raise AssertionError(f"no such field: {line!r}")
