"""One contest watched: every head and entry as it comes, totals kept, documents held against them as they appear.

A round takes up what is new and answers what is not as it should be; when rounds are made is the command's. What is
found stays open until a later look finds it gone, and is told once.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from itertools import islice
from pathlib import Path

from msgspec import Struct

from monitor import head as heads
from monitor import part, published
from monitor.address import Absent, Address
from monitor.agenda import DOCUMENTS, Agenda
from monitor.columns import Columns, Parser
from monitor.entries import Entries
from monitor.finding import Finding
from monitor.follow import Followed, Step
from monitor.head import Head
from monitor.heard import Heard
from monitor.kept import Kept
from monitor.memory import Memory
from monitor.open import LOG, Open, subject
from monitor.published import Published
from monitor.scans import Scans
from monitor.stations import BadReference, Stations
from monitor.totals import Totals
from monitor.whole import whole
from tlog.policy import Policy
from tlog.tree import Frontier

FAR = 1 << 17
"""Entries behind which one starts again with all processors."""

STALLED = 30.0
"""Seconds that documents may be ahead of the log's head."""

BEHIND = 60.0
"""Seconds that documents may stay at one cursor while the log has more for them."""

MOST = 200
"""Findings of a round."""


class Round(Struct, frozen=True):
    """What a round came to. `opened` are findings not told before, `closed` those that are no more."""

    size: int
    number: int
    documents: int
    opened: tuple[Finding, ...]
    closed: tuple[Finding, ...]


