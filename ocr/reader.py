"""Reading one photo: decode once, find the page, score its boxes and bubbles, and make the picture the public may see.

What the scores mean as numbers is for `election.decode`; jobs, stores and the journal are for `worker`.
"""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.errors import Rejected
from election.form import Field, Form
from election.scores import FieldScores, PageScores, encode
from ocr import align, boxes, bubbles
from ocr.digits import Digits, default
from ocr.guard import Gray, gray
from ocr.register import Registration, register

PROGRAM: Final = "suara-ocr 1"
"""Version of the reading code, named in every reading."""

PUBLIC_SIDE: Final = 1200
PUBLIC_QUALITY: Final = 70
_FLAT = 160  # grey of what is hidden
_RIM = 12.0  # mm of table around the page that stays visible

Clocked = Callable[[str, float], None]


class PageReading(Struct, frozen=True):
    """What a photo gave. `page` None: no page was found, and then neither scores nor rendition."""

    page: int | None
    fault: str | None
    quality: int
    scores: bytes | None = None
    rendition: bytes | None = None


class PageReader:
    """Reads photos with one model. Not for several threads at once."""

    def __init__(self, digits: Digits | None = None) -> None:
        cv2.setNumThreads(1)
        self._digits = digits or default()

    @property
    def model_sha256(self) -> str:
        """SHA-256 of the model's file, hex."""
        return self._digits.sha256

    def read(self, data: bytes, form: Form, timed: Clocked | None = None) -> PageReading:
        """Read a photo of a page of `form`. Never raises for what the bytes hold: the fault says what is wrong.

        `timed` is called with the name and the seconds of each stage.
        """
        watch = _Watch(timed)
        try:
            photo = gray(data)
            watch.lap("decode")
            found = register(photo, form)
            watch.lap("register")
        except Rejected as fault:
            return PageReading(None, fault.code, 0)
        scores = self._scores(photo, found, form, watch)
        rendition = masked(photo, found, form)
        watch.lap("rendition")
        return PageReading(found.page.number, None, found.quality, encode(scores), rendition)

    def _scores(self, photo: Gray, found: Registration, form: Form, watch: "_Watch") -> PageScores:
        printed = found.page.fields
        where = align.shifts(photo, found.homography, printed)
        fields = [align.moved(field, shift) for field, shift in zip(printed, where, strict=True)]
        watch.lap("align")
        pictures = boxes.sample(photo, found.homography, [box for field in fields for box in field.boxes])
        watch.lap("boxes")
        digits = iter(np.split(self._digits.read(pictures), np.cumsum([len(f.boxes) for f in fields])[:-1]))
        watch.lap("digits")
        marks = _marks(photo, found.homography, fields)
        watch.lap("bubbles")
        return PageScores(
            form.name, found.page.number, {f.name: FieldScores.of(next(digits), marks.get(f.name)) for f in fields}
        )


class _Watch:
    """Tells how long each stage took."""

    def __init__(self, timed: Clocked | None) -> None:
        self._timed, self._since = timed, perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        if self._timed:
            self._timed(stage, now - self._since)
        self._since = now


def _marks(
    photo: Gray, homography: npt.NDArray[np.float64], printed: Sequence[Field]
) -> dict[str, npt.NDArray[np.float64]]:
    """Scores of the bubbles of every field that has them, float64[3, 10] each."""
    fields = [field for field in printed if field.bubbles]
    places = [bubble for field in fields for column in field.bubbles for bubble in column]
    if not places:
        return {}
    dark = bubbles.darkness(photo, homography, places).reshape(len(fields), -1, 10)
    return {field.name: bubbles.likelihoods(columns) for field, columns in zip(fields, dark, strict=True)}


def masked(photo: Gray, found: Registration, form: Form) -> bytes:
    """The photo for the public, JPEG without metadata: names, signatures and all that is not the page under grey."""
    scale = min(1.0, PUBLIC_SIDE / max(photo.shape))
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else photo.copy()
    width, height = form.page_size_mm
    rim = _outline(found, (-_RIM, -_RIM, width + _RIM, height + _RIM), scale)
    inside = cv2.fillConvexPoly(np.zeros(small.shape, np.uint8), rim, 1)
    small[inside == 0] = _FLAT
    for rect in found.page.mask:
        cv2.fillConvexPoly(small, _outline(found, rect, scale), _FLAT)
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, PUBLIC_QUALITY])
    return bytes(data)


def _outline(found: Registration, rect: tuple[float, float, float, float], scale: float) -> npt.NDArray[np.int32]:
    x0, y0, x1, y1 = rect
    corners = found.px([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    return np.rint(((corners + 0.5) * scale - 0.5).clip(-20000, 20000)).astype(np.int32)
