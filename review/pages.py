"""What the workbench shows of one record, ready for its template. Nothing here decides."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from election import record as records
from election import words
from election.contest import Contest, Kind
from election.event import REASONS, ResultDetermined
from election.record import Block, BlockState, Earlier, Record
from election.rules import identities
from review import outlining, story
from review.subject import RecordAt, contests
from review.waiting import Because, because, state_words
from storage.journal import Entry

OPEN = frozenset({BlockState.HELD, BlockState.COUNTED, BlockState.VERIFIED, BlockState.FINAL, BlockState.WITHDRAWN})
"""States in which a person may propose other figures, unless the result is determined."""


class Row(Struct, frozen=True):
    """One number of a block: what officer and machine say, what counts, what is suggested."""

    field: str
    words: words.Words
    page: int
    officer: int | None
    machine: int | None
    counts: int | None
    proposed: int | None
    suggested: int | None

    @property
    def differs(self) -> bool:
        """Whether officer and machine do not say the same, or a proposal would change what stands."""
        changes = self.proposed is not None and self.proposed != self.counts
        return changes or (self.machine is not None and self.officer != self.machine)


def view(at: RecordAt, entries: Sequence[Entry], viewer: str) -> dict[str, Any]:
    """Everything the record page needs. `viewer` is the account that looks at it."""
    record = records.fold(entries, at.layout, at.tps)
    blocks = [_block(at, record, record.block(name), viewer) for name in at.contest.blocks]
    parties = at.contest.type.kind is Kind.PARTIES
    waits = [block for block in blocks if block["waits"]]
    return {
        "pages": _pages(at, record),
        "first_page": waits[0]["pages"][0] if waits else next(iter(record.pages), 0),
        "totals_page": record.block("suara").pages[0] if record.block("suara").pages else 0,
        "blocks": blocks,
        "worked": [*waits, *(one for one in blocks if not one["waits"])] if parties else blocks,
        "waits": len(waits),
        "parties": parties,
        "version": record.version,
        "opened": record.opened,
        "earlier": [_earlier(at, one) for one in reversed(record.earlier)],
        "closed": _closed(at, record, entries),
        "cases": sorted(record.cases, key=lambda case: -case.number),
        "history": story.lines(at, record, None),
        "others": _others(at),
    }


def _pages(at: RecordAt, record: Record) -> list[dict[str, Any]]:
    return [
        {
            "number": page,
            "url": f"/{at.key}/scan/{at.tps}/{page}",
            "outline": f"/{at.key}/{at.tps}/outline/{page}" if outlining.can(photo) else None,
        }
        for page, photo in record.pages.items()
    ]


def _block(at: RecordAt, record: Record, block: Block, viewer: str) -> dict[str, Any]:
    proposal = block.proposal
    return {
        "key": block.name,
        "words": words.block(at.contest, block.name),
        "pages": block.pages or (0,),
        "state": block.state.value,
        "state_words": state_words(block.state),
        "decision": block.decision,
        "decided": block.decided,
        "open": block.state in OPEN and not record.determined,
        "counts": block.counts and block.state in OPEN,
        "waits": block.state is BlockState.HELD or proposal is not None,
        "rows": _rows(at, record, block),
        "reasons": _because(at.contest, record, block),
        "sums": _sums(at.contest, block.name),
        "history": story.lines(at, record, block),
        "proposal": proposal
        and {
            "number": proposal.number,
            "reason": (REASONS[proposal.reason]["id"], REASONS[proposal.reason]["en"]),
            "mine": proposal.account == viewer,
        },
    }


def _rows(at: RecordAt, record: Record, block: Block) -> list[Row]:
    fields = at.contest.blocks[block.name]
    nothing: tuple[int | None, ...] = (None,) * len(fields)
    reading = record.reading(block.name)
    officer = (reading.event.figures[block.name] if reading else None) or nothing
    machine, counts = block.read or nothing, block.figures or nothing
    proposed = block.proposal.figures if block.proposal else nothing
    page_of = {field.name: page.number for page in at.form.pages for field in page.fields}
    columns = zip(fields, officer, machine, counts, proposed, strict=True)
    return [_row(at.contest, page_of, block.counts, *column) for column in columns]


def _row(
    contest: Contest,
    page_of: dict[str, int],
    settled: bool,
    field: str,
    officer: int | None,
    machine: int | None,
    counts: int | None,
    proposed: int | None,
) -> Row:
    suggested = counts if settled or machine is None else machine
    words_of = words.field(contest, field)
    return Row(field, words_of, page_of.get(field, 0), officer, machine, counts, proposed, suggested)


def _sums(contest: Contest, block: str) -> list[list[Any]]:
    """The block's own equalities for the page's script: words and signed terms that must come to nought."""
    return [
        [sum_words(contest, dict(identity.terms)), identity.terms]
        for identity in identities(contest)
        if identity.block == block
    ]


def sum_words(contest: Contest, terms: dict[str, int]) -> str:
    """An identity as a person reads it: the one that is summed = its parts; of many parts their number."""
    sides = [[words.field(contest, name)[0] for name, c in terms.items() if (c > 0) is left] for left in (True, False)]
    whole, parts = sorted(sides, key=len)
    said = " + ".join(parts) if len(parts) <= 4 else f"jumlah {len(parts)} angka di atas"
    return f"{' + '.join(whole)} = {said}"


def _because(contest: Contest, record: Record, block: Block) -> list[Because]:
    """Why the block is as it is. Rules between blocks need the other block's figures too.

    Before there is a decision, what its photos suffer from is all there is to say.
    """
    if not block.decided:
        photos = [record.page(page) for page in block.pages]
        faults = dict.fromkeys(photo.fault for photo in photos if photo is not None and photo.fault is not None)
        return because(contest, faults, {}, {})
    figures = {other.name: other.figures for other in record.blocks if other.figures is not None}
    read = {block.name: block.read} if block.read is not None else {}
    return because(contest, (*block.reasons, *block.warnings), figures, read)


def _earlier(at: RecordAt, version: Earlier) -> dict[str, Any]:
    """A version that no longer counts, with the figures that it had."""
    return {
        "version": version.version,
        "opened": version.opened,
        "photos": len(version.photos),
        "blocks": [
            {
                "words": words.block(at.contest, block.name),
                "stood": state_words(block.stood or block.state),
                "rows": list(zip(at.contest.blocks[block.name], block.figures, strict=True)) if block.figures else [],
            }
            for block in version.blocks
        ],
        "field": lambda field: words.field(at.contest, field),
    }


def _closed(at: RecordAt, record: Record, entries: Sequence[Entry]) -> dict[str, Any] | None:
    """The determination that closes this version of the record."""
    event = next((entry.event for entry in entries if entry.number == record.determined), None)
    if not isinstance(event, ResultDetermined):
        return None
    names = dict(at.path)
    return {"number": event.number, "date": event.date, "kode": event.tps, "area": names[event.tps], "sk": event.sk}


def _others(at: RecordAt) -> list[tuple[str, words.Words]]:
    """The other contests of this TPS."""
    held = [key for key in contests(at.bundle) if key != at.key and at.bundle.holds(key, at.row)]
    return [(key, words.contest(key)) for key in held]
