"""Who has the most votes: one (Pilkada), two (a second round), four (the DPD of a province).

Of choices that stand in one group of TPS, `places` win. A choice beaten by fewer than `places` others is among them.
Ties for the last place are the law's to break, by spread, and are an answer of their own here.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.outcome.flip import Piles
from election.outcome.materiality import Answer, Question, Standing, in_place, standing

I64 = NDArray[np.int64]


class Race(Struct, frozen=True):
    """Votes of every choice in one area, and for how many places. `names` are the choices' ids."""

    names: tuple[str, ...]
    votes: I64  # int64[c]
    places: int
    kode: str = "0"


def winners(race: Race, piles: Piles, question: Question = Question.WINNERS) -> Answer:
    """Whether the `places` first can change. `piles` is of one group: the TPS of the area that do not count.

    `now` is in the order of the ballot. The set changes, or ties, exactly where some choice outside reaches one
    inside; the nearest pair needs v_last − v_next votes, all of them to the one outside, and one vote where they are
    level already.
    """
    order = np.argsort(-race.votes, kind="stable")
    inside, outside = order[: race.places], order[race.places :]
    most = int(piles.votes[0])
    names = tuple(race.names[i] for i in sorted(inside))
    if not len(outside):
        return Answer(question, Standing.SETTLED, race.kode, now=names, most=most, where=_where(race, most))
    last, next_ = int(inside[-1]), int(outside[0])
    gap = int(race.votes[last] - race.votes[next_])
    need = max(gap, 1)
    return Answer(
        question,
        standing(gap > most, need <= most),
        race.kode,
        now=names if gap else (),
        tie=gap == 0,
        need=need,
        most=most,
        **in_place(race.kode, int(piles.fewest(np.array([need]))[0])),
        holder=race.names[last],
        against=race.names[next_],
        where=_where(race, most),
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


def _where(race: Race, most: int) -> dict[str, tuple[str, ...]]:
    """The choices by what is sure of them."""
    sure, never = placed(race, most)
    words = np.where(sure, "in", np.where(never, "out", "open"))
    named = tuple(zip(race.names, words, strict=True))
    return {word: tuple(name for name, its in named if its == word) for word in ("in", "out", "open")}
