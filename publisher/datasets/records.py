"""The rows of TPS: the record's figures that count, the votes of one ballot alone, what is held, and the pages.

One chunk of TPS at a time, so that memory does not grow with the nation. From rows of `source` to Arrow tables.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from election.block import COUNTING, BlockState
from election.bundle.columns import from_texts
from election.codes import fixed
from election.contest import ADM, SUARA
from election.tally import ABSENT
from publisher.datasets.areas import Places, schema
from publisher.datasets.source import I32, BlockRow, PageRow, figures_of
from publisher.datasets.tables import HELD, MAYBE_VOTES, PAGES, Table, own_fields

I64 = NDArray[np.int64]
SHOWN = {SUARA: "", ADM: "adm_"}
"""Block → what its columns of state begin with."""


class Group(NamedTuple):
    """The rows of one block of one ballot: which of the chunk's TPS, what was found, and the figures."""

    ballot: int
    block: str
    fields: tuple[str, ...]
    at: I64
    rows: list[BlockRow]
    figures: I32

    @property
    def counts(self) -> NDArray[np.bool_]:
        """bool[m]: whether they are in the totals."""
        return np.array([row.state in COUNTING for row in self.rows], np.bool_)

    def where(self, mask: NDArray[np.bool_]) -> "Group":
        """Those of them."""
        some = np.flatnonzero(mask)
        return self._replace(at=self.at[some], rows=[self.rows[i] for i in some.tolist()], figures=self.figures[some])


