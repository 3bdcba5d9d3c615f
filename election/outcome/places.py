"""The best of many for a number of places: by votes, and where these are equal at the edge, by spread of support.

One mechanism for every contest decided by most votes: who runs again for president, the four of the DPD, a party's
candidates, a governor. Where spread does not tell them apart either the places stay open: `tie`, never chance.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from election.outcome.law import Measure
from election.outcome.refusal import natural

Support = Sequence[Mapping[str, Mapping[str, int]]]
"""Levels from the widest areas to the smallest; on each, area → name → votes. Names that are missing have no vote."""


class Verdict(StrEnum):
    """What a vote for one office came to."""

    ELECTED = "elected"
    RUNOFF = "runoff"  # `again` run in a second round
    TIE = "tie"  # `tie` says between whom; the law, as far as it was read, says no more
    NOBODY = "nobody"  # no valid votes yet; or a single pair that has no majority


class Tied(Struct, frozen=True):
    """Those whom neither votes nor spread tell apart, and the places left for them: fewer than there are names."""

    names: tuple[str, ...]
    places: int


class Chosen(Struct, frozen=True):
    """Who has a place, by rank; `level` says how they were told apart at the edge."""

    names: tuple[str, ...]
    equal: tuple[str, ...] = ()  # those with equal votes at the edge, of whom spread had to choose
    level: int | None = None  # 0: the widest areas; None: votes alone decided, or nothing did
    scores: dict[str, tuple[int, ...]] = {}  # of the equal ones, by level
    tie: Tied | None = None


def best(votes: Mapping[str, int], places: int, support: Support = (), measure: Measure = Measure.BREADTH) -> Chosen:
    """The `places` best of `votes`. Raises BadVotes for numbers below zero."""
    natural("votes", *votes.values())
    natural("places", places)
    ranked = sorted(votes, key=lambda name: -votes[name])
    if places == 0 or len(ranked) <= places:
        return Chosen(tuple(ranked[:places]))
    edge = votes[ranked[places - 1]]
    if votes[ranked[places]] < edge:
        return Chosen(tuple(ranked[:places]))
    sure = tuple(name for name in ranked if votes[name] > edge)
    equal = tuple(name for name in ranked if votes[name] == edge)
    return _by_spread(sure, equal, places - len(sure), scores(equal, support, measure))


def _by_spread(sure: tuple[str, ...], equal: tuple[str, ...], places: int, score: dict[str, tuple[int, ...]]) -> Chosen:
    ranked = sorted(equal, key=lambda name: score[name], reverse=True)
    edge = score[ranked[places - 1]]
    above = tuple(name for name in ranked if score[name] > edge)
    at = tuple(name for name in ranked if score[name] == edge)
    if len(above) + len(at) > places:
        return Chosen((*sure, *above), equal, None, score, Tied(at, places - len(above)))
    outside = score[ranked[places]]
    level = next(n for n, (ours, theirs) in enumerate(zip(edge, outside, strict=True)) if ours != theirs)
    return Chosen((*sure, *ranked[:places]), equal, level, score)


def scores(names: Sequence[str], support: Support, measure: Measure) -> dict[str, tuple[int, ...]]:
    """For each name one integer a level, greater is wider. The first level on which two differ decides between them."""
    return {name: tuple(_score(name, names, areas, measure) for areas in support) for name in names}


def _score(name: str, names: Sequence[str], areas: Mapping[str, Mapping[str, int]], measure: Measure) -> int:
    if measure is Measure.BREADTH:
        return sum(area.get(name, 0) > 0 for area in areas.values())
    if measure is Measure.LEAD:
        return sum(_leads(name, names, area) for area in areas.values())
    return -sum(area.get(name, 0) ** 2 for area in areas.values())


def _leads(name: str, names: Sequence[str], area: Mapping[str, int]) -> bool:
    return all(area.get(name, 0) > area.get(other, 0) for other in names if other != name)
