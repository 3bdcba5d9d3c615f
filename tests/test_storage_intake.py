"""The intake keeps its promise: what it acknowledged is on the disk, in the journal and under a signature."""

import asyncio
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from intake_scene import SMALL, STEPS, Failing, intake, photo

from storage.draft import Outcome
from storage.errors import ScanMissing
from storage.intake.errors import DiskFull, WriteFailed
from storage.intake.packs import Packs
from storage.opened import open_storage
from storage.settings import Settings
from tlog.receipt import verify

pytestmark = pytest.mark.servers
ROOT = Path(__file__).parents[1]


def sender(settings: Settings, first: int, last: int, step: str = "", after: int = 1) -> subprocess.Popen[str]:
    """A process that keeps photos first … last − 1, and dies at `step`."""
    given = [settings.data_dir, settings.database_url, settings.redis_url, step, after, first, last]
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tests/intake_scene.py"), *map(str, given)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
    )  # fmt: skip


async def holds(settings: Settings, acknowledged: dict[int, int]) -> None:
    """Every photo acknowledged is there whole, and its event under its number."""
    async with await open_storage(settings) as storage:
        entries = await storage.journal("ppwp").read(0)
        assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
        for number, place in acknowledged.items():
            one = photo(number)
            assert entries[place - 1].event == one.event
            assert await storage.scans.get(one.event.sha256) == one.data
            assert await storage.scans.has(one.event.sha256)


def told(process: subprocess.Popen[str]) -> dict[int, int]:
    """What a sender said was acknowledged: photo → number."""
    out, _ = process.communicate(timeout=60)
    return {int(line.split()[0]): int(line.split()[1]) for line in out.splitlines() if line.count(" ") == 2}


def test_a_photo_kept_is_on_the_disk_in_the_journal_and_receipted(storage_settings):
    async def story() -> None:
        async with await open_storage(storage_settings) as storage:
            async with intake(storage) as own:
                kept = await asyncio.gather(*(own.keep(photo(number)) for number in range(40)))
                numbers = sorted(one.number for one in kept)
                assert numbers == list(range(1, 41))
                verifier = own._signer.verifier
                for number, one in enumerate(kept):
                    sent = photo(number)
                    receipt = verify(one.receipt, verifier)
                    assert (receipt.number, receipt.sha256) == (one.number, sent.event.sha256)
                    assert await storage.scans.get(sent.event.sha256) == sent.data
                again = await own.keep(photo(7))
                assert (again.outcome, again.number) == (Outcome.DUPLICATE, kept[7].number)
                assert verify(again.receipt, verifier) == verify(kept[7].receipt, verifier)
                other = await own.keep(photo(7, page=3))
                assert (other.outcome, other.number, other.receipt) == (Outcome.CONFLICT, kept[7].number, "")
                lost = await own.again("ppwp", kept[3].number)
                assert lost is not None
                assert verify(lost.receipt, verifier) == verify(kept[3].receipt, verifier)
                assert await own.again("ppwp", 999) is None
            with pytest.raises(ScanMissing):
                await storage.scans.get("00" * 32)

    asyncio.run(story())


@pytest.mark.parametrize("step", STEPS)
def test_an_acknowledged_photo_survives_a_kill_at_any_step(storage_settings, step):
    first = sender(storage_settings, 0, 60, step, after=2)
    acknowledged = told(first)
    assert first.returncode == -9
    asyncio.run(holds(storage_settings, acknowledged))
    again = told(sender(storage_settings, 0, 60))
    assert len(again) == 60 and acknowledged.items() <= again.items()
    asyncio.run(holds(storage_settings, again))


def test_two_processes_keep_side_by_side_and_find_each_other_s_photos(storage_settings):
    processes = [sender(storage_settings, 0, 50), sender(storage_settings, 50, 100), sender(storage_settings, 40, 60)]
    answers = [told(process) for process in processes]
    assert all(process.returncode == 0 for process in processes)
    everything = answers[0] | answers[1] | answers[2]
    assert sorted(everything.values()) == list(range(1, 101))
    assert all(everything[number] == place for answer in answers for number, place in answer.items())
    asyncio.run(holds(storage_settings, everything))


def test_a_photo_is_found_from_outside_before_the_index_has_it(storage_settings, monkeypatch):
    from storage.intake.index import Index

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "no")

    monkeypatch.setattr(Index, "add", refuse)

    async def story() -> None:
        async with await open_storage(storage_settings) as storage, intake(storage) as own:
            await asyncio.gather(*(own.keep(photo(number)) for number in range(30)))
            outside = Packs(storage.packs.folder)
            assert all(outside.get(bytes.fromhex(photo(n).event.sha256)) == photo(n).data for n in range(30))
            outside.close()
        monkeypatch.undo()
        async with await open_storage(storage_settings) as storage, intake(storage) as own:
            await own.keep(photo(99))
            assert await storage.scans.get(photo(3).event.sha256) == photo(3).data

    asyncio.run(story())
    asyncio.run(holds(storage_settings, {}))


