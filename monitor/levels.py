"""The sums of every area of a nation at once, kelurahan first and each level from the one below.

`sums` says what an area comes to; this comes to the same (a test says so), for whoever asks about all of them.
"""

import numpy as np
from numpy.typing import NDArray

from election.block import BlockState
from election.codes import NATION_CODE
from election.contest import ADM, SUARA
from monitor.standing import NUMBER, Standing
from monitor.sums import ARRIVING, COUNTING, Residuals, Sums

DIGITS = (10, 6, 4, 2, 0)
"""Characters of a code, from kelurahan up to the nation."""

_HELD, _FINAL = NUMBER[BlockState.HELD], NUMBER[BlockState.FINAL]
_COUNTS = ("total", "counted", "held", "arriving", "adm_counted", "adm_held", "final", "reopened")

Ints = NDArray[np.int64]


class Levels:
    """What every area comes to, as of one standing, which must not change meanwhile."""

    def __init__(self, standing: Standing, residuals: Residuals) -> None:
        self._standing, self._stations, self._residuals = standing, standing.stations, residuals
        self._at: dict[str, tuple[int, int]] = {}  # code -> level, position
        self._kodes = self._stations.kodes.astype("S10")
        starts = _starts(self._kodes)
        self._kelurahan(starts)
        kodes = self._kodes[starts]
        for level, digits in enumerate(DIGITS):
            if level:
                kodes, starts = self._above(kodes, digits)
            self._at |= {kode.decode() or NATION_CODE: (level, i) for i, kode in enumerate(kodes.tolist())}

    def sums(self, kode: str) -> Sums | None:
        """As `sums.sums`; None of a place that is no area, or whose TPS vote with several ballots."""
        found = self._place(kode)
        if found is None:
            return None
        level, at = found
        shown = self._stations.ballots[self.ballot[level][at]]
        counts = dict(zip(_COUNTS, self.counts[level][at].tolist(), strict=True))
        width = len(shown.fields)
        return Sums(
            {name: counts[name] for name in ("total", "counted", "held", "arriving")}
            | {"absent": counts["total"] - counts["counted"] - counts["held"] - counts["arriving"]},
            {"counted": counts["adm_counted"], "held": counts["adm_held"]},
            dict(zip(shown.fields, self.counted[level][at, :width].tolist(), strict=True)),
            dict(zip(shown.fields, self.held[level][at, :width].tolist(), strict=True)),
            counts["final"],
            counts["reopened"],
        )

    def residuals(self, kode: str) -> dict[str, dict[str, int]] | None:
        """As `Residuals.of`; None of a place that is no area."""
        found = self._at.get(kode)
        if found is None:
            return None
        level, at = found
        told = self.residual[level][at].tolist()
        return {
            name: dict(zip(("sum", "abs", "count"), three, strict=True))
            for name, three in zip(self._residuals.names, told, strict=True)
        }

    def _place(self, kode: str) -> tuple[int, int] | None:
        found = self._at.get(kode)
        return found if found is not None and self.ballot[found[0]][found[1]] >= 0 else None

    def _kelurahan(self, starts: NDArray[np.int64]) -> None:
        """The sums of each kelurahan, all of whose TPS vote with one ballot."""
        of, n = self._standing, len(starts)
        self.ballot = [self._stations.ballot[starts] if n else np.zeros(0, np.int16)]
        self.counts = [_reduced(self._counts(), starts)]
        width = of.figures.shape[1]
        self.counted, self.held = [np.zeros((n, width), np.int64)], [np.zeros((n, width), np.int64)]
        self.residual = [np.zeros((n, len(self._residuals.names), 3), np.int64)]
        ends = np.append(starts[1:], len(self._stations))
        for number in np.unique(self.ballot[0]).tolist():
            chosen = np.flatnonzero(self.ballot[0] == number)
            rows = np.concatenate([np.arange(starts[k], ends[k]) for k in chosen.tolist()])
            inside = np.cumsum(np.append(0, (ends - starts)[chosen][:-1]))
            for into, states in ((self.counted[0], COUNTING), (self.held[0], (_HELD,))):
                into[chosen] = _reduced(self._figures(rows, number, states), inside)
            self.residual[0][chosen] = self._judged(rows, number, inside)

    def _counts(self) -> Ints:
        of = self._standing
        votes, adm = (of.states[:, self._stations.blocks[name]] for name in (SUARA, ADM))
        told = (
            np.ones(len(votes)), np.isin(votes, COUNTING), votes == _HELD, np.isin(votes, ARRIVING),
            np.isin(adm, COUNTING), adm == _HELD, votes == _FINAL, of.version > 1,
        )  # fmt: skip
        return np.stack(told, axis=1).astype(np.int64)

    def _figures(self, rows: Ints, number: int, states: tuple[int, ...]) -> NDArray[np.int32]:
        """The figures of these TPS in blocks of these states, 0 elsewhere."""
        of, ballot = self._standing, self._stations.ballots[number]
        figures = np.maximum(of.figures[rows], 0)
        for name, span in ballot.spans.items():
            chosen = np.isin(of.states[rows, self._stations.blocks[name]], states)
            figures[:, span] *= chosen[:, None]
        return figures

    def _judged(self, rows: Ints, number: int, starts: Ints) -> Ints:
        residual = self._residuals.judged(self._standing, rows, number)
        told = np.stack([residual, np.abs(residual), (residual != 0).astype(np.int64)], axis=2)
        found = np.zeros((len(starts), len(self._residuals.names), 3), np.int64)
        found[:, self._residuals.slots[number]] = _reduced(told, starts)
        return found

    def _above(self, kodes: NDArray[np.bytes_], digits: int) -> tuple[NDArray[np.bytes_], Ints]:
        """The next level up."""
        short = kodes.astype(f"S{digits}") if digits else np.full(len(kodes), b"", "S1")
        starts = _starts(short)
        for table in (self.counts, self.counted, self.held, self.residual):
            table.append(_reduced(table[-1], starts))
        below = self.ballot[-1]
        if len(starts):
            low, high = np.minimum.reduceat(below, starts), np.maximum.reduceat(below, starts)
            self.ballot.append(np.where(low == high, low, -1))
        else:
            self.ballot.append(below)
        return short[starts], starts


def _starts(kodes: NDArray[np.bytes_]) -> Ints:
    """Where a new code begins, in a column in which equal ones stand together."""
    if not len(kodes):
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.append(True, kodes[1:] != kodes[:-1]))


def _reduced(table: NDArray[np.integer], starts: Ints) -> Ints:
    if not len(starts):
        return np.zeros((0, *table.shape[1:]), np.int64)
    return np.add.reduceat(table, starts, axis=0, dtype=np.int64)
