"""Ink on a page: strokes of a pen, anti-aliased, laid over the print as ink is. What the pen draws lives in `hand`."""

import cv2
import numpy as np
from numpy.typing import NDArray

FINE = 2
"""Ink is drawn this many times finer than the page it is laid upon."""

_SHIFT = 4  # sub-pixel bits of OpenCV's drawing


class Ink:
    """The strokes of one pen on one page."""

    def __init__(self, page: NDArray[np.uint8], scale: float) -> None:
        """`page` is a raster at `scale` pixels per mm, shape (height, width, 3)."""
        self._scale = scale * FINE
        self._mask = np.zeros((page.shape[0] * FINE, page.shape[1] * FINE), np.uint8)

    def stroke(self, points: NDArray[np.float64], width: NDArray[np.float64], dark: int = 255) -> None:
        """One pull of the pen.

        Args:
            points: float64[n, 2], mm.
            width: float64[n], mm at each point: the pressure.
            dark: how much ink, up to 255.
        """
        fixed = self._fixed(points)
        thick = np.maximum(1, np.rint(width * self._scale)).astype(int)
        # Runs of equal thickness are one call; a run takes in the first point of the next, so that no gap opens.
        edges = np.flatnonzero(np.diff(thick)) + 1
        starts = np.concatenate(([0], edges))
        ends = np.concatenate((edges + 1, [len(thick)]))
        for a, b in zip(starts, ends, strict=True):
            cv2.polylines(self._mask, [fixed[a:b]], False, dark, int(thick[a]), cv2.LINE_AA, _SHIFT)

    def strokes(self, lines: NDArray[np.float64], width: float, dark: int = 255) -> None:
        """Many short pulls of one width: float64[m, n, 2], mm."""
        thickness = max(1, round(width * self._scale))
        cv2.polylines(self._mask, list(self._fixed(lines)), False, dark, thickness, cv2.LINE_AA, _SHIFT)

    def blot(self, points: NDArray[np.float64], dark: int = 255) -> None:
        """A filled shape: float64[n, 2], mm."""
        cv2.fillPoly(self._mask, [self._fixed(points)], dark, cv2.LINE_AA, _SHIFT)

    def onto(self, page: NDArray[np.uint8], colour: tuple[int, int, int]) -> None:
        """Lays the ink upon the page in place: it darkens what is printed there. `colour` is BGR."""
        mask = cv2.resize(self._mask, (page.shape[1], page.shape[0]), interpolation=cv2.INTER_AREA)
        levels = np.arange(256, dtype=np.float64)[:, None] / 255
        table = np.rint(255 - levels * (255 - np.array(colour, np.float64))).astype(np.uint8)
        filtered = cv2.LUT(cv2.merge([mask, mask, mask]), table[None])
        cv2.multiply(page, filtered, dst=page, scale=1 / 255)

    def _fixed(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        # OpenCV's pixel centres lie on whole numbers.
        return np.rint((points * self._scale - 0.5) * (1 << _SHIFT)).astype(np.int32)
