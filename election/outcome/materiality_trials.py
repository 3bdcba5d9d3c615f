"""Completions that are tried on the dapil of an assembly: where one changes the seats, they are proved open.

The nearest challenger of a dapil with just the votes it needs; each party that may pass or not turned by just the TPS
that turn it; and by all there are. Threshold and seats are worked out anew under each.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.outcome.flip import NEVER, Piles
from election.outcome.materiality_assembly import Assembly, Hurdle
from election.outcome.materiality_seats import Edge, edge

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Trial(Struct, frozen=True, eq=False):
    """A completion, or one for each dapil: what it adds in the dapil [d, parties], in the nation, and its TPS [d]."""

    here: I64
    nation: I64  # [parties], or [d, parties] where each dapil is tried by itself
    tps: I64
    local: bool = False  # the TPS are those of each dapil


def tried(assembly: Assembly, piles: Piles, found: Hurdle, now: Edge, own: I64, asked: Mask) -> tuple[I64, Mask]:
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
