"""The public folder with everything else switched off: any file server gives the same documents."""

import asyncio
import http.client
import json
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sirekap_readers as readers
from aiohttp import web
from publisher_scene import Night, follower

from election import bundle as bundles
from election.bundle import Bundle
from publisher import places
from publisher.front import app
from storage.opened import open_storage
from storage.settings import Settings

pytestmark = pytest.mark.servers

NGINX = Path(__file__).parents[1] / "deploy" / "nginx-public.conf"
KINDS = ("counted", "held", "corrected", "proposed", "arriving", "unread", "silent", "counted")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundles.make(tmp_path_factory.mktemp("bundle"), seed=3, kabupaten=1, kecamatan=2, kelurahan=4, tps=16)


@pytest.fixture(scope="module")
def public(bundle: Bundle, servers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Published; then the database is gone, and nothing but the folder is left."""
    folder = tmp_path_factory.mktemp("anywhere")
    servers.execute("create database anywhere template suara strategy file_copy")
    settings = Settings(data_dir=folder, database_url=servers.database("anywhere"), redis_url=servers.redis_url)

    async def scenario() -> None:
        async with await open_storage(settings) as storage:
            night = Night(bundle, storage)
            for row, kind in enumerate(KINDS):
                await night.play(bundle.tree.tps_kode(row), kind)
            await night.cut()
            await follower(bundle, storage, folder / "public").catch_up()

    asyncio.run(scenario())
    servers.execute("drop database anywhere with (force)")
    return folder / "public"


@contextmanager
def plain(public: Path) -> Iterator[str]:
    """`python -m http.server`."""
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(public))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@contextmanager
def ours(public: Path) -> Iterator[str]:
    """`suara site`, without a room."""
    loop, port = asyncio.new_event_loop(), list[int]()

    async def start() -> None:
        runner = web.AppRunner(app(public))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port.append(site._server.sockets[0].getsockname()[1])

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port[0]}"
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@contextmanager
def nginx(public: Path) -> Iterator[str]:
    """The shipped configuration, with the folder and the port put in."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(program).exists():
        pytest.skip("nginx is not installed")
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as free:
        port = free.server_address[1]
    own = public.parent / "nginx"
    own.mkdir(exist_ok=True)
    site = re.sub(r"root /var[^;]+;", f"root {public};", NGINX.read_text()).replace("listen 80;", f"listen {port};")
    (own / "nginx.conf").write_text(
        f"{'user root; ' if os.geteuid() == 0 else ''}daemon off; worker_processes 1; "
        f"pid {own}/pid; error_log {own}/error.log; "
        f"events {{}} http {{ access_log off; client_body_temp_path {own}; proxy_temp_path {own}; "
        f"fastcgi_temp_path {own}; uwsgi_temp_path {own}; scgi_temp_path {own}; {site} }}"
    )
    running = subprocess.Popen([program, "-p", str(own), "-c", str(own / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                fetch(f"http://127.0.0.1:{port}", "/v1/ppwp/cursor.json")
                break
            except OSError:
                assert running.poll() is None, (own / "error.log").read_text()
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait()


def fetch(host: str, path: str, **headers: str) -> tuple[bytes, dict[str, str]]:
    request = urllib.request.Request(host + path, headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


Server = Callable[[Path], object]


@pytest.mark.parametrize("server", [plain, ours, nginx])
def test_every_document_is_served_as_it_lies_there(public: Path, server: Server) -> None:
    files = {
        str(path.relative_to(public)): path.read_bytes()
        for path in public.rglob("*")
        if path.is_file() and not path.is_relative_to(public / ".state") and path.suffix != ".gz"
    }
    with server(public) as host:  # type: ignore[attr-defined]
        for path, data in files.items():
            assert fetch(host, f"/{path}")[0] == data, path
    assert len(files) > 60


@pytest.mark.parametrize("server", [ours, nginx])
def test_programs_of_2024_need_nothing_but_the_zero_rule(bundle: Bundle, public: Path, server: Server) -> None:
    with server(public) as host:  # type: ignore[attr-defined]
        found = readers.stations(lambda address: json.loads(fetch(host, address)[0]))
        assert len(found) == bundle.tree.n_tps
        silent = places.tps(bundle.tree, "ppwp", bundle.tree.n_tps - 1)
        assert json.loads(fetch(host, f"/{silent}")[0])["status_suara"] is False
        for path in ("/pemilu/hhcw/ppwp/99/9999/999999/9999999999.json", "/.state/ppwp.json", "/nowhere.html"):
            with pytest.raises(urllib.error.HTTPError):
                fetch(host, path)


@pytest.mark.parametrize("server", [ours, nginx])
def test_both_servers_say_the_same_of_keeping_and_compressing(public: Path, server: Server) -> None:
    wanted = {
        "/v1/ppwp/0.json": "public, max-age=5, stale-while-revalidate=30",
        "/ppwp/0.html": "public, max-age=5, stale-while-revalidate=30",
        "/static/site.css?v=0123456789": "public, max-age=31536000, immutable",
        f"/{next((public / 'scans').iterdir()).relative_to(public)}": "public, max-age=31536000, immutable",
    }
    with server(public) as host:  # type: ignore[attr-defined]
        for path, kept in wanted.items():
            headers = fetch(host, path, **{"Accept-Encoding": "gzip"})[1]
            assert headers["cache-control"] == kept, path
            assert (headers.get("content-encoding") == "gzip") == (not path.endswith(".jpg")), path
            assert ("accept-encoding" in headers.get("vary", "").lower()) == (not path.endswith(".jpg")), path
            assert headers["content-security-policy"].startswith("default-src 'none'")


def test_how_an_address_is_written_makes_nothing_last_and_leads_nobody_away(public: Path) -> None:
    """A cache before us that tidies addresses would keep for a year what changes every second."""
    with nginx(public) as host:
        for path in (
            "/v1/ppwp/versions/../0.json",
            "/log/ppwp/tile/%2e%2e/../../v1/ppwp/0.json",
            "/static/?v=1/../../",
        ):
            try:
                headers = fetch(host, path)[1]
            except urllib.error.HTTPError as error:
                headers = {name.lower(): value for name, value in error.headers.items()}
            assert "immutable" not in headers.get("cache-control", ""), path
        line = http.client.HTTPConnection(host.removeprefix("http://"))
        line.request("GET", "/api", headers={"Host": "elsewhere.example"})
        answer = line.getresponse()
        assert "elsewhere.example" not in answer.headers.get("Location", "")
        assert "/" not in answer.headers["Server"], "which version it is, nobody needs to know"
