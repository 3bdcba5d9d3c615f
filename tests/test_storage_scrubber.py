"""The scrubber that looks all the time: each change in SQL is found at the next look, by its number."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from election.event import ScanReceived
from publisher.log.growth import Growth
from publisher.log.head import Heads
from storage import findings, sweep
from storage.draft import Draft
from storage.logs import LogFiles
from storage.opened import Storage, open_storage
from storage.scrubber import Scrubber
from tlog import note

pytestmark = pytest.mark.servers
SIGNER = note.Signer("example.invalid/ppwp", note.Algorithm.ED25519, bytes(range(32)))
SIZE = 700


class Unwitnessed:
    """No witness, and none asked for: what is signed is all that matters here."""

    async def cosign(self, *_: object) -> list[note.Signature]:
        return []

    def enough(self, _note: str) -> bool:
        return True


def drafts(start: int, count: int) -> list[Draft]:
    return [
        Draft(event=ScanReceived(tps=f"{k}", at="2024-02-14T12:00:00.000Z", page=1, sha256=f"{k:064x}", size=9))
        for k in range(start, start + count)
    ]


@asynccontextmanager
async def logged(settings, folder: Path) -> AsyncIterator[tuple[Storage, Scrubber, Growth]]:
    """A journal of `SIZE` entries with its public log, and some entries that the log has not taken up."""
    async with await open_storage(settings) as storage:
        journal = storage.journal("ppwp")
        await journal.append(*drafts(0, SIZE))
        heads = Heads(folder / "heads" / "ppwp", SIGNER)
        growth = Growth(journal, storage.log("ppwp"), heads, Unwitnessed(), lambda: True)  # type: ignore[arg-type]
        await growth.step()
        await journal.append(*drafts(SIZE, 40))
        yield storage, Scrubber(storage.pool, "ppwp", storage.log("ppwp")), growth


@asynccontextmanager
async def intruder(storage: Storage) -> AsyncIterator[asyncpg.Connection]:
    """A connection for which the journal's triggers do not run. It hangs up, so that its counts are known at once."""
    line = await asyncpg.connect(storage.database_url)
    await line.execute("set session_replication_role = replica")
    yield line
    await line.close()


REWRITE = """
update journal.event set leaf = convert_to(replace(convert_from(leaf, 'UTF8'), '"size":9', '"size":8'), 'UTF8')
where number = $1"""
REHASH = "update journal.event set leaf_hash = sha256('\\x00'::bytea || leaf) where number = $1"

