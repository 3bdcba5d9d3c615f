"""Writers that overlap, stop, die and lose their line: nothing is skipped, nothing is twice, nobody waits long."""

import asyncio
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from election.event import BlockHeld, ScanReceived
from storage import connect
from storage.draft import Appended, Draft, Entry, Outcome
from storage.embedded import start_postgres
from storage.opened import Storage, open_storage
from storage.settings import Settings

pytestmark = pytest.mark.servers
ROOT = Path(__file__).resolve().parents[1]
AT = "2024-02-14T12:00:00.000Z"
RAW = """select * from journal.append('ppwp', array[$1::bytea], array[null::bytea], array['scan_received'],
    array['1'], array[null], array[null::bigint], array['x'], array[$2::bytea], array[sha256('\\x00'::bytea || $2)],
    array[null::bytea])"""


def scan(size: int = 1, tps: str = "1") -> ScanReceived:
    return ScanReceived(tps=tps, at=AT, page=1, sha256="ab" * 32, size=size)


def held(replaces: int, tps: str, mark: int = 0) -> BlockHeld:
    return BlockHeld(
        tps=tps, at=AT, block="suara", replaces=replaces, figures=(mark,), scans=(), reading=0, salt=None, read=None,
        reasons=("E301",), policy="test",
    )  # fmt: skip


async def collect(storage: Storage, into: list[Entry], until: int) -> None:
    """A reader with its own cursor, until it has seen number `until`."""
    async for entries in storage.journal("ppwp").follow(0, poll=0.05):
        into += entries
        if into[-1].number >= until:
            return


@pytest.mark.parametrize("ending", ["commit", "rollback"])
def test_no_reader_skips_the_transaction_that_commits_later(storage_settings, ending):
    async def run() -> None:
        async with await open_storage(storage_settings) as storage, await open_storage(storage_settings) as other:
            journal = storage.journal("ppwp")
            await journal.append(Draft(event=scan()))
            seen: list[Entry] = []
            reader = asyncio.create_task(collect(storage, seen, 3 if ending == "commit" else 2))
            slow = await connect.connection(storage_settings.database_url, "slow")
            transaction = slow.transaction()
            await transaction.start()
            first = await slow.fetchrow(RAW, b"slow", b'{"slow":1}')
            assert first["numbers"] == [2]
            fast = asyncio.create_task(other.journal("ppwp").append(Draft(event=scan(7))))
            for _ in range(20):  # the second writer has every chance to be seen first
                await asyncio.sleep(0.02)
                assert [entry.number for entry in seen] == [1]
                assert not fast.done()
            await (transaction.commit() if ending == "commit" else transaction.rollback())
            (answer,) = await asyncio.wait_for(fast, 5)
            await asyncio.wait_for(reader, 5)
            assert answer.number == (3 if ending == "commit" else 2)
            assert [entry.number for entry in seen] == list(range(1, answer.number + 1))
            assert seen[-1].event == scan(7)
            await slow.close()

    asyncio.run(run())


WRITER = """
import asyncio, sys
from pathlib import Path
from election.event import ScanReceived
from storage.draft import Draft
from storage.opened import open_storage
from storage.settings import Settings

async def main():
    settings = Settings(data_dir=Path(sys.argv[1]), database_url=sys.argv[2], redis_url=sys.argv[3])
    async with await open_storage(settings) as storage:
        event = ScanReceived(tps="2", at="x", page=1, sha256="cd" * 32, size=1)
        while True:
            await storage.journal("ppwp").append(*(Draft(event=event) for _ in range(1500)))
            print("batch", flush=True)

asyncio.run(main())
"""

