"""Rare mishaps around unfinished uploads: no files left to open, files nobody can read, ears of another kind."""

import asyncio
import contextlib
import errno
import os
import socket
import time
from pathlib import Path
from uuid import uuid4

import pytest
from ingest_scene import Opener, Scene, opened_door  # noqa: F401 - a fixture
from tus_scene import Sent, eventually, photo

from ingest.tus import partial as partials
from ingest.tus.knock import Knocker
from ingest.tus.partial import Folder
from storage import durable

PHOTO = photo(200_000)


@pytest.mark.servers
def test_an_upload_that_could_not_be_begun_can_be_begun_again(door: Opener, monkeypatch) -> None:
    """A process without a free file descriptor must not keep the lock of what it failed to make."""

    async def story() -> None:
        async with door() as scene:
            sent, sync = Sent(scene, PHOTO), durable.sync_folder

            def fail(folder: Path) -> None:
                raise OSError(errno.EMFILE, "too many open files", str(folder))

            monkeypatch.setattr(partials.durable, "sync_folder", fail)
            assert (await sent.create()).status == 503
            monkeypatch.setattr(partials.durable, "sync_folder", sync)
            async with asyncio.timeout(5):
                said = await sent.create()
            assert (said.status, said.offset) == (201, 0)
            assert (await sent.patch(0, PHOTO)).status == 204

    asyncio.run(story())


@pytest.mark.servers
def test_an_expired_upload_is_begun_again_with_post(door: Opener) -> None:
    async def story() -> None:
        async with door() as scene:
            for body in (None, PHOTO):
                sent = Sent(scene, PHOTO)
                await sent.create(PHOTO[:10])
                old = time.time() - 4 * 86_400
                os.utime(scene.storage.settings.data_dir / "uploads" / sent.id, (old, old))
                assert (await sent.head()).status == 410
                said = await sent.create(body)
                assert (said.status, said.offset) == (201, len(body or b""))
            assert len(await scene.events()) == 1

    asyncio.run(story())


def test_a_file_that_is_no_upload_does_not_stop_the_sweeping(tmp_path: Path) -> None:
    folder, old = Folder(tmp_path), time.time() - 100
    for name, text in (("note", b""), ("broken", b"{}\n"), (str(uuid4()), b"{"), (".new-1-1", b"")):
        (tmp_path / name).write_bytes(text)
        os.utime(tmp_path / name, (old, old))
    folder.sweep(time.time() - 50)
    assert not (tmp_path / ".new-1-1").exists()


def test_an_ear_that_cannot_be_reached_keeps_nobody_from_the_others(tmp_path: Path) -> None:
    (tmp_path / "a-folder").mkdir()

    async def story() -> None:
        heard: list[str] = []
        with contextlib.chdir(tmp_path), contextlib.closing(socket.socket(socket.AF_UNIX)) as other:
            other.bind("another-kind")
            other.listen()
            one, two = Knocker(tmp_path, lambda _: False), Knocker(tmp_path, lambda name: not heard.append(name))
            one.open()
            two.open()
            try:
                assert await one.held("upload")
                assert heard == ["upload"]
            finally:
                one.close()
                two.close()

    asyncio.run(story())


@pytest.mark.servers
def test_what_came_in_chunks_before_a_drop_is_kept(door: Opener) -> None:
    """Chunks go through aiohttp; a line cut within the first moments, before anything lies on the disk."""

    async def story(scene: Scene) -> None:
        sent = Sent(scene, PHOTO)
        headers = await scene.announced(sent.id, PHOTO)
        said = "\n".join(f"{name}: {value}" for name, value in headers.items())
        head = f"POST /v1/uploads HTTP/1.1\nHost: door\nTransfer-Encoding: chunked\n{said}"
        _, writer = await scene.line(head, b"%x\r\n%b\r\n" % (100_000, PHOTO[:100_000]))
        writer.close()

        async def arrived() -> bool:
            there = await sent.head()
            return there.status == 200 and there.offset == 100_000

        await eventually(arrived)

    async def opened() -> None:
        async with door() as scene:
            await story(scene)

    asyncio.run(opened())
