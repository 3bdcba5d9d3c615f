"""The picture of a page that the public may see: names, signatures and all that is not the page are under grey.

It lies in the form's own frame (`election.form.shown`): whatever way the photo was taken, a box is where the template
has it, so that a reader's program can outline it and a mask cannot miss. It is made from the pixels that were read, so
the photo is decoded once; nothing of the file itself, metadata least of all, gets into it. What is hidden is said by
the form's template. A photo whose page was not found gets no picture.
"""

from typing import Final, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from election.form import Page, Rect, hidden, shown
from ocr.guard import Gray
from ocr.plane import Points

SIDE: Final = 1200
"""Pixels of the picture's longer side: as many as a box needs to be read by a person."""

QUALITY: Final = 70
_FLAT = 160  # grey of what is hidden, and of what the photo does not show


class Placed(Protocol):
    """A page in a photo."""

    @property
    def page(self) -> Page:
        """Which page it is."""

    def px(self, mm: npt.ArrayLike) -> Points:
        """Pixels of points in mm."""


def masked(photo: Gray, found: Placed, page_size_mm: tuple[float, float]) -> bytes:
    """JPEG, grey, of a photo whose page was found."""
    frame = shown(page_size_mm)
    scale = SIDE / max(frame.width, frame.height)
    width, height = round(frame.width * scale), round(frame.height * scale)
    corners = found.px(_corners(frame))
    # Reduced by a whole number first, which takes a tenth of the time and leaves nothing finer than the picture has.
    times = max(1, int(max(np.ptp(corners, axis=0)) / max(width, height)))
    small = reduced(photo, times)
    here = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32) - 0.5
    there = ((corners + 0.5) / times - 0.5).astype(np.float32)
    picture = cv2.warpPerspective(
        small, cv2.getPerspectiveTransform(here, there), (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderValue=_FLAT,
    )  # fmt: skip
    for rect in hidden(found.page, page_size_mm):
        x0, y0, x1, y1 = ((edge - start) * scale for edge, start in zip(rect, (frame.x0, frame.y0) * 2, strict=True))
        picture[max(0, int(y0)) : max(0, int(y1) + 1), max(0, int(x0)) : max(0, int(x1) + 1)] = _FLAT
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return data.tobytes()


def reduced(photo: Gray, times: int) -> Gray:
    """A photo, every pixel the mean of `times` × `times`; the last rows and columns may be left out."""
    height, width = (side // times for side in photo.shape)
    whole = photo[: height * times, : width * times]
    if times == 1:
        return photo
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _corners(rect: Rect) -> list[tuple[float, float]]:
    x0, y0, x1, y1 = rect
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
