"""What every handler needs at hand: reference data, storage, clock, randomness, limits and counters."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Protocol

from election import form
from election.bundle import Bundle
from election.clock import Clock
from election.contest import Contest
from election.errors import SuaraError
from ingest.admission import Admission
from ingest.errors import ContestNotHeld, PageOutOfRange
from ingest.first import VotesFirst
from ingest.later import Busy, Closing
from ingest.metrics import Metrics
from storage.opened import Storage

fresh_salt: Callable[[], str] = partial(secrets.token_hex, 16)
"""32 hex digits nobody can guess: what keeps a commitment closed until its decision opens it."""


BALLOTS = 16_384
"""TPS whose ballots a door remembers; a phone sends its pages one after the other."""


@dataclass(frozen=True)
class Limits:
    """How much one sender, and all senders together, may ask of this machine."""

    scan: int = 8_000_000  # bytes of one photo
    reading: int = 65_536  # bytes of one reading
    memory: int = 512_000_000  # bytes of bodies held at once
    body_seconds: float = 300.0  # for the last byte to arrive: 300 KB at 1 KB/s, a bad line in the hills
    grace_seconds: float = 30.0  # a body may bring nothing for so long; two lost packets on a line of 2 s each
    least_rate: float = 250.0  # bytes a second that it must bring after that; 20 kbit/s is ten times as much
    idle_seconds: float = 75.0  # a line kept open between two requests
    linger_seconds: float = 5.0  # to read on after an early refusal, so that the sender gets to see it
    head_seconds: float = 20.0  # for the head of a request, from its first byte
    lines: int = 12_000  # connections at once; a process has files for as many (LimitNOFILE in its unit)
    buffers: int = 32  # of half a megabyte, for bodies that come fast
    proxies: frozenset[str] = frozenset()  # addresses whose X-Forwarded-For is believed
    stop_seconds: float = 12.0  # for bodies on their way in when the door closes
    settle_seconds: float = 10.0  # for what is at work after that; together under the 30 s that supervisors give


class Budget:
    """Bytes that bodies on their way in may still take. Full means Busy, not out of memory."""

    def __init__(self, size: int, metrics: Metrics) -> None:
        self._left = size
        metrics.held.set_function(lambda: size - self._left)

    def take(self, size: int) -> None:
        """Counts `size` bytes of a body as held. Raises Busy where there is no room for them."""
        if size > self._left:
            raise Busy(retry=2 + secrets.randbelow(8))
        self._left -= size

    def give(self, size: int) -> None:
        """Counts them as let go."""
        self._left += size

    def reserve(self, size: int) -> "Held":
        """Holds `size` bytes for as long as something is in memory. Raises Busy where they are not there."""
        self.take(size)
        return Held(self, size)


class Held:
    """Bytes of a budget, until left."""

    __slots__ = ("_budget", "_size")

    def __init__(self, budget: Budget, size: int) -> None:
        self._budget, self._size = budget, size

    def __enter__(self) -> None:
        """They are held already."""

    def __exit__(self, *_: object) -> None:
        self._budget.give(self._size)


class Coming(Protocol):
    """A body on its way in."""

    def fail(self, error: SuaraError) -> None:
        """Ends it for that reason; what has come can still be taken."""


class Flight:
    """Requests that have come in and are not answered yet, each with its body, which may still be coming."""

    def __init__(self) -> None:
        self._empty = asyncio.Event()
        self._empty.set()
        self.closing = False
        self.bodies: set[Coming] = set()

    def cut(self) -> None:
        """Takes no more of any body: uploads keep what has come, and the phone goes on elsewhere."""
        for coming in tuple(self.bodies):
            coming.fail(Closing(retry=1 + secrets.randbelow(4)))

    def began(self, coming: Coming) -> None:
        """A request has come in."""
        self.bodies.add(coming)
        self._empty.clear()

    def ended(self, coming: Coming) -> None:
        """It is answered."""
        self.bodies.discard(coming)
        if not self.bodies:
            self._empty.set()

    async def landed(self, seconds: float) -> bool:
        """Whether everything was answered within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True


@dataclass(frozen=True)
class Door:
    """Everything the handlers share. `salt` answers 32 fresh hex digits at every call."""

    bundle: Bundle
    storage: Storage
    clock: Clock
    salt: Callable[[], str]
    limits: Limits = field(default_factory=Limits)
    metrics: Metrics = field(default_factory=Metrics)
    flight: Flight = field(default_factory=Flight)
    gate: Any = None  # ingest.gate.Gate: who is asking, and may they
    intake: Any = None  # storage.intake.Intake: photos and readings made durable
    uploads: Any = None  # ingest.tus: uploads that have begun
    accounts: str | None = None  # address of the accounts service, told to phones
    budget: Budget = field(init=False)
    admission: Admission = field(init=False)
    first: VotesFirst = field(init=False)
    _contests: Callable[[str, str], Contest] = field(init=False, repr=False)
    _pages: Callable[[str, str], int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "budget", Budget(self.limits.memory, self.metrics))
        object.__setattr__(self, "admission", Admission(self.metrics, time.monotonic))
        object.__setattr__(self, "first", VotesFirst(self.storage.settings.data_dir, time.monotonic))
        object.__setattr__(self, "_contests", lru_cache(maxsize=BALLOTS)(self._contest_at))
        object.__setattr__(self, "_pages", lru_cache(maxsize=BALLOTS)(self._pages_at))

    def contest_at(self, key: str, tps: str) -> Contest:
        """The contest with the choices that stand on the ballots of `tps`.

        Raises UnknownContest, UnknownTps, ContestNotHeld.
        """
        return self._contests(key, tps)

    def _contest_at(self, key: str, tps: str) -> Contest:
        self.bundle.contest(key)
        index = self.bundle.tree.tps_index(tps)
        if not self.bundle.holds(key, index):
            raise ContestNotHeld(contest=key, tps=tps)
        return self.bundle.ballot(key, index)

    def page_at(self, key: str, tps: str, page: int) -> Contest:
        """The same for one page of its form. Raises PageOutOfRange, PageLater besides."""
        contest, pages = self.contest_at(key, tps), self._pages(key, tps)
        if not 1 <= page <= pages:
            raise PageOutOfRange(page=page, pages=pages)
        self.first.check(contest, page)
        return contest

    def _pages_at(self, key: str, tps: str) -> int:
        return len(form.of(self.contest_at(key, tps)).pages)
