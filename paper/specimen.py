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


class Specimen(Struct, frozen=True):
    """A photo and the truth."""

    jpeg: bytes
    figures: dict[str, int | None]
    labels: dict[str, tuple[str, ...]]  # field -> what each box holds: 0..9, X, -, a space, or void
    bubbles: dict[str, tuple[int | None, ...]]
    homography: NDArray[np.float64]  # 3×3, mm -> pixel
    size: tuple[int, int]


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
    """
    names = [field.name for field in form.page(page).fields]
    wanted = {name: _number(rng) for name in names} if figures is None else {n: figures.get(n) for n in names}
    filled = fill.write(form, page, wanted, rng, writer or hand.invent(rng, slips), place)
    taken = photo.photograph(filled.raster, rng, hardness, size)
    return Specimen(taken.jpeg, wanted, filled.labels, filled.bubbles, taken.homography, taken.size)


def _number(rng: Generator) -> int | None:
    """Any number of digits and every digit alike; now and then nothing was written."""
    if rng.random() < 0.02:
        return None
    return int(rng.integers(0, 10 ** int(rng.integers(1, 4))))