class Chunk:
    """TPS of one contest, by code, and what was found of them. `rows`: their rows of the tree."""

    def __init__(
        self, places: Places, rows: I64, blocks: Sequence[BlockRow], pages: Mapping[str, int] | None = None
    ) -> None:
        self.places, self.tree, self.printed = places, places.tree, places.printed
        self.rows = rows[np.argsort(self.tree.tps_kodes[rows], kind="stable")]
        self.pages = pages or {}
        self.groups = list(self._grouped(blocks))

    def _grouped(self, blocks: Sequence[BlockRow]) -> "list[Group]":
        known: dict[tuple[int, str], tuple[list[int], list[BlockRow]]] = {}
        place = {int(row): i for i, row in enumerate(self.rows)}
        found = self.tree.tps_codes.find(fixed([row.tps for row in blocks])).tolist() if blocks else []
        for row, tps in zip(blocks, found, strict=True):
            if tps in place:  # a range of codes may have those of a neighbour
                at, some = known.setdefault((int(self.printed.of_tps[tps]), row.block), ([], []))
                at.append(place[tps])
                some.append(row)
        groups = []
        for (ballot, block), (at, some) in sorted(known.items()):
            fields = self.printed.ballots[ballot].blocks[block]
            figures = figures_of([row.figures for row in some], len(fields))
            groups.append(Group(ballot, block, fields, np.array(at), some, figures))
        return groups

    def wide(self, table: Table) -> pa.Table:
        """A row a TPS; figures of blocks that count alone, so that whoever sums a column has the total."""
        n, common = len(self.rows), {name: j for j, name in enumerate(self.printed.common)}
        figures = np.full((n, len(common)), ABSENT, np.int64)
        for group in (group.where(group.counts) for group in self.groups):
            for j, name in enumerate(group.fields):
                if name in common:
                    figures[group.at, common[name]] = group.figures[:, j]
        kodes, dapil = self.tree.tps_kodes[self.rows], self.printed.district_of_tps[self.rows]
        told: list[Any] = [
            from_texts(kodes),
            from_texts(self.tree.tps_namas[self.rows]),
            from_texts(self.tree.kodes[self.tree.tps_parent[self.rows]]),
            pa.array(self.printed.of_tps[self.rows].astype(np.int64)),
        ]
        if "dapil" in table.names:
            codes = pa.array([one.kode for one in self.printed.dapil], pa.string())
            at: Any = pa.array(dapil, mask=dapil < 0)
            told.append(codes.take(at))
        told += self._states()
        told.append(pa.array([self.pages.get(kode.decode(), 0) for kode in kodes.tolist()], pa.int64()))
        told += [pa.array(figures[:, j], mask=figures[:, j] == ABSENT) for j in range(len(common))]
        return pa.table(told, schema=schema(table.columns))

    def _states(self) -> list[Any]:
        """Columns of `tables.RECORD` but the pages."""
        n = len(self.rows)
        number, version = np.zeros(n, np.int64), np.ones(n, np.int64)
        texts: dict[str, list[str | None]] = {}
        for prefix in SHOWN.values():
            texts |= {f"{prefix}state": [BlockState.AWAITED.value] * n}
            texts |= {f"{prefix}{name}": [None] * n for name in ("reasons", "warnings")}
        for group in self.groups:
            np.maximum.at(number, group.at, np.array([row.number for row in group.rows], np.int64))
            np.maximum.at(version, group.at, np.array([row.version for row in group.rows], np.int64))
            for i, row in zip(group.at.tolist(), group.rows, strict=True) if group.block in SHOWN else ():
                prefix = SHOWN[group.block]
                texts[f"{prefix}state"][i] = row.state
                texts[f"{prefix}reasons"][i] = row.reasons or None
                texts[f"{prefix}warnings"][i] = row.warnings or None
        return [pa.array(number), pa.array(version), *(pa.array(text, pa.string()) for text in texts.values())]

    def votes(self) -> pa.Table:
        """A row a figure that not all ballots have, of blocks that count."""
        parts = []
        for group in (group.where(group.counts) for group in self.groups):
            own = set(own_fields(self.printed.ballots[group.ballot], self.printed))
            for j, name in enumerate(group.fields):
                if name in own:
                    parts.append((group.at, group.ballot, name, group.figures[:, j]))
        at = np.concatenate([np.zeros(0, np.int64), *(part[0] for part in parts)])
        order = np.argsort(at, kind="stable")
        values = np.concatenate([np.zeros(0, np.int64), *(part[3] for part in parts)])[order]
        sizes = [len(part[0]) for part in parts]
        names = pa.array([part[2] for part in parts], pa.string()).take(np.repeat(np.arange(len(parts)), sizes)[order])
        ballots = np.repeat(np.array([part[1] for part in parts], np.int64), sizes)[order]
        kodes = from_texts(self.tree.tps_kodes[self.rows[at[order]]])
        columns = [kodes, pa.array(ballots), names, pa.array(values, mask=values == ABSENT)]
        return pa.table(columns, schema=schema(MAYBE_VOTES))

    def held(self) -> pa.Table:
        """A row a figure of the blocks that are held: the officer's and the machine's."""
        found: list[tuple[Any, ...]] = []
        for group in self.groups:
            held = group.where(np.array([row.state == BlockState.HELD for row in group.rows], np.bool_))
            read = figures_of([row.read for row in held.rows], len(held.fields))
            for i, row in enumerate(held.rows):
                for j, name in enumerate(held.fields):
                    both = (held.figures[i, j], read[i, j])
                    found.append(
                        (row.tps, row.block, name, row.number, *(None if v == ABSENT else int(v) for v in both))
                    )
        found.sort(key=lambda row: (row[0], row[1]))
        return rows_of(found, HELD)


def pages_of(rows: Sequence[PageRow]) -> pa.Table:
    """A row a page of which a photo is in."""
    names = {"kode": "tps", "at_utc": "at"}
    columns = [names.get(column.name, column.name) for column in PAGES]
    return rows_of([tuple(getattr(row, name) for name in columns) for row in rows], PAGES)


def rows_of(found: Sequence[tuple[Any, ...]], columns: Any) -> pa.Table:  # noqa: ANN401 — columns.Column
    """A table of rows."""
    turned = list(zip(*found, strict=True)) if found else [()] * len(columns)
    arrays = [pa.array(values, column.arrow.type) for values, column in zip(turned, columns, strict=True)]
    return pa.table(arrays, schema=schema(columns))
