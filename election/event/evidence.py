"""What came in and what the machine saw: photos, officers' figures, looks at a page. Nothing is decided here."""

from functools import cached_property
from hashlib import sha256
from typing import ClassVar

from msgspec import Struct

from election.event.base import Event, Figures, canonical


class Signed(Struct, frozen=True):
    """What a sender's device signed, RFC 9421: enough to check the signature again years later."""

    key: str  # RFC 7638 thumbprint of the device's key
    input: str  # the signature's parameters, as in `Signature-Input`
    signature: str  # base64


class ScanReceived(Event, frozen=True, kw_only=True, tag="scan_received"):
    """The bytes of a photo are safe; nobody has looked at them yet."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account", "signed"})
    SPARSE: ClassVar[frozenset[str]] = frozenset({"by", "relayed", "replaces", "verdict", "version"})

    page: int  # 1-based, as the sender says it is
    sha256: str  # of the photo's bytes, hex; the same as in the receipt
    size: int  # bytes
    by: str | None = None  # role of who took it; None where senders have no accounts
    relayed: str | None = None  # role of who passed it on
    replaces: int | None = None  # number of the scan_received of the same page that this one supersedes
    verdict: str | None = None  # what the phone said of it: `ok`, or the reason code that the officer overrode
    version: int | None = None  # of the record that it is a photo of; None is the first
    account: str | None = None
    signed: Signed | None = None


class ReadingSubmitted(Event, frozen=True, kw_only=True, dict=True, tag="reading_submitted"):
    """An officer keyed in figures. Public as a salted commitment a block, opened by the decision on that block."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"salts", "figures", "confirmed", "as_written", "account", "signed"})
    SPARSE: ClassVar[frozenset[str]] = frozenset({"by", "relayed", "version"})

    commitments: dict[str, str]  # block -> commitment(salt, figures)
    salts: dict[str, str]  # block -> 32 hex digits
    figures: dict[str, Figures]  # block -> figures
    by: str | None = None  # as in ScanReceived
    relayed: str | None = None
    confirmed: tuple[str, ...] = ()  # fields taken over from the machine's reading: no second opinion
    as_written: tuple[str, ...] = ()  # codes of rules of which the officer says: the form itself says so
    version: int | None = None  # as in ScanReceived
    account: str | None = None
    signed: Signed | None = None

    @cached_property
    def said(self) -> bytes:
        """As the function `said`; asked for by the journal, the receipt and the answer."""
        told: list[object] = ["reading", self.tps, {block: list(row) for block, row in self.figures.items()}]
        if self.confirmed or self.as_written:
            told += [list(self.confirmed), list(self.as_written)]
        if self.version is not None:
            told.append({"version": self.version})
        return sha256(canonical(told)).digest()


class PageOutlined(Event, frozen=True, kw_only=True, tag="page_outlined"):
    """A validator has marked where the page lies in a photo in which none was found: it is looked at once more."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"account"})

    scan: int  # number of the scan_received
    page: int  # the page that the photo shows
    corners: tuple[int, ...]
    """x and y of the page's corners as printed, from its top left clockwise: ten-thousandths of the picture's width
    and height as it stands upright; beyond its edges too."""
    role: str
    account: str


class PageRead(Event, frozen=True, kw_only=True, tag="page_read"):
    """The machine has looked at a photo. Its scores are an artefact beside the scan, named by hash."""

    SPARSE: ClassVar[frozenset[str]] = frozenset({"likeness", "outline"})

    scan: int  # number of the scan_received
    page: int | None  # the page the photo shows, None where no page was found
    fault: str | None  # reason code where the page could not be read
    quality: int  # 0–1000, how well the page could be seen
    scores: str | None  # SHA-256 of the score artefact
    rendition: str | None  # SHA-256 of the masked picture that the public may see
    model: str  # SHA-256 of the model's file
    program: str  # version of the reading code
    likeness: str | None = None  # perceptual hash of the placed page, 16 hex digits
    outline: int | None = None  # number of the page_outlined that said where the page lies


def said(event: ScanReceived | ReadingSubmitted) -> bytes:
    """SHA-256 over what the sender said, without what the server added: the same submission again has the same."""
    if isinstance(event, ScanReceived):
        version = [] if event.version is None else [event.version]
        return sha256(canonical(["scan", event.tps, event.page, event.sha256, *version])).digest()
    return event.said


def commitment(salt: str, block: str, figures: Figures) -> str:
    """SHA-256 that binds an officer to a block's figures without showing them. `salt` is 32 hex digits."""
    return sha256(canonical([salt, block, list(figures)])).hexdigest()
