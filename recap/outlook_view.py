"""What of a state the outcome of a contest and its outlook are made from, taken while the state stands still.

A view is small (votes of choices, no candidates of parties, no administration) and belongs to one journal number; what
follows from it is `outlook_told`'s and needs no state any more.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.bundle import Bundle
from election.contest import CONTEST_TYPES, Contest, Kind
from election.outcome.bounds import Waiting
from election.outcome.law import SENATE
from election.outcome.materiality_contest import first_tps
from recap.ragged import COUNTED, FINAL
from recap.state import State

LEVEL = {"ppwp": 0, "pdpr": 0, "pdpd": 1, "pdprdp": 1, "pkwkp": 1, "pdprdk": 2, "pkwkk": 2}
"""The level of the areas that have a result of their own: the nation, a province, a regency or city."""

Named = Mapping[str, int]
"""Votes by field."""


class View(Struct, frozen=True, eq=False):
    """One contest as of journal number `number`; it answers as `materiality_contest.Totals` does."""

    bundle: Bundle
    key: str
    number: int
    at: str
    areas: dict[int, Named]  # by area index: those of `results`, and some right below them
    dapils: dict[int, Named]  # by position: those of `results`
    ballots: dict[int, Contest]  # by position: those of the same dapil
    results: tuple[int, ...]  # area indices of the results that are to be told
    determined: frozenset[int]  # of these, those that are closed
    waiting: Waiting

    def area(self, area: int) -> Named:
        """Votes by field of an area."""
        return self.areas[area]

    def dapil(self, dapil: int) -> Named:
        """Votes by field of a dapil."""
        return self.dapils[dapil]


def results(state: State) -> list[int]:
    """Area indices of the results of a contest: those that anybody votes for."""
    return [area for area in state.tree.level(LEVEL[state.key]) if state.tps[area]]


def take(bundle: Bundle, state: State, asked: Sequence[int]) -> View:
    """The results in these areas. May run in a thread while the state moves; it stands still meanwhile."""
    fields, ballots, inside = _Fields(state), _dapil(bundle, state, asked), _within(state, asked)
    with state.lock:
        number, at = state.number, state.at
        unsettled = state.unsettled() & inside
        counted = partly(state, unsettled)
        areas = {area: fields.named(state.printed.fields(area), state.totals(area)) for area in asked}
        below = [child for area in asked if _near(state, areas[area]) for child in state.tree.children(area)]
        areas |= {area: fields.named(state.printed.fields(area), state.totals(area)) for area in below}
        dapils = {i: _of_dapil(state, fields, i, ballot) for i, ballot in ballots.items()}
        determined = frozenset(area for area in asked if is_determined(state, area))
    waiting = Waiting.of(bundle, state.key, unsettled, counted)
    return View(bundle, state.key, number, at, areas, dapils, ballots, tuple(asked), determined, waiting)


def is_determined(state: State, area: int) -> bool:
    """Whether the result is closed: determined there or above, and no version of a record in it opened since."""
    path, at = [area], area
    while at:
        at = int(state.tree.parent[at])
        path.append(at)
    closed = int(state.rows.determined[path].max())
    return closed > 0 and closed > int(state.rows.opened[state.tree.tps_of(area)].max(initial=0))


def partly(state: State, unsettled: NDArray[np.bool_]) -> NDArray[np.int64]:
    """int64[n_tps]: of TPS in `unsettled`, the votes of pages that count already; only parties have such pages."""
    counted = np.zeros(state.tree.n_tps, np.int64)
    if CONTEST_TYPES[state.key].kind is not Kind.PARTIES:
        return counted
    some = np.flatnonzero(unsettled)
    some = some[_counting(state.states[some]).any(axis=1)]
    some = some[np.argsort(state.rows.ballot[some], kind="stable")]
    for rows in np.split(some, np.flatnonzero(np.diff(state.rows.ballot[some])) + 1):
        if len(rows):
            counted[rows] = _votes_in(state, rows).sum(axis=1)
    return counted


def _votes_in(state: State, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[n, choices]: votes of the counting pages of TPS that all have one ballot."""
    ballot = state.ballot(int(rows[0]))
    at = np.array([ballot.fields.index(field) for field in ballot.choice_fields])
    page = [list(ballot.blocks).index(field) for field in ballot.choice_fields]
    votes = state.rows.figures[state.rows.offsets[rows][:, None] + at].astype(np.int64)
    counts = _counting(state.states[rows][:, page])
    inside: NDArray[np.int64] = np.where(counts, np.maximum(votes, 0), 0)
    return inside


