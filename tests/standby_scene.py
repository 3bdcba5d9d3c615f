"""A primary with published rows, a standby beside it, and somebody who cuts all the time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from election.clock import system_clock
from publisher.standby import address, keeper
from publisher.standby import copy as copies_of
from publisher.standby.copies import Copies, named, number_read
from publisher.standby.keeper import Addresses, Keeper
from publisher.standby.primary import Primary
from storage.embedded import REPLICATOR, Server, start_standby
from storage.migrate import migrate
from storage.settings import Settings

PATIENCE = 60.0


@pytest.fixture(scope="session")
def standby_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The standby's cluster, for the whole session."""
    with start_standby(tmp_path_factory.mktemp("standby") / "pg") as server:
        yield server


_number = count(1)


@pytest.fixture
def addresses(storage_settings: Settings, standby_server: Server, monkeypatch) -> Iterator[Addresses]:
    """A migrated primary and a standby that nobody has kept yet; nothing of either is left behind."""
    monkeypatch.setattr(keeper, "EVERY", 0.05)
    with beside(storage_settings.database_url, standby_server) as found:
        yield found


@contextlib.contextmanager
def beside(primary: str, standby_server: Server) -> Iterator[Addresses]:
    """A standby's own database beside a primary's, which is brought to this release."""
    name = f"standby_{next(_number)}"
    asyncio.run(_execute(standby_server.url, f"create database {name}"))
    asyncio.run(_migrate(primary))
    found = pair(primary, address.other(standby_server.url, database=name))
    yield found
    asyncio.run(_clear(found))
    asyncio.run(_execute(standby_server.url, f"drop database {name} with (force)"))


def pair(primary: str, standby: str) -> Addresses:
    return Addresses(address.other(primary, user=REPLICATOR), standby, primary)


async def _execute(url: str, statement: str) -> None:
    line = await asyncpg.connect(url)
    await line.execute(statement)
    await line.close()


async def _migrate(url: str) -> None:
    line = await asyncpg.connect(url)
    await migrate(line)
    await line.close()


async def _clear(of: Addresses) -> None:
    """As `rebuild.clear`, the copy that is read too."""
    async with lines(of) as (primary, copies):
        for copy in await copies.listed():
            await copies_of.remove(copies, copy)
        async with asyncio.timeout(PATIENCE):
            while any(name.startswith(copies.prefix) for name in await primary.slots()):
                await primary.sweep(copies.system, copies.prefix, set())
                await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def lines(of: Addresses) -> AsyncIterator[tuple[Primary, Copies]]:
    """Lines to both, as a keeper has them."""
    from publisher.standby.primary import prepare

    await prepare(of.admin)
    line = await asyncpg.connect(of.standby)
    primary = await Primary.connect(of.primary)
    try:
        yield primary, await Copies.of(line, of.standby)
    finally:
        await primary.line.close()
        await line.close()


@contextlib.asynccontextmanager
async def kept(of: Addresses) -> AsyncIterator[None]:
    """A keeper at work."""
    task = asyncio.create_task(keeper.keep(of, system_clock))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def cutting(of: Addresses, tps: int = 40) -> AsyncIterator["Cuts"]:
    """Somebody cuts all the time."""
    cuts = Cuts(of.admin, tps)
    await cuts.cut()
    task = asyncio.create_task(cuts.go_on())
    try:
        yield cuts
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Cuts:
    """Cuts of one contest: each changes every row, so that a torn one would be seen."""

    def __init__(self, url: str, tps: int) -> None:
        self._url, self._tps, self.number = url, tps, 0

    async def cut(self) -> None:
        line = await asyncpg.connect(self._url)
        try:
            async with line.transaction():
                await line.execute("set local synchronous_commit = off")
                await line.execute(_CUT, self.number + 1, self._tps)
            self.number += 1
        finally:
            await line.close()

    async def go_on(self) -> None:
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self.cut()
            await asyncio.sleep(0.02)


_CUT = """
with rows as (
    insert into published.block as b (contest, tps, block, state, number, decision, figures, at, version)
    select 'ppwp', (3201010001000 + i)::text, 'suara', 'counted', $1::bigint, $1::bigint, array[i, 2], 'now', 1
    from generate_series(1, $2::int) i
    on conflict (contest, tps, block) do update set number = excluded.number, decision = excluded.decision)
insert into published.cut (contest, number, at, totals) values ('ppwp', $1::bigint, 'now', $1::bigint)
on conflict (contest) do update set number = excluded.number, totals = excluded.totals"""


async def read_from(of: Addresses) -> str:
    """Address of the copy that is read."""
    line = await asyncpg.connect(of.standby)
    number = await number_read(line)
    await line.close()
    assert number is not None
    return address.other(of.standby, database=named(address.database(of.standby), number))


async def until(condition, seconds: float = PATIENCE) -> None:
    """Waits for an async `condition`, over servers that may be away; fails loudly."""
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, AssertionError):
                if await condition():
                    return
            await asyncio.sleep(0.05)


async def has_copy(of: Addresses, after: int = 0) -> bool:
    """Whether a copy is read whose number is beyond `after`."""
    line = await asyncpg.connect(of.standby)
    try:
        return (await number_read(line) or 0) > after
    finally:
        await line.close()


async def rows(url: str) -> dict[str, list[tuple]]:
    """Every row of schema `published` but the beat."""
    line = await asyncpg.connect(url)
    try:
        tables = await line.fetch("select tablename from pg_tables where schemaname = 'published' order by 1")
        names = [row[0] for row in tables if row[0] != "pulse"]
        return {name: sorted(map(repr, await line.fetch(f"select * from published.{name}"))) for name in names}
    finally:
        await line.close()


async def equal(of: Addresses) -> bool:
    """Whether the copy that is read has what the primary has."""
    return await rows(await read_from(of)) == await rows(of.admin)


__all__ = ["Addresses", "Cuts", "Keeper", "Path"]
