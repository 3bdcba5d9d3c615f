"""Dark patches of a picture: pixels that touch each other, found in one pass over its rows.

Most of a photo's thousand patches are letters; by their sizes alone nearly all are left out. Which of the others are
tags or marks is for `tag` and `corners`.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

from ocr.guard import Gray

Whole = npt.NDArray[np.int64]
Corners = npt.NDArray[np.float64]


class Sizes(NamedTuple):
    """How large a patch may be, in pixels of its upright frame: the shorter side at least, the longer one at most, and
    so many times the shorter one."""

    least: int
    most: int
    slim: float


class Patches(NamedTuple):
    """Patches, those with large frames first.

    `frames` [n, 4]: left, top, right and bottom, the last two just beyond. `quads` float64[n, 2, 4, 2]: the corners
    that each has if it is four-sided, px, clockwise: those furthest out diagonally, as of an upright square, and those
    furthest up, right, down and left, as of one on its tip. However a square lies, one of the two has its corners.
    """

    frames: Whole
    quads: Corners


def darker(image: Gray, block: int, contrast: int) -> Gray:
    """1 where a picture is darker, by that many grey levels, than the mean of `block` × `block` pixels, else 0."""
    return np.asarray(
        cv2.adaptiveThreshold(image, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, contrast), np.uint8
    )


def within(dark: Gray, sizes: Sizes) -> Patches:
    """The patches of `dark` uint8[height, width] that have a size."""
    frames, quads = _patches(np.ascontiguousarray(dark))
    areas = np.empty(len(frames), np.int64)
    count = _sized(frames, quads, sizes.least, sizes.most, sizes.slim, areas)
    some = np.argsort(-areas[:count], kind="stable")
    return Patches(frames[some], quads[some])


@njit(cache=True, nogil=True)
def _sized(frames: Whole, quads: Corners, least: int, most: int, slim: float, areas: Whole) -> int:
    """Move patches that have a size to the front, note their frames' areas, and say how many there are."""
    count = 0
    for n in range(len(frames)):
        width, height = frames[n, 2] - frames[n, 0], frames[n, 3] - frames[n, 1]
        short, long = min(width, height), max(width, height)
        if short >= least and long <= min(most, slim * short):
            frames[count], quads[count], areas[count] = frames[n], quads[n], short * long
            count += 1
    return count


@njit(cache=True, nogil=True)
def _patches(dark: Gray) -> tuple[Whole, Corners]:
    """Frames and quads of all patches. Corners touch, too."""
    rows, cols = dark.shape
    most = rows * ((cols + 1) // 2)
    # A run of dark pixels: where it starts and ends in its row, and an older run of its patch, or itself.
    start, end, row = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32)
    older = np.empty(most, np.int32)
    count = above = last = 0
    for y in range(rows):
        above, last = last, count
        x = 0
        while x < cols:
            if dark[y, x] == 0:
                x += 1
                continue
            first = x
            while x < cols and dark[y, x] != 0:
                x += 1
            start[count], end[count], row[count], older[count] = first, x, y, count
            while above < last and end[above] < first:
                above += 1
            k = above
            while k < last and start[k] <= x:
                _join(older, k, count)
                k += 1
            count += 1
    return _framed(start[:count], end[:count], row[:count], older)


@njit(cache=True, nogil=True)
def _framed(
    start: npt.NDArray[np.int32], end: npt.NDArray[np.int32], row: npt.NDArray[np.int32], older: npt.NDArray[np.int32]
) -> tuple[Whole, Corners]:
    """Frames and quads of runs that belong together: those whose oldest one is the same."""
    number = np.empty(len(start), np.int32)
    frames, quads = np.empty((len(start), 4), np.int64), np.empty((len(start), 2, 4, 2))
    patches = 0
    for k in range(len(start)):
        oldest = _oldest(older, k)
        left, right, top, bottom = start[k] - 0.5, end[k] - 0.5, row[k] - 0.5, row[k] + 0.5
        if oldest == k:
            at = number[k] = patches
            frames[at, 0], frames[at, 1] = start[k], row[k]
            frames[at, 2], frames[at, 3] = end[k], row[k] + 1
            upright, tip = quads[at, 0], quads[at, 1]
            upright[0, 0], upright[0, 1], upright[3, 0], upright[3, 1] = left, top, left, bottom
            upright[1, 0], upright[1, 1], upright[2, 0], upright[2, 1] = right, top, right, bottom
            tip[0, 0], tip[0, 1], tip[2, 0], tip[2, 1] = (left + right) / 2, top, (left + right) / 2, bottom
            tip[1, 0], tip[1, 1], tip[3, 0], tip[3, 1] = right, float(row[k]), left, float(row[k])
            patches += 1
            continue
        at = number[oldest]
        frames[at, 0], frames[at, 2] = min(frames[at, 0], start[k]), max(frames[at, 2], end[k])
        frames[at, 3] = row[k] + 1  # runs come row after row
        _stretch(quads[at, 0], quads[at, 1], left, right, top, bottom)
    return frames[:patches], quads[:patches]


@njit(cache=True, nogil=True, inline="always")
def _stretch(upright: Corners, tip: Corners, left: float, right: float, top: float, bottom: float) -> None:
    """Move the corners of a patch out to a run below that lies further out."""
    if left + top < upright[0, 0] + upright[0, 1]:
        upright[0, 0], upright[0, 1] = left, top
    if right - top > upright[1, 0] - upright[1, 1]:
        upright[1, 0], upright[1, 1] = right, top
    if right + bottom > upright[2, 0] + upright[2, 1]:
        upright[2, 0], upright[2, 1] = right, bottom
    if left - bottom < upright[3, 0] - upright[3, 1]:
        upright[3, 0], upright[3, 1] = left, bottom
    if right > tip[1, 0]:
        tip[1, 0], tip[1, 1] = right, (top + bottom) / 2
    tip[2, 0], tip[2, 1] = (left + right) / 2, bottom
    if left < tip[3, 0]:
        tip[3, 0], tip[3, 1] = left, (top + bottom) / 2


@njit(cache=True, nogil=True, inline="always")
def _oldest(older: npt.NDArray[np.int32], k: int) -> int:
    while older[k] != k:
        older[k] = older[older[k]]
        k = older[k]
    return k


@njit(cache=True, nogil=True, inline="always")
def _join(older: npt.NDArray[np.int32], one: int, other: int) -> None:
    a, b = _oldest(older, one), _oldest(older, other)
    older[max(a, b)] = min(a, b)
