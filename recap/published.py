"""Writes a cut of the recapitulation where the public's tables are, in one transaction; and compares, at a start.

Two engines at once are safe: an older cut never overwrites a newer one, and the same cut writes the same rows.
What the rows say is `rows`'s; who reads them is not known here.
"""

from collections.abc import Iterable, Sequence

import asyncpg
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from recap.companion import Companion
from recap.rows import AreaRow, BlockRow, PageRow, area_rows
from recap.state import State

CHANNEL = "published"
STATEMENT = 5_000
"""Rows a statement."""


class Cut(Struct, frozen=True):
    """Everything that changed up to the journal's number `number`. `final` False: more rows of this cut follow."""

    number: int
    at: str
    areas: Sequence[AreaRow] = ()
    blocks: Sequence[BlockRow] = ()
    pages: Sequence[PageRow] = ()
    final: bool = True


_AREA = """
insert into published.area as p (contest, kode, tingkat, number, tps, tps_counted, tps_held, tps_waiting,
                                 adm_counted, adm_held, totals, held, residuals)
select $1, kode, tingkat, number, tps, counted, held, waiting, adm_counted, adm_held,
       totals::bigint[], held_figures::bigint[], residuals::bigint[]
from unnest($2::text[], $3::smallint[], $4::bigint[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[],
            $10::int[], $11::text[], $12::text[], $13::text[])
  as r (kode, tingkat, number, tps, counted, held, waiting, adm_counted, adm_held, totals, held_figures, residuals)
on conflict (contest, kode) do update set
    tingkat = excluded.tingkat, number = excluded.number, tps = excluded.tps, tps_counted = excluded.tps_counted,
    tps_held = excluded.tps_held, tps_waiting = excluded.tps_waiting, adm_counted = excluded.adm_counted,
    adm_held = excluded.adm_held, totals = excluded.totals, held = excluded.held, residuals = excluded.residuals
where p is distinct from excluded
returning p.number"""

_BLOCK = """
insert into published.block as p (contest, tps, block, state, number, decision, figures, read, reasons, warnings, at)
select $1, tps, block, state, number, decision, figures::int[], read::int[], reasons::text[], warnings::text[], at
from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::text[])
  as r (tps, block, state, number, decision, figures, read, reasons, warnings, at)
on conflict (contest, tps, block) do update set
    state = excluded.state, number = excluded.number, decision = excluded.decision, figures = excluded.figures,
    read = excluded.read, reasons = excluded.reasons, warnings = excluded.warnings, at = excluded.at
where p is distinct from excluded
returning p.number"""

_PAGE = """
insert into published.page as p (contest, tps, page, number, scan, sha256, rendition, state, fault, quality, at)
select $1, tps, page, number, scan, sha256, rendition, state, fault, quality, at
from unnest($2::text[], $3::smallint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::smallint[], $11::text[])
  as r (tps, page, number, scan, sha256, rendition, state, fault, quality, at)
on conflict (contest, tps, page) do update set
    number = excluded.number, scan = excluded.scan, sha256 = excluded.sha256, rendition = excluded.rendition,
    state = excluded.state, fault = excluded.fault, quality = excluded.quality, at = excluded.at
where p is distinct from excluded
returning p.number"""

_REPAIRED = """
insert into published.repair as r (contest, count) values ($1, 1)
on conflict (contest) do update set count = r.count + 1"""


