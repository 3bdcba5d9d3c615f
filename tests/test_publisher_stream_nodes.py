"""Several nodes over the same files: one is killed, Valkey comes and goes, the publisher says what it has written."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path

import aiohttp
import msgspec
import pytest
import uvloop
from publisher_scene import Night, follower
from redis.asyncio import Redis
from stream_scene import QUICK, Book, Browser, entry, eventually, node

from election import bundle as bundles
from publisher.folder import Folder
from publisher.log.service import keep
from publisher.stream import ring as rings
from publisher.stream.announcement import Announcement
from publisher.stream.cuts import marks
from publisher.stream.ring import ring
from publisher.stream.teller import teller
from storage.embedded import start_valkey, valkey_url
from storage.opened import open_storage

replace = msgspec.structs.replace

ASLEEP = replace(QUICK, poll=60.0)
"""A node that looks at the files only where it is rung for."""


def run(scenario: Coroutine) -> None:
    uvloop.run(asyncio.wait_for(scenario, 60))


def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(data: Path, port: int) -> subprocess.Popen[bytes]:
    """`suara site` as it is started in a data centre: no database, no Valkey."""
    return subprocess.Popen([sys.executable, "-m", "suara", "site", "--data", str(data), "--port", str(port)])


async def reached(port: int) -> None:
    for _ in range(3000):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return
    raise AssertionError("the node does not answer")


def test_a_node_is_killed_and_its_reader_goes_on_at_another(tmp_path: Path) -> None:
    async def scenario() -> None:
        book = Book(tmp_path / "public")
        book.grow(900)
        port = free()
        async with node(tmp_path / "public", own=("127.0.0.1", own := free())) as other:
            with start(tmp_path, port) as first:
                try:
                    await reached(port)
                    browser = Browser(port, "/stream/ppwp?after=0")
                    await browser.open()
                    while len(browser.told) < 300:
                        await browser.step(1000)
                finally:
                    first.send_signal(signal.SIGKILL)
                await browser.listen()
            assert not browser.whole
            book.grow(77)
            browser.port = other.port
            await browser.open()
            await browser.until(977)
            assert [one.data for one in browser.told] == [entry(number).decode() for number in range(1, 978)]
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{own}/metrics") as answer:
                assert 'suara_stream_readers{stream="ppwp"} 1.0' in await answer.text()

    run(scenario())


@pytest.mark.servers
def test_valkey_wakes_nodes_and_what_is_published_while_it_is_away_is_told_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rings, "AGAIN", 0.05)
    folder = tmp_path / "valkey"

    async def scenario(servers: list) -> None:
        book = Book(tmp_path / "public")
        url = valkey_url(folder)
        redis = Redis.from_url(url)
        async with (
            node(tmp_path / "public", ASLEEP, redis_url=url) as first,
            node(tmp_path / "public", ASLEEP, redis_url=url) as second,
        ):
            readers = [Browser(one.port) for one in (first, second)]
            for reader in readers:
                await reader.open()
            assert await _rung(redis, 2)
            book.grow(5)
            await ring(redis, "ppwp")
            for reader in readers:
                await reader.until(5)
            servers[0].stop()
            book.grow(5)
            await ring(redis, "ppwp")  # says nothing, to nobody
            await teller(Folder(tmp_path / "public"), redis)(Announcement("ppwp", 10, "", ("0",), ()))
            assert marks(tmp_path / "public", "ppwp")
            servers.append(start_valkey(folder))
            for reader in readers:
                await reader.until(10)
                assert [int(one.id) for one in reader.told] == list(range(1, 11))
        await redis.aclose()

    servers = [start_valkey(folder)]
    try:
        run(scenario(servers))
    finally:
        servers[-1].stop()


async def _rung(redis: Redis, listeners: int) -> bool:
    """Whether so many nodes hear Valkey."""
    for _ in range(500):
        if (await redis.pubsub_numsub(rings.CHANNEL))[0][1] >= listeners:
            return True
        await asyncio.sleep(0.01)
    return False


@pytest.mark.servers
def test_the_publisher_says_which_documents_it_wrote_and_says_it_again_after_a_kill(storage_settings, tmp_path) -> None:
    made = bundles.make(tmp_path / "bundle", seed=3, kabupaten=1, kecamatan=2, kelurahan=4, tps=16)
    codes = [made.tree.tps_kode(row) for row in range(made.tree.n_tps)]
    public = tmp_path / "public"
    said: list[Announcement] = []

    async def hear(announcement: Announcement) -> None:
        said.append(announcement)

    async def scenario() -> None:
        async with await open_storage(storage_settings) as storage:
            night, publisher = Night(made, storage), follower(made, storage, public)
            publisher.announce = hear
            await publisher.catch_up()
            await night.play(codes[-1], "counted")
            await night.cut()
            await publisher.catch_up()
            await night.play(codes[0], "counted")
            number = await night.cut()
            stands = (public / ".state/ppwp.json").read_bytes()
            await publisher.catch_up()
            (public / ".state/ppwp.json").write_bytes(stands)  # killed before it remembers
            await publisher.catch_up()
            everything, _, once, again = said
            assert len(everything.areas) == made.tree.n_areas and everything.number == 0
            above = [made.tree.kode(area) for area in made.tree.path(0)]
            assert (once.number, once.areas, once.tps) == (number, tuple(sorted(above)), (codes[0],))
            assert again == once

    run(scenario())


def test_a_log_rings_when_it_has_shown_a_head() -> None:
    class Journal:
        name = "ppwp"

        async def wait(self, size: int, seconds: float) -> None:
            raise asyncio.CancelledError

    class Growth:
        size, origin = 1, "x/ppwp"

        async def step(self) -> bool:
            return True

    rung: list[str] = []

    async def shown(name: str) -> None:
        rung.append(name)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(keep(Growth(), Journal(), shown))
    assert rung == ["ppwp"]


def test_a_copy_that_lacks_a_bundle_waits_for_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        book = Book(tmp_path / "public")
        book.grow(700)
        book.copy(tmp_path / "mirror")
        bundle = Path("log/ppwp/tile/entries/001")
        (tmp_path / "mirror" / bundle).unlink()
        async with node(tmp_path / "mirror") as n:
            browser = Browser(n.port, "/stream/ppwp?after=0")
            await browser.open()
            await browser.until(256)
            await asyncio.sleep(0.05)
            (tmp_path / "mirror" / bundle).write_bytes((tmp_path / "public" / bundle).read_bytes())
            await browser.until(700)
            assert [int(one.id) for one in browser.told] == list(range(1, 701))
            (tmp_path / "mirror/log/ppwp/checkpoint").write_text("half a he")
            await eventually(lambda: n.counts('suara_stream_behind{stream="ppwp"} 0.0'))
            book.grow(3)
            book.copy(tmp_path / "mirror")
            await browser.until(703)

    run(scenario())
