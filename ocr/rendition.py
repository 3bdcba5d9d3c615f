"""The picture of a page that the public may see: names, signatures and all that is not the page are under grey.

It is made from the pixels that were read, so the photo is decoded once; nothing of the file itself, metadata least of
all, gets into it. What is hidden is said by the form's template. A photo whose page was not found gets no picture.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr.guard import Gray
from ocr.register import Registration

SIDE: Final = 1200
"""Pixels of the picture's longer side, about: photos are reduced by whole numbers, which takes a tenth of the time."""

QUALITY: Final = 70
_FLAT = 160  # grey of what is hidden
_RIM = 12.0  # mm of table around the page that stays visible


def masked(photo: Gray, found: Registration, page_size_mm: tuple[float, float]) -> bytes:
    """JPEG, grey, of a photo whose page was found."""
    times = max(1, round(max(photo.shape) / SIDE))
    small = reduced(photo, times)
    width, height = page_size_mm
    page = _outline(found, (-_RIM, -_RIM, width + _RIM, height + _RIM), times)
    # Two outlines in one call: what lies within both, the page, is left as it is.
    cv2.fillPoly(small, [_around(small), page], _FLAT)
    for rect in found.page.mask:
        cv2.fillConvexPoly(small, _outline(found, rect, times), _FLAT)
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return data.tobytes()


def reduced(photo: Gray, times: int) -> Gray:
    """A copy of a photo, every pixel the mean of `times` × `times`; the last rows and columns may be left out."""
    height, width = (side // times for side in photo.shape)
    whole = photo[: height * times, : width * times]
    if times == 1:
        return photo.copy()
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _around(picture: Gray) -> npt.NDArray[np.int32]:
    """The outline of a picture, a pixel beyond its edge: int32[4, 2]."""
    height, width = picture.shape
    return np.array([(-1, -1), (width, -1), (width, height), (-1, height)], np.int32)


def _outline(found: Registration, rect: tuple[float, float, float, float], times: int) -> npt.NDArray[np.int32]:
    """A rectangle of the page (mm) in the reduced picture; px, int32[4, 2]."""
    x0, y0, x1, y1 = rect
    corners = found.px([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    return np.rint(((corners + 0.5) / times - 0.5).clip(-20000, 20000)).astype(np.int32)
