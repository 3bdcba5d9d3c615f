"""Joint decoding of sections I–III: the users' table, the ballots that hang on its grand total, and two sums apart."""

from collections.abc import Mapping

from msgspec import Struct

from election.decode import paper, table, tree
from election.decode.number import Array
from election.decode.paper import Paper
from election.decode.sums import Sum
from election.decode.table import GRAND, PLAIN, TOTALS, Table, Walked
from election.decode.tree import Level, Outside, Seen

VOTERS = Sum("pemilih_dpt_j", ("pemilih_dpt_l", "pemilih_dpt_p"))
DISABLED = Sum("pengguna_disabilitas_j", ("pengguna_disabilitas_l", "pengguna_disabilitas_p"))
BALLOTS = Sum(
    "surat_suara_diterima",
    (Sum("surat_suara_digunakan", (GRAND,)), "surat_suara_dikembalikan", "surat_suara_tidak_digunakan"),
)
"""Used ballots are as many as users (E202); with those returned and unused they are those received (E201)."""

SUMS = (VOTERS, DISABLED, BALLOTS, *table.SUMS)
"""Every sum of the block; a test holds them to the rules."""

_USERS = Sum(GRAND, tuple(Sum(name, ()) for name in (*PLAIN, *TOTALS)))
"""The table's numbers, only to be listed: each enters two sums, so that one slip of the pen can break both."""

_OF_BALLOTS = (
    "surat_suara_diterima",
    "surat_suara_digunakan",
    "surat_suara_dikembalikan",
    "surat_suara_tidak_digunakan",
)


class Users(Struct, frozen=True):
    """The users' table and the ballots, added up: `mass` of all that was looked at, `lost` bounds the rest."""

    walked: Walked
    grand: Array  # what is seen of the grand total itself
    ballots: Level
    beyond: Outside  # what the ballots say, without the table
    mass: float
    lost: float


class Administration:
    """The boxes of the users' table and of the ballots, and what may be asked of them."""

    def __init__(self, beliefs: Paper, given: Mapping[str, Array]) -> None:
        self.beliefs, self.given = beliefs, given
        self.users = Seen(beliefs, _USERS, given)
        self.ballots = Seen(beliefs, BALLOTS, given)

    def added(self, found: Mapping[str, int] | None = None) -> Users:
        """Everything added up; with `found`, where exactly that is written."""
        if found is None:
            weights, outer = self.users.weights(), self.ballots.weights()
        else:
            weights = self.users.pinned(found, self.users.names)
            outer = self.ballots.pinned(found, _OF_BALLOTS)
        return self._users(weights, outer, bounded=found is None)

    def _users(
        self, weights: tree.Weights, outer: tree.Weights, only: Mapping[str, int] | None = None, bounded: bool = False
    ) -> Users:
        beliefs = self.beliefs
        grand = weights[GRAND]
        # What the ballots say of the grand total does not depend on what is put in its place.
        beyond = tree.down(tree.up(BALLOTS, {**outer, GRAND: grand}, beliefs), beliefs)
        rest = beyond.rests[GRAND][1][: beliefs.size]
        walked = Table(beliefs, weights, self.given).walk(grand * rest, only, bounded)
        ballots = tree.up(BALLOTS, {**outer, GRAND: walked.grand * grand}, beliefs)
        mass = tree.mass(ballots)
        return Users(walked, grand, ballots, beyond, mass, walked.lost + ballots.slack[0])

    def best(self, users: Users) -> dict[str, int]:
        """What is most likely written in every box of the table and the ballots."""
        weights = self.users.weights()
        only = self._users(weights, self.ballots.weights(), users.walked.best)
        meant = dict(only.walked.best)
        meant |= {name: int(only.walked.totals[t].argmax()) for t, name in enumerate(TOTALS)}
        outer = {**self.ballots.best_weights(), GRAND: only.walked.grand * users.grand}
        meant |= tree.best(BALLOTS, outer, self.beliefs)
        ballots = {name: meant.pop(name) for name in _OF_BALLOTS}
        return self.users.written(meant) | self.ballots.written(ballots)

    def marginals(self, users: Users, found: Mapping[str, int]) -> dict[str, float]:
        """Mass in which each number of `found` is written, whatever the others are."""
        walked, weights = users.walked, self.users.weights()
        rest = users.beyond.rests[GRAND][1][: self.beliefs.size]
        meant = dict(zip((*PLAIN, *TOTALS), (*walked.plain, *walked.totals), strict=True))
        meant[GRAND] = walked.grand * users.grand * rest
        masses = {
            name: float(paper.share(row, self.users.chance(name, found[name]), weights[name]))
            for name, row in meant.items()
        }
        ballots = tree.marginals(users.ballots, tree.down(users.ballots, self.beliefs), self.ballots, found)
        return {**ballots, **masses}
