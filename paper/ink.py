"""Ink on a page: strokes of one pen, anti-aliased at any width, laid over the print as ink is.

What the pen draws lives in `hand`; the page as light sees it in `picture`.
"""

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from .picture import NEUTRAL, Picture, coarse, planes_of

F4 = NDArray[np.float32]
U8 = NDArray[np.uint8]


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

    def onto(self, page: Picture, colour: tuple[int, int, int]) -> Picture:
        """The page with this ink upon it, which darkens what is printed there. `colour` is BGR."""
        mask, spans = self._drawn()
        luma, cb, cr = planes_of(colour)
        dark = page.luma.copy()
        _darken(dark, mask, spans, 255 - luma)
        if max(abs(cb - NEUTRAL), abs(cr - NEUTRAL)) < 4:
            return Picture(dark, page.cb, page.cr)
        small = cv2.resize(mask, coarse(page.size), interpolation=cv2.INTER_AREA)
        return Picture(dark, _tinted(small, cb, page.cb), _tinted(small, cr, page.cr))

    def mask(self) -> U8:
        """How much of each pixel the ink covers, 0 to 255."""
        return self._drawn()[0]

    def _drawn(self) -> tuple[U8, NDArray[np.int64]]:
        """The mask, and in each row the pixels from and up to which there may be ink: int64[h, 2]."""
        mask = np.zeros(self._shape, np.uint8)
        spans = np.tile([self._shape[1], 0], (self._shape[0], 1))
        for points, dark in self._blots:
            # OpenCV's pixel centres lie on whole numbers; four bits of each coordinate are below the pixel.
            fixed = np.rint((points * self._scale - 0.5) * 16).astype(np.int32)
            cv2.fillPoly(mask, [fixed], dark, cv2.LINE_AA, 4)
            (x0, y0), (x1, y1) = np.maximum(0, fixed.min(0) // 16 - 1), fixed.max(0) // 16 + 3
            spans[y0:y1, 0] = np.minimum(spans[y0:y1, 0], x0)
            spans[y0:y1, 1] = np.maximum(spans[y0:y1, 1], min(x1, self._shape[1]))
        if self._strokes:
            to_pixels = np.array([self._scale, self._scale, self._scale / 2, 1], np.float32)
            rows = np.concatenate(self._strokes) * to_pixels
            rows[:, :2] -= np.float32(0.5)
            _draw(mask, spans, rows, np.array([len(path) for path in self._strokes]))
        return mask, spans


def _tinted(small: U8, value: int, below: U8 | None) -> U8:
    levels = np.arange(256) / 255
    tint = cv2.LUT(small, np.rint(NEUTRAL + levels * (value - NEUTRAL)).astype(np.uint8))
    return tint if below is None else cv2.addWeighted(below, 1, tint, 1, -NEUTRAL)


@njit(cache=True, nogil=True)
def _darken(luma: U8, mask: U8, spans: NDArray[np.int64], depth: int) -> None:
    """Takes depth/255 of the light from luma (h, w), in place, where ink covers it wholly; in parts where in parts."""
    # In 65536ths, so that no pixel costs a division.
    part = np.uint32(round(depth * 65536 / 255**2))
    for y in range(luma.shape[0]):
        here, covered = luma[y, spans[y, 0] : spans[y, 1]], mask[y, spans[y, 0] : spans[y, 1]]
        for x in range(len(here)):
            through = np.uint32(65536) - np.uint32(covered[x]) * part
            here[x] = np.uint8((np.uint32(here[x]) * through + np.uint32(32768)) >> np.uint32(16))


@njit(cache=True, nogil=True)
def _draw(mask: U8, spans: NDArray[np.int64], rows: F4, counts: NDArray[np.int64]) -> None:
    """Draws strokes. mask (h, w); rows (n, 4): x, y, half width in pixels, darkness; counts: points of each stroke."""
    at = 0
    for count in counts:
        for k in range(max(1, count - 1)):
            _segment(mask, spans, rows[at + k], rows[at + min(k + 1, count - 1)])
        at += count


@njit(cache=True, nogil=True)
def _segment(mask: U8, spans: NDArray[np.int64], a: F4, b: F4) -> None:
    """A round-ended piece of line whose width and darkness run from those of `a` to those of `b`."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    over = np.float32(1) / max(dx * dx + dy * dy, np.float32(1e-9))
    reach = max(a[2], b[2]) + np.float32(0.5)
    left, right = max(0, int(min(a[0], b[0]) - reach)), min(mask.shape[1], int(max(a[0], b[0]) + reach) + 2)
    for y in range(max(0, int(min(a[1], b[1]) - reach)), min(mask.shape[0], int(max(a[1], b[1]) + reach) + 2)):
        spans[y, 0], spans[y, 1] = min(spans[y, 0], left), max(spans[y, 1], right)
        for x in range(left, right):
            t = min(np.float32(1), max(np.float32(0), ((x - a[0]) * dx + (y - a[1]) * dy) * over))
            ex, ey = x - a[0] - t * dx, y - a[1] - t * dy
            edge = a[2] + t * (b[2] - a[2]) + np.float32(0.5) - np.sqrt(ex * ex + ey * ey)
            if edge > 0:
                value = np.uint8(255 * min(np.float32(1), edge) * (a[3] + t * (b[3] - a[3])))
                mask[y, x] = max(mask[y, x], value)
