"""Specimens: a page filled with invented figures, photographed, with the whole truth about it.

For training and measuring the reading of photos; the figures are not those of a possible election.
"""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

from election.form import Form

from . import fill, hand, photo
from .hand import Writer
from .view import View


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
        place: what the head of the page says.
        size: width and height of the photo in pixels.
        slips: chance that a number has a struck-out digit, where no writer is given; higher here than in life, so
            that a reader has something to learn from.
        conditions: exactly these hardships (`condition.CONDITIONS`), name -> strength, whatever the hardness.
        counted: field -> what its tally counts, where that is another number than the one written in the boxes.

    Raises:
        NotOnForm: there is no such page. NotWritable: a figure does not fit its boxes. UnknownCondition.
    """
    names = [field.name for field in form.page(page).fields]
    wanted = {name: _number(rng) for name in names} if figures is None else {n: figures.get(n) for n in names}
    filled = fill.write(form, page, wanted, rng, writer or hand.invent(rng, slips), place, counted=counted)
    tags = [tag.rect for tag in form.page(page).tags]
    taken = photo.photograph(filled.picture, rng, hardness, size, conditions=conditions, tags=tags)
    return Specimen(
        taken.jpeg, wanted, filled.labels, filled.bubbles, filled.marks, taken.size, taken.view, taken.conditions
    )


def _number(rng: Generator) -> int | None:
    """Any number of digits and every digit alike; now and then nothing was written."""
    if rng.random() < 0.02:
        return None
    return int(rng.integers(0, 10 ** int(rng.integers(1, 4))))
