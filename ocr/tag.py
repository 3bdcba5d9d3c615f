"""The page's AprilTag: which page it is, and a first idea of where it lies.

The tag is looked for on reduced images, any way round; its corners are then followed to full size.
"""

from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from election.form import Form, Page
from ocr.fault import NoPage, WrongForm
from ocr.guard import Gray
from ocr.plane import Points
from ocr.views import Photo

SEARCH: Final = ((700, 30), (700, 12), (1200, 15), (2000, 12), (3000, 12))
"""Where the tag is looked for, one after the other: the long side, in pixels, of the reduced image, and by how many
grey levels dark must differ from its surroundings. The grain of a table costs time where that is little."""

_SMALLEST = 48  # pixels around a tag; on a smaller one no cell can be told from the next
_CELLS = 10  # of an AprilTag 36h10, across, its border included


def find(photo: Photo, form: Form) -> tuple[Page, Points]:
    """The page whose tag is in the photo, and the tag's four corners in full-size pixels, [4, 2].

    Raises NoPage, or WrongForm where only tags of other pages are seen.
    """
    known = {page.tag_id: page for page in form.pages}
    strange: int | None = None
    for side, contrast in SEARCH:
        scale = min(1.0, side / photo.side)
        corners, ids = _look(photo.at(scale), contrast)
        for corner, tag in zip(corners, ids, strict=True):
            if tag in known:
                return known[tag], _tag_corners(photo, corner, scale)
            strange = tag
    if strange is not None:
        raise WrongForm(tag=strange)
    raise NoPage()


def _tag_corners(photo: Photo, corners: Points, scale: float) -> Points:
    """Corners seen on a reduced image, at full size.

    The window never reaches beyond one cell of the tag, as the next cell has corners of its own; a tag that can be
    told at all has cells of two reduced pixels, so the corner lies within it.
    """
    at = (corners + 0.5) / scale - 0.5
    cell = float(np.hypot(*(at[1] - at[0]))) / _CELLS
    for share in (0.7, 0.4):
        at = refined(photo.full, at, int(np.clip(share * cell, 2, 8)))
    return at


def _look(image: Gray, contrast: int) -> tuple[list[Points], list[int]]:
    corners, ids, _ = _detector(contrast, max(image.shape)).detectMarkers(image)
    if ids is None:
        return [], []
    return [np.asarray(c, np.float64).reshape(4, 2) for c in corners], [int(i) for i in ids.ravel()]


@lru_cache(maxsize=64)
def _detector(contrast: int, side: int) -> "cv2.aruco.ArucoDetector":
    settings = cv2.aruco.DetectorParameters()
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_NONE
    settings.adaptiveThreshWinSizeMin = settings.adaptiveThreshWinSizeMax = 13
    settings.adaptiveThreshConstant = contrast
    settings.minMarkerPerimeterRate = _SMALLEST / side
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10), settings)


def refined(image: Gray, points: Points, window: int) -> Points:
    """Corners to a fraction of a pixel; one that would leave its window (half its side, px) stays where it was."""
    start = points.astype(np.float32).reshape(-1, 1, 2)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.01)
    moved = cv2.cornerSubPix(image, start, (window, window), (-1, -1), stop).reshape(-1, 2).astype(np.float64)
    stayed = np.abs(moved - points).max(axis=1, keepdims=True) <= window
    return np.where(stayed, moved, points)
