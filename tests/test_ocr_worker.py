"""The reading role against real servers: every photo gets its word in the journal, whatever it holds."""

import asyncio
import contextlib
import os
import signal
from datetime import UTC, datetime
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from obstore.exceptions import GenericError

from benchmarks.seed_images import has_heic, heic
from election import bundle as bundles
from election import form, scores
from election.contest import SUARA
from election.decode import decode
from election.event import PageRead, ScanReceived
from ocr import worker
from ocr.fault import DecoderAway
from ocr.guard import Limits, process
from ocr.order import Order
from ocr.program import program
from ocr.reader import PageReader, PageReading, Request
from paper import specimen
from storage.connect import pause
from storage.draft import Draft
from storage.feeder import Feeder
from storage.intake.errors import IndexAway
from storage.opened import Storage, open_storage
from storage.queue import Job, Queue
from storage.scans import Store

pytestmark = pytest.mark.servers
AT = "2024-02-14T12:00:00.000Z"
FORM = form.load("c_hasil_ppwp_2024")
FIGURES = {"paslon_1": 90, "paslon_2": 110, "paslon_3": 10, "suara_sah": 210, "suara_tidak_sah": 5, "suara_total": 215}


def photo(page: int) -> bytes:
    return specimen.sample(FORM, page, np.random.default_rng(page), 0.3, FIGURES).jpeg


def clock() -> datetime:
    return datetime(2024, 2, 14, 13, tzinfo=UTC)


async def received(storage: Storage, tps: str, page: int, data: bytes, kept: bool = True) -> None:
    sha = await storage.scans.put(data) if kept else "0" * 64
    await storage.journal("ppwp").append(Draft(event=ScanReceived(tps=tps, at=AT, page=page, sha256=sha, size=1)))


async def readings(storage: Storage, count: int) -> list[PageRead]:
    """The first `count` readings in the journal, by scan; waits for them."""
    for _ in range(1200):  # on a machine that has yet to compile the kernels, a minute
        found = [e.event for e in await storage.journal("ppwp").read(0, 1000) if isinstance(e.event, PageRead)]
        if len(found) >= count:
            return sorted(found, key=lambda event: event.scan)
        await asyncio.sleep(0.05)
    raise AssertionError(f"only {len(found)} of {count} photos were read")


@contextlib.asynccontextmanager
async def reading(bundle: bundles.Bundle, storage: Storage, workers: int = 1):
    tasks = [
        asyncio.create_task(worker.serve(bundle, storage, consumer=f"c{n}", clock=clock, mend=0.2))
        for n in range(workers)
    ]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_every_photo_gets_its_word_in_the_journal(storage_settings, tmp_path):
    async def work() -> None:
        bundle = bundles.make(tmp_path / "bundle", kabupaten=1, tps=3, contests=("ppwp", "pkwkp"))
        tps = bundle.tree.tps_kode(0)
        async with await open_storage(storage_settings) as storage:
            await received(storage, tps, 2, photo(2))
            await received(storage, tps, 3, photo(3))
            await received(storage, tps, 1, photo(3))
            await received(storage, tps, 1, b"\xff\xd8\xff\xe0 no photo at all")
            await received(storage, tps, 2, b"", kept=False)
            async with reading(bundle, storage):
                second, third, other, junk, gone = await readings(storage, 5)
            assert [e.fault for e in (second, third, other, junk, gone)] == [
                None, None, "E403", "scan.damaged", "scan.unreadable",
            ]  # fmt: skip
            assert (second.page, third.page, other.page, junk.page, gone.page) == (2, 3, 3, None, None)
            assert second.quality > 300
            assert len(second.model) == 64
            assert second.program == program()
            pages = [scores.decode(await storage.artefacts.get(e.scores or "")) for e in (second, third)]
            assert decode(bundle.contest("ppwp"), pages)[SUARA].figures == tuple(FIGURES.values())
            assert (await storage.renditions.get(second.rendition or "")).startswith(b"\xff\xd8\xff")
            assert (await storage.queue("pages").depth())["dead"] == 1
            assert junk.rendition is None

    asyncio.run(work())


def test_a_heic_photo_is_read_from_the_queue_to_the_journal(storage_settings, tmp_path):
    if not has_heic():
        pytest.skip("pillow-heif is absent: no HEIC can be written here")
    drawn = specimen.sample(FORM, 3, np.random.default_rng(3), 0.1, FIGURES, size=(1100, 1650)).jpeg
    pixels = cv2.cvtColor(cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)

    async def work() -> None:
        bundle = bundles.make(tmp_path / "bundle", kabupaten=1, tps=3)
        async with await open_storage(storage_settings) as storage:
            await received(storage, bundle.tree.tps_kode(0), 3, heic(pixels, quality=80))
            async with reading(bundle, storage):
                (found,) = await readings(storage, 1)
            assert (found.page, found.fault) == (3, None)
            page = scores.decode(await storage.artefacts.get(found.scores or ""))
            assert page.fields.keys() == {"suara_sah", "suara_tidak_sah", "suara_total"}
            assert (await storage.renditions.get(found.rendition or "")).startswith(b"\xff\xd8\xff")

    asyncio.run(work())