ROGUE = """
import asyncio, sys
from storage import connect

async def main():
    line = await connect.connection(sys.argv[2], "rogue")
    await line.execute("begin")
    await line.execute("update journal.head set size = size where journal = 'ppwp'")
    print("holding", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def child(program: str, settings: Settings) -> subprocess.Popen[str]:
    arguments = [str(settings.data_dir), settings.database_url, settings.redis_url]
    return subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT)


async def longest_append(storage: Storage, seconds: float) -> float:
    longest, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        await storage.journal("ppwp").append(Draft(event=scan()))
        longest = max(longest, time.monotonic() - start)
    return longest


def test_a_writer_stopped_in_mid_batch_delays_others_by_seconds_at_most(storage_settings):
    async def run() -> None:
        async with await open_storage(storage_settings) as storage:
            await storage.journal("ppwp").append(Draft(event=scan()))
            writer = child(WRITER, storage_settings)
            rng = random.Random(1)
            delays = []
            try:
                writer.stdout.readline()
                for _ in range(6):
                    await asyncio.sleep(rng.random() / 10)
                    os.kill(writer.pid, signal.SIGSTOP)
                    delays.append(await longest_append(storage, 0.3))
                    os.kill(writer.pid, signal.SIGCONT)
            finally:
                writer.kill()
                writer.wait()
            assert max(delays) < 7
            size = await storage.journal("ppwp").size()
            count = await storage.pool.fetchval("select count(*) from journal.event where journal = 'ppwp'")
            assert size == count > 1500

    asyncio.run(run())


def test_a_stopped_process_that_holds_the_lock_in_a_transaction_loses_it(storage_settings):
    async def run() -> None:
        async with await open_storage(storage_settings) as storage:
            await storage.journal("ppwp").append(Draft(event=scan()))
            rogue = child(ROGUE, storage_settings)
            try:
                assert rogue.stdout.readline() == "holding\n"
                os.kill(rogue.pid, signal.SIGSTOP)
                assert 1 < await longest_append(storage, 0.1) < 8
            finally:
                rogue.kill()
                rogue.wait()

    asyncio.run(run())


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def test_a_client_that_falls_silent_before_its_commit_loses_the_lock(storage_settings):
    """The narrowest place to be stopped in: the statement has run and the message that commits it never comes."""
    sql = RAW.replace("$1", "'k'").replace("$2", "'{}'")

    async def run() -> None:
        async with await open_storage(storage_settings) as storage:
            await storage.journal("ppwp").append(Draft(event=scan()))
            folder = storage_settings.database_url.partition("host=")[2]
            database = storage_settings.database_url.partition("@/")[2].partition("?")[0]
            facts = {"user": "suara", "database": database, **connect.WRITER}
            startup = b"".join(f"{k}\0{v}\0".encode() for k, v in facts.items()) + b"\0"
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(f"{folder}/.s.PGSQL.5432")
                line.sendall(message(b"", struct.pack("!i", 3 << 16) + startup))
                line.sendall(message(b"P", b"\0" + sql.encode() + b"\0\0\0"))
                line.sendall(
                    message(b"B", b"\0\0" + b"\0\0" * 3) + message(b"E", b"\0" + b"\0" * 4) + message(b"H", b"")
                )
                while b"SELECT 1" not in line.recv(65536):  # it has run, and holds the journal's head
                    pass
                assert 1 < await longest_append(storage, 0.1) < 8
            assert await storage.journal("ppwp").find(b"k") is None

    asyncio.run(run())


async def terminate_writers(storage: Storage, stop: asyncio.Event, rng: random.Random) -> int:
    killed = 0
    while not stop.is_set():
        killed += len(
            await storage.pool.fetch(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'suara writer%'"
                " and datname = current_database()"
            )
        )
        # on a busy machine a new connection's first append takes longer than any pause
        await storage.journal("ppwp").wait(await storage.journal("ppwp").size(), 5)
        await asyncio.sleep(0.02 + rng.random() / 20)
    return killed


def test_lost_connections_lose_and_double_nothing(storage_settings):
    async def run() -> None:
        async with await open_storage(storage_settings) as storage, await open_storage(storage_settings) as other:
            stop, rng = asyncio.Event(), random.Random(2)
            killer = asyncio.create_task(terminate_writers(storage, stop, rng))
            journals = [storage.journal("ppwp"), other.journal("ppwp")]

            async def send(i: int) -> Appended:
                await asyncio.sleep(i / 1000)
                draft = Draft(event=scan(i), key=b"%d" % i if i % 2 else None, digest=sha256(b"%d" % i).digest())
                return (await journals[i % 3 // 2].append(draft))[0]

            answers = await asyncio.gather(*(send(i) for i in range(1500)))
            stop.set()
            assert await killer > 5
            entries = await storage.journal("ppwp").read(0, 10_000)
            assert [entry.event.size for entry in sorted(entries, key=lambda e: e.event.size)] == list(range(1500))
            for i, answer in enumerate(answers):
                assert answer.outcome is not Outcome.CONFLICT
                assert entries[answer.number - 1].event.size == i

    asyncio.run(run())


def test_a_restart_of_the_database_is_survived(tmp_path, storage_settings):
    async def run() -> None:
        server = start_postgres(tmp_path / "pg")
        settings = Settings(data_dir=tmp_path, database_url=server.url, redis_url=storage_settings.redis_url)
        async with await open_storage(settings) as storage:
            seen: list[Entry] = []
            await storage.journal("ppwp").append(Draft(event=scan(0)))
            reader = asyncio.create_task(collect(storage, seen, 60))
            sent = asyncio.create_task(send_slowly(storage, 59))
            await asyncio.sleep(0.1)
            os.kill(server.pid, signal.SIGQUIT)  # as a power cut: no checkpoint, no farewell
            await asyncio.to_thread(server._process.wait)
            server = start_postgres(tmp_path / "pg")
            await asyncio.wait_for(sent, 30)
            await asyncio.wait_for(reader, 10)
            assert [entry.number for entry in seen] == list(range(1, 61))
            assert [entry.event.size for entry in seen] == list(range(60))
        server.stop()

    async def send_slowly(storage: Storage, n: int) -> None:
        for i in range(1, n + 1):
            await storage.journal("ppwp").append(Draft(event=scan(i), key=b"%d" % i))
            await asyncio.sleep(0.005)

    asyncio.run(run())


@pytest.mark.parametrize("seed", range(3))
def test_any_interleaving_is_gapless_single_and_decided_in_a_chain(storage_settings, seed):
    """Four writers on three connections append, repeat each other's keys and race to decide the same blocks."""

    async def run() -> None:
        async with (
            await open_storage(storage_settings) as one,
            await open_storage(storage_settings) as two,
            await open_storage(storage_settings) as three,
        ):
            answers: list[tuple[Draft, Appended]] = []

            async def write(storage: Storage, rng: random.Random) -> None:
                journal = storage.journal("ppwp")
                for _ in range(40):
                    drafts = [await invent(storage, rng) for _ in range(rng.randint(1, 6))]
                    answers.extend(zip(drafts, await journal.append(*drafts), strict=True))

            seen: list[Entry] = []
            reader = asyncio.create_task(collect(two, seen, 10**9))
            stores = (one, one, two, three)
            await asyncio.gather(*(write(s, random.Random(f"{seed}/{i}")) for i, s in enumerate(stores)))
            await asyncio.sleep(0.2)
            reader.cancel()
            check(seen, answers)
            assert len(seen) == await one.journal("ppwp").size()

    asyncio.run(run())


