"""The role: keeps a standby following its primary, builds it anew where it cannot go on, and says how far behind it is.

Both servers may be away at any time: then it waits, says so, and the last copy goes on answering.
"""

import asyncio
import contextlib
import logging

import asyncpg
from msgspec import Struct

from election.clock import Clock, stamp
from election.errors import SuaraError
from publisher.standby import copy as copies_of
from publisher.standby import primary as primaries
from publisher.standby import structure
from publisher.standby.copies import Copies, Copy, Measured
from publisher.standby.errors import NoCopy, Rebuilding
from publisher.standby.lag import EVERY, Lag, behind
from publisher.standby.primary import Primary
from publisher.standby.rebuild import clear, rebuild, still
from storage import connect
from storage.connect import LOST, pause

SOUND = "sound"
AWAY = "standby.primary_away"
BEHIND = "standby.not_applying"

LATE = 10.0
"""Seconds after which a beat that has not come says that changes are not applied: the standby's disk may be full."""

EXAMINED = 5
"""Beats between two looks at slot, structure and conflicts."""

BACKOFF = (1.0, 5.0, 15.0, 60.0)
"""Seconds until a copy that could not be built is tried again."""

log = logging.getLogger(__name__)


class Addresses(Struct, frozen=True):
    """Where the two databases are. `admin`: of the primary, as one who may prepare it; None where that is done."""

    primary: str  # as the replication role, and as the standby's server reaches it
    standby: str
    admin: str | None = None


async def keep(addresses: Addresses, clock: Clock) -> None:
    """Until cancelled."""
    keeper = Keeper(addresses, clock)
    while True:
        try:
            await keeper.run()
        except (*LOST, asyncpg.PostgresError) as error:
            log.warning("the standby's server is away, and tried again: %s", error)
            await pause(EVERY)


class Keeper:
    """The work of the role, while the standby's server is there."""

    def __init__(self, addresses: Addresses, clock: Clock) -> None:
        self._addresses, self._clock = addresses, clock
        self._failed = 0
        self._lag: Lag | None = None

    async def run(self) -> None:
        """Until the standby's server is lost."""
        line = await connect.connection(self._addresses.standby, "suara standby keeper")
        try:
            copies = await Copies.of(line, self._addresses.standby)
            self._lag = self._lag or Lag(copies.system, self._clock)
            while True:
                await self._with_primary(copies)
                await pause(EVERY)
        finally:
            await _hang_up(line)

    async def _with_primary(self, copies: Copies) -> None:
        """One line to the primary, as long as it lasts."""
        try:
            if self._addresses.admin is not None:
                await primaries.prepare(self._addresses.admin)
            primary = await Primary.connect(self._addresses.primary)
        except (*LOST, asyncpg.PostgresError, SuaraError) as error:
            await self._say_away(copies, error)
            return
        try:
            await self._follow(primary, copies)
        except SuaraError as error:
            await self._say_away(copies, error)
        except (*LOST, asyncpg.PostgresError) as error:
            if copies.line.is_closed():
                raise
            await self._say_away(copies, error)
        finally:
            await _hang_up(primary.line)

    async def _follow(self, primary: Primary, copies: Copies) -> None:
        while True:
            reason, copy = await self._examined(primary, copies)
            if reason is not None or copy is None:
                await self._build(primary, copies, reason or NoCopy.code)
                continue
            to = await copies_of.line(copies, copy)
            try:
                for _ in range(EXAMINED):
                    await self._beat(primary, copies, to)
            finally:
                await _hang_up(to)

    async def _beat(self, primary: Primary, copies: Copies, to: asyncpg.Connection) -> None:
        assert self._lag is not None
        took, numbers = await self._lag.beat(primary, to), await behind(primary, to)
        seen = Measured(
            at=stamp(self._clock()),
            condition=SOUND if took < LATE else BEHIND,
            lag=took,
            p50=self._lag.share(0.5),
            p99=self._lag.share(0.99),
            behind=numbers,
        )
        await copies.tell(seen)
        await pause(max(0.0, EVERY - took))

    async def _examined(self, primary: Primary, copies: Copies) -> tuple[str | None, Copy | None]:
        """Why the copy that is read cannot go on, None where it can; and that copy."""
        listed = await copies.listed()
        copy = next((copy for copy in listed if copy.state == "current"), None)
        if copy is None:
            return NoCopy.code, None
        if len(listed) > 1 and await copies.take():  # left by someone who was killed
            try:
                await clear(primary, copies)
            finally:
                await copies.let_go()
        return await wrong(primary, copies, copy), copy

    async def _build(self, primary: Primary, copies: Copies, reason: str) -> None:
        log.warning("the standby is built anew: %s", reason)

        def say(text: str) -> None:
            log.warning("%s", text)

        lag = None if self._lag is None else self._lag.last
        await copies.tell(Measured(at=stamp(self._clock()), condition=reason, lag=lag))
        if self._addresses.admin is not None:  # a release may have brought tables that nobody may read yet
            await primaries.prepare(self._addresses.admin)
        try:
            await rebuild(primary, copies, self._addresses.primary, self._clock, say)
        except Rebuilding:
            await pause(EVERY)
        except BaseException:
            self._failed += 1
            raise
        else:
            self._failed = 0

    async def _say_away(self, copies: Copies, error: BaseException) -> None:
        """The primary is away, or a copy could not be built: the last one is read, and says how old it is."""
        condition, advice = AWAY, {}
        if isinstance(error, SuaraError):
            condition, advice = error.code, {"id": error.text("id"), "en": error.text("en")}
        log.warning("the standby stands still, and it is tried again: %s", error)
        lag, current = None, await copies.current()
        if current is not None and self._lag is not None:
            with contextlib.suppress(*LOST, asyncpg.PostgresError):
                to = await copies_of.line(copies, current)
                try:
                    lag = await self._lag.cut_off(to)
                finally:
                    await _hang_up(to)
        await copies.tell(Measured(at=stamp(self._clock()), condition=condition, advice=advice, lag=lag))
        await pause(BACKOFF[min(self._failed, len(BACKOFF) - 1)])


async def wrong(primary: Primary, copies: Copies, copy: Copy) -> str | None:
    """Why a copy cannot follow the primary any more, as a reason code. One that stands still is let go on."""
    slot = (await primary.slots()).get(copies.slot(copy))
    if slot is None or slot.wal == "lost":
        return "standby.slot_lost"
    if (await structure.read(primary.line)).digest != copy.structure:
        return "standby.structure_differs"
    try:
        to = await copies_of.line(copies, copy)
    except asyncpg.InvalidCatalogNameError:
        return NoCopy.code
    try:
        stands = await copies_of.followed(to)
    finally:
        await _hang_up(to)
    if stands is None:
        return "standby.not_subscribed"
    if stands.conflicts:
        return "standby.rows_differ"
    if not stands.enabled and await copies.take():
        try:
            await still(copies, copy, on=True)
        finally:
            await copies.let_go()
    return None


async def _hang_up(line: asyncpg.Connection) -> None:
    with contextlib.suppress(*LOST):
        await asyncio.wait_for(line.close(), 2)
