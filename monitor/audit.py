"""One log checked whole, as `suara verify` does it: head, entries, tiles, then totals, documents, scans and standby.

What each check does is its own module's; here is their order, and what of the engine's word each of them needs.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain, islice
from typing import TypeVar

import msgspec
import numpy as np
from msgspec import Struct, field

from election.contest import CONTEST_TYPES
from monitor import head as heads
from monitor import part, published
from monitor.address import Absent, Address
from monitor.columns import READ, Parser
from monitor.entries import Entries, NotThere
from monitor.finding import Finding
from monitor.follow import Followed
from monitor.head import Head
from monitor.memory import Memory
from monitor.published import Published
from monitor.scans import Scans
from monitor.standby import Standby
from monitor.stations import BadReference, Stations
from monitor.totals import Totals
from monitor.whole import Whole, whole
from tlog.note import Checkpoint
from tlog.policy import Policy
from tlog.witness import Seen

MOST = 1000
"""Findings of one check that are kept; where more differ, the first of them tell enough."""

LATE = 10
"""Seconds that a log may be behind the documents: its head is signed after them, at most once a second."""


STALLED = 300.0
"""Seconds after which documents should have an entry."""

DECIDING = {
    "block_counted", "block_held", "block_corrected", "block_withdrawn", "area_confirmed", "result_determined",
}  # fmt: skip
"""Kinds of entries after which there must be documents."""


class Wanted(Struct, frozen=True):
    """How much is looked at. `documents`: how many kelurahan's, None for all; `scans`: how many pictures, None all."""

    documents: int | None = None
    scans: int | None = 100
    standby: str = ""
    processes: int | None = None


