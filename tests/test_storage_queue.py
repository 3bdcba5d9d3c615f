"""The work queue: urgent first, retried, given up, and made again from the journal after a flush."""

import asyncio
import time

import asyncpg
import pytest

from election.event import PageRead, ScanReceived
from storage.draft import Draft
from storage.embedded import start_valkey
from storage.feeder import Feeder
from storage.opened import Storage, open_storage
from storage.queue import FAIR, RANKS, Job, Queue, encode
from storage.settings import Settings

pytestmark = pytest.mark.servers
AT = "2024-02-14T12:00:00.000Z"


class ByPage:
    """A page's rank is told by its number; a reading of high quality settles the page."""

    def rank(self, scan: ScanReceived, again: bool) -> int:
        return 3 if again else {1: 1, 4: 2}.get(scan.page, 0)

    def settles(self, reading: PageRead) -> bool:
        return reading.quality > 500

    def place(self, tps: str, page: int) -> int:
        return int(tps) * 100 + page


def scan(page: int, tps: str = "1") -> Draft:
    return Draft(event=ScanReceived(tps=tps, at=AT, page=page, sha256=f"{page:064x}", size=1))


def read(number: int, page: int = 1, quality: int = 0) -> Draft:
    return Draft(
        event=PageRead(
            tps="1", at=AT, scan=number, page=page, fault=None, quality=quality, scores=None, rendition=None, model="m",
            program="p",
        )
    )  # fmt: skip


def in_storage(settings: Settings, work) -> None:
    async def run() -> None:
        async with await open_storage(settings) as storage:
            await work(storage)

    asyncio.run(run())


async def fed(storage: Storage, *drafts: Draft) -> tuple[Queue, Feeder]:
    await storage.journal("ppwp").append(*drafts)
    queue = storage.queue("pages")
    feeder = Feeder(queue, storage.journal("ppwp"), ByPage())
    await feeder.step()
    return queue, feeder


async def everything(queue: Queue, consumer: str = "c") -> list[int]:
    numbers = []
    while jobs := await queue.take(consumer, 100, 0.01):
        numbers += [job.number for job in jobs]
        await queue.done(*jobs)
    return sorted(numbers)


def test_what_is_received_and_not_read_is_work_and_votes_come_first(storage_settings):
    async def work(storage: Storage) -> None:
        queue, _ = await fed(storage, scan(1), scan(2), scan(1), scan(3), read(2))
        jobs = await queue.take("a", 2)
        assert [(job.number, job.page, job.contest, job.tps) for job in jobs] == [
            (4, 3, "ppwp", "1"),
            (1, 1, "ppwp", "1"),
        ]
        assert jobs[0].sha256 == f"{3:064x}"
        assert [job.number for job in await queue.take("b", 5)] == [3]
        await queue.done(*jobs)
        assert await queue.depth() == {"0": 0, "1": 1, "2": 0, "3": 0, "dead": 0}

    in_storage(storage_settings, work)


def test_another_photo_of_a_page_that_was_read_well_comes_last(storage_settings):
    async def work(storage: Storage) -> None:
        queue, feeder = await fed(
            storage, scan(2), scan(3), read(1, page=2, quality=900), read(2, page=3, quality=100), scan(2), scan(4)
        )
        await storage.journal("ppwp").append(scan(2, "2"), scan(3), scan(2))
        await feeder.step()
        assert [job.number for job in await queue.take("a", 10)] == [7, 8, 6, 5, 9]

    in_storage(storage_settings, work)


def test_nothing_waits_for_ever_behind_the_urgent(storage_settings):
    async def work(storage: Storage) -> None:
        queue, _ = await fed(storage)
        for rank, count in enumerate((200, 3, 3, 3)):
            for number in range(count):
                job = Job(number=number, contest="ppwp", tps="1", page=1, sha256="", rank=rank)
                await storage.redis.xadd(queue.stream(rank), encode(job))
        ranks = [(await queue.take("a", 1))[0].rank for _ in range(4 * FAIR * RANKS - 1)]
        assert [ranks.count(rank) for rank in range(RANKS)] == [4 * FAIR * RANKS - 1 - 9, 3, 3, 3]
        assert ranks[: FAIR - 1] == [0] * (FAIR - 1)

    in_storage(storage_settings, work)


def test_the_feeder_goes_on_where_it_was_and_several_feed_once(storage_settings):
    async def work(storage: Storage) -> None:
        queue, feeder = await fed(storage, scan(1), scan(2))
        assert not await feeder.step()
        await storage.journal("ppwp").append(scan(3))
        again = [Feeder(queue, storage.journal("ppwp"), ByPage()) for _ in range(4)]
        assert sorted(await asyncio.gather(*(one.step() for one in again))) == [False, False, False, True]
        assert await everything(queue) == [1, 2, 3]

    in_storage(storage_settings, work)


