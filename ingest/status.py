"""What became of what a TPS sent: received, read, counted, held and why, decided. Told to that TPS and who helps it.

A view of the journal, by the same fold that recapitulation and publication use. Figures of blocks that nobody has
decided on are not told: they are in the officer's own phone.
"""

from collections.abc import Iterator
from itertools import chain

from msgspec import Struct

from election import form as forms
from election import reasons
from election.block import BlockState
from election.codes import above
from election.contest import Contest
from election.event import Figures
from election.record import Block, Photo, Record, fold, layout
from election.rules import BETWEEN
from election.rules.telling import Told, tell
from identity.access import Action
from ingest.ask import Answer, Ask, json_answer
from ingest.door import Door
from ingest.sheet import Ground

Numbers = dict[str, int | None]

OTHER = "version.other"
TOLD = 3
"""Comparisons of one rule that are told one by one."""


class Why(Struct, frozen=True):
    """One reason for which a block is held, or was corrected."""

    code: str
    id: str
    en: str


class Item(Struct, frozen=True):
    """One photo or reading, by its number in the contest's journal: the one on its receipt."""

    contest: str
    number: int
    kind: str  # scan_received or reading_submitted
    page: int | None
    state: BlockState
    fault: str | None  # reason code where a photo could not be read
    why: Why | None  # the same in words
    at: str


class BlockStatus(Struct, frozen=True):
    """Where a block stands. `read` is the machine's reading where a decision has shown it."""

    contest: str
    block: str
    state: BlockState
    reasons: tuple[Why, ...]
    figures: Numbers | None
    read: Numbers | None
    number: int


class RecordStatus(Struct, frozen=True):
    """Which version a record is in, and whether its result is determined, so that only a new version can follow."""

    contest: str
    version: int
    ground: Ground | None
    determined: bool


class Status(Struct, frozen=True):
    """Everything known of a TPS."""

    tps: str
    items: tuple[Item, ...] = ()
    blocks: tuple[BlockStatus, ...] = ()
    records: tuple[RecordStatus, ...] = ()


async def get_status(door: Door, ask: Ask) -> Answer:
    """`GET /v1/tps/{kode}/status`: every contest that the TPS holds and has sent something of."""
    tps = ask.params["kode"]
    index = door.bundle.tree.tps_index(tps)
    await door.gate.admit(ask, Action.STATUS, tps)
    dpt = int(door.bundle.dpt_l[index]), int(door.bundle.dpt_p[index])
    found = []
    for key in (key for key in door.bundle.held if door.bundle.holds(key, index)):
        ballot = door.bundle.ballot(key, index)
        record = fold(await door.storage.journal(key).of_record(tps, above(tps)), layout(forms.of(ballot)))
        if record.tps:  # something was about this very record
            found.append((*of_contest(ballot, record, dpt), [_record(key, record)]))
    rows = (tuple(chain.from_iterable(column)) for column in zip(*found, strict=True))
    return json_answer(Status(tps, *rows), headers=(("Cache-Control", "no-store"),))


def _record(contest: str, record: Record) -> RecordStatus:
    ground = None if record.opened is None else Ground.of(record.opened)
    return RecordStatus(contest, record.version, ground, record.determined > 0)


def of_contest(contest: Contest, record: Record, dpt: tuple[int, int]) -> tuple[list[Item], list[BlockStatus]]:
    """Items and blocks of one record. `dpt` is the bundle's DPT of the TPS (men, women; -1 unknown)."""
    decided = {block.name: block.figures for block in record.blocks if block.figures}
    broken = tell(contest, decided, dpt) if decided else []
    blocks = [_block(contest, block, broken) for block in record.blocks]
    return sorted(_items(contest.key, record), key=lambda item: item.number), blocks


def _items(contest: str, record: Record) -> Iterator[Item]:
    speaking = record.pages
    for photo in record.photos:
        why = Why(photo.fault, *reasons.reason(photo.fault)) if photo.fault else None
        state = _photo_state(photo, speaking[photo.page])
        yield Item(contest, photo.number, "scan_received", photo.page, state, photo.fault, why, photo.at)
    yield from _of_other_versions(contest, record)
    latest = {found.number for block in record.blocks if (found := record.reading(block.name))}
    for reading in record.readings:
        state = BlockState.RECEIVED if reading.number in latest else BlockState.SUPERSEDED
        yield Item(contest, reading.number, "reading_submitted", None, state, None, None, reading.event.at)


def _of_other_versions(contest: str, record: Record) -> Iterator[Item]:
    """Evidence of versions that are over, or were not yet open when it came: it is kept, and counts for nothing."""
    own = {*(photo.number for photo in record.photos), *(reading.number for reading in record.readings)}
    why = Why(OTHER, *reasons.reason(OTHER))
    for step in record.history:
        if step.kind in ("scan_received", "reading_submitted") and step.number not in own:
            yield Item(contest, step.number, step.kind, step.page, BlockState.SUPERSEDED, None, why, step.at)


def _photo_state(photo: Photo, speaking: Photo) -> BlockState:
    """A photo is superseded by a later one that was read. One still to be read is that, whatever stands meanwhile."""
    if photo.fault is None and photo.number < speaking.number:
        return BlockState.SUPERSEDED
    return BlockState.RECEIVED if photo.read is None else BlockState.READ


def _block(contest: Contest, block: Block, broken: list[Told]) -> BlockStatus:
    fields = contest.blocks[block.name]
    whys = tuple(why for code in block.reasons for why in _whys(code, block.name, broken))
    figures, read = _named(fields, block.figures), _named(fields, block.read)
    return BlockStatus(contest.key, block.name, block.state, whys, figures, read, block.number)


def _whys(code: str, block: str, broken: list[Told]) -> list[Why]:
    """A reason in words: each comparison of the rule that does not hold; the rule's own where none or many do."""
    told = [Why(code, one.id, one.en) for one in broken if one.code == code and one.block in (block, BETWEEN)]
    return told if 0 < len(told) <= TOLD else [Why(code, *reasons.reason(code))]


def _named(fields: tuple[str, ...], figures: Figures | None) -> Numbers | None:
    return None if figures is None else dict(zip(fields, figures, strict=True))
