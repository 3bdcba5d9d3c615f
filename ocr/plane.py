"""Homographies: a flat page and its photo. Which points lie on the page is for `tag` and `marks` to find."""

import cv2
import numpy as np
import numpy.typing as npt

from ocr.fault import NoPage

Points = npt.NDArray[np.float64]
"""float64[n, 2], or float64[2] for one."""

Place = tuple[float, float]
"""A point on the page, mm."""

Matrix = npt.NDArray[np.float64]
"""float64[3, 3]."""


def project(homography: Matrix, points: npt.ArrayLike) -> Points:
    """Points [n, 2] through a homography."""
    flat = np.asarray(points, np.float64).reshape(-1, 2)
    x, y = flat[:, 0], flat[:, 1]
    (a, b, c), (d, e, f), (g, h, i) = homography.tolist()
    # Spelled out: a matrix product of two columns would wake every thread of the linear algebra library.
    depth = g * x + h * y + i
    return np.stack(((a * x + b * y + c) / depth, (d * x + e * y + f) / depth), axis=1)


def fit(mm: Points, px: Points) -> Matrix:
    """Least squares: with few and exact points it is better than voting."""
    homography, _ = cv2.findHomography(mm, px, 0)
    if homography is None:
        raise NoPage()
    return np.asarray(homography, np.float64)


def affine(mm: Points, px: Points) -> Matrix:
    """The affine map of least squares, where points are too few or too close for a homography; `mm` on no one line."""
    here, there = mm.mean(axis=0), px.mean(axis=0)
    x, y = (mm - here).T
    xx, xy, yy = (float((one * other).sum()) for one, other in ((x, x), (x, y), (y, y)))
    # The two columns of the pseudo-inverse, as a library's would take longer than all the rest of this.
    right, down = (yy * x - xy * y) / (xx * yy - xy * xy), (xx * y - xy * x) / (xx * yy - xy * xy)
    linear = np.array([[float((side * one).sum()) for one in (right, down)] for side in (px - there).T])
    shift = there - linear[:, 0] * here[0] - linear[:, 1] * here[1]
    return np.vstack((np.column_stack((linear, shift)), [0.0, 0.0, 1.0]))
