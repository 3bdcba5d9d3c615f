"""Lines that die: what arrived is kept, who is dead lets go, and a killed server holds nothing and loses nothing."""

import asyncio
import contextlib
import errno
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from ingest_scene import Opener, Scene, opened_door, town  # noqa: F401 - a fixture
from tus_scene import Sent, eventually, photo

from election import bundle as bundles
from ingest.tus.partial import Partial
from storage.intake.intake import Intake
from storage.opened import open_storage
from storage.settings import Settings

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[1]
PHOTO = photo(200_000)


def test_what_arrived_before_a_drop_is_kept_to_the_byte(door: Opener) -> None:
    async def story() -> None:
        chance = random.Random(5)
        async with door() as scene:
            for begin in ("post", "patch"):
                sent = Sent(scene, PHOTO)
                if begin == "patch":
                    await sent.create()
                offset = 0
                while offset < len(PHOTO) - 1:
                    size = min(chance.randrange(1, 70_000), len(PHOTO) - 1 - offset)
                    if begin == "post" and not offset:
                        line = await sent.open_post(PHOTO[:size])
                    else:
                        line = await sent.open_patch(offset, PHOTO[offset : offset + size], length=len(PHOTO) - offset)
                    await asyncio.sleep(chance.choice((0.02, 0.1)))
                    line.transport.abort()
                    offset += size

                    async def arrived(at: int = offset, one: Sent = sent) -> bool:
                        there = await one.head()
                        return there.status == 200 and there.offset == at

                    await eventually(arrived)
                assert (await sent.patch(offset, PHOTO[offset:])).status == 204
            assert [event.sha256 for event in await scene.events()] == [sha256(PHOTO).hexdigest()] * 2

    asyncio.run(story())


def test_a_new_head_makes_a_dead_line_let_go_within_a_second(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO)
            lines = [await sent.open_post(PHOTO[:70_000])]  # never cut, never answered: a phone out of range
            await asyncio.sleep(0.1)
            for offset in (70_000, 90_000):
                asked = time.monotonic()
                there = await sent.head()
                assert time.monotonic() - asked < 1.0
                assert (there.status, there.offset) == (200, offset)
                lines.append(await sent.open_patch(offset, PHOTO[offset : offset + 20_000], length=130_000 - offset))
                await asyncio.sleep(0.1)
            asked = time.monotonic()
            assert (await sent.patch(110_000, PHOTO[110_000:])).status == 204  # newer than the last of them
            assert time.monotonic() - asked < 1.0
            for line in lines:
                line.transport.abort()

    asyncio.run(story())


def test_a_line_that_asks_for_it_is_closed_after_an_answer_without_a_body(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO)
            await sent.create()
            said = {"Tus-Resumable": "1.0.0", "Connection": "close"} | (await scene.phone()).bearer()
            head = f"HEAD {sent.path} HTTP/1.1\nHost: door\n" + "\n".join(f"{k}: {v}" for k, v in said.items())
            reader, writer = await scene.line(head, b"")
            assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 200")
            writer.close()

    asyncio.run(story())


def test_ten_at_once_are_one_upload(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO)
            said = await asyncio.gather(*(sent.create(PHOTO) for _ in range(5)), *(sent.create() for _ in range(5)))
            assert {reply.status for reply in said} <= {201, 409, 503}  # admission may ask some to come later
            assert (await sent.create(PHOTO)).offset == len(PHOTO)
            assert len(await scene.events()) == 1

    asyncio.run(story())


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("call", ["append", "sync"])
def test_a_full_or_broken_disk_loses_nothing_that_was_acknowledged(
    door: Opener, monkeypatch: pytest.MonkeyPatch, fault: int, call: str
) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO)
            assert (await sent.create(PHOTO[:50_000])).offset == 50_000

            def fails(partial: Partial, *_: object) -> None:
                if call == "append":
                    os.pwrite(partial._descriptor, b"torn", partial._size)  # a disk takes some of it
                raise OSError(fault, os.strerror(fault))

            with monkeypatch.context() as trouble:
                trouble.setattr(Partial, call, fails)
                said = await sent.patch(50_000, PHOTO[50_000:120_000])
                assert (said.status, said.code) == (
                    (507, "upload.no_room") if fault == errno.ENOSPC else (503, "server.unavailable")
                )
                assert int(said.headers["retry-after"]) > 0
            offset = (await sent.head()).offset
            assert offset >= 50_000
            said = await sent.patch(offset, PHOTO[offset:])
            if offset == 50_000:
                assert said.status == 204
                assert (await scene.events())[0].sha256 == sha256(PHOTO).hexdigest()
            else:
                assert said.code == "upload.hash_differs"

    asyncio.run(story())


def test_an_intake_that_is_away_shows_no_offset_that_looks_like_a_receipt(
    door: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO)
            await sent.create(PHOTO[:-1])
            with monkeypatch.context() as trouble:
                trouble.setattr(Intake, "keep", _away)
                assert (await sent.patch(len(PHOTO) - 1, PHOTO[-1:])).status == 503
                assert (await sent.head()).status == 503
                assert (await sent.create()).status == 503
            there = await sent.head()  # whoever asks next finds it whole, and hands it in
            assert (there.status, there.offset) == (200, len(PHOTO))
            assert len(await scene.events()) == 1

    asyncio.run(story())


