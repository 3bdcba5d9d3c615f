"""From the named totals of a contest and the TPS that do not count to the outlook of each of its places.

A place is whatever has a result of its own: the nation, a province, a regency, a dapil. Where totals come from, and
which TPS count, is for whoever calls: the live engine, or a file.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from election.bundle import Bundle
from election.codes import NATION_CODE, Indices
from election.contest import Contest
from election.outcome.bounds import Waiting
from election.outcome.flip import Piles
from election.outcome.inputs import EMPTY_COLUMN, JAKARTA_KODE, is_province, votes_of
from election.outcome.law import SENATE
from election.outcome.materiality import MAJORITY, Answer, Outlook, Question, share_answer
from election.outcome.materiality_assembly import Assembly
from election.outcome.materiality_house import outlook as house
from election.outcome.materiality_places import Told, beside
from election.outcome.materiality_president import Nation, majority
from election.outcome.materiality_president import outlook as presidency
from election.outcome.materiality_rank import Race, winners
from election.outcome.materiality_sets import Sets

I64 = NDArray[np.int64]


class Totals(Protocol):
    """Votes by field (`Contest.choice_fields`) of what counts; fields that are missing have none."""

    def area(self, area: int) -> Mapping[str, int]:
        """Of an area, by its area index."""

    def dapil(self, dapil: int) -> Mapping[str, int]:
        """Of a dapil, by its position in `bundle.printed(key).dapil`."""


class Asked(Struct, frozen=True, eq=False):
    """What is asked of which contest. `tps` int32[k]: the TPS that do not count.

    `only`: codes of places; others need no answer. None: all.
    """

    bundle: Bundle
    key: str
    totals: Totals
    tps: Indices
    only: frozenset[str] | None = None

    def wants(self, kode: str) -> bool:
        """Whether this place needs an answer."""
        return self.only is None or kode in self.only


Under = Callable[[Indices], dict[str, Told]]
"""The answers of every place under one bound, rooms int32[k] of the TPS that do not count."""


def outlooks(
    bundle: Bundle, key: str, totals: Totals, waiting: Waiting, only: frozenset[str] | None = None
) -> dict[str, Outlook]:
    """The outlook of every place of a contest, by its code. Raises UnknownContest."""
    under = _ASKS[key](Asked(bundle, key, totals, waiting.tps, only))
    bound, likely = under(waiting.most), under(waiting.likely)
    found, sets = beside(bound, likely), Sets(bundle, key, waiting)
    return {kode: replace(one, answers=tuple(map(sets.told, one.answers))) for kode, one in found.items()}


# --- the nation -----------------------------------------------------------------------------------------------------


def _president(asked: Asked) -> Under:
    tree, ballot = asked.bundle.tree, asked.bundle.contest(asked.key)
    level = sorted(tree.level(1), key=lambda area: not is_province(tree.kode(area)))
    group = np.empty(len(level), np.int64)
    group[np.array(level) - tree.level(1).start] = np.arange(len(level))
    groups = group[tree.ancestors(1)[asked.tps] - tree.level(1).start]
    kodes = tuple(tree.kode(area) for area in level if is_province(tree.kode(area)))
    votes = np.array([_votes(ballot, asked.totals.area(area)) for area in level], np.int64)
    nation = Nation(_ids(ballot), kodes, votes)

    def under(rooms: Indices) -> dict[str, Told]:
        piles = _piles(groups, rooms, len(level))
        return {NATION_CODE: Told(presidency(nation, piles), int(piles.tps.sum()), int(piles.votes.sum()))}

    return under


def _piles(groups: NDArray[np.integer], rooms: Indices, m: int) -> Piles:
    return Piles.of(groups, rooms, m, int(rooms.max(initial=0)))


# --- assemblies -----------------------------------------------------------------------------------------------------


def _assembly(asked: Asked) -> Under:
    """All dapil whose seats are known. With a threshold they hang together, and all are answered."""
    printed = asked.bundle.printed(asked.key)
    national = asked.key == "pdpr"
    chosen = [i for i, one in enumerate(printed.dapil) if one.seats and (national or asked.wants(one.kode))]
    if not chosen and not national:
        return lambda rooms: {}
    group = np.full(len(printed.dapil) + 1, len(chosen))
    group[chosen] = np.arange(len(chosen))
    groups, one = group[printed.district_of_tps[asked.tps]], _house(asked, chosen, national)

    def under(rooms: Indices) -> dict[str, Told]:
        piles = _piles(groups, rooms, len(chosen) + 1)
        return house(one, piles if national else Piles(piles.counts[: len(chosen)]))

    return under


def _house(asked: Asked, chosen: list[int], national: bool) -> Assembly:
    printed, bundle = asked.bundle.printed(asked.key), asked.bundle
    first = first_tps(printed.district_of_tps, len(printed.dapil))
    ballots = [bundle.ballot(asked.key, int(first[i])) if first[i] >= 0 else bundle.contest(asked.key) for i in chosen]
    everywhere = [bundle.contest(asked.key)] if national else ballots
    parties = dict.fromkeys(party for ballot in everywhere for party in _ids(ballot))
    column = {party: j for j, party in enumerate(parties)}
    votes = np.zeros((len(chosen), len(parties)), np.int64)
    stands = np.zeros(votes.shape, np.bool_)
    for row, (dapil, ballot) in enumerate(zip(chosen, ballots, strict=True)):
        at = [column[party] for party in _ids(ballot)]
        votes[row, at], stands[row, at] = _votes(ballot, asked.totals.dapil(dapil)), True
    nation = asked.totals.area(0) if national else {}
    return Assembly(
        tuple(parties),
        tuple(printed.dapil[i].kode for i in chosen),
        votes,
        np.array([printed.dapil[i].seats for i in chosen], np.int64),
        bundle.settings.threshold if national else None,
        np.array(_votes(bundle.contest(asked.key), nation), np.int64) if national else None,
        stands,
    )


def first_tps(district: Indices, m: int) -> Indices:
    """int32[m]: a TPS row of each dapil, -1 where it has none."""
    first = np.full(m + 1, -1, np.int32)
    first[district[::-1]] = np.arange(len(district) - 1, -1, -1, dtype=np.int32)
    return first[:m]


# --- places of their own --------------------------------------------------------------------------------------------

Local = Callable[[Contest, str, I64, Piles], tuple[Answer, ...]]


def _each(level: int, local: Local) -> Callable[[Asked], Under]:
    """Every area of a level that holds the contest with one ballot, by itself."""

    def ask(asked: Asked) -> Under:
        tree, printed = asked.bundle.tree, asked.bundle.printed(asked.key)
        of = tree.level(level)
        groups = tree.ancestors(level)[asked.tps] - of.start
        held = [area for area in of if printed.of_area[area] >= 0 and asked.wants(tree.kode(area))]
        ballots = [printed.ballots[printed.of_area[area]] for area in held]
        votes = [
            np.array(_votes(ballot, asked.totals.area(area)), np.int64)
            for area, ballot in zip(held, ballots, strict=True)
        ]

        def under(rooms: Indices) -> dict[str, Told]:
            piles = _piles(groups, rooms, len(of))
            tps, most = piles.tps, piles.votes
            told = {}
            for area, ballot, own in zip(held, ballots, votes, strict=True):
                group, kode = area - of.start, tree.kode(area)
                answers = local(ballot, kode, own, Piles(piles.counts[group : group + 1]))
                told[kode] = Told(answers, int(tps[group]), int(most[group]))
            return told

        return under

    return ask


def _members(ballot: Contest, kode: str, votes: I64, piles: Piles) -> tuple[Answer, ...]:
    """The four of a province, UU 7/2017 art. 423."""
    return (winners(Race(_ids(ballot), votes, SENATE.seats, kode), piles),)


def _head(ballot: Contest, kode: str, votes: I64, piles: Piles) -> tuple[Answer, ...]:
    """A governor, regent or mayor: a single pair needs more than half, Jakarta's governor too; else most votes."""
    ids = _ids(ballot)
    pairs = [i for i, choice in enumerate(ballot.choices) if choice.name.casefold() not in EMPTY_COLUMN]
    if len(pairs) < len(ids):
        return tuple(share_answer(Question.MAJORITY, MAJORITY, ids[i], i, votes, piles, kode) for i in pairs)
    if kode == JAKARTA_KODE:
        half = majority(Nation(ids, (), votes[None, :]), piles)
        return replace(half, kode=kode), winners(Race(ids, votes, 2, kode), piles, Question.RUNOFF)
    return (winners(Race(ids, votes, 1, kode), piles),)


def _ids(ballot: Contest) -> tuple[str, ...]:
    return tuple(choice.id for choice in ballot.choices)


def _votes(ballot: Contest, totals: Mapping[str, int]) -> list[int]:
    return list(votes_of(ballot, totals).values())


_ASKS: dict[str, Callable[[Asked], Under]] = {
    "ppwp": _president,
    "pdpr": _assembly,
    "pdprdp": _assembly,
    "pdprdk": _assembly,
    "pdpd": _each(1, _members),
    "pkwkp": _each(1, _head),
    "pkwkk": _each(2, _head),
}
