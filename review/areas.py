"""An area's page: how far its parts are, what its D.Hasil says, what closes it. Reads `published`; decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg
from msgspec import Struct

from election.block import COUNTING, BlockState
from election.codes import KELURAHAN
from election.contest import SUARA
from election.event import ResultDetermined
from election.words import Words, number
from review.subject import AreaAt
from review.waiting import state_words
from storage.journal import Entry

AREAS = "select * from published.area where contest = $1 and kode = any($2)"
DOCUMENTS = "select * from published.plenary where contest = $1 and kode = any($2)"
STATIONS = "select tps, state, reasons from published.block where contest = $1 and block = $2 and tps = any($3)"

ORDERS = ("urutan", "selisih", "menunggu")
"""By what the parts of an area can be sorted: as in the tree, by Σ|r|, by what waits."""


class Part(Struct, frozen=True):
    """One of the areas or TPS that an area consists of."""

    kode: str
    name: str
    tps: int
    counted: int
    held: int
    waiting: int  # not in yet
    final: int
    residual: int | None  # Σ|r| over all identities; None where it is not kept
    document: Words  # how its D.Hasil stands
    differs: bool = False
    state: str = ""  # of a TPS's votes

    @property
    def shares(self) -> tuple[int, int, int]:
        """Counted, held and missing in thousandths, for a bar of three parts."""
        whole = max(1, self.tps)
        counted, held = 1000 * self.counted // whole, 1000 * self.held // whole
        return counted, held, 1000 - counted - held


async def parts(pool: asyncpg.Pool, at: AreaAt) -> tuple[Part, list[Part]]:
    """The area itself, and what it consists of, in the order of the tree."""
    if at.tingkat == KELURAHAN:
        [own] = await _areas(pool, at, [(at.kode, at.name)])
        return own, await _stations(pool, at)
    own, *rest = await _areas(pool, at, [(at.kode, at.name), *at.children])
    return own, rest


def ordered(rows: Sequence[Part], by: str) -> list[Part]:
    """`rows` by one of `ORDERS`; those that are even keep the order of the tree."""
    if by == "selisih":
        return sorted(rows, key=lambda part: (not part.differs, -(part.residual or 0)))
    return sorted(rows, key=lambda part: -part.held) if by == "menunggu" else list(rows)


def determined(entries: Iterable[Entry]) -> tuple[int, ResultDetermined] | None:
    """The determination that stands, of an area's own events."""
    stands: tuple[int, ResultDetermined] | None = None
    for entry in entries:
        event = entry.event
        if isinstance(event, ResultDetermined) and event.replaces == (stands[0] if stands else 0):
            stands = entry.number, event
    return stands


async def _areas(pool: asyncpg.Pool, at: AreaAt, named: Sequence[tuple[str, str]]) -> list[Part]:
    kodes = [kode for kode, _ in named]
    rows = {row["kode"]: row for row in await pool.fetch(AREAS, at.key, kodes)}
    papers = {row["kode"]: row for row in await pool.fetch(DOCUMENTS, at.key, kodes)}
    return [_area(at, kode, name, rows.get(kode), papers.get(kode)) for kode, name in named]


def _area(at: AreaAt, kode: str, name: str, row: Mapping[str, Any] | None, paper: Mapping[str, Any] | None) -> Part:
    told, differs = _paper(paper)
    if row is None:
        tps = at.stations(kode)
        return Part(kode, name, tps, 0, 0, tps, 0, None, told, differs)
    return Part(
        kode, name, row["tps"], row["tps_counted"], row["tps_held"], row["tps_waiting"], row["final"] or 0,
        sum(row["residuals"][1::3]), told, differs,
    )  # fmt: skip


def _paper(paper: Mapping[str, Any] | None) -> tuple[Words, bool]:
    """How a document stands, in words, and whether it differs from our sums."""
    if paper is None or not paper["entered"]:
        return ("belum ada", "none yet"), False
    if paper["differing"]:
        n = number(paper["differing"])
        return (f"{n} selisih", f"{n} differences"), True
    if paper["stands"]:
        return ("sama, final", "the same, final"), False
    if paper["entered"] < paper["columns"]:
        some = f"{number(paper['entered'])}/{number(paper['columns'])}"
        return (f"{some} kolom", f"{some} columns"), False
    return ("sama sejauh ini", "the same so far"), False


async def _stations(pool: asyncpg.Pool, at: AreaAt) -> list[Part]:
    rows = await pool.fetch(STATIONS, at.key, SUARA, [kode for kode, _ in at.children])
    states = {row["tps"]: BlockState(row["state"]) for row in rows}
    return [_station(kode, name, states.get(kode, BlockState.AWAITED)) for kode, name in at.children]


def _station(kode: str, name: str, state: BlockState) -> Part:
    counted, held = int(state in COUNTING), int(state is BlockState.HELD)
    final = int(state is BlockState.FINAL)
    return Part(kode, name, 1, counted, held, 1 - counted - held, final, None, state_words(state), state=state.value)
