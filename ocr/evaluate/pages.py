"""Measuring whole pages: photos of forms, beside a table of what stands on them.

The pages of a record are read, decoded together, and compared number by number. A number counts as read by its
block's joint decoding where all the block's pages are there, else by itself; both are reported. What the engine would
count by itself is `accepted`: the block's probability reaches the model's threshold, and its sums hold.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import Struct

from election import acceptance as accepting
from election import form as forms
from election.decode import BlockReading, decode
from election.decode.number import best, likelihood
from election.form import Form
from election.scores import CLASSES, FieldScores, PageScores
from election.scores import decode as scores_of
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
from ocr.evaluate.ballots import ballot, contest_of, templates
from ocr.evaluate.columns import fields_of, figure, parties_of
from ocr.evaluate.crops import LIKE_ZERO
from ocr.evaluate.fault import NothingKnown, UnknownTemplate
from ocr.evaluate.truth import Sheet, Truth
from ocr.evaluate.verdict import accepted, adding_up
from ocr.reader import PageReader

ALONE: Final = 0.999
"""From this probability on a number counts as accepted where its block cannot be decoded, having no sums to check."""

OTHER_PAGE: Final = "E403"


class Number(Struct, frozen=True):
    """One number of the truth, and what was read of it."""

    field: str
    image: str
    true: int
    alone: int | None
    joint: int | None
    sure: float  # of what counts: joint where there is a joint reading
    sure_alone: float
    decoded: bool
    accepted: bool
    record: str

    @property
    def read(self) -> int | None:
        """What counts."""
        return self.joint if self.decoded else self.alone


class Block(Struct, frozen=True):
    """One decoded block beside the truth, on the fields of it that are known."""

    name: str
    record: str
    right: bool
    whole: bool  # the truth has all its fields
    holds: bool  # the truth keeps the block's sums; True where it is not whole
    consistent: bool  # the reading does
    probability: float
    accepted: bool


class Read(NamedTuple):
    """A sheet after reading: the form that fits, and its scores."""

    sheet: Sheet
    form: Form
    page: int | None
    fault: str | None
    quality: int
    scores: PageScores | None


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
    finder = _Finder(reader, table)
    done = [finder.read(sheet) for sheet in table.sheets]
    numbers: list[Number] = []
    blocks: list[Block] = []
    boxes: list[tuple[str, str]] = []
    for record in _records(done):
        found = _Record(record, table.columns, _limits(reader, threshold))
        numbers += found.numbers()
        blocks += found.blocks()
        boxes += found.boxes()
    if not numbers:
        columns = ", ".join(table.columns[:12]) or "none"
        raise NothingKnown(file=truths.FILE, why=f"none of its columns names a field of the form ({columns})")
    return _report(done, numbers, blocks, boxes, table) | {
        "threshold": threshold if threshold is not None else dict(_limits(reader, None).thresholds),
        "model": reader.model_sha256,
    }


def _limits(reader: PageReader, threshold: float | None) -> accepting.Acceptance:
    if threshold is None:
        known = accepting.of(reader.model_sha256)
        return known or accepting.Acceptance(reader.model_sha256, 0.0, {})
    return accepting.Acceptance(reader.model_sha256, 0.0, dict.fromkeys(accepting.KINDS, threshold))


class _Finder:
    """Reads sheets by the first template that fits; the one that fitted the last sheet of its kind is tried first."""

    def __init__(self, reader: PageReader, table: Truth) -> None:
        self._reader, self._table = reader, table
        self._fitted: dict[tuple[str, str], str] = {}

    def read(self, sheet: Sheet) -> Read:
        """The sheet by the template that fits; with the likeliest one's fault where none does."""
        kind = sheet.contest, sheet.template
        names = sorted(templates(*kind), key=lambda name: name != self._fitted.get(kind))
        if not names:
            contest, template = (word or "?" for word in kind)
            raise UnknownTemplate(row=sheet.row, contest=contest, template=template, known=", ".join(forms.names()))
        data, tried = sheet.image.read_bytes(), []
        for name in names:
            tried.append(self._tried(data, sheet, self._form(name)))
            if tried[-1].scores is not None:
                self._fitted[kind] = name
                return tried[-1]
        return tried[0]

    def _form(self, template: str) -> Form:
        """For a ballot as long as the table's columns tell."""
        columns = self._table.columns
        parties = parties_of(columns)
        names = fields_of(columns, [f"{word}_{n}" for word in ("paslon", "calon") for n in range(1, 100)])
        most = max((int(name.rpartition("_")[2]) for name in names.values()), default=0)
        return forms.load(
            template, ballot(forms.SHELF.template(template).contest, template, most or PAIRS, parties or most)
        )

    def _tried(self, data: bytes, sheet: Sheet, form: Form) -> Read:
        found = self._reader.read(data, form, sheet.page)
        fault = found.fault or (OTHER_PAGE if sheet.page not in (None, found.page) else None)
        scores = scores_of(found.scores) if found.scores else None
        return Read(sheet, form, found.page, fault, found.quality, scores)


