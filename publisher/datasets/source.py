"""One contest's published rows, all of one moment: what the open data are made of, and nothing else.

The database may be the standby or the primary: only schema `published` is read, in one read-only transaction. Arrays
come as PostgreSQL's own bytes and become NumPy's in one step: a nation has millions of them.
"""

from collections.abc import Sequence
from typing import Protocol

import asyncpg
import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.tally import ABSENT
from publisher import rows
from publisher.rows import AreaRow, Cut, DapilRow

I32 = NDArray[np.int32]
HEAD, CELL = 20, 8
"""Bytes before the elements of a one-dimensional array as PostgreSQL sends it, and of each element that is not null."""

TIMEOUT = 300.0
AREAS = 4_000
"""Areas a question: a nation's kelurahan at once would outlast what a connection waits for."""


class BlockRow(Struct, frozen=True):
    """`published.block`; `figures` and `read` as PostgreSQL sends arrays."""

    tps: str
    block: str
    state: str
    version: int
    number: int
    reasons: str
    warnings: str
    figures: bytes | None
    read: bytes | None


class PageRow(Struct, frozen=True):
    """`published.page`."""

    tps: str
    page: int
    number: int
    at: str
    state: str
    fault: str | None
    quality: int | None
    sha256: str
    rendition: str | None


class VersionRow(Struct, frozen=True):
    """`published.version`: a block of a version that ended, and the ruling that ended it."""

    tps: str
    version: int
    block: str
    figures: tuple[int | None, ...] | None
    number: int
    at: str
    ground: str
    order_ref: str


class Source(Protocol):
    """What the open data of one contest are made of."""

    async def cut(self) -> Cut | None:
        """The cut that all of it is of."""

    async def areas(self, kodes: list[str]) -> dict[str, AreaRow]:
        """The rows of these areas that have one."""

    async def dapil(self, kodes: list[str]) -> dict[str, DapilRow]:
        """The rows of these dapil that have one."""

    async def blocks(self, first: str, last: str) -> list[BlockRow]:
        """Every block of the TPS from `first` to `last`, as their codes are ordered."""

    async def pages(self, first: str, last: str) -> list[PageRow]:
        """Every page of these TPS."""

    async def page_counts(self, first: str, last: str) -> dict[str, int]:
        """TPS → pages of which a photo is in."""

    async def versions(self) -> list[VersionRow]:
        """Every block of every version that no longer counts."""

    async def decisions(self) -> list[int]:
        """Numbers of the decisions that people made and that stand."""

    async def changed(self, number: int) -> set[str]:
        """The first two digits of the TPS of which a block or page changed after `number`."""


class Snapshot:
    """A `Source` over a connection inside a transaction of isolation `repeatable read`."""

    def __init__(self, connection: asyncpg.Connection, contest: str) -> None:
        self._line, self._contest = connection, contest

    async def cut(self) -> Cut | None:
        return await rows.cut(self._line, self._contest)

    async def areas(self, kodes: list[str]) -> dict[str, AreaRow]:
        found: dict[str, AreaRow] = {}
        for at in range(0, len(kodes), AREAS):
            found |= await rows.areas(self._line, self._contest, kodes[at : at + AREAS])
        return found

    async def dapil(self, kodes: list[str]) -> dict[str, DapilRow]:
        return await rows.dapil(self._line, self._contest, kodes)

    async def blocks(self, first: str, last: str) -> list[BlockRow]:
        found = await self._fetch(
            "select tps, block, state, version, number, array_to_string(reasons, ' '), array_to_string(warnings, ' '), "
            "array_send(figures), array_send(read) from published.block "
            "where contest = $1 and tps between $2 and $3",
            first,
            last,
        )
        return [BlockRow(*row) for row in found]

    async def pages(self, first: str, last: str) -> list[PageRow]:
        found = await self._fetch(
            "select tps, page, number, at, state, fault, quality, sha256, rendition from published.page "
            "where contest = $1 and tps between $2 and $3 order by tps, page",
            first,
            last,
        )
        return [PageRow(*row) for row in found]

    async def page_counts(self, first: str, last: str) -> dict[str, int]:
        found = await self._fetch(
            "select tps, count(*) from published.page where contest = $1 and tps between $2 and $3 group by tps",
            first,
            last,
        )
        return dict(found)

    async def versions(self) -> list[VersionRow]:
        found = await self._fetch(
            "select tps, version, block, figures, number, at, ground, order_ref from published.version "
            "where contest = $1 order by tps, version, block"
        )
        return [msgspec.convert(dict(row), VersionRow) for row in found]

    async def decisions(self) -> list[int]:
        found = await self._fetch(
            "select decision from published.block where contest = $1 and state in ('verified', 'final') order by 1"
        )
        return [row[0] for row in found]

    async def changed(self, number: int) -> set[str]:
        found = await self._fetch(
            "select distinct left(tps, 2) from published.block where contest = $1 and number > $2 "
            "union select distinct left(tps, 2) from published.page where contest = $1 and number > $2",
            number,
        )
        return {row[0] for row in found}

    async def _fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        found: list[asyncpg.Record] = await self._line.fetch(query, self._contest, *values, timeout=TIMEOUT)
        return found


class Nothing:
    """The `Source` of a contest of which nothing is public yet, as of the time `at`."""

    def __init__(self, at: str) -> None:
        self._at = at

    async def cut(self) -> Cut | None:
        return Cut(0, self._at)

    async def areas(self, kodes: list[str]) -> dict[str, AreaRow]:
        return {}

    async def dapil(self, kodes: list[str]) -> dict[str, DapilRow]:
        return {}

    async def blocks(self, first: str, last: str) -> list[BlockRow]:
        return []

    async def pages(self, first: str, last: str) -> list[PageRow]:
        return []

    async def page_counts(self, first: str, last: str) -> dict[str, int]:
        return {}

    async def versions(self) -> list[VersionRow]:
        return []

    async def decisions(self) -> list[int]:
        return []

    async def changed(self, number: int) -> set[str]:
        return set()


def figures_of(sent: Sequence[bytes | None], width: int) -> I32:
    """int32[n, width] of arrays as `array_send` gives them, `ABSENT` where there is no array or no figure.

    PostgreSQL's binary form: dimensions, flag, type, size, lower bound; then of each element its size (-1: null) and
    its big-endian bytes (src/backend/utils/adt/arrayfuncs.c, array_send).
    """
    out = np.full((len(sent), width), ABSENT, np.int32)
    whole = [i for i, one in enumerate(sent) if one is not None and len(one) == HEAD + CELL * width]
    if whole and width:
        cells = np.frombuffer(b"".join(sent[i] or b"" for i in whole), ">i4").reshape(len(whole), -1)
        out[whole] = cells[:, HEAD // 4 + 1 :: 2]
    for i in set(range(len(sent))).difference(whole):
        _some(sent[i], out[i])
    return out


def _some(sent: bytes | None, out: I32) -> None:
    """An array with nulls, element by element."""
    if sent is None or len(sent) < HEAD:
        return
    at = HEAD
    for j in range(len(out)):
        size = int.from_bytes(sent[at : at + 4], "big", signed=True)
        at += 4
        if size > 0:
            out[j] = int.from_bytes(sent[at : at + size], "big", signed=True)
            at += size
