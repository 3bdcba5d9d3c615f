"""The dapil of one contest, as far as documents need them: which they are, and whose assembly they elect.

Who wins their seats was worked out by recapitulation; here it is only found.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from election.bundle import Bundle
from election.bundle.dapil import District
from election.codes import NATION_CODE
from election.contest import Contest
from publisher.ballots import Ballots
from publisher.rows import DapilRow
from publisher.told import NOTHING, Told
from publisher.v1_told import Dapil

ASSEMBLY = {"pdpr": 0, "pdprdp": 2, "pdprdk": 4}
"""How many characters of an area's code name the area whose assembly it helps to elect; 0: the nation's."""


def assembly_code(key: str, one: District) -> str:
    """Code of the area whose assembly a dapil of contest `key` elects."""
    return one.areas[0][: ASSEMBLY[key]] or NATION_CODE


class Constituencies:
    """The dapil of one contest by position in `Printed.dapil`; none of a contest that has none."""

    def __init__(self, bundle: Bundle, ballots: Ballots) -> None:
        self.tree, self.printed, self.key = bundle.tree, ballots.printed, ballots.key
        self.by_code = {one.kode: i for i, one in enumerate(self.printed.dapil)}
        self.all = frozenset(self.by_code.values()) if ballots.key in ASSEMBLY else frozenset()
        self._of: dict[int, list[int]] = {}
        for i in sorted(self.all):
            self._of.setdefault(self.tree.area_index(self.assembly_code(i)), []).append(i)

    def assembly_code(self, one: int) -> str:
        """Code of the area whose assembly a dapil elects."""
        return assembly_code(self.key, self.printed.dapil[one])

    def assemblies(self, dapil: Iterable[int]) -> frozenset[int]:
        """Areas whose documents tell of these dapil."""
        return frozenset(self.tree.area_index(self.assembly_code(one)) for one in dapil)

    def codes(self, areas: Iterable[int], dapil: Iterable[int]) -> list[str]:
        """Codes of the dapil that the documents of these areas and dapil tell of."""
        shown = set(dapil).union(*(self._of.get(area, ()) for area in areas))
        return [self.printed.dapil[one].kode for one in sorted(shown)]

    def at(self, area: int) -> list[District]:
        """The dapil that the TPS of an area belong to."""
        if not self.all:
            return []
        found = np.unique(self.printed.district_of_tps[self.tree.tps_of(area)])
        return [self.printed.dapil[one] for one in found.tolist() if one >= 0]

    def ballot(self, one: int) -> Contest:
        """By what a dapil's totals are shown."""
        ballot = int(self.printed.of_dapil[one])
        return self.printed.shared if ballot < 0 else self.printed.ballots[ballot]

    def told(self, one: int, rows: Mapping[str, DapilRow], told: Mapping[str, Told]) -> Dapil:
        """One dapil, as it stands."""
        district = self.printed.dapil[one]
        row = rows.get(district.kode) or DapilRow(district.kode)
        return Dapil(district, self.ballot(one), row, told.get(district.kode, NOTHING))

    def of_assembly(self, area: int, rows: Mapping[str, DapilRow], told: Mapping[str, Told]) -> list[Dapil]:
        """The dapil of an area's own assembly."""
        return [self.told(one, rows, told) for one in self._of.get(area, ())]

    def of_area(self, kode: str, told: Mapping[str, Told]) -> Told:
        """What is said of an area. Where a dapil has its code, an outcome under it is the dapil's."""
        found = told.get(kode, NOTHING)
        if kode not in self.by_code or found.outcome is None:
            return found
        return Told(None, found.plenary, found.printed, found.differences, found.determination, found.disputes)
