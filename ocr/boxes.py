"""Small pictures of places on the page, sampled straight through the homography: the page is never straightened.

All places of a page go through one call, so that the photo's pixels are read once. What the pictures show is for
`digits` and `bubbles` to say.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from election.form import Rect
from ocr.guard import Gray
from ocr.plane import project

SIDE: Final = 32
"""Pixels a side of the picture of a digit box."""

MARGIN: Final = 0.1
"""Of a box's side, how much of its surroundings its picture shows: the outline is in it, and a pen that strayed."""

_MAX_STEPS = 4


def sample(
    photo: Gray, homography: npt.NDArray[np.float64], places: Sequence[Rect], side: int = SIDE, margin: float = MARGIN
) -> npt.NDArray[np.float32]:
    """Grey pictures float32[n, side, side] of `places` (mm), each widened by `margin` of its size on every side.

    Where the photo is finer than the picture every sample is the mean of several, so that nothing aliases.
    """
    if not places:
        return np.zeros((0, side, side), np.float32)
    steps = _steps(homography, places[0], side, margin)
    fine = side * steps
    at = np.linspace(-margin, 1 + margin, fine + 1)
    at = (at[:-1] + at[1:]) / 2
    rects = np.asarray(places, np.float64)
    x = rects[:, 0, None] + (rects[:, 2] - rects[:, 0])[:, None] * at
    y = rects[:, 1, None] + (rects[:, 3] - rects[:, 1])[:, None] * at
    grid = np.empty((len(rects), fine, fine, 2))
    grid[..., 0], grid[..., 1] = x[:, None, :], y[:, :, None]
    where = project(homography, grid.reshape(-1, 2)).astype(np.float32).reshape(-1, fine, 2)
    seen = _remap(photo, where).reshape(len(rects), side, steps, side, steps)
    return seen.mean(axis=(2, 4), dtype=np.float32)


def _remap(photo: Gray, where: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Bilinear samples; in slices because OpenCV addresses rows with 16 bits."""
    parts = [
        cv2.remap(photo, where[start : start + 16384], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for start in range(0, len(where), 16384)
    ]
    return np.concatenate([np.asarray(part, np.uint8) for part in parts])


def _steps(homography: npt.NDArray[np.float64], place: Rect, side: int, margin: float) -> int:
    """Samples across one pixel of the picture, from how many pixels of the photo it covers."""
    corners = project(homography, [(place.x0, place.y0), (place.x1, place.y0)])
    across = float(np.hypot(*(corners[1] - corners[0]))) * (1 + 2 * margin)
    return int(np.clip(round(across / side), 1, _MAX_STEPS))
