"""An engine looks over its own work: whether sums are those of their TPS, whether published rows are those of its cuts.

What differs is put right by the next cut. What no cut can have caused is a finding besides, which stands until a person
has seen it (`suara findings`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
from prometheus_client import Counter, Gauge

from recap import strangers
from recap.cutter import Cutter
from recap.pace import Pace
from recap.state import State
from storage import findings

log = logging.getLogger(__name__)

SHADOW = Counter("suara_recap_shadow_differences", "Areas whose deltas differed from the full roll-up", ["contest"])
ROUND = Gauge("suara_recap_shadow_seconds", "Duration of the last comparison with the whole", ["contest"])

NOT_BY_A_CUT = "result.not_by_a_cut"
TAKEN_AWAY = "result.taken_away"

SHARE = 4
"""Rests longer than a look for strange rows takes: a nation's 30 million of one contest take some ten seconds."""


class Scrutiny:
    """Of one contest. `turn` is held by whoever moves the state; `changed` rings for a cut."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        state: State,
        cutter: Cutter,
        turn: asyncio.Lock,
        changed: Callable[[], None],
        pace: Pace,
    ) -> None:
        self._pool, self._state, self._cutter = pool, state, cutter
        self._turn, self._changed, self._pace = turn, changed, pace
        self.key = state.key

    @property
    def parts(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """What goes on for as long as the engine does."""
        return self._check_all, self._look_all

    async def _check_all(self) -> None:
        """Compares and sums, round after round."""
        while True:
            await self.compare()
            await asyncio.sleep(self._pace.check)
            await self.check()

    async def _look_all(self) -> None:
        """Looks for strange rows, round after round."""
        while True:
            started = _now()
            await self.look()
            await asyncio.sleep(max(self._pace.strange, SHARE * (_now() - started)))

    async def compare(self) -> None:
        """Looks through everything published, a piece at a time; whatever differs from the state is written anew."""
        async for odd in self._cutter.differing():
            await self._tell(TAKEN_AWAY, "a published row is gone", odd.gone)
            self._cutter.differ(odd.areas, odd.rows)
            self._changed()

    async def look(self) -> strangers.Strange:
        """Looks for published rows that something else has written: alarm, and the next cut writes them anew."""
        found = await strangers.found(self._pool, self.key)
        places = [f"{table} {kode}" for table, kodes in found.items() for kode in kodes]
        await self._tell(NOT_BY_A_CUT, "a published row was not written by a cut", places)
        if found:
            self._cutter.strange(found)
            self._changed()
        return found

    async def check(self) -> int:
        """Sums everything anew beside the deltas. Where they differ: alarm, put right, publish.

        Answers in how many areas they differed.
        """
        started = _now()
        holds = await asyncio.to_thread(self._state.sound)
        ROUND.labels(self.key).set(_now() - started)
        if holds:
            return 0
        async with self._turn:
            found = await asyncio.to_thread(self._state.rebuild)
            self._cutter.differ(found)
        log.error("%s: the totals of %d areas are not those of their TPS", self.key, len(found))
        SHADOW.labels(self.key).inc(len(found))
        self._changed()
        return len(found)

    async def _tell(self, what: str, words: str, places: Sequence[str]) -> None:
        """Notes findings before anything is put right, since they cannot be found afterwards."""
        for place in await findings.note(self._pool, self.key, what, places) if places else ():
            log.error("%s: %s: %s", self.key, words, place)


def _now() -> float:
    return asyncio.get_running_loop().time()
