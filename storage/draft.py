"""What a writer hands to a journal, what comes back, and what a reader gets."""

import os
from enum import IntEnum
from hashlib import sha256

import msgspec
from msgspec import Struct

from election import event as events
from election.event import KINDS, AnyEvent, Event, Ruling
from storage.errors import NotADecision, ReplacesDiffers, UnknownKind

_PHONE = b"phone"


def phone_key(upload: bytes) -> bytes:
    """The journal's key of what a phone sent under this id, a UUID's sixteen bytes.

    Marked as a phone's, so that nobody can take the key of a machine's decision, which can be worked out beforehand.
    """
    return _PHONE + upload


def phone_id(key: bytes) -> str:
    """The id whose `phone_key` this is, as a UUID is written."""
    digits = key.removeprefix(_PHONE).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Outcome(IntEnum):
    """What became of a draft. The values are those of `journal.append` in SQL."""

    APPENDED = 0
    DUPLICATE = 1  # the same submission is in the journal already; nothing changed
    CONFLICT = 2  # the key is taken by other content; nothing changed
    STALE = 3  # another ruling stands on the subject than the one that this would replace; nothing changed
    REFUSED = 4  # the state of the record or area does not allow it, for good or for now; nothing changed


class Draft(Struct, frozen=True, kw_only=True):
    """An event that is not in the journal yet.

    `key` makes it single: the sender's id, 1–64 bytes (a random one where None). `digest` is the SHA-256 (32 bytes) of
    what the sender sent; the same key with another digest is a conflict. A ruling is taken only where the one that it
    `replaces` still stands; `expect` may say that number once more.
    """

    event: Event
    key: bytes | None = None
    digest: bytes | None = None
    expect: int | None = None


class Appended(Struct, frozen=True):
    """What became of a draft. `number` is its own where APPENDED, the first one's where DUPLICATE or CONFLICT, that of
    the ruling that stands where STALE, and that of what is in the way where REFUSED (0: nothing has a number)."""

    outcome: Outcome
    number: int


class Entry(Struct, frozen=True):
    """One event of a journal. `event` is None where this release does not know `kind`; `leaf` is always there."""

    number: int
    event: AnyEvent | None
    leaf: bytes
    kind: str


class Row(Struct, frozen=True):
    """A draft in the columns of `journal.append`."""

    key: bytes
    digest: bytes | None
    kind: str
    tps: str
    block: str | None
    expect: int | None
    at: str
    leaf: bytes
    leaf_hash: bytes
    payload: bytes | None
    own_key: bool  # made here, so that nobody else can have used it

    @property
    def size(self) -> int:
        """Bytes that this row roughly takes on the wire."""
        return len(self.leaf) + len(self.payload or b"") + 200


def row(draft: Draft) -> Row:
    """The draft's columns; makes the leaf. Raises Rejected as `errors` has it, and ValueError."""
    event = draft.event
    kind = str(type(event).__struct_config__.tag)
    if KINDS.get(kind) is not type(event):
        raise UnknownKind(kind=kind)
    ruling = event if isinstance(event, Ruling) else None
    if draft.expect is not None:
        if ruling is None:
            raise NotADecision(kind=kind)
        if ruling.replaces != draft.expect:
            raise ReplacesDiffers(replaces=ruling.replaces, expect=draft.expect)
    key = os.urandom(16) if draft.key is None else draft.key
    if not 1 <= len(key) <= 64 or (draft.digest is not None and len(draft.digest) != 32):
        raise ValueError("a key has 1 to 64 bytes, a digest 32")
    leaf = events.leaf(event)
    return Row(
        key=key,
        digest=draft.digest,
        kind=kind,
        tps=event.tps,
        block=ruling.subject if ruling else None,
        expect=ruling.replaces if ruling else None,
        at=event.at,
        leaf=leaf,
        leaf_hash=sha256(b"\x00" + leaf).digest(),
        payload=events.private(event),
        own_key=draft.key is None,
    )


def entry(number: int, kind: str, leaf: bytes, payload: bytes | None) -> Entry:
    """A journal row as a reader gets it."""
    try:
        event: AnyEvent | None = events.from_row(leaf, payload)
    except msgspec.DecodeError:
        event = None
    return Entry(number=number, event=event, leaf=leaf, kind=kind)
