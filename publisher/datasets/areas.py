"""The rows of areas and dapil: sums of what counts, of every level, wide and long. From rows to Arrow tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from election.bundle import Bundle
from election.bundle.columns import from_texts
from election.bundle.printed import Printed
from election.codes import NATION_CODE
from election.contest import Contest
from publisher.datasets.columns import Column
from publisher.datasets.tables import own_fields
from publisher.rows import AreaRow, DapilRow

I64 = NDArray[np.int64]
PROGRESS = ("number", "tps", "counted", "held", "waiting", "adm_counted", "adm_held", "final", "versions")


class Places:
    """Which areas of a bundle hold a contest, and their rows as tables."""

    def __init__(self, bundle: Bundle, key: str) -> None:
        self.tree, self.key = bundle.tree, key
        self.printed: Printed = bundle.printed(key)
        before = np.concatenate([[0], np.cumsum(bundle.tps_holding(key))])
        self.tps: I64 = before[self.tree.tps_stop] - before[self.tree.tps_start]
        self._dapil_tps = np.bincount(
            self.printed.district_of_tps[self.printed.district_of_tps >= 0], minlength=len(self.printed.dapil)
        )

    def level(self, tingkat: int) -> list[int]:
        """The areas of a level in which somebody votes, by code; the nation always."""
        held = [area for area in self.tree.level(tingkat) if self.tps[area] or not area]
        return sorted(held, key=self.tree.kode)

    def kodes(self, areas: Sequence[int]) -> list[str]:
        """Their codes."""
        return [self.tree.kode(area) for area in areas]

    def wide(self, areas: Sequence[int], found: Mapping[str, AreaRow], columns: Sequence[Column]) -> pa.Table:
        """A row an area."""
        rows = [found.get(kode) or AreaRow(kode, int(self.tps[area])) for area, kode in self._with_code(areas)]
        at = np.array(areas, np.int64)
        above = [self.tree.kode(int(self.tree.parent[area])) if area else None for area in areas]
        figures = self._common([(self.printed.shown(area), row.totals) for area, row in zip(areas, rows, strict=True)])
        told: list[Any] = [
            from_texts(self.tree.kodes[at]),
            from_texts(self.tree.namas[at]),
            pa.array(above, pa.string()),
            *(pa.array([getattr(row, name) for row in rows], pa.int64()) for name in PROGRESS),
            *(pa.array(figures[:, j]) for j in range(figures.shape[1])),
        ]
        return pa.table(told, schema=schema(columns))

    def dapil(self, found: Mapping[str, DapilRow], columns: Sequence[Column]) -> pa.Table:
        """A row a dapil, by code."""
        order = self._dapil_order()
        places = [self.printed.dapil[one] for one in order]
        rows = [found.get(place.kode) or DapilRow(place.kode) for place in places]
        figures = self._common([(self.dapil_ballot(one), row.totals) for one, row in zip(order, rows, strict=True)])
        told: list[Any] = [
            pa.array([place.kode for place in places]),
            pa.array([place.nama for place in places]),
            pa.array([place.seats or None for place in places], pa.int64()),
            pa.array([row.number for row in rows], pa.int64()),
            pa.array([int(self._dapil_tps[one]) for one in order], pa.int64()),
            pa.array([row.counted for row in rows], pa.int64()),
            *(pa.array(figures[:, j]) for j in range(figures.shape[1])),
        ]
        return pa.table(told, schema=schema(columns))

    def dapil_ballot(self, one: int) -> Contest:
        """By what a dapil's totals are told."""
        ballot = int(self.printed.of_dapil[one])
        return self.printed.shared if ballot < 0 else self.printed.ballots[ballot]

    def votes(self, areas: Sequence[int], found: Mapping[str, AreaRow], columns: Sequence[Column]) -> pa.Table:
        """A row a figure that not all ballots have, of the areas that vote with one ballot."""
        alone = [(area, kode) for area, kode in self._with_code(areas) if self.printed.of_area[area] >= 0]
        parts = [(kode, int(self.printed.of_area[area]), _totals(found.get(kode))) for area, kode in alone]
        return self._votes(parts, columns)

    def dapil_votes(self, found: Mapping[str, DapilRow], columns: Sequence[Column]) -> pa.Table:
        """The same of dapil."""
        order = [one for one in self._dapil_order() if self.printed.of_dapil[one] >= 0]
        kodes = [self.printed.dapil[one].kode for one in order]
        ballots = [int(self.printed.of_dapil[one]) for one in order]
        parts = [(kode, ballot, _totals(found.get(kode))) for kode, ballot in zip(kodes, ballots, strict=True)]
        return self._votes(parts, columns)

    def _votes(self, parts: Sequence[tuple[str, int, Sequence[int]]], columns: Sequence[Column]) -> pa.Table:
        kodes: list[str] = []
        ballots: list[int] = []
        fields: list[str] = []
        values: list[int] = []
        for kode, ballot, totals in parts:
            paper = self.printed.ballots[ballot]
            figures = dict(zip(paper.fields, totals or (0,) * len(paper.fields), strict=True))
            own = own_fields(paper, self.printed)
            kodes += [kode] * len(own)
            ballots += [ballot] * len(own)
            fields += own
            values += [figures[name] for name in own]
        return pa.table([kodes, ballots, fields, values], schema=schema(columns))

    def _common(self, told: Sequence[tuple[Contest, Sequence[int]]]) -> I64:
        """int64[n, fields that all ballots share]; 0 where a ballot lacks a party, or nothing is counted."""
        common, at = self.printed.common, {}
        out = np.zeros((len(told), len(common)), np.int64)
        for i, (ballot, totals) in enumerate(told):
            if id(ballot) not in at:
                place = {name: j for j, name in enumerate(ballot.fields)}
                at[id(ballot)] = [(j, place[name]) for j, name in enumerate(common) if name in place]
            if totals:
                for j, own in at[id(ballot)]:
                    out[i, j] = totals[own]
        return out

    def _with_code(self, areas: Sequence[int]) -> list[tuple[int, str]]:
        return [(area, self.tree.kode(area)) for area in areas]

    def _dapil_order(self) -> list[int]:
        return sorted(range(len(self.printed.dapil)), key=lambda one: self.printed.dapil[one].kode)


def _totals(row: AreaRow | DapilRow | None) -> tuple[int, ...]:
    return row.totals if row else ()


def schema(columns: Sequence[Column]) -> pa.Schema:
    """The Arrow schema of a table."""
    return pa.schema([column.arrow for column in columns])


def provinces(places: Places) -> list[tuple[str, int]]:
    """Code and area of every province that holds the contest."""
    return [(kode, area) for area in places.level(1) if (kode := places.tree.kode(area)) != NATION_CODE]
