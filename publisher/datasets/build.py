"""The open data of one contest, built from one source into one folder, and shown when whole.

What did not change is not written again: its file is linked into the new folder, and says which cut it is of. Where
builds lie and how readers come to see one is `built`'s; `package` describes what was built.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from election.bundle import Bundle
from election.clock import Clock, stamp
from election.codes import LEVELS, TPS_LEVEL
from publisher.datasets import package, workbook
from publisher.datasets.areas import Places, provinces
from publisher.datasets.built import XLSX, Builds, Built
from publisher.datasets.corrections import Journal, corrections
from publisher.datasets.files import Resource, Sink, carry, describe
from publisher.datasets.records import Chunk, pages_of, rows_of
from publisher.datasets.source import Nothing, Source
from publisher.datasets.tables import SPLIT, Pace, Table, alone, tables
from publisher.folder import Cursor
from publisher.rows import Cut

SLOW = 3600.0
"""Seconds after which tables of pace `slow` are made again."""

SHEETS = LEVELS[2:]


class Build:
    """One build under way: tables of one contest, from one source, into one folder."""

    def __init__(
        self, bundle: Bundle, key: str, source: Source, journal: Journal | None, folder: Path, cut: Cut
    ) -> None:
        self.places = Places(bundle, key)
        self.bundle, self.source, self.journal, self.folder, self.cut = bundle, source, journal, folder, cut
        self.tables = {table.path: table for table in tables(key, self.places.printed)}
        self.resources: list[Resource] = []

    async def quick(self) -> None:
        """Everything whose rows are few."""
        await self._areas()
        self._put("choices", rows_of(self._choices(), self.tables["choices"].columns))
        self._put("corrections", await corrections(self.places, self.source, self.journal))
        if self.tables["tps"].pace is Pace.QUICK:
            await self._records()

    async def slow(self, changed: set[str] | None, old: tuple[Path, Built] | None) -> None:
        """The rest; of provinces that are not in `changed` (None: all are) the files of `old` are shown again."""
        if self.tables["tps"].pace is Pace.SLOW:
            await self._records()
        if alone(self.places.printed):
            await self._votes()
        for kode, area in provinces(self.places):
            if old is not None and changed is not None and kode not in changed:
                self.carry(*old, {one.path for one in old[1].resources if _of_province(one.path, kode)})
            else:
                await self._province(kode, area)

    def carry(self, folder: Path, built: Built, paths: set[str]) -> None:
        """Show these files of an earlier build again."""
        for one in built.resources:
            if one.path in paths:
                carry(folder, self.folder, one)
                self.resources.append(one)

    async def _areas(self) -> None:
        for tingkat, level in enumerate(LEVELS[:TPS_LEVEL]):
            areas = self.places.level(tingkat)
            found = await self.source.areas(self.places.kodes(areas))
            self._put(level, await asyncio.to_thread(self.places.wide, areas, found, self.tables[level].columns))
        if "dapil" in self.tables:
            found_dapil = await self.source.dapil([one.kode for one in self.places.printed.dapil])
            self._put("dapil", self.places.dapil(found_dapil, self.tables["dapil"].columns))
            if "votes/dapil" in self.tables:
                self._put("votes/dapil", self.places.dapil_votes(found_dapil, self.tables["votes/dapil"].columns))

    async def _votes(self) -> None:
        for level in SPLIT:
            areas = self.places.level(LEVELS.index(level))
            found = await self.source.areas(self.places.kodes(areas))
            columns = self.tables[f"votes/{level}"].columns
            self._put(f"votes/{level}", await asyncio.to_thread(self.places.votes, areas, found, columns))

    async def _records(self) -> None:
        """`tps` and `held`, from one reading of the records."""
        sinks = [self._sink(self.tables[name]) for name in ("tps", "held")]
        for _, area in provinces(self.places):
            async for chunk in self._chunks(area, pages=True):
                await asyncio.to_thread(sinks[0].write, await asyncio.to_thread(chunk.wide, self.tables["tps"]))
                await asyncio.to_thread(sinks[1].write, await asyncio.to_thread(chunk.held))
        for name, sink in zip(("tps", "held"), sinks, strict=True):
            await asyncio.to_thread(self._close, name, sink)

    async def _province(self, kode: str, area: int) -> None:
        """What is parted by province, and its workbook."""
        if "votes/tps" in self.tables:
            sink = self._sink(self.tables["votes/tps"], kode)
            async for chunk in self._chunks(area):
                await asyncio.to_thread(sink.write, await asyncio.to_thread(chunk.votes))
            await asyncio.to_thread(self._close, "votes/tps", sink)
            await self._kelurahan(kode, area)
        sink = self._sink(self.tables["pages"], kode)
        for first, last, _ in self._ranges(area):
            sink.write(pages_of(await self.source.pages(first, last)))
        await asyncio.to_thread(self._close, "pages", sink)
        await asyncio.to_thread(self._workbook, kode)

    async def _kelurahan(self, kode: str, area: int) -> None:
        inside = self.places.tree.tps_of(area)
        kelurahan = np.unique(self.places.tree.tps_parent[inside]).tolist()
        areas = sorted((one for one in kelurahan if self.places.tps[one]), key=self.places.tree.kode)
        found = await self.source.areas(self.places.kodes(areas))
        table = self.tables["votes/kelurahan"]
        rows = await asyncio.to_thread(self.places.votes, areas, found, table.columns)
        self._put("votes/kelurahan", rows, kode)

    def _workbook(self, kode: str) -> None:
        """From the files of this build: the levels below the province, down to the TPS."""
        file, sheets = self.folder / XLSX / f"{kode}.xlsx", {}
        for level in SHEETS:
            among: Any = [("kode", ">=", kode), ("kode", "<", f"{kode}~")]
            sheets[level] = pq.read_table(self.folder / f"{level}.parquet", filters=among)
        workbook.write(file, sheets)
        rows = sum(sheet.num_rows for sheet in sheets.values())
        self.resources.append(describe(self.folder, file, XLSX, rows, self.cut.number, self.cut.at))

    def _choices(self) -> list[tuple[object, ...]]:
        """Every choice of every ballot; of a party also its candidates."""
        rows: list[tuple[object, ...]] = []
        for number, ballot in enumerate(self.places.printed.ballots):
            for name, choice in zip(ballot.choice_fields, ballot.choices, strict=True):
                rows.append((number, name, choice.id, choice.number, choice.name, None))
                for one in choice.candidates:
                    rows.append((number, f"{name}_calon_{one.number}", one.id, one.number, one.name, choice.id))
        return rows

    def _ranges(self, area: int) -> Iterator[tuple[str, str, np.ndarray]]:
        """First and last code, and rows of the tree, of the TPS of every kabupaten of a province."""
        tree, of_tps = self.places.tree, self.places.printed.of_tps
        for child in sorted(tree.children(area), key=tree.kode):
            inside = tree.tps_of(child)
            rows = np.flatnonzero(of_tps[inside] >= 0) + inside.start
            if len(rows):
                kodes = np.sort(tree.tps_kodes[rows])
                yield bytes(kodes[0]).decode(), bytes(kodes[-1]).decode(), rows

    async def _chunks(self, area: int, *, pages: bool = False) -> AsyncIterator[Chunk]:
        for first, last, rows in self._ranges(area):
            counts = await self.source.page_counts(first, last) if pages else None
            blocks = await self.source.blocks(first, last)
            yield await asyncio.to_thread(Chunk, self.places, rows, blocks, counts)

    def _sink(self, table: Table, part: str = "") -> Sink:
        base = self.folder / table.path / part if part else self.folder / table.path
        return Sink(base, table.columns, packed=table.path == "votes/tps")

    def _put(self, name: str, rows: pa.Table, part: str = "") -> None:
        sink = self._sink(self.tables[name], part)
        sink.write(rows)
        self._close(name, sink)

    def _close(self, name: str, sink: Sink) -> None:
        sink.close()
        for file in sink.files:
            self.resources.append(describe(self.folder, file, name, sink.rows, self.cut.number, self.cut.at))


def _of_province(path: str, kode: str) -> bool:
    """Whether a file is one of a province's."""
    return "/" in path and Path(path).name.split(".")[0] == kode


