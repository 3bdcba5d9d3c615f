"""The cut that recapitulation has made, as the publisher reads it: the rows of schema `published`.

Rows only: what becomes of them is said by `sirekap`, `v1` and `site`. Everything is read in one transaction, so that
all documents of a publication tell of the same cut.
"""

import asyncpg
from msgspec import Struct


class Cut(Struct, frozen=True):
    """A point of one contest's journal up to which everything is in the totals."""

    number: int
    at: str
    repairs: int = 0  # how often rows were put right without an event that explains it
    turn: int = 0  # of what was said last beside the totals


class AreaRow(Struct, frozen=True):
    """What is counted in one area. `totals` and `held` follow `Contest.fields`; `waiting` = all − counted − held."""

    kode: str
    tps: int
    counted: int = 0
    held: int = 0
    adm_counted: int = 0
    adm_held: int = 0
    totals: tuple[int, ...] = ()
    held_totals: tuple[int, ...] = ()
    residuals: tuple[int, ...] = ()  # (identity × [sum, abs, count]), in the order of `rules.IDENTITIES`
    number: int = 0
    versions: int = 0  # records with a version beyond the first
    final: int = 0  # TPS whose votes block is final

    @property
    def waiting(self) -> int:
        """TPS whose votes block nobody has decided yet."""
        return self.tps - self.counted - self.held


class DapilRow(Struct, frozen=True):
    """What is counted in one dapil. `totals` follow `Printed.dapil_fields`."""

    dapil: str
    tps: int = 0
    counted: int = 0
    totals: tuple[int, ...] = ()
    number: int = 0


_AREA = (
    "select kode, tps, tps_counted, tps_held, adm_counted, adm_held, totals, held, residuals, number, "
    "versions, final from published.area where contest = $1"
)


async def cut(connection: asyncpg.Connection, contest: str) -> Cut | None:
    """The latest cut of `contest`; None before the first, and while records that came in masses are still written."""
    row = await connection.fetchrow(
        "select c.number, c.at, coalesce(r.count, 0) as repairs, "
        "coalesce((select max(turn) from published.news n where n.contest = c.contest), 0) as turn "
        "from published.cut c left join published.repair r using (contest) "
        "where c.contest = $1 and coalesce(c.totals, c.number) = c.number",  # or totals are ahead of records
        contest,
    )
    return None if row is None else Cut(row["number"], row["at"], row["repairs"], row["turn"])


async def areas_since(connection: asyncpg.Connection, contest: str, number: int) -> list[str]:
    """Codes of the areas whose row changed after cut `number`."""
    rows = await connection.fetch("select kode from published.area where contest = $1 and number > $2", contest, number)
    return [row["kode"] for row in rows]


async def areas(connection: asyncpg.Connection, contest: str, kodes: list[str]) -> dict[str, AreaRow]:
    """The rows of those areas that have one."""
    found = await connection.fetch(f"{_AREA} and kode = any($2)", contest, kodes)
    return {row["kode"]: _area(row) for row in found}


async def states_since(connection: asyncpg.Connection, contest: str, number: int) -> list[tuple[str, str]]:
    """(TPS, state of its votes block) of the blocks that changed after cut `number`."""
    rows = await connection.fetch(
        "select tps, state from published.block where contest = $1 and block = 'suara' and number > $2",
        contest,
        number,
    )
    return [(row["tps"], row["state"]) for row in rows]


async def records_since(connection: asyncpg.Connection, contest: str, number: int) -> list[str]:
    """Codes of the TPS of which a block, a page or a dispute changed after cut `number`."""
    rows = await connection.fetch(
        "select tps from published.block where contest = $1 and number > $2 and (state <> 'awaited' or version > 1) "
        "union select tps from published.page where contest = $1 and number > $2 "
        "union select kode from published.dispute where contest = $1 and moved > $2 and length(kode) > 10",
        contest,
        number,
    )
    return [row["tps"] for row in rows]


async def dapil_since(connection: asyncpg.Connection, contest: str, number: int) -> list[str]:
    """Codes of the dapil whose row changed after cut `number`."""
    rows = await connection.fetch(
        "select dapil from published.dapil where contest = $1 and number > $2", contest, number
    )
    return [row["dapil"] for row in rows]


async def dapil(connection: asyncpg.Connection, contest: str, kodes: list[str]) -> dict[str, DapilRow]:
    """The rows of those dapil that have one."""
    found = await connection.fetch(
        "select dapil, number, tps, tps_counted, totals from published.dapil where contest = $1 and dapil = any($2)",
        contest,
        kodes,
    )
    return {
        row["dapil"]: DapilRow(row["dapil"], row["tps"], row["tps_counted"], tuple(row["totals"] or ()), row["number"])
        for row in found
    }


async def marks(pool: asyncpg.Pool, contest: str, tps: list[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """TPS → block → what is unusual about the figures as they stand, told by recapitulation, which knows the limits."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in await pool.fetch(
        "select tps, block, warnings from published.block where contest = $1 and tps = any($2)",
        contest,
        tps,
    ):
        found.setdefault(row["tps"], {})[row["block"]] = tuple(row["warnings"] or ())
    return found


def _area(row: asyncpg.Record) -> AreaRow:
    return AreaRow(
        kode=row["kode"],
        tps=row["tps"],
        counted=row["tps_counted"],
        held=row["tps_held"],
        adm_counted=row["adm_counted"],
        adm_held=row["adm_held"],
        totals=tuple(row["totals"] or ()),
        held_totals=tuple(row["held"] or ()),
        residuals=tuple(row["residuals"] or ()),
        number=row["number"],
        versions=row["versions"],
        final=row["final"],
    )
