"""The voters' table of forms that ask for all of it: read together, though a record holds only its first row."""

from collections.abc import Iterable, Mapping
from typing import Final

from election.decode import paper, table
from election.decode.number import Array
from election.decode.paper import Paper
from election.decode.table import VOTERS, Table, Walked
from election.decode.tree import Seen, Weights

BEYOND: Final = tuple(name for name in VOTERS.fields if not name.startswith(f"{VOTERS.rows[0]}_"))
"""The fields of it that no record holds."""


class Voters:
    """What was read of the voters' table: asked as `trees.Trees` are."""

    def __init__(self, beliefs: Paper, given: Mapping[str, Array]) -> None:
        self._lists = table.lists(beliefs, given, VOTERS)
        self._seen = Seen(beliefs, table.listing(VOTERS), given)
        self._weights = self._seen.weights()
        self._table, self._walked = self._walk(self._weights, bounded=True)
        self._mass = self._walked.mass + self._walked.lost

    def _walk(self, weights: Weights, bounded: bool) -> tuple[Table, Walked]:
        walker = Table(self._seen.beliefs, weights, self._lists, VOTERS)
        return walker, walker.walk(walker.along(weights[VOTERS.grand]), bounded=bounded)

    def best(self) -> dict[str, int]:
        """What is most likely written."""
        meant, said = self._table.best(self._walked)
        meant[VOTERS.grand] = int((said * self._weights[VOTERS.grand]).argmax())
        return self._seen.written(meant)

    def marginals(self, found: Mapping[str, int]) -> dict[str, float]:
        """Probability of each number of `found` by itself."""
        walked, weights = self._walked, self._weights
        meant = dict(zip((*VOTERS.plain, *VOTERS.totals), (*walked.plain, *walked.totals), strict=True))
        meant[VOTERS.grand] = walked.grand * weights[VOTERS.grand]
        shares = {n: paper.share(row, self._seen.chance(n, found[n]), weights[n]) for n, row in meant.items()}
        return {name: float(share) / self._mass for name, share in shares.items()}

    def probability(self, found: Mapping[str, int], names: Iterable[str]) -> float:
        """Probability that exactly `found` is written in all of `names`, whatever the other numbers are."""
        here = [name for name in names if name in self._seen.index]
        return min(1.0, self._walk({**self._weights, **self._seen.pinned(found, here)}, False)[1].mass / self._mass)

    def lost(self, names: Iterable[str]) -> float:
        """Share of the mass that was not looked at."""
        return self._walked.lost / self._mass


def asked(given: Mapping[str, Array]) -> bool:
    """Whether a form asks for all of the table."""
    return all(name in given for name in VOTERS.fields)
