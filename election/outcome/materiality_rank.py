"""Who has the most votes: one (Pilkada), two (a second round), four (the DPD of a province).

Of choices that stand in one group of TPS, `places` win. A choice beaten by fewer than `places` others is among them.
Ties for the last place are the law's to break, by spread, and are an answer of their own here.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.outcome.flip import NEVER, NONE, Piles, exactly
from election.outcome.materiality import Answer, Question, Standing, standing

I64 = NDArray[np.int64]


class Race(Struct, frozen=True):
    """Votes of every choice in one area, and for how many places. `names` are the choices' ids."""

    names: tuple[str, ...]
    votes: I64  # int64[c]
    places: int
    kode: str = "0"


def winners(race: Race, piles: Piles, question: Question = Question.WINNERS) -> Answer:
    """Whether the `places` first can change. `piles` is of one group: the TPS of the area that do not count.

    The set changes, or ties, exactly where some choice outside reaches one inside; the nearest pair needs
    v_last − v_next votes, all of them to the one outside.
    """
    order = np.argsort(-race.votes, kind="stable")
    inside, outside = order[: race.places], order[race.places :]
    most = int(piles.votes[0])
    if not len(outside):
        everybody = tuple(race.names[i] for i in inside)
        return Answer(question, Standing.SETTLED, race.kode, now=everybody, most=most)
    last, next_ = int(inside[-1]), int(outside[0])
    need = int(race.votes[last] - race.votes[next_])
    fewest = int(piles.fewest(np.array([need]))[0])
    return Answer(
        question,
        standing(need > most, most > 0 or need > 0),
        race.kode,
        now=() if need == 0 else tuple(race.names[i] for i in inside),
        tie=need == 0,
        need=need if fewest != NEVER else None,
        most=most,
        fewest=NONE if need == 0 and most == 0 else exactly(fewest),
        holder=race.names[last],
        against=race.names[next_],
    )


def placed(race: Race, most: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """bool[c] twice: which choices are among the first in every completion, and which in none.

    To push a out, `places` others have to reach it; the cheapest way is to raise those that lack least. To let a in,
    all votes go to it.
    """
    votes = race.votes
    gaps = np.maximum(votes[:, None] - votes[None, :], 0)
    np.fill_diagonal(gaps, np.iinfo(np.int64).max)
    cheapest = np.sort(gaps, axis=1)[:, : race.places]
    others = len(votes) - 1
    cost = cheapest.sum(axis=1) if others >= race.places else np.full(len(votes), most + 1)
    above = (votes[None, :] > votes[:, None] + most).sum(axis=1)
    return cost > most, above >= race.places
