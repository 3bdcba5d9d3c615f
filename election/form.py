"""Form templates as data: pages, marks, boxes, bubbles, and which field of a contest each of them holds.

A template lies in `forms/NAME.json`, written with origins and pitches, and is expanded once when it is loaded.
All measures are millimetres on the paper, origin at the top left, x to the right, y down.
How a form is drawn lives in `paper`, how it is found in a photo in `ocr`; what its figures must satisfy in `rules`.
"""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from itertools import product
from typing import ClassVar, NamedTuple

import msgspec
from msgspec import Struct

from .errors import Rejected

DIGITS = 10
PLACES = 3
"""Boxes of a number: hundreds, tens, ones."""


class UnknownForm(Rejected):
    """No template of that name lies in `election/forms`."""

    code: ClassVar[str] = "form.unknown"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada templat formulir bernama {name}. Yang ada: {known}.",
        "en": "There is no form template called {name}. Known: {known}.",
    }


class NotOnForm(Rejected):
    """A field, page or tag that the form does not have."""

    code: ClassVar[str] = "form.not_on_form"
    advice: ClassVar[dict[str, str]] = {
        "id": "Formulir {form} tidak memuat {what}.",
        "en": "Form {form} has no {what}.",
    }


class Rect(NamedTuple):
    """A rectangle in mm: left, top, right, bottom."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Width in mm."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Height in mm."""
        return self.y1 - self.y0

    @property
    def centre(self) -> tuple[float, float]:
        """Centre (x, y) in mm."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def split(self, columns: int, rows: int = 1) -> tuple["Rect", ...]:
        """Equal cells, row after row."""
        w, h = self.width / columns, self.height / rows
        return tuple(square(self.x0 + c * w, self.y0 + r * h, w, h) for r, c in product(range(rows), range(columns)))


def square(x: float, y: float, width: float, height: float | None = None) -> Rect:
    """The rectangle of a size at an origin, to a hundredth of a µm so that sums of pitches stay readable."""
    height = width if height is None else height
    return Rect(round(x, 5), round(y, 5), round(x + width, 5), round(y + height, 5))


class Field(Struct, frozen=True):
    """Where one number of the record is written."""

    name: str
    block: str
    boxes: tuple[Rect, ...]  # hundreds, tens, ones
    bubbles: tuple[tuple[Rect, ...], ...] = ()  # a column a box, 0..9 downwards; () where the form has none
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


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the head of a page names the areas and the number of its TPS."""

    provinsi: Rect
    kabupaten: Rect
    kecamatan: Rect
    kelurahan: Rect
    tps: Rect


class Page(Struct, frozen=True):
    """One sheet of a form."""

    number: int
    tag_family: str
    tag_id: int
    tag_rect: Rect  # the outer edge of the tag's black border
    tag_turn: int  # quarter turns clockwise of the printed tag against its upright in OpenCV's dictionary
    squares: tuple[Rect, ...]  # eight, two a corner: top left, top right, bottom left, bottom right
    fields: tuple[Field, ...]
    tallies: tuple[Tally, ...]
    place: Place
    signatures: tuple[tuple[Rect, ...], ...]  # a row of cells each: KPPS, witnesses
    mask: tuple[Rect, ...]  # names and signatures: what no public picture shows

    @property
    def tag_corners(self) -> tuple[tuple[float, float], ...]:
        """The four corners of the tag in mm, in the order in which OpenCV's detector reports them."""
        x0, y0, x1, y1 = self.tag_rect
        upright = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
        return upright[self.tag_turn :] + upright[: self.tag_turn]

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

    def page_of(self, field: str) -> Page:
        """The page that holds a field. Raises NotOnForm."""
        return self._find(lambda page: any(f.name == field for f in page.fields), field)

    def block_of(self, field: str) -> str:
        """The block of the record a field belongs to. Raises NotOnForm."""
        return self.page_of(field).field(field).block

    def _find(self, holds: Callable[[Page], bool], what: str) -> Page:
        for page in self.pages:
            if holds(page):
                return page
        raise NotOnForm(form=self.name, what=what)


class _Bubbles(Struct, frozen=True, forbid_unknown_fields=True):
    offset: tuple[float, float]  # from the box above to the bubble of 0
    side: float
    pitch: float


class _Boxes(Struct, frozen=True, forbid_unknown_fields=True):
    side: float
    pitch: float
    guide: bool = False
    bubbles: _Bubbles | None = None


class _TallySpec(Struct, frozen=True, forbid_unknown_fields=True):
    cells: tuple[float, float, float, float]  # x on the page, y from the row's boxes
    sums: tuple[float, float, float, float]


