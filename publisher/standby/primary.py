"""The primary as a standby sees it: a role that reads one schema, what is published to it, its slots, and the beat."""

from typing import NamedTuple

import asyncpg

from publisher.standby.errors import NotFollowable, NotPrepared
from storage import connect
from storage.embedded import REPLICATOR

PUBLICATION = "suara_published"

PREPARE = f"""\
-- Run as a superuser of the primary, in its database. Twice does no harm.
do $$ begin create role {REPLICATOR} login replication; exception when duplicate_object or unique_violation then null;
end $$;
grant usage on schema published to {REPLICATOR};
grant select on all tables in schema published to {REPLICATOR};
alter default privileges in schema published grant select on tables to {REPLICATOR};
grant insert, update on published.pulse to {REPLICATOR};
do $$ begin create publication {PUBLICATION} for tables in schema published;
exception when duplicate_object or unique_violation then null; end $$;
"""
"""All rights that a standby has. What else a role with REPLICATION could do is said in docs/standby.md."""

LOCK = 0x50524550  # "PREP"

_READY = """
select case when exists (select from pg_publication where pubname = $1)
        and exists (select from pg_roles where rolname = $2 and rolreplication)
    then has_table_privilege($2, 'published.pulse', 'insert') and (
        select bool_and(has_table_privilege($2, oid, 'select')) from pg_class
        where relnamespace = 'published'::regnamespace and relkind = 'r')
    else false end"""

_BEAT = """
insert into published.pulse as p (standby, beat, at) values ($1, 1, $2)
on conflict (standby) do update set beat = p.beat + 1, at = excluded.at returning beat"""
_CUTS = "select contest, coalesce(totals, number) as number, at from published.cut order by contest"
_SLOTS = "select slot_name::text as name, active, coalesce(wal_status, '') as wal from pg_replication_slots"
_PUBLISHED = """
select (select count(*) from pg_publication where pubname = $1) as publications,
    has_schema_privilege('published', 'usage') as reads"""


class CutAt(NamedTuple):
    """How far one contest's areas are."""

    contest: str
    number: int
    at: str


class Slot(NamedTuple):
    """What the primary keeps for whoever follows it. `wal`: reserved, extended, unreserved, or lost."""

    name: str
    active: bool
    wal: str


class Primary:
    """A line to the primary under the replication role. It may read schema `published`, and write the beat."""

    def __init__(self, line: asyncpg.Connection) -> None:
        self.line = line

    @classmethod
    async def connect(cls, url: str) -> "Primary":
        """Raises NotFollowable, NotPrepared, or what lost lines raise."""
        try:
            # as a cut is committed: what the disk takes longer for is part of the lag
            line = await connect.connection(url, "suara standby", {"synchronous_commit": "off"})
        except asyncpg.InvalidAuthorizationSpecificationError as error:
            raise NotPrepared(reason=str(error)) from None
        try:
            await _prepared(line)
        except BaseException:
            await line.close()
            raise
        return cls(line)

    async def beat(self, standby: str, at: object) -> int:
        """Writes the next beat; answers its number."""
        number: int = await self.line.fetchval(_BEAT, standby, at)
        return number

    async def cuts(self) -> list[CutAt]:
        """Every contest's latest cut."""
        return await cuts(self.line)

    async def slots(self) -> dict[str, Slot]:
        """Every slot by name."""
        return {row["name"]: Slot(*row) for row in await self.line.fetch(_SLOTS)}

    async def drop_slot(self, name: str) -> None:
        """Lets go of a slot, where there is one and nobody uses it."""
        await self.line.execute(
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active",
            name,
        )

    async def sweep(self, system: str, mine: str, wanted: set[str]) -> list[str]:
        """Drops slots that nobody will come back for; answers their names.

        Those that begin with `mine` and are not `wanted`, lost ones of any standby, and what a copying killed midway
        left for single tables of the server whose own number is `system`.
        """
        dropped = []
        for slot in (await self.slots()).values():
            ours = slot.name.startswith(mine) and slot.name not in wanted
            table = slot.name.startswith("pg_") and slot.name.endswith(f"_{system}")
            lost = slot.name.startswith("suara_") and slot.wal == "lost"
            if not slot.active and (ours or table or lost):
                await self.drop_slot(slot.name)
                dropped.append(slot.name)
        return dropped


async def cuts(line: asyncpg.Connection) -> list[CutAt]:
    """The latest cuts that a database has, primary or copy."""
    return [CutAt(*row) for row in await line.fetch(_CUTS)]


async def prepare(url: str) -> None:
    """Gives the primary what it lacks of what a standby needs. Raises NotPrepared where this user may not."""
    line = await connect.connection(url, "suara standby prepares", {"lock_timeout": "30s"})
    try:
        async with line.transaction():
            await line.execute("select pg_advisory_xact_lock($1)", LOCK)
            if not await line.fetchval(_READY, PUBLICATION, REPLICATOR):
                await line.execute(PREPARE)
    except asyncpg.InsufficientPrivilegeError as error:
        raise NotPrepared(reason=str(error)) from None
    finally:
        await line.close()


async def _prepared(line: asyncpg.Connection) -> None:
    level = await line.fetchval("show wal_level")
    if level != "logical":
        raise NotFollowable(level=level)
    try:
        publications, reads = await line.fetchrow(_PUBLISHED, PUBLICATION)
    except asyncpg.InvalidSchemaNameError:
        raise NotPrepared(reason="there is no schema published") from None
    if not publications or not reads:
        raise NotPrepared(reason=f"no publication {PUBLICATION}, or no right to read it")
