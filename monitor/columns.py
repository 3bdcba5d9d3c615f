"""A log's entries as columns: of every entry what a total can depend on, 25 bytes each, and the figures beside.

What entries come to is `standing`'s. Here they are only read, each by itself: an entry of a kind that moves no total
leaves nothing but its place.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, get_args

import msgspec
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from election.codes import is_tps
from monitor.stations import Stations

SCAN, READ, KEYED, COUNTED, HELD, CORRECTED, WITHDRAWN, OPENED = range(8)
"""Kinds of entries that bear on a record."""

BLANK = -1
"""A figure that was not given."""

EVENT = np.dtype([
    ("number", np.uint32), ("row", np.int32), ("kind", np.uint8), ("block", np.int16), ("on", np.int64),
    ("page", np.int16), ("version", np.int16), ("length", np.int16),
])  # fmt: skip
"""`on`: number that a decision replaces or a look is at; of a reading the blocks, a bit each. `page` of a look is -1
where none was found, its `version` 1 where it has a fault. `length`: figures, -1 for none."""


_Figure = Annotated[int, Meta(ge=0, lt=1 << 31)]
_Number = Annotated[int, Meta(ge=0, lt=1 << 32)]
_Small = Annotated[int, Meta(ge=0, lt=1 << 15)]


class _Entry(Struct, tag_field="kind", gc=False):
    tps: str


class _Scan(_Entry, tag="scan_received", gc=False):
    page: _Small
    version: _Small | None = None


class _Read(_Entry, tag="page_read", gc=False):
    scan: _Number
    page: _Small | None
    fault: str | None


class _Keyed(_Entry, tag="reading_submitted", gc=False):
    commitments: dict[str, str]
    version: _Small | None = None


class _Decided(_Entry, gc=False):
    block: str
    replaces: _Number
    figures: list[_Figure | None] | None


class _Counted(_Decided, tag="block_counted", gc=False):
    pass


class _Held(_Decided, tag="block_held", gc=False):
    pass


class _Corrected(_Decided, tag="block_corrected", gc=False):
    pass


class _Withdrawn(_Decided, tag="block_withdrawn", gc=False):
    pass


class _Opened(_Entry, tag="version_opened", gc=False):
    version: _Small
    replaces: _Number


class _Confirmed(_Entry, tag="area_confirmed", gc=False):
    pass


class _Determined(_Entry, tag="result_determined", gc=False):
    pass


class _Any(Struct, gc=False):
    """What every entry says, whatever else it says."""

    kind: str
    tps: str
    at: str


_Known = _Scan | _Read | _Keyed | _Counted | _Held | _Corrected | _Withdrawn | _Opened | _Confirmed | _Determined
_DECISIONS: dict[type[Struct], int] = {_Counted: COUNTED, _Held: HELD, _Corrected: CORRECTED, _Withdrawn: WITHDRAWN}
_NAMES: dict[type[Struct], str] = {one: str(one.__struct_config__.tag) for one in get_args(_Known)}
_known: msgspec.json.Decoder[_Known] = msgspec.json.Decoder(_Known)
_any = msgspec.json.Decoder(_Any)


class Closing(Struct, frozen=True):
    """A ruling on an area that closes what stands in it."""

    number: int
    area: str
    determined: bool  # by a result's determination, else by a confirmed D.Hasil


class Columns(Struct, frozen=True, eq=False):
    """Entries in the order of their numbers. `figures` int32: those of all of them, one after another."""

    events: NDArray[np.void]
    figures: NDArray[np.int32]
    closings: tuple[Closing, ...] = ()

    @classmethod
    def joined(cls, parts: Iterable["Columns"]) -> "Columns":
        """Columns one after another."""
        found = list(parts)
        if not found:
            return cls(np.zeros(0, EVENT), np.zeros(0, np.int32))
        return cls(
            np.concatenate([part.events for part in found]),
            np.concatenate([part.figures for part in found]),
            tuple(one for part in found for one in part.closings),
        )


class Parser:
    """Reads entries into columns, for the TPS and blocks of `stations`; without them it only counts kinds."""

    def __init__(self, stations: Stations | None) -> None:
        self._stations = stations
        self._blocks = {} if stations is None else stations.blocks
        self._kinds: Counter[str] = Counter()
        self.malformed: list[int] = []
        """Numbers of decisions that have more or fewer figures than their block; they decide nothing here."""
        self.strangers: list[int] = []
        """Numbers of entries about TPS and areas that the list of TPS has not; they are in no total."""
        self._begin()

    def _begin(self) -> None:
        self._kodes: list[str] = []
        self._rows: list[tuple[int, int, int, int, int, int, int]] = []
        self._figures: list[int] = []
        self._closings: list[Closing] = []

    def take(self, first: int, entries: Sequence[bytes]) -> list[int]:
        """Reads entries numbered from `first`. Answers the numbers of those that cannot be read."""
        bad, kinds = list[int](), self._kinds
        for number, entry in enumerate(entries, first):
            try:
                if not entry.isascii():
                    entry.decode()  # what others cannot read, we do not
                kinds[self._read(number, entry)] += 1
            except (msgspec.DecodeError, UnicodeDecodeError):
                bad.append(number)
        return bad

    def _read(self, number: int, entry: bytes) -> str:
        """The kind of an entry, which is taken down where it can move a total. Raises msgspec.DecodeError."""
        if self._stations is None:
            return _any.decode(entry).kind
        try:
            said = _known.decode(entry)
        except msgspec.DecodeError:
            kind = _any.decode(entry).kind
            if kind in _NAMES.values():
                raise
            return kind
        self._take(number, said)
        return _NAMES[type(said)]

    def _take(self, number: int, said: _Known) -> None:
        if isinstance(said, _Decided):
            self._decided(number, said, _DECISIONS[type(said)])
        elif isinstance(said, _Scan):
            self._add(number, said, SCAN, page=said.page, version=_version(said.version))
        elif isinstance(said, _Read):
            page = -1 if said.page is None else said.page
            self._add(number, said, READ, on=said.scan, page=page, version=said.fault is not None)
        elif isinstance(said, _Keyed):
            bits = sum(1 << self._blocks[name] for name in said.commitments if name in self._blocks)
            self._add(number, said, KEYED, on=bits, version=_version(said.version))
        elif isinstance(said, _Opened):
            self._add(number, said, OPENED, on=said.replaces, version=said.version)
        elif not is_tps(said.tps):
            self._closings.append(Closing(number, said.tps, isinstance(said, _Determined)))
            rows = self._stations.within(said.tps) if self._stations is not None else slice(0, 1)
            if rows.stop == rows.start:
                self.strangers.append(number)

    def _decided(self, number: int, said: _Decided, kind: int) -> None:
        block, figures = self._blocks.get(said.block, -1), said.figures
        if figures is None:
            self._add(number, said, kind, block, on=said.replaces)
            return
        self._add(number, said, kind, block, on=said.replaces, length=len(figures))
        self._figures += [BLANK if one is None else one for one in figures]

    def _add(
        self, number: int, said: _Entry, kind: int, block: int = -1, *,
        on: int = 0, page: int = -1, version: int = 1, length: int = -1,
    ) -> None:  # fmt: skip
        self._kodes.append(said.tps)
        self._rows.append((number, kind, block, on, page, version, length))

    def columns(self) -> Columns:
        """What was read since the last time."""
        table = np.array(self._rows, np.int64).reshape(len(self._rows), 7)
        events = np.zeros(len(table), EVENT)
        for j, name in enumerate(("number", "kind", "block", "on", "page", "version", "length")):
            events[name] = table[:, j]
        if self._stations is not None:
            events["row"] = self._stations.rows(self._kodes)
            self.strangers += events["number"][events["row"] < 0].tolist()
            self._measure(events, self._stations)
        found = Columns(events, np.array(self._figures, np.int32), tuple(self._closings))
        self._begin()
        return found

    def _measure(self, events: NDArray[np.void], stations: Stations) -> None:
        ballots = stations.ballot[events["row"]] if len(stations) else np.zeros(len(events), np.int16)
        wanted = stations.lengths[ballots, events["block"]]
        told = (events["row"] >= 0) & (events["block"] >= 0) & (events["length"] >= 0)
        odd = told & (wanted >= 0) & (events["length"] != wanted)
        events["block"][odd] = -1
        self.malformed += events["number"][odd].tolist()

    def kinds(self) -> dict[str, int]:
        """Kind of entry → how many were read so far."""
        return dict(self._kinds)


def _version(said: int | None) -> int:
    """The first version is the one that is not named."""
    return 1 if said is None else said
