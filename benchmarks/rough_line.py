"""A phone's line as a torturer has it: one upload over raw connections that are cut, left open, doubled and disordered.

What is counted and how a run ends lives in `prove_intake`.
"""

import asyncio
import base64
import random
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import Struct

from loadtest.phone import Phone

PIECE_TYPE = "application/offset+octet-stream"
SLICE = 8_192
"""Bytes handed to the kernel at a time: what a cut is measured by."""

AWAY = (0.3, 1.2)
"""Seconds that a phone takes to see that its line is gone and to come back."""

LATER = (408, 429, 500, 502, 503, 504, 507)


class Said(Struct, frozen=True):
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def offset(self) -> int | None:
        """Upload-Offset."""
        text = self.headers.get("upload-offset")
        return None if text is None else int(text)


class Acknowledged(Struct, frozen=True):
    """What the ledger keeps of a receipt."""

    id: str
    number: int
    sha256: str
    size: int
    tps: str
    page: int


class Seen(Struct):
    """What happened, counted, and the worst of what is bounded."""

    events: Counter[str]
    deaths: int = 0  # of servers
    resent: int = 0  # bytes that the line had carried and the server had not, after one cut
    resent_killed: int = 0  # the same where a server died meanwhile, too
    released: float = 0.0  # seconds until a HEAD was answered while a dead line still held the upload
    cuts: int = 0
    over: int = 0  # cuts after which more than 64 KiB had to be sent again
    sent: int = 0  # bytes of photos


class Gone(Exception):
    """We have cut the line. So many bytes of the photo had been handed over by then, when `deaths` servers had died."""

    def __init__(self, carried: int, deaths: int) -> None:
        self.carried, self.deaths = carried, deaths


