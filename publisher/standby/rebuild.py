"""The next copy, built beside the one that is read, and put in its place in one step.

Killed anywhere it can be run again: what is unfinished is listed, and is taken away first.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import asyncpg

from election.clock import Clock
from publisher.standby import copy as copies_of
from publisher.standby import structure
from publisher.standby.copies import Copies, Copy
from publisher.standby.errors import NotCopied, Rebuilding
from publisher.standby.primary import Primary

PATIENCE = 4 * 3600.0
"""Seconds that a nation's rows may take."""

CAUGHT_UP = 60.0
"""Seconds within which the last changes must have come; until then the old copy stands still."""

GRACE = 15.0
"""Seconds that readers have to let go of a copy that was replaced."""

LOOK = 0.1

Say = Callable[[str], None]


async def rebuild(
    primary: Primary, copies: Copies, address: str, clock: Clock, say: Say = lambda _: None, patience: float = PATIENCE
) -> Copy:
    """Builds and swaps; answers the new copy. `address`: the primary's, as the standby's server reaches it.

    Raises Rebuilding where another process is at it, NotCopied, and what lost lines raise.
    """
    if not await copies.take():
        raise Rebuilding()
    try:
        await clear(primary, copies)
        told = await structure.read(primary.line)
        copy = await copies.begin(told.digest, clock())
        say(f"copy {copy.number}: copying {len(told.tables)} tables")
        await copies_of.make(copies, copy, told, address)
        to = await copies_of.line(copies, copy)
        try:
            await _copied(to, say, patience)
            await copies_of.finish(to, told)
            await _swap(primary, copies, copy, to, clock)
        finally:
            await to.close()
        say(f"copy {copy.number}: is read from now on")
        await _let_go(primary, copies)
        return copy
    finally:
        await copies.let_go()


async def clear(primary: Primary, copies: Copies) -> None:
    """Takes away what is not read and never will be."""
    listed = await copies.listed()
    for copy in listed:
        if copy.state != "current":
            await copies_of.remove(copies, copy)
    wanted = {copies.slot(copy) for copy in listed if copy.state == "current"}
    await primary.sweep(copies.system, copies.prefix, wanted)


async def _copied(to: asyncpg.Connection, say: Say, patience: float) -> None:
    """Returns when every table is whole: from then on each commit shows all of one cut."""
    loop = asyncio.get_running_loop()
    deadline, before = loop.time() + patience, -1
    while True:
        ready, tables = await copies_of.copied(to)
        if ready == tables:
            return
        if ready != before:
            say(f"{ready} of {tables} tables are whole")
            before = ready
        if loop.time() > deadline:
            raise NotCopied(seconds=round(patience), ready=ready, tables=tables)
        await asyncio.sleep(LOOK)


async def _swap(primary: Primary, copies: Copies, copy: Copy, to: asyncpg.Connection, clock: Clock) -> None:
    """The old copy stands still, the new one has all that the primary had then, and is read instead.

    So that no number which somebody has read goes back. Where it cannot be, the old one goes on.
    """
    old = await copies.current()
    await still(copies, old, on=False)
    try:
        await _has(to, copies.system, await primary.beat(copies.system, clock()))
        await copies.swap(copy)
    except BaseException:
        await still(copies, old, on=True)
        raise


async def still(copies: Copies, copy: Copy | None, *, on: bool) -> None:
    """Stops a copy's following, or lets it go on (`on`); nothing where it has none."""
    if copy is None:
        return
    to = await copies_of.line(copies, copy)
    try:
        if await copies_of.followed(to) is not None:
            await copies_of.enable(to, on)
            if not on:  # a worker ends its transaction first
                await _until(lambda: to.fetchval(_RESTS, copies_of.SUBSCRIPTION))
    finally:
        await to.close()


_RESTS = """
select count(*) = 0 from pg_stat_subscription w join pg_subscription s on s.oid = w.subid and w.pid is not null
where s.subname = $1 and s.subdbid = (select oid from pg_database where datname = current_database())"""


async def _has(to: asyncpg.Connection, system: str, beat: int) -> None:
    async def come() -> bool:
        return (await seen(to, system) or 0) >= beat

    await _until(come)


async def _until(holds: Callable[[], Awaitable[bool]], seconds: float = CAUGHT_UP) -> None:
    """Returns when `holds`. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 — the condition lies in a database
            await asyncio.sleep(0.02)


async def seen(to: asyncpg.Connection, system: str) -> int | None:
    """The last beat that has reached a copy."""
    beat: int | None = await to.fetchval("select beat from published.pulse where standby = $1", system)
    return beat


async def _let_go(primary: Primary, copies: Copies) -> None:
    """Takes the old copy away once nobody reads it, or after a while."""
    replaced = [copy for copy in await copies.listed() if copy.state == "replaced"]

    async def left() -> bool:
        return not sum([await copies_of.readers(copies, copy) for copy in replaced])

    with contextlib.suppress(TimeoutError):
        await _until(left, GRACE)
    await clear(primary, copies)
