"""What people entered and ruled about areas: D.Hasil by document and column, confirmations, determinations, disputes.

A pure fold of the rare events of one contest. Holding documents against the records is `judged`'s, publishing them
`companion`'s.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from election.event import (
    AreaConfirmed,
    DisputeMoved,
    DisputeOpened,
    Event,
    Figures,
    RecapEntered,
    ResultDetermined,
    Ruling,
)
from storage.journal import Entry

KINDS = frozenset(
    str(kind.__struct_config__.tag)
    for kind in (RecapEntered, AreaConfirmed, ResultDetermined, DisputeOpened, DisputeMoved)
)


class Ruled(Struct, frozen=True):
    """An event that stands, and its number."""

    number: int
    event: Any


class Told(Struct, frozen=True, array_like=True):
    """What a `recap_entered` says of its column."""

    figures: dict[str, Figures]
    document: str | None
    source: str
    role: str
    at: str


class Printed(Struct, frozen=True, gc=False):
    """A column of a document, packed: a nation's TPS have a column each, and they are looked at a few at a time."""

    number: int
    packed: bytes

    @staticmethod
    def of(number: int, event: RecapEntered) -> "Printed":
        """The column that an event enters."""
        return Printed(number, _pack.encode(Told(event.figures, event.document, event.source, event.role, event.at)))

    @property
    def told(self) -> Told:
        """What it says."""
        return _unpack.decode(self.packed)


_pack = msgspec.msgpack.Encoder()
_unpack = msgspec.msgpack.Decoder(Told)


class Dispute(Struct, frozen=True):
    """A dispute and where it stands."""

    opened: DisputeOpened
    moves: tuple[DisputeMoved, ...] = ()
    moved: int = 0  # number of the last event about it


class Entered:
    """`documents`: area code → code of the column → what stands there. Codes nobody knows are kept; readers pass them
    over."""

    def __init__(self) -> None:
        self.number = 0
        self.documents: dict[str, dict[str, Printed]] = {}
        self.confirmed: dict[str, Ruled] = {}
        self.determined: dict[str, Ruled] = {}
        self.disputes: dict[int, Dispute] = {}

    def fold(self, entries: Iterable[Entry]) -> list[Entry]:
        """Takes in what follows `number`; answers the entries that changed something."""
        moved = []
        for entry in entries:
            if entry.number <= self.number or entry.event is None:
                continue
            self.number = entry.number
            consequence = _CONSEQUENCES.get(type(entry.event))
            if consequence is not None and consequence(self, entry.number, entry.event):
                moved.append(entry)
        return moved

    def standing(self, kode: str) -> int:
        """Number of the confirmation that stands on an area, 0 for none: what the next one replaces."""
        confirmed = self.confirmed.get(kode)
        return 0 if confirmed is None else confirmed.number

    def _recap(self, number: int, event: RecapEntered) -> bool:
        columns = self.documents.setdefault(event.tps, {})
        if not _replaces(columns.get(event.of), event):
            return False
        columns[event.of] = Printed.of(number, event)
        return True

    def _confirm(self, number: int, event: AreaConfirmed) -> bool:
        return _swap(self.confirmed, event.tps, number, event)

    def _determine(self, number: int, event: ResultDetermined) -> bool:
        return _swap(self.determined, event.tps, number, event)

    def _open(self, number: int, event: DisputeOpened) -> bool:
        self.disputes[number] = Dispute(event, moved=number)
        return True

    def _move(self, number: int, event: DisputeMoved) -> bool:
        found = self.disputes.get(event.dispute)
        if found is None or found.opened.tps != event.tps or event.replaces != (found.moved if found.moves else 0):
            return False
        self.disputes[event.dispute] = Dispute(found.opened, (*found.moves, event), number)
        return True


def _swap(into: dict[str, Ruled], at: str, number: int, event: AreaConfirmed | ResultDetermined) -> bool:
    """A ruling that names the one that stands takes its place; a stale one changes nothing."""
    if not _replaces(into.get(at), event):
        return False
    into[at] = Ruled(number, event)
    return True


def _replaces(before: Ruled | Printed | None, event: Ruling) -> bool:
    return event.replaces == (0 if before is None else before.number)


_CONSEQUENCES: dict[type[Event], Callable[[Entered, int, Any], bool]] = {
    RecapEntered: Entered._recap,
    AreaConfirmed: Entered._confirm,
    ResultDetermined: Entered._determine,
    DisputeOpened: Entered._open,
    DisputeMoved: Entered._move,
}
