"""Homographies: a flat page and its photo. Which points lie on the page is for `tag` and `marks` to find."""

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

from ocr.fault import NoPage

Points = npt.NDArray[np.float64]
"""float64[n, 2], or float64[2] for one."""

Place = tuple[float, float]
"""A point on the page, mm."""

Matrix = npt.NDArray[np.float64]
"""float64[3, 3]."""


def project(homography: Matrix, points: npt.ArrayLike) -> Points:
    """Points [n, 2] through a homography."""
    flat = np.ascontiguousarray(points, np.float64).reshape(-1, 2)
    there = np.empty(flat.shape)
    _project(np.ascontiguousarray(homography), flat, there)
    return there


@njit(cache=True, nogil=True, error_model="numpy")
def _project(h: Matrix, points: Points, there: Points) -> None:
    for k in range(len(points)):
        x, y = points[k]
        depth = h[2, 0] * x + h[2, 1] * y + h[2, 2]
        there[k, 0] = (h[0, 0] * x + h[0, 1] * y + h[0, 2]) / depth
        there[k, 1] = (h[1, 0] * x + h[1, 1] * y + h[1, 2]) / depth


def fit(mm: Points, px: Points) -> Matrix:
    """Least squares: with few and exact points it is better than voting."""
    homography, _ = cv2.findHomography(mm, px, 0)
    if homography is None:
        raise NoPage()
    return np.asarray(homography, np.float64)


def affine(mm: Points, px: Points) -> Matrix:
    """The affine map of least squares, where points are too few or too close for a homography; `mm` on no one line."""
    found = np.zeros((3, 3))
    _affine(np.ascontiguousarray(mm), np.ascontiguousarray(px), found)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _affine(mm: Points, px: Points, found: Matrix) -> None:
    """Fill `found`. Spelled out, as a library's pseudo-inverse would take longer than all the rest of this."""
    here, there = mm.sum(axis=0) / len(mm), px.sum(axis=0) / len(px)
    xx = xy = yy = 0.0
    for k in range(len(mm)):
        x, y = mm[k] - here
        xx, xy, yy = xx + x * x, xy + x * y, yy + y * y
    whole = xx * yy - xy * xy
    for k in range(len(mm)):
        x, y = mm[k] - here
        # The two columns of the pseudo-inverse.
        right, down = (yy * x - xy * y) / whole, (xx * y - xy * x) / whole
        for axis in range(2):
            found[axis, 0] += (px[k, axis] - there[axis]) * right
            found[axis, 1] += (px[k, axis] - there[axis]) * down
    for axis in range(2):
        found[axis, 2] = there[axis] - found[axis, 0] * here[0] - found[axis, 1] * here[1]
    found[2, 2] = 1.0
