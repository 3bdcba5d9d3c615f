"""A photo at several sizes, each half the next larger one and made once. Decoding it is the work of `guard`."""

import cv2
import numpy as np
import numpy.typing as npt

from ocr.guard import Gray
from ocr.plane import Matrix, Points


class Photo:
    """A photo and its halves, its quarters, …: level 0 is the photo, each pixel of level n the mean of 4ⁿ of its."""

    def __init__(self, full: Gray) -> None:
        self.full = full
        self.side = max(full.shape)
        self._levels = [full]

    def level(self, level: int) -> Gray:
        """The photo, reduced to half its size `level` times."""
        while len(self._levels) <= level:
            last = self._levels[-1]
            size = (max(1, last.shape[1] // 2), max(1, last.shape[0] // 2))
            self._levels.append(_half(last, size))
        return self._levels[level]

    def within(self, side: int) -> int:
        """The finest level whose long side has at most that many pixels."""
        level = 0
        while self.side >> level > side:
            level += 1
        return level


def _half(image: Gray, size: tuple[int, int]) -> Gray:
    # An odd last row or column is left out: exact halves keep the centres of pixels where `up` says.
    even = image[: 2 * size[1], : 2 * size[0]]
    return np.asarray(cv2.resize(even, size, interpolation=cv2.INTER_AREA), np.uint8)


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
