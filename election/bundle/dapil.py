"""Electoral districts of the party contests: their areas and seats. Who wins the seats is `outcome`'s business."""

import numpy as np
from msgspec import Struct

from election.codes import Indices
from election.region import Tree


class District(Struct, frozen=True):
    """One dapil of one contest and the areas it consists of (kabupaten, kecamatan or kelurahan)."""

    contest: str
    kode: str
    nama: str
    areas: tuple[str, ...]
    seats: int = 0  # to be allotted there; 0 = not known


class Dapil(Struct, frozen=True):
    """Every dapil of an election."""

    districts: tuple[District, ...] = ()

    def of(self, contest: str) -> tuple[District, ...]:
        """The districts of one contest, in the order of the file."""
        return tuple(district for district in self.districts if district.contest == contest)

    def tps(self, contest: str, tree: Tree) -> Indices:
        """int32[n_tps]: position in `of(contest)` of each TPS's dapil, -1 where none is known.

        A kelurahan named by one dapil goes before the kecamatan named by another, so split areas come out right.
        Raises UnknownArea.
        """
        member = np.full(tree.n_tps, -1, np.int32)
        named = [
            (tree.area_index(kode), position)
            for position, district in enumerate(self.of(contest))
            for kode in district.areas
        ]
        for area, position in sorted(named):  # area indices grow with the level: deeper areas overwrite
            member[tree.tps_of(area)] = position
        return member
