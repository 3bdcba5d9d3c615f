"""A real front door for tests: embedded servers, an invented kelurahan, and photos that begin like photos."""

import asyncio
import base64
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from aiohttp import ClientSession, web

from election import bundle as bundles
from election.bundle import Bundle
from election.clock import system_clock
from ingest.app import make_app, make_runner
from ingest.door import Limits
from storage.embedded import start_postgres, start_valkey
from storage.opened import Storage, open_storage
from storage.settings import Settings

PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
_databases = itertools.count(1)


@dataclass(frozen=True)
class Servers:
    """Addresses of one embedded PostgreSQL and one Valkey, and the bundle that all scenes share."""

    database_url: str
    redis_url: str
    bundle: Bundle

    async def settings(self, folder: Path) -> Settings:
        """Settings with a database of its own, so that every journal starts at 1."""
        name = f"door_{next(_databases)}"
        line = await asyncpg.connect(self.database_url)
        await line.execute(f"create database {name}")
        await line.close()
        url = self.database_url.replace("/suara?", f"/{name}?")
        return Settings(data_dir=folder, database_url=url, redis_url=self.redis_url)


@pytest.fixture(scope="module", name="servers")
def start_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Embedded servers and a bundle of a dozen TPS; `pkwkp` is in it without a form."""
    folder = tmp_path_factory.mktemp("door")
    bundle = bundles.make(folder / "bundle", seed=11, kabupaten=1, tps=12, contests=("ppwp", "pkwkp"))
    with start_postgres(folder / "pg") as database, start_valkey(folder / "valkey") as queue:
        yield Servers(database.url, queue.url, bundle)


@dataclass
class Scene:
    """An open door and what stands behind it."""

    client: ClientSession
    port: int
    storage: Storage
    bundle: Bundle

    @property
    def tps(self) -> str:
        """A TPS that exists."""
        return self.bundle.tree.tps_kode(0)

    def scan(self, photo: bytes = PHOTO, page: int = 2, **changed: str) -> dict[str, str]:
        """Headers for a photo; `changed` replaces one (underscores for dashes), "" leaves it out."""
        headers = {
            "Content-Type": "image/jpeg",
            "Content-Digest": digest(photo),
            "Suara-Contest": "ppwp",
            "Suara-Tps": self.tps,
            "Suara-Page": str(page),
        } | {name.replace("_", "-"): value for name, value in changed.items()}
        return {name: value for name, value in headers.items() if value}

    async def put_scan(self, key: str | None = None, photo: bytes = PHOTO, page: int = 2, **changed: str):
        """Status and answer."""
        return await self.put(f"/v1/scans/{key or uuid4()}", data=photo, headers=self.scan(photo, page, **changed))

    async def put_reading(self, figures: dict, key: str | None = None, **changed: object):
        """Status and answer."""
        body = {"contest": "ppwp", "tps": self.tps, "figures": figures} | changed
        return await self.put(f"/v1/readings/{key or uuid4()}", json=body)

    async def put(self, path: str, **how: object):
        """Status and answer of any PUT."""
        async with self.client.put(path, **how) as response:
            return response.status, await response.json(content_type=None)

    async def get(self, path: str):
        """Status and answer of any GET."""
        async with self.client.get(path) as response:
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

    def head(self, key: str, photo: bytes = PHOTO) -> str:
        """The head of a scan upload, for `line`."""
        headers = "\n".join(f"{name}: {value}" for name, value in self.scan(photo).items())
        return f"PUT /v1/scans/{key} HTTP/1.1\nHost: door\nContent-Length: {len(photo)}\n{headers}"


@contextlib.asynccontextmanager
async def open_scene(
    servers: Servers, folder: Path, *, limits: Limits | None = None, settings: Settings | None = None
) -> AsyncIterator[Scene]:
    """A door over a fresh journal."""
    settings = settings or await servers.settings(folder)
    async with await open_storage(settings) as storage:
        app = make_app(servers.bundle, storage, clock=system_clock, limits=limits)
        runner = make_runner(app)
        await runner.setup()
        try:
            site = web.SockSite(runner, listening := socket.create_server(("127.0.0.1", 0)))
            await site.start()
            port = listening.getsockname()[1]
            async with ClientSession(f"http://127.0.0.1:{port}") as client:
                yield Scene(client, port, storage, servers.bundle)
        finally:
            await runner.cleanup()


def digest(body: bytes) -> str:
    """`Content-Digest`, worked out here and not by the code under test."""
    return f"sha-256=:{base64.b64encode(sha256(body).digest()).decode()}:"