PAIRS: Final = 3
"""Choices of a ballot of which the table says nothing."""


def _records(done: Sequence[Read]) -> Iterable[list[Read]]:
    records: dict[str, list[Read]] = {}
    for read in done:
        records.setdefault(read.sheet.record, []).append(read)
    return records.values()


class _Record:
    """The pages of one record, decoded, beside what is known of them."""

    def __init__(self, pages: Sequence[Read], columns: Sequence[str], limits: accepting.Acceptance) -> None:
        self._name = pages[0].sheet.record
        self._form = next((page.form for page in pages if page.scores is not None), pages[0].form)
        self._contest = contest_of(self._form)
        seen = [page.scores for page in pages if page.scores is not None and page.form is self._form]
        self._fields: dict[str, FieldScores] = {name: field for page in seen for name, field in page.fields.items()}
        self._readings = decode(self._contest, seen)
        self._true = self._known(pages, columns)
        self._accepted = accepted(self._contest, self._readings, limits)

    def _known(self, pages: Sequence[Read], columns: Sequence[str]) -> dict[str, tuple[int, str]]:
        """Field → what it is, and by which image the table says so."""
        known: dict[str, tuple[int, str]] = {}
        for page in pages:
            here = [field.name for field in self._form.fields]
            if page.page is not None and page.sheet.page is not None:
                here = [field.name for field in self._form.page(page.page).fields]
            for column, field in fields_of([c for c in columns if c in page.sheet.cells], here).items():
                value = figure(page.sheet.cells[column])
                if value is not None:
                    known.setdefault(field, (value, page.sheet.image.name))
        return known

    def numbers(self) -> list[Number]:
        """Every number of the truth."""
        joint = {name: (block, reading) for block, reading in self._readings.items() for name in self._names(block)}
        return [self._number(field, *known, joint.get(field)) for field, known in self._true.items()]

    def _number(self, field: str, true: int, image: str, joint: tuple[str, BlockReading] | None) -> Number:
        scores = self._fields.get(field)
        chance = None if scores is None else likelihood(scores)
        alone = None if chance is None else best(chance)
        sure_alone = 0.0 if chance is None else float(chance.max() / chance.sum())
        decoded, sure, taken = None, sure_alone, sure_alone >= ALONE
        if joint is not None:
            block, reading = joint
            at = self._names(block).index(field)
            decoded = reading.figures[at]
            sure = reading.marginals[at] if reading.marginals else reading.probability
            taken = block in self._accepted
        return Number(
            field, image, true, alone, decoded, sure, sure_alone, joint is not None, taken, self._name
        )  # fmt: skip

    def _names(self, block: str) -> tuple[str, ...]:
        return self._contest.blocks[block]

    def blocks(self) -> list[Block]:
        """Every decoded block of which anything is known."""
        return [self._block(block, reading) for block, reading in self._readings.items() if self._of(block)]

    def _of(self, block: str) -> dict[str, int]:
        return {name: self._true[name][0] for name in self._names(block) if name in self._true}

    def _whole(self) -> dict[str, list[int]]:
        """The blocks of which the truth has every field."""
        blocks = self._contest.blocks.items()
        return {
            block: [self._true[name][0] for name in names]
            for block, names in blocks
            if all(name in self._true for name in names)
        }

    def _block(self, block: str, reading: BlockReading) -> Block:
        known, names = self._of(block), self._names(block)
        whole = len(known) == len(names)
        right = all(dict(zip(names, reading.figures, strict=True))[name] == value for name, value in known.items())
        holds = not whole or block in adding_up(self._contest, self._whole())
        return Block(
            block, self._name, right, whole, holds, reading.consistent, reading.probability,
            block in self._accepted,
        )  # fmt: skip

    def boxes(self) -> list[tuple[str, str]]:
        """What each box of the known numbers holds, and what was seen; padding before a number is `zero`."""
        pairs = []
        for field, (true, _) in self._true.items():
            if field in self._fields and true < 10**BOXES:
                seen = [CLASSES[i] for i in self._fields[field].box_scores.argmax(axis=1)]
                digits = str(true).rjust(len(seen), " ") if true else " " * len(seen)
                pairs += [("zero" if a == " " else a, b) for a, b in zip(digits, seen, strict=True)]
        return pairs


