"""What the workbench shows of one record, ready for its templates. Nothing here decides."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from election import reasons, words
from election.bundle import Bundle
from election.clock import WIB
from election.contest import Contest
from election.event import REASONS
from election.form import Form
from election.record import Block, BlockState, Record, Step
from election.rules import identities
from review.waiting import Because, because, place, state_words, tps_name

OPEN = frozenset({BlockState.HELD, BlockState.COUNTED, BlockState.VERIFIED})
"""States in which a person may propose other figures."""

STEPS: dict[str, words.Words] = {
    "scan_received": ("Foto halaman {page} diterima", "Photo of page {page} received"),
    "page_read": ("Foto halaman {page} dibaca mesin", "Photo of page {page} read by machine"),
    "reading_submitted": ("Angka petugas diterima", "Officer's figures received"),
    "block_counted": ("Dihitung: petugas dan mesin sama", "Counted: officer and machine agree"),
    "block_held": ("Ditahan untuk diperiksa orang", "Held for people to look at"),
    "correction_proposed": ("Koreksi diusulkan", "Correction proposed"),
    "correction_declined": ("Usulan tidak disetujui", "Proposal declined"),
    "block_corrected": ("Koreksi disetujui dua orang", "Correction agreed by two people"),
}


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


def view(bundle: Bundle, contest: Contest, form: Form, record: Record, viewer: str) -> dict[str, Any]:
    """Everything the record page needs. `viewer` is the account that looks at it."""
    waits = [block for block in record.blocks if block.state is BlockState.HELD or block.proposal is not None]
    return {
        "tps": record.tps,
        "name": tps_name(bundle, record.tps),
        "place": place(bundle, record.tps),
        "pages": [{"number": page, "url": f"/{contest.key}/scan/{record.tps}/{page}"} for page in record.pages],
        "first_page": waits[0].pages[0] if waits else next(iter(record.pages), 0),
        "blocks": [_block(contest, form, record, record.block(name), viewer) for name in contest.blocks],
    }


def _block(contest: Contest, form: Form, record: Record, block: Block, viewer: str) -> dict[str, Any]:
    proposal = block.proposal
    return {
        "key": block.name,
        "words": words.BLOCKS[block.name],
        "state": block.state.value,
        "state_words": state_words(block.state),
        "decision": block.decision,
        "open": block.state in OPEN,
        "counts": block.counts and block.state in OPEN,
        "waits": block.state is BlockState.HELD or block.proposal is not None,
        "rows": _rows(contest, form, record, block),
        "reasons": _because(contest, record, block),
        "sums": _sums(contest, block.name),
        "history": [_step(step) for step in record.history if _concerns(step, block)],
        "proposal": proposal
        and {
            "number": proposal.number,
            "reason": (REASONS[proposal.reason]["id"], REASONS[proposal.reason]["en"]),
            "mine": proposal.account == viewer,
        },
    }


def _rows(contest: Contest, form: Form, record: Record, block: Block) -> list[Row]:
    fields = contest.blocks[block.name]
    nothing: tuple[int | None, ...] = (None,) * len(fields)
    reading = record.reading(block.name)
    officer = (reading.event.figures[block.name] if reading else None) or nothing
    machine, counts = block.read or nothing, block.figures or nothing
    proposed = block.proposal.figures if block.proposal else nothing
    page_of = {field.name: page.number for page in form.pages for field in page.fields}
    columns = zip(fields, officer, machine, counts, proposed, strict=True)
    return [_row(contest, page_of, block.counts, *column) for column in columns]


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
        [_sum_words(contest, dict(identity.terms)), identity.terms]
        for identity in identities(contest)
        if identity.block == block
    ]


def _sum_words(contest: Contest, terms: dict[str, int]) -> str:
    """An identity as a person reads it: the one that is summed = its parts."""
    sides = [[words.field(contest, name)[0] for name, c in terms.items() if (c > 0) is left] for left in (True, False)]
    whole, parts = sorted(sides, key=len)
    return f"{' + '.join(whole)} = {' + '.join(parts)}"


def _because(contest: Contest, record: Record, block: Block) -> list[Because]:
    """Why the block is as it is. Rules between blocks need the other block's figures too.

    Before there is a decision, what its photos suffer from is all there is to say.
    """
    if not block.decision:
        photos = [record.page(page) for page in block.pages]
        faults = dict.fromkeys(photo.fault for photo in photos if photo is not None and photo.fault is not None)
        return because(contest, faults, {}, {})
    figures = {other.name: other.figures for other in record.blocks if other.figures is not None}
    read = {block.name: block.read} if block.read is not None else {}
    return because(contest, (*block.reasons, *block.warnings), figures, read)


def _concerns(step: Step, block: Block) -> bool:
    if step.block is not None:
        return step.block == block.name
    return step.page is None or step.page in block.pages


def _step(step: Step) -> dict[str, Any]:
    text = STEPS.get(step.kind, (step.kind, step.kind))
    said = tuple(part.format(page=step.page) for part in text)
    if step.kind == "page_read":
        faults = [reasons.reason(code) for code in step.reasons]
        said = tuple(": ".join([part, *(fault[n] for fault in faults)]) for n, part in enumerate(said))
    at = datetime.fromisoformat(step.at).astimezone(WIB)
    return {"number": step.number, "at": f"{at:%d-%m-%Y %H.%M.%S} WIB", "words": said}
