"""The tree of areas, nation to kelurahan, and the TPS below it.

Levels: 0 nation, 1 provinsi, 2 kabupaten/kota, 3 kecamatan, 4 kelurahan/desa; TPS are 5. Areas have one flat **area
index** (nation 0, then level by level); TPS have their own **TPS index**. Children of a parent stand side by side,
on every level, so that every area is one slice of TPS rows and a roll-up is one pass over memory.
In which order the rows of a bundle make a tree is worked out in `planting`; the values that hang on it live in `tally`.
"""

from typing import ClassVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.codes import KELURAHAN, LEVELS, NATION_CODE, TPS_LEVEL, CodeIndex, Indices, Texts
from election.errors import Rejected
from election.planting import AreaColumns, Planted, TpsColumns, plant, survey
from election.problem import BrokenReference

__all__ = [
    "KELURAHAN",
    "LEVELS",
    "NATION_CODE",
    "TPS_LEVEL",
    "AreaColumns",
    "TpsColumns",
    "Tree",
    "UnknownArea",
    "UnknownTps",
]


class UnknownTps(Rejected):
    """No TPS of this election has that code."""

    code = "tps.unknown"
    advice: ClassVar[dict[str, str]] = {
        "id": "TPS {kode} tidak ada dalam pemilihan ini. Periksa kode TPS.",
        "en": "This election has no TPS {kode}. Check the code of the TPS.",
    }


class UnknownArea(Rejected):
    """No area of this election has that code."""

    code = "area.unknown"
    advice: ClassVar[dict[str, str]] = {
        "id": "Wilayah {kode} tidak ada dalam pemilihan ini. Periksa kode wilayah.",
        "en": "This election has no area {kode}. Check the code of the area.",
    }


