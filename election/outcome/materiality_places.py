"""The answers of many places, each under both bounds: what is told of one, and how the two are laid side by side."""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from election.codes import NATION_CODE
from election.outcome.materiality import Answer, Outlook, Question


class Told(Struct, frozen=True):
    """The answers of one place under one bound; how many TPS of it do not count, and their votes at most."""

    answers: tuple[Answer, ...]
    tps: int
    votes: int


def beside(bound: Mapping[str, Told], likely: Mapping[str, Told]) -> dict[str, Outlook]:
    """Every place's answers under the bound, each with how sure it is under the likely one.

    The nation, where it is among them, counts its dapil.
    """
    found = {kode: _one(told, likely[kode]) for kode, told in bound.items()}
    if NATION_CODE in found:
        found[NATION_CODE] = replace(found[NATION_CODE], dapil=by_standing(found.values()))
    return found


def by_standing(parts: Iterable[Outlook]) -> dict[str, int]:
    """How many dapil stand how."""
    seats = (answer.standing.value for part in parts for answer in part.of(Question.SEATS))
    return dict(sorted(Counter(seats).items()))


def _one(bound: Told, likely: Told) -> Outlook:
    pairs = zip(bound.answers, likely.answers, strict=True)
    answers = tuple(replace(answer, likely=other.standing) for answer, other in pairs)
    return Outlook(answers, bound.tps, bound.votes, likely.votes)