async def _away(*_: object) -> None:
    raise OSError(errno.EIO, "I/O error")


class Doors:
    """Front doors as processes of their own over one data folder."""

    def __init__(self, settings: Settings, count: int) -> None:
        bundles.make(settings.data_dir / "bundle", seed=11, kabupaten=1, tps=12)
        self._settings = settings
        self.ports = [_free_port() for _ in range(count)]
        self.processes = [self._start(port) for port in self.ports]

    def _start(self, port: int) -> subprocess.Popen[bytes]:
        data, environment = str(self._settings.data_dir), {
            "DATABASE_URL": self._settings.database_url, "REDIS_URL": self._settings.redis_url,
        }  # fmt: skip
        return subprocess.Popen(
            [sys.executable, "-m", "suara", "ingest", "--data", data, "--port", str(port)],
            cwd=ROOT, env={**os.environ, **environment},
        )  # fmt: skip

    def restart(self, which: int, how: signal.Signals) -> None:
        """Ends one of them and starts it again."""
        self.processes[which].send_signal(how)
        self.processes[which].wait()
        self.processes[which] = self._start(self.ports[which])

    def stop(self) -> None:
        """Ends all."""
        for process in self.processes:
            process.kill()
            process.wait()

    @contextlib.asynccontextmanager
    async def scenes(self) -> AsyncIterator[list[Scene]]:
        """The doors as scenes, once they listen."""
        bundle = bundles.load(self._settings.data_dir / "bundle")
        async with contextlib.AsyncExitStack() as stack:
            storage = await stack.enter_async_context(await open_storage(self._settings))
            scenes = []
            for port in self.ports:
                await opened(port)
                client = await stack.enter_async_context(ClientSession(f"http://127.0.0.1:{port}"))
                scenes.append(Scene(client, port, storage, bundle))
            yield scenes


async def opened(port: int) -> None:
    """Returns once somebody listens there."""

    async def listening() -> bool:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return True
        return False

    await eventually(listening, 30)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_a_line_held_by_another_process_is_let_go_within_a_second(storage_settings: Settings) -> None:
    async def story() -> None:
        async with doors.scenes() as (one, other):
            here = Sent(one, PHOTO)
            there = Sent(other, PHOTO, id=here.id)
            there.scene.phones[f"kpps-{one.tps}-1"] = await one.phone()
            line = await here.open_post(PHOTO[:100_000])
            await asyncio.sleep(0.2)
            asked = time.monotonic()
            said = await there.head()
            assert time.monotonic() - asked < 1.0
            assert (said.status, said.offset) == (200, 100_000)
            assert (await there.patch(100_000, PHOTO[100_000:])).status == 204
            assert (await here.head()).offset == len(PHOTO)
            line.transport.abort()

    doors = Doors(storage_settings, 2)
    try:
        asyncio.run(story())
    finally:
        doors.stop()


def test_a_killed_server_holds_nothing_and_costs_64_kib_at_most(storage_settings: Settings) -> None:
    async def story() -> None:
        chance = random.Random(3)
        async with doors.scenes() as (scene,):
            uploads = [Sent(scene, photo(200_000, seed)) for seed in range(4)]
            got = dict.fromkeys((sent.id for sent in uploads), 0)
            for _ in range(2):
                sizes = [chance.randrange(0, len(sent.photo) - got[sent.id]) for sent in uploads]
                for sent, size in zip(uploads, sizes, strict=True):
                    piece = sent.photo[got[sent.id] : got[sent.id] + size]
                    if got[sent.id]:
                        await sent.open_patch(got[sent.id], piece, length=len(sent.photo) - got[sent.id])
                    else:
                        await sent.open_post(piece)
                await asyncio.sleep(0.5)
                doors.restart(0, signal.SIGKILL)
                await opened(scene.port)
                for sent, size in zip(uploads, sizes, strict=True):
                    asked = time.monotonic()
                    there = await sent.head()
                    assert time.monotonic() - asked < 1.0
                    arrived = there.offset if there.status == 200 else 0
                    assert got[sent.id] + size - arrived <= 65_536
                    got[sent.id] = arrived
            for sent in uploads:
                assert (await sent.create(sent.photo)).offset == len(sent.photo)
            events = await scene.events()
            assert sorted(e.sha256 for e in events) == sorted(sha256(s.photo).hexdigest() for s in uploads)

    doors = Doors(storage_settings, 1)
    try:
        asyncio.run(story())
    finally:
        doors.stop()


def test_an_id_that_only_another_account_knows_is_nobody_elses(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            sent = Sent(scene, PHOTO)
            await sent.create(PHOTO[:100])
            second = Sent(scene, PHOTO, id=sent.id, account=f"kpps-{scene.tps}-2")
            foreign = Sent(scene, PHOTO, id=sent.id, account=f"kpps-{scene.bundle.tree.tps_kode(1)}-1")
            relay = Sent(scene, PHOTO, id=sent.id, account=f"ppk-{scene.tps[:6]}-1")
            for other in (second, foreign):
                for said in (await other.head(), await other.patch(100, b"x"), await other.ask("DELETE", sent.path)):
                    assert said.status == 403
            assert (await foreign.create(PHOTO)).code == "token.scope"
            assert (await relay.head()).offset == 100
            assert (await Sent(scene, PHOTO, id=str(uuid4())).head()).status == 404

    asyncio.run(story())
