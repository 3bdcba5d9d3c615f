"""The standby's query API held against the log: every record's states and figures, at the answer's own cut."""

from collections.abc import Callable, Iterator

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from monitor.address import Absent, Address
from monitor.columns import BLANK
from monitor.finding import Finding
from monitor.standing import NUMBER, STATES, Standing
from monitor.totals import Totals

LIMIT = 1000
"""Records of one answer."""


class Row(Struct, frozen=True):
    """A block as the standby has it; figures in the order of the form."""

    state: str
    figures: tuple[int | None, ...] | None = None


class Told(Struct, frozen=True):
    """A record."""

    tps: str
    version: int
    blocks: dict[str, Row]


class Answer(Struct, frozen=True):
    """`/api/v1/{contest}/records`."""

    number: int
    records: tuple[Told, ...]
    next: str | None = None


_answer = msgspec.json.Decoder(Answer)


class Standby:
    """One contest of the standby at `address`. `more` reads on in the log where an answer is of a later cut."""

    def __init__(self, address: Address, of: Totals, log: str, more: Callable[[], object]) -> None:
        self._address, self._of, self._log, self._more = address, of, log, more
        self.count = 0
        self.number = 0

    def check(self) -> Iterator[Finding]:
        """Every record that it has, and that it has every record. Raises Unreachable."""
        stations, after = self._of.stations, ""
        seen = np.zeros(len(stations), np.bool_)
        while True:
            path = f"api/v1/{stations.contest}/records?after={after}&limit={LIMIT}"
            try:
                answer = _answer.decode(self._address.read(path))
            except (Absent, msgspec.DecodeError) as error:
                yield Finding("standby.absent", self._log, path, theirs=str(error))
                return
            if answer.number > self._of.read:
                self._more()
            if answer.number > self._of.read:
                yield Finding("document.ahead", self._log, path, "number", self._of.read, answer.number)
                return
            self.number = answer.number
            for record in answer.records:
                yield from self._record(record, answer.number, seen)
            if answer.next is None or answer.next <= after:
                break
            after = answer.next
        stands = (self._of.now.states != 0).any(axis=1)
        for row in np.flatnonzero(stands & ~seen).tolist():
            yield Finding("standby.differs", self._log, stations.kode(row), "record", "present", "absent")

    def _record(self, record: Told, number: int, seen: NDArray[np.bool_]) -> Iterator[Finding]:
        self.count += 1
        rows = self._of.stations.within(record.tps)
        if rows.stop - rows.start != 1:
            yield Finding("document.unknown_tps", self._log, record.tps)
            return
        seen[rows] = True
        found = list(self._differences(record, self._of.now, rows.start))
        if found and number != self._of.number:
            found = list(self._differences(record, self._of.at(rows, number), rows.start))
        yield from found

    def _differences(self, record: Told, standing: Standing, row: int) -> Iterator[Finding]:
        stations = standing.stations
        ballot = stations.ballots[stations.ballot[row]]
        if record.version != standing.version[row]:
            yield Finding(
                "standby.differs", self._log, record.tps, "version", int(standing.version[row]), record.version
            )
        for name, span in ballot.spans.items():
            ours, told = standing.states[row, stations.blocks[name]], record.blocks.get(name)
            state = "awaited" if told is None else told.state
            if NUMBER.get(state) != ours:  # type: ignore[call-overload]
                yield Finding("standby.differs", self._log, record.tps, f"{name}.state", str(STATES[ours]), state)
                continue
            if told is None or state in ("awaited", "received", "read", "withdrawn"):
                continue
            figures = standing.figures[row, span].tolist()
            theirs = [BLANK if one is None else one for one in told.figures or (None,) * len(figures)]
            for field, a, b in zip(ballot.blocks[name], figures, theirs, strict=False):
                if a != b:
                    yield Finding("standby.differs", self._log, record.tps, f"{name}.{field}", a, b)
