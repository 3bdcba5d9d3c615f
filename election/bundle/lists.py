"""The candidates that parties put up, dapil by dapil: columns, because a nation has some 300,000 of them."""

from functools import cached_property

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.codes import Texts
from election.contest import Candidate


class Lists(Struct, frozen=True, eq=False, dict=True):
    """One row a candidate, in any order. `party` and `number` are int16[n]: ballot numbers."""

    contest: Texts
    dapil: Texts
    party: NDArray[np.int16]
    number: NDArray[np.int16]
    id: Texts
    name: Texts

    @classmethod
    def none(cls) -> "Lists":
        """Of an election whose candidates nobody has told."""
        text, number = np.zeros(0, "S1"), np.zeros(0, np.int16)
        return cls(text, text, number, number, text, text)

    def __len__(self) -> int:
        return len(self.number)

    def of(self, contest: str, dapil: str) -> dict[int, tuple[Candidate, ...]]:
        """Ballot number of a party → its candidates there, by their number."""
        key = f"{contest}/{dapil}".encode()
        start, end = (int(np.searchsorted(self._sorted, key, side)) for side in ("left", "right"))
        found: dict[int, list[Candidate]] = {}
        for row in self._order[start:end].tolist():
            candidate = Candidate(self.id[row].decode(), int(self.number[row]), self.name[row].decode())
            found.setdefault(int(self.party[row]), []).append(candidate)
        return {party: tuple(sorted(some, key=lambda candidate: candidate.number)) for party, some in found.items()}

    def longest(self, contest: str) -> int:
        """How many candidates the longest list of a contest has, 0 where none is known."""
        rows = self.contest == contest.encode()
        _, place = np.unique(self.dapil[rows], return_inverse=True)
        lists = place.astype(np.int64) << 16 | self.party[rows].astype(np.uint16)
        return int(np.unique(lists, return_counts=True)[1].max(initial=0))

    @cached_property
    def places(self) -> set[tuple[str, str]]:
        """Every contest and dapil that has a list."""
        pairs = (key.decode(errors="replace").split("/", 1) for key in np.unique(self._keys).tolist())
        return {(contest, dapil) for contest, dapil in pairs}

    @cached_property
    def _keys(self) -> Texts:
        return np.char.add(np.char.add(self.contest, b"/"), self.dapil)

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        return np.argsort(self._keys, kind="stable")

    @cached_property
    def _sorted(self) -> Texts:
        return self._keys[self._order]
