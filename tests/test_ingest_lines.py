"""Bad lines and bad moments: what was acknowledged stays, what was not can be sent again, and is there once."""

import asyncio
import contextlib
import io
import sys
from hashlib import sha256
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from ingest_scene import PHOTO, Opener, Scene, opened_door, served, town  # noqa: F401 - a fixture

from election.clock import system_clock
from ingest.app import serve
from ingest.door import Limits
from storage.embedded import start_postgres
from storage.errors import JournalUnavailable
from storage.intake.shelf import PackShelf
from storage.journal import Journal
from storage.opened import Storage, open_storage
from storage.settings import Settings

pytestmark = pytest.mark.servers


async def eventually(found, seconds: float = 15.0):
    """What `found` answers once it answers something."""
    async with asyncio.timeout(seconds):
        while not (answer := await found()):  # noqa: ASYNC110 - what happens elsewhere sets no event here
            await asyncio.sleep(0.02)
        return answer


async def counted(scene: Scene, line: str) -> bool:
    return line in (await (await scene.client.get("/metrics")).text()).splitlines()


def test_a_line_cut_in_mid_photo_holds_nothing_and_costs_nothing(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            key = str(uuid4())
            _, writer = await scene.line(await scene.head(key), PHOTO[: len(PHOTO) // 2])
            await asyncio.sleep(0.05)
            writer.transport.abort()
            await eventually(lambda: counted(scene, 'suara_ingest_rejected_total{code="request.cut_off"} 1.0'))
            assert await counted(scene, "suara_ingest_held_bytes 0.0")
            assert await scene.events() == []
            assert (await scene.get(f"/v1/receipts/{key}?journal=ppwp"))[0] == 404
            assert (await scene.post_photo(key))[0] == 201

    asyncio.run(story())


def test_a_lost_reply_can_be_asked_for(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            key = str(uuid4())
            _, writer = await scene.line(await scene.head(key), PHOTO)
            writer.transport.abort()  # gone before a single byte of the reply was read

            async def receipt() -> dict | None:
                status, answer = await scene.get(f"/v1/receipts/{key}?journal=ppwp")
                return answer if status == 200 else None

            found = await eventually(receipt)
            assert await scene.post_photo(key) == (201, found)
            assert len(await scene.events()) == 1

    asyncio.run(story())


@pytest.mark.parametrize("committed", [False, True])
def test_a_stop_between_scan_and_event_is_mended_by_sending_again(
    door: Opener, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    """The journal fails before the commit, or after it with the outcome unknown: one event in the end either way."""
    settle = Journal.settle

    async def fail_once(journal: Journal, rows):
        monkeypatch.setattr(Journal, "settle", settle)
        if committed:
            await settle(journal, rows)
        raise JournalUnavailable()

    async def story() -> None:
        async with door() as scene:
            monkeypatch.setattr(Journal, "settle", fail_once)
            key = str(uuid4())
            status, problem = await scene.post_photo(key)
            assert (status, problem["code"]) == (503, "journal.unavailable")
            assert await scene.storage.scans.has(sha256(PHOTO).hexdigest())
            assert len(await scene.events()) == int(committed)
            assert (await scene.post_photo(key))[0] == 201
            assert len(await scene.events()) == 1

    asyncio.run(story())


class Full(io.StringIO):
    """Where our log goes, on a full disk."""

    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), OSError(5, "I/O error"), KeyError("ours")])
def test_a_disk_too_full_for_scans_and_for_our_own_log_still_gets_an_answer(
    door: Opener, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    async def no_room(*_: object) -> str:
        raise fault

    async def story() -> None:
        async with door() as scene:
            with monkeypatch.context() as trouble:
                trouble.setattr(PackShelf, "keep", no_room)
                trouble.setattr(sys, "stdout", Full())
                trouble.setattr(sys, "stderr", Full())
                key = str(uuid4())
                status, problem = await scene.post_photo(key)
            assert (status, problem["code"]) in {(503, "server.unavailable"), (500, "server.unexpected")}
            assert problem["petunjuk"]
            assert problem["detail"]
            assert not await scene.events()
            assert (await scene.post_photo(key))[0] == 201

    asyncio.run(story())


def test_a_database_that_goes_away_and_comes_back(servers, tmp_path) -> None:
    async def story() -> None:
        database = start_postgres(tmp_path / "pg")
        try:
            settings = Settings(data_dir=tmp_path, database_url=database.url, redis_url=servers.redis_url)
            async with await open_storage(settings) as storage, served(town(), storage) as scene:
                first, lost = str(uuid4()), str(uuid4())
                assert (await scene.post_photo(first))[0] == 201
                bearer = (await scene.phone()).bearer()
                database.stop()
                asked = await scene.client.get(f"/v1/receipts/{first}?journal=ppwp", headers=bearer)
                assert asked.status == 503 and int(asked.headers["Retry-After"]) > 0
                assert (await asked.json(content_type=None))["petunjuk"]
                assert (await scene.get("/healthz"))[0] == 200
                waiting = asyncio.create_task(scene.post_photo(lost))
                await asyncio.sleep(0.3)
                assert not waiting.done()  # the journal waits a while before it gives up
                database = start_postgres(tmp_path / "pg")
                assert (await asyncio.wait_for(waiting, 20))[0] == 201
                assert (await scene.get(f"/v1/receipts/{first}?journal=ppwp"))[0] == 200
                assert len(await scene.events()) == 2
        finally:
            database.stop()

    asyncio.run(story())


def test_a_slow_sender_is_told_so_and_what_came_is_kept(door: Opener) -> None:
    async def story() -> None:
        async with door(Limits(body_seconds=0.5)) as scene:
            key = str(uuid4())
            reader, writer = await scene.line(await scene.head(key), PHOTO[:10])
            answer = await asyncio.wait_for(reader.read(4096), 15)
            assert b" 408 " in answer.splitlines()[0] and b"request.too_slow" in answer
            writer.close()
            said = {"Tus-Resumable": "1.0.0"} | (await scene.phone()).bearer()
            async with scene.client.head(f"/v1/uploads/{key}", headers=said) as there:
                assert there.headers["Upload-Offset"] == "10"
            assert (await scene.post_photo(key))[0] == 201

    asyncio.run(story())


def test_a_closing_door_finishes_what_is_on_its_way_in(storage_settings: Settings) -> None:
    async def story() -> None:
        async with await open_storage(storage_settings) as storage:
            port, task = await _serving(storage)
            async with ClientSession(f"http://127.0.0.1:{port}") as client:
                key, scene = str(uuid4()), Scene(client, port, storage, town())
                head = await scene.head(key)
            reader, writer = await scene.line(head, PHOTO[:100])
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.sleep(0.1)
            writer.write(PHOTO[100:])
            answer = await asyncio.wait_for(reader.read(4096), 15)
            assert b" 201 " in answer.splitlines()[0]
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(task, 15)
            with pytest.raises(OSError):
                await scene.line(head, b"")
            writer.close()
            assert len(await scene.events()) == 1

    asyncio.run(story())


async def _serving(storage: Storage) -> tuple[int, asyncio.Task]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    task = asyncio.create_task(serve(town(), storage, host="127.0.0.1", port=port, clock=system_clock))

    async def listening() -> bool:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return True
        return False

    await eventually(listening)
    return port, task
