"""Migrations run once, in order, and are not edited afterwards."""

import asyncio

import asyncpg
import pytest

from storage.errors import MigrationChanged
from storage.migrate import migrate, migrations

pytestmark = pytest.mark.servers


def with_database(settings, work) -> None:
    async def run() -> None:
        line = await asyncpg.connect(settings.database_url)
        try:
            await work(line)
        finally:
            await line.close()

    asyncio.run(run())


def test_a_database_at_this_release_has_nothing_to_run(storage_settings):
    async def work(line) -> None:
        assert await migrate(line) == []
        known = [row["name"] for row in await line.fetch("select name from migration order by name")]
        assert known == [name for name, _ in migrations()]

    with_database(storage_settings, work)


def test_a_new_step_runs_once(storage_settings):
    async def work(line) -> None:
        steps = [*migrations(), ("9999_more.sql", "create table more (n int); insert into more values (1)")]
        assert await migrate(line, steps) == ["9999_more.sql"]
        assert await migrate(line, steps) == []
        assert await line.fetchval("select count(*) from more") == 1

    with_database(storage_settings, work)


def test_a_step_that_fails_leaves_nothing(storage_settings):
    async def work(line) -> None:
        steps = [*migrations(), ("9998.sql", "create table half (n int)"), ("9999.sql", "select 1/0")]
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrate(line, steps)
        assert await line.fetchval("select to_regclass('half')") is None
        assert await migrate(line) == []

    with_database(storage_settings, work)


def test_a_changed_step_is_refused_by_name(storage_settings):
    async def work(line) -> None:
        (first, sql), *rest = migrations()
        with pytest.raises(MigrationChanged, match=first):
            await migrate(line, [(first, sql + "-- harmless"), *rest])

    with_database(storage_settings, work)


def test_several_starting_at_once_migrate_once(storage_settings, servers):
    servers.execute("drop database if exists bare", "create database bare template template0")

    async def start() -> list[str]:
        line = await asyncpg.connect(servers.database("bare"))
        try:
            return await migrate(line)
        finally:
            await line.close()

    async def run() -> list[list[str]]:
        return await asyncio.gather(*(start() for _ in range(4)))

    ran = asyncio.run(run())
    servers.execute("drop database bare")
    assert sorted(ran) == [[], [], [], [name for name, _ in migrations()]]
