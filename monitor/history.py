"""What happened to each record, from columns: kept in the order of TPS and number, and told again event by event.

The true fold of a record is `election.record`'s; this hands it the events of one record. Most records need no such
care: `standing` says which.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.codes import above
from election.event import (
    AreaConfirmed,
    BlockCorrected,
    BlockCounted,
    BlockHeld,
    BlockWithdrawn,
    Event,
    Figures,
    PageRead,
    ReadingSubmitted,
    ResultDetermined,
    ScanReceived,
    VersionOpened,
)
from election.record import Record, empty
from election.record import apply as applied
from monitor.columns import BLANK, CORRECTED, COUNTED, HELD, KEYED, OPENED, READ, SCAN, Closing, Columns
from monitor.stations import Stations


class Entry(Struct, frozen=True):
    """An entry as the fold looks at it."""

    number: int
    event: Event


class History(Struct, frozen=True, eq=False):
    """The entries of all TPS, by TPS and number. `starts` int64[n + 1]: where each TPS's begin.

    `before` has earlier entries of the same TPS, so that a log that grows need not be sorted again and again.
    """

    stations: Stations
    columns: Columns
    starts: NDArray[np.int64]
    offsets: NDArray[np.int64]  # of each event's figures
    before: "History | None" = None

    @classmethod
    def of(cls, stations: Stations, columns: Columns, before: "History | None" = None) -> "History":
        """Sorts entries that stand in the order of their numbers. Those of TPS not of this contest are left out."""
        return cls._sorted(stations, columns, _offsets(columns.events), before)

    def merged(self) -> "History":
        """The same without anything `before`."""
        if self.before is None:
            return self
        old = self.before.merged()
        columns = Columns.joined((old.columns, self.columns))
        offsets = np.concatenate([old.offsets, self.offsets + len(old.columns.figures)])
        return self._sorted(self.stations, columns, offsets, None)

    @classmethod
    def _sorted(
        cls, stations: Stations, columns: Columns, offsets: NDArray[np.int64], before: "History | None"
    ) -> "History":
        order = np.argsort(columns.events["row"], kind="stable")
        order = order[np.searchsorted(columns.events["row"][order], 0) :]
        events = columns.events[order]
        starts = np.searchsorted(events["row"], np.arange(len(stations) + 1))
        return cls(stations, Columns(events, columns.figures, columns.closings), starts, offsets[order], before)

    def record(self, row: int, upto: int) -> Record:
        """The record of a TPS after entry number `upto`, by the true fold."""
        ballot = self.stations.ballots[self.stations.ballot[row]]
        kode = self.stations.kode(row)
        record = empty({name: ballot.pages.get(name, ()) for name in ballot.blocks}, kode)
        for entry in sorted(self._entries(row, kode), key=lambda entry: entry.number):
            if entry.number <= upto:
                record = applied(record, entry)
        return record

    def numbers(self, row: int, upto: int) -> list[int]:
        """The numbers of a TPS's photos, looks at them and new versions, up to entry `upto`."""
        earlier = [] if self.before is None else self.before.numbers(row, upto)
        own = self.columns.events[self.starts[row] : self.starts[row + 1]]
        kept = own[np.isin(own["kind"], (SCAN, READ, OPENED)) & (own["number"] <= upto)]
        return earlier + kept["number"].tolist()

    def _entries(self, row: int, kode: str) -> Iterator[Entry]:
        if self.before is not None:
            yield from self.before._entries(row, kode)
        start, stop = self.starts[row], self.starts[row + 1]
        names = list(self.stations.blocks)
        for at in range(start, stop):
            told = self.columns.events[at]
            length = int(told["length"])
            first = int(self.offsets[at])
            figures = None if length < 0 else _given(self.columns.figures[first : first + length].tolist())
            yield Entry(int(told["number"]), _event(kode, told, figures, names))
        areas = above(kode)
        yield from (Entry(one.number, _closing(one)) for one in self.columns.closings if one.area in areas)


def _offsets(events: NDArray[np.void]) -> NDArray[np.int64]:
    """Where each event's figures begin."""
    lengths = np.maximum(events["length"], 0).astype(np.int64)
    return np.cumsum(lengths) - lengths


def _given(figures: list[int]) -> Figures:
    return tuple(None if one == BLANK else one for one in figures)


def _event(kode: str, told: np.void, figures: Figures | None, names: list[str]) -> Event:
    """The event of a row, as far as a state or figure can depend on it."""
    kind, on, page, version = (int(told[name]) for name in ("kind", "on", "page", "version"))
    if kind == SCAN:
        return ScanReceived(tps=kode, at="", page=page, sha256="", size=0, version=version)
    if kind == READ:
        shown = None if page < 0 else page
        return PageRead(
            tps=kode, at="", scan=on, page=shown, fault="scan.fault" if version else None, quality=0, scores=None,
            rendition=None, model="", program="",
        )  # fmt: skip
    if kind == KEYED:
        blocks: dict[str, Figures] = {name: () for i, name in enumerate(names) if on >> i & 1}
        return ReadingSubmitted(tps=kode, at="", commitments={}, salts={}, figures=blocks, version=version)
    if kind == OPENED:
        return VersionOpened(
            tps=kode, at="", replaces=on, version=version, ground="", order="", document=None, roles=(), accounts=()
        )
    return _decision(kode, kind, on, names[told["block"]] if told["block"] >= 0 else "", figures)


def _decision(kode: str, kind: int, on: int, block: str, figures: Figures | None) -> Event:
    if kind == COUNTED:
        return BlockCounted(
            tps=kode, at="", block=block, replaces=on, figures=figures, scans=(), reading=0, salt=None, policy=""
        )
    if kind == HELD:
        return BlockHeld(
            tps=kode, at="", block=block, replaces=on, figures=figures, scans=(), reading=0, salt=None, read=None,
            reasons=(), policy="",
        )  # fmt: skip
    if kind == CORRECTED:
        return BlockCorrected(
            tps=kode, at="", block=block, replaces=on, figures=figures, proposal=0, reason="", roles=(), accounts=()
        )
    return BlockWithdrawn(
        tps=kode, at="", block=block, replaces=on, figures=figures, reason="", roles=(), accounts=()
    )  # fmt: skip


def _closing(one: Closing) -> Event:
    if not one.determined:
        return AreaConfirmed(tps=one.area, at="", replaces=0, entered=0, upto=0, policy="")
    return ResultDetermined(
        tps=one.area, at="", replaces=0, number="", date="", sk="", ba="", upto=0, totals=(), roles=(), accounts=()
    )