def test_a_flush_is_refilled_from_the_journal_while_everybody_works(storage_settings):
    async def work(storage: Storage) -> None:
        queue, feeder = await fed(storage, *(scan(i) for i in range(1, 41)))
        running = asyncio.create_task(feeder.run(poll=0.05))
        finished: set[int] = set()
        flushed = False
        deadline = time.monotonic() + 20
        while len(finished) < 60 and time.monotonic() < deadline:
            for job in await queue.take("worker", 5, 0.2):
                await storage.journal("ppwp").append(Draft(event=read(job.number).event, key=b"%d" % job.number))
                finished.add(job.number)
                await queue.done(job)
            if not flushed and len(finished) >= 15:
                await storage.journal("ppwp").append(*(scan(i) for i in range(20)))
                await storage.redis.flushall()
                flushed = True
        running.cancel()
        entries = await storage.journal("ppwp").read(0)
        scans = {entry.number for entry in entries if isinstance(entry.event, ScanReceived)}
        done = [entry.event.scan for entry in entries if isinstance(entry.event, PageRead)]
        assert flushed
        assert set(done) == scans == finished
        assert len(done) == 60

    in_storage(storage_settings, work)


def test_a_failed_job_is_tried_again_and_then_given_up_with_its_reason(storage_settings):
    async def work(storage: Storage) -> None:
        queue, _ = await fed(storage, scan(2))
        for attempt in range(3):
            (job,) = await queue.take("a", 1)
            assert job.attempts == attempt
            await queue.fail(job, f"reader.broke.{attempt}")
        assert await queue.take("a", 1, 0.01) == []
        (dead,) = await queue.dead()
        assert (dead.job.number, dead.reason) == (1, "reader.broke.2")
        assert await queue.depth() == {"0": 0, "1": 0, "2": 0, "3": 0, "dead": 1}

    in_storage(storage_settings, work)


def test_the_jobs_of_a_reader_that_died_go_to_another_and_a_deadly_one_is_given_up(storage_settings):
    async def work(storage: Storage) -> None:
        queue, _ = await fed(storage, scan(2), scan(1))
        assert len(await queue.take("dies", 2)) == 2
        assert await queue.reclaim("b", idle=60) == []
        for _ in range(2):
            assert [job.number for job in await queue.reclaim("b", idle=0)] == [1, 2]
        assert await queue.reclaim("c", idle=0) == []
        assert {dead.reason for dead in await queue.dead()} == {"reader.died"}
        assert await queue.depth() == {"0": 0, "1": 0, "2": 0, "3": 0, "dead": 2}

    in_storage(storage_settings, work)


def test_jobs_that_are_held_are_not_taken_for_dropped_ones(storage_settings):
    async def work(storage: Storage) -> None:
        queue, _ = await fed(storage, scan(2), scan(1))
        held, dropped = await queue.take("slow", 2)
        for _ in range(4):
            await asyncio.sleep(0.3)
            await queue.hold("slow", held)
        assert [job.number for job in await queue.reclaim("b", idle=1)] == [dropped.number]
        assert [job.number for job in await queue.reclaim("b", idle=0)] == [held.number, dropped.number]
        await queue.done(held)
        await queue.hold("slow", held)
        assert await queue.depth() == {"0": 0, "1": 1, "2": 0, "3": 0, "dead": 0}
        await storage.redis.flushall()
        await queue.hold("slow", held)

    in_storage(storage_settings, work)


def test_a_queue_nobody_has_filled_is_empty_and_waits_as_long_as_asked(storage_settings):
    async def work(storage: Storage) -> None:
        queue = storage.queue("nobody")
        start = time.monotonic()
        assert await queue.take("a", 1, 0.3) == []
        assert 0.25 < time.monotonic() - start < 2
        assert await queue.reclaim("a", 0) == []
        assert await queue.dead() == []

    in_storage(storage_settings, work)


def test_who_waits_gets_a_job_as_it_comes(storage_settings):
    async def work(storage: Storage) -> None:
        queue, feeder = await fed(storage, scan(1))
        await everything(queue)
        waiting = asyncio.create_task(queue.take("a", 1, 5))
        await asyncio.sleep(0.1)
        start = time.monotonic()
        await storage.journal("ppwp").append(scan(1))
        await feeder.step()
        assert len(await waiting) == 1
        assert time.monotonic() - start < 1

    in_storage(storage_settings, work)


def test_a_restart_of_the_server_is_survived(storage_settings, tmp_path):
    async def run() -> None:
        server = start_valkey(tmp_path / "valkey")
        settings = Settings(data_dir=tmp_path, database_url=storage_settings.database_url, redis_url=server.url)
        async with await open_storage(settings) as storage:
            queue, feeder = await fed(storage, scan(1))
            running = asyncio.create_task(feeder.run(poll=0.05))
            server.stop()
            assert await queue.take("a", 1, 0.2) == []
            await storage.journal("ppwp").append(scan(2))
            server = start_valkey(tmp_path / "valkey")
            numbers: set[int] = set()
            deadline = time.monotonic() + 10
            while numbers != {1, 2} and time.monotonic() < deadline:
                numbers |= {job.number for job in await queue.take("a", 5, 0.2)}
            assert numbers == {1, 2}
            running.cancel()
        server.stop()

    asyncio.run(run())


def test_a_feeder_told_to_end_ends_though_its_connection_hides_it(storage_settings, monkeypatch):
    async def work(storage: Storage) -> None:
        _, feeder = await fed(storage)
        begun = asyncio.Event()

        async def hiding() -> bool:
            begun.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                raise asyncpg.InterfaceError("pool is closed") from None
            return True

        monkeypatch.setattr(feeder, "step", hiding)
        running = asyncio.create_task(feeder.run(poll=0.01))
        await begun.wait()
        running.cancel()
        async with asyncio.timeout(5):
            await asyncio.wait([running])
        assert running.cancelled()

    in_storage(storage_settings, work)
