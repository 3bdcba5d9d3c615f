"""From a template and a ballot to the form that this ballot gives: repeats unrolled, origins and pitches multiplied.

Nothing here knows a contest; what is repeated, and how often, the template and the ballot say.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import ClassVar, NamedTuple

from election.contest import Candidate, Choice, Contest
from election.errors import Rejected
from election.form.model import Field, Form, Mark, Page, Tag, Tally, Text
from election.form.rect import Rect, square
from election.form.spec import Boxes, Grid, Marks, PageSpec, Tags, Template, TextSpec

DIGITS = 10
PLACES = 3
"""Boxes of a number: hundreds, tens, ones."""

MOST_PAGES = 99
"""Hundreds of a tag's id name the contest, the rest the page."""


class BallotNeeded(Rejected):
    """The template repeats pages or rows for a ballot, and none was given."""

    code: ClassVar[str] = "form.ballot_needed"
    advice: ClassVar[dict[str, str]] = {
        "id": "Formulir {form} mengikuti surat suara. Sebutkan pemilihan dengan pilihannya (form.of).",
        "en": "Form {form} follows the ballot. Name the contest with its choices (form.of).",
    }


class BrokenTemplate(Rejected):
    """A file that is no template."""

    code: ClassVar[str] = "form.broken"
    advice: ClassVar[dict[str, str]] = {
        "id": "Templat {form} tidak benar: {why}. Lihat docs/forms.md.",
        "en": "Template {form} is not right: {why}. See docs/forms.md.",
    }


class BallotMismatch(Rejected):
    """The ballot does not fit its form."""

    code: ClassVar[str] = "form.ballot_mismatch"
    advice: ClassVar[dict[str, str]] = {
        "id": "Surat suara {contest} tidak cocok dengan formulir {form}: {what}. Periksa daftar pilihan dan calonnya, "
        "atau templatnya.",
        "en": "The ballot of {contest} does not fit form {form}: {what}. Look at its list of choices and candidates, "
        "or at the template.",
    }


class _Row(NamedTuple):
    """One row of a grid: what fills its names, and where its boxes begin."""

    name: str
    y: float
    choice: Choice | None
    candidate: Candidate | None = None

    def fill(self, text: str, words: Mapping[str, str] | None = None) -> str:
        return text.format(choice=self.choice, candidate=self.candidate, words=words)


def repeats(template: Template) -> bool:
    """Whether the form depends on the ballot."""
    return any(page.choices or any(grid.over for grid in page.grids) for page in template.pages.values())


def expand(template: Template, contest: Contest | None = None) -> Form:
    """The form that a ballot gives; a template without repeats needs none.

    Raises:
        BallotNeeded: the template repeats, and there is no contest.
        BallotMismatch: there are more choices or candidates than the template has room for.
        BrokenTemplate: a name or text has a gap that nothing fills.
    """
    if contest is None and repeats(template):
        raise BallotNeeded(form=template.name)
    choices = contest.choices if contest else ()
    sheets = [(spec, some) for spec in template.pages.values() for some in _shared(spec, choices)]
    if len(sheets) > MOST_PAGES:
        raise _misfit(template, f"{len(sheets)} > {MOST_PAGES} pages")
    try:
        pages = tuple(_page(template, spec, some, number) for number, (spec, some) in enumerate(sheets, start=1))
    except (AttributeError, KeyError, IndexError) as error:
        raise BrokenTemplate(form=template.name, why=f"a gap that nothing fills ({error})") from error
    return Form(template.name, template.contest, template.model, template.page_size_mm, pages)


def _misfit(template: Template, what: str) -> BallotMismatch:
    return BallotMismatch(form=template.name, contest=template.contest, what=what)


def _shared(spec: PageSpec, choices: tuple[Choice, ...]) -> Iterator[tuple[Choice, ...]]:
    """The choices of each sheet that a page of the template becomes: itself once, where it is not repeated."""
    if spec.choices is None:
        yield choices
        return
    for start in range(0, len(choices), spec.choices):
        yield choices[start : start + spec.choices]


