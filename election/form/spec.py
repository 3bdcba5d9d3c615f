"""What a template's file may say, key by key; `docs/forms.md` is the guide for people who write one.

A file may be `like` another one: the rest of it is then a JSON merge patch (RFC 7396) upon that file.

Texts, names of fields and blocks may hold `{choice.number}`, `{choice.name}`, `{candidate.number}` and
`{candidate.name}`, which the ballot fills in; texts also `{words[name]}`.
"""

from typing import Literal

from msgspec import Struct

from election.form.model import Corner, Place
from election.form.rect import Rect

Point = tuple[float, float]


class TagPlace(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a tag is printed on every page."""

    rect: Rect
    turn: int = 0


class Tags(Struct, frozen=True, forbid_unknown_fields=True):
    """The tags of a form: page `n` carries the id `base + n`, in each of the places."""

    family: str
    base: int
    places: tuple[TagPlace, ...]


class Marks(Struct, frozen=True, forbid_unknown_fields=True):
    """The corner marks: the top left of the first square of each; the second of a stepped one follows diagonally."""

    shape: Literal["stepped", "square"]
    side: float
    corners: dict[Corner, Point]


class Bubbles(Struct, frozen=True, forbid_unknown_fields=True):
    """Ten bubbles a box. `digit` leads from one digit's to the next, `place` from one box's to the next box's."""

    offset: Point  # from the first box to the bubble of its 0
    side: float
    digit: Point
    place: Point


class Boxes(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of boxes: three in a row."""

    side: float | Point  # mm; width and height where they differ
    pitch: float
    guide: bool = False
    bubbles: Bubbles | None = None


class TallySpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A tally beside each row: x on the page, y from the row's boxes."""

    cells: Rect
    sums: Rect
    rows: int = 5
    columns: int = 12


class TextSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A printed line: on the page, or in a grid with y from the row's boxes."""

    at: Point
    text: str
    size: float = 5.0
    bold: bool = False
    align: Literal["left", "centre", "right"] = "left"
    width: float | None = None


class Grid(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of numbers. `over` repeats its one row for every choice or candidate of the page, `pitch` mm apart."""

    boxes: str
    block: str
    columns: dict[str, float]  # ending of the field's name -> x of its first box
    rows: dict[str, float]  # beginning of the field's name -> y of its boxes
    over: Literal["choices", "candidates"] | None = None
    pitch: float = 0.0
    most: int | None = None  # rows that there is room for
    words: Rect | None = None  # x on the page, y from the row's boxes
    tally: TallySpec | None = None
    texts: tuple[TextSpec, ...] = ()
    frames: tuple[Rect, ...] = ()

    def __post_init__(self) -> None:
        if self.over and (len(self.rows) != 1 or self.pitch <= 0):
            raise ValueError("a grid that goes over choices or candidates has one row, and a pitch")


class Signatures(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of cells for names and signatures."""

    rect: Rect
    cells: int


class PageSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A page. With `choices` it is repeated for the whole ballot, that many choices on each."""

    grids: tuple[Grid, ...]
    place: Place
    signatures: tuple[Signatures, ...]
    choices: int | None = None
    marks: Marks | None = None  # where they lie elsewhere than on the form's other pages
    texts: tuple[TextSpec, ...] = ()
    frames: tuple[Rect, ...] = ()


class Template(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    name: str
    contest: str
    model: str
    page_size_mm: Point
    marks: Marks
    boxes: dict[str, Boxes]
    pages: dict[str, PageSpec]  # by a name that says what they hold, in the order of the paper
    tags: Tags | None = None
    texts: tuple[TextSpec, ...] = ()  # on every page
    words: dict[str, str] = {}  # for the texts: what {words[name]} prints

    def __post_init__(self) -> None:
        used = {grid.boxes for page in self.pages.values() for grid in page.grids}
        if lacking := sorted(used - self.boxes.keys()):
            raise ValueError(f"there are no boxes called {', '.join(lacking)}")
