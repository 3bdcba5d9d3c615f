"""The last seat of many dapil at once: who holds it, who comes closest, and how many votes lie between them.

Sainte-Laguë as in `seats`, on arrays: rows are dapil (or one dapil under many completions), columns parties. Quotients
are compared crosswise; votes of a dapil below 2⁵⁰ and some hundred seats stay far from the end of int64.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
FAR = np.int64(1 << 62)
"""More votes than there are: nobody can reach."""


class Edge(Struct, frozen=True, eq=False):
    """Where each dapil's last seat is nearest to changing hands. Arrays int64[d]; `need` FAR: nobody holds, or nobody
    could take."""

    seats: I64  # int64[d, parties]; a tie is given to the first of the equal ones here
    need: I64  # fewest votes, all to `against`, with which its next quotient is no less than `holder`'s last
    holder: I64
    against: I64

    @property
    def tie(self) -> Mask:
        """bool[d]: two quotients at the edge are equal already."""
        return self.need == 0


def allot(votes: I64, seats: I64) -> I64:
    """int64[d, parties]: the seats won with `votes` [d, parties]; no votes, no seat. Equal quotients: the first party.

    Whether a row ends in a tie is `edge`'s to say.
    """
    won = np.zeros_like(votes)
    rows = np.arange(len(votes))
    for seat in range(int(seats.max(initial=0))):
        party = _greatest(votes, 2 * won + 1)
        gets = (seat < seats) & (votes[rows, party] > 0)
        won[rows[gets], party[gets]] += 1
    return won


def _greatest(votes: I64, divisors: I64) -> I64:
    """int64[d]: the first party with the greatest quotient."""
    best, top, under = np.zeros(len(votes), np.int64), votes[:, 0], divisors[:, 0]
    for party in range(1, votes.shape[1]):
        better = votes[:, party] * under > top * divisors[:, party]
        best = np.where(better, party, best)
        top, under = np.where(better, votes[:, party], top), np.where(better, divisors[:, party], under)
    return best


def edge(votes: I64, seats: I64, holders: Mask, challengers: Mask) -> Edge:
    """The edge of each dapil when `holders` share its seats and `challengers` too could take one.

    `votes` int64[d, parties], `seats` int64[d]; both masks bool[parties] or bool[d, parties], holders among the
    challengers. A challenger that is no holder has no seat yet.

    Party b reaches the last seat of a with x votes more where (v_b + x)(2s_a − 1) ≥ v_a(2s_b + 1). Where nobody has a
    vote, one vote is enough.
    """
    inside = np.broadcast_to(holders, votes.shape)
    won = allot(np.where(inside, votes, 0), seats)
    need, holder = np.full(votes.shape, FAR), np.zeros(votes.shape, np.int64)
    for a in range(votes.shape[1]):
        last = 2 * won[:, a : a + 1] - 1
        x = -(-votes[:, a : a + 1] * (2 * won + 1) // np.maximum(last, 1)) - votes
        x = np.where(last > 0, np.maximum(x, 0), FAR)
        x[:, a] = FAR
        holder = np.where(x < need, a, holder)
        need = np.minimum(need, x)
    need = np.where(won.any(axis=1, keepdims=True), need, 1)
    need = np.where(np.broadcast_to(challengers, votes.shape), need, FAR)
    rows, against = np.arange(len(votes)), need.argmin(axis=1)
    return Edge(won, need[rows, against], holder[rows, against], against)


def weakest(votes: I64, found: Edge) -> tuple[I64, I64]:
    """Votes and divisor int64[d] of the quotient that won each dapil's last seat; 0 and 1 where nobody won any."""
    top, under = np.zeros(len(votes), np.int64), np.ones(len(votes), np.int64)
    for party in range(votes.shape[1]):
        own, divisor = votes[:, party], 2 * found.seats[:, party] - 1
        less = (divisor > 0) & ((top == 0) | (own * under < top * divisor))
        top, under = np.where(less, own, top), np.where(less, divisor, under)
    return top, under
