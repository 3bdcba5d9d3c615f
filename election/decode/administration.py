"""Joint decoding of sections I–III: the users' table, the ballots that hang on its grand total, and two sums apart."""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from election.decode import levels, paper, table, tree
from election.decode.number import Array
from election.decode.paper import Paper
from election.decode.sums import Sum
from election.decode.table import USERS, Table, Walked
from election.decode.tree import Level, Seen, Weights

_USED = "surat_suara_digunakan"

GRAND = USERS.grand

VOTERS = Sum("pemilih_dpt_j", ("pemilih_dpt_l", "pemilih_dpt_p"))
DISABLED = Sum("pengguna_disabilitas_j", ("pengguna_disabilitas_l", "pengguna_disabilitas_p"))
BALLOTS = Sum(
    "surat_suara_diterima",
    (Sum(_USED, (GRAND,)), "surat_suara_dikembalikan", "surat_suara_tidak_digunakan"),
)
"""Used ballots are as many as users (E202); with those returned and unused they are those received (E201)."""

SUMS = (VOTERS, DISABLED, BALLOTS, *USERS.sums)
"""Every sum of the block; a test holds them to the rules."""

_USERS = table.listing(USERS)

_OF_BALLOTS = (
    "surat_suara_diterima",
    "surat_suara_digunakan",
    "surat_suara_dikembalikan",
    "surat_suara_tidak_digunakan",
)


class Users(Struct, frozen=True):
    """The users' table and the ballots, added up: `mass` of all that was looked at, `lost` bounds the rest."""

    table: Table
    walked: Walked
    grand: Array  # what is seen of the grand total, by the boxes, and by the ballots
    beyond: Array
    ballots: Level
    mass: float
    lost: float


class Administration:
    """The boxes of the users' table and of the ballots, and what may be asked of them."""

    def __init__(self, beliefs: Paper, given: Mapping[str, Array], said: Array | None = None) -> None:
        """`said` float[N]: what the votes make of each number of ballots used."""
        self.beliefs, self.lists = beliefs, table.lists(beliefs, given, USERS)
        self.users = Seen(beliefs, _USERS, given)
        self.ballots = Seen(beliefs, BALLOTS, given)
        self.weights, self.said = self.users.weights(), said
        self.outer = self._heard(self.ballots.weights())

    def _heard(self, ballots: Weights) -> Weights:
        return ballots if self.said is None else {**ballots, _USED: ballots[_USED] * self.said}

    def added(self) -> Users:
        """Everything added up."""
        beliefs, grand = self.beliefs, self.weights[GRAND]
        table, walked, beyond = self._walked(self.weights, self.outer, bounded=True)
        ballots = tree.up(BALLOTS, {**self.outer, GRAND: walked.grand * grand}, beliefs)
        return Users(table, walked, grand, beyond, ballots, tree.mass(ballots), walked.lost + ballots.slack[0])

    def mass(self, found: Mapping[str, int]) -> float:
        """Mass in which exactly `found` is written."""
        outer = self._heard(self.ballots.pinned(found, _OF_BALLOTS))
        return self._walked(self.users.pinned(found, self.users.names), outer, bounded=False)[1].mass

    def _walked(self, weights: Weights, outer: Weights, bounded: bool) -> tuple[Table, Walked, Array]:
        """The table walked through, and what the ballots say of its grand total, float[N], whatever that is."""
        beliefs = self.beliefs
        others = tree.stacked([outer[name] for name in _OF_BALLOTS[2:]])
        used = levels.first_alone(outer[_OF_BALLOTS[0]], others, *beliefs.adding(3), beliefs.shifts)
        beyond = np.empty(beliefs.size)
        paper.backward(outer[_USED] * used, *beliefs.adding(1), beliefs.shifts, beyond)
        table = Table(beliefs, weights, self.lists, USERS)
        return table, table.walk(table.along(weights[GRAND] * beyond), bounded=bounded), beyond

    def best(self, users: Users) -> dict[str, int]:
        """What is most likely written in every box of the table and the ballots."""
        meant, said = users.table.best(users.walked)
        outer = {**self._heard(self.ballots.best_weights()), GRAND: said * users.grand}
        meant |= tree.best(BALLOTS, outer, self.beliefs)
        ballots = {name: meant.pop(name) for name in _OF_BALLOTS}
        return self.users.written(meant) | self.ballots.written(ballots)

    def used(self, users: Users) -> Array:
        """Mass, float[N], of each number of ballots that may be meant as used."""
        return users.ballots.below[0].message * tree.down(users.ballots, self.beliefs).above[_USED]

    def marginals(self, users: Users, found: Mapping[str, int]) -> dict[str, float]:
        """Mass in which each number of `found` is written, whatever the others are."""
        walked, weights = users.walked, self.weights
        meant = dict(zip((*USERS.plain, *USERS.totals), (*walked.plain, *walked.totals), strict=True))
        meant[GRAND] = walked.grand * users.grand * users.beyond
        masses = {
            name: float(paper.share(row, self.users.chance(name, found[name]), weights[name]))
            for name, row in meant.items()
        }
        outside = tree.down(users.ballots, self.beliefs)
        if self.said is not None:
            outside.above[_USED] = outside.above[_USED] * self.said
        ballots = tree.marginals(users.ballots, outside, self.ballots, found)
        return {**ballots, **masses}
