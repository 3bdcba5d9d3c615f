"""The nouns of a record: its blocks, photos, readings, proposals, versions, disputes and the lines of its history.

Nothing here changes; what an event makes of a record is `walk`'s and the modules that it hands events to.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from election.block import COUNTING, UNDECIDED, BlockState
from election.event import Event, Figures, PageRead, ReadingSubmitted

if TYPE_CHECKING:
    from election.form import Form

OUTLINED = frozenset({"scan.no_page", "scan.corner_missing", "scan.blurred", "scan.too_small", "scan.page_unknown"})
"""Faults of photos in which a hand can say where the page lies. In others there is nothing to see."""

Layout = Mapping[str, tuple[int, ...]]
"""Block → the pages of the form that carry its fields."""


class Entry(Protocol):
    """A row of the journal, as far as this fold looks at it. `event` is None for a kind this program does not know."""

    @property
    def number(self) -> int:
        """The journal's number."""

    @property
    def event(self) -> Event | None:
        """What happened."""


Picture = Literal["shown", "awaits_reading", "awaits_outline", "none"]
"""What the public sees of a photo."""


class Photo(Struct, frozen=True):
    """A photo that came in for one page, and the machine's latest look at it."""

    number: int  # of the scan_received
    page: int  # as the sender says it is
    sha256: str
    size: int
    at: str
    read: PageRead | None = None
    read_number: int = 0
    looks: int = 0  # how often the machine has read it

    @property
    def fault(self) -> str | None:
        """Why the photo cannot speak for its page, as a reason code; None where it can or was not yet read."""
        if self.read is None:
            return None
        if self.read.fault is not None:
            return self.read.fault
        if self.read.page is None:
            return "scan.no_page"
        return None if self.read.page == self.page else "E403"

    @property
    def picture(self) -> Picture:
        """What the public sees of it: `shown` (masked), or why it sees the hash alone: `awaits_reading`,
        `awaits_outline` by a validator, `none` where there is no page to be seen."""
        if self.read is None:
            return "awaits_reading"
        if self.read.rendition is not None:
            return "shown"
        return "awaits_outline" if self.fault in OUTLINED else "none"

    @property
    def legible(self) -> bool:
        """Whether the machine has read the page it should be."""
        return self.read is not None and self.fault is None


class Reading(Struct, frozen=True):
    """What an officer keyed in, with its number. Its figures are not public until a decision opens them."""

    number: int
    event: ReadingSubmitted


class Proposal(Struct, frozen=True):
    """A correction that waits for a second person. `account` is private."""

    number: int
    on: int
    figures: Figures
    reason: str
    role: str
    account: str
    at: str


class Block(Struct, frozen=True):
    """One block of the record. `number` is the journal's number of the last event that changed it."""

    name: str
    pages: tuple[int, ...]  # of the form, that carry its fields
    state: BlockState = BlockState.AWAITED
    number: int = 0
    at: str = ""
    decision: int = 0  # number of the deciding event, or of the version it begins with; what the next one replaces
    figures: Figures | None = None  # as decided; None before. Those of a withdrawn block stay readable
    read: Figures | None = None  # the machine's, where a decision has shown it
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    scans: tuple[int, ...] = ()  # evidence of the machine's last decision
    reading: int = 0
    policy: str = ""
    upto: int = 0  # number of the last event of the record that the machine had seen when it decided
    proposal: Proposal | None = None
    stood: BlockState | None = None  # where it stood when it was superseded

    @property
    def counts(self) -> bool:
        """Whether its figures are in the totals."""
        return self.state in COUNTING

    @property
    def decided(self) -> bool:
        """Whether anybody has decided on it in this version of the record."""
        return self.state not in UNDECIDED


class Step(Struct, frozen=True):
    """One line of the record's history, fit for the public: roles, never accounts."""

    number: int
    at: str
    kind: str
    page: int | None = None
    block: str | None = None
    state: BlockState | None = None  # of that block, or of those that a ruling moved, after the step
    figures: Figures | None = None
    reasons: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    version: int = 1  # of the record that it is about
    area: str | None = None  # code of the area that the event is about, where it is not this record alone


