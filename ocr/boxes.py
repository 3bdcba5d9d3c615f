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

_TALL = 1.25
"""How much higher than wide a box must be for only a part of it to be looked at."""

_FINE = 48
"""Pixels a side of the picture in which ink is looked for."""

_ROOM = 1.3
"""How much higher than the ink the part is that is looked at."""

_CONTRAST = 24.0
_STRAY = 0.03
"""Grey levels from paper to ink below which a box counts as empty; of the ink, what may lie outside at each end."""

_RULE, _DIVIDER = 0.7, 0.8
"""Parts of a row, and of a column, that are dark in a printed line."""

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


def fitted(photo: Gray, homography: npt.NDArray[np.float64], places: Places) -> npt.NDArray[np.float64]:
    """Where to look in each of `places`, float64[n, 4]: a box much higher than wide is cut to where its ink stands.

    Its part is as wide as the box and at least as high as wide, so that what is written keeps its shape; it has the
    ink in its middle, and grows up to the whole box with it. Without ink it is the middle of the box. Other boxes stay
    exactly as they are.
    """
    out = np.array(places, np.float64).reshape(-1, 4)
    width, height = out[:, 2] - out[:, 0], out[:, 3] - out[:, 1]
    tall = np.flatnonzero(height > _TALL * width)
    if len(tall):
        middle, extent = np.empty((2, len(tall)))
        _written(sample(photo, homography, out[tall], _FINE, 0.0), middle, extent)
        low, width, height = out[tall, 1], width[tall], height[tall]
        part = np.clip(extent * height * _ROOM, width, height)
        top = np.clip(middle * height - part / 2, 0, height - part)
        out[tall, 1], out[tall, 3] = low + top, low + top + part
    return out


@njit(cache=True, nogil=True)
def _written(pictures: npt.NDArray[np.uint8], middle: npt.NDArray[np.float64], extent: npt.NDArray[np.float64]) -> None:
    """Fill in middle and extent of the ink from top to bottom, parts of the height, float64[n] each; 0.5 and 0 without.

    Rows and columns that are dark nearly throughout are rules and dividers, and what is pale is a watermark.
    """
    side = pictures.shape[1]
    rim = side // 9
    top = rim // 2
    for n in range(len(pictures)):
        middle[n], extent[n] = 0.5, 0.0
        inner = pictures[n, top : side - top, rim : side - rim]
        darkest, paper = _percentile(inner, 0.01), _percentile(inner, 0.8)
        if paper - darkest <= _CONTRAST:
            continue
        dark = inner < (darkest + paper) / 2
        height, width = dark.shape
        across, down = dark.sum(axis=0), dark.sum(axis=1)
        ink = np.zeros(height, np.int64)
        for row in range(height):
            for column in range(width):
                if dark[row, column] and down[row] / width < _RULE and across[column] / height < _DIVIDER:
                    ink[row] += 1
        if ink.sum() >= side // 4:
            above = np.cumsum(ink) / ink.sum()
            first, last = (above < _STRAY).sum(), (above < 1 - _STRAY).sum() + 1
            middle[n], extent[n] = (top + (first + last) / 2) / side, (last - first) / side


@njit(cache=True, nogil=True)
def _percentile(picture: npt.NDArray[np.uint8], part: float) -> float:
    """As numpy has it: linear between two neighbours."""
    counts = np.zeros(256, np.int64)
    for row in picture:
        for grey in row:
            counts[grey] += 1
    place = part * (picture.size - 1)
    low = high = -1
    passed = 0
    for grey in range(256):
        passed += counts[grey]
        if low < 0 and passed > int(place):
            low = grey
        if high < 0 and passed > int(place) + 1:
            high = grey
    rest = place - int(place)
    return low + (high - low) * rest if rest < 0.5 else high - (high - low) * (1 - rest)


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
                        p, q = int64(flat[at]), int64(flat[at + uint64(1)])
                        r, s = int64(flat[at + stride]), int64(flat[at + stride + uint64(1)])
                        above, below = (p << 8) + (q - p) * fx, (r << 8) + (s - r) * fx
                        sums[column] += (above << 8) + (below - above) * fy
                        x += step_x
                        y += step_y
            for column in range(side):
                pictures[n, row, column] = (sums[column] // area + _ONE // 2) >> 16