def test_two_readers_and_a_flush_read_each_photo_once(storage_settings, tmp_path):
    async def work() -> None:
        bundle = bundles.make(tmp_path / "bundle", kabupaten=1, tps=3)
        tps = bundle.tree.tps_kode(0)
        async with await open_storage(storage_settings) as storage:
            for page in (2, 3, 2, 3):
                await received(storage, tps, page, photo(page))
            async with reading(bundle, storage, workers=2):
                await readings(storage, 1)
                await storage.redis.flushall()
                found = await readings(storage, 4)
                await asyncio.sleep(0.5)
                assert await readings(storage, 4) == found
            assert [event.scan for event in found] == [1, 2, 3, 4]

    asyncio.run(work())


@pytest.mark.parametrize("mistake", [ZeroDivisionError("a mistake of ours"), OSError("a mistake of ours")])
def test_a_photo_that_breaks_the_reader_fails_alone(mistake, storage_settings, tmp_path, monkeypatch):
    batches: list[int] = []

    def read_many(self: PageReader, requests: list[Request], timed: object = None) -> list[PageReading]:
        batches.append(len(requests))
        if any(request.data == b"breaks it" for request in requests):
            raise mistake
        return [PageReading(2, None, 900) for _ in requests]

    monkeypatch.setattr(PageReader, "read_many", read_many)

    async def work() -> None:
        bundle = bundles.make(tmp_path / "bundle", kabupaten=1, tps=3)
        async with await open_storage(storage_settings) as storage:
            for n in range(6):
                await received(storage, bundle.tree.tps_kode(0), 2, b"breaks it" if n == 3 else b"%d" % n)
            async with reading(bundle, storage):
                found = await readings(storage, 6)
            assert [event.fault for event in found] == [None, None, None, "scan.unreadable", None, None]
            (dead,) = await storage.queue(worker.QUEUE).dead()
            assert dead.reason == f"{type(mistake).__name__}: a mistake of ours"
            assert batches[0] == 6

    asyncio.run(work())


def test_a_decoder_that_cannot_start_is_waited_for(storage_settings, tmp_path, monkeypatch):
    tries = iter((True, True, False))

    def read_many(self: PageReader, requests: list[Request], timed: object = None) -> list[PageReading]:
        if next(tries, False):
            raise DecoderAway(reason="no memory")
        return [PageReading(2, None, 900) for _ in requests]

    async def soon(seconds: float) -> None:
        await pause(seconds / 20)

    monkeypatch.setattr(PageReader, "read_many", read_many)
    monkeypatch.setattr(worker, "pause", soon)

    async def work() -> None:
        bundle = bundles.make(tmp_path / "bundle", kabupaten=1, tps=3)
        async with await open_storage(storage_settings) as storage:
            await received(storage, bundle.tree.tps_kode(0), 2, b"a photo")
            async with reading(bundle, storage):
                (found,) = await readings(storage, 1)
            assert found.fault is None
            assert (await storage.queue(worker.QUEUE).depth())["dead"] == 0

    asyncio.run(work())


@pytest.mark.parametrize(("what", "away"), [("get", GenericError("refused")), ("put", GenericError("refused")),
                                           ("get", IndexAway())])  # fmt: skip
def test_a_store_that_is_away_is_waited_for(what, away, storage_settings, tmp_path, monkeypatch):
    """However often it is asked: a bucket's bad minutes give up no photo."""
    left, work_of = iter([True] * 8), getattr(Store, what)

    async def refused(self: Store, given: object) -> object:
        if storing and next(left, False):
            raise away
        return await work_of(self, given)

    async def soon(seconds: float) -> None:
        await pause(seconds / 50)

    storing: list[bool] = []
    monkeypatch.setattr(
        PageReader, "read_many", lambda _, requests: [PageReading(2, None, 900, b"s") for _ in requests]
    )
    monkeypatch.setattr(Store, what, refused)
    monkeypatch.setattr(worker, "pause", soon)

    async def work() -> None:
        bundle = bundles.make(tmp_path / "bundle", kabupaten=1, tps=3)
        async with await open_storage(storage_settings) as storage:
            await received(storage, bundle.tree.tps_kode(0), 2, b"a photo")
            storing.append(True)
            async with reading(bundle, storage):
                (found,) = await readings(storage, 1)
            assert found.fault is None
            assert (await storage.queue(worker.QUEUE).depth())["dead"] == 0

    asyncio.run(work())