class Upload:
    """One photo on its way through everything that can go wrong."""

    def __init__(
        self, seed: int, tps: str, page: int, phone: Phone, ports: Callable[[], int], seen: Seen, size: int
    ) -> None:
        self._chance = random.Random(seed)
        self.photo = b"\xff\xd8\xff\xe0" + self._chance.randbytes(size - 4)
        self.id = str(UUID(bytes=self._chance.randbytes(16), version=4))
        self.tps, self.page = tps, page
        self._phone, self._ports, self._seen = phone, ports, seen
        self._cuts = min(4, int(self._chance.expovariate(1.6)))
        self._lines: list[asyncio.StreamWriter] = []

    async def through(self) -> Acknowledged:
        """Until its receipt is here."""
        way = self._chance.choice(("whole", "whole", "promise", "piece"))
        begun, cut = False, None
        while True:
            try:
                if not begun:
                    begun = True
                    said = await self._post(way)
                else:
                    said = await self._go_on(cut)
                if said is not None:
                    cut = None
            except Gone as gone:
                cut = gone
                await asyncio.sleep(self._chance.uniform(*AWAY))
                continue
            if said is None or said.status in (*LATER, 409):
                self._seen.events["later"] += 1
                await asyncio.sleep(self._chance.uniform(0.05, 0.4))
            elif said.status == 404:
                begun = False
            elif said.status == 401:
                await self._token(fresh=True)
            elif said.status == 200 or (said.status == 201 and said.body):
                await self._disturb()
                self._drop()
                return self._acknowledged(said.body)
            elif said.status not in (201, 204):
                raise AssertionError(f"{said.status}: {said.body[:300]!r}")

    async def _post(self, way: str) -> Said | None:
        size = {"whole": len(self.photo), "promise": 0}.get(way, self._chance.randrange(len(self.photo)))
        return await self._send("POST", "/v1/uploads", {}, self.photo[:size], 0)

    async def _go_on(self, cut: Gone | None) -> Said | None:
        """Asks how much is there, holds that against what was carried, and sends more or fetches the receipt."""
        asked = time.monotonic()
        there = await self._ask("HEAD", f"/v1/uploads/{self.id}", {})
        if self._lines and there is not None:
            self._seen.released = max(self._seen.released, time.monotonic() - asked)
            self._drop()
        if there is None or there.status not in (200, 404):
            return there
        if cut is not None:
            self._count_cut(cut, there.offset or 0)
        if there.offset is None:
            return there
        if there.offset == len(self.photo):
            return await self._ask("GET", f"/v1/receipts/{self.id}?journal=ppwp", {})
        if self._chance.random() < 0.05:
            await self._out_of_order(there.offset)
        left = len(self.photo) - there.offset
        size = left if self._chance.random() < 0.6 else self._chance.randrange(1, left + 1)
        piece = self.photo[there.offset : there.offset + size]
        at = {"Upload-Offset": str(there.offset)}
        return await self._send("PATCH", f"/v1/uploads/{self.id}", at, piece, there.offset)

    def _count_cut(self, cut: Gone, arrived: int) -> None:
        lost = max(0, cut.carried - arrived)
        self._seen.cuts += 1
        if cut.deaths != self._seen.deaths:
            self._seen.resent_killed = max(self._seen.resent_killed, lost)
            return
        self._seen.over += lost > 65_536
        self._seen.resent = max(self._seen.resent, lost)

    async def _out_of_order(self, offset: int) -> None:
        """A later piece before its time: refused, and nothing changes."""
        self._seen.events["out of order"] += 1
        wrong = offset + self._chance.choice((-1, 1, 1000)) if offset else 1
        said = await self._ask(
            "PATCH", f"/v1/uploads/{self.id}", {"Upload-Offset": str(wrong), "Content-Type": PIECE_TYPE}, b"x" * 500
        )
        assert said is None or said.status in (409, *LATER), said

    async def _disturb(self) -> None:
        """After the receipt: the same again, all of it or its promise; other bytes under the same id."""
        again = self._chance.random()
        if again < 0.05:
            self._seen.events["sent twice"] += 1
            said = await self._quietly(self._send("POST", "/v1/uploads", {}, self.photo, 0))
            assert said is None or said.status in (201, 409, *LATER), said
        elif again < 0.07:
            self._seen.events["other bytes under the id"] += 1
            other = self.photo[:-1] + bytes([self.photo[-1] ^ 1])
            said = await self._quietly(self._send("POST", "/v1/uploads", {}, other, 0))
            assert said is None or said.status in (409, *LATER), said
        elif again < 0.09:
            self._seen.events["three at once"] += 1
            await asyncio.gather(*(self._quietly(self._send("POST", "/v1/uploads", {}, self.photo, 0)) for _ in "123"))

    async def _quietly(self, sending: Awaitable[Said | None]) -> Said | None:
        try:
            return await sending
        except Gone:
            return None

    async def _send(self, method: str, path: str, headers: dict[str, str], body: bytes, offset: int) -> Said | None:
        """A request with bytes of the photo, cut where this upload has cuts left. Raises Gone."""
        cut = None
        if self._cuts and body and self._chance.random() < 0.8:
            self._cuts -= 1
            cut = self._chance.randrange(len(body))
        kind = {"Content-Type": PIECE_TYPE} if body else {}
        if method == "POST":
            said = self._metadata(body if len(body) == len(self.photo) else self.photo)
            await self._token()
            headers = headers | self._phone.scan(len(self.photo), said)
        try:
            return await self._ask(method, path, headers | kind, body, cut)
        except Gone as gone:
            gone.carried += offset
            raise

    def _metadata(self, photo: bytes) -> str:
        said = {"id": self.id, "contest": "ppwp", "tps": self.tps, "page": str(self.page),
                "sha256": sha256(photo).hexdigest()}  # fmt: skip
        return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())

    async def _token(self, *, fresh: bool = False) -> None:
        if fresh:
            self._phone.drop_token()
        while self._phone.wants_token():
            asked = self._phone.token_request()
            said = await self._ask("POST", asked.path, asked.headers, asked.body, bare=True)
            if said is None or not self._phone.tokened(said.status, said.body):
                await asyncio.sleep(self._chance.uniform(0.1, 0.5))

    async def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b"", cut: int | None = None, *,
        bare: bool = False,
    ) -> Said | None:  # fmt: skip
        """One request on a line of its own; None where the server is away. Raises Gone once bytes of a body went."""
        if not bare:
            await self._token()
            headers = {"Tus-Resumable": "1.0.0"} | headers | self._phone.bearer()
        lines = [f"{method} {path} HTTP/1.1", "Host: door", f"Content-Length: {len(body)}"]
        head = "\r\n".join((*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""))
        try:
            reader, writer = await asyncio.open_connection(sock=await _connected(self._ports()))
        except OSError:
            await asyncio.sleep(0.3)
            return None
        carried, length = 0, len(body) if cut is None else cut
        try:
            writer.transport.set_write_buffer_limits(high=0)
            writer.write(head.encode())
            for start in range(0, length, SLICE):
                piece = body[start : min(start + SLICE, length)]
                writer.write(piece)
                await writer.drain()
                carried += len(piece)
            if cut is not None:
                await self._hang_up(writer)
                raise Gone(carried, self._seen.deaths)
            self._seen.sent += len(body)
            async with asyncio.timeout(60):
                return await _answer(reader, method == "HEAD")
        except (OSError, EOFError, ValueError, TimeoutError):
            self._seen.events["server went"] += 1
            return None
        finally:
            if writer not in self._lines:
                writer.close()

    async def _hang_up(self, writer: asyncio.StreamWriter) -> None:
        """At once, after a while, by a reset, or not at all: a phone that is out of range says nothing."""
        how = self._chance.random()
        await asyncio.sleep(0.01 if how < 0.5 else self._chance.uniform(0.05, 0.3))
        if how < 0.1 or how > 0.9:
            self._seen.events["left open"] += 1
            self._lines.append(writer)
        elif how < 0.5:
            writer.transport.abort()

    def _drop(self) -> None:
        for line in self._lines:
            line.transport.abort()
        self._lines.clear()

    def _acknowledged(self, body: bytes) -> Acknowledged:
        got = msgspec.json.decode(body, type=Acknowledged)
        assert (got.id, got.size, got.tps, got.page) == (self.id, len(self.photo), self.tps, self.page), got
        assert got.sha256 == sha256(self.photo).hexdigest()
        return got


async def _connected(port: int) -> socket.socket:
    """A line with a small buffer of its own, so that what was handed over has gone."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8_192)
    line.setblocking(False)
    try:
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port)), 10)
    except BaseException:
        line.close()
        raise
    return line


async def _answer(reader: asyncio.StreamReader, bodyless: bool) -> Said:
    """The answer on the line. Raises OSError, EOFError where it breaks off, ValueError."""
    first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    size = 0 if bodyless else int(headers.get("content-length", "0"))
    return Said(int(first.split()[1]), headers, await reader.readexactly(size))
