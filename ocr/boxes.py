"""Small pictures of places on the page, sampled straight through the homography: the page is never straightened.

What the pictures show is for `digits` and `bubbles` to say.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from numba import int64, njit, uint64

from election.form import Rect
from ocr.guard import Gray
from ocr.plane import project

SIDE: Final = 32
"""Pixels a side of the picture of a digit box."""

MARGIN: Final = 0.1
"""Of a box's side, how much of its surroundings its picture shows: the outline is in it, and a pen that strayed."""

Places = Sequence[Rect] | npt.NDArray[np.float64]
"""Rectangles in mm: left, top, right, bottom; [n, 4]."""

_MAX_STEPS = 4
_ONE = 65536
"""A pixel, in the whole numbers in which the kernel walks: every machine then samples the same bytes."""


def sample(
    photo: Gray, homography: npt.NDArray[np.float64], places: Places, side: int = SIDE, margin: float = MARGIN
) -> npt.NDArray[np.uint8]:
    """Grey pictures uint8[n, side, side] of `places`, each widened by `margin` of its size on every side.

    Where the photo is finer than the picture every sample is the mean of several, so that nothing aliases. Places
    beyond the photo's edge show its last pixels.
    """
    pictures = np.empty((len(places), side, side), np.uint8)
    if len(places):
        corners = _corners(homography, np.asarray(places, np.float64), margin)
        longest = np.hypot(*(corners[:, (1, 3)] - corners[:, :1]).transpose(2, 0, 1)).max(axis=1)
        steps = np.clip(np.rint(longest / side), 1, _MAX_STEPS).astype(np.int64)
        _sample(photo, np.rint(corners * _ONE).astype(np.int64), steps, pictures)
    return pictures


def _corners(
    homography: npt.NDArray[np.float64], rects: npt.NDArray[np.float64], margin: float
) -> npt.NDArray[np.float64]:
    """Where the widened rectangles' corners lie in the photo, clockwise from the top left; px, float64[n, 4, 2]."""
    wide = (rects[:, 2:] - rects[:, :2]) * margin
    low, high = rects[:, :2] - wide, rects[:, 2:] + wide
    x = np.stack((low[:, 0], high[:, 0], high[:, 0], low[:, 0]), axis=1)
    y = np.stack((low[:, 1], low[:, 1], high[:, 1], high[:, 1]), axis=1)
    # Far beyond the picture there is nothing to see, and whole numbers end somewhere.
    return project(homography, np.stack((x, y), axis=2)).clip(-1e6, 1e6).reshape(-1, 4, 2)


@njit(cache=True, nogil=True)
def _sample(
    photo: npt.NDArray[np.uint8],
    corners: npt.NDArray[np.int64],
    steps_of: npt.NDArray[np.int64],
    pictures: npt.NDArray[np.uint8],
) -> None:
    """Fill `pictures` uint8[n, side, side] from `photo`, `steps_of[n]` squared bilinear samples a pixel.

    `corners` int64[n, 4, 2] in 1/65536 px, clockwise. Between them the page is taken for bilinear: over one box the
    perspective bends by less than a tenth of a pixel.
    """
    rows, cols = photo.shape
    flat, stride = photo.ravel(), uint64(cols)
    right, down = int64(cols - 1) * _ONE - 1, int64(rows - 1) * _ONE - 1
    side = pictures.shape[1]
    sums = np.empty(side, np.int64)
    for n in range(len(pictures)):
        steps = steps_of[n]
        fine, area = side * steps, steps * steps
        a, b, c, d = corners[n, 0], corners[n, 1], corners[n, 2], corners[n, 3]
        inside = corners[n].min() >= 0 and corners[n, :, 0].max() <= right and corners[n, :, 1].max() <= down
        for row in range(side):
            sums[:] = 0
            for line in range(row * steps, row * steps + steps):
                # The middle of the line's ends on the left and the right side of the box.
                left_x = a[0] + (d[0] - a[0]) * (2 * line + 1) // (2 * fine)
                left_y = a[1] + (d[1] - a[1]) * (2 * line + 1) // (2 * fine)
                step_x = (b[0] + (c[0] - b[0]) * (2 * line + 1) // (2 * fine) - left_x) // fine
                step_y = (b[1] + (c[1] - b[1]) * (2 * line + 1) // (2 * fine) - left_y) // fine
                x, y = left_x + step_x // 2, left_y + step_y // 2
                for column in range(side):
                    for _ in range(steps):
                        u, v = x, y
                        if not inside:
                            u, v = min(max(x, 0), right), min(max(y, 0), down)
                        fx, fy = (u >> 8) & 255, (v >> 8) & 255
                        at = uint64(v >> 16) * stride + uint64(u >> 16)
                        above = int64(flat[at]) * (256 - fx) + int64(flat[at + uint64(1)]) * fx
                        below = int64(flat[at + stride]) * (256 - fx) + int64(flat[at + stride + uint64(1)]) * fx
                        sums[column] += above * (256 - fy) + below * fy
                        x += step_x
                        y += step_y
            for column in range(side):
                pictures[n, row, column] = (sums[column] // area + _ONE // 2) >> 16
