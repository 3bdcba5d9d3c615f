"""How few TPS can bring a given number of votes: the greedy choice, for many areas at once.

**Why greedy is exact.** Every question here is a comparison of totals, so that it turns once enough votes go one way
in one group of TPS (an area, a dapil, the nation). A set of TPS can bring any number of votes up to the sum of its
rooms. Of all sets of k TPS the k largest rooms have the greatest sum; so the least k whose k largest rooms suffice is
the least of all. Which comparison turns at how many votes is said by the modules `materiality_*`.

Only the sizes of the rooms matter, so a group is a histogram of them: 823,236 TPS become a table of areas × 1,000,
which takes some milliseconds to make and less than one to ask.
"""

from typing import Self

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

I64 = NDArray[np.int64]
NEVER = -1
"""No number of TPS is enough."""


class Fewest(Struct, frozen=True):
    """The fewest TPS that can make an answer another one, between two certified bounds; equal bounds: exactly so.

    None: no set of TPS that do not count yet can.
    """

    lower: int | None
    upper: int | None

    @property
    def exact(self) -> bool:
        """Whether the number is known, and not only where it lies."""
        return self.lower == self.upper


NONE = Fewest(None, None)


def exactly(tps: int) -> Fewest:
    """The answer of a greedy choice; NEVER is none."""
    return NONE if tps == NEVER else Fewest(tps, tps)


class Piles:
    """Rooms of TPS that do not count yet, group by group. `counts` int32[m, largest + 1]: TPS by room."""

    def __init__(self, counts: NDArray[np.int32]) -> None:
        self.counts = counts

    @classmethod
    def of(cls, groups: NDArray[np.integer], rooms: NDArray[np.integer], m: int, largest: int) -> Self:
        """`groups` int[n] (0 … m-1), `rooms` int[n] (0 … largest) of the n TPS that do not count yet."""
        cells = groups.astype(np.int64) * (largest + 1) + rooms
        counts = np.bincount(cells, minlength=m * (largest + 1)).astype(np.int32)
        return cls(counts.reshape(m, largest + 1))

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def tps(self) -> I64:
        """int64[m]: how many TPS of each group do not count."""
        return self.counts.sum(axis=1, dtype=np.int64)

    @property
    def votes(self) -> I64:
        """int64[m]: M, the most votes that they can bring together."""
        return self.counts @ self._sizes

    def pooled(self) -> "Piles":
        """All groups as one."""
        return Piles(self.counts.sum(axis=0, dtype=np.int32)[None, :])

    def fewest(self, need: I64) -> I64:
        """int64[m]: the fewest TPS of each group whose rooms hold `need` votes [m]; 0 for none needed, else NEVER."""
        sizes = self._sizes[::-1]
        tps = np.cumsum(self.counts[:, ::-1], axis=1, dtype=np.int64)
        votes = np.cumsum(self.counts[:, ::-1] * sizes, axis=1)
        at = (votes < need[:, None]).sum(axis=1)  # the first size at which the larger rooms and its own suffice
        row, inside = np.arange(len(self)), np.minimum(at, len(sizes) - 1)
        before = np.where(at > 0, at - 1, 0)
        had, tps_had = (np.where(at > 0, table[row, before], 0) for table in (votes, tps))
        size = np.maximum(sizes[inside], 1)
        found = tps_had + -(-(need - had) // size)
        return np.where(need <= 0, 0, np.where(at < len(sizes), found, NEVER))

    def largest(self, tps: int) -> I64:
        """int64[m]: the votes of the `tps` largest rooms of all groups together, by group; first groups first."""
        by_size = np.cumsum(self.counts[:, ::-1].T, dtype=np.int64)
        taken = np.diff(np.minimum(by_size, tps), prepend=0).reshape(-1, len(self))
        votes: I64 = self._sizes[::-1] @ taken
        return votes

    def take(self, group: int, tps: int) -> int:
        """Takes the `tps` largest rooms out of one group; the votes they hold."""
        held = self.counts[group, ::-1].astype(np.int64)
        gone = np.diff(np.minimum(np.cumsum(held), tps), prepend=0)
        self.counts[group] -= gone[::-1].astype(np.int32)
        return int(gone[::-1] @ self._sizes)

    @property
    def _sizes(self) -> I64:
        return np.arange(self.counts.shape[1], dtype=np.int64)
