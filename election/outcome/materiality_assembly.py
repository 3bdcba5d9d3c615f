"""An assembly whose votes are not all in: its dapil, and how each party stands to the threshold."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.bundle.settings import Threshold
from election.outcome.flip import NEVER, Piles
from election.outcome.materiality import Share
from election.outcome.materiality_seats import FAR

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Assembly(Struct, frozen=True, eq=False):
    """Votes int64[d, parties] and seats int64[d] of each dapil.

    The piles that go with it have a group for each dapil, and may have more for TPS of no dapil: their votes count for
    the threshold. `national` int64[parties]: all valid votes, where they are more than those of the dapil. `stands`
    bool[d, parties]: who stands in which dapil, where not all do.
    """

    parties: tuple[str, ...]
    dapil: tuple[str, ...]
    votes: I64
    seats: I64
    threshold: Threshold | None = None
    national: I64 | None = None
    stands: Mask | None = None

    def on_ballot(self, parties: Mask) -> Mask:
        """bool[…, parties] narrowed to those who stand in each dapil: bool[d, parties]."""
        everywhere = np.ones(self.votes.shape, np.bool_)
        return parties & (everywhere if self.stands is None else self.stands)

    @property
    def totals(self) -> I64:
        """int64[parties]: valid votes of the nation."""
        totals: I64 = self.votes.sum(axis=0) if self.national is None else self.national
        return totals

    @property
    def share(self) -> Share:
        """The threshold as a share."""
        assert self.threshold is not None
        return Share(self.threshold.numerator, self.threshold.denominator)

    def passing(self, totals: I64) -> Mask:
        """Who passes with these national totals int64[…, parties]."""
        if self.threshold is None:
            return np.ones(totals.shape, np.bool_)
        return self.share.reached(totals, totals.sum(axis=-1, keepdims=True))


class Hurdle(Struct, frozen=True, eq=False):
    """Of each party: passes now, in every completion, in none; votes and TPS that turn it. All [parties]."""

    now: Mask
    sure: Mask
    never: Mask
    need: I64
    tps: I64

    @property
    def open(self) -> Mask:
        """May pass and may not."""
        return ~(self.sure | self.never)


def hurdle(assembly: Assembly, piles: Piles) -> Hurdle:
    """How each party stands to the threshold; without one all pass."""
    totals, whole = assembly.totals, piles.pooled()
    if assembly.threshold is None:
        everybody = np.ones(len(totals), np.bool_)
        return Hurdle(everybody, everybody, ~everybody, np.full(len(totals), FAR), np.full(len(totals), NEVER))
    share, valid, most = assembly.share, np.broadcast_to(totals.sum(), totals.shape), whole.votes[0]
    need = share.need(totals, valid)
    tps = Piles(np.repeat(whole.counts, len(totals), axis=0)).fewest(need)
    return Hurdle(
        share.reached(totals, valid),
        share.settled_for(totals, valid, most),
        share.settled_against(totals, valid, most),
        need,
        tps,
    )
