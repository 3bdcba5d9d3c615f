"""The standby follows every cut whole, carries nothing private, and is rebuilt while it is read."""

import asyncio
import os
import random
import signal
import subprocess
import sys

import asyncpg
import pytest
from standby_scene import addresses, cutting, equal, has_copy, kept, lines, read_from, standby_server, until

from election.clock import system_clock
from publisher.query.source import Source
from publisher.standby import structure
from publisher.standby.asked import ask
from publisher.standby.copies import READER, address_read
from publisher.standby.errors import NoCopy
from publisher.standby.keeper import Addresses
from publisher.standby.rebuild import rebuild
from storage.embedded import REPLICATOR

__all__ = ["addresses", "standby_server"]  # fixtures

pytestmark = pytest.mark.servers

LEAVES = {
    "area": "contest kode tingkat number tps tps_counted tps_held tps_waiting adm_counted adm_held totals held "
    "residuals fields_own versions final",
    "block": "contest tps block state number decision figures read reasons warnings at version",
    "cut": "contest number at totals",
    "dapil": "contest dapil number tps tps_counted totals",
    "determination": "contest kode number sk date sk_sha256 ba_sha256 upto totals at",
    "difference": "contest kode of rule against field ours theirs number",
    "dispute": "contest number kode block forum cause reference status follow_up documents moved at",
    "news": "contest what kode turn",
    "outcome": "contest kode number at outcome outlook",
    "page": "contest tps page number scan sha256 rendition state fault quality at likeness",
    "plenary": "contest kode number columns entered tps tps_settled tps_final differing confirmed upto stands",
    "pulse": "standby beat at",
    "recap": "contest kode of number figures document source role at",
    "repair": "contest count",
    "unusual": "contest tps code number at detail",
    "version": "contest tps version block state figures number at ground order_ref",
}
"""All that ever leaves for the standby. A new column is looked at by a person before it stands here: no account, no
device, no name, nothing that leads to one; what is told of a record is in the public log already."""


