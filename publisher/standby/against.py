"""One contest's rows of one moment held against its log, a part of the tree at a time."""

from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import asyncpg

from election.bundle import Bundle
from election.event import AreaConfirmed, ResultDetermined
from election.record import Record
from election.rules import identity_names
from publisher.ballots import Ballots
from publisher.standby import compared, leaves
from publisher.standby.compared import Difference
from publisher.standby.parted import Leaf, Parted, Told
from publisher.standby.recount import Recount, Sums
from storage.logs import LogFiles
from tlog.note import Checkpoint

TOGETHER = 1_000
"""TPS or areas whose rows are fetched with one question."""

_BLOCKS = "select * from published.block where contest = $1 and tps = any($2) order by tps"
_AREAS = "select * from published.area where contest = $1 and kode = any($2)"
_DAPIL = "select * from published.dapil where contest = $1"
_STRANGE = """
select 'block', tps || ' ' || block from published.block where contest = $1 and not tps = any($2)
union all select 'area', kode from published.area where contest = $1 and not kode = any($3)"""


class Against:
    """One contest's check, while it runs."""

    def __init__(self, bundle: Bundle, key: str, line: asyncpg.Connection, number: int, folder: Path) -> None:
        self._bundle, self._key, self._line, self._number, self._folder = bundle, key, line, number, folder
        self._ballots, self._printed = Ballots(bundle, key), bundle.printed(key)
        self._names = [
            f"{code}{f'.{part}' if part else ''}.{what}"
            for code, part in identity_names(self._printed.ballots)
            for what in ("sum", "abs", "count")
        ]
        self.records = self.areas = 0

    def read(self, files: LogFiles, head: Checkpoint) -> None:
        """Puts the entries up to the cut aside. Raises NotTheLog where they are not what was signed."""
        self._parted = Parted(self._folder, self._bundle.tree, self._number)
        for first, found in leaves.entries(files, head, self._key):
            if first <= self._number:
                self._parted.put(first, found[: self._number - first + 1])

    async def differences(self) -> AsyncIterator[Difference]:
        """Everything that is not what the log comes to."""
        closing = {kode: [one.number for one in some if _seals(one)] for kode, some in self._parted.rulings.items()}
        sealed = {kode: max(numbers) for kode, numbers in closing.items() if numbers}
        recount = Recount(self._bundle, self._key, sealed)
        for part in range(self._parted.parts):
            told = self._parted.take(part)
            closed: list[tuple[int, Sums]] = []
            for some in _together(self._bundle, self._parted.kelurahan(part)):
                records = self._records(some, told)
                async for one in self._blocks(some, records):
                    yield one
                closed += [pair for area in some for pair in recount.kelurahan(area, records)]
            async for one in self._areas(closed):
                yield one
        async for one in self._rest(recount.dapil):
            yield one

    def _records(self, areas: Sequence[int], told: Mapping[int, Sequence[Leaf]]) -> dict[int, Record]:
        rows = [row for area in areas for row in self._rows(area) if row in told]
        return {row: self._parted.fold(row, told[row], self._ballots.of_tps(row).layout) for row in rows}

    def _rows(self, area: int) -> list[int]:
        of = self._bundle.tree.tps_of(area)
        holding = self._bundle.tps_holding(self._key)
        return [row for row in range(of.start, of.stop) if holding[row]]

    async def _blocks(self, areas: Sequence[int], records: Mapping[int, Record]) -> AsyncIterator[Difference]:
        rows = {self._bundle.tree.tps_kode(row): row for area in areas for row in self._rows(area)}
        found = await self._line.fetch(_BLOCKS, self._key, list(rows))
        standing = {tps: {one["block"]: one for one in some} for tps, some in groupby(found, key=_tps)}
        for tps, row in rows.items():
            record = records.get(row)
            self.records += record is not None
            if record is None and tps not in standing:
                continue
            for one in compared.blocks(tps, record, standing.get(tps, {})):
                yield one

    async def _areas(self, closed: Sequence[tuple[int, Sums]]) -> AsyncIterator[Difference]:
        tree = self._bundle.tree
        for start in range(0, len(closed), TOGETHER):
            some = closed[start : start + TOGETHER]
            kodes = [tree.kode(area) for area, _ in some]
            rows = {row["kode"]: row for row in await self._line.fetch(_AREAS, self._key, kodes)}
            for (area, sums), kode in zip(some, kodes, strict=True):
                self.areas += 1
                for one in compared.area(kode, sums, self._printed.fields(area), self._names, rows.get(kode)):
                    yield one

    async def _rest(self, dapil: Sequence[Sums]) -> AsyncIterator[Difference]:
        """Dapil, and rows of places that there are not."""
        rows = {row["dapil"]: row for row in await self._line.fetch(_DAPIL, self._key)}
        for i, (district, sums) in enumerate(zip(self._printed.dapil, dapil, strict=True)):
            self.areas += 1
            for one in compared.dapil(
                district.kode, sums, self._printed.dapil_fields(i), rows.pop(district.kode, None)
            ):
                yield one
        for kode in rows:
            yield Difference("dapil", kode, "row", "a row", compared.ABSENT_ROW)
        tree = self._bundle.tree
        tps = [tree.tps_kode(row) for row in self._bundle.tps_holding(self._key).nonzero()[0].tolist()]
        areas = [tree.kode(area) for area in range(tree.n_areas)]
        for table, place in await self._line.fetch(_STRANGE, self._key, tps, areas):
            yield Difference(table, place, "row", "a row", compared.ABSENT_ROW)


def _tps(row: Mapping[str, Any]) -> str:
    tps: str = row["tps"]
    return tps


def _seals(told: Told) -> bool:
    return isinstance(told.event, AreaConfirmed | ResultDetermined)


def _together(bundle: Bundle, areas: range) -> list[list[int]]:
    """Kelurahan, as many at once as have `TOGETHER` TPS."""
    groups: list[list[int]] = [[]]
    tps = 0
    for area in areas:
        of = bundle.tree.tps_of(area)
        if tps and tps + of.stop - of.start > TOGETHER:
            groups.append([])
            tps = 0
        groups[-1].append(area)
        tps += of.stop - of.start
    return groups
