"""Rows of one moment of the standby as answers. Every line handed in is within a transaction that sees one cut."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import asyncpg
from msgspec import Struct

from election.bundle import Bundle
from election.codes import NATION_CODE
from election.contest import Contest
from election.rules import identity_names
from publisher.query.answers import (
    Administration,
    Area,
    Block,
    Figures,
    Page,
    RecordRow,
    Residual,
    Row,
    Stations,
    Version,
)
from publisher.query.question import Listing

_CUT = """
select c.number, coalesce(c.totals, c.number) as totals, c.at, coalesce(r.count, 0) as repairs
from published.cut c left join published.repair r using (contest) where c.contest = $1 and c.number >= 0"""
_CUTS = "select contest, coalesce(totals, number) as number, at from published.cut where number >= 0"
_AREAS = "select * from published.area where contest = $1 and kode = any($2)"
_BLOCKS = "select * from published.block where contest = $1 and tps = $2"
_PAGES = "select * from published.page where contest = $1 and tps = $2 order by page"
_VERSIONS = "select * from published.version where contest = $1 and tps = $2 order by version, block"
_RECORDS = """
with listed as (
    select distinct tps from published.block
    where contest = $1 and tps > $2 and tps >= $6 and tps < $3 and ($5::bigint < 0 or number > $5)
    order by tps limit $4)
select tps, block, state, number, decision, figures, version from published.block
where contest = $1 and tps in (select tps from listed) order by tps, block"""


class Cut(Struct, frozen=True):
    """What an answer is of. `records` is behind `number` only while a great many have come at once."""

    number: int = 0
    at: str = ""
    records: int = 0
    repairs: int = 0

    @property
    def tag(self) -> str:
        """The same as long as the same would be answered."""
        return f'"{self.number}.{self.records}.{self.repairs}"'


async def cut(line: asyncpg.Connection, key: str) -> Cut:
    """Where a contest stands."""
    row = await line.fetchrow(_CUT, key)
    return Cut() if row is None else Cut(row["totals"], row["at"], row["number"], row["repairs"])


async def cuts(line: asyncpg.Connection) -> dict[str, tuple[int, str]]:
    """Contest → number and time of its cut."""
    return {key: (number, at) for key, number, at in await line.fetch(_CUTS)}


async def areas(line: asyncpg.Connection, bundle: Bundle, key: str, wanted: Sequence[int]) -> list[Area]:
    """These areas, in their order; of one of which nothing is published yet, nothing is counted."""
    kodes = [bundle.tree.kode(area) for area in wanted]
    rows = {row["kode"]: row for row in await line.fetch(_AREAS, key, kodes)}
    names = identity_names(bundle.printed(key).ballots)
    return [_area(bundle, key, area, rows.get(kode), names) for area, kode in zip(wanted, kodes, strict=True)]


def _area(bundle: Bundle, key: str, area: int, row: asyncpg.Record | None, names: Sequence[tuple[str, str]]) -> Area:
    tree, fields = bundle.tree, bundle.printed(key).fields(area)
    own = (tree.kode(area), tree.nama(area), tree.tingkat(area))
    if row is None:
        total = int(bundle.tps_holding(key)[tree.tps_of(area)].sum())
        zero = dict.fromkeys(fields, 0)
        return Area(*own, 0, Stations(total, 0, 0, total), Administration(0, 0), zero, zero, (), 0, 0)
    residuals = row["residuals"] or ()
    triples = zip(names, residuals[0::3], residuals[1::3], residuals[2::3], strict=True) if residuals else ()
    return Area(
        *own,
        row["number"],
        Stations(row["tps"], row["tps_counted"], row["tps_held"], row["tps_waiting"]),
        Administration(row["adm_counted"], row["adm_held"]),
        dict(zip(fields, row["totals"], strict=True)),
        dict(zip(fields, row["held"], strict=True)),
        tuple(Residual(*name, *three) for name, *three in triples if any(three)),
        row["final"],
        row["versions"],
    )


async def blocks(line: asyncpg.Connection, ballot: Contest, key: str, tps: str) -> tuple[int, dict[str, Block]]:
    """A record's version, and its blocks in the order of the form."""
    rows = {row["block"]: row for row in await line.fetch(_BLOCKS, key, tps)}
    told = {name: _block(rows[name], fields) for name, fields in ballot.blocks.items() if name in rows}
    return max((row["version"] for row in rows.values()), default=1), told


def _block(row: asyncpg.Record, fields: Sequence[str]) -> Block:
    return Block(
        row["state"], row["number"], row["decision"], row["at"], _named(fields, row["figures"]),
        _named(fields, row["read"]), tuple(row["reasons"] or ()), tuple(row["warnings"] or ()),
    )  # fmt: skip


def _named(fields: Sequence[str], figures: Sequence[int | None] | None) -> Figures | None:
    return None if figures is None else dict(zip(fields, figures, strict=False))


async def pages(line: asyncpg.Connection, key: str, tps: str) -> tuple[Page, ...]:
    """The photos that speak for a record's pages."""
    names = Page.__struct_fields__
    return tuple(Page(*(row[name] for name in names)) for row in await line.fetch(_PAGES, key, tps))


async def versions(line: asyncpg.Connection, ballot: Contest, key: str, tps: str) -> tuple[Version, ...]:
    """What a record was before."""
    return tuple(
        Version(
            row["version"], row["block"], row["state"], _named(ballot.blocks.get(row["block"], ()), row["figures"]),
            row["number"], row["at"], row["ground"], row["order_ref"],
        )
        for row in await line.fetch(_VERSIONS, key, tps)
    )  # fmt: skip


async def records(line: asyncpg.Connection, key: str, of: Listing) -> tuple[RecordRow, ...]:
    """A page of a list."""
    low, high = ("", "~") if of.under == NATION_CODE else (of.under, f"{of.under}~")
    return tuple(_records(await line.fetch(_RECORDS, key, of.after, high, of.limit, of.since, low)))


def _records(rows: Iterable[asyncpg.Record]) -> Iterable[RecordRow]:
    for tps, group in groupby(rows, key=lambda row: row["tps"]):
        of = list(group)
        told = {row["block"]: Row(row["state"], row["number"], row["decision"], row["figures"]) for row in of}
        yield RecordRow(tps, of[0]["version"], told)
