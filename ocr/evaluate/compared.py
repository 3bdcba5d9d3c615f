"""The pages of one record, decoded together, beside what the table says of them: number by number, block by block."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from election.acceptance import Acceptance
from election.decode import BlockReading, decode
from election.decode.number import best, likelihood
from election.scores import CLASSES, FieldScores
from ocr.evaluate.ballots import contest_of
from ocr.evaluate.columns import fields_of, figure
from ocr.evaluate.finding import Read
from ocr.evaluate.verdict import accepted, adding_up

ALONE: Final = 0.999
"""From this probability on a number counts as accepted where its block cannot be decoded, having no sums to check."""


class Number(Struct, frozen=True):
    """One number of the truth, and what was read of it."""

    field: str
    image: str
    true: int
    alone: int | None
    joint: int | None
    sure: float  # of what counts: joint where there is a joint reading
    sure_alone: float
    seen: bool  # its page was read
    decoded: bool
    accepted: bool
    record: str

    @property
    def read(self) -> int | None:
        """What counts."""
        return self.joint if self.decoded else self.alone


class Block(Struct, frozen=True):
    """One block beside its reading, on the fields of it that are known."""

    record: str
    right: bool
    read: bool  # all its pages were; one that was not is neither right nor accepted
    whole: bool  # the truth has all its fields
    holds: bool  # the truth keeps the block's sums; True where it is not whole
    probability: float
    accepted: bool


class Record:
    """The pages of one record, decoded, beside what is known of them."""

    def __init__(self, pages: Sequence[Read], columns: Sequence[str], limits: Acceptance) -> None:
        self._pages, self._name = pages, pages[0].sheet.record
        self._form = next((page.form for page in pages if page.scores is not None), pages[0].form)
        self._contest = contest_of(self._form)
        seen = [page.scores for page in pages if page.scores is not None and page.form.name == self._form.name]
        self._fields: dict[str, FieldScores] = {name: field for page in seen for name, field in page.fields.items()}
        self._readings = decode(self._contest, seen)
        self._true = self._known(pages, columns)
        self._accepted = accepted(self._contest, self._readings, limits)

    def _known(self, pages: Sequence[Read], columns: Sequence[str]) -> dict[str, tuple[int, str]]:
        """Field → what it is, and by which image the table says so."""
        known: dict[str, tuple[int, str]] = {}
        for page in pages:
            for column, field in fields_of([c for c in columns if c in page.sheet.cells], self._here(page)).items():
                value = figure(page.sheet.cells[column])
                if value is not None:
                    known.setdefault(field, (value, page.sheet.image.name))
        return known

    def _here(self, page: Read) -> list[str]:
        """Fields that the table may mean: those of the page, where it was found to be the one that the table says."""
        agreed = page.page is not None and page.page == page.sheet.page and page.form.name == self._form.name
        return [field.name for field in (self._form.page(page.page or 0) if agreed else self._form).fields]

    def unused(self, columns: Sequence[str]) -> list[str]:
        """Cells of the table that name a field and that nothing was compared with: no figures, or of another page."""
        fields = [field.name for field in self._form.fields]
        return [
            f"{page.sheet.image.name} {column}: {page.sheet.cells[column]}"
            for page in self._pages
            for column, field in fields_of([c for c in columns if c in page.sheet.cells], fields).items()
            if field not in self._true
        ]

    def numbers(self) -> list[Number]:
        """Every number of the truth."""
        readings = self._readings.items()
        joint = {name: (block, read) for block, read in readings for name in (*self._names(block), *read.beyond)}
        return [self._number(field, *known, joint.get(field)) for field, known in self._true.items()]

    def _number(self, field: str, true: int, image: str, joint: tuple[str, BlockReading] | None) -> Number:
        scores = self._fields.get(field)
        chance = None if scores is None else likelihood(scores)
        alone = None if chance is None else best(chance)
        sure_alone = 0.0 if chance is None else float(chance.max() / chance.sum())
        decoded, sure, taken = None, sure_alone, sure_alone >= ALONE
        if joint is not None:
            block, reading = joint
            if field in reading.beyond:
                decoded, sure = reading.beyond[field]
            else:
                at = self._names(block).index(field)
                decoded = reading.figures[at]
                sure = reading.marginals[at] if reading.marginals else reading.probability
            taken = block in self._accepted
        return Number(
            field=field, image=image, true=true, alone=alone, joint=decoded, sure=sure, sure_alone=sure_alone,
            seen=scores is not None, decoded=joint is not None, accepted=taken, record=self._name,
        )  # fmt: skip

    def _names(self, block: str) -> tuple[str, ...]:
        return self._contest.blocks[block]

    def blocks(self) -> list[Block]:
        """Every block that was decoded and of which anything is known, or of which everything is known."""
        whole = self._whole()
        known = [block for block in self._contest.blocks if block in whole or self._of(block)]
        return [self._block(b, self._readings.get(b)) for b in known if b in whole or b in self._readings]

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

    def _block(self, block: str, reading: BlockReading | None) -> Block:
        known, names = self._of(block), self._names(block)
        seen = {} if reading is None else dict(zip(names, reading.figures, strict=True))
        whole = len(known) == len(names)
        return Block(
            record=self._name,
            right=all(seen.get(name) == value for name, value in known.items()),
            read=reading is not None,
            whole=whole,
            holds=not whole or block in adding_up(self._contest, self._whole()),
            probability=0.0 if reading is None else reading.probability,
            accepted=block in self._accepted,
        )

    def boxes(self) -> list[tuple[str, str]]:
        """What each box of the known numbers holds, and what was seen; padding before a number is `zero`."""
        pairs = []
        for field, (true, _) in self._true.items():
            scores = self._fields.get(field)
            seen = [] if scores is None else [CLASSES[i] for i in scores.box_scores.argmax(axis=1)]
            if len(str(true)) <= len(seen):
                digits = str(true).rjust(len(seen), " ") if true else " " * len(seen)
                pairs += [("zero" if a == " " else a, b) for a, b in zip(digits, seen, strict=True)]
        return pairs
