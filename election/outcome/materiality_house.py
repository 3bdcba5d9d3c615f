"""An assembly: which parties pass the threshold, and every last seat of every dapil whichever of them do.

Votes that do not count yet may move the threshold and the seats of a dapil at once. Parties that may still pass make a
lattice of sets, from only those that are sure to all that may; the set that counts is one between. One test covers them
all: allot the seats among the sure ones, and let every party that may pass be a challenger with no seat. If none can
reach the weakest quotient, the seats are the same for each set in the lattice and every completion; for what wins no
seat can be left out without changing any. Elsewhere completions are tried: two that differ prove that it is open.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from election.bundle.settings import Threshold
from election.outcome.flip import NEVER, NONE, Fewest, Piles
from election.outcome.materiality import Answer, Flipped, Question, Share, in_place, standing
from election.outcome.materiality_seats import FAR, Edge, edge, weakest

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


def outlook(assembly: Assembly, piles: Piles) -> tuple[Answer, ...]:
    """The threshold of each party, where there is one, and the seats of each dapil."""
    found = hurdle(assembly, piles)
    return (*thresholds(assembly, piles, found), *seats(assembly, piles, found))


def thresholds(assembly: Assembly, piles: Piles, found: Hurdle) -> tuple[Answer, ...]:
    """One answer a party; none where there is no threshold. Exact: the nation's votes are one comparison."""
    if assembly.threshold is None:
        return ()
    most = int(piles.votes.sum())
    return tuple(
        Answer(
            Question.THRESHOLD,
            standing(not found.open[i], bool(found.open[i])),
            about=party,
            now=(party,) if found.now[i] else (),
            need=int(found.need[i]),
            most=most,
            **in_place("0", int(found.tps[i])),
        )
        for i, party in enumerate(assembly.parties)
    )


def seats(assembly: Assembly, piles: Piles, found: Hurdle) -> tuple[Answer, ...]:
    """One answer a dapil: whether its seats can still be others, and where the last one is nearest to changing."""
    d = len(assembly.dapil)
    local = Piles(piles.counts[:d])
    most, votes = local.votes, assembly.votes
    passing, certain, possible = map(assembly.on_ballot, (found.now, found.sure, ~found.never))
    now = edge(votes, assembly.seats, passing, passing)
    sure = edge(votes, assembly.seats, certain, possible)
    nobody = ~((votes + most[:, None]) * possible).any(axis=1)
    settled = ((sure.need > most) & sure.seats.any(axis=1)) | nobody
    touching = _touching(assembly, sure, found, most)
    own = local.fewest(np.maximum(now.need, 1))
    tried, local_way = _tried(assembly, piles, found, now, own, ~settled)
    lower = _least(own, np.where(touching, found.tps[None, :], NEVER).T)
    ways = (_way(assembly.dapil[row], *way) for row, way in enumerate(zip(lower, tried, local_way, strict=True)))
    return tuple(_answer(assembly, row, now, bool(settled[row]), int(most[row]), way) for row, way in enumerate(ways))


def _way(dapil: str, lower: int, tried: int, local: bool) -> Flipped:
    """Between which numbers of TPS the fewest lie, and where the smallest set that was tried is."""
    if NEVER in (lower, tried):
        return {"fewest": NONE if lower == NEVER else Fewest(int(lower), None), "via": {}}
    return {"fewest": Fewest(int(lower), int(tried)), "via": {dapil if local else "0": int(tried)}}


def _answer(assembly: Assembly, row: int, now: Edge, settled: bool, most: int, way: Flipped) -> Answer:
    need, names = int(now.need[row]), assembly.parties
    held = tuple(name for name, won in zip(names, now.seats[row], strict=True) for _ in range(int(won)))
    nearest = need < FAR
    answer = Answer(
        Question.SEATS,
        standing(settled, way["fewest"].upper is not None),
        assembly.dapil[row],
        now=held,
        tie=need == 0,
        need=max(need, 1) if nearest else None,
        most=most,
        holder=names[int(now.holder[row])] if nearest and held else "",
        against=names[int(now.against[row])] if nearest else "",
    )
    return answer if settled else replace(answer, **way)


