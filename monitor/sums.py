"""The totals of an area or dapil as its document should have them, from how every record stands.

Rows of TPS are added up, nothing else: what a document says is `documents`'s to hold against this.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.block import BlockState
from election.contest import ADM, SUARA
from election.rules import identities, identity_names
from election.rules import residuals as residuals_of
from monitor.columns import BLANK
from monitor.standing import NUMBER, Standing
from monitor.stations import Ballot, Stations

Rows = slice | NDArray[np.int64]

_FIRST, _LAST = NUMBER[BlockState.COUNTED], NUMBER[BlockState.FINAL]
COUNTING = tuple(range(_FIRST, _LAST + 1))
"""Numbers of the states whose figures are in the totals."""

ARRIVING = (NUMBER[BlockState.RECEIVED], NUMBER[BlockState.READ])
"""Of those in which something has come in and nobody has decided."""


class Sums(Struct, frozen=True):
    """What an area comes to. Figures by field."""

    tps: dict[str, int]  # total, counted, held, arriving, absent: of the votes block
    administrasi: dict[str, int]  # counted, held
    totals: dict[str, int]
    held: dict[str, int]
    final: int
    reopened: int


def sums(standing: Standing, rows: slice, shown: Ballot | None = None) -> Sums:
    """The sums over a run of TPS; `shown` names the fields where they do not follow from the area."""
    stations = standing.stations
    votes = standing.states[rows, stations.blocks[SUARA]]
    adm = standing.states[rows, stations.blocks[ADM]]
    total, counted, held = len(votes), _counting(votes), _count(votes == NUMBER[BlockState.HELD])
    arriving = _count(np.isin(votes, ARRIVING))
    ballot = stations.shown(rows) if shown is None else shown
    return Sums(
        {"total": total, "counted": counted, "held": held, "arriving": arriving,
         "absent": total - counted - held - arriving},
        {"counted": _counting(adm), "held": _count(adm == NUMBER[BlockState.HELD])},
        totals(standing, rows, ballot),
        totals(standing, rows, ballot, held=True),
        _count(votes == _LAST),
        _count(standing.version[rows] > 1),
    )  # fmt: skip


def totals(standing: Standing, rows: Rows, shown: Ballot, *, held: bool = False) -> dict[str, int]:
    """Field → sum of the blocks that count, or of those that are held, of the fields that `shown` has."""
    stations, found = standing.stations, dict.fromkeys(shown.fields, 0)
    ballots, states, figures = stations.ballot[rows], standing.states[rows], standing.figures[rows]
    numbers = np.unique(ballots).tolist()
    for number in numbers:
        of_ballot = slice(None) if len(numbers) == 1 else np.flatnonzero(ballots == number)
        ballot = stations.ballots[number]
        for name, span in ballot.spans.items():
            fields = ballot.blocks[name]
            if not any(field in found for field in fields):
                continue
            state = states[of_ballot, stations.blocks[name]]
            chosen = state == NUMBER[BlockState.HELD] if held else (state >= _FIRST) & (state <= _LAST)
            block = np.where(chosen[:, None], np.maximum(figures[of_ballot, span], 0), 0)
            for field, value in zip(fields, block.sum(axis=0, dtype=np.int64).tolist(), strict=True):
                if field in found:
                    found[field] += value
    return found


class Residuals:
    """Σr, Σ|r| and the count of r ≠ 0 of every identity of a contest's ballots."""

    def __init__(self, stations: Stations) -> None:
        self._contests = [ballot.contest(stations.contest) for ballot in stations.ballots]
        names = identity_names(self._contests)
        self.names: Sequence[str] = [f"{code}.{part}".rstrip(".") for code, part in names]
        place = {name: i for i, name in enumerate(names)}
        self.slots = [[place[one.code, one.part] for one in identities(contest)] for contest in self._contests]

    def of(self, standing: Standing, rows: slice) -> Mapping[str, dict[str, int]]:
        """Identity → sum, abs and count, over the blocks of these TPS that count."""
        found = np.zeros((len(self.names), 3), np.int64)
        ballots = standing.stations.ballot[rows]
        for number in np.unique(ballots).tolist():
            which = np.flatnonzero(ballots == number) + rows.start
            residual = self.judged(standing, which, number)
            told = (residual.sum(axis=0), np.abs(residual).sum(axis=0), np.count_nonzero(residual, axis=0))
            np.add.at(found, self.slots[number], np.stack(told, axis=1))
        return {
            name: dict(zip(("sum", "abs", "count"), row, strict=True))
            for name, row in zip(self.names, found.tolist(), strict=True)
        }

    def judged(self, standing: Standing, which: NDArray[np.int64], number: int) -> NDArray[np.int64]:
        """int64[k, m]: each identity over blocks that count; 0 where it cannot be judged."""
        stations = standing.stations
        ballot, contest = stations.ballots[number], self._contests[number]
        figures = standing.figures[which, : len(ballot.fields)].astype(np.int64)
        for name, span in ballot.spans.items():
            state = standing.states[which, stations.blocks[name]]
            figures[(state < _FIRST) | (state > _LAST), span] = BLANK
        return residuals_of(contest, figures)[0]


def _counting(states: NDArray[np.int8]) -> int:
    return _count((states >= _FIRST) & (states <= _LAST))


def _count(which: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(which))