class Outcome(Struct):
    """What checking one log came to. Counts are of what was read; what was not there to read is None."""

    log: str
    head: Head
    seen_before: int = 0
    whole: Whole | None = None
    tps: int | None = None
    cursor: int | None = None
    folded: int = 0
    documents: int = 0
    document_bytes: int = 0
    scans: int = 0
    scan_bytes: int = 0
    standby: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The head, where one could be believed."""
        return self.head.checkpoint


class Said(Struct, frozen=True):
    """When an entry came."""

    at: str


def _reference(data: bytes, contest: str) -> Stations:
    found = Stations.parse(data)
    if found.contest != contest:
        raise BadReference(f"it is of {found.contest}")
    return found


Item = TypeVar("Item")
Progress = Callable[[str, int, int | None], object]
"""What is being checked, how much of it is done, and of how much."""


class Audit:
    """One log of `policy` at `address`, held against what `memory` has seen of it."""

    def __init__(
        self, address: Address, policy: Policy, memory: Memory, origin: str, wanted: Wanted,
        told: Progress = lambda *_: None, *, now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._address, self._policy, self._memory, self._origin = address, policy, memory, origin
        self._wanted, self._told, self._now = wanted, told, now
        self._key = origin.rpartition("/")[2]
        self._folder = f"log/{self._key}"
        self._followed: Followed | None = None
        self._totals: Totals | None = None

    def run(self) -> Outcome:
        """Raises Unreachable. A head is remembered where everything about it holds."""
        before = self._memory.seen(self._origin)
        cursor = published.cursor(self._address, self._key, self._origin)  # before the head, which then covers it
        head = heads.read(self._address, self._folder, self._origin, self._policy, before)
        outcome = Outcome(self._origin, head, before.size, findings=[*head.findings])
        if isinstance(cursor, int):
            outcome.cursor = cursor
        if head.checkpoint is None:
            return outcome
        with self._timed(outcome, "log"):
            stations = self._stations(outcome)
            self._whole(outcome, head, stations)
        outcome.findings += self._hidden(outcome, cursor, stations)
        if stations is not None and self._followed is not None:
            self._beyond(outcome, stations)
        if not outcome.findings:
            self._keep(head.checkpoint, head.note)
        elif any(one.code in heads.CONTRADICTS for one in head.findings):
            self._memory.accuse(self._origin, head.note)
        return outcome

    def _stations(self, outcome: Outcome) -> Stations | None:
        """The list of TPS as it was seen first; that it is another now is said."""
        path = f"v1/{self._key}/reference.json"
        try:
            data: bytes | None = self._address.read(path)
        except Absent:
            data = None
        try:
            found = None if data is None else _reference(data, self._key)
        except BadReference as error:
            outcome.findings.append(Finding("reference.malformed", self._origin, path, theirs=str(error)))
            return None
        first = self._memory.first(self._origin, "reference.json", data)
        if first is None:
            if outcome.cursor is not None:
                outcome.findings.append(Finding("reference.absent", self._origin, path))
            return None
        if first != data:
            code = "reference.absent" if data is None else "reference.changed"
            outcome.findings.append(Finding(code, self._origin, path))
            found = _reference(first, self._key)
        assert found is not None
        outcome.tps = len(found)
        return found

    def _hidden(self, outcome: Outcome, cursor: int | Finding, stations: Stations | None) -> Iterator[Finding]:
        """Documents that there are none of, though the log says that there must be."""
        if isinstance(cursor, int) or outcome.whole is None or self._key not in CONTEST_TYPES:
            return
        if DECIDING & outcome.whole.kinds.keys():
            yield cursor
            if stations is None:
                yield Finding("reference.absent", self._origin, f"v1/{self._key}/reference.json")
        elif cursor.code != "document.absent":
            yield cursor

    def _whole(self, outcome: Outcome, head: Head, stations: Stations | None) -> None:
        assert head.checkpoint is not None
        size = head.checkpoint.size
        processes = self._wanted.processes
        with ProcessPoolExecutor(processes, initializer=part.begin, initargs=(stations,)) as pool:
            found = whole(self._address, head, pool, lambda done: self._told("entries", done, size))
        outcome.whole = found
        outcome.findings += found.findings[:MOST]
        if found.frontier is not None and not any(one.code == "log.root_differs" for one in found.findings):
            self._followed = Followed(self._address, self._folder, self._origin, self._policy, found.frontier)

    def _beyond(self, outcome: Outcome, stations: Stations) -> None:
        """Totals, and whatever is published of them."""
        assert outcome.whole is not None and outcome.checkpoint is not None
        with self._timed(outcome, "totals"):
            self._totals = Totals(stations, outcome.whole.columns, outcome.whole.entries)
            if outcome.cursor is not None and outcome.cursor > self._totals.read:
                self._more()
            wanted = self._totals.read if outcome.cursor is None else outcome.cursor
            self._totals.move(min(wanted, self._totals.read))
            outcome.folded = self._totals.now.folded
        if outcome.cursor is not None:
            with self._timed(outcome, "documents"):
                outcome.findings += self._stalled(outcome.cursor)
                self._documents(outcome)
            with self._timed(outcome, "scans"):
                self._scans(outcome)
        if self._wanted.standby:
            with self._timed(outcome, "standby"):
                self._standby(outcome)

    def _more(self) -> None:
        """Reads on in the log, for as long as it may be behind what is published."""
        assert self._totals is not None and self._followed is not None
        until, before = time.monotonic() + LATE, self._totals.read
        while self._totals.read == before:
            step = self._followed.step()
            if step.entries:
                parser = Parser(self._totals.stations)
                parser.take(step.first, step.entries)
                self._totals.extend(parser.columns(), self._followed.seen.size)
            elif time.monotonic() > until or any(one.code in heads.FATAL for one in step.findings):
                return
            else:
                time.sleep(0.2)
            if step.more:
                before = self._totals.read

    def _stalled(self, cursor: int) -> Iterator[Finding]:
        """Whether documents leave out what came long ago, by our clock and the log's word of when it came."""
        assert self._totals is not None and self._followed is not None
        number = self._totals.next(cursor)
        if number is None:
            return
        checkpoint = heads.read(
            self._address, self._folder, self._origin, self._policy, self._followed.seen
        ).checkpoint  # fmt: skip
        if checkpoint is None:
            return
        with suppress(NotThere, msgspec.DecodeError, ValueError):  # said where entries are read
            at = msgspec.json.decode(Entries(self._address, self._folder, checkpoint).get(number), type=Said).at
            if self._now() - datetime.fromisoformat(at).timestamp() > STALLED:
                where = f"v1/{self._key}/cursor.json"
                yield Finding("document.stalled", self._origin, where, "cursor", self._totals.read, cursor)

    def _documents(self, outcome: Outcome) -> None:
        assert self._totals is not None
        self._totals.lay()
        stations, limit = self._totals.stations, self._wanted.documents
        kodes = published.areas(stations, kelurahan=False)
        low = stations.areas(published.LEVELS[-1])
        kodes += low if limit is None else random.sample(low, min(limit, len(low)))
        checked = Published(self._address, self._totals, self._origin, self._more)
        dapil = [one.kode for one in stations.dapil]
        found = chain(checked.check(self._each("documents", kodes)), checked.check_dapil(dapil))
        outcome.findings += islice(found, MOST)
        outcome.documents, outcome.document_bytes = checked.count, checked.size

    def _scans(self, outcome: Outcome) -> None:
        assert self._totals is not None and outcome.checkpoint is not None
        if self._wanted.scans == 0:
            return
        events = self._totals.history.merged().columns.events
        rows = np.unique(events["row"][(events["kind"] == READ) & (events["number"] <= self._totals.number)]).tolist()
        if self._wanted.scans is not None:
            random.shuffle(rows)
        entries = Entries(self._address, self._folder, outcome.checkpoint)
        scans = Scans(self._address, self._totals, entries, self._origin)
        outcome.findings += islice(scans.check(self._each("scans", rows), self._wanted.scans), MOST)
        outcome.scans, outcome.scan_bytes = scans.seen.count, scans.seen.size

    def _standby(self, outcome: Outcome) -> None:
        assert self._totals is not None
        standby = Standby(Address(self._wanted.standby), self._totals, self._origin, self._more)
        outcome.findings += islice(standby.check(), MOST)
        outcome.standby = standby.count

    def _each(self, what: str, items: Sequence[Item]) -> Iterator[Item]:
        for done, item in enumerate(items):
            if not done % 256:
                self._told(what, done, len(items))
            yield item
        self._told(what, len(items), len(items))

    def _keep(self, head: Checkpoint, note: str) -> None:
        with self._memory.alone(self._origin):
            if self._memory.seen(self._origin).size <= head.size:
                self._memory.keep(self._origin, Seen(head.size, head.root), note)

    @staticmethod
    @contextmanager
    def _timed(outcome: Outcome, what: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        outcome.seconds[what] = round(time.monotonic() - began, 3)
