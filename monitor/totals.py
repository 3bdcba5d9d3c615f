"""What an outsider has worked out of one contest: its TPS, what happened to each, and how all of them stand.

It can stand at any number that it has read: documents are held against the number that they say they are of.
"""

from collections.abc import Mapping

import numpy as np

from election.codes import Indices
from monitor import standing as standings
from monitor.columns import Columns
from monitor.history import History
from monitor.levels import Levels
from monitor.standing import Standing
from monitor.stations import Stations
from monitor.sums import Residuals, Sums, sums

FEW = 3000
"""TPS that are folded one by one rather than all of the nation at once."""

MERGE = 1 << 16
"""Entries after which what came lately is sorted in with the rest."""


class Totals:
    """One contest. `number`: the entry after which `now` is; `read`: the last entry that was read."""

    def __init__(self, stations: Stations, columns: Columns, read: int) -> None:
        self.stations = stations
        self.history = History.of(stations, columns)
        self.residuals = Residuals(stations)
        self.now = standings.nothing(stations)
        self.read = read
        self._late: list[Columns] = []
        self._levels: Levels | None = None
        self._other: Standing | None = None

    @property
    def number(self) -> int:
        """The entry after which `now` is."""
        return self.now.number

    def extend(self, columns: Columns, read: int) -> None:
        """More entries; `now` stays where it is."""
        self.read = read
        self._late.append(columns)
        late = Columns.joined(self._late)
        base = self.history if self.history.before is None else self.history.before
        self.history = History.of(self.stations, late, base)
        if len(late.events) > MERGE:
            self.history, self._late = self.history.merged(), []

    def move(self, number: int) -> None:
        """Makes `now` be after entry `number`, which is not before the one it was after."""
        if number == self.now.number:
            return
        self._levels = None
        touched = self._touched(self.now.number, number)
        if touched is None or len(touched) > len(self.stations) // 8:
            self.now = standings.standing(self.history.merged(), number)
            return
        for row in touched.tolist():
            self.now.put(row, self.history, number)
        self.now = self.now.of_number(number)

    def lay(self) -> None:
        """Works out every area of `now` at once: for whoever asks about all of them."""
        if self._levels is None:
            self._levels = Levels(self.now, self.residuals)

    def sums(self, kode: str, standing: Standing) -> Sums:
        """What an area comes to."""
        laid = self._levels.sums(kode) if self._levels is not None and standing is self.now else None
        return sums(standing, self.stations.within(kode)) if laid is None else laid

    def residuals_of(self, kode: str, standing: Standing) -> Mapping[str, dict[str, int]]:
        """Its residuals."""
        laid = self._levels.residuals(kode) if self._levels is not None and standing is self.now else None
        return self.residuals.of(standing, self.stations.within(kode)) if laid is None else laid

    def touched(self, since: int, number: int) -> list[str]:
        """Codes of the TPS about which something was said after `since`, up to `number`; all where a ruling closed
        what stands in areas."""
        found = self._touched(since, number)
        rows = range(len(self.stations)) if found is None else found.tolist()
        return [self.stations.kode(row) for row in rows]

    def _touched(self, since: int, number: int) -> Indices | None:
        if since == 0 and number:
            return None
        found, layer = [], self.history
        while True:
            events = layer.columns.events
            found.append(events["row"][(events["number"] > since) & (events["number"] <= number)])
            for one in layer.columns.closings:
                if since < one.number <= number:
                    rows = self.stations.within(one.area)
                    found.append(np.arange(rows.start, rows.stop, dtype=np.int32))
            if layer.before is None:
                return np.unique(np.concatenate(found))
            layer = layer.before

    def next(self, number: int) -> int | None:
        """The first entry after `number` that can move a total; None where there is none."""
        found, layer = list[int](), self.history
        while True:
            events = layer.columns.events
            later = events["number"][events["number"] > number]
            found += [int(later.min())] if len(later) else []
            found += [one.number for one in layer.columns.closings if one.number > number]
            if layer.before is None:
                return min(found, default=None)
            layer = layer.before

    def at(self, rows: slice, number: int) -> Standing:
        """How these TPS (and perhaps others) stand after entry `number`, which must have been read."""
        if number == self.now.number:
            return self.now
        if rows.stop - rows.start > FEW:
            if self._other is None or self._other.number != number:
                self._other = standings.standing(self.history.merged(), number)
            return self._other
        found = self.now.copy(rows)
        for row in range(rows.start, rows.stop):
            found.put(row, self.history, number)
        return found.of_number(number)
