"""What happens to standbys: lines cut, servers killed, slots lost, rows changed in SQL, tables changed by a release.
Whatever it was, in the end the copy that is read has what the primary has."""

import asyncio
import logging
import os
import random
import signal
import time
from pathlib import Path

import asyncpg
import pytest
from standby_scene import (
    _execute,
    _migrate,
    addresses,
    cutting,
    equal,
    has_copy,
    kept,
    lines,
    pair,
    read_from,
    standby_server,
    until,
)

from election.clock import system_clock
from publisher.standby import copy as copies_of
from publisher.standby import keeper
from publisher.standby.keeper import Addresses
from publisher.standby.primary import Primary
from publisher.standby.rebuild import rebuild
from storage.embedded import REPLICATOR, Server, start_postgres, start_standby

__all__ = ["addresses", "standby_server"]  # fixtures

pytestmark = pytest.mark.servers


def test_what_cannot_go_on_is_built_anew_and_says_why(addresses: Addresses, caplog) -> None:
    """A slot gone, a table changed by a release, a row taken away on the standby in SQL."""
    caplog.set_level(logging.WARNING, logger="publisher.standby.keeper")

    async def work() -> None:
        async with cutting(addresses), lines(addresses) as (primary, copies):
            await rebuild(primary, copies, addresses.primary, system_clock)
            async with kept(addresses):
                await broken(primary, copies, lambda: lose_slot(primary, copies))
                await broken(
                    primary, copies, lambda: _execute(addresses.admin, "alter table published.cut add column more int")
                )
                await broken(primary, copies, lambda: take_away(addresses))
        await until(lambda: equal(addresses))

    asyncio.run(work())
    for code in ("standby.slot_lost", "standby.structure_differs", "standby.rows_differ"):
        assert f"the standby is built anew: {code}" in caplog.messages


async def broken(primary: Primary, copies, deed) -> None:
    before = (await copies.current()).number
    await deed()

    async def again() -> bool:
        current = await copies.current()
        return current is not None and current.number > before and len(await copies.listed()) == 1

    await until(again)


async def lose_slot(primary: Primary, copies) -> None:
    """As a primary does that was restored, or that a standby kept too long."""
    copy = await copies.current()
    to = await copies_of.line(copies, copy)
    await copies_of.enable(to, False)
    await to.close()

    async def gone() -> bool:
        await primary.drop_slot(copies.slot(copy))
        return copies.slot(copy) not in await primary.slots()

    await until(gone)


async def take_away(of: Addresses) -> None:
    """A row that the next change looks for in vain."""
    await _execute(await read_from(of), "delete from published.block where tps = '3201010001003'")


@pytest.fixture
def servers_of_our_own(tmp_path: Path) -> "dict[str, Server]":
    """A primary and a standby that may be killed."""
    found = {"pg": start_postgres(tmp_path / "pg"), "standby": start_standby(tmp_path / "standby")}
    yield found
    for server in found.values():
        server.stop()


START = {"pg": start_postgres, "standby": start_standby}


def test_cut_off_at_random_and_returned_it_is_equal_again(servers_of_our_own, tmp_path: Path, monkeypatch) -> None:
    """Killed with -9 on either side, or the network gone, while cuts go on; the copy is the same one throughout."""
    monkeypatch.setattr(keeper, "EVERY", 0.05)
    monkeypatch.setattr(keeper, "BACKOFF", (0.1,))
    asyncio.run(_migrate(servers_of_our_own["pg"].url))
    of = pair(servers_of_our_own["pg"].url, servers_of_our_own["standby"].url)

    def kill(name: str) -> None:
        os.kill(servers_of_our_own[name].pid, signal.SIGKILL)
        while servers_of_our_own[name].alive():
            time.sleep(0.01)
        servers_of_our_own[name] = START[name](tmp_path / name)

    async def network() -> None:
        await _execute(of.admin, f"alter role {REPLICATOR} nologin")
        await _execute(
            of.admin, f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{REPLICATOR}'"
        )
        await asyncio.sleep(random.random() * 0.5)
        await _execute(of.admin, f"alter role {REPLICATOR} login")

    async def work() -> None:
        async with cutting(of), kept(of):
            await until(lambda: has_copy(of))
            for mishap in random.sample(("standby", "pg", "network"), 3):
                await asyncio.sleep(random.random() * 0.3)
                if mishap == "network":
                    await network()
                else:
                    kill(mishap)
                await until(lambda: follows(of))
        await until(lambda: equal(of))
        assert not await has_copy(of, after=1)

    asyncio.run(work())


async def follows(of: Addresses) -> bool:
    """Whether what is cut now arrives."""
    line = await asyncpg.connect(of.admin)
    number = await line.fetchval("select number from published.cut")
    await line.close()

    async def there() -> bool:
        copy = await asyncpg.connect(await read_from(of))
        try:
            return await copy.fetchval("select number from published.cut") >= number
        finally:
            await copy.close()

    await until(there)
    return True
