"""One published site, one server with a stream that tests ring, one browser: for tests of the pages in a browser."""

import asyncio
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from playwright.sync_api import sync_playwright
from publisher_scene import Site

from election import bundle as bundles
from publisher.front import Room, app
from storage.settings import Settings

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-background-networking"]
EVENING = "counted held corrected proposed arriving unread"

NEEDED = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed"),
]


@dataclass
class Bell:
    """Stands in for the stream of publications: rings what it is told, or is away."""

    away: bool = False
    listening: set[asyncio.Queue] = field(default_factory=set)

    async def get(self, request: web.Request) -> web.StreamResponse:
        """What `/stream/{contest}/cuts` answers."""
        if self.away:
            return web.json_response({"code": "stream.away"}, status=503)
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await answer.prepare(request)
        await answer.write(b": here\n\n")
        queue: asyncio.Queue = asyncio.Queue()
        self.listening.add(queue)
        try:
            while (said := await queue.get()) is not None:
                await answer.write(said)
        finally:
            self.listening.discard(queue)
        return answer

    def room(self) -> Room:
        """The stream as a room of the public side."""
        return Room((web.get("/stream/{contest}/cuts", self.get),))


class serving:
    """Our own server of a public folder in a thread of its own."""

    def __init__(self, public: Path, bell: Bell | None = None) -> None:
        self.bell = bell or Bell(away=True)
        self.loop = asyncio.new_event_loop()
        self.runner = web.AppRunner(app(public, [self.bell.room()]), shutdown_timeout=0.2)
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> str:
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self.loop).result(10)
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    async def _start(self) -> None:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()

    def ring(self, **cut: object) -> int:
        """Tell of a publication; how many heard it."""
        said = f"id: 1\nevent: cut\ndata: {json.dumps(cut)}\n\n".encode()
        return self._tell(said)

    def hang_up(self) -> int:
        """End every stream."""
        return self._tell(None)

    def _tell(self, said: bytes | None) -> int:
        def tell() -> int:
            for queue in self.bell.listening:
                queue.put_nowait(said)
            return len(self.bell.listening)

        found: list[int] = []
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (found.append(tell()), done.set()))
        done.wait(5)
        return found[0]

    def __exit__(self, *_: object) -> None:
        self.hang_up()
        asyncio.run_coroutine_threadsafe(self.runner.cleanup(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


@dataclass
class Shown:
    """A site behind our own server."""

    site: Site
    base: str
    server: serving

    def paths(self) -> list[str]:
        """One page of each sort."""
        tree = self.site.bundle.tree
        areas = [f"ppwp/{tree.kode(area)}.html" for area in tree.path(0)]
        fixed = ["index.html", "cari.html", "cara.html", "data.html", "nowhere.html"]
        beside = ["ppwp/koreksi.html", "ppwp/waktu/0.html", "ppwp/ditahan/0.html"]
        beside += [f"ppwp/ditahan/{tree.kode(area)}.html" for area in tree.path(1)[2:4]]
        return [*fixed, *beside, *areas, *(self.tps(i) for i in range(6))]

    def tps(self, i: int) -> str:
        """The page of a TPS."""
        kode = self.site.tps[i]
        return f"ppwp/tps/{kode[:-3]}/{kode}.html"


@pytest.fixture(scope="module")
def shown(servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Twelve TPS in five provinces, six of which have sent something."""
    folder = tmp_path_factory.mktemp("browser")
    name = f"site_browser_{folder.name}"
    servers.execute(f'create database "{name}" template suara strategy file_copy')
    settings = Settings(data_dir=folder, database_url=servers.database(name), redis_url=servers.redis_url)
    bundle = bundles.make(folder / "bundle", seed=5, provinsi=5, kabupaten=5, kecamatan=5, kelurahan=6, tps=12)
    site = Site(bundle, settings, folder / "public")
    site.go_on(dict(zip(site.tps, EVENING.split(), strict=False)))
    server = serving(site.public, Bell())
    with server as base:
        yield Shown(site, base, server)
    servers.execute(f'drop database "{name}" with (force)')


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """Chromium."""
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(browser) -> Iterator:
    """A page that fails the test if anything was refused or went wrong."""
    found = browser.new_page()
    wrong: list[str] = []
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield found
    found.close()
    assert [line for line in wrong if not any(known in line for known in EXPECTED)] == []


EXPECTED = ("404", "503", "ERR_INTERNET_DISCONNECTED", "ERR_INCOMPLETE_CHUNKED_ENCODING")
"""What a browser logs by itself where a test asks for what is not there, or cuts the line."""
