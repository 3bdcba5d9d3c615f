"""The two sides of a record, each read by itself: the votes, on their pages, and sections I to III on the data page."""

from collections.abc import Mapping
from typing import Protocol, Self

from msgspec import Struct

from election.contest import ADM, ADMINISTRASI
from election.decode.administration import DISABLED, VOTERS, Administration
from election.decode.between import VOTES, heard
from election.decode.number import Array
from election.decode.paper import Paper
from election.decode.sums import Assignment, Votes
from election.decode.trees import Trees
from election.decode.voters import BEYOND, Voters
from election.decode.voters import asked as voters_asked

HALF = 0.5
"""What is likelier than this is likelier than everything else together, and nothing better need be looked for."""

SURE = 0.99
"""From this probability on nobody asks for the runner-up, and it is not looked for."""

Given = Mapping[str, Array]
Blocks = Mapping[str, tuple[str, ...]]
Keyed = Mapping[str, Assignment | None]
"""Block → the officer's figures by field, where they are a hypothesis."""


class Told(Struct, frozen=True):
    """What joint decoding says about one block."""

    found: Assignment
    probability: float
    lost: float
    marginals: Mapping[str, float]
    together: float
    hypothesis: float | None = None
    runner_up: Assignment | None = None
    lacking: tuple[str, ...] = ()


class Side(Protocol):
    """Blocks that are decoded jointly."""

    def best(self, guess: Assignment) -> Assignment:
        """What is most likely written; `guess` is each number by itself."""

    def told(self, found: Assignment, keyed: Keyed) -> dict[str, Told]:
        """All that is to be said about each block, `found` being the best."""

    def probability(self, found: Assignment, block: str) -> float:
        """Probability that exactly `found` is written in a block."""

    def says(self) -> Array:
        """Mass, float[N], of each number that may be meant where the two sides should be the same."""

    def hearing(self, said: Array) -> Self:
        """The same side, with what the other one says."""


class VoteSide:
    """The vote pages."""

    def __init__(
        self, plan: Votes, blocks: Blocks, given: Given, beliefs: Paper, above: Mapping[str, Array] | None = None
    ) -> None:
        self._plan, self._blocks, self._given, self._beliefs = plan, blocks, given, beliefs
        self._record = Trees(plan.trees, given, beliefs, above)

    def best(self, guess: Assignment) -> Assignment:
        """What is most likely written."""
        here = {name: guess[name] for names in self._blocks.values() for name in names}
        return here if self._record.probability(here, here) > HALF else self._record.best()

    def told(self, found: Assignment, keyed: Keyed) -> dict[str, Told]:
        """All that is to be said about each block."""
        record, chances = self._record, self._record.marginals(found)
        sure = {block: self.probability(found, block) for block in self._blocks}
        whole = record.probability(found, found) if len(sure) > 1 else None
        return {
            block: Told(
                found,
                probability,
                record.lost(self._blocks[block]),
                chances,
                probability if whole is None else whole,
                self._hypothesis(keyed.get(block), found, block, probability),
                None if probability >= SURE else record.runner_up(found, self._blocks[block], chances),
                self._plan.lacking,
            )
            for block, probability in sure.items()
        }

    def _hypothesis(
        self, officer: Assignment | None, found: Assignment, block: str, probability: float
    ) -> float | None:
        if officer is None:
            return None
        same = all(officer[name] == found[name] for name in self._blocks[block])
        return probability if same else self.probability(officer, block)

    def probability(self, found: Assignment, block: str) -> float:
        """Probability that exactly `found` is written in a block."""
        return self._record.probability(found, self._blocks[block])

    def says(self) -> Array:
        """Mass of each number of votes."""
        return self._record.says(VOTES)

    def hearing(self, said: Array) -> Self:
        """The same votes, with what the data page says of their number."""
        above = {VOTES: heard(said, self._beliefs)}
        return type(self)(self._plan, self._blocks, self._given, self._beliefs, above)


class DataSide:
    """The data page."""

    def __init__(self, given: Given, beliefs: Paper, said: Array | None = None) -> None:
        self._given, self._beliefs = given, beliefs
        voters = Voters(beliefs, given) if voters_asked(given) else Trees((VOTERS,), given, beliefs)
        self._apart: tuple[Trees | Voters, ...] = (voters, Trees((DISABLED,), given, beliefs))
        self._table = Administration(beliefs, given, said)
        self._users = self._table.added()
        self._whole = self._users.mass + self._users.lost
        self._last: tuple[Assignment, float] | None = None

    def best(self, guess: Assignment) -> Assignment:
        """What is most likely written."""
        here = {name: guess[name] for name in (*ADMINISTRASI, *BEYOND) if name in guess}
        if self.probability(here, ADM) > HALF:
            return here
        found = self._table.best(self._users)
        for record in self._apart:
            found |= record.best()
        return found

    def told(self, found: Assignment, keyed: Keyed) -> dict[str, Told]:
        """All that is to be said about the block."""
        masses = self._table.marginals(self._users, found)
        chances = {name: min(1.0, mass / self._whole) for name, mass in masses.items()}
        for record in self._apart:
            chances |= record.marginals(found)
        probability, officer = self.probability(found, ADM), keyed.get(ADM)
        same = officer is not None and all(officer[name] == found[name] for name in officer)
        hypothesis = None if officer is None else probability if same else self.probability(officer, ADM)
        lost = max(self._users.lost / self._whole, *(record.lost(found) for record in self._apart))
        return {ADM: Told(found, probability, lost, chances, probability, hypothesis)}

    def probability(self, found: Assignment, block: str) -> float:
        """Probability that exactly `found` is written in the block."""
        if self._last is None or self._last[0] != found:
            probability = min(1.0, self._table.mass(found) / self._whole)
            for record in self._apart:
                probability *= record.probability(found, ADMINISTRASI)
            self._last = found, probability
        return self._last[1]

    def says(self) -> Array:
        """Mass of each number of ballots used."""
        return self._table.used(self._users)

    def hearing(self, said: Array) -> Self:
        """The same page, with what the votes say of the ballots used."""
        return type(self)(self._given, self._beliefs, heard(said, self._beliefs))