CHANGES: dict[str, tuple[list[str], int, set[tuple[str, int]]]] = {
    "a leaf": ([REWRITE], 300, {(sweep.HASH_DIFFERS, 300), (sweep.REWRITTEN, 300), (sweep.TOUCHED, 1)}),
    "a leaf with its hash": (
        [REWRITE, REHASH], 300,
        {(sweep.DIFFERS_FROM_LOG, 300), (sweep.REWRITTEN, 300), (sweep.TOUCHED, 2)},
    ),
    "a column": (
        ["update journal.event set tps = '9' where number = $1"], 7, {(sweep.REWRITTEN, 7), (sweep.TOUCHED, 1)}
    ),
    "beyond the head": ([REWRITE, REHASH], SIZE + 20, {(sweep.REWRITTEN, SIZE + 20), (sweep.TOUCHED, 2)}),
    "the last entry": ([REWRITE, REHASH], SIZE + 40, {(sweep.TOUCHED, 2)}),
    "a row taken away": (
        ["delete from journal.event where number = $1"], 513, {(sweep.MISSING, 513), (sweep.TOUCHED, 1)}
    ),
    "a submission": (["delete from journal.submission where number = $1"], 5, {(sweep.TOUCHED, 1)}),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("before", [True, False], ids=["seen before", "at the first look"])
def test_a_change_in_sql_is_found_at_the_next_look(storage_settings, tmp_path, what, before):
    statements, number, expected = CHANGES[what]

    async def run() -> None:
        async with logged(storage_settings, tmp_path) as (storage, scrubber, _):
            if before:
                assert await scrubber.look() == []
                assert await scrubber.look() == []
            async with intruder(storage) as line:
                for statement in statements:
                    assert (await line.execute(statement, number)).endswith(" 1")
            found = {(one.what, one.number) for one in await scrubber.look()}
            assert found == expected
            told = {one.what: one.count for one in await findings.open_findings(storage.pool, "ppwp")}
            assert told == dict.fromkeys((what for what, _ in expected), 1)
            assert await scrubber.look() == []  # said once

    asyncio.run(run())


def test_a_change_that_the_server_did_not_count_is_found_within_a_round(storage_settings, tmp_path):
    async def run() -> None:
        async with logged(storage_settings, tmp_path) as (storage, scrubber, _):
            assert await scrubber.look() == []
            async with intruder(storage) as line:
                await line.execute("set track_counts = off")
                await line.execute("update journal.event set tps = '9' where number = 7")
            found = {(one.what, one.number) for _ in range(2) for one in await scrubber.look()}
            assert found == {(sweep.REWRITTEN, 7)}

    asyncio.run(run())


def test_tables_that_are_packed_anew_are_no_findings(storage_settings, tmp_path):
    async def run() -> None:
        async with logged(storage_settings, tmp_path) as (storage, scrubber, _):
            assert await scrubber.look() == []
            for statement in ("vacuum (freeze) journal.event", "vacuum (full) journal.event", "vacuum journal.event",
                              "analyze journal.event", "select pg_stat_reset()"):  # fmt: skip
                await storage.pool.execute(statement)
                assert (
                    await scrubber.look() == []
                    and await Scrubber(storage.pool, "ppwp", storage.log("ppwp")).look() == []
                )
            await storage.journal("ppwp").append(*drafts(5000, 3))
            assert await scrubber.look() == [] and await scrubber.look() == []

    asyncio.run(run())


def test_writers_beside_each_other_and_a_growing_log_are_no_findings(storage_settings, tmp_path):
    async def run() -> None:
        async with logged(storage_settings, tmp_path) as (storage, scrubber, growth):
            async with await open_storage(storage_settings) as other:
                journals = [storage.journal("ppwp"), other.journal("ppwp")]

                async def write(start: int) -> None:
                    for k in range(start, start + 200):
                        await journals[k % 2].append(*drafts(k, 1))

                async def publish() -> None:
                    for _ in range(10):
                        await growth.step()
                        await asyncio.sleep(0.02)

                writing = asyncio.gather(*(write(k) for k in range(1000, 5000, 500)), publish())
                while not writing.done():
                    assert await Scrubber(storage.pool, "ppwp", storage.log("ppwp")).look() == []
                    assert await scrubber.look() == []
                await writing
                size = await journals[0].size()
                async with storage.pool.acquire() as line:
                    assert await sweep.rewritten(line, "ppwp", 0, size) == []
            assert await findings.open_findings(storage.pool, "ppwp") == []

    asyncio.run(run())


def test_what_was_put_right_is_over_and_what_a_person_saw_is_not_told_again(storage_settings, tmp_path):
    async def run() -> None:
        async with logged(storage_settings, tmp_path) as (storage, scrubber, _):
            await scrubber.look()
            async with intruder(storage) as line:
                await line.execute("update journal.event set leaf_hash = sha256('x') where number = 2")
            await scrubber.look()
            async with intruder(storage) as line:
                await line.execute(REHASH, 2)
            for _ in range(3):
                await scrubber.look()
            still = {one.what for one in await findings.open_findings(storage.pool, "ppwp")}
            assert still == {sweep.REWRITTEN, sweep.TOUCHED}
            await findings.close(storage.pool, "ppwp")
            assert await Scrubber(storage.pool, "ppwp", storage.log("ppwp")).look() == []
            assert await findings.open_findings(storage.pool, "ppwp") == []

    asyncio.run(run())


def test_what_could_not_be_written_down_is_found_again(storage_settings, tmp_path, monkeypatch):
    async def run() -> None:
        async with logged(storage_settings, tmp_path) as (storage, scrubber, _):
            await scrubber.look()
            async with intruder(storage) as line:
                await line.execute(*CHANGES["a submission"][0], 5)
            with monkeypatch.context() as away:
                away.setattr(findings, "note", lambda *_: (_ for _ in ()).throw(ConnectionResetError()))
                with pytest.raises(ConnectionResetError):
                    await scrubber.look()
            assert [one.what for one in await scrubber.look()] == [sweep.TOUCHED]

    asyncio.run(run())


def test_a_whole_look_in_the_middle_of_a_round_begins_it_again(storage_settings, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep, "PIECE", 256)

    async def run() -> None:
        async with logged(storage_settings, tmp_path) as (storage, scrubber, _):
            for _ in range(2):  # the whole journal, then the first piece of a round
                await scrubber.look()
            async with intruder(storage) as line:
                await line.execute("update journal.event set leaf_hash = sha256('x') where number = 2")
            told = [{one.what for one in await scrubber.look()} for _ in range(6)]
            assert sweep.DIFFERS_FROM_LOG in told[0]
            assert told[1:] == [set()] * 5, "ended with the round, and found again in the next"

    asyncio.run(run())


def test_a_published_tile_that_was_changed_is_found_as_well(storage_settings, tmp_path):
    async def run() -> None:
        async with logged(storage_settings, tmp_path) as (storage, scrubber, _):
            await scrubber.look()
            files: LogFiles = storage.log("ppwp")
            tile = bytearray(files.read("tile/0/001") or b"")
            tile[40] ^= 1
            files.write("tile/0/001", bytes(tile))
            assert {(one.what, one.number) for one in await scrubber.look()} == {(sweep.DIFFERS_FROM_LOG, 258)}

    asyncio.run(run())


def test_every_finding_has_words():
    codes = {getattr(sweep, name) for name in ("DIFFERS_FROM_LOG", "HASH_DIFFERS", "MISSING", "REWRITTEN", "TOUCHED")}
    assert codes < set(findings.WORDS)
