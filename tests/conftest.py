"""What tests of several rooms share: where the real data lie, and servers to store things in."""

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from storage.settings import Settings

settings.register_profile("suara", deadline=None)
settings.load_profile("suara")
# A property holds or not; how long it takes on a busy machine is for the benchmarks.

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Real data beside the repository; never committed."""


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data. Tests that need it skip where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"real data are absent: {SHARED.name}/data does not stand beside the repository")
    return SHARED


class Servers(NamedTuple):
    """Addresses of the embedded servers of this test session; `database_url` is the one that others are copied from."""

    database_url: str
    redis_url: str

    def database(self, name: str) -> str:
        """The address of another database of the same server."""
        return self.database_url.replace("@/suara?", f"@/{name}?")

    def execute(self, *statements: str) -> None:
        """Runs statements, each for itself, in the server's own database."""
        asyncio.run(_execute(self.database("postgres"), statements))


async def _execute(url: str, statements: tuple[str, ...]) -> None:
    import asyncpg

    line = await asyncpg.connect(url)
    for statement in statements:
        await line.execute(statement)
    await line.close()


async def _migrate(url: str) -> None:
    import asyncpg

    from storage.migrate import migrate

    line = await asyncpg.connect(url)
    await migrate(line)
    await line.close()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One PostgreSQL and one Valkey for the whole session, migrated once. Mark the test `servers`."""
    from storage.embedded import start_postgres, start_valkey

    folder = tmp_path_factory.mktemp("servers")
    with start_postgres(folder / "pg") as postgres, start_valkey(folder / "valkey") as valkey:
        asyncio.run(_migrate(postgres.url))
        yield Servers(postgres.url, valkey.url)


_number = count(1)


@pytest.fixture
def storage_settings(servers: Servers, tmp_path: Path) -> Iterator["Settings"]:
    """Settings of a database, a Redis and folders that nothing has been put into; hand them to `open_storage`."""
    import redis

    from storage.settings import Settings

    name = f"test_{next(_number)}"
    servers.execute(f"create database {name} template suara")
    redis.Redis.from_url(servers.redis_url).flushall()
    yield Settings(data_dir=tmp_path, database_url=servers.database(name), redis_url=servers.redis_url)
    servers.execute(f"drop database {name} with (force)")
