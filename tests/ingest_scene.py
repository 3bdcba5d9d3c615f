"""A real front door for tests: an invented town, and photos that begin like photos."""

import asyncio
import base64
import contextlib
import json
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from uuid import uuid4

import pytest
from aiohttp import ClientSession, web

from election import bundle as bundles
from election.bundle import Bundle
from election.clock import system_clock
from ingest.app import make_runner, open_door
from ingest.door import Limits
from loadtest.phone import Phone
from storage.keys import load_or_make
from storage.opened import Storage, open_storage
from storage.settings import Settings

PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40


@cache
def town() -> Bundle:
    """A dozen TPS, made once; `pkwkp` is held there without a form."""
    with tempfile.TemporaryDirectory() as folder:
        return bundles.make(folder, seed=11, kabupaten=1, tps=12, contests=("ppwp", "pkwkp"))


@dataclass(frozen=True)
class Scene:
    """An open door and what stands behind it."""

    client: ClientSession
    port: int
    storage: Storage
    bundle: Bundle
    phones: dict[str, Phone] = field(default_factory=dict)

    async def phone(self, account: str | None = None) -> Phone:
        """A phone of an account (one of the TPS's two officers), enrolled and with a token."""
        account = account or f"kpps-{self.tps}-1"
        if account not in self.phones:
            accounts = load_or_make(self.storage.settings.data_dir / "keys", "accounts")
            self.phones[account] = Phone.certified(account, accounts.seed)
        phone = self.phones[account]
        if phone.wants_token():
            asked = phone.token_request()
            async with self.client.post(asked.path, data=asked.body, headers=asked.headers) as answer:
                assert phone.tokened(answer.status, await answer.read())
        return phone

    @property
    def tps(self) -> str:
        """A TPS that exists."""
        return self.bundle.tree.tps_kode(0)

    async def announced(self, key: str = "", photo: bytes = PHOTO, page: int = 2, **said: str) -> dict[str, str]:
        """Signed headers of a whole photo's POST; `said` replaces metadata, "" leaves a key out."""
        pairs = {
            "id": key or str(uuid4()), "contest": "ppwp", "tps": self.tps, "page": str(page),
            "sha256": sha256(photo).hexdigest(), "filetype": "image/jpeg",
        } | said  # fmt: skip
        encoded = {name: base64.b64encode(value.encode()).decode() for name, value in pairs.items() if value}
        metadata = ",".join(f"{name} {value}" for name, value in encoded.items())
        kind = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
        return kind | (await self.phone()).scan(len(photo), metadata)

    async def post_photo(
        self, key: str = "", photo: bytes = PHOTO, page: int = 2, headers: dict[str, str] | None = None, **said: str
    ):
        """Status and answer of a whole photo in one request."""
        signed = await self.announced(key, photo, page, **said)
        async with self.client.post("/v1/uploads", data=photo, headers=signed | (headers or {})) as response:
            return response.status, await response.json(content_type=None)

    async def put_reading(self, figures: dict, key: str | None = None, **changed: object):
        """Status and answer of a signed reading; `changed` adds to its JSON or replaces."""
        body = json.dumps({"contest": "ppwp", "tps": self.tps, "figures": figures} | changed).encode()
        path = f"/v1/readings/{key or uuid4()}"
        return await self.put(path, data=body, headers=(await self.phone()).reading(path, body))

    async def put(self, path: str, **how: object):
        """Status and answer of any PUT."""
        async with self.client.put(path, **how) as response:
            return response.status, await response.json(content_type=None)

    async def get(self, path: str):
        """Status and answer of any GET, with an officer's token."""
        async with self.client.get(path, headers=(await self.phone()).bearer()) as response:
            return response.status, await response.json(content_type=None)

    async def events(self, contest: str = "ppwp") -> list:
        """Everything in the journal."""
        return [entry.event for entry in await self.storage.journal(contest).read(0)]

    async def line(self, head: str, body: bytes):
        """A raw connection that has sent a head and (part of) a body; for those who hang up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        await writer.drain()
        return reader, writer

    async def head(self, key: str, photo: bytes = PHOTO) -> str:
        """The head of a whole photo's POST, for `line`."""
        headers = "\n".join(f"{name}: {value}" for name, value in (await self.announced(key, photo)).items())
        return f"POST /v1/uploads HTTP/1.1\nHost: door\nContent-Length: {len(photo)}\n{headers}"


Opener = Callable[..., contextlib.AbstractAsyncContextManager[Scene]]


@pytest.fixture(name="door")
def opened_door(storage_settings: Settings) -> Opener:
    """Call it, inside a loop, for a door over a journal that is empty at the first call."""

    @contextlib.asynccontextmanager
    async def door(limits: Limits | None = None) -> AsyncIterator[Scene]:
        async with await open_storage(storage_settings) as storage, served(town(), storage, limits) as scene:
            yield scene

    return door


@contextlib.asynccontextmanager
async def served(bundle: Bundle, storage: Storage, limits: Limits | None = None) -> AsyncIterator[Scene]:
    """A door on a free port, over a storage that somebody else opened."""
    async with open_door(bundle, storage, clock=system_clock, limits=limits) as opened:
        runner = make_runner(opened)
        await runner.setup()
        try:
            listening = socket.create_server(("127.0.0.1", 0))
            await web.SockSite(runner, listening).start()
            port = listening.getsockname()[1]
            async with ClientSession(f"http://127.0.0.1:{port}") as client:
                yield Scene(client, port, storage, bundle)
        finally:
            await runner.cleanup()


def digest(body: bytes) -> str:
    """`Content-Digest`, worked out here and not by the code under test."""
    return f"sha-256=:{base64.b64encode(sha256(body).digest()).decode()}:"
