"""The TPS themselves that a smallest set is made of, where it is small enough to be told.

An answer says how many of the largest rooms of which place its set takes (`via`); here they get their codes. Of equal
rooms those of earlier groups (dapil, provinces) come first, as `flip.Piles.largest` has them.
"""

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from election.bundle import Bundle
from election.codes import NATION_CODE
from election.contest import CONTEST_TYPES, Kind
from election.outcome.bounds import Waiting
from election.outcome.inputs import is_province
from election.outcome.materiality import Answer

TOLD = 20
"""Sets of more TPS than these are only counted."""


class Sets:
    """Finds sets among the TPS that do not count."""

    def __init__(self, bundle: Bundle, key: str, waiting: Waiting) -> None:
        self._tree, self._waiting = bundle.tree, waiting
        printed = bundle.printed(key)
        self._dapil = {one.kode: i for i, one in enumerate(printed.dapil)}
        member = printed.district_of_tps[waiting.tps]
        self._group = np.where(member < 0, len(printed.dapil), member)
        if CONTEST_TYPES[key].kind is not Kind.PARTIES:
            provinces = self._tree.ancestors(1)[waiting.tps]
            abroad = [area for area in self._tree.level(1) if not is_province(self._tree.kode(area))]
            self._group = provinces + np.isin(provinces, abroad) * self._tree.n_areas
        self._known: dict[str, NDArray[np.int64]] = {}

    def told(self, answer: Answer) -> Answer:
        """The answer with the codes of its set, if that is small."""
        if not 0 < sum(answer.via.values()) <= TOLD:
            return answer
        chosen: dict[int, None] = {}
        for kode, count in answer.via.items():
            left = [row for row in self._largest(kode)[:TOLD].tolist() if row not in chosen]
            chosen |= dict.fromkeys(left[:count])
        kodes = (self._tree.tps_kode(int(self._waiting.tps[row])) for row in chosen)
        return replace(answer, tps=tuple(kodes))

    def _largest(self, kode: str) -> NDArray[np.int64]:
        """Positions in `waiting` of a place's TPS, the largest rooms first."""
        if kode not in self._known:
            rows = self._within(kode)
            rooms = self._waiting.most[rows]
            self._known[kode] = rows[np.lexsort((rows, self._group[rows], -rooms))]
        return self._known[kode]

    def _within(self, kode: str) -> NDArray[np.int64]:
        if kode in self._dapil:
            return np.flatnonzero(self._group == self._dapil[kode])
        of = self._tree.tps_of(0 if kode == NATION_CODE else self._tree.area_index(kode))
        start, stop = np.searchsorted(self._waiting.tps, (of.start, of.stop))
        return np.arange(start, stop)
