"""Cuts: what has changed since the last one, as rows, written where the public's tables are.

How a row follows from a record is `rows`'s, the statements are `published`'s; when to cut is the engine's.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from election.bundle import Bundle
from election.clock import Clock, stamp
from election.rules import Limits
from recap.published import Cut, Published
from recap.records import Records
from recap.rows import area_rows, block_rows, marks, page_rows
from recap.state import State


class Cutter:
    """The cuts of one contest. `cut` is the number up to which everything is known to be published."""

    def __init__(
        self, bundle: Bundle, state: State, records: Records, published: Published, clock: Clock, limits: Limits
    ) -> None:
        self._bundle, self._state, self._records = bundle, state, records
        self._published, self._clock, self._limits = published, clock, limits
        self.cut = -1
        self._areas: set[int] = set()
        self._rows: set[int] = set()

    async def compare(self) -> None:
        """What was published may lag behind the state or lead it; whatever differs will be written anew."""
        self.cut = min(await self._published.number(), self._state.number)
        self.differ(*await self._published.differing(self._state))

    def differ(self, areas: Iterable[int], rows: Iterable[int] = ()) -> None:
        """These areas and TPS rows have to be written whether or not they changed."""
        self._areas.update(areas)
        self._rows.update(rows)

    async def take(self, size: int) -> Cut:
        """All that changed, as of `state.number`; the state must stand still meanwhile.

        What is more than `size` TPS is written at once, in transactions of its own and ahead of the cut's number, so
        that no transaction is long.
        """
        changed = np.flatnonzero(self._state.area_numbers > self.cut)
        rows = sorted(self._rows.union(map(int, np.flatnonzero(self._state.last > max(self.cut, 0)))))
        while len(rows) > size:
            await self._published.write(await self._cut(rows[:size], (), final=False))
            rows = rows[size:]
        return await self._cut(rows, sorted(self._areas.union(map(int, changed))), final=True)

    async def write(self, cut: Cut) -> None:
        """Publishes what `take` took. Where a newer cut stands, it holds all that this one would have written."""
        areas, rows = self._areas, self._rows
        self._areas, self._rows = set(), set()
        written = False
        try:
            written = await self._published.write(cut)
        finally:
            if not written:
                self.differ(areas, rows)
        self.cut = cut.number

    async def _cut(self, rows: Sequence[int], areas: Sequence[int], *, final: bool) -> Cut:
        at = list(rows)
        records = await self._records.at(at)
        dpt = np.stack([self._bundle.dpt_l[at], self._bundle.dpt_p[at]], axis=1)
        marked = marks(self._state.contest, records, dpt, self._limits)
        told = list(zip(map(self._bundle.tree.tps_kode, at), records, marked, strict=True))
        return Cut(
            number=self._state.number,
            at=self._state.at or stamp(self._clock()),
            areas=area_rows(self._state, areas),
            blocks=[row for tps, record, found in told for row in block_rows(tps, record, found)],
            pages=[row for tps, record, _ in told for row in page_rows(tps, record)],
            final=final,
        )
