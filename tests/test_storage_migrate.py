"""Migrations run once, in order, and are not edited afterwards."""

import asyncio
from hashlib import sha256
from random import randbytes

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


BEFORE_RULINGS = "0006"
TPS = "1101012001001"


def test_what_was_decided_before_there_were_rulings_stands_and_is_defended(servers):
    """A journal of the release before: its heads learn which kind stands, and no machine overtakes its people."""

    async def append(line, kind: str, block: str | None, expect: int | None) -> tuple[int, int]:
        leaf = f'{{"kind":"{kind}","replaces":{expect or 0},"tps":"{TPS}"}}'.encode()
        row = await line.fetchrow(
            "select * from journal.append('ppwp', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            [randbytes(16)], [None], [kind], [TPS], [block], [expect], ["x"], [leaf], [sha256(b"\0" + leaf).digest()],
            [None],
        )  # fmt: skip
        return row["outcomes"][0], row["numbers"][0]

    async def run() -> None:
        line = await asyncpg.connect(servers.database("previous"))
        try:
            await migrate(line, [step for step in migrations() if step[0] < BEFORE_RULINGS])
            await line.execute("select journal.open('ppwp')")
            await append(line, "scan_received", None, None)
            assert await append(line, "block_counted", "suara", 0) == (0, 2)
            assert await append(line, "block_held", "administrasi", 0) == (0, 3)
            assert await append(line, "block_corrected", "suara", 2) == (0, 4)
            assert await migrate(line)
            heads = await line.fetch("select block, number, kind from journal.record_head order by block")
            assert [tuple(row) for row in heads] == [("administrasi", 3, "block_held"), ("suara", 4, "block_corrected")]
            assert await append(line, "block_counted", "suara", 4) == (4, 4), "people decided"
            assert await append(line, "block_counted", "suara", 2) == (3, 4), "another stands"
            assert await append(line, "block_counted", "administrasi", 3) == (0, 5)
            assert await append(line, "block_corrected", "suara", 4) == (0, 6)
        finally:
            await line.close()

    servers.execute("create database previous")
    try:
        asyncio.run(run())
    finally:
        servers.execute("drop database previous with (force)")
