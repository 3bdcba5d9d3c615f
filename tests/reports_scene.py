"""A published evening and the room of reports beside its files, for tests of what people outside tell."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from publisher_scene import Site

from election import bundle as bundles
from publisher.front import app
from publisher.reports.desk import Settings, room
from publisher.reports.limits import Limits
from publisher.reports.shelf import ROLE
from publisher.standby.address import other
from storage.settings import Settings as Storage

EVENING = ["counted", "held", "corrected", "arriving"]
NOWHERE = "postgresql://suara_reports@/suara?host=/nonexistent"


def clock() -> datetime:
    return datetime(2024, 2, 14, 15, 20, tzinfo=UTC)


@dataclass
class Scene:
    """A site whose TPS are counted, held, corrected, arriving, and silent."""

    site: Site
    url: str

    def tps(self, kind: str) -> str:
        return self.site.tps[[*EVENING, "silent"].index(kind)]

    def right(self, kind: str, field: str = "paslon_1") -> int:
        """What the paper says."""
        return self.site.truth[self.tps(kind)][field]

    def front(self, url: str | None = None, limits: Limits | None = None, proxies: frozenset[str] = frozenset()) -> web.Application:  # fmt: skip # noqa: E501
        settings = Settings(public=self.site.public, url=url or self.url, limits=limits or Limits(), proxies=proxies)
        return app(self.site.public, [room(settings, lambda: self.site.bundle, clock)])

    def rows(self, table: str) -> list[asyncpg.Record]:
        """What is kept, as the owner of the database sees it."""
        return asyncio.run(self._rows(table))

    async def _rows(self, table: str) -> list[asyncpg.Record]:
        line = await asyncpg.connect(self.site.settings.database_url)
        try:
            return await line.fetch(f"select * from reports.{table}")
        finally:
            await line.close()

    async def empty(self) -> None:
        line = await asyncpg.connect(self.site.settings.database_url)
        await line.execute("truncate reports.report, reports.sent, reports.step")
        await line.close()

    def form(self, kind: str = "counted", **more: object) -> dict[str, str]:
        """A form as the page sends it: one more than the site shows."""
        said = {
            "contest": "ppwp", "tps": self.tps(kind), "field": "paslon_1", "value": self.right(kind) + 1,
            "note": "", "situs": "", "id": uuid4(), **more,
        }  # fmt: skip
        return {name: str(value) for name, value in said.items()}


Play = Callable[[TestClient, Scene], Awaitable[None]]


def at_the_room(scene: Scene, play: Play, **front: object) -> None:
    """Plays a story against an empty shelf."""

    async def run() -> None:
        await scene.empty()
        async with TestClient(TestServer(scene.front(**front))) as client:  # type: ignore[arg-type]
            await play(client, scene)

    asyncio.run(run())


async def post(client: TestClient, form: dict[str, str], **headers: str) -> ClientResponse:
    return await client.post("/report", data=form, headers=headers, allow_redirects=False)


def published(servers, folder: Path, name: str) -> Scene:
    """A site of its own database; drop it afterwards."""
    servers.execute(f"create database {name} template suara strategy file_copy")
    url = servers.database(name)
    storage = Storage(data_dir=folder, database_url=url, redis_url=servers.redis_url)
    bundle = bundles.make(folder / "bundle", seed=5, kabupaten=1, kecamatan=2, kelurahan=3, tps=12)
    site = Site(bundle, storage, folder / "public")
    site.go_on(dict(zip(site.tps, EVENING, strict=False)))
    return Scene(site, other(url, user=ROLE))
