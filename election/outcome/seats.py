"""The divisor method of Webster and Sainte-Laguë with divisors 1, 3, 5 …, on bare integers.

Parties are positions here; names, thresholds and laws are for `house`. Quotients are compared by multiplying crosswise
(v_a · d_b > v_b · d_a), so that equal means equal. UU 7/2017 art. 415 and 420; M. L. Balinski and H. P. Young, Fair
Representation (1982), ch. 12.
"""

from collections.abc import Sequence

from msgspec import Struct

from election.outcome.law import EqualQuotients
from election.outcome.refusal import natural


class Quotient(Struct, frozen=True):
    """`votes` divided by `divisor`, never carried out."""

    party: int
    votes: int
    divisor: int

    def against(self, other: "Quotient") -> int:
        """Above 0 where this is the greater one, 0 where both are equal, below 0 else."""
        return self.votes * other.divisor - other.votes * self.divisor

    @property
    def next(self) -> "Quotient":
        """The party's quotient for one seat more."""
        return Quotient(self.party, self.votes, self.divisor + 2)

    def lacks(self, holder: "Quotient") -> int:
        """The fewest votes more with which this one would be greater than `holder`'s."""
        return max(0, holder.votes * self.divisor // holder.divisor + 1 - self.votes)


class Tie(Struct, frozen=True):
    """Parties with equal quotients, and how many seats are left for them: fewer than there are parties."""

    parties: tuple[int, ...]
    seats: int


class Allotment(Struct, frozen=True):
    """The seats of one dapil. Seats of a tie are in `tie` alone, and with no votes at all nothing is allotted."""

    seats: tuple[int, ...]  # by party
    quotients: tuple[Quotient, ...]  # those that won, in order
    last: Quotient | None  # the one that won the last seat
    next: Quotient | None  # the greatest that won none
    tie: Tie | None = None


class Near(Struct, frozen=True):
    """The change of a seat that takes the fewest votes: `challenger` would pass `holder` with `lacks` votes more."""

    challenger: Quotient
    holder: Quotient
    lacks: int


def sainte_lague(votes: Sequence[int], seats: int, equal: EqualQuotients = EqualQuotients.OPEN) -> Allotment:
    """Allot `seats` among parties with these votes. Raises BadVotes for numbers below zero."""
    natural("votes", *votes)
    natural("seats", seats)
    waiting = [Quotient(party, count, 1) for party, count in enumerate(votes) if count]
    won: list[Quotient] = []
    tie = None
    while waiting and len(won) < seats and tie is None:
        group, open_ = greatest(waiting), seats - len(won)
        if len(group) > open_ and equal is EqualQuotients.MORE_VOTES:
            group = _with_most_votes(group)
        if len(group) > open_:
            tie = Tie(tuple(q.party for q in group), open_)
        else:
            won += group
            parties = {q.party for q in group}
            waiting = [q.next if q.party in parties else q for q in waiting]
    return Allotment(
        seats=tuple(sum(q.party == party for q in won) for party in range(len(votes))),
        quotients=tuple(won),
        last=won[-1] if won else None,
        next=greatest(waiting)[0] if waiting else None,
        tie=tie,
    )


def nearest(votes: Sequence[int], allotment: Allotment) -> Near | None:
    """Who would win a seat more with the fewest votes more of its own; None while a tie is open or one party stands.

    A party wins one more where its next quotient is greater than the least that won for another party.
    """
    if allotment.tie:
        return None
    found = []
    for party, (count, seats) in enumerate(zip(votes, allotment.seats, strict=True)):
        challenger = Quotient(party, count, 2 * seats + 1)
        holder = next((q for q in reversed(allotment.quotients) if q.party != party), None)
        if holder:
            found.append(Near(challenger, holder, challenger.lacks(holder)))
    return min(found, key=lambda near: near.lacks, default=None)


def greatest(quotients: Sequence[Quotient]) -> list[Quotient]:
    """All that are equal to the greatest, in the order given. `quotients` is not empty."""
    best = [quotients[0]]
    for quotient in quotients[1:]:
        more = quotient.against(best[0])
        if more > 0:
            best = [quotient]
        elif more == 0:
            best.append(quotient)
    return best


def _with_most_votes(group: list[Quotient]) -> list[Quotient]:
    most = max(quotient.votes for quotient in group)
    return [quotient for quotient in group if quotient.votes == most]
