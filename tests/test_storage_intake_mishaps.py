"""Rare mishaps around packs: an index that is locked for a moment, two processes at one new pack, torn records."""

import asyncio
import fcntl
import os
import sqlite3
import time
from hashlib import sha256
from pathlib import Path

import pytest
from intake_scene import intake, photo

from storage.embedded import start_postgres
from storage.errors import JournalUnavailable
from storage.intake.disk import Disk
from storage.intake.errors import WriteFailed
from storage.intake.index import Index
from storage.intake.pack import Pack
from storage.intake.packs import SUFFIX, Packs
from storage.intake.record import BLOCK, front, nonce_of, rounded
from storage.journal import Journal, Limits
from storage.opened import open_storage
from storage.settings import Settings

SIZE = 1 << 20


@pytest.mark.servers
def test_an_index_that_fails_for_a_moment_stops_nobody_for_longer(storage_settings, monkeypatch):
    async def story() -> None:
        locked, enter = [False], Index.enter

        def entered(self: Index, pack: str) -> None:
            if locked[0]:
                raise sqlite3.OperationalError("database is locked")
            enter(self, pack)

        monkeypatch.setattr(Index, "enter", entered)
        async with await open_storage(storage_settings) as storage, intake(storage) as own:
            await own.keep(photo(0))
            locked[0], number = True, 0
            with pytest.raises(WriteFailed):
                while True:
                    number += 1
                    await own.keep(photo(number))
            locked[0] = False
            await asyncio.sleep(1.1)  # no second try within a second
            await own.keep(photo(number))
            assert await storage.scans.get(photo(number).event.sha256) == photo(number).data
            known = own._shelf._packs.index.known()
            lying = {path.name for path in storage.packs.folder.glob(f"*{SUFFIX}")}
            assert lying == known, "a pack that could not be entered is given back"

    asyncio.run(story())


def test_a_new_pack_that_another_process_took_for_a_dead_one_is_not_filled(tmp_path: Path, monkeypatch):
    """Between making the file and locking it, a process that starts may find it, empty and unlocked."""
    others, flock, looked = Packs(tmp_path), fcntl.flock, []

    def slow(descriptor: int, how: int) -> None:
        if not looked:
            looked.append(True)
            others.take_up()
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", slow)
    with pytest.raises(OSError):
        Pack(tmp_path / f"1{SUFFIX}", SIZE, Disk(reserve=0))
    assert not list(tmp_path.glob(f"*{SUFFIX}"))
    Pack(tmp_path / f"2{SUFFIX}", SIZE, Disk(reserve=0)).seal()


def test_half_a_record_at_an_open_end_is_not_taken_for_the_photo(tmp_path: Path):
    """A killed process leaves a head whose photo never came; the photo itself lies in another process's pack."""
    packs, data = Packs(tmp_path), b"\xff\xd8\xff" + os.urandom(50_000)
    digest = sha256(data).digest()
    for name, whole in (("1", False), ("2", True)):
        pack = Pack(tmp_path / f"{name}{SUFFIX}", SIZE, Disk(reserve=0))
        packs.index.enter(pack.path.name)
        nonce = nonce_of(pack.path.read_bytes()[:BLOCK])
        record = front(nonce, 1, b"key", b"note", len(data), digest).ljust(BLOCK, b"\0") + (data if whole else b"")
        with pack.path.open("r+b") as file:
            file.seek(BLOCK)
            file.write(record.ljust(rounded(len(record)), b"\0"))
    assert packs.get(digest) == data


def test_an_empty_pack_that_another_process_took_up_does_not_stop_the_index(tmp_path: Path):
    index = Index(tmp_path / "index.db")
    index.add("gone.pack", [], sealed=True)
    assert not index.open()


@pytest.mark.servers
def test_an_intake_closes_while_the_database_is_away(servers, tmp_path, monkeypatch):
    """Whoever still waits for the journal then was not acknowledged; a supervisor would kill us a little later."""
    init = Journal.__init__
    monkeypatch.setattr(Journal, "__init__", lambda self, *given: init(self, *given, Limits(patience=120)))

    async def story() -> None:
        database = start_postgres(tmp_path / "pg")
        settings = Settings(data_dir=tmp_path, database_url=database.url, redis_url=servers.redis_url)
        async with await open_storage(settings) as storage, intake(storage) as own:
            await own.keep(photo(0))
            database.stop()
            waiting = [asyncio.create_task(own.keep(photo(number))) for number in range(1, 4)]
            await asyncio.sleep(0.5)
            begun = time.monotonic()
        assert time.monotonic() - begun < 60
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(answer) for answer in answers} == {JournalUnavailable}

    asyncio.run(story())
