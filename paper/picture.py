"""A picture as a camera keeps it: brightness at full size, colour at half.

Three quarters of the work on a photo is work on its brightness alone; colour is needed only as fine as JPEG keeps it.
Values run from 0 to 255, colour around 128, as in JPEG's own files.
"""

from typing import Self

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
NEUTRAL = 128
"""Colour of a grey pixel."""


class Picture(Struct, frozen=True):
    """Planes of a picture whose height and width are even. Treated as read-only once made."""

    luma: U8  # (h, w)
    cb: U8 | None = None  # (h/2, w/2), blueness; None where all is grey
    cr: U8 | None = None  # (h/2, w/2), redness

    @classmethod
    def of(cls, bgr: U8) -> Self:
        """From BGR, shape (h, w, 3); an odd last row or column is dropped."""
        height, width = (side // 2 * 2 for side in bgr.shape[:2])
        luma, cr, cb = cv2.split(cv2.cvtColor(bgr[:height, :width], cv2.COLOR_BGR2YCrCb))
        half = (width // 2, height // 2)
        if abs(int(cr.min()) - NEUTRAL) + abs(int(cr.max()) - NEUTRAL) <= 1:
            return cls(luma)
        return cls(luma, *(cv2.resize(plane, half, interpolation=cv2.INTER_AREA) for plane in (cb, cr)))

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

    def inked(self, mask: U8, colour: tuple[int, int, int]) -> Self:
        """The picture with ink upon it: it darkens what is printed there.

        Args:
            mask: uint8[h, w], how much of each pixel is covered.
            colour: of the ink, BGR.
        """
        luma, cr, cb = (int(v) for v in cv2.cvtColor(np.uint8([[colour]]), cv2.COLOR_BGR2YCrCb)[0, 0])
        levels = np.arange(256) / 255
        through = cv2.LUT(mask, np.rint(255 - levels * (255 - luma)).astype(np.uint8))
        dark = cv2.multiply(self.luma, through, scale=1 / 255)
        if max(abs(cb - NEUTRAL), abs(cr - NEUTRAL)) < 4:
            return type(self)(dark, self.cb, self.cr)
        half = cv2.resize(mask, (mask.shape[1] // 2, mask.shape[0] // 2), interpolation=cv2.INTER_AREA)
        return type(self)(dark, _tinted(half, cb, self.cb), _tinted(half, cr, self.cr))

    def encoded(self) -> U8:
        """BGR for an encoder, from the planes in one step. `luma` must lie in 16..235, as video has it."""
        width, height = self.size
        planes = np.empty((height * 3 // 2, width), np.uint8)
        planes[:height] = self.luma
        colours = planes[height:].reshape(2, height // 2, width // 2)
        for plane, colour in zip(colours, (self.cb, self.cr), strict=True):
            plane[:] = NEUTRAL if colour is None else colour
        return cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)


def _tinted(half: U8, value: int, below: U8 | None) -> U8:
    levels = np.arange(256) / 255
    tint = cv2.LUT(half, np.rint(NEUTRAL + levels * (value - NEUTRAL)).astype(np.uint8))
    return tint if below is None else cv2.addWeighted(below, 1, tint, 1, -NEUTRAL)
