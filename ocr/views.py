"""A photo at several sizes, each half the next larger one and made once. Decoding it is the work of `guard`."""

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit, uint16

from ocr.guard import Gray
from ocr.plane import Matrix, Points


class Photo:
    """A photo and its halves, its quarters, …: level 0 is the photo, each pixel of level n the mean of 4ⁿ of its."""

    def __init__(self, full: Gray) -> None:
        self.full = full
        self.side = max(full.shape)
        self._levels = {0: full}

    def level(self, level: int) -> Gray:
        """The photo, reduced to half its size `level` times."""
        if level not in self._levels:
            # A quarter at once, as nobody asks for the half in between.
            self._levels[level] = _half(self.level(level - 1)) if level % 2 else _quarter(self.level(level - 2))
        return self._levels[level]

    def within(self, side: int) -> int:
        """The finest level whose long side has at most that many pixels."""
        level = 0
        while self.side >> level > side:
            level += 1
        return level


def _half(image: Gray) -> Gray:
    # An odd last row or column is left out: exact halves keep the centres of pixels where `up` says.
    height, width = (max(1, side // 2) for side in image.shape)
    even = image[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _quarter(image: Gray) -> Gray:
    height, width = (side // 4 for side in image.shape)
    if not height or not width:
        return _half(_half(image))
    small = np.empty((height, width), np.uint8)
    _mean(image, small)
    return small


@njit(cache=True, nogil=True)
def _mean(image: Gray, small: Gray) -> None:
    """Fill `small` with the means of 4 × 4 pixels: one pass over what is large, and nothing in between."""
    height, width = small.shape
    sums = np.empty(4 * width, np.uint16)
    for y in range(height):
        a, b, c, d = image[4 * y], image[4 * y + 1], image[4 * y + 2], image[4 * y + 3]
        for x in range(4 * width):
            sums[x] = uint16(a[x]) + uint16(b[x]) + uint16(c[x]) + uint16(d[x])
        row = small[y]
        for x in range(width):
            row[x] = (sums[4 * x] + sums[4 * x + 1] + sums[4 * x + 2] + sums[4 * x + 3] + 8) >> 4


def down(points: npt.ArrayLike, level: int) -> Points:
    """Pixels of the photo, as pixels of a level."""
    return (np.asarray(points, np.float64) + 0.5) / 2**level - 0.5


def up(points: npt.ArrayLike, level: int) -> Points:
    """Pixels of a level, as pixels of the photo."""
    return (np.asarray(points, np.float64) + 0.5) * 2**level - 0.5


def reduced(homography: Matrix, level: int) -> Matrix:
    """A homography into the photo, as one into a level."""
    scale = 0.5**level
    return np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1]]) @ homography
