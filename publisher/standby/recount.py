"""Areas added up from records alone: kelurahan after kelurahan, each area told once the last of its TPS has been.

Another way to the sums than recapitulation's: no deltas, nothing kept between two runs. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.block import COUNTING, BlockState
from election.bundle import Bundle
from election.contest import ADM, SUARA, Contest
from election.record import Block, Record
from election.rules import identities, identity_names, residuals
from election.tally import ABSENT

I64 = NDArray[np.int64]

LARGEST = 32_767
"""A figure beyond this is none: no form could carry it."""


class Sums(Struct, eq=False):
    """What lies in one place so far. `totals` and `held` are in the order of the fields it is shown by."""

    totals: I64
    held: I64
    residuals: I64  # identity × [sum, abs, count]
    tps: int = 0
    counted: int = 0
    waits: int = 0  # held
    adm_counted: int = 0
    adm_held: int = 0
    versions: int = 0
    final: int = 0
    number: int = 0


def shown(figure: int | None) -> int:
    """A figure as a column holds it."""
    return figure if figure is not None and 0 <= figure <= LARGEST else ABSENT


class Recount:
    """The sums of one contest's areas and dapil. Feed it every kelurahan in the order of the tree."""

    def __init__(self, bundle: Bundle, key: str, sealed: Mapping[str, int]) -> None:
        """`sealed`: area → number of the last event that closed it."""
        self._tree, self._printed = bundle.tree, bundle.printed(key)
        self._holding = bundle.tps_holding(key)
        self._names = {name: i for i, name in enumerate(identity_names(self._printed.ballots))}
        self._slots = [
            [self._names[one.code, one.part] for one in identities(ballot)] for ballot in self._printed.ballots
        ]
        self._sealed = sealed
        self._open: dict[int, Sums] = {}
        self._at: dict[int, I64] = {}
        self.dapil = [self._nothing(self._printed.dapil_fields(one)) for one in range(len(self._printed.dapil))]

    def _nothing(self, fields: Sequence[str]) -> Sums:
        zero = np.zeros(len(fields), np.int64)
        return Sums(zero, zero.copy(), np.zeros((len(self._names), 3), np.int64))

    def kelurahan(self, area: int, records: Mapping[int, Record]) -> Iterator[tuple[int, Sums]]:
        """Takes in a kelurahan's records, by TPS row; answers the areas of which that was the last, with their sums."""
        of, path = self._tree.tps_of(area), self._path(area)
        sealed = max(self._sealed.get(self._tree.kode(one), 0) for one in path)
        groups: dict[tuple[int, int], list[Record | None]] = {}
        for row in range(of.start, of.stop):
            if self._holding[row]:
                group = int(self._printed.of_tps[row]), int(self._printed.district_of_tps[row])
                groups.setdefault(group, []).append(records.get(row))
        for (ballot, dapil), some in groups.items():
            self._add(ballot, dapil, path, self._summed(ballot, some, sealed))
        following = self._path(area + 1) if area + 1 < self._tree.n_areas else []
        for one in path:
            if one not in following and one in self._open:
                yield one, self._open.pop(one)

    def _path(self, area: int) -> list[int]:
        path = []
        while area >= 0:
            path.append(area)
            area = int(self._tree.parent[area])
        return path

    def _summed(self, ballot: int, records: Sequence[Record | None], sealed: int) -> Sums:
        """What records of one ballot come to, in the order of its fields."""
        contest, known = self._printed.ballots[ballot], [record for record in records if record is not None]
        counted = _dense(contest, [[block for block in record.blocks if block.counts] for record in known])
        held = _dense(contest, [[one for one in record.blocks if one.state is BlockState.HELD] for record in known])
        found = self._nothing(contest.fields)
        found.totals += np.where(counted == ABSENT, 0, counted).sum(axis=0)
        found.held += np.where(held == ABSENT, 0, held).sum(axis=0)
        r = residuals(contest, counted)[0]
        found.residuals[self._slots[ballot]] = np.stack(
            [r.sum(axis=0), np.abs(r).sum(axis=0), (r != 0).sum(axis=0)], axis=1
        )
        found.tps, found.number = len(records), sealed
        for record in known:
            _count(found, record)
        return found

    def _add(self, ballot: int, dapil: int, path: Sequence[int], sums: Sums) -> None:
        for area in path:
            if area not in self._open:
                self._open[area] = self._nothing(self._printed.fields(area))
            self._put(self._open[area], sums, ballot, int(self._printed.of_area[area]))
        if dapil >= 0:
            self._put(self.dapil[dapil], sums, ballot, int(self._printed.of_dapil[dapil]))

    def _put(self, to: Sums, sums: Sums, ballot: int, own: int) -> None:
        """`own`: the ballot that the place is shown by, -1 where it is by what ballots have in common."""
        if own == ballot:
            to.totals += sums.totals
            to.held += sums.held
        else:
            to.totals += self._common(ballot, sums.totals)
            to.held += self._common(ballot, sums.held)
        to.residuals += sums.residuals
        for name in _COUNTS:
            setattr(to, name, getattr(to, name) + getattr(sums, name))
        to.number = max(to.number, sums.number)

    def _common(self, ballot: int, row: I64) -> I64:
        if ballot not in self._at:
            at = {field: j for j, field in enumerate(self._printed.ballots[ballot].fields)}
            self._at[ballot] = np.array([at.get(field, len(at)) for field in self._printed.common], np.int64)
        return np.append(row, 0)[self._at[ballot]]


_COUNTS = ("tps", "counted", "waits", "adm_counted", "adm_held", "versions", "final")


def _count(sums: Sums, record: Record) -> None:
    states = {block.name: block.state for block in record.blocks}
    votes, voters = states.get(SUARA), states.get(ADM)
    sums.counted += votes in COUNTING
    sums.waits += votes is BlockState.HELD
    sums.adm_counted += voters in COUNTING
    sums.adm_held += voters is BlockState.HELD
    sums.versions += record.version > 1
    sums.final += votes is BlockState.FINAL
    sums.number = max(sums.number, *(block.decision for block in record.blocks))


def _dense(ballot: Contest, told: Sequence[Sequence[Block]]) -> I64:
    """int64[records, fields of the ballot]: the figures of these blocks, `ABSENT` where none is."""
    rows = np.full((len(told), len(ballot.fields)), ABSENT, np.int64)
    spans = _spans(ballot)
    for row, blocks in zip(rows, told, strict=True):
        for block in blocks:
            span = spans.get(block.name)
            if span is not None and block.figures is not None and len(block.figures) == span.stop - span.start:
                row[span] = [shown(figure) for figure in block.figures]
    return rows


@lru_cache(maxsize=64)
def _spans(ballot: Contest) -> dict[str, slice]:
    ends = np.cumsum([0, *(len(fields) for fields in ballot.blocks.values())]).tolist()
    return {name: slice(ends[i], ends[i + 1]) for i, name in enumerate(ballot.blocks)}
