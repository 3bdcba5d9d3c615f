"""Specimens: a page filled with invented figures, photographed, with the whole truth about it.

For training and measuring the reading of photos; the figures are not those of a possible election.
"""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

from election.bundle import names
from election.form import Field, Form

from . import fill, hand, photo
from .hand import Writer
from .view import View

SCALES = (1.25, 2.5, 4.0)
"""Pixels per mm at which pages are drawn: few, so that blank pages can be kept."""


class Specimen(Struct, frozen=True):
    """A photo and the truth."""

    jpeg: bytes
    figures: dict[str, int | None]
    labels: dict[str, tuple[str, ...]]  # field -> what each box holds: 0..9, X, -, a space, or void
    bubbles: dict[str, tuple[int | None, ...]]
    marks: dict[str, tuple[str, ...]]  # field -> what each tally-sum box holds, row after row: tens, ones
    size: tuple[int, int]
    view: View
    conditions: dict[str, float]  # what makes the photo hard -> how strongly
    hidden: frozenset[str]  # fields of which a box is not wholly in the picture, or lies under a hand

    @property
    def homography(self) -> NDArray[np.float64]:
        """3×3, mm -> pixel: exact for a flat sheet and a straight lens, else the plane that `where` bends."""
        return self.view.homography

    def where(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels float64[n, 2] of points float64[n, 2] in mm on the sheet, however it is bent."""
        return self.view.where(points)


def sample(
    form: Form,
    page: int,
    rng: Generator,
    hardness: float = 0.4,
    figures: Mapping[str, int | None] | None = None,
    writer: Writer | None = None,
    place: Mapping[str, str] | None = None,
    size: tuple[int, int] = photo.SIZE,
    slips: float = 0.02,
    conditions: Mapping[str, float] | None = None,
    counted: Mapping[str, int | None] | None = None,
) -> Specimen:
    """A photo of a filled page with its truth; figures are drawn where none are given.

    Args:
        form: the template.
        page: its number, from 1.
        rng: decides everything that is not given.
        hardness: of the photo, 0 to 1.
        figures: field -> 0..999 or None.
        writer: whose hand.
        place: what the head of the page says; an invented one where None.
        size: width and height of the photo in pixels.
        slips: chance that a number has a struck-out digit, where no writer is given; higher here than in life, so
            that a reader has something to learn from.
        conditions: exactly these hardships (`condition.CONDITIONS`), name -> strength, whatever the hardness.
        counted: field -> what its tally counts, where that is another number than the one written in the boxes.

    Raises:
        NotOnForm: there is no such page. NotWritable: a figure does not fit its boxes. UnknownCondition.
    """
    sheet = form.page(page)
    fields = [field.name for field in sheet.fields]
    wanted = {f: _number(rng) for f in fields} if figures is None else {f: figures.get(f) for f in fields}
    scale = _scale(form.page_size_mm, size)
    writer = writer or hand.invent(rng, slips)
    place = _place(rng) if place is None else place
    filled = fill.write(form, page, wanted, rng, writer, place, scale, counted)
    tags = [tag.rect for tag in sheet.tags]
    taken = photo.photograph(filled.picture, rng, hardness, size, scale, conditions, tags)
    return Specimen(
        jpeg=taken.jpeg,
        figures=wanted,
        labels=filled.labels,
        bubbles=filled.bubbles,
        marks=filled.marks,
        size=taken.size,
        view=taken.view,
        conditions=taken.conditions,
        hidden=frozenset(field.name for field in sheet.fields if not taken.shows(_corners(field)).all()),
    )


def _place(rng: Generator) -> dict[str, str]:
    """A place that there is not."""
    levels = ("provinsi", "kabupaten", "kecamatan", "kelurahan")
    return dict(zip(levels, names.invent(rng, 4), strict=True)) | {"tps": f"{rng.integers(1, 40):03d}"}


def _corners(field: Field) -> NDArray[np.float64]:
    return np.array([(x, y) for x0, y0, x1, y1 in field.boxes for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))])


def _scale(mm: tuple[float, float], size: tuple[int, int]) -> float:
    """Pixels per mm of the page that is photographed: about those of the photo, that lines neither break nor blur."""
    wanted = 0.9 * min(side / length for side, length in zip(size, mm, strict=True))
    return next((scale for scale in SCALES if scale >= wanted), SCALES[-1])


def _number(rng: Generator) -> int | None:
    """Any number of digits and every digit alike; now and then nothing was written."""
    if rng.random() < 0.02:
        return None
    return int(rng.integers(0, 10 ** int(rng.integers(1, 4))))
