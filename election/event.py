"""What can happen to a record, and the public bytes that each happening leaves in the log.

An event is a fact in the past tense. `leaf` makes its public bytes; what the leaf leaves out (salts, figures not
yet opened, accounts) stays in the journal's payload. Appending, numbering and proving live in `storage` and `tlog`.
"""

from functools import cached_property
from hashlib import sha256
from typing import ClassVar

import msgspec
from msgspec import Struct

from election.errors import Rejected

MAX_LEAF = 4096
"""Bytes; a leaf is small, so that a nation's log can be read by anyone."""

Figures = tuple[int | None, ...]
"""A block's figures, dense, in the order of `Contest.blocks[block]`; None where nothing was given."""


class LeafTooLarge(Rejected):
    """An event whose public bytes exceed `MAX_LEAF`."""

    code = "event.leaf_too_large"
    advice: ClassVar[dict[str, str]] = {
        "id": "Catatan publik {size} bita melebihi batas {limit} bita.",
        "en": "The public entry has {size} bytes; the limit is {limit}.",
    }


class Event(Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """Something that happened to the record of one TPS in one contest (the journal's own).

    `tps` is the TPS code, `at` the server's time (`clock.stamp`), `v` the version of the event's shape.
    """

    PRIVATE: ClassVar[frozenset[str]] = frozenset()
    """Fields that the leaf leaves out."""
    SPARSE: ClassVar[frozenset[str]] = frozenset()
    """Fields that the leaf has only where they are not None: an entry made before there were such fields stays the
    same to the byte."""

    tps: str
    at: str
    v: int = 1


class Signed(Struct, frozen=True):
    """What a sender's device signed, RFC 9421: enough to check the signature again years later."""

    key: str  # RFC 7638 thumbprint of the device's key
    input: str  # the signature's parameters, as in `Signature-Input`
    signature: str  # base64


class ScanReceived(Event, frozen=True, kw_only=True, tag="scan_received"):
    """The bytes of a photo are safe; nobody has looked at them yet."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account", "signed"})
    SPARSE: ClassVar[frozenset[str]] = frozenset({"by", "relayed", "replaces", "verdict"})

    page: int  # 1-based, as the sender says it is
    sha256: str  # of the photo's bytes, hex; the same as in the receipt
    size: int  # bytes
    by: str | None = None  # role of who took it; None where senders have no accounts
    relayed: str | None = None  # role of who passed it on
    replaces: int | None = None  # number of the scan_received of the same page that this one supersedes
    verdict: str | None = None  # what the phone said of it: `ok`, or the reason code that the officer overrode
    account: str | None = None
    signed: Signed | None = None


class ReadingSubmitted(Event, frozen=True, kw_only=True, dict=True, tag="reading_submitted"):
    """An officer keyed in figures. Public as a salted commitment a block, opened by the decision on that block."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"salts", "figures", "confirmed", "as_written", "account", "signed"})
    SPARSE: ClassVar[frozenset[str]] = frozenset({"by", "relayed"})

    commitments: dict[str, str]  # block -> commitment(salt, figures)
    salts: dict[str, str]  # block -> 32 hex digits
    figures: dict[str, Figures]  # block -> figures
    by: str | None = None  # as in ScanReceived
    relayed: str | None = None
    confirmed: tuple[str, ...] = ()  # fields taken over from the machine's reading: no second opinion
    as_written: tuple[str, ...] = ()  # codes of rules of which the officer says: the form itself says so
    account: str | None = None
    signed: Signed | None = None

    @cached_property
    def said(self) -> bytes:
        """As the function `said`; asked for by the journal, the receipt and the answer."""
        told: list[object] = ["reading", self.tps, {block: list(row) for block, row in self.figures.items()}]
        if self.confirmed or self.as_written:
            told += [list(self.confirmed), list(self.as_written)]
        return sha256(canonical(told)).digest()


class PageRead(Event, frozen=True, kw_only=True, tag="page_read"):
    """The machine has looked at a photo. Its scores are an artefact beside the scan, named by hash."""

    scan: int  # number of the scan_received
    page: int | None  # the page the photo shows, None where no page was found
    fault: str | None  # reason code where the page could not be read
    quality: int  # 0–1000, how well the page could be seen
    scores: str | None  # SHA-256 of the score artefact
    rendition: str | None  # SHA-256 of the masked picture that the public may see
    model: str  # SHA-256 of the model's file
    program: str  # version of the reading code


class Decision(Event, frozen=True, kw_only=True):
    """What counts for one block from now on. `replaces` is the number of the decision before, 0 for none."""

    block: str
    replaces: int
    figures: Figures | None


class BlockCounted(Decision, frozen=True, kw_only=True, tag="block_counted"):
    """Officer and machine agree and the block's error rules hold: its figures count."""

    scans: tuple[int, ...]  # numbers of the scan_received events read
    reading: int  # number of the reading_submitted
    salt: str  # opens that reading's commitment for this block
    policy: str
    warnings: tuple[str, ...] = ()


class BlockHeld(Decision, frozen=True, kw_only=True, tag="block_held"):
    """A person must decide. `figures` are the officer's as keyed, shown marked and not counted."""

    scans: tuple[int, ...]
    reading: int  # 0 where there is none
    salt: str | None
    read: Figures | None  # the machine's reading, where it has one
    reasons: tuple[str, ...]  # rule codes and fault codes
    policy: str
    warnings: tuple[str, ...] = ()


class CorrectionProposed(Event, frozen=True, kw_only=True, tag="correction_proposed"):
    """One validator says what the block's figures should be. Nothing counts until a second agrees."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account"})

    block: str
    on: int  # number of the decision this would replace
    figures: Figures
    reason: str  # a code of `REASONS`
    role: str
    account: str


class CorrectionDeclined(Event, frozen=True, kw_only=True, tag="correction_declined"):
    """A second validator disagrees with a proposal; the block stays held."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account"})

    block: str
    proposal: int
    reason: str
    role: str
    account: str


