"""How many votes a TPS can still bring whose votes do not count yet: its *room*.

Two bounds. The **most** is one: the ballots that came to the TPS, where the bundle has them, else what three boxes can
say. The **likely** one is none: the DPT and its reserve; 0.88 % of the consistent real TPS of 2024 lie above it. What
an officer has keyed for a block that is held is no bound either: it is what is in doubt. Nothing here knows of states
of blocks: who calls says which TPS count.
"""

from typing import Self

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.bundle import Bundle
from election.codes import Indices

BOXES = 999
"""The largest figure that a form can show: three boxes a number."""

LARGEST = 32_767
"""No figure is kept that is larger; a bundle that speaks of more ballots gives no larger room."""


def most(bundle: Bundle, key: str) -> Indices:
    """int32[n_tps]: the most valid votes each TPS can have in the contest, 0 where it does not hold it.

    Raises UnknownContest.
    """
    came = bundle.delivered.get(key)
    known = np.full(bundle.tree.n_tps, -1, np.int32) if came is None else came
    return _held(bundle, key, np.where(known >= 0, np.minimum(known, LARGEST), BOXES))


def likely(bundle: Bundle, key: str) -> Indices:
    """int32[n_tps]: DPT and reserve, rounded up; `most` where the DPT is not known, and never above it.

    Raises UnknownContest.
    """
    bound = most(bundle, key)
    dpt = bundle.dpt_l.astype(np.int64) + bundle.dpt_p
    known = (bundle.dpt_l >= 0) & (bundle.dpt_p >= 0)
    owed = dpt - (-dpt * bundle.settings.reserve(key) // 1000)
    return np.where(known, np.minimum(owed, bound), bound).astype(np.int32)


class Waiting(Struct, frozen=True, eq=False):
    """The TPS whose votes are not all in the totals: `tps` int32[k] their rows, and their rooms under both bounds."""

    tps: Indices
    most: Indices
    likely: Indices

    @classmethod
    def of(
        cls, bundle: Bundle, key: str, unsettled: NDArray[np.bool_], counted: NDArray[np.int64] | None = None
    ) -> Self:
        """`unsettled` bool[n_tps]; `counted` int64[n_tps]: votes of these TPS that are in the totals already.

        Only in party contests can a part of a TPS count, some pages of it. Raises UnknownContest.
        """
        tps = np.flatnonzero(unsettled & bundle.tps_holding(key)).astype(np.int32)
        some = np.zeros(len(tps), np.int64) if counted is None else counted[tps]
        room = rooms(most(bundle, key)[tps], some)
        expected = np.maximum(likely(bundle, key)[tps] - some, 0)
        return cls(tps, room, np.minimum(room, expected).astype(np.int32))


def rooms(bound: Indices, counted: NDArray[np.int64]) -> Indices:
    """int32[n]: what is left of `bound` for TPS of which `counted` votes are in the totals already.

    Where these are more than the bound said, the bound was wrong for this TPS, and what boxes can show takes its place.
    """
    honest = np.where(counted <= bound, bound, np.maximum(BOXES, bound))
    return np.maximum(honest - counted, 0).astype(np.int32)


def _held(bundle: Bundle, key: str, bound: NDArray[np.int32]) -> Indices:
    return np.where(bundle.tps_holding(key), bound, 0).astype(np.int32)
