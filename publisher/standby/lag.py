"""How far a standby is behind: a beat is written at the primary, and timed until the copy has it.

One clock and one beat at a time, so that neither two machines' clocks nor a queue of beats blur it.
"""

import asyncio
import time
from collections import deque
from datetime import datetime

import asyncpg

from election.clock import Clock
from publisher.standby.primary import Primary, cuts
from publisher.standby.rebuild import seen

KEPT = 600
"""Beats that the percentiles are of: ten minutes."""

EVERY = 1.0
"""Seconds between two beats."""

LOOK = 0.01
"""Seconds between two looks for a beat: what is measured is too long by half of it."""


class Lag:
    """Beats of one standby."""

    def __init__(self, system: str, clock: Clock) -> None:
        self._system, self._clock = system, clock
        self._times: deque[float] = deque(maxlen=KEPT)
        self._waiting: tuple[int, float] | None = None
        self._came: datetime | None = None
        self.last: float | None = None

    async def beat(self, primary: Primary, to: asyncpg.Connection, patience: float = EVERY) -> float:
        """Seconds that the last beat took, or, beyond `patience`, that it has been on its way so far."""
        if self._waiting is None:
            sent = time.monotonic()
            self._waiting = await primary.beat(self._system, self._clock()), sent
        number, sent = self._waiting
        come = False
        while not come and time.monotonic() < sent + patience:
            await asyncio.sleep(LOOK)
            come = (await seen(to, self._system) or 0) >= number
        self.last = round(time.monotonic() - sent, 4)
        if come:
            self._times.append(self.last)
            self._waiting = None
        return self.last

    async def cut_off(self, to: asyncpg.Connection) -> float | None:
        """Seconds since the last beat that a copy has, where the primary cannot be asked."""
        came: datetime | None = await to.fetchval("select at from published.pulse where standby = $1", self._system)
        self.last = None if came is None else max(0.0, (self._clock() - came).total_seconds())
        return self.last

    def share(self, part: float) -> float | None:
        """The time within which `part` of the beats came; None before the first."""
        ordered = sorted(self._times)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else None


async def behind(primary: Primary, to: asyncpg.Connection) -> dict[str, int]:
    """Contest → by how many numbers the copy's cut is behind. The copy is asked first, so that nothing hides a lag."""
    have = {cut.contest: cut.number for cut in await cuts(to)}
    return {cut.contest: max(0, cut.number - have.get(cut.contest, 0)) for cut in await primary.cuts()}
