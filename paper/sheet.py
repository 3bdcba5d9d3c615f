"""Our own drawing of a form: vector PDF at the template's true geometry, and its raster.

The wording is ours and the sheet says that it is a specimen; boxes, bubbles and marks lie where the template says.
What is on the pages lives in `furniture`, `official` and `design`; what people write upon them in `fill`.
"""

from functools import lru_cache

import numpy as np
import pypdfium2
from numpy.typing import NDArray

from election.form import Form

from . import design, furniture, official
from .canvas import Canvas
from .furniture import guide
from .picture import Picture

__all__ = ["SCALE", "guide", "pdf", "picture", "raster"]

SCALE = 2.5
"""Pixels per mm of a raster, unless told."""

_KEPT = 96
"""Blank pages kept: every page of a party contest's form and of a few others, about 4 MB each."""


def pdf(form: Form) -> bytes:
    """The blank form, all its pages, as a vector PDF of the true size."""
    canvas = Canvas(form.page_size_mm, f"{form.model} (contoh)")
    draw = official.page if form.name == official.NAME else design.page
    for page in form.pages:
        furniture.marks(canvas, form, page)
        furniture.place(canvas, page)
        draw(canvas, page)
        canvas.page()
    return canvas.save()


def raster(form: Form, number: int, scale: float = SCALE) -> NDArray[np.uint8]:
    """A blank page as BGR, shape (height, width, 3), `scale` pixels per mm; shared and read-only."""
    return _raster(_Drawn(form), number, scale)


def picture(form: Form, number: int, scale: float = SCALE) -> Picture:
    """`raster` as brightness alone; shared and read-only."""
    return _picture(_Drawn(form), number, scale)


class _Drawn:
    """A form as a key of what was drawn of it: itself. To hash its content would take longer than to draw it."""

    def __init__(self, form: Form) -> None:
        self.form = form

    def __hash__(self) -> int:
        return id(self.form)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Drawn) and other.form is self.form


@lru_cache(_KEPT)
def _picture(drawn: _Drawn, number: int, scale: float) -> Picture:
    return Picture(_rendered(drawn, number, scale, grey=True))


@lru_cache(8)
def _raster(drawn: _Drawn, number: int, scale: float) -> NDArray[np.uint8]:
    return _rendered(drawn, number, scale, grey=False)


def _rendered(drawn: _Drawn, number: int, scale: float, grey: bool) -> NDArray[np.uint8]:
    document = pypdfium2.PdfDocument(_pdf(drawn))
    try:
        image = document[number - 1].render(scale=scale * 25.4 / 72, grayscale=grey).to_numpy()
    finally:
        document.close()
    width, height = (round(side * scale) for side in drawn.form.page_size_mm)
    image = image[:height, :width] if grey else image[:height, :width, :3]
    exact = np.ascontiguousarray(image.reshape(image.shape[:2]) if grey else image)
    exact.setflags(write=False)
    return exact


@lru_cache(16)
def _pdf(drawn: _Drawn) -> bytes:
    return pdf(drawn.form)