def _page(template: Template, spec: PageSpec, choices: tuple[Choice, ...], number: int) -> Page:
    rows = [(grid, row) for grid in spec.grids for row in _rows(template, grid, choices)]
    fields = [field for grid, row in rows for field in _fields(template.boxes[grid.boxes], grid, row)]
    whole = _Row("", 0.0, choices[0] if len(choices) == 1 else None)
    return Page(
        number=number,
        tags=_tags(template.tags, number),
        marks=_marks(spec.marks or template.marks),
        fields=tuple(sorted(fields, key=_order)),
        tallies=tuple(tally for grid, row in rows for tally in _tallies(grid, row)),
        place=spec.place,
        signatures=tuple(row.rect.split(row.cells) for row in spec.signatures),
        mask=tuple(row.rect for row in spec.signatures),
        texts=(
            *(_text(template, text, whole) for text in (*template.texts, *spec.texts)),
            *(_text(template, text, row) for grid, row in rows for text in grid.texts),
        ),
        frames=(*spec.frames, *(frame.below(row.y) for grid, row in rows for frame in grid.frames)),
    )


def _rows(template: Template, grid: Grid, choices: tuple[Choice, ...]) -> list[_Row]:
    alone = choices[0] if len(choices) == 1 else None
    if grid.over is None:
        return [_Row(name, y, alone) for name, y in grid.rows.items()]
    ((name, top),) = grid.rows.items()
    if grid.over == "choices":
        each: list[tuple[Choice | None, Candidate | None]] = [(choice, None) for choice in choices]
    else:
        each = [(alone, candidate) for candidate in (alone.candidates if alone else ())]
    if grid.most is not None and len(each) > grid.most:
        owner = f"{alone.name}: " if alone and grid.over == "candidates" else ""
        raise _misfit(template, f"{owner}{len(each)} {grid.over} > {grid.most}")
    return [_Row(name, top + k * grid.pitch, choice, candidate) for k, (choice, candidate) in enumerate(each)]


def _tags(tags: Tags | None, number: int) -> tuple[Tag, ...]:
    if tags is None:
        return ()
    return tuple(Tag(tags.family, tags.base + number, at.rect, at.turn) for at in tags.places)


def _marks(marks: Marks) -> tuple[Mark, ...]:
    steps = (0, 1) if marks.shape == "stepped" else (0,)
    side = marks.side
    return tuple(
        Mark(corner, marks.shape, tuple(square(x + k * side, y + k * side, side) for k in steps))
        for corner, (x, y) in marks.corners.items()
    )


def _order(field: Field) -> tuple[float, float]:
    return field.boxes[0].y0, field.boxes[0].x0


def _fields(boxes: Boxes, grid: Grid, row: _Row) -> Iterator[Field]:
    for ending, x in grid.columns.items():
        yield Field(
            name=row.fill(row.name) + ending,
            block=row.fill(grid.block),
            boxes=_boxes(boxes, x, row.y),
            bubbles=_bubbles(boxes, x, row.y),
            guide=boxes.guide,
            words=grid.words.below(row.y) if grid.words else None,
        )


# Rows of boxes lie in the same places on every page and every ballot, so their rectangles are made once and shared.
@lru_cache(maxsize=4096)
def _boxes(boxes: Boxes, x: float, y: float) -> tuple[Rect, ...]:
    width, height = boxes.side if isinstance(boxes.side, tuple) else (boxes.side, boxes.side)
    return tuple(square(x + k * boxes.pitch, y, width, height) for k in range(PLACES))


@lru_cache(maxsize=4096)
def _bubbles(boxes: Boxes, x: float, y: float) -> tuple[tuple[Rect, ...], ...]:
    spec = boxes.bubbles
    if spec is None:
        return ()
    left, top = x + spec.offset[0], y + spec.offset[1]
    return tuple(
        tuple(
            square(left + k * spec.place[0] + d * spec.digit[0], top + k * spec.place[1] + d * spec.digit[1], spec.side)
            for d in range(DIGITS)
        )
        for k in range(PLACES)
    )


def _tallies(grid: Grid, row: _Row) -> Iterator[Tally]:
    spec = grid.tally
    if spec is not None:
        name = row.fill(row.name)
        yield Tally(name, spec.cells.below(row.y), spec.sums.below(row.y), spec.rows, spec.columns)


def _text(template: Template, text: TextSpec, row: _Row) -> Text:
    x, y = text.at
    return Text(
        (x, round(y + row.y, 5)), row.fill(text.text, template.words), text.size, text.bold, text.align, text.width
    )
