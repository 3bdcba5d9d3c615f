"""Cuts: what has changed since the last one, as rows, written where the public's tables are.

How a row follows from a record is `rows`'s, the statements are `published`'s; when to cut is the engine's.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import islice

import numpy as np
from msgspec import Struct

from election.bundle import Bundle
from election.clock import Clock, stamp
from election.record import Record
from recap.marking import Marking, Marks
from recap.published import Cut, Published, Standing
from recap.records import Records
from recap.rows import (
    EVERYTHING,
    BlockRow,
    PageRow,
    VersionRow,
    area_rows,
    block_rows,
    dapil_rows,
    page_rows,
    version_rows,
)
from recap.state import State
from recap.strangers import Strange

PIECE = 500
"""Areas or TPS that are compared together."""


class Odd(Struct, frozen=True):
    """Areas and TPS rows whose published rows are not what the state has; `gone`: where a cut had written one."""

    areas: Sequence[int] = ()
    rows: Sequence[int] = ()
    gone: Sequence[str] = ()


class Cutter:
    """The cuts of one contest.

    A cut has every area and dapil that changed, and as many changed records as fit; the others follow in the next ones.
    """

    def __init__(
        self, bundle: Bundle, state: State, records: Records, published: Published, clock: Clock, marking: Marking
    ) -> None:
        self._bundle, self._state, self._records = bundle, state, records
        self._published, self._clock, self._marking = published, clock, marking
        self.stands = Standing(-1, -1)
        """What is known to be published: of records, and of areas and dapil."""
        self._rows: dict[int, None] = {}
        """TPS rows that changed, in the order in which they did."""
        self._odd: set[int] = set()
        """TPS rows that were found to differ from what is published."""
        self._taken: set[int] = set()
        """Of those, the ones that the cut in hand writes anew."""
        self._areas: set[int] = set()
        """Areas likewise; what changed there is told by their numbers."""
        self._strange: dict[str, set[str]] = {}
        """Rows that something else has written, until a cut has taken them up."""
        member = state.printed.district_of_tps
        self._dapil_tps = np.bincount(member[member >= 0], minlength=len(state.printed.dapil))

    @property
    def cut(self) -> int:
        """Number up to which everything is known to be published."""
        return self.stands.number

    @property
    def waiting(self) -> int:
        """How many records wait to be published."""
        return len(self._rows) + len(self._odd)

    async def begin(self) -> None:
        """What was published may lag behind the state or lead it."""
        number, totals = await self._published.standing()
        self.stands = Standing(min(number, self._state.number), min(totals, self._state.number))
        self.moved(max(self.stands.number, 0))

    def touched(self, rows: Iterable[int]) -> None:
        """Something happened to these TPS rows."""
        self._rows.update(dict.fromkeys(rows))

    def moved(self, after: int) -> None:
        """Something happened to all TPS whose last number is greater than `after`, as by a ruling on an area above."""
        self.touched(np.flatnonzero(self._state.last > after).tolist())

    def differ(self, areas: Iterable[int], rows: Iterable[int] = ()) -> None:
        """These areas and TPS rows have to be written whether or not they changed."""
        self._areas.update(areas)
        self._odd.update(rows)

    def strange(self, rows: Strange) -> None:
        """These published rows were written by something else. Where one is of no place of ours it is taken away."""
        tree = self._state.tree
        for table, kodes in rows.items():
            self._strange.setdefault(table, set()).update(kodes)
            if table == "area":
                self.differ(area for area in map(tree.area_codes.one, kodes) if area >= 0)
            elif table != "dapil":
                self.differ((), (row for row in map(tree.tps_codes.one, kodes) if row >= 0))

    def _clearing(self) -> Strange:
        """Of the strange rows, those that the cut in hand writes anew, and those of no place of ours.

        Where the cut fails they are found again.
        """
        one, taken = self._state.tree.tps_codes.one, {}
        for table, kodes in self._strange.items():
            totals = table in ("area", "dapil")
            taken[table] = sorted(kode for kode in kodes if totals or (row := one(kode)) < 0 or row in self._taken)
            kodes.difference_update(taken[table])
        return taken

    async def take(self, size: int) -> tuple[Cut, list[int]]:
        """All areas that changed, and `size` TPS at most, as of `state.number`; and which TPS rows those are.

        The state must stand still meanwhile.
        """
        state, after = self._state, self.stands.totals
        waiting = dict.fromkeys([*self._odd, *self._rows])
        rows = sorted(islice(waiting, size))
        self._taken = self._odd.intersection(rows)
        told = await self._told(rows)
        # From here on nothing is awaited until `write` has forgotten what this cut has.
        changed = np.flatnonzero(state.area_numbers > after).tolist()
        odd = [one.kode in self._strange.get("dapil", ()) for one in state.printed.dapil]
        dapil = np.flatnonzero((state.dapil_numbers > after) | np.array(odd, bool)).tolist()
        cut = Cut(
            number=state.number,
            at=state.at or stamp(self._clock()),
            totals=[
                *area_rows(state, sorted(self._areas.union(changed))),
                *dapil_rows(state, dapil, self._dapil_tps[dapil].tolist()),
            ],
            rows=told,
            whole=len(rows) == len(waiting),
            strange=self._clearing(),
        )
        return cut, rows

    async def write(self, cut: Cut, rows: Sequence[int], go_on: Callable[[], Awaitable[None]]) -> None:
        """Publishes what `take` took. What a newer cut that stands holds already need not be written again.

        The state must stand still until `go_on` is awaited.
        """
        areas, odd = self._areas, self._taken
        self._forget(rows)
        stands: Standing | None = None
        try:
            stands = await self._published.write(cut, go_on)
        finally:
            if stands is None or stands.totals > cut.number:
                self.differ(areas, odd)
            if stands is None or (stands.totals > cut.number > stands.number):
                self.touched(rows)
        self.stands = Standing(min(stands.number, cut.number), min(stands.totals, cut.number))

    def _forget(self, rows: Sequence[int]) -> None:
        self._areas = set()
        self._odd -= self._taken  # what was found to differ since then is not in this cut
        for row in rows:
            self._rows.pop(row, None)

    async def differing(self) -> AsyncIterator[Odd]:
        """What is published otherwise than the state has it, a piece at a time.

        Where the state moves on meanwhile the next cut writes what changed, so that only what stood still is told.
        """
        tree = self._state.tree
        for start in range(0, tree.n_areas, PIECE):
            yield await self._odd_areas(range(start, min(start + PIECE, tree.n_areas)))
        for start in range(0, tree.n_tps, PIECE):
            yield await self._odd_rows(range(start, min(start + PIECE, tree.n_tps)))

    async def _odd_areas(self, areas: Sequence[int]) -> Odd:
        rows = {row.kode: row for row in area_rows(self._state, areas)}
        written = await self._published.standing()  # before the rows are read: a cut that stands by then has them
        told = await self._published.areas(list(rows))
        differ = [kode for kode, row in rows.items() if told.get(kode) != row and row.number <= self.stands.totals]
        gone = [f"area {kode}" for kode in differ if kode not in told and 0 < rows[kode].number <= written.totals]
        found = [self._state.tree.area_index(kode) for kode in differ]
        return Odd([area for area in found if self._state.area_numbers[area] <= self.stands.totals], gone=gone)

    async def _odd_rows(self, rows: Sequence[int]) -> Odd:
        """TPS rows with a published block missing, or with other decisions than the state has."""
        state = self._state
        seen = [row for row in rows if state.last[row] and row not in self._rows]
        numbers = {row: int(state.last[row]) for row in seen}
        written = await self._published.standing()
        told = await self._published.decisions([state.tree.tps_kode(row) for row in seen])
        odd = [row for row in seen if state.last[row] == numbers[row] <= self.cut and self._differs(row, told)]
        kodes = {row: state.tree.tps_kode(row) for row in odd if numbers[row] <= written.number}
        gone = [
            f"block {kode}" for row, kode in kodes.items() if not told.get(kode, {}).keys() >= {*state.block_names(row)}
        ]
        return Odd(rows=odd, gone=gone)

    def _differs(self, row: int, told: Mapping[str, Mapping[str, int]]) -> bool:
        names = self._state.block_names(row)
        here = dict(zip(names, self._state.decisions[row].tolist(), strict=False))
        return told.get(self._state.tree.tps_kode(row)) != here

    async def _told(self, rows: Sequence[int]) -> list[BlockRow | VersionRow | PageRow]:
        """Everything about these records, one kind of row after the other."""
        records = await self._records.at(rows)
        kodes, marked = map(self._bundle.tree.tps_kode, rows), self._marked(rows, records)
        after = [EVERYTHING if row in self._taken else self.stands.number for row in rows]
        told = list(zip(kodes, records, marked, after, strict=True))
        return [
            *(row for tps, record, marks, since in told for row in block_rows(tps, record, marks, since)),
            *(row for tps, record, _, since in told for row in version_rows(tps, record, since)),
            *(row for tps, record, _, since in told for row in page_rows(tps, record, since)),
        ]

    def _marked(self, rows: Sequence[int], records: Sequence[Record]) -> list[Marks]:
        """The marks of each record; of one on which nobody has decided there are none."""
        decided = [at for at, record in enumerate(records) if any(block.decided for block in record.blocks)]
        at = [rows[i] for i in decided]
        dpt = np.stack([self._bundle.dpt_l[at], self._bundle.dpt_p[at]], axis=1)
        found = dict(zip(decided, self._marking.marks(at, [records[i] for i in decided], dpt), strict=True))
        return [found.get(i, {}) for i in range(len(records))]