class Opened(Struct, frozen=True):
    """On what ground a version of a record began."""

    number: int  # of the version_opened
    at: str
    ground: str  # a code of `election.event.GROUNDS`
    order: str
    document: str | None
    roles: tuple[str, ...]
    dispute: int  # number of the dispute_opened that it follows from, 0 for none


class Earlier(Struct, frozen=True):
    """A version of the record that no longer counts, as it stood when the next one began."""

    version: int
    opened: Opened | None  # None: the first
    blocks: tuple[Block, ...]  # all `superseded`
    photos: tuple[Photo, ...]
    readings: tuple[Reading, ...]


class Dispute(Struct, frozen=True):
    """What somebody disputes: the record, one block of it, or an area above."""

    number: int  # of the dispute_opened
    at: str
    kode: str  # of the TPS or area
    block: str | None
    forum: str
    cause: str
    reference: str
    documents: tuple[str, ...]
    status: str = "registered"
    follow_up: str | None = None
    moved: int = 0  # number of the last dispute_moved

    @property
    def open(self) -> bool:
        """Whether its forum has not ended it."""
        return self.status in ("registered", "heard")


class Record(Struct, frozen=True):
    """A record as of the journal's number `number` (0: nothing has happened)."""

    blocks: tuple[Block, ...]
    tps: str = ""
    number: int = 0
    photos: tuple[Photo, ...] = ()  # every photo of this version, by number
    readings: tuple[Reading, ...] = ()  # every officer's reading of this version, by number
    history: tuple[Step, ...] = ()
    version: int = 1
    opened: Opened | None = None  # how this version began; None: the first
    earlier: tuple[Earlier, ...] = ()
    determined: int = 0  # number of the result_determined that closes this version, 0 where it is open
    cases: tuple[Dispute, ...] = ()  # every dispute, ended ones too

    def block(self, name: str) -> Block:
        """The block of that name. Raises KeyError."""
        if (found := self.find(name)) is None:
            raise KeyError(name)
        return found

    def find(self, name: str) -> Block | None:
        """The block of that name, None where the form has none such."""
        return next((block for block in self.blocks if block.name == name), None)

    def page(self, page: int) -> Photo | None:
        """The photo that speaks for `page`: the latest one read without fault, else the latest that came in.

        A later photo that cannot be read takes nothing away from an earlier one that could, not even where its sender
        says that it replaces that one; once it can be read, it speaks.
        """
        of_page = [photo for photo in self.photos if photo.page == page]
        legible = [photo for photo in of_page if photo.legible]
        return max(legible or of_page, key=lambda photo: photo.number, default=None)

    def reading(self, block: str) -> Reading | None:
        """The officer's latest figures for `block`; a later reading of another block takes nothing away from them."""
        of_block = (reading for reading in self.readings if block in reading.event.figures)
        return max(of_block, key=lambda reading: reading.number, default=None)

    @property
    def pages(self) -> dict[int, Photo]:
        """Page → the photo that speaks for it, for pages that have any."""
        found = ((page, self.page(page)) for page in sorted({photo.page for photo in self.photos}))
        return {page: photo for page, photo in found if photo is not None}

    @property
    def disputes(self) -> tuple[Dispute, ...]:
        """The disputes that are open."""
        return tuple(case for case in self.cases if case.open)

    def put(self, after: Iterable[Block], step: Step | None) -> "Record":
        """The record with these blocks in place of those of their names, and one more line where there is one."""
        changed = {block.name: block for block in after}
        blocks = tuple(changed.get(block.name, block) for block in self.blocks) if changed else self.blocks
        history = self.history if step is None else (*self.history, step)
        return replace(self, blocks=blocks, history=history)


def layout(form: "Form") -> dict[str, tuple[int, ...]]:
    """Which pages each block needs, from the fields that the form's pages carry."""
    pages: dict[str, set[int]] = {}
    for page in form.pages:
        for field in page.fields:
            pages.setdefault(field.block, set()).add(page.number)
    return {block: tuple(sorted(numbers)) for block, numbers in pages.items()}


def empty(pages: Layout, tps: str = "") -> Record:
    """A record of which nothing is known yet. Without a code it is that of the first TPS whose event it meets."""
    return Record(tuple(Block(name, tuple(numbers)) for name, numbers in pages.items()), tps)
