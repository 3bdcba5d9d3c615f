"""Ink on a page: strokes of one pen, anti-aliased at any width, laid over the print as ink is.

What the pen draws lives in `hand`; the page as light sees it in `picture`.
"""

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

F4 = NDArray[np.float32]


class Ink:
    """The strokes of one pen on one page, kept until they are laid upon it."""

    def __init__(self, shape: tuple[int, int], scale: float) -> None:
        """`shape` is (height, width) in pixels, `scale` pixels per mm."""
        self._shape, self._scale = shape, scale
        self._strokes: list[F4] = []
        self._blots: list[tuple[NDArray[np.float64], int]] = []

    def stroke(self, path: F4) -> None:
        """One pull of the pen: float32[n, 4], x, y and width in mm, and how much ink, up to 1, at each point."""
        self._strokes.append(path)

    def blot(self, points: NDArray[np.float64], dark: float = 1.0) -> None:
        """A filled shape: float64[n, 2], mm."""
        self._blots.append((points, round(255 * dark)))

    def mask(self) -> NDArray[np.uint8]:
        """How much of each pixel the ink covers, 0 to 255."""
        mask = np.zeros(self._shape, np.uint8)
        for points, dark in self._blots:
            # OpenCV's pixel centres lie on whole numbers; four bits of each coordinate are below the pixel.
            fixed = np.rint((points * self._scale - 0.5) * 16).astype(np.int32)
            cv2.fillPoly(mask, [fixed], dark, cv2.LINE_AA, 4)
        if self._strokes:
            rows = np.concatenate(self._strokes) * np.float32([self._scale, self._scale, self._scale / 2, 1])
            rows[:, :2] -= np.float32(0.5)
            _draw(mask, rows, np.array([len(path) for path in self._strokes]))
        return mask


@njit(cache=True, nogil=True)
def _draw(mask: NDArray[np.uint8], rows: F4, counts: NDArray[np.int64]) -> None:
    """Draws strokes. mask (h, w); rows (n, 4): x, y, half width in pixels, darkness; counts: points of each stroke."""
    at = 0
    for count in counts:
        for k in range(max(1, count - 1)):
            _segment(mask, rows[at + k], rows[at + min(k + 1, count - 1)])
        at += count


@njit(cache=True, nogil=True)
def _segment(mask: NDArray[np.uint8], a: F4, b: F4) -> None:
    """A round-ended piece of line whose width and darkness run from those of `a` to those of `b`."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    over = np.float32(1) / max(dx * dx + dy * dy, np.float32(1e-9))
    reach = max(a[2], b[2]) + np.float32(0.5)
    for y in range(max(0, int(min(a[1], b[1]) - reach)), min(mask.shape[0], int(max(a[1], b[1]) + reach) + 2)):
        for x in range(max(0, int(min(a[0], b[0]) - reach)), min(mask.shape[1], int(max(a[0], b[0]) + reach) + 2)):
            t = min(np.float32(1), max(np.float32(0), ((x - a[0]) * dx + (y - a[1]) * dy) * over))
            ex, ey = x - a[0] - t * dx, y - a[1] - t * dy
            edge = a[2] + t * (b[2] - a[2]) + np.float32(0.5) - np.sqrt(ex * ex + ey * ey)
            if edge > 0:
                value = np.uint8(255 * min(np.float32(1), edge) * (a[3] + t * (b[3] - a[3])))
                mask[y, x] = max(mask[y, x], value)
