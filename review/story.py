"""A record's history as lines that a person reads: when, what, why, which role. What happened: `election.record`."""

from typing import Any

from election import reasons, words
from election.record import Block, Record, Step
from review.stamps import when
from review.subject import RecordAt

STEPS: dict[str, words.Words] = {
    "scan_received": ("Foto halaman {page} diterima", "Photo of page {page} received"),
    "page_read": ("Foto halaman {page} dibaca mesin", "Photo of page {page} read by machine"),
    "reading_submitted": ("Angka petugas diterima", "Officer's figures received"),
    "block_counted": ("Dihitung: petugas dan mesin sama", "Counted: officer and machine agree"),
    "block_held": ("Ditahan untuk diperiksa orang", "Held for people to look at"),
    "correction_proposed": ("Koreksi diusulkan", "Correction proposed"),
    "correction_declined": ("Usulan tidak disetujui", "Proposal declined"),
    "block_corrected": ("Koreksi disetujui dua orang", "Correction agreed by two people"),
    "block_withdrawn": ("Ditarik oleh dua orang", "Withdrawn by two people"),
    "version_opened": ("Versi {version} dibuka", "Version {version} opened"),
    "area_confirmed": ("Final: D.Hasil {area} sama dengan jumlah kita", "Final: D.Hasil of {area} equals our sums"),
    "result_determined": ("Hasil {area} ditetapkan", "Result of {area} determined"),
    "dispute_opened": ("Sengketa dicatat", "Dispute recorded"),
    "dispute_moved": ("Sengketa berubah status", "Dispute has a new status"),
}
"""Kind of event → what it did. A kind without words is shown as the kind."""

SAYS_WHY = frozenset({"page_read", "version_opened", "block_withdrawn", "dispute_opened", "dispute_moved"})
"""Kinds whose reasons stand in the line itself; those of decisions stand beside the block."""


def lines(at: RecordAt, record: Record, block: Block | None) -> list[dict[str, Any]]:
    """The steps that concern a block, or with None those that concern the record as a whole."""
    names = dict(at.path)
    return [_line(step, names) for step in record.history if _concerns(step, record, block)]


def _concerns(step: Step, record: Record, block: Block | None) -> bool:
    whole = step.block is None and step.page is None and step.kind != "reading_submitted"
    if block is None:
        return whole
    if step.version != record.version or whole:
        return False
    if step.block is not None:
        return step.block == block.name
    return step.page is None or step.page in block.pages


def _line(step: Step, names: dict[str, str]) -> dict[str, Any]:
    area = names.get(step.area or "", step.area)
    texts = STEPS.get(step.kind, (step.kind, step.kind))
    said = [text.format(page=step.page, version=step.version, area=area) for text in texts]
    if step.kind in SAYS_WHY:
        why = [reasons.reason(code) for code in step.reasons]
        said = [": ".join([part, *([", ".join(one[n] for one in why)] if why else [])]) for n, part in enumerate(said)]
    by = [reasons.role(role) for role in step.roles]
    return {"number": step.number, "at": when(step.at), "words": said, "by": by}
