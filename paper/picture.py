"""A picture as a phone keeps it: brightness at full size, colour at a quarter.

Most of the work on a photo is work on its brightness; of colour, phones and JPEG keep little more than a smear.
Values run from 0 to 255, colour around 128, as in JPEG's own files.
"""

from typing import Self

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

U8 = NDArray[np.uint8]

COARSE = 4
"""Colour is kept for squares of this many pixels."""

NEUTRAL = 128
"""Colour of a grey pixel."""


class Picture(Struct, frozen=True):
    """Planes of a picture whose height and width are even. Treated as read-only once made."""

    luma: U8  # (h, w)
    cb: U8 | None = None  # `coarse` size, blueness; None where all is grey
    cr: U8 | None = None  # `coarse` size, redness

    @classmethod
    def of(cls, bgr: U8) -> Self:
        """From BGR, shape (h, w, 3); an odd last row or column is dropped."""
        height, width = (side // 2 * 2 for side in bgr.shape[:2])
        luma, cr, cb = cv2.split(cv2.cvtColor(bgr[:height, :width], cv2.COLOR_BGR2YCrCb))
        if abs(int(cr.min()) - NEUTRAL) + abs(int(cr.max()) - NEUTRAL) <= 1:
            return cls(luma)
        return cls(
            luma, *(cv2.resize(plane, coarse((width, height)), interpolation=cv2.INTER_AREA) for plane in (cb, cr))
        )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.luma.shape[1], self.luma.shape[0]

    @property
    def bgr(self) -> U8:
        """As BGR, shape (h, w, 3)."""
        if self.cb is None or self.cr is None:
            return cv2.cvtColor(self.luma, cv2.COLOR_GRAY2BGR)
        planes = [self.luma, *(cv2.resize(plane, self.size) for plane in (self.cr, self.cb))]
        return cv2.cvtColor(cv2.merge(planes), cv2.COLOR_YCrCb2BGR)

    def encoded(self) -> U8:
        """BGR for an encoder, from the planes in one step. `luma` must lie in 16..235, as video has it."""
        width, height = self.size
        planes = np.empty((height * 3 // 2, width), np.uint8)
        planes[:height] = self.luma
        colours = planes[height:].reshape(2, height // 2, width // 2)
        for plane, colour in zip(colours, (self.cb, self.cr), strict=True):
            if colour is None:
                plane[:] = NEUTRAL
            else:
                cv2.resize(colour, (width // 2, height // 2), plane)
        return cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)


def planes_of(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Brightness, blueness and redness of a BGR colour."""
    luma, cr, cb = cv2.cvtColor(np.array([[colour]], np.uint8), cv2.COLOR_BGR2YCrCb)[0, 0]
    return int(luma), int(cb), int(cr)


def coarse(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the planes of colour of a picture of `size`."""
    return -(-size[0] // COARSE), -(-size[1] // COARSE)
