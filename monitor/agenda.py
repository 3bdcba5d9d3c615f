"""Which documents a watcher looks at next: those that should have changed first, and all of them some time."""

from collections import deque
from collections.abc import Iterable
from itertools import islice

from election.codes import NATION_CODE
from monitor.published import LEVELS, areas
from monitor.stations import Stations

DOCUMENTS = 400
"""Documents looked at in a round."""

SWEPT = 60
"""Of them those that nobody spoke of: every document is looked at again some time."""


class Agenda:
    """Codes of areas whose documents wait to be looked at, first come first; at the beginning all of them."""

    def __init__(self, stations: Stations) -> None:
        self._areas = areas(stations)
        self._known = set(self._areas)
        self._due: dict[str, None] = dict.fromkeys(self._areas)
        self._sweep: deque[str] = deque()

    @property
    def areas(self) -> list[str]:
        """Every area that has a document."""
        return self._areas

    @property
    def waiting(self) -> int:
        """How many are still to be looked at because something was to be seen there."""
        return len(self._due)

    def ask(self, touched: Iterable[str], named: Iterable[str]) -> None:
        """Before all others: what lies above the TPS `touched` by the log, and what a publication has `named`."""
        kelurahan = list(dict.fromkeys(kode[:10] for kode in touched))
        above = [kode[:digits] for kode in kelurahan for digits in LEVELS[:-1]]
        told = (kode for kode in named if kode in self._known)
        wanted = dict.fromkeys([NATION_CODE, *sorted(above, key=len), *kelurahan, *told])
        self._due = {**wanted, **self._due}

    def take(self) -> list[str]:
        """What this round looks at."""
        kodes = list(islice(self._due, DOCUMENTS))
        for kode in kodes:
            del self._due[kode]
        return list(dict.fromkeys((*kodes, *self._swept())))

    def _swept(self) -> Iterable[str]:
        """Some of all areas, round after round: for documents that change without cause."""
        if not self._sweep:
            self._sweep.extend(self._areas)
        return [self._sweep.popleft() for _ in range(min(len(self._sweep), SWEPT))]
