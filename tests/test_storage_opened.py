"""Opening storage: embedded or elsewhere, shared within a machine, and the bell that wakes readers."""

import asyncio
import time
from pathlib import Path

import pytest

from election.event import ScanReceived
from storage.draft import Draft
from storage.opened import Storage, open_storage
from storage.settings import Settings

pytestmark = pytest.mark.servers


def draft() -> Draft:
    return Draft(event=ScanReceived(tps="1", at="x", page=1, sha256="ab" * 32, size=1))


def test_addresses_come_from_the_environment_and_else_are_embedded():
    bare = Settings.from_environment(Path("d"), {"DATABASE_URL": ""})
    assert (bare.database_url, bare.redis_url, bare.scans_url) == (None, None, None)
    named = {"DATABASE_URL": "postgresql://db", "REDIS_URL": "redis://q", "SUARA_SCANS_URL": "s3://b/p"}
    full = Settings.from_environment(Path("d"), named)
    assert (full.database_url, full.redis_url, full.scans_url) == tuple(named.values())


def test_a_folder_is_all_it_takes_and_a_second_opening_shares_its_servers(tmp_path):
    async def run() -> None:
        settings = Settings(data_dir=tmp_path)
        async with await open_storage(settings) as storage:
            assert storage.database_url.endswith("/pg")
            async with await open_storage(settings) as second:
                assert (await second.journal("ppwp").append(draft()))[0].number == 1
            assert await storage.journal("ppwp").size() == 1  # the second one's closing stopped nothing
            assert await storage.redis.ping()
            stores = (storage.scans, storage.artefacts, storage.renditions)
            hashes = [await store.put(b"%d" % i) for i, store in enumerate(stores)]
            assert [await store.has(hashes[0]) for store in stores] == [True, False, False]
        assert {"pg", "valkey", "scans", "artefacts", "renditions"} <= {path.name for path in tmp_path.iterdir()}

    asyncio.run(run())


async def wakes_within(one: Storage, two: Storage, poll: float) -> float:
    """Seconds until a reader on `one` has what a writer on `two` appended."""
    after = await one.journal("ppwp").size()
    reader = asyncio.create_task(anext(one.journal("ppwp").follow(after, poll=poll)))
    await asyncio.sleep(0.2)
    start = time.monotonic()
    await two.journal("ppwp").append(draft())
    await reader
    return time.monotonic() - start


def test_a_reader_is_woken_by_a_writer_elsewhere_and_again_after_its_line_was_cut(storage_settings):
    async def run() -> None:
        async with await open_storage(storage_settings) as one, await open_storage(storage_settings) as two:
            assert await wakes_within(one, two, poll=30) < 5
            cut = await two.pool.fetch(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'suara listener'"
                " and datname = current_database()"
            )
            assert len(cut) == 1
            await asyncio.sleep(0.3)
            assert await wakes_within(one, two, poll=30) < 5

    asyncio.run(run())


def test_a_lost_ring_delays_a_reader_by_its_poll_and_no_longer(storage_settings, monkeypatch):
    async def run() -> None:
        async with await open_storage(storage_settings) as one, await open_storage(storage_settings) as two:
            monkeypatch.setattr(two._bell, "ring", lambda _: None)
            two.journal("ppwp")._writer._ring = two._bell.ring
            assert await wakes_within(one, two, poll=0.4) < 3

    asyncio.run(run())


def test_waiting_answers_whether_there_is_more(storage_settings):
    async def run() -> None:
        async with await open_storage(storage_settings) as storage:
            journal = storage.journal("ppwp")
            assert not await journal.wait(0, 0.1)
            waiting = asyncio.create_task(journal.wait(0, 10))
            await asyncio.sleep(0.05)
            await journal.append(draft())
            assert await waiting
            assert await journal.wait(0, 10)

    asyncio.run(run())
