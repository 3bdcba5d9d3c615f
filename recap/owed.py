"""Which records wait to be judged: those that something new has come of first, then those to be looked at again.

Whether there is anything to decide is `adjudicate`'s to say.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from election.codes import fixed
from election.event import BlockCounted, BlockHeld
from election.region import Tree
from storage.journal import Entry


class Owed:
    """TPS rows. `len` is how many wait, those in hand included."""

    def __init__(self) -> None:
        self._fresh: dict[int, None] = {}
        self._again: dict[int, None] = {}
        self._hand: set[int] = set()

    def __len__(self) -> int:
        return len(self._fresh) + len(self._again) + len(self._hand)

    def all(self) -> set[int]:
        """Every row that waits, and those in hand: what a restart must know."""
        return {*self._fresh, *self._again, *self._hand}

    @property
    def idle(self) -> bool:
        """Whether nothing waits."""
        return not self._fresh and not self._again

    def add(self, rows: Iterable[int]) -> None:
        """Something happened to these."""
        for row in rows:
            self._fresh[row] = None
            self._again.pop(row, None)

    def look_again(self, rows: Iterable[int]) -> None:
        """Nothing new is known of these, yet they may be decided otherwise now."""
        self._again.update((row, None) for row in rows if row not in self._fresh)

    def take(self, few: int, many: int) -> list[int]:
        """At most `few` of those that something happened to; where there are none, `many` of the others."""
        waiting, size = (self._fresh, few) if self._fresh else (self._again, many)
        rows = [row for row, _ in zip(waiting, range(size), strict=False)]
        for row in rows:
            del waiting[row]
        self._hand.update(rows)
        return rows

    def done(self, rows: Sequence[int], waiting: Iterable[int]) -> None:
        """These are judged but for those that are still `waiting`."""
        self._hand.difference_update(rows)
        self.look_again(waiting)


class Unjudged:
    """Which records a replayed stretch of the journal leaves to be judged.

    A machine's decision says up to which event of its record it had looked. It has looked at the whole record, and
    what it decided there was committed as one (`storage.writer`), so that no crash leaves the one without the other.
    """

    def __init__(self, n_tps: int) -> None:
        self._heard: NDArray[np.int64] = np.zeros(n_tps, np.int64)
        self._seen: NDArray[np.int64] = np.zeros(n_tps, np.int64)

    def fold(self, tree: Tree, entries: Sequence[Entry]) -> None:
        """Takes in the next entries."""
        codes = ["?" if entry.event is None or "\0" in entry.event.tps else entry.event.tps for entry in entries]
        rows = tree.tps_codes.find(fixed(codes))
        decided = np.array([isinstance(entry.event, BlockCounted | BlockHeld) for entry in entries], np.bool_)
        heard = np.flatnonzero(~decided & (rows >= 0))
        self._heard[rows[heard]] = np.array([entry.number for entry in entries], np.int64)[heard]
        for at in np.flatnonzero(decided & (rows >= 0)).tolist():
            event, row = entries[at].event, rows[at]
            if isinstance(event, BlockCounted | BlockHeld):
                self._seen[row] = max(self._seen[row], event.upto or 0)

    def rows(self) -> list[int]:
        """TPS rows of which something came that no decision had seen."""
        return np.flatnonzero(self._heard > self._seen).tolist()
