"""Which copies a standby has: one that is read, perhaps one that is being built, perhaps one that was just replaced.

A copy is a database of its own beside this one, where they are listed. Making and filling it is `copy`'s.
"""

import re
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from publisher.standby import address
from publisher.standby.errors import NoCopy
from storage import connect

READER = "suara_reader"
"""Who asks for the public: it may read copies, and nothing else anywhere."""

CHANNEL = "standby"
"""Rings when another copy is read from now on."""

LOCK = 0x5354414E444259  # "STANDBY"

_SCHEMA = f"""
do $$ begin create role {READER} login; exception when duplicate_object or unique_violation then null; end $$;
alter role {READER} set default_transaction_read_only = on;
create schema if not exists standby;
create table if not exists standby.copy (
    number bigint generated always as identity primary key,
    state text not null check (state in ('building', 'current', 'replaced')),
    structure text not null, at timestamptz not null
);
create unique index if not exists copy_current on standby.copy (state) where state = 'current';
create table if not exists standby.measured (one boolean primary key default true check (one), told jsonb not null);
grant usage on schema standby to {READER};
grant select on all tables in schema standby to {READER};
"""
_LIST = "select number, state, structure, at from standby.copy order by number"
_BEGIN = (
    "insert into standby.copy (state, structure, at) values ('building', $1, $2) returning number, state, structure, at"
)
_TOLD = """
insert into standby.measured (told) values ($1::text::jsonb) on conflict (one) do update set told = excluded.told"""


def plain(name: str) -> str:
    """A database's name as slots and copies may carry it."""
    return re.sub(r"[^a-z0-9_]", "_", name.lower())


def named(name: str, number: int) -> str:
    """Name of the database of a copy that the database `name` lists."""
    return f"{plain(name)}_copy_{number}"


class Copy(Struct, frozen=True):
    """One copy. `structure` is the digest of the tables it was made with."""

    number: int
    state: str
    structure: str
    at: datetime


class Measured(Struct, frozen=True, kw_only=True):
    """What the keeper last saw. `at` is its clock's, RFC 3339; times are seconds, None where nothing is known yet."""

    at: str
    condition: str  # `sound`, or the reason code of what is wrong
    advice: dict[str, str] = {}
    lag: float | None = None
    p50: float | None = None
    p99: float | None = None
    behind: dict[str, int] = {}  # contest → numbers that the copy's cut is behind the primary's


class Copies:
    """The list, over a line to the standby's own database."""

    def __init__(self, line: asyncpg.Connection, url: str, system: str) -> None:
        self.line, self.url, self.system = line, url, system
        self._name = plain(address.database(url))

    @classmethod
    async def of(cls, line: asyncpg.Connection, url: str) -> "Copies":
        """`line` goes to `url`, as one who may make databases there."""
        async with line.transaction():
            await line.execute("select pg_advisory_xact_lock($1)", LOCK + 1)
            await line.execute(_SCHEMA)
        return cls(line, url, await line.fetchval("select system_identifier::text from pg_control_system()"))

    def database(self, copy: Copy) -> str:
        """Name of a copy's database."""
        return named(self._name, copy.number)

    def address(self, copy: Copy, user: str | None = None) -> str:
        """Address of a copy's database."""
        return address.other(self.url, database=self.database(copy), user=user)

    @property
    def prefix(self) -> str:
        """How the primary's slots of these copies begin."""
        return f"suara_{self.system}_{self._name}_"

    def slot(self, copy: Copy) -> str:
        """The slot that a copy follows the primary by."""
        return f"{self.prefix}{copy.number}"

    async def listed(self) -> list[Copy]:
        """All, oldest first."""
        return [Copy(*row) for row in await self.line.fetch(_LIST)]

    async def current(self) -> Copy | None:
        """The one that is read."""
        return next((copy for copy in await self.listed() if copy.state == "current"), None)

    async def begin(self, structure: str, at: datetime) -> Copy:
        """A new one, as a name only."""
        return Copy(*await self.line.fetchrow(_BEGIN, structure, at))

    async def swap(self, copy: Copy) -> None:
        """From now on `copy` is read."""
        async with self.line.transaction():
            await self.line.execute("update standby.copy set state = 'replaced' where state = 'current'")
            await self.line.execute("update standby.copy set state = 'current' where number = $1", copy.number)
            await self.line.execute(f"notify {CHANNEL}")

    async def forget(self, copy: Copy) -> None:
        """Its database is gone."""
        await self.line.execute("delete from standby.copy where number = $1", copy.number)

    async def tell(self, measured: Measured) -> None:
        """Writes what the keeper saw, for whoever asks."""
        await self.line.execute(_TOLD, msgspec.json.encode(measured).decode())

    async def told(self) -> Measured | None:
        """What the keeper last saw."""
        return await told(self.line)

    async def take(self) -> bool:
        """Whether this line alone builds from now on, until it is hung up."""
        taken: bool = await self.line.fetchval("select pg_try_advisory_lock($1)", LOCK)
        return taken

    async def let_go(self) -> None:
        """Others may build."""
        await self.line.execute("select pg_advisory_unlock($1)", LOCK)


async def told(line: Any) -> Measured | None:  # noqa: ANN401 — a connection or a pool
    """What the keeper last saw, asked over any line to the standby's own database."""
    found = await line.fetchval("select told::text from standby.measured")
    return None if found is None else msgspec.json.decode(found, type=Measured)


async def number_read(line: Any) -> int | None:  # noqa: ANN401
    """Number of the copy that is read, asked over any line to the standby's own database."""
    number: int | None = await line.fetchval("select number from standby.copy where state = 'current'")
    return number


async def address_read(url: str) -> str:
    """The address of the copy that is read now, of the standby whose own database is at `url`.

    Raises NoCopy where there is none yet, and as `storage.connect` has it where the server is away.
    """
    line = await connect.connection(url, "suara standby asks")
    try:
        number = await number_read(line)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        number = None
    finally:
        await line.close()
    if number is None:
        raise NoCopy()
    return address.other(url, database=named(address.database(url), number), user=READER)