async def invent(storage: Storage, rng: random.Random) -> Draft:
    tps = str(rng.randint(1, 5))
    if rng.random() < 0.5:
        last = await storage.journal("ppwp").decided(tps, "suara") if rng.random() < 0.8 else 0
        mark = rng.randint(0, 99)
        return Draft(
            event=held(last, tps, mark), expect=last, key=b"decide/%d" % rng.randint(0, 200) if mark < 50 else None
        )
    size = rng.randint(1, 150)
    digest = sha256(b"%d" % (size if rng.random() < 0.9 else 0)).digest()
    return Draft(event=scan(size, tps), key=b"scan/%d" % size, digest=digest)


def check(seen: list[Entry], answers: list[tuple[Draft, Appended]]) -> None:
    assert [entry.number for entry in seen] == list(range(1, len(seen) + 1))
    appended = [(draft, answer) for draft, answer in answers if answer.outcome is Outcome.APPENDED]
    assert sorted(answer.number for _, answer in appended) == [entry.number for entry in seen]
    first: dict[bytes, tuple[int, bytes | None]] = {}
    for draft, answer in appended:
        assert seen[answer.number - 1].event == draft.event
        if draft.key is not None:
            assert draft.key not in first
            first[draft.key] = (answer.number, draft.digest)
    for draft, answer in answers:
        if answer.outcome in {Outcome.DUPLICATE, Outcome.CONFLICT}:
            same = first[draft.key][1] == draft.digest
            assert answer.number == first[draft.key][0]
            assert same is (answer.outcome is Outcome.DUPLICATE)
    last: dict[str, int] = {}
    for entry in seen:
        if isinstance(entry.event, BlockHeld):
            assert entry.event.replaces == last.get(entry.event.tps, 0)
            last[entry.event.tps] = entry.number
    outcomes = {answer.outcome for _, answer in answers}
    assert outcomes == set(Outcome) - {Outcome.REFUSED}