class Tree(Struct, frozen=True, eq=False):
    """Every area and TPS of one election. Arrays only; made by `Tree.build`."""

    level_start: NDArray[np.int32]  # int32[7]: index of the first node of each level, TPS counted on, then the end
    parent: Indices  # int32[n_areas]: area index of the parent, -1 for the nation
    first: Indices  # int32[n_areas + 1]: first child of each area, areas and TPS numbered through
    tps_parent: Indices  # int32[n_tps]: area index of the kelurahan
    tps_start: Indices  # int32[n_areas]: first TPS row of each area
    tps_stop: Indices  # int32[n_areas]: one past its last TPS row
    kodes: Texts  # S[n_areas]
    namas: Texts  # S[n_areas]
    tps_kodes: Texts  # S[n_tps]
    tps_namas: Texts  # S[n_tps]
    ids: NDArray[np.int64]  # int64[n_areas]: the public data's `id`, -1 where it has none
    tps_ids: NDArray[np.int64]  # int64[n_tps]: the same for TPS
    area_codes: CodeIndex
    tps_codes: CodeIndex

    @staticmethod
    def build(areas: AreaColumns, tps: TpsColumns, nation: str = "INDONESIA") -> "Tree":
        """The tree of these columns, in any order. Raises BrokenReference, naming every row that does not fit."""
        problems = survey(areas, tps)
        if problems:
            raise BrokenReference(problems)
        return Tree.of(plant(areas, tps), areas, tps, nation)

    @staticmethod
    def of(planted: Planted, areas: AreaColumns, tps: TpsColumns, nation: str = "INDONESIA") -> "Tree":
        """The tree of columns whose order `plant` has worked out already."""
        kodes = _after(NATION_CODE, areas.kode[planted.area_rows])
        tps_kodes = tps.kode[planted.tps_rows]
        return Tree(
            level_start=planted.level_start,
            parent=planted.parent,
            first=planted.first,
            tps_parent=planted.tps_parent,
            tps_start=planted.tps_start,
            tps_stop=planted.tps_stop,
            kodes=kodes,
            namas=_after(nation, areas.nama[planted.area_rows]),
            tps_kodes=tps_kodes,
            tps_namas=tps.nama[planted.tps_rows],
            ids=np.append(np.int64(-1), _ids(areas.id, planted.area_rows)),
            tps_ids=_ids(tps.id, planted.tps_rows),
            area_codes=CodeIndex.over(kodes),
            tps_codes=CodeIndex.over(tps_kodes),
        )

    @property
    def n_areas(self) -> int:
        """How many areas, the nation among them."""
        return len(self.parent)

    @property
    def n_tps(self) -> int:
        """How many TPS."""
        return len(self.tps_parent)

    def kode(self, area: int) -> str:
        """The code of an area; "0" for the nation."""
        return bytes(self.kodes[area]).decode()

    def nama(self, area: int) -> str:
        """The name of an area."""
        return bytes(self.namas[area]).decode()

    def tingkat(self, area: int) -> int:
        """The level of an area, 0 nation to 4 kelurahan."""
        return int(np.searchsorted(self.level_start, area, side="right")) - 1

    def tps_kode(self, tps: int) -> str:
        """The code of a TPS."""
        return bytes(self.tps_kodes[tps]).decode()

    def tps_nama(self, tps: int) -> str:
        """The name of a TPS, such as `TPS 001`, `KSK 002` or `POS 001`."""
        return bytes(self.tps_namas[tps]).decode()

    def area_index(self, kode: str) -> int:
        """The area index of a code. Raises UnknownArea."""
        area = self.area_codes.one(kode)
        if area < 0:
            raise UnknownArea(kode=kode)
        return area

    def tps_index(self, kode: str) -> int:
        """The TPS index of a code. Raises UnknownTps."""
        tps = self.tps_codes.one(kode)
        if tps < 0:
            raise UnknownTps(kode=kode)
        return tps

    def level(self, tingkat: int) -> range:
        """The area indices of one level (0–4)."""
        return range(int(self.level_start[tingkat]), int(self.level_start[tingkat + 1]))

    def starts(self, tingkat: int) -> Indices:
        """int32[m+1]: first child of each of the m areas of a level (0–4), counted from the start of the next."""
        of = self.level(tingkat)
        return self.first[of.start : of.stop + 1] - self.level_start[tingkat + 1]

    def children(self, area: int) -> range:
        """The area indices of an area's children; for a kelurahan the TPS indices of its TPS."""
        if self.tingkat(area) == KELURAHAN:
            return range(int(self.tps_start[area]), int(self.tps_stop[area]))
        return range(int(self.first[area]), int(self.first[area + 1]))

    def tps_of(self, area: int) -> slice:
        """The rows of all TPS within an area of any level."""
        return slice(int(self.tps_start[area]), int(self.tps_stop[area]))

    def tps_counts(self) -> Indices:
        """int32[n_areas]: how many TPS each area has."""
        return self.tps_stop - self.tps_start

    def path(self, tps: int) -> tuple[int, int, int, int, int]:
        """The area indices above a TPS, nation first, kelurahan last."""
        kelurahan = int(self.tps_parent[tps])
        kecamatan = int(self.parent[kelurahan])
        kabupaten = int(self.parent[kecamatan])
        return 0, int(self.parent[kabupaten]), kabupaten, kecamatan, kelurahan

    def ancestors(self, tingkat: int) -> Indices:
        """int32[n_tps]: the area index of each TPS's ancestor on a level (0–4)."""
        of = self.level(tingkat)
        counts = self.tps_stop[of.start : of.stop] - self.tps_start[of.start : of.stop]
        return np.repeat(np.arange(of.start, of.stop, dtype=np.int32), counts)


def _after(nation: str, column: Texts) -> Texts:
    """`column` with the nation's own text before it."""
    return np.concatenate([np.array([nation.encode()], np.bytes_), column])


def _ids(column: NDArray[np.int64] | None, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The public numbers in the order of the tree, -1 where there are none."""
    return np.full(len(rows), -1, np.int64) if column is None else column[rows]