class Watch:
    """One contest's log and documents. `now` answers seconds that only grow."""

    def __init__(
        self, address: Address, policy: Policy, origin: str, state: Path, *,
        scans: int = 3, now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._address, self._policy, self._origin, self._now = address, policy, origin, now
        self.contest = origin.rpartition("/")[2]
        self._folder, self._scans = f"log/{self.contest}", scans
        self._memory = Memory(state)
        self._state = state
        self._open = Open()
        self._late_since: float | None = None
        self._cursor: tuple[int, float | None] = (0, None)  # the last one, and since when the log is beyond it
        self.heard = Heard()
        self.totals: Totals | None = None

    def begin(self, processes: int | None = None) -> None:
        """Takes up what was kept, and reads what the log has beyond it. Raises Unreachable, BadReference, Absent."""
        path = f"v1/{self.contest}/reference.json"
        try:
            served = _checked(self._address.read(path))
        except Absent:
            served = None
        data = self._memory.first(self._origin, "reference.json", served)
        if data is None:
            raise Absent(path)
        stations = Stations.parse(data)
        if stations.contest != self.contest:
            raise BadReference(f"the reference is of {stations.contest}")
        self._reference = sha256(data).digest()
        self._kept = Kept(self._state, self._origin, self._reference.hex())
        columns, frontier = self._kept.load()
        columns, frontier = self._caught_up(stations, columns, frontier, processes)
        self._parser = Parser(stations)
        self._followed = Followed(self._address, self._folder, self._origin, self._policy, frontier)
        self.totals = Totals(stations, columns, frontier.size)
        self._published = Published(self._address, self.totals, self._origin, self._more)
        self._agenda = Agenda(stations)

    def _caught_up(
        self, stations: Stations, columns: Columns, frontier: Frontier, processes: int | None
    ) -> tuple[Columns, Frontier]:
        """Everything at once, where much is missing."""
        head = heads.read(self._address, self._folder, self._origin, self._policy, self._memory.seen(self._origin))
        if head.checkpoint is None or head.findings or head.checkpoint.size - frontier.size < FAR:
            return columns, frontier
        with ProcessPoolExecutor(processes, initializer=part.begin, initargs=(stations,)) as pool:
            found = whole(self._address, head, pool)
        if found.findings or found.frontier is None:
            return columns, frontier  # rounds say what is wrong
        self._kept = Kept(self._state, self._origin, self._reference.hex())
        self._kept.add(found.columns, found.frontier, now=True)
        return found.columns, found.frontier

    def round(self) -> Round:
        """Takes up what is new. Raises Unreachable."""
        assert self.totals is not None
        before = self._published.count
        found = list(islice(self._look(), MOST))
        opened, closed = self._open.turn(found, self._seen)
        return Round(self.totals.read, self.totals.number, self._published.count - before, opened, closed)

    @property
    def open(self) -> tuple[Finding, ...]:
        """What is not as it should be, as far as was looked."""
        return self._open.all

    @property
    def settled(self) -> bool:
        """Whether every document was looked at since the beginning."""
        return not self._agenda.waiting

    def close(self) -> None:
        """Keeps what was read."""
        if self.totals is not None:
            self._kept.add(Columns.joined(()), self._followed.frontier, now=True)

    def _look(self) -> Iterator[Finding]:
        assert self.totals is not None
        self._seen: set[str] = {LOG}
        cursor = published.cursor(self._address, self.contest, self._origin)
        yield from self._more()
        yield from self.heard.differences(self._origin)
        yield from self._listed()
        yield from self._behind(cursor)
        if isinstance(cursor, Finding):
            return
        yield from self._stalled(cursor)
        number = min(cursor, self.totals.read)
        if number < self.totals.number:
            if cursor < self.totals.number:
                where = f"v1/{self.contest}/cursor.json"
                yield Finding("document.went_back", self._origin, where, "cursor", self.totals.number, cursor)
            return
        touched = self.totals.touched(self.totals.number, number) if number > self.totals.number else []
        self.totals.move(number)
        self._agenda.ask(touched, self.heard.published(self._agenda.areas))
        yield from self._documents()
        yield from self._pictures(touched)

    def _more(self) -> list[Finding]:
        """What the log has beyond what was read."""
        assert self.totals is not None
        known = self._memory.seen(self._origin)
        head = None
        if known.size > self._followed.seen.size:  # more was seen than was kept: it must go on from there as well
            head = heads.read(self._address, self._folder, self._origin, self._policy, known)
            if head.findings:
                return self._accused(head)
        step = self._followed.step(head)
        found = self._took(step)
        while step.more and not step.findings:
            step = self._followed.step(step.head)
            found += self._took(step)
        if step.findings:
            return found + (self._accused(step.head) if step.findings == step.head.findings else [*step.findings])
        if self._followed.seen.size > known.size:
            self._memory.keep(self._origin, self._followed.seen, step.head.note)
        return found

    def _took(self, step: Step) -> list[Finding]:
        """Takes entries down. Answers those that cannot be read."""
        assert self.totals is not None
        if not step.entries:
            return []
        bad = self._parser.take(step.first, step.entries)
        columns = self._parser.columns()
        self.totals.extend(columns, self._followed.seen.size)
        self._kept.add(columns, self._followed.frontier)
        self.heard.entries(step.first, step.entries)
        bad += self._parser.malformed
        found = [Finding("log.entry_unreadable", self._origin, str(number)) for number in bad]
        found += [Finding("log.unknown_tps", self._origin, str(number)) for number in self._parser.strangers]
        self._parser.malformed.clear()
        self._parser.strangers.clear()
        return found

    def _accused(self, head: Head) -> list[Finding]:
        """A head's findings; where it contradicts the one before, both are kept."""
        if any(one.code in heads.CONTRADICTS for one in head.findings):
            self._memory.accuse(self._origin, head.note)
        return list(head.findings)

    def _listed(self) -> Iterator[Finding]:
        """Whether the list of TPS is the one that everything was worked out over."""
        path = f"v1/{self.contest}/reference.json"
        try:
            if sha256(self._address.read(path)).digest() != self._reference:
                yield Finding("reference.changed", self._origin, path)
        except Absent:
            yield Finding("reference.absent", self._origin, path)

    def _stalled(self, cursor: int) -> Iterator[Finding]:
        assert self.totals is not None
        if cursor <= self.totals.read:
            self._late_since = None
            return
        self._late_since = self._now() if self._late_since is None else self._late_since
        if self._now() - self._late_since >= STALLED:
            yield Finding("log.stalled", self._origin, str(self.totals.read), "cursor", self.totals.read, cursor)

    def _behind(self, cursor: int | Finding) -> Iterator[Finding]:
        """Whether documents go on with the log, or stay where they are while it grows."""
        assert self.totals is not None
        at = 0 if isinstance(cursor, Finding) else cursor
        if isinstance(cursor, Finding) and cursor.code != "document.absent":
            yield cursor
        where = f"v1/{self.contest}/cursor.json"
        self._seen.add(where)
        if self.totals.next(at) is None:
            self._cursor = at, None
        elif at != self._cursor[0] or self._cursor[1] is None:
            self._cursor = at, self._now()
        elif self._now() - self._cursor[1] >= BEHIND:
            yield (
                cursor
                if isinstance(cursor, Finding)
                else Finding("document.stalled", self._origin, where, "cursor", self.totals.read, at)
            )

    def _documents(self) -> Iterator[Finding]:
        assert self.totals is not None
        kodes = self._agenda.take()
        if self._agenda.waiting > 4 * DOCUMENTS:
            self.totals.lay()
        self._seen |= {subject(path) for kode in kodes for path in self._published.paths(kode)}
        yield from self._published.check(kodes)
        dapil = [one.kode for one in self.totals.stations.dapil][: DOCUMENTS // 4]
        self._seen |= {f"v1/{self.contest}/dapil/{kode}.json" for kode in dapil}
        yield from self._published.check_dapil(dapil)

    def _pictures(self, touched: list[str]) -> Iterator[Finding]:
        """Some of the scans of records of which something came."""
        assert self.totals is not None
        checkpoint = self._head_covering()
        if not touched or not self._scans or checkpoint is None:
            return
        scans = Scans(self._address, self.totals, checkpoint, self._origin)
        rows = [self.totals.stations.within(kode).start for kode in touched[-4 * self._scans :]]
        yield from scans.check(rows, self._scans)

    def _head_covering(self) -> Entries | None:
        head = heads.read(self._address, self._folder, self._origin, self._policy, self._followed.seen)
        return None if head.checkpoint is None else Entries(self._address, self._folder, head.checkpoint)


def _checked(reference: bytes) -> bytes:
    """A list of TPS that nobody can use is not remembered. Raises BadReference."""
    Stations.parse(reference)
    return reference