def _counting(states: NDArray[np.uint8]) -> NDArray[np.bool_]:
    counts: NDArray[np.bool_] = (states >= COUNTED) & (states <= FINAL)
    return counts


class _Fields:
    """Picks the votes of choices out of totals; which of them they are is worked out once a kind of ballot."""

    def __init__(self, state: State) -> None:
        self._votes = {field for ballot in state.printed.ballots for field in ballot.choice_fields}
        self._known: dict[tuple[str, ...], tuple[list[str], NDArray[np.int64]]] = {}

    def named(self, fields: tuple[str, ...], totals: NDArray[np.int64]) -> Named:
        """Field → votes."""
        if fields not in self._known:
            at = [j for j, field in enumerate(fields) if field in self._votes]
            self._known[fields] = [fields[j] for j in at], np.array(at, np.int64)
        names, where = self._known[fields]
        return dict(zip(names, totals[where].tolist(), strict=True))


def _of_dapil(state: State, fields: _Fields, dapil: int, ballot: Contest) -> Named:
    """Votes by field; summed from the TPS where a party of the dapil has no column of its own in the sums."""
    shown = state.printed.dapil_fields(dapil)
    if set(ballot.choice_fields) <= set(shown):
        return fields.named(shown, state.dapil_totals(dapil))
    rows = np.flatnonzero(state.printed.district_of_tps == dapil)
    votes = _votes_in(state, rows).sum(axis=0) if len(rows) else np.zeros(len(ballot.choice_fields), np.int64)
    return dict(zip(ballot.choice_fields, votes.tolist(), strict=True))


def _within(state: State, areas: Sequence[int]) -> NDArray[np.bool_]:
    """bool[n_tps]: TPS of these areas."""
    inside = np.zeros(state.tree.n_tps, np.bool_)
    for area in areas:
        inside[state.tree.tps_of(area)] = True
    return inside


def _near(state: State, votes: Named) -> bool:
    """Whether the areas right below a result are told as well: for president the provinces, else where votes are equal
    at an edge, so that their spread may decide."""
    if LEVEL[state.key] == 0 or state.key in _BY_DAPIL:
        return state.key == "ppwp"
    ranked = sorted(votes.values(), reverse=True)
    return any(a == b for places, (a, b) in enumerate(pairwise(ranked), start=1) if places in _EDGES)


_EDGES = frozenset({1, 2, SENATE.seats})
_BY_DAPIL = frozenset({"pdpr", "pdprdp", "pdprdk"})


def _dapil(bundle: Bundle, state: State, results: Sequence[int]) -> dict[int, Contest]:
    """The dapil of these assemblies by position, with the ballot of each."""
    if state.key not in _BY_DAPIL:
        return {}
    printed, chosen = state.printed, {state.tree.kode(area) for area in results}
    first = first_tps(printed.district_of_tps, len(printed.dapil))
    found = (i for i, one in enumerate(printed.dapil) if assembly_of(state.key, one.areas) in chosen)
    return {i: state.ballot(int(first[i])) if first[i] >= 0 else bundle.contest(state.key) for i in found}


def assembly_of(key: str, areas: Sequence[str]) -> str:
    """Code of the area whose assembly the dapil of these areas belongs to."""
    return {0: "0", 1: areas[0][:2], 2: areas[0][:4]}[LEVEL[key]]
