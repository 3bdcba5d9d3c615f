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
    moved = flat @ homography[:, :2].T + homography[:, 2]
    return moved[:, :2] / moved[:, 2:]


def fit(mm: Points, px: Points) -> Matrix:
    """Least squares: with few and exact points it is better than voting."""
    homography, _ = cv2.findHomography(mm, px, 0)
    if homography is None:
        raise NoPage()
    return np.asarray(homography, np.float64)