def test_only_what_is_listed_here_leaves(addresses: Addresses) -> None:
    async def work() -> None:
        async with lines(addresses) as (primary, _):
            found = await structure.columns(primary.line)
            assert {table: " ".join(names) for table, names in found.items()} == LEAVES
            for question in ("select * from journal.event", "select * from accounts.account", "table public.migration"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await primary.line.fetch(question)
            for order in ("delete from published.block", "create table published.x (a int)"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await primary.line.execute(order)
            with pytest.raises(asyncpg.PostgresError, match=r"test_decoding"):  # it shows every table of the database
                await primary.line.execute("select pg_create_logical_replication_slot('x', 'test_decoding')")

    asyncio.run(work())


def test_whoever_follows_may_not_copy_the_cluster(addresses: Addresses, tmp_path) -> None:
    """A physical replica would have accounts and devices."""
    from storage.programs import postgres_bin

    host = addresses.admin.rpartition("host=")[2]
    command = [postgres_bin() / "pg_receivewal", "-D", tmp_path, "-h", host, "-U", REPLICATOR, "-n"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode != 0
    assert "pg_hba.conf rejects replication connection" in done.stderr


def test_asking_makes_nothing(addresses: Addresses) -> None:
    with pytest.raises(NoCopy):
        asyncio.run(ask(addresses.standby))
    with pytest.raises(NoCopy):
        asyncio.run(address_read(addresses.standby))


def test_cuts_arrive_whole_and_questions_change_nothing(addresses: Addresses) -> None:
    async def work() -> None:
        async with cutting(addresses) as cuts, kept(addresses):
            await until(lambda: has_copy(addresses))
            seen: set[int] = set()
            url = await address_read(addresses.standby)
            assert url == (await read_from(addresses)).replace("//suara@", f"//{READER}@")
            line = await asyncpg.connect(url)
            for _ in range(40):
                async with line.transaction(isolation="repeatable_read"):
                    number = await line.fetchval("select number from published.cut")
                    assert await line.fetch("select distinct number, decision from published.block") == [
                        (number, number)
                    ]
                seen.add(number)
                await asyncio.sleep(0.02)
            assert len(seen) > 5
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await line.execute("update published.block set state = 'held'")
            await line.execute("set default_transaction_read_only = off")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await line.execute("update published.block set state = 'held'")
            await line.close()
            assert cuts.number >= max(seen)
            await until(lambda: measured(addresses))
        await until(lambda: equal(addresses))

    asyncio.run(work())


async def measured(of: Addresses) -> bool:
    told = await ask(of.standby)
    return told.sound and told.measured.p99 is not None and told.measured.behind.keys() == {"ppwp"}


class Reader:
    """Asks all the time; no question may fail, and no number go back."""

    def __init__(self, of: Addresses) -> None:
        self.source, self.numbers = Source(of.standby), []
        self._task: asyncio.Task[None] | None = None
        self._keep: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Reader":
        self._keep = asyncio.create_task(self.source.keep())
        await until(self._answers)
        self._task = asyncio.create_task(self._ask())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        ended = await asyncio.gather(self._task, return_exceptions=True)
        self._keep.cancel()
        await asyncio.gather(self._keep, return_exceptions=True)
        assert isinstance(ended[0], asyncio.CancelledError), ended
        assert self.numbers == sorted(self.numbers)

    async def _answers(self) -> bool:
        try:
            async with self.source.snapshot() as line:
                return bool(await line.fetchval("select true"))
        except Exception:
            return False

    async def _ask(self) -> None:
        while True:
            async with self.source.snapshot() as line:
                self.numbers.append(await line.fetchval("select number from published.cut where contest = 'ppwp'"))
            await asyncio.sleep(0.002)


def test_it_is_rebuilt_while_it_is_read(addresses: Addresses) -> None:
    async def work() -> None:
        async with cutting(addresses), lines(addresses) as (primary, copies):
            await rebuild(primary, copies, addresses.primary, system_clock)
            async with Reader(addresses) as reader:
                said: list[str] = []
                copy = await rebuild(primary, copies, addresses.primary, system_clock, said.append)
                assert said[-1] == f"copy {copy.number}: is read from now on"
                before = len(reader.numbers)
                await until(lambda: _more(reader, before))
            assert len(set(reader.numbers)) > 5
            assert [one.number for one in await copies.listed()] == [copy.number]
            await until(lambda: _alone(primary, copies, copy))
        await until(lambda: equal(addresses))

    asyncio.run(work())


async def _more(reader: Reader, before: int) -> bool:
    return len(reader.numbers) > before + 20


async def _alone(primary, copies, copy) -> bool:
    """Whether one copy's database and one slot are all that is left."""
    slots = [name for name in await primary.slots() if name.startswith(copies.prefix)]
    found = await copies.line.fetch("select datname::text from pg_database")
    mine = [row[0] for row in found if row[0].startswith(copies.database(copy).rpartition("_")[0])]
    return slots == [copies.slot(copy)] and mine == [copies.database(copy)]


def test_a_rebuild_killed_anywhere_can_be_run_again(addresses: Addresses, tmp_path) -> None:
    """As a process of its own, killed with -9; what it leaves is taken away by the next."""
    environment = {
        **os.environ, "DATABASE_URL": addresses.admin, "SUARA_STANDBY_URL": addresses.standby,
        "SUARA_REPLICATION_URL": addresses.primary,
    }  # fmt: skip
    command = [sys.executable, "-m", "suara", "standby", "rebuild", "--data", str(tmp_path)]

    async def work() -> None:
        async with cutting(addresses), lines(addresses) as (primary, copies):
            await rebuild(primary, copies, addresses.primary, system_clock)
            async with Reader(addresses):
                for _ in range(2):
                    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=subprocess.PIPE)
                    assert await process.stdout.readline()
                    await asyncio.sleep(random.random() * 0.6)
                    if process.returncode is None:
                        process.send_signal(signal.SIGKILL)
                    await process.wait()
                await until(lambda: _free(copies))
                copy = await rebuild(primary, copies, addresses.primary, system_clock)
            await until(lambda: _alone(primary, copies, copy))
        await until(lambda: equal(addresses))

    asyncio.run(work())


async def _free(copies) -> bool:
    if await copies.take():
        await copies.let_go()
        return True
    return False