BOXES: Final = 3


def _report(
    done: Sequence[Read],
    numbers: Sequence[Number],
    blocks: Sequence[Block],
    boxes: Sequence[tuple[str, str]],
    table: Truth,
) -> Report:
    answers = [Answer(n.read == n.true, n.sure, n.accepted, n.record) for n in numbers]
    alone = [Answer(n.alone == n.true, n.sure_alone, n.sure_alone >= ALONE, n.record) for n in numbers]
    joint = [answer for answer, number in zip(answers, numbers, strict=True) if number.decoded]
    wrong = [(a, b) for a, b in boxes if a != b and not (a == "zero" and b in LIKE_ZERO)]
    digits = sum(a != "zero" for a, _ in boxes)
    return {
        "images": len(done),
        "records": len({read.sheet.record for read in done}),
        "digit_error": share(sum(a != "zero" for a, _ in wrong), digits),
        "box_error": share(len(wrong), len(boxes)),
        "number_error": error(answers),
        "number_error_alone": error(alone),
        "number_error_joint": error(joint),
        "form_error": group_error(answers),
        **acceptance(answers),
        "blocks": _blocks(blocks),
        "faults": _faults(done),
        "confused": confused(wrong),
        "reliability": reliability(answers),
        "risk_coverage": risk_coverage(answers),
        "differences": [_told(number) for number in numbers if number.read != number.true],
        "left_out": {"images": list(table.missing), "columns": _strange(done, table)},
    }


def _blocks(blocks: Sequence[Block]) -> Report:
    whole = [block for block in blocks if block.whole]
    answers = [Answer(b.right, b.probability, b.accepted, b.record) for b in blocks]
    broken = [block for block in whole if not block.holds]
    return {
        "error": error(answers),
        **acceptance(answers),
        "contradicting": len(broken),
        "contradicting_flagged": share(sum(not block.accepted for block in broken), len(broken)),
        "contradicting_repaired": sum(block.accepted for block in broken),
        "reliability": reliability([Answer(b.right, b.probability, b.accepted, b.record) for b in whole]),
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


def _strange(done: Sequence[Read], table: Truth) -> list[str]:
    """Columns that name no field of any form that was read."""
    fields = [field.name for form in {id(read.form): read.form for read in done}.values() for field in form.fields]
    known = {column for name in table.columns for column in fields_of([name], fields)}
    return [name for name in table.columns if name not in known]
