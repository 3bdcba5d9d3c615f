"""What the journal says about one record (TPS × contest): a pure fold of its events, in the order of their numbers.

Recapitulation, review and publication all look at a record through this fold, so they can never disagree about it.
Deciding lives in `recap`; here only the consequences of what was decided are drawn.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from election.block import COUNTING, PEOPLE, WORDS, BlockState
from election.event import (
    BlockCorrected,
    BlockCounted,
    BlockHeld,
    CorrectionDeclined,
    CorrectionProposed,
    Decision,
    Event,
    Figures,
    PageRead,
    ReadingSubmitted,
    ScanReceived,
)

if TYPE_CHECKING:
    from election.form import Form

__all__ = [
    "COUNTING", "PEOPLE", "WORDS",
    "Block", "BlockState", "Entry", "Layout", "Photo", "Proposal", "Reading", "Record", "Step",
    "apply", "empty", "fold", "layout",
]  # fmt: skip

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
    decision: int = 0  # number of the deciding event; what the next one replaces
    figures: Figures | None = None  # as decided; None before
    read: Figures | None = None  # the machine's, where a decision has shown it
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    scans: tuple[int, ...] = ()  # evidence of the machine's last decision
    reading: int = 0
    policy: str = ""
    proposal: Proposal | None = None

    @property
    def counts(self) -> bool:
        """Whether its figures are in the totals."""
        return self.state in COUNTING


class Step(Struct, frozen=True):
    """One line of the record's history, fit for the public: roles, never accounts."""

    number: int
    at: str
    kind: str
    page: int | None = None
    block: str | None = None
    state: BlockState | None = None  # of that block, after the step
    figures: Figures | None = None
    reasons: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class Record(Struct, frozen=True):
    """A record as of the journal's number `number` (0: nothing has happened)."""

    blocks: tuple[Block, ...]
    tps: str = ""
    number: int = 0
    photos: tuple[Photo, ...] = ()  # every photo, by number
    readings: tuple[Reading, ...] = ()  # every officer's reading, by number
    history: tuple[Step, ...] = ()

    def block(self, name: str) -> Block:
        """The block of that name. Raises KeyError."""
        for block in self.blocks:
            if block.name == name:
                return block
        raise KeyError(name)

    def page(self, page: int) -> Photo | None:
        """The photo that speaks for `page`: the latest one read without fault, else the latest that came in.

        A later photo that cannot be read takes nothing away from an earlier one that could.
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


def layout(form: "Form") -> dict[str, tuple[int, ...]]:
    """Which pages each block needs, from the fields that the form's pages carry."""
    pages: dict[str, set[int]] = {}
    for page in form.pages:
        for field in page.fields:
            pages.setdefault(field.block, set()).add(page.number)
    return {block: tuple(sorted(numbers)) for block, numbers in pages.items()}


def empty(pages: Layout) -> Record:
    """A record of which nothing is known yet."""
    return Record(tuple(Block(name, tuple(numbers)) for name, numbers in pages.items()))


def fold(entries: Iterable[Entry], pages: Layout) -> Record:
    """The record after `entries`, in whatever order and however often each is handed in."""
    record = empty(pages)
    for entry in sorted(entries, key=lambda entry: entry.number):
        record = apply(record, entry)
    return record


def apply(record: Record, entry: Entry) -> Record:
    """The record after one more entry. One whose number it already has behind it changes nothing."""
    if entry.number <= record.number:
        return record
    event = entry.event
    if event is None or (record.tps and event.tps != record.tps):
        return replace(record, number=entry.number)
    record = replace(record, number=entry.number, tps=event.tps)
    consequence = _CONSEQUENCES.get(type(event))
    return record if consequence is None else consequence(record, entry.number, event)


def _scan_received(record: Record, number: int, event: ScanReceived) -> Record:
    photo = Photo(number, event.page, event.sha256, event.size, event.at)
    after = replace(record, photos=(*record.photos, photo))
    return _weighed(after, Step(number, event.at, "scan_received", page=event.page))


def _page_read(record: Record, number: int, event: PageRead) -> Record:
    photos = tuple(
        replace(photo, read=event, read_number=number, looks=photo.looks + 1) if photo.number == event.scan else photo
        for photo in record.photos
    )
    photo = next((photo for photo in photos if photo.number == event.scan), None)
    page, fault = (photo.page, photo.fault) if photo else (event.page, event.fault)
    reasons = () if fault is None else (fault,)
    return _weighed(replace(record, photos=photos), Step(number, event.at, "page_read", page=page, reasons=reasons))


