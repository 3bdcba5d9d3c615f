"""Beside the engine of one contest: who would be elected, and what can still change, a moment after each change.

It looks at the state now and then, takes a view, works in a thread, and hands the rows to the next cut. Each row says
at which journal number it was worked out; that may be a few seconds behind the totals beside it, never ahead.
"""

import asyncio
import logging
from collections.abc import Sequence

import asyncpg
from msgspec.structs import replace
from prometheus_client import Counter

from recap.companion import Companion, Seat
from recap.outlook_told import Told, tell
from recap.outlook_view import results, take
from storage.connect import pause
from storage.journal import Entry

log = logging.getLogger(__name__)

FAILED = Counter("suara_recap_outlook_failures", "Looks at the state that came to nothing", ["contest"])

PAUSE = 2.0
"""Seconds between two looks at the state: changes in between are taken together."""

A_LOOK = 32
"""Results a look: an assembly takes some 10 ms to tell, and the loop wants its turns."""

A_CUT = 200
"""Places a cut, so that its transaction stays short."""

_STANDS = "select kode, number from published.outcome where contest = $1 and kode = any($2)"
_WRITE = """
insert into published.outcome as o (contest, kode, number, at, outcome, outlook)
select $1, t.kode, t.number, t.at, t.outcome::jsonb, t.outlook::jsonb
from unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[]) as t (kode, number, at, outcome, outlook)
on conflict (contest, kode) do update
    set number = excluded.number, at = excluded.at, outcome = excluded.outcome, outlook = excluded.outlook
    where o.number <= excluded.number"""


def companion(seat: Seat) -> Companion:
    """Taken on by the engine."""
    return Outlooks(seat)


class Outlooks:
    """The companion of one contest."""

    kinds: frozenset[str] = frozenset()

    def __init__(self, seat: Seat, pause_s: float = PAUSE) -> None:
        self._seat, self._pause = seat, pause_s
        self._seen = dict.fromkeys(results(seat.state), -1)
        """Area index of a result → number of the view it was told from; the one told longest ago stands first."""
        self._told: dict[str, Told] = {}
        """What was worked out last of each place."""
        self._owed: dict[str, Told] = {}
        self._written: dict[str, Told] = {}
        """By the last cut, which may have failed after all."""

    def fold(self, entries: Sequence[Entry]) -> None:
        """Wants no events: everything it needs is in the state."""

    async def publish(self, line: asyncpg.Connection, number: int) -> None:
        """Writes what is owed; what the last attempt wrote is owed again where its cut was not committed."""
        self._owed = await self._lost(line) | self._owed
        some = dict(list(self._owed.items())[:A_CUT])
        if some:
            await line.execute(_WRITE, self._seat.key, *_columns([*some.values()]))
        self._written = some
        self._owed = {kode: told for kode, told in self._owed.items() if kode not in some}
        if self._owed:
            self._seat.changed()

    async def _lost(self, line: asyncpg.Connection) -> dict[str, Told]:
        """Of what was written last, that which is not there."""
        if not self._written:
            return {}
        stands = dict(await line.fetch(_STANDS, self._seat.key, [*self._written]))
        return {kode: told for kode, told in self._written.items() if stands.get(kode, -1) < told.number}

    async def work(self) -> None:
        """Looks at the state, for ever."""
        while True:
            whole = await self.look()
            await pause(self._pause if whole else self._pause / 4)

    async def look(self) -> bool:
        """Works out anew some of what has changed since it was told, and asks for a cut where that is another now.

        Answers whether it looked at all there was.
        """
        state = self._seat.state
        changed = [area for area, seen in self._seen.items() if state.area_numbers[area] > seen]
        some = changed[:A_LOOK]
        if some:
            number = state.number
            try:
                view = await asyncio.to_thread(take, self._seat.bundle, state, some)
                number = view.number
                self._keep(await asyncio.to_thread(tell, view))
            except Exception:  # what it comes to is no reason to stop counting
                FAILED.labels(self._seat.key).inc()
                log.exception("%s: no outlook at number %d", self._seat.key, number)
            for area in some:
                del self._seen[area]
                self._seen[area] = number
        return len(some) == len(changed)

    def _keep(self, told: Sequence[Told]) -> None:
        new = {one.kode: one for one in told if not _same(one, self._told.get(one.kode))}
        if new:
            self._told |= new
            self._owed |= new
            self._seat.changed()


def _same(one: Told, other: Told | None) -> bool:
    """Whether both say the same, at whatever numbers."""
    return other is not None and replace(one, number=other.number, at=other.at) == other


def _columns(told: Sequence[Told]) -> list[list[object]]:
    rows = [(one.kode, one.number, one.at, one.outcome.decode(), one.outlook.decode()) for one in told]
    return [list(column) for column in zip(*rows, strict=True)]