def slow_paths(of: Sequence[Table]) -> set[str]:
    """Tables of pace `slow`, the workbooks among them."""
    return {table.path for table in of if table.pace is Pace.SLOW} | {XLSX}


async def build(
    bundle: Bundle, key: str, source: Source, journal: Journal | None, public: Path, edition: str, clock: Clock
) -> bool:
    """Make the open data of a contest as the source has it; False where they are that already."""
    builds, now = Builds(public, key), clock()
    old, cut = builds.standing(), await source.cut()
    if cut is None:  # before the first, or records that came in masses are on their way
        if old is not None:
            return False
        source, cut = Nothing(stamp(now)), Cut(0, stamp(now))
    if old is not None and old[1].edition != edition:
        old = None
    due = old is None or (not old[1].slow.stands(cut) and now.timestamp() - old[1].slow_at >= SLOW)
    if old is not None and old[1].quick.stands(cut) and not due:
        return False
    here = Cursor.at(cut, edition)
    with builds.new() as folder:
        work = Build(bundle, key, source, journal, folder, cut)
        await work.quick()
        if due:
            whole = old is None or old[1].slow.broken(cut)
            await work.slow(None if whole or old is None else await source.changed(old[1].slow.number), old)
        elif old is not None:
            slow = slow_paths(tuple(work.tables.values()))
            work.carry(*old, {one.path for one in old[1].resources if one.table in slow})
        made = (here, now.timestamp()) if due or old is None else (old[1].slow, old[1].slow_at)
        found = tuple(sorted(work.resources, key=lambda one: one.path))
        built = Built(edition, here, *made, found)
        for path, document in package.own(bundle, key, built).items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(package.encode(document))
        builds.show(folder, built)
    return True