def _reading_submitted(record: Record, number: int, event: ReadingSubmitted) -> Record:
    after = replace(record, readings=(*record.readings, Reading(number, event)))
    return _weighed(after, Step(number, event.at, "reading_submitted"))


def _weighed(record: Record, step: Step) -> Record:
    """New evidence moves the blocks that nobody has decided yet; decided ones wait for the next decision."""
    blocks = tuple(_moved(record, block, step) for block in record.blocks)
    return replace(record, blocks=blocks, history=(*record.history, step))


def _moved(record: Record, block: Block, step: Step) -> Block:
    state = block.state if block.decision else _undecided(record, block)
    return block if state is block.state else replace(block, state=state, number=step.number, at=step.at)


def _undecided(record: Record, block: Block) -> BlockState:
    photos = [record.page(page) for page in block.pages]
    if photos and all(photo is not None and photo.read is not None for photo in photos):
        return BlockState.READ
    if any(photos) or record.reading(block.name) is not None:
        return BlockState.RECEIVED
    return BlockState.AWAITED


def _judged(record: Record, number: int, event: BlockCounted | BlockHeld) -> Record:
    """A machine's decision. Over people's it takes its number, as the journal has, and changes nothing else."""
    block = _replaced(record, event)
    if block is None:
        return record
    if block.state in PEOPLE:
        return _put(record, replace(block, decision=number), None)
    after = replace(
        _after(block, number, event),
        warnings=event.warnings,
        scans=event.scans,
        reading=event.reading,
        policy=event.policy,
    )
    if isinstance(event, BlockHeld):
        kind, after = "block_held", replace(after, state=BlockState.HELD, read=event.read, reasons=event.reasons)
    else:
        kind, after = "block_counted", replace(after, state=BlockState.COUNTED, read=event.figures, reasons=())
    return _put(record, after, Step(number, event.at, kind, figures=event.figures, reasons=after.reasons))


def _corrected(record: Record, number: int, event: BlockCorrected) -> Record:
    block = _replaced(record, event)
    if block is None:
        return record
    after = replace(_after(block, number, event), state=BlockState.VERIFIED, reasons=(event.reason,), warnings=())
    step = Step(number, event.at, "block_corrected", figures=event.figures, reasons=after.reasons, roles=event.roles)
    return _put(record, after, step)


def _replaced(record: Record, event: Decision) -> Block | None:
    """The block decided upon, where the decision names the one that stands now; a stale one changes nothing."""
    block = _find(record, event.block)
    return block if block is not None and event.replaces == block.decision else None


def _after(block: Block, number: int, event: Decision) -> Block:
    return replace(block, number=number, at=event.at, decision=number, figures=event.figures, proposal=None)


def _proposed(record: Record, number: int, event: CorrectionProposed) -> Record:
    block = _find(record, event.block)
    if block is None or event.on != block.decision:
        return record
    proposal = Proposal(number, event.on, event.figures, event.reason, event.role, event.account, event.at)
    step = Step(
        number, event.at, "correction_proposed", figures=event.figures, reasons=(event.reason,), roles=(event.role,)
    )
    return _put(record, replace(block, number=number, at=event.at, proposal=proposal), step)


def _declined(record: Record, number: int, event: CorrectionDeclined) -> Record:
    block = _find(record, event.block)
    if block is None or block.proposal is None or block.proposal.number != event.proposal:
        return record
    step = Step(number, event.at, "correction_declined", reasons=(event.reason,), roles=(event.role,))
    return _put(record, replace(block, number=number, at=event.at, proposal=None), step)


def _find(record: Record, name: str) -> Block | None:
    return next((block for block in record.blocks if block.name == name), None)


def _put(record: Record, after: Block, step: Step | None) -> Record:
    blocks = tuple(after if block.name == after.name else block for block in record.blocks)
    line = () if step is None else (replace(step, block=after.name, state=after.state),)
    return replace(record, blocks=blocks, history=(*record.history, *line))


_CONSEQUENCES: dict[type[Event], Callable[[Record, int, Any], Record]] = {
    ScanReceived: _scan_received,
    PageRead: _page_read,
    ReadingSubmitted: _reading_submitted,
    BlockCounted: _judged,
    BlockHeld: _judged,
    BlockCorrected: _corrected,
    CorrectionProposed: _proposed,
    CorrectionDeclined: _declined,
}
