"""Every published document of a contest read and held against the log, each at the cut that it says it is of."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

import msgspec

from election.codes import NATION_CODE
from monitor import documents, sirekap
from monitor.address import Absent, Address
from monitor.finding import Finding
from monitor.standing import Standing
from monitor.stations import Stations
from monitor.totals import Totals

LEVELS = (2, 4, 6, 10)
"""Characters of an area's code, provinsi to kelurahan."""

BATCH = 256
"""Documents asked for at once."""


def areas(stations: Stations, *, kelurahan: bool = True) -> list[str]:
    """Codes of the areas of this contest, nation first."""
    return [NATION_CODE, *(kode for digits in LEVELS[: None if kelurahan else -1] for kode in stations.areas(digits))]


def cursor(address: Address, contest: str, log: str) -> int | Finding:
    """The cut up to which everything is written, or why there is none. Raises Unreachable."""
    path = f"v1/{contest}/cursor.json"
    try:
        return msgspec.json.decode(address.read(path), type=documents.Cursor).cursor
    except Absent:
        return Finding("document.absent", log, path)
    except msgspec.DecodeError as error:
        return Finding("document.malformed", log, path, theirs=str(error))


class Published:
    """The documents of one contest. `more` reads on in the log where a document is of a cut beyond what was read."""

    def __init__(self, address: Address, of: Totals, log: str, more: Callable[[], object]) -> None:
        self._address, self._of, self._log, self._more = address, of, log, more
        self._contest = of.stations.contest
        self.count = self.size = 0
        self.cursors: dict[str, int] = {}  # of the documents read, by path

    def check(self, kodes: Iterable[str]) -> Iterator[Finding]:
        """Our documents of these areas, and the sums of 2024's form beside each. Raises Unreachable."""
        left = iter(kodes)
        tops = [NATION_CODE, *self._of.stations.areas(LEVELS[0])]  # where one of them is there, all must be
        old = any(not self._absent(sirekap.path(self._contest, kode)) for kode in tops)
        while batch := list(islice(left, BATCH)):
            wanted = [path for kode in batch for path in self.paths(kode, old=old)]
            served = iter(self._address.several(wanted))
            for kode in batch:
                own = next(served)
                yield from self._document(kode, own)
                if old:
                    yield from self._sums(kode, own, next(served))

    def check_dapil(self, kodes: Iterable[str]) -> Iterator[Finding]:
        """The documents of these dapil."""
        known = {one.kode: one for one in self._of.stations.dapil}
        for kode in kodes:
            path = f"v1/{self._contest}/dapil/{kode}.json"
            try:
                told = documents.read_dapil(self._took(self._address.read(path)))
            except Absent:
                yield Finding("document.absent", self._log, path)
                continue
            except msgspec.DecodeError as error:
                yield Finding("document.malformed", self._log, path, theirs=str(error))
                continue
            if told.kode != kode:
                yield Finding("document.differs", self._log, path, "kode", kode, told.kode)
                continue
            everywhere = slice(0, len(self._of.stations))
            held = partial(documents.differences_dapil, told, self._of, known[kode], log=self._log, path=path)
            yield from self._held(path, told.cursor, everywhere, held)

    def paths(self, kode: str, *, old: bool = True) -> Sequence[str]:
        """Where an area's documents lie: ours, and the sums of 2024's form where there are any."""
        own = f"v1/{self._contest}/{kode}.json"
        return (own, sirekap.path(self._contest, kode)) if old else (own,)

    def _document(self, kode: str, data: bytes | Absent) -> Iterator[Finding]:
        path = f"v1/{self._contest}/{kode}.json"
        if isinstance(data, Absent):
            yield Finding("document.absent", self._log, path)
            return
        try:
            told = documents.read(self._took(data))
        except msgspec.DecodeError as error:
            yield Finding("document.malformed", self._log, path, theirs=str(error))
            return
        if told.kode != kode:
            yield Finding("document.differs", self._log, path, "kode", kode, told.kode)
            return
        held = partial(documents.differences, told, self._of, log=self._log, path=path)
        yield from self._held(path, told.cursor, self._of.stations.within(kode), held)

    def _held(
        self, path: str, cursor: int, rows: slice, differences: Callable[[Standing], list[Finding]]
    ) -> Iterator[Finding]:
        """Compares at the document's own cut, and where that is an older one, that nothing was left out since."""
        if cursor < self.cursors.get(path, 0):
            yield Finding("document.went_back", self._log, path, "cursor", self.cursors[path], cursor)
        self.cursors[path] = cursor
        if cursor > self._of.read:
            self._more()
        if cursor > self._of.read:
            yield Finding("document.ahead", self._log, path, "cursor", self._of.read, cursor)
            return
        if cursor >= self._of.number:
            yield from differences(self._of.at(rows, cursor))
            return
        found = differences(self._of.now)
        if not found:
            return
        then = differences(self._of.at(rows, cursor))
        yield from then or [
            Finding("document.stale", self._log, one.where, one.field, one.ours, one.theirs) for one in found
        ]

    def _sums(self, kode: str, own: bytes | Absent, data: bytes | Absent) -> Iterator[Finding]:
        path = sirekap.path(self._contest, kode)
        if isinstance(data, Absent):
            if len(kode) < LEVELS[-1]:
                yield Finding("document.absent", self._log, path)
            return
        try:
            found = self._sums_once(kode, own, self._took(data), path)
            for _ in range(3):
                if not found:
                    return
                # Written beside one another, read one after the other: a publication may lie between.
                own, data = self._address.read(f"v1/{self._contest}/{kode}.json"), self._address.read(path)
                found = self._sums_once(kode, own, data, path)
            yield from found
        except (Absent, msgspec.DecodeError) as error:
            yield Finding("document.malformed", self._log, path, theirs=str(error))

    def _sums_once(self, kode: str, own: bytes | Absent, data: bytes, path: str) -> list[Finding]:
        if isinstance(own, Absent):
            return []
        cursor = documents.read(own).cursor
        if cursor > self._of.read:
            self._more()
        if cursor > self._of.read:
            return []  # said of our own document
        standing = self._of.at(self._of.stations.within(kode), max(cursor, self._of.number))
        return sirekap.differences(data, kode, self._of, standing, self._log, path)

    def _absent(self, path: str) -> bool:
        try:
            self._address.read(path)
        except Absent:
            return True
        return False

    def _took(self, data: bytes) -> bytes:
        self.count += 1
        self.size += len(data)
        return data