class Published:
    """The published tables of one contest."""

    def __init__(self, pool: asyncpg.Pool, contest: str, companions: Sequence[Companion] = ()) -> None:
        self._pool, self._contest, self._companions = pool, contest, companions

    async def number(self) -> int:
        """The number of the cut that stands; -1 where there is none yet."""
        found = await self._pool.fetchval("select number from published.cut where contest = $1", self._contest)
        return -1 if found is None else int(found)

    async def write(self, cut: Cut) -> bool:
        """Writes the cut as a whole or not at all. False: a newer one stands, and nothing was written."""
        async with self._pool.acquire() as line, line.transaction():
            await line.execute(
                "insert into published.cut (contest, number, at) values ($1, -1, $2) on conflict do nothing",
                self._contest,
                cut.at,
            )
            stands = await line.fetchval(
                "select number from published.cut where contest = $1 for update", self._contest
            )
            if stands > cut.number:
                return False
            changed = await self._rows(line, cut)
            if any(0 < number <= stands for number in changed):
                # No event explains it, so that no reader's question for what is newer would find it.
                await line.execute(_REPAIRED, self._contest)
            if cut.final:
                for companion in self._companions:
                    await companion.publish(line, cut.number)
                await line.execute(
                    "update published.cut set number = $2, at = $3 where contest = $1",
                    self._contest,
                    cut.number,
                    cut.at,
                )
        if cut.final:
            # Not within the cut: a commit that carries a NOTIFY holds up every other commit of the database.
            await self._pool.execute("select pg_notify($1, $2)", CHANNEL, self._contest)
        return True

    async def _rows(self, line: asyncpg.Connection, cut: Cut) -> list[int]:
        """Writes the rows; answers the numbers of those that were not so already."""
        changed = []
        for statement, columns in (
            (_AREA, map(_area, cut.areas)),
            (_BLOCK, map(_block, cut.blocks)),
            (_PAGE, map(_page, cut.pages)),
        ):
            for some in in_lists(columns, STATEMENT):
                written = await line.fetch(
                    statement, self._contest, *(list(column) for column in zip(*some, strict=True))
                )
                changed += [int(row["number"]) for row in written]
        return changed

    async def differing(self, state: State) -> tuple[list[int], list[int]]:
        """Areas, and TPS rows, whose published rows are not what `state` says. For a start, when no cut is written."""
        return await self._differing_areas(state), await self._differing_tps(state)

    async def _differing_areas(self, state: State) -> list[int]:
        differ = []
        rows = await self._pool.fetch("select * from published.area where contest = $1", self._contest)
        told = {row["kode"]: tuple(row.values())[1:] for row in rows}
        for area in range(state.tree.n_areas):
            for row in area_rows(state, (area,)):
                if told.get(row.kode) != tuple(getattr(row, name) for name in AreaRow.__struct_fields__):
                    differ.append(area)
        return differ

    async def _differing_tps(self, state: State) -> list[int]:
        """TPS rows with a published block missing, or with other decisions than the state has."""
        told: NDArray[np.int64] = np.full(state.decisions.shape, -1, np.int64)
        rows = await self._pool.fetch(
            "select tps, block, decision from published.block where contest = $1", self._contest
        )
        for tps, block, decision in rows:
            at = state.tree.tps_codes.one(tps)
            if at >= 0 and block in state.spans:
                told[at, state.blocks.index(block)] = decision
        seen = state.last > 0
        return [int(row) for row in np.flatnonzero(seen & (told != state.decisions).any(axis=1))]


def _area(row: AreaRow) -> tuple[object, ...]:
    whole = (row.kode, row.tingkat, row.number, row.tps, row.tps_counted, row.tps_held, row.tps_waiting)
    return (*whole, row.adm_counted, row.adm_held, *map(literal, (row.totals, row.held, row.residuals)))


def _block(row: BlockRow) -> tuple[object, ...]:
    lists = map(literal, (row.figures, row.read, row.reasons, row.warnings))
    return (row.tps, row.block, row.state, row.number, row.decision, *lists, row.at)


def _page(row: PageRow) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in PageRow.__struct_fields__)


def literal(values: Iterable[int | str | None] | None) -> str | None:
    """An array as PostgreSQL reads it from text: rows of arrays of different lengths fit no other parameter."""
    if values is None:
        return None
    return "{" + ",".join(_quoted(value) for value in values) + "}"


def _quoted(value: int | str | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def in_lists(rows: Iterable[tuple[object, ...]], size: int) -> Iterable[list[tuple[object, ...]]]:
    """`rows` in lists of at most `size`."""
    some: list[tuple[object, ...]] = []
    for row in rows:
        some.append(row)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some
