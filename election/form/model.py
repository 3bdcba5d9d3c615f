"""A form as everyone uses it: sheets with their marks, and where each number of the record is written.

How a template says this in a file is for `spec`; how one becomes the other for `expansion`.
"""

from collections.abc import Callable
from typing import ClassVar, Literal

from msgspec import Struct

from election.errors import Rejected
from election.form.rect import Rect

Corner = Literal["top left", "top right", "bottom left", "bottom right"]


RIM = 12.0
"""mm around a page that its public picture shows too: the table it lies on, so that a cut corner can be seen."""


class NotOnForm(Rejected):
    """A field, page or tag that the form does not have."""

    code: ClassVar[str] = "form.not_on_form"
    advice: ClassVar[dict[str, str]] = {
        "id": "Formulir {form} tidak memuat {what}.",
        "en": "Form {form} has no {what}.",
    }


class Tag(Struct, frozen=True):
    """A square code that says which page this is. A page may print the same one twice."""

    family: str  # "36h10"
    id: int
    rect: Rect  # the outer edge of its black border
    turn: int = 0  # quarter turns clockwise of the printed tag against its upright in OpenCV's dictionary

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """Its four corners in mm, in the order in which OpenCV's detector reports them."""
        x0, y0, x1, y1 = self.rect
        upright = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
        return upright[self.turn :] + upright[: self.turn]


class Mark(Struct, frozen=True):
    """A black figure in a corner of the page, by which the page is placed."""

    corner: Corner
    shape: Literal["stepped", "square"]
    squares: tuple[Rect, ...]  # two that touch diagonally where stepped, else one

    @property
    def at(self) -> tuple[float, float]:
        """The point that a photo is measured by, mm: where the two squares touch, or the centre of the one."""
        upper, lower = self.squares[0], self.squares[-1]
        if self.shape == "square":
            return upper.centre
        return min(upper.x1, lower.x1), min(upper.y1, lower.y1)


class Field(Struct, frozen=True, cache_hash=True):
    """Where one number of the record is written."""

    name: str
    block: str
    boxes: tuple[Rect, ...]  # hundreds, tens, ones
    bubbles: tuple[tuple[Rect, ...], ...] = ()  # a line a box, 0..9; () where the form has none
    guide: bool = False  # the boxes carry a dotted seven-segment guide
    words: Rect | None = None  # where the number is written in words


class Tally(Struct, frozen=True):
    """The strokes counted while ballots are read out: five a cell, and the sum of each row."""

    field: str
    cells: Rect
    sums: Rect
    rows: int = 5
    columns: int = 12
    strokes: int = 5

    @property
    def sum_boxes(self) -> tuple[tuple[Rect, Rect], ...]:
        """The two boxes in which the sum of each row is written: tens, ones."""
        boxes = self.sums.split(2, self.rows)
        return tuple(zip(boxes[::2], boxes[1::2], strict=True))

    @property
    def capacity(self) -> int:
        """The most that its strokes can count."""
        return self.rows * self.columns * self.strokes


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the head of a page names the areas and the number of its TPS."""

    provinsi: Rect
    kabupaten: Rect
    kecamatan: Rect
    kelurahan: Rect
    tps: Rect


class Text(Struct, frozen=True):
    """A printed line. `at` is its baseline's left end, middle or right end (mm), as `align` says."""

    at: tuple[float, float]
    text: str
    size: float = 5.0  # height of the type, mm
    bold: bool = False
    align: Literal["left", "centre", "right"] = "left"
    width: float | None = None  # mm that it may take; longer text is set smaller


class Page(Struct, frozen=True, cache_hash=True):
    """One sheet of a form.

    `texts` and `frames` are what a template prints besides marks, boxes, bubbles and tallies; empty where the drawing
    of that form stands in `paper`.
    """

    number: int
    tags: tuple[Tag, ...]  # the same id each; () on a form without
    marks: tuple[Mark, ...]
    fields: tuple[Field, ...]  # in the order of the paper
    tallies: tuple[Tally, ...]
    place: Place
    signatures: tuple[tuple[Rect, ...], ...]  # a row of cells each: KPPS, witnesses
    mask: tuple[Rect, ...]  # names and signatures: what no public picture shows
    texts: tuple[Text, ...] = ()
    frames: tuple[Rect, ...] = ()

    @property
    def tag_id(self) -> int | None:
        """The id that its tags carry; None where it has none."""
        return self.tags[0].id if self.tags else None

    def mark(self, corner: str) -> Mark:
        """The mark in a corner. Raises NotOnForm."""
        for mark in self.marks:
            if mark.corner == corner:
                return mark
        raise NotOnForm(form=f"page {self.number}", what=corner)

    def field(self, name: str) -> Field:
        """The field of that name.

        Raises:
            NotOnForm: the page does not hold it.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise NotOnForm(form=f"page {self.number}", what=name)


class Form(Struct, frozen=True):
    """A form: its sheets, all of one size."""

    name: str
    contest: str
    model: str
    page_size_mm: tuple[float, float]
    pages: tuple[Page, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every field, page after page."""
        return tuple(field for page in self.pages for field in page.fields)

    def page(self, number: int) -> Page:
        """The page of that number, from 1. Raises NotOnForm."""
        return self._find(lambda page: page.number == number, f"page {number}")

    def page_of_tag(self, tag_id: int) -> Page:
        """The page that carries that tag. Raises NotOnForm."""
        return self._find(lambda page: page.tag_id == tag_id, f"tag {tag_id}")

    def _find(self, holds: Callable[[Page], bool], what: str) -> Page:
        for page in self.pages:
            if holds(page):
                return page
        raise NotOnForm(form=self.name, what=what)


def hidden(page: Page, page_size_mm: tuple[float, float]) -> tuple[Rect, ...]:
    """What no public picture of a page shows, mm: its mask, and a hundredth of the longer side around it.

    Pens run over, paper curls, and JPEG smears what lies beside an edge by a block of 8 pixels. The nearest box of any
    form lies three times as far.
    """
    beside = 0.01 * max(page_size_mm)
    return tuple(Rect(x0 - beside, y0 - beside, x1 + beside, y1 + beside) for x0, y0, x1, y1 in page.mask)


def shown(page_size_mm: tuple[float, float]) -> Rect:
    """What the public picture of a page of that size shows, mm."""
    width, height = page_size_mm
    return Rect(-RIM, -RIM, width + RIM, height + RIM)
