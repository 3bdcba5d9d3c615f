"""Measuring whole pages: photos of forms, beside a table of what stands on them.

The pages of a record are read, decoded together, and compared number by number. A number counts as read by its
block's joint decoding where all the block's pages are there, else by itself; both are reported. What the engine would
count by itself is `accepted`: the block's probability reaches the model's threshold, and its sums hold.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from election import acceptance as accepting
from ocr.evaluate import truth as truths
from ocr.evaluate.answers import (
    Answer,
    Report,
    acceptance,
    confused,
    error,
    group_error,
    reliability,
    risk_coverage,
    share,
)
from ocr.evaluate.columns import fields_of
from ocr.evaluate.compared import ALONE, Block, Number, Record
from ocr.evaluate.crops import LIKE_ZERO
from ocr.evaluate.fault import NothingKnown
from ocr.evaluate.finding import Finder, Read
from ocr.evaluate.truth import Truth
from ocr.reader import PageReader


def evaluate(
    folder: Path,
    threshold: float | None = None,
    contest: str | None = None,
    template: str | None = None,
    reader: PageReader | None = None,
) -> Report:
    """Errors of numbers, forms and blocks.

    Args:
        folder: images and `ground_truth.csv`.
        threshold: probability from which a block is accepted; without it the shipped model's own.
        contest: its key, where the table does not say.
        template: of the forms, where the table does not say.
        reader: what reads.

    Raises:
        TruthFault: nothing can be measured against what is there.
    """
    reader = reader or PageReader()
    table = truths.read(folder, contest, template)
    finder = Finder(reader, table)
    done = [finder.read(sheet) for sheet in table.sheets]
    limits = _limits(reader, threshold)
    records = [Record(some, table.columns, limits) for some in _records(done)]
    numbers = [number for record in records for number in record.numbers()]
    if not numbers:
        columns = ", ".join(table.columns[:12]) or "none"
        raise NothingKnown(file=truths.FILE, why=f"none of its columns names a field of the form ({columns})")
    return {
        "images": len(done),
        "records": len(records),
        **_boxes([pair for record in records for pair in record.boxes()]),
        **_numbers(numbers),
        "blocks": _blocks([block for record in records for block in record.blocks()]),
        "faults": _faults(done),
        "left_out": _left_out(done, records, table),
        "threshold": threshold if threshold is not None else dict(limits.thresholds),
        "model": reader.model_sha256,
    }


def _limits(reader: PageReader, threshold: float | None) -> accepting.Acceptance:
    if threshold is None:
        known = accepting.of(reader.model_sha256)
        return known or accepting.Acceptance(reader.model_sha256, 0.0, {})
    return accepting.Acceptance(reader.model_sha256, 0.0, dict.fromkeys(accepting.KINDS, threshold))


def _records(done: Sequence[Read]) -> Iterable[list[Read]]:
    records: dict[str, list[Read]] = {}
    for read in done:
        records.setdefault(read.sheet.record, []).append(read)
    return records.values()


def _boxes(pairs: Sequence[tuple[str, str]]) -> Report:
    """Of boxes on pages that were read: what each holds, and what was seen."""
    wrong = [(a, b) for a, b in pairs if a != b and not (a == "zero" and b in LIKE_ZERO)]
    return {
        "digit_error": share(sum(a != "zero" for a, _ in wrong), sum(a != "zero" for a, _ in pairs)),
        "box_error": share(len(wrong), len(pairs)),
        "confused": confused(wrong),
    }


def _numbers(numbers: Sequence[Number]) -> Report:
    """One that was not read, its page being refused, is wrong, and not accepted; it says nothing of calibration."""
    answers = [Answer(n.read == n.true, n.sure, n.accepted, n.record) for n in numbers]
    alone = [Answer(n.alone == n.true, n.sure_alone, n.sure_alone >= ALONE, n.record) for n in numbers]
    return {
        "number_error": error(answers),
        "number_unread": share(sum(not n.seen for n in numbers), len(numbers)),
        "number_error_alone": error(alone),
        "number_error_joint": error([answer for answer, n in zip(answers, numbers, strict=True) if n.decoded]),
        "form_error": group_error(answers),
        **acceptance(answers),
        "reliability": reliability([answer for answer, n in zip(answers, numbers, strict=True) if n.seen]),
        "risk_coverage": risk_coverage(answers),
        "differences": [_told(number) for number in numbers if number.read != number.true],
    }


def _blocks(blocks: Sequence[Block]) -> Report:
    """A block of which a page was refused is wrong, and not accepted; it says nothing of calibration or sums."""
    answers = [Answer(b.right, b.probability, b.accepted, b.record) for b in blocks]
    sure = [answer for answer, b in zip(answers, blocks, strict=True) if b.read and b.whole]
    broken = [block for block in blocks if block.read and not block.holds]
    return {
        "error": error(answers),
        "unread": share(sum(not block.read for block in blocks), len(blocks)),
        **acceptance(answers),
        "contradicting": len(broken),
        "contradicting_flagged": share(sum(not block.accepted for block in broken), len(broken)),
        "contradicting_repaired": sum(block.accepted for block in broken),
        "reliability": reliability(sure),
        "risk_coverage": risk_coverage(answers),
    }


def _faults(done: Sequence[Read]) -> dict[str, int]:
    faults = [read.fault for read in done if read.fault]
    return {fault: faults.count(fault) for fault in sorted(set(faults))}


def _told(number: Number) -> Report:
    return {
        "image": number.image, "field": number.field, "true": number.true, "read": number.read, "alone": number.alone,
        "probability": round(number.sure, 6), "accepted": number.accepted,
    }  # fmt: skip


def _left_out(done: Sequence[Read], records: Sequence[Record], table: Truth) -> dict[str, list[str]]:
    """What the table has and nothing was compared with."""
    cells = [cell for record in records for cell in record.unused(table.columns)]
    return {"images": list(table.missing), "columns": _strange(done, table), "cells": cells}


def _strange(done: Sequence[Read], table: Truth) -> list[str]:
    """Columns that name no field of any form that was read."""
    fields = [field.name for form in {id(read.form): read.form for read in done}.values() for field in form.fields]
    known = {column for name in table.columns for column in fields_of([name], fields)}
    return [name for name in table.columns if name not in known]