def _touching(assembly: Assembly, sure: Edge, found: Hurdle, most: I64) -> Mask:
    """bool[d, parties]: open parties that could win a seat of the dapil under some set and completion."""
    top, under = weakest(assembly.votes, sure)
    return assembly.on_ballot(found.open) & ((assembly.votes + most[:, None]) * under[:, None] >= top[:, None])


def _least(own: I64, others: I64) -> I64:
    """int64[d]: the least of `own` [d] and `others` [k, d], NEVER being the greatest."""
    rows = np.vstack([own[None, :], others])
    least = np.where(rows == NEVER, FAR, rows).min(axis=0)
    return np.where(least == FAR, NEVER, least)


# --- completions that are tried -------------------------------------------------------------------------------------


class Trial(Struct, frozen=True, eq=False):
    """A completion, or one for each dapil: what it adds in the dapil [d, parties], in the nation, and its TPS [d]."""

    here: I64
    nation: I64  # [parties], or [d, parties] where each dapil is tried by itself
    tps: I64
    local: bool = False  # the TPS are those of each dapil


def _tried(assembly: Assembly, piles: Piles, found: Hurdle, now: Edge, own: I64, asked: Mask) -> tuple[I64, Mask]:
    """int64[d]: TPS of the smallest completion tried under which the dapil's seats are not what they are now; bool[d]:
    whether it is the dapil's own challenger's.

    NEVER where all leave them as they are. Only dapil in `asked` are tried; the rest are settled.
    """
    best, local = np.full(len(own), NEVER), np.zeros(len(own), np.bool_)
    for trial in _trials(assembly, piles, found, now, own) if asked.any() else ():
        better = (best == NEVER) | (trial.tps < best)
        rows = np.flatnonzero(asked & better & (trial.tps != NEVER))
        nation = assembly.totals + np.broadcast_to(trial.nation, trial.here.shape)[rows]
        passing = assembly.passing(nation) & assembly.on_ballot(~found.never)[rows]
        after = edge(assembly.votes[rows] + trial.here[rows], assembly.seats[rows], passing, passing)
        other = (after.seats != now.seats[rows]).any(axis=1) | (after.tie != now.tie[rows])
        best[rows[other]] = trial.tps[rows[other]]
        local[rows[other]] = trial.local
    return best, local


def _trials(assembly: Assembly, piles: Piles, found: Hurdle, now: Edge, own: I64) -> Iterator[Trial]:
    """The nearest challenger of each dapil alone; each open party turned, by few TPS and by all there are."""
    d, p = assembly.votes.shape
    gift = np.zeros((d, p), np.int64)
    gift[np.arange(d), now.against] = np.where(own == NEVER, 0, np.maximum(now.need, 1))
    yield Trial(gift, gift, own, local=True)
    if assembly.threshold is None:
        return  # the nearest challenger's way is the only one, and exact
    away = int(np.flatnonzero(found.never)[0]) if found.never.any() else int(assembly.totals.argmax())
    for party in np.flatnonzero(found.open):
        to = away if found.now[party] else int(party)
        yield _given(assembly, piles, to, int(found.tps[party]))
    for to in (away, *np.flatnonzero(found.open)):
        yield _given(assembly, piles, int(to), int(piles.tps.sum()))


def _given(assembly: Assembly, piles: Piles, to: int, tps: int) -> Trial:
    """All votes of the largest rooms of the nation for one party, wherever it stands."""
    (d, p), rooms = assembly.votes.shape, piles.largest(tps)
    rooms[:d] *= assembly.on_ballot(np.ones(p, np.bool_))[:, to]
    here, nation = np.zeros((d, p), np.int64), np.zeros(p, np.int64)
    here[:, to] = rooms[:d]
    nation[to] = rooms.sum()
    return Trial(here, nation, np.full(d, tps))
