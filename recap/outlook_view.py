"""What of a state the outcome of a contest and its outlook are made from, taken while the state stands still.

A view is small (votes of choices, no candidates of parties, no administration) and belongs to one journal number; what
follows from it is `outlook_told`'s and needs no state any more.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.bundle import Bundle
from election.contest import CONTEST_TYPES, Contest, Kind
from election.outcome.bounds import Waiting
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
    areas: dict[int, Named]  # by area index: those of `results`, what is above and right below them
    dapils: dict[int, Named]  # by position: those of `results`
    results: tuple[int, ...]  # area indices of the results that are to be told
    determined: frozenset[int]  # of these, those that are closed
    waiting: Waiting

    def area(self, area: int) -> Named:
        """Votes by field of an area."""
        return self.areas[area]

    def dapil(self, dapil: int) -> Named:
        """Votes by field of a dapil."""
        return self.dapils[dapil]


def take(bundle: Bundle, state: State, since: int = -1) -> View:
    """The results in which something was decided after number `since`. May run in a thread while the state moves."""
    with state.lock:
        results = tuple(_changed(state, since))
        fields = _Fields(state)
        below = [child for area in results for child in _near(state, area)]
        dapil = _dapil(bundle, state, results)
        unsettled = state.unsettled()
        return View(
            bundle=bundle,
            key=state.key,
            number=state.number,
            at=state.at,
            areas={area: fields.named(state.printed.fields(area), state.totals(area)) for area in (*results, *below)},
            dapils={i: fields.named(state.printed.dapil_fields(i), state.dapil_totals(i)) for i in dapil},
            results=results,
            determined=frozenset(area for area in results if is_determined(state, area)),
            waiting=Waiting.of(bundle, state.key, unsettled, partly(state, unsettled)),
        )


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
    for number in np.unique(state.rows.ballot[some]):
        rows = some[state.rows.ballot[some] == number]
        ballot = state.printed.ballots[number]
        at = [ballot.fields.index(field) for field in ballot.choice_fields]
        page = [list(ballot.blocks).index(field) for field in ballot.choice_fields]
        votes = state.rows.figures[state.rows.offsets[rows][:, None] + np.array(at)].astype(np.int64)
        counts = _counting(state.states[rows][:, page])
        counted[rows] = np.where(counts, np.maximum(votes, 0), 0).sum(axis=1)
    return counted


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


def _changed(state: State, since: int) -> list[int]:
    """Area indices of the results with something new, that anybody votes for."""
    level = state.tree.level(LEVEL[state.key])
    return [area for area in level if state.area_numbers[area] > since and state.tps[area]]


def _near(state: State, area: int) -> Sequence[int]:
    """The areas whose votes are told beside a result: those right below it, by which equal votes are told apart."""
    return () if state.key in _BY_DAPIL else state.tree.children(area)


_BY_DAPIL = frozenset({"pdpr", "pdprdp", "pdprdk"})


def _dapil(bundle: Bundle, state: State, results: Sequence[int]) -> list[int]:
    """Positions of the dapil of these assemblies."""
    if state.key not in _BY_DAPIL:
        return []
    chosen = {state.tree.kode(area) for area in results}
    return [i for i, one in enumerate(state.printed.dapil) if assembly_of(state.key, one.areas) in chosen]


def assembly_of(key: str, areas: Sequence[str]) -> str:
    """Code of the area whose assembly the dapil of these areas belongs to."""
    return {0: "0", 1: areas[0][:2], 2: areas[0][:4]}[LEVEL[key]]


def ballot_of(view: View, dapil: int) -> Contest:
    """The ballot of a dapil."""
    printed = view.bundle.printed(view.key)
    rows = np.flatnonzero(printed.district_of_tps == dapil)
    return printed.ballots[printed.of_tps[rows[0]]] if len(rows) else view.bundle.contest(view.key)
