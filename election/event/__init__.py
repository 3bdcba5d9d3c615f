"""What can happen to a record, an area or an account, and the public bytes that each happening leaves in the log.

An event is a fact in the past tense. `leaf` makes its public bytes; what the leaf leaves out (salts, figures not
yet opened, accounts) stays in the journal's payload. Kinds of events lie in the modules beside this one; appending,
numbering and proving live in `storage` and `tlog`.
"""

from functools import cache
from typing import get_args

import msgspec

from election.event.account import (
    AccountEvent,
    AccountsMade,
    CodeIssued,
    CodeWithdrawn,
    DeviceEnrolled,
    DeviceRevoked,
    device_commitment,
)
from election.event.base import MAX_LEAF, Event, Figures, LeafTooLarge, Ruling, canonical
from election.event.decision import (
    REASONS,
    BlockCorrected,
    BlockCounted,
    BlockHeld,
    CorrectionDeclined,
    CorrectionProposed,
    Decision,
)
from election.event.evidence import PageOutlined, PageRead, ReadingSubmitted, ScanReceived, Signed, commitment, said
from election.event.ruling import (
    CAUSES,
    DESPITE,
    FOLLOW_UPS,
    FORUMS,
    GROUNDS,
    STATUSES,
    WHOLE,
    WIDE,
    WITHDRAWALS,
    AreaConfirmed,
    BlockWithdrawn,
    DisputeMoved,
    DisputeOpened,
    PolicyAdopted,
    RecapEntered,
    ResultDetermined,
    RulingDeclined,
    RulingProposed,
    VersionOpened,
)

__all__ = [
    "CAUSES",
    "DESPITE",
    "FOLLOW_UPS",
    "FORUMS",
    "GROUNDS",
    "KINDS",
    "MAX_LEAF",
    "REASONS",
    "STATUSES",
    "WHOLE",
    "WIDE",
    "WITHDRAWALS",
    "AccountEvent",
    "AccountsMade",
    "AnyEvent",
    "AreaConfirmed",
    "BlockCorrected",
    "BlockCounted",
    "BlockHeld",
    "BlockWithdrawn",
    "CodeIssued",
    "CodeWithdrawn",
    "CorrectionDeclined",
    "CorrectionProposed",
    "Decision",
    "DeviceEnrolled",
    "DeviceRevoked",
    "DisputeMoved",
    "DisputeOpened",
    "Event",
    "Figures",
    "LeafTooLarge",
    "PageOutlined",
    "PageRead",
    "PolicyAdopted",
    "ReadingSubmitted",
    "RecapEntered",
    "ResultDetermined",
    "Ruling",
    "RulingDeclined",
    "RulingProposed",
    "ScanReceived",
    "Signed",
    "VersionOpened",
    "canonical",
    "commitment",
    "device_commitment",
    "from_payload",
    "from_row",
    "is_private",
    "leaf",
    "payload",
    "private",
    "said",
]

AnyEvent = (
    ScanReceived
    | ReadingSubmitted
    | PageRead
    | PageOutlined
    | BlockCounted
    | BlockHeld
    | CorrectionProposed
    | CorrectionDeclined
    | BlockCorrected
    | BlockWithdrawn
    | VersionOpened
    | RecapEntered
    | AreaConfirmed
    | ResultDetermined
    | DisputeOpened
    | DisputeMoved
    | PolicyAdopted
    | RulingProposed
    | RulingDeclined
    | CodeIssued
    | CodeWithdrawn
    | DeviceEnrolled
    | DeviceRevoked
    | AccountsMade
)
KINDS: dict[str, type[Event]] = {str(t.__struct_config__.tag): t for t in get_args(AnyEvent)}
"""Every kind the journal takes. A reader that meets another reports it and goes on."""

_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_WHOLE = b'{"kind":'


def leaf(event: Event) -> bytes:
    """The event's public bytes, at most `MAX_LEAF`. The same event always gives the same bytes."""
    public: dict[str, object] = {"kind": event.__struct_config__.tag}
    for name in _public(type(event)):
        value = getattr(event, name)
        if value is not None or name not in event.SPARSE:
            public[name] = value
    entry = canonical(public)
    if len(entry) > MAX_LEAF:
        raise LeafTooLarge(size=len(entry), limit=MAX_LEAF)
    return entry


@cache
def _public(kind: type[Event]) -> tuple[str, ...]:
    """The fields that a leaf of this kind may have."""
    return tuple(name for name in kind.__struct_fields__ if name not in kind.PRIVATE)


def payload(event: Event) -> bytes:
    """The whole event, private part included, as JSON."""
    return msgspec.json.encode(event)


def private(event: Event) -> bytes | None:
    """What the leaf leaves out, as a JSON object; None where that says nothing."""
    told = {name: value for name in sorted(event.PRIVATE) if (value := getattr(event, name)) not in (None, ())}
    return msgspec.json.encode(told) if told else None


def is_private(event: Event, rest: bytes | None) -> bool:
    """Whether `rest` is what stands beside the event's leaf, and no more than that."""
    return rest == private(event) or (rest is not None and rest.startswith(_WHOLE))


def from_payload(data: bytes) -> AnyEvent:
    """The event of its JSON. Raises msgspec.ValidationError for an unknown kind or shape."""
    return _decoder.decode(data)


def from_row(entry: bytes, rest: bytes | None) -> AnyEvent:
    """The event of a journal row: its leaf, and what `private` gave. Raises msgspec.DecodeError.

    What the leaf says comes last and so counts, whatever stands beside it. Rows of the first release keep the whole
    event there.
    """
    if rest is None or rest.startswith(_WHOLE):
        return _decoder.decode(entry if rest is None else rest)
    return _decoder.decode(b"%b,%b" % (rest[:-1], entry[1:]))
