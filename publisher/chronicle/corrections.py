"""What people decided about records, newest last: corrections, withdrawals, versions opened, with what they changed.

Pure functions from journal entries to what is told; `feed` lays it out in files. Roles, never accounts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from election.event import BlockCorrected, BlockWithdrawn, Event, Figures, VersionOpened
from storage.journal import Entry

Fields = Callable[[str, str], tuple[str, ...]]
"""TPS, block → the block's fields on that TPS's form."""


class Changed(Struct, frozen=True):
    """One figure, before and after."""

    field: str
    old: int | None
    new: int | None


class Correction(Struct, frozen=True):
    """One decision. `old` and `new` of a withdrawal are None: its figures are in no total any more."""

    number: int  # of the journal; the index in the public log is number − 1
    at: str
    tps: str
    kind: str
    block: str | None
    reason: str
    roles: tuple[str, ...]
    changes: tuple[Changed, ...] = ()


def replaced(entries: Iterable[Entry]) -> list[int]:
    """Numbers of the decisions that these replace: what they changed is told against those."""
    return [entry.event.replaces for entry in entries if isinstance(entry.event, BlockCorrected | BlockWithdrawn)]


def told(entries: Iterable[Entry], before: Mapping[int, Entry], fields: Fields) -> list[Correction]:
    """The entries as they are told; `before` has the decisions that they replace."""
    found = (_told(entry.event, entry.number, before, fields) for entry in entries)
    return [one for one in found if one is not None]


def _told(event: Event | None, number: int, before: Mapping[int, Entry], fields: Fields) -> Correction | None:
    if isinstance(event, VersionOpened):
        return Correction(number, event.at, event.tps, "version_opened", None, event.ground, event.roles)
    if isinstance(event, BlockWithdrawn):
        return Correction(number, event.at, event.tps, "block_withdrawn", event.block, event.reason, event.roles)
    if not isinstance(event, BlockCorrected):
        return None
    replaces = before.get(event.replaces)
    old: Figures | None = getattr(replaces.event, "figures", None) if replaces is not None else None
    changes = _changes(fields(event.tps, event.block), old, event.figures)
    return Correction(number, event.at, event.tps, "block_corrected", event.block, event.reason, event.roles, changes)


def _changes(fields: Sequence[str], old: Figures | None, new: Figures | None) -> tuple[Changed, ...]:
    before, after = old or (None,) * len(fields), new or (None,) * len(fields)
    found = zip(fields, before, after, strict=True)
    return tuple(Changed(field, was, now) for field, was, now in found if was != now)