def test_a_long_wait_for_the_decoder_takes_photos_from_nobody(storage_settings, tmp_path, monkeypatch):
    away = True

    def read_many(self: PageReader, requests: list[Request], timed: object = None) -> list[PageReading]:
        if away:
            raise DecoderAway(reason="no memory")
        return [PageReading(2, None, 900) for _ in requests]

    monkeypatch.setattr(PageReader, "read_many", read_many)
    monkeypatch.setattr(worker, "ABANDONED", 1.0)

    async def work() -> None:
        nonlocal away
        bundle = bundles.make(tmp_path / "bundle", kabupaten=1, tps=3)
        async with await open_storage(storage_settings) as storage:
            await received(storage, bundle.tree.tps_kode(0), 2, b"a photo")
            async with reading(bundle, storage, workers=4):
                await asyncio.sleep(5)
                away = False
                (found,) = await readings(storage, 1)
            assert found.fault is None
            assert (await storage.queue(worker.QUEUE).depth())["dead"] == 0

    asyncio.run(work())


def test_a_reader_told_to_end_does_not_wait_for_a_decoder_that_hangs(storage_settings, tmp_path, monkeypatch):
    hanging = asyncio.Event()

    async def work() -> None:
        loop = asyncio.get_running_loop()
        start = process._Child.__init__

        def silent(self: process._Child, limits: Limits) -> None:
            start(self, limits)
            os.kill(self.pid, signal.SIGSTOP)
            loop.call_soon_threadsafe(hanging.set)

        monkeypatch.setattr(process._Child, "__init__", silent)
        bundle = bundles.make(tmp_path / "bundle", kabupaten=1, tps=3)
        async with await open_storage(storage_settings) as storage:
            await received(storage, bundle.tree.tps_kode(0), 2, photo(2))
            serving = asyncio.create_task(worker.serve(bundle, storage, consumer="c", clock=clock))
            await hanging.wait()
            await asyncio.sleep(0.2)
            serving.cancel()
            began = loop.time()
            await asyncio.wait([serving])
            assert loop.time() - began < 10
            assert serving.cancelled()

    asyncio.run(work())


def test_a_reader_told_to_end_ends_though_a_library_hides_it(storage_settings, tmp_path, monkeypatch):
    begun = asyncio.Event()

    async def hiding(self: Queue, consumer: str, n: int, wait: float = 1.0) -> list[Job]:
        begun.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return []

    monkeypatch.setattr(Queue, "take", hiding)

    async def work() -> None:
        bundle = bundles.make(tmp_path / "bundle", kabupaten=1, tps=3)
        async with await open_storage(storage_settings) as storage:
            serving = asyncio.create_task(worker.serve(bundle, storage, consumer="c", clock=clock))
            await begun.wait()
            serving.cancel()
            async with asyncio.timeout(10):
                await asyncio.wait([serving])
            assert serving.cancelled()

    asyncio.run(work())


class Killed(BaseException):
    """What a photo does to its reader that no handler catches."""


def test_a_photo_that_kills_its_reader_takes_no_other_with_it(storage_settings, tmp_path, monkeypatch):
    finished: list[int] = []

    async def finish(desk: worker._Desk, jobs: list[Job]) -> None:
        if any(job.number == 1 for job in jobs):
            raise Killed
        finished.extend(job.number for job in jobs)
        await desk.storage.queue(worker.QUEUE).done(*jobs)

    monkeypatch.setattr(worker, "_finish", finish)
    monkeypatch.setattr(worker, "ABANDONED", 0.1)
    monkeypatch.setattr(worker, "PAGE", 1)

    async def work() -> None:
        bundle = bundles.make(tmp_path / "bundle", kabupaten=1, tps=3)
        async with await open_storage(storage_settings) as storage:
            for n in range(4):
                await received(storage, bundle.tree.tps_kode(0), 2, b"%d" % n)
            queue = storage.queue(worker.QUEUE)
            await Feeder(queue, storage.journal("ppwp"), Order(bundle, "ppwp")).step()
            assert len(await queue.take("first", 4)) == 4  # and dies
            for life in range(5):
                desk = worker._Desk(bundle, storage, f"life {life}", clock, SimpleNamespace(model_sha256="m"), None)
                await asyncio.sleep(0.15)
                with contextlib.suppress(Killed, TimeoutError):
                    await asyncio.wait_for(worker._mend(desk, 0.05), 0.3)
            assert sorted(finished) == [2, 3, 4]
            assert [(event.scan, event.fault) for event in await readings(storage, 1)] == [(1, "scan.unreadable")]

    asyncio.run(work())