def test_an_index_that_was_deleted_is_made_again_from_the_packs(storage_settings):
    acknowledged = told(sender(storage_settings, 0, 40))
    for path in (storage_settings.data_dir / "packs").glob("index.db*"):
        path.unlink()

    async def story() -> None:
        async with await open_storage(storage_settings) as storage:
            async with intake(storage):
                pass  # takes up what lies there
            assert not storage.packs.index.open()

    asyncio.run(story())
    asyncio.run(holds(storage_settings, acknowledged))


def test_packs_give_back_the_room_they_do_not_use(storage_settings):
    told(sender(storage_settings, 0, 60))
    packs = list((storage_settings.data_dir / "packs").glob("*.pack"))
    assert len(packs) > 2
    assert sum(path.stat().st_size for path in packs) < 60 * (100_000 + 8192) + len(packs) * 8192


@pytest.mark.parametrize(("code", "error"), [(errno.EIO, WriteFailed), (errno.ENOSPC, DiskFull)])
def test_a_failed_write_answers_its_own_photos_and_the_next_ones_are_kept(storage_settings, code, error):
    async def story() -> None:
        disk = Failing(lambda what, count: code if what == "write" and count == 2 else None)
        async with await open_storage(storage_settings) as storage, intake(storage, disk) as own:
            await own.keep(photo(0))
            results = await asyncio.gather(*(own.keep(photo(n)) for n in range(1, 4)), return_exceptions=True)
            assert {type(result) for result in results} == {error}
            assert await storage.journal("ppwp").size() == 1
            kept = await asyncio.gather(*(own.keep(photo(number)) for number in range(1, 30)))
            assert all(one.outcome is Outcome.APPENDED for one in kept)
            for number in range(30):
                assert await storage.scans.get(photo(number).event.sha256) == photo(number).data

    asyncio.run(story())


@pytest.mark.parametrize("code", [errno.ESTALE, errno.EWOULDBLOCK])
def test_a_new_pack_that_was_taken_for_a_dead_one_s_is_made_again_under_another_name(storage_settings, code):
    async def story() -> None:
        disk = Failing(lambda what, count: code if what == "make" and count <= 3 else None)
        async with await open_storage(storage_settings) as storage, intake(storage, disk) as own:
            kept = await asyncio.gather(*(own.keep(photo(number)) for number in range(30)))
            assert all(one.outcome is Outcome.APPENDED for one in kept)

    asyncio.run(story())


def test_a_disk_that_fills_up_refuses_and_takes_photos_again_once_there_is_room(storage_settings):
    async def story() -> None:
        full = [False]
        disk = Failing(lambda what, _: errno.ENOSPC if full[0] and what == "make" else None)
        async with await open_storage(storage_settings) as storage, intake(storage, disk) as own:
            kept, number = [], 0
            await own.keep(photo(number))
            full[0] = True
            while number < 200:
                number += 1
                try:
                    kept.append((await own.keep(photo(number))).number)
                except DiskFull:
                    break
            assert kept and number < 200
            with pytest.raises(DiskFull):
                await own.keep(photo(number))
            full[0] = False
            await asyncio.sleep(1.1)  # no second try within a second
            await own.keep(photo(number))
            assert await storage.journal("ppwp").size() == len(kept) + 2

    asyncio.run(story())


def test_a_sender_that_goes_away_takes_its_photo_back_or_leaves_it_whole(storage_settings):
    async def story() -> None:
        async with await open_storage(storage_settings) as storage, intake(storage) as own:
            tasks = [asyncio.create_task(own.keep(photo(number))) for number in range(50)]
            await asyncio.sleep(0.005)
            for task in tasks[::2]:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert not [one for one in results[1::2] if isinstance(one, BaseException)]
            for entry in await storage.journal("ppwp").read(0):
                assert await storage.scans.has(entry.event.sha256)
            assert (await own.keep(photo(0))).outcome in (Outcome.APPENDED, Outcome.DUPLICATE)

    asyncio.run(story())


def test_the_same_photo_under_many_ids_lies_there_once(storage_settings):
    async def story() -> None:
        async with await open_storage(storage_settings) as storage:
            async with intake(storage) as own:
                one = photo(1)
                many = [type(one)(os.urandom(21), one.digest, one.data, one.event, "ppwp") for _ in range(20)]
                kept = await asyncio.gather(*map(own.keep, many))
                assert sorted(found.number for found in kept) == list(range(1, 21))
            assert sum(path.stat().st_size for path in storage.packs.folder.glob("*.pack")) < 120_000

    asyncio.run(story())


def test_a_photo_larger_than_a_pack_gets_one_of_its_own(storage_settings):
    async def story() -> None:
        async with await open_storage(storage_settings) as storage, intake(storage) as own:
            large = photo(1, size=SMALL.largest + 100_000)
            await asyncio.gather(own.keep(photo(2)), own.keep(large), own.keep(photo(3)))
            for one in (photo(2), large, photo(3)):
                assert await storage.scans.get(one.event.sha256) == one.data

    asyncio.run(story())