class _Grid(Struct, frozen=True, forbid_unknown_fields=True):
    boxes: str
    block: str
    columns: dict[str, float]  # ending of the field's name -> x of its first box
    rows: dict[str, float]  # beginning of the field's name -> y of its boxes
    words: tuple[float, float, float, float] | None = None  # x on the page, y from the row's boxes
    tally: _TallySpec | None = None


class _Signatures(Struct, frozen=True, forbid_unknown_fields=True):
    rect: Rect
    cells: int


class _PageSpec(Struct, frozen=True, forbid_unknown_fields=True):
    number: int
    tag_id: int
    grids: tuple[_Grid, ...]
    place: Place
    signatures: tuple[_Signatures, ...]


class _Tag(Struct, frozen=True, forbid_unknown_fields=True):
    family: str
    rect: Rect
    turn: int = 0


class _Squares(Struct, frozen=True, forbid_unknown_fields=True):
    side: float
    origins: tuple[tuple[float, float], ...]  # the second square of a corner touches the first one diagonally


class _Spec(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    contest: str
    model: str
    page_size_mm: tuple[float, float]
    tag: _Tag
    squares: _Squares
    boxes: dict[str, _Boxes]
    pages: tuple[_PageSpec, ...]


def names() -> tuple[str, ...]:
    """The templates there are."""
    found = (item.name for item in files(__package__).joinpath("forms").iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in found if name.endswith(".json")))


@cache
def load(name: str) -> Form:
    """The template called `name`, expanded.

    Raises:
        UnknownForm: there is none of that name.
    """
    if name not in names():
        raise UnknownForm(name=name, known=", ".join(names()))
    return parse(files(__package__).joinpath("forms", f"{name}.json").read_bytes())


def parse(document: bytes) -> Form:
    """A form from the bytes of a template. Raises msgspec.ValidationError where they are none."""
    spec = msgspec.json.decode(document, type=_Spec)
    pages = tuple(_page(spec, page) for page in spec.pages)
    return Form(spec.name, spec.contest, spec.model, spec.page_size_mm, pages)


def _page(spec: _Spec, page: _PageSpec) -> Page:
    side = spec.squares.side
    squares = tuple(square(x + k * side, y + k * side, side) for x, y in spec.squares.origins for k in (0, 1))
    grids = [(grid, spec.boxes[grid.boxes]) for grid in page.grids]
    fields = sorted((f for grid, boxes in grids for f in _fields(grid, boxes)), key=_order)
    return Page(
        number=page.number,
        tag_family=spec.tag.family,
        tag_id=page.tag_id,
        tag_rect=spec.tag.rect,
        tag_turn=spec.tag.turn,
        squares=squares,
        fields=tuple(fields),
        tallies=tuple(tally for grid, _ in grids for tally in _tallies(grid)),
        place=page.place,
        signatures=tuple(row.rect.split(row.cells) for row in page.signatures),
        mask=tuple(row.rect for row in page.signatures),
    )


def _order(field: Field) -> tuple[float, float]:
    return field.boxes[0].y0, field.boxes[0].x0


def _fields(grid: _Grid, boxes: _Boxes) -> list[Field]:
    return [
        Field(
            name=row + column,
            block=grid.block,
            boxes=tuple(square(x + k * boxes.pitch, y, boxes.side) for k in range(PLACES)),
            bubbles=_bubbles(boxes, x, y),
            guide=boxes.guide,
            words=_below(grid.words, y) if grid.words else None,
        )
        for row, y in grid.rows.items()
        for column, x in grid.columns.items()
    ]


def _bubbles(boxes: _Boxes, x: float, y: float) -> tuple[tuple[Rect, ...], ...]:
    bubbles = boxes.bubbles
    if bubbles is None:
        return ()
    left, top = x + bubbles.offset[0], y + bubbles.offset[1]
    return tuple(
        tuple(square(left + k * boxes.pitch, top + d * bubbles.pitch, bubbles.side) for d in range(DIGITS))
        for k in range(PLACES)
    )


def _tallies(grid: _Grid) -> list[Tally]:
    if grid.tally is None:
        return []
    cells, sums = grid.tally.cells, grid.tally.sums
    return [Tally(row, _below(cells, y), _below(sums, y)) for row, y in grid.rows.items()]


def _below(rect: tuple[float, float, float, float], y: float) -> Rect:
    x0, y0, x1, y1 = rect
    return Rect(x0, round(y + y0, 5), x1, round(y + y1, 5))
