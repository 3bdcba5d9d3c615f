"""An assembly: which parties pass the threshold, and every last seat of every dapil whichever of them do.

Votes that do not count yet may move the threshold and the seats of a dapil at once. Parties that may still pass make a
lattice of sets, from only those that are sure to all that may; the set that counts is one between. One test covers them
all: allot the seats among the sure ones, and let every party that may pass be a challenger with no seat. If none can
reach the weakest quotient, the seats are the same for each set in the lattice and every completion; for what wins no
seat can be left out without changing any. Elsewhere completions are tried: two that differ prove that it is open.
"""

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from election.codes import NATION_CODE
from election.outcome.flip import NEVER, NONE, Fewest, Piles
from election.outcome.materiality import Answer, Flipped, Question, in_place, standing
from election.outcome.materiality_assembly import Assembly, Hurdle, hurdle
from election.outcome.materiality_places import Told
from election.outcome.materiality_seats import FAR, Edge, edge, weakest
from election.outcome.materiality_trials import tried

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


def outlook(assembly: Assembly, piles: Piles) -> dict[str, Told]:
    """The seats of each dapil by its code; where there is a threshold, the nation's answers: one a party."""
    found, tps, votes = hurdle(assembly, piles), piles.tps, piles.votes
    told = {
        answer.kode: Told((answer,), int(tps[row]), int(votes[row]))
        for row, answer in enumerate(seats(assembly, piles, found))
    }
    if assembly.threshold is not None:
        told[NATION_CODE] = Told(thresholds(assembly, piles, found), int(tps.sum()), int(votes.sum()))
    return told


def thresholds(assembly: Assembly, piles: Piles, found: Hurdle) -> tuple[Answer, ...]:
    """One answer a party. Exact: the nation's votes are one comparison."""
    most = int(piles.votes.sum())
    return tuple(
        Answer(
            Question.THRESHOLD,
            standing(not found.open[i], bool(found.open[i])),
            about=party,
            now=(party,) if found.now[i] else (),
            need=int(found.need[i]),
            most=most,
            **in_place(NATION_CODE, int(found.tps[i])),
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
    turned, local_way = tried(assembly, piles, found, now, own, ~settled)
    lower = _least(own, np.where(touching, found.tps[None, :], NEVER).T)
    ways = (_way(assembly.dapil[row], *way) for row, way in enumerate(zip(lower, turned, local_way, strict=True)))
    return tuple(_answer(assembly, row, now, bool(settled[row]), int(most[row]), way) for row, way in enumerate(ways))


def _way(dapil: str, lower: int, tried: int, local: bool) -> Flipped:
    """Between which numbers of TPS the fewest lie, and where the smallest set that was tried is."""
    if NEVER in (lower, tried):
        return {"fewest": NONE if lower == NEVER else Fewest(int(lower), None), "via": {}}
    return {"fewest": Fewest(int(lower), int(tried)), "via": {dapil if local else NATION_CODE: int(tried)}}


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