class BlockCorrected(Decision, frozen=True, kw_only=True, tag="block_corrected"):
    """Two people decided. These figures count, and the machine does not overtake them."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"accounts"})

    proposal: int
    reason: str
    roles: tuple[str, ...]
    accounts: tuple[str, ...]


class AccountEvent(Event, frozen=True, kw_only=True):
    """Something about an account, in the journal `umum`. `tps` is the account's area: a TPS, or a committee's area.

    Public is which role where, and a commitment to account and device; `by` is the role that did it, `server` where
    it was done on the machine itself.
    """

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account", "key", "salt", "actor"})

    role: str
    by: str
    commitment: str  # device_commitment(salt, account, key)
    salt: str  # 32 hex digits, the same from a device's enrolment to its end
    account: str
    key: str = ""  # thumbprint of the device's key
    actor: str = ""  # account that did it


class CodeIssued(AccountEvent, frozen=True, kw_only=True, tag="code_issued"):
    """An account got a new activation code. The code itself is kept nowhere."""


class CodeWithdrawn(AccountEvent, frozen=True, kw_only=True, tag="code_withdrawn"):
    """An account's open activation code, or its password for the desk, is good for nothing any more."""


class DeviceEnrolled(AccountEvent, frozen=True, kw_only=True, tag="device_enrolled"):
    """An activation code was used up; from now on this device speaks for the account."""


class DeviceRevoked(AccountEvent, frozen=True, kw_only=True, tag="device_revoked"):
    """The device speaks for nobody any more, whatever certificate it still holds."""


class AccountsMade(Event, frozen=True, kw_only=True, tag="accounts_made"):
    """The accounts of a bundle were made, each with its first code. `tps` is the nation's code."""

    accounts: dict[str, int]  # role -> how many


REASONS: dict[str, dict[str, str]] = {
    "misread": {"id": "Mesin salah membaca", "en": "The machine misread the form"},
    "mistyped": {"id": "Petugas salah ketik", "en": "The officer mistyped"},
    "both_differ": {"id": "Keduanya berbeda dari formulir", "en": "Both differ from the form"},
    "paper_contradicts": {
        "id": "Formulir memang tertulis begitu",
        "en": "The form itself says so, though its sums do not agree",
    },
    "not_legible": {"id": "Tidak terbaca dengan pasti", "en": "It cannot be read with certainty"},
}
"""Why a person corrected a block, or declined a proposal."""

AnyEvent = (
    ScanReceived
    | ReadingSubmitted
    | PageRead
    | BlockCounted
    | BlockHeld
    | CorrectionProposed
    | CorrectionDeclined
    | BlockCorrected
    | CodeIssued
    | CodeWithdrawn
    | DeviceEnrolled
    | DeviceRevoked
    | AccountsMade
)
KINDS: dict[str, type[Event]] = {
    str(t.__struct_config__.tag): t
    for t in (
        ScanReceived,
        ReadingSubmitted,
        PageRead,
        BlockCounted,
        BlockHeld,
        CorrectionProposed,
        CorrectionDeclined,
        BlockCorrected,
        CodeIssued,
        CodeWithdrawn,
        DeviceEnrolled,
        DeviceRevoked,
        AccountsMade,
    )
}
"""Every kind the journal takes. A reader that meets another reports it and goes on."""

_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_WHOLE = b'{"kind":'


def canonical(value: object) -> bytes:
    """RFC 8785 JSON of ASCII strings, integers, booleans, null, lists and objects with string keys; no floats.

    Raises ValueError where a value leaves ASCII.
    """
    text = msgspec.json.encode(value, order="sorted")
    if not text.isascii():
        raise ValueError("a leaf is ASCII")
    return text


def leaf(event: Event) -> bytes:
    """The event's public bytes, at most `MAX_LEAF`. The same event always gives the same bytes."""
    hidden, sparse = event.PRIVATE, event.SPARSE
    public = {
        name: value
        for name, value in msgspec.to_builtins(event).items()
        if name not in hidden and not (value is None and name in sparse)
    }
    entry = canonical(public)
    if len(entry) > MAX_LEAF:
        raise LeafTooLarge(size=len(entry), limit=MAX_LEAF)
    return entry


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


def said(event: ScanReceived | ReadingSubmitted) -> bytes:
    """SHA-256 over what the sender said, without what the server added: the same submission again has the same."""
    if isinstance(event, ScanReceived):
        return sha256(canonical(["scan", event.tps, event.page, event.sha256])).digest()
    return event.said


def commitment(salt: str, block: str, figures: Figures) -> str:
    """SHA-256 that binds an officer to a block's figures without showing them. `salt` is 32 hex digits."""
    return sha256(canonical([salt, block, list(figures)])).hexdigest()


def device_commitment(salt: str, account: str, key: str) -> str:
    """SHA-256 that binds an account's event to one account and device without naming them. `salt` is 32 hex digits."""
    return sha256(canonical([salt, account, key])).hexdigest()
