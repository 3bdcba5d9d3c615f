"""A record from its events: which of them concern it, and which module draws the consequence."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from election.codes import above, is_tps
from election.event import (
    KINDS,
    AreaConfirmed,
    BlockCorrected,
    BlockCounted,
    BlockHeld,
    BlockWithdrawn,
    CorrectionDeclined,
    CorrectionProposed,
    DisputeMoved,
    DisputeOpened,
    Event,
    PageRead,
    ReadingSubmitted,
    ResultDetermined,
    ScanReceived,
    VersionOpened,
)
from election.record import decisions, evidence, rulings
from election.record.shape import Entry, Layout, Record, empty


def fold(entries: Iterable[Entry], pages: Layout, tps: str = "") -> Record:
    """The record after `entries`, in whatever order and however often each is handed in."""
    record = empty(pages, tps)
    for entry in sorted(entries, key=lambda entry: entry.number):
        record = apply(record, entry)
    return record


def apply(record: Record, entry: Entry) -> Record:
    """The record after one more entry. One whose number it already has behind it changes nothing."""
    if entry.number <= record.number:
        return record
    event = entry.event
    if event is None or not concerns(event, record.tps):
        return replace(record, number=entry.number)
    if record.tps or not is_tps(event.tps):
        record = replace(record, number=entry.number)
    else:
        record = replace(record, number=entry.number, tps=event.tps)
    consequence = _CONSEQUENCES.get(type(event))
    return record if consequence is None else consequence(record, entry.number, event)


def concerns(event: Event, tps: str) -> bool:
    """Whether an event is about the record of this TPS, or about an area above in a way that bears on it.

    Without a code every event is, as far as it can be about a record at all.
    """
    if event.tps == tps or (not tps and is_tps(event.tps)):
        return type(event) not in _OF_AREAS
    return type(event) in _ABOVE and not is_tps(event.tps) and (not tps or event.tps in above(tps))


_OF_AREAS: frozenset[type[Event]] = frozenset({AreaConfirmed, ResultDetermined})
_ABOVE: frozenset[type[Event]] = _OF_AREAS | {DisputeOpened, DisputeMoved}

ABOVE = frozenset(kind for kind, event in KINDS.items() if event in _ABOVE)
"""Kinds of events about an area that bear on every record in it."""

_CONSEQUENCES: dict[type[Event], Callable[[Record, int, Any], Record]] = {
    ScanReceived: evidence.scan_received,
    PageRead: evidence.page_read,
    ReadingSubmitted: evidence.reading_submitted,
    BlockCounted: decisions.decided,
    BlockHeld: decisions.decided,
    BlockCorrected: decisions.decided,
    BlockWithdrawn: decisions.decided,
    CorrectionProposed: decisions.proposed,
    CorrectionDeclined: decisions.declined,
    VersionOpened: rulings.version_opened,
    AreaConfirmed: rulings.area_confirmed,
    ResultDetermined: rulings.result_determined,
    DisputeOpened: rulings.dispute_opened,
    DisputeMoved: rulings.dispute_moved,
}
