"""One copy: its database, its subscription to the primary, and whether it is whole.

Every step may be done again: a copy whose making was killed is taken away and begun anew under another number.
"""

from typing import NamedTuple

import asyncpg
import msgspec

from publisher.standby.copies import READER, Copies, Copy
from publisher.standby.primary import PUBLICATION
from publisher.standby.structure import Structure
from storage import connect

SUBSCRIPTION = "suara"

_STATE = """
select s.subenabled, to_jsonb(t)::text from pg_subscription s left join pg_stat_subscription_stats t on t.subid = s.oid
where s.subname = $1 and s.subdbid = (select oid from pg_database where datname = current_database())"""
_COPIED = "select count(*) filter (where srsubstate = 'r'), count(*) from pg_subscription_rel"
_GRANTS = f"""
grant usage on schema published to {READER};
grant select on all tables in schema published to {READER};
"""


class Followed(NamedTuple):
    """How a copy's subscription stands. `conflicts`: rows that were not as the primary's change expected them."""

    enabled: bool
    conflicts: int


async def line(copies: Copies, copy: Copy) -> asyncpg.Connection:
    """A line to a copy's database."""
    return await connect.connection(copies.address(copy), "suara standby")


async def make(copies: Copies, copy: Copy, structure: Structure, primary: str) -> None:
    """The database with its tables, and the subscription, which begins to copy.

    `primary`: its address, as the standby's server reaches it.
    """
    await copies.line.execute(f'create database "{copies.database(copy)}"')
    to = await line(copies, copy)
    try:
        await to.execute(";\n".join(("create schema published", *structure.tables, _GRANTS)))
        command = await to.fetchval(
            "select format('create subscription %I connection %L publication %I with (slot_name = %L, binary = true)', "
            "$1::text, $2::text, $3::text, $4::text)",
            SUBSCRIPTION,
            primary,
            PUBLICATION,
            copies.slot(copy),
        )
        await to.execute(command, timeout=60)
    finally:
        await to.close()


async def copied(to: asyncpg.Connection) -> tuple[int, int]:
    """How many tables are whole, and how many there are."""
    ready, tables = await to.fetchrow(_COPIED)
    return ready, tables


async def finish(to: asyncpg.Connection, structure: Structure) -> None:
    """What is better done once the rows are there."""
    await to.execute("set transaction_timeout = 0")
    for index in structure.indexes:
        await to.execute(index, timeout=3600)
    await to.execute("analyze", timeout=3600)


async def followed(to: asyncpg.Connection) -> Followed | None:
    """How the copy's subscription stands; None where it has none."""
    row = await to.fetchrow(_STATE, SUBSCRIPTION)
    if row is None:
        return None
    counts = msgspec.json.decode(row[1]) if row[1] else {}
    return Followed(row[0], sum(count for name, count in counts.items() if name.startswith("confl_")))


async def enable(to: asyncpg.Connection, on: bool) -> None:
    """Lets a copy follow the primary, or stand still."""
    await to.execute(f"alter subscription {SUBSCRIPTION} {'enable' if on else 'disable'}")


async def remove(copies: Copies, copy: Copy) -> None:
    """Takes a copy away, readers and all. Its slot is the primary's to drop: `Primary.sweep`."""
    exists = await copies.line.fetchval("select true from pg_database where datname = $1", copies.database(copy))
    if exists:
        await _unsubscribe(copies, copy)
        await copies.line.execute(f'drop database if exists "{copies.database(copy)}" with (force)', timeout=60)
    await copies.forget(copy)


async def _unsubscribe(copies: Copies, copy: Copy) -> None:
    to = await line(copies, copy)
    try:
        if await followed(to) is not None:
            await enable(to, False)
            await to.execute(f"alter subscription {SUBSCRIPTION} set (slot_name = none)")
            await to.execute(f"drop subscription {SUBSCRIPTION}", timeout=60)
    finally:
        await to.close()


async def readers(copies: Copies, copy: Copy) -> int:
    """How many lines of the public's questions go to a copy."""
    number: int = await copies.line.fetchval(
        "select count(*) from pg_stat_activity where datname = $1 and usename = $2", copies.database(copy), READER
    )
    return number
