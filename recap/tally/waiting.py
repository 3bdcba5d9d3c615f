"""Of a counted file of records: the named totals that materiality asks for, and the TPS that the file leaves out."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from election.bundle import Bundle
from election.outcome.bounds import Waiting
from recap.tally.count import Count


class FileTotals:
    """Answers as `materiality_contest.Totals` does, from the columns that were judged."""

    def __init__(self, bundle: Bundle, count: Count) -> None:
        names = count.records.figures
        self._fields = {named.field: j for j, named in enumerate(names) if named.source == count.source}
        self._sums = count.sums
        self._dapil = _by_dapil(bundle, count)

    def area(self, area: int) -> Mapping[str, int]:
        """Votes by field of an area."""
        return {field: int(self._sums[area, j]) for field, j in self._fields.items()}

    def dapil(self, dapil: int) -> Mapping[str, int]:
        """Votes by field of a dapil."""
        return {field: int(self._dapil[dapil, j]) for field, j in self._fields.items()}


def waiting(bundle: Bundle, count: Count) -> Waiting:
    """The TPS that hold the contest and are not in the sums."""
    unsettled = np.ones(bundle.tree.n_tps, np.bool_)
    unsettled[count.records.tps[count.summed]] = False
    return Waiting.of(bundle, count.records.contest.key, unsettled)


def _by_dapil(bundle: Bundle, count: Count) -> NDArray[np.int64]:
    """int64[dapil, figures]: the sums of each dapil."""
    records = count.records
    printed = bundle.printed(records.contest.key)
    member = printed.district_of_tps[records.tps]
    inside = np.flatnonzero(count.summed & (member >= 0))
    sums = np.zeros((len(printed.dapil), len(records.figures)), np.int64)
    for j, named in enumerate(records.figures):
        values = np.maximum(records.columns[named.name][inside], 0)
        np.add.at(sums[:, j], member[inside], values)
    return sums
