"""Who comes in now and who comes back later: work at once, places by kind, quotas by device, and when to return.

How much work at once is best lives in `limiter`, what one device may ask for in `quota`, memory for bodies in `door`.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from math import ceil

from ingest.ask import Ask
from ingest.later import Busy, QuotaSpent
from ingest.limiter import Gradient
from ingest.metrics import Metrics
from ingest.quota import Quota

READING, SCAN = "reading", "scan"

PHOTOS = 0.85
"""Share of the places that photos and readings may fill together before photos wait: the rest is for readings alone."""

OTHERS = 0.25
"""Share of the places that each other kind may take. It is theirs, so that tokens are to be had in any crowd."""

LONGEST = 300
"""Seconds; nobody is sent away for longer."""

OVERBOOKED = 1.15
"""Places given away for later, by those there will be: some who are told to come back do not."""

KEY_RATE, KEY_BURST = 4.0, 240.0
"""Requests a second and at once of one device: 65 pages, each cut two or three times on a bad line."""

PEER_RATE, PEER_BURST = 400.0, 8000.0
"""The same of an address whose device is not known yet. A whole kabupaten may stand behind one address of a carrier."""

TOLD_RATE, TOLD_BURST = 20.0, 50.0
"""Refusals a second and at once that an address is told without delay."""

KEPT_BACK, MOST_KEPT_BACK = 2.0, 2000
"""Seconds for which others are kept back, give or take a quarter: who sends again at once, whatever it was told, waits
for its answer, and so costs next to nothing. So many at once; the rest are told at once, too."""


class Backlog:
    """The queue of those who were sent away: each is told the moment that would be its turn, give or take a quarter.

    A queue on paper only: it holds no connection. It grows with every refusal and runs off at the rate at which work
    is really done, so the more are waiting, the later they come, and as many come back a second as can be served.
    """

    def __init__(self, now: float, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._next, self._counted_at = now, now
        self._done, self._rate = 0, 20.0

    @property
    def rate(self) -> float:
        """Work done a second, over the last few seconds."""
        return self._rate

    def done(self, now: float) -> None:
        """Counts a piece of work that ended well."""
        self._done += 1
        passed = now - self._counted_at
        if passed >= 0.5:
            weight = min(1.0, passed / 4)
            self._rate = max(1.0, (1 - weight) * self._rate + weight * self._done / passed)
            self._counted_at, self._done = now, 0

    def turn(self, now: float) -> int:
        """Whole seconds after which the next one who is sent away should come back."""
        self._next = min(max(self._next, now) + 1 / (OVERBOOKED * self._rate), now + LONGEST)
        wait = (self._next - now) * (0.75 + 0.5 * self._chance()) + self._chance()
        return max(1, min(LONGEST, ceil(wait)))


class Ticket:
    """One request's place. It is given up while a slow body is on its way, and taken again with its last byte."""

    __slots__ = ("_admission", "_begun", "_counted", "_kind", "_peer")

    def __init__(self, admission: "Admission", kind: str, peer: str) -> None:
        self._admission, self._kind, self._peer = admission, kind, peer
        self._begun: float | None = None
        self._counted = True

    def known(self, key: str, scale: int) -> None:
        """From here on the quota is the device's and no longer its address'. Raises QuotaSpent."""
        self._admission.charge(self._peer, key, scale)

    def aside(self) -> None:
        """The body is slow: others may work meanwhile."""
        if self._counted:
            self._counted = False
            self._admission.inside[self._kind] -= 1

    def back(self) -> None:
        """The body is here: work begins."""
        if not self._counted:
            self._counted = True
            self._admission.inside[self._kind] += 1
        self._begun = self._admission.clock()

    def leave(self, well: bool) -> None:
        """Answered; `well` where the work was done."""
        self.aside()
        if well:
            self._admission.learned(self._kind, self._begun)


class Admission:
    """The doorkeeper of one process."""

    def __init__(
        self, metrics: Metrics, clock: Callable[[], float], chance: Callable[[], float] = random.random
    ) -> None:
        now = clock()
        self.clock, self.inside = clock, Counter[str]()
        self._limiter = Gradient(now)
        self._devices, self._peers = Quota(KEY_RATE, KEY_BURST), Quota(PEER_RATE, PEER_BURST)
        self._backlogs = {kind: Backlog(now, chance) for kind in (READING, SCAN)}
        self._told, self._kept_back = Quota(TOLD_RATE, TOLD_BURST), 0
        self._chance = chance
        metrics.limit.set_function(lambda: self._limiter.limit)
        metrics.inside.set_function(lambda: sum(self.inside.values()))

    def enter(self, kind: str, ask: Ask) -> Ticket:
        """Lets the request in, before a byte of its body is asked for. Raises Busy, QuotaSpent."""
        wait = self._peers.spend(ask.peer, self.clock())
        if wait > 0:
            raise QuotaSpent(retry=ceil(wait))
        if not self._room(kind):
            raise self.busy(kind)
        self.inside[kind] += 1
        ticket = Ticket(self, kind, ask.peer)
        ask.admitted(ticket)
        return ticket

    @property
    def crowded(self) -> bool:
        """Whether the next photo would be refused."""
        return not self._room(SCAN)

    def _room(self, kind: str) -> bool:
        limit = self._limiter.limit
        if kind == READING:
            return self.inside[READING] + self.inside[SCAN] < limit
        if kind == SCAN:
            return self.inside[READING] + self.inside[SCAN] < PHOTOS * limit
        return self.inside[kind] < max(4, OTHERS * limit)

    def busy(self, kind: str) -> Busy:
        """The refusal that says when to come back."""
        backlog = self._backlogs.get(kind)
        return Busy(retry=backlog.turn(self.clock()) if backlog else 1 + int(4 * self._chance()))

    async def keep_back(self, peer: str) -> bool:
        """Lets an address wait that is told to come later so often that it cannot have listened. Whether it had to."""
        if self._kept_back >= MOST_KEPT_BACK or not self._told.spend(peer, self.clock()):
            return False
        self._kept_back += 1
        try:
            await asyncio.sleep(KEPT_BACK * (0.75 + 0.5 * self._chance()))
        finally:
            self._kept_back -= 1
        return True

    def charge(self, peer: str, key: str, scale: int) -> None:
        """Moves a request from its address' account to its device's. Raises QuotaSpent."""
        now = self.clock()
        self._peers.refund(peer, now)
        wait = self._devices.spend(key, now, scale)
        if wait > 0:
            raise QuotaSpent(retry=ceil(wait))

    def learned(self, kind: str, begun: float | None) -> None:
        """A request was answered well, its work begun at `begun` where it brought a body."""
        backlog = self._backlogs.get(kind)
        if backlog is None or begun is None:
            return
        now = self.clock()
        backlog.done(now)
        self._limiter.sample(now - begun, self.inside[READING] + self.inside[SCAN] + 1, now)
