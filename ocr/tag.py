"""AprilTags in a photo: which page of which form this is, and a first idea of where it lies.

Dark patches with a black border are looked for on reduced images, any way round; what they say is read at full size.
OpenCV's own detector, on finer and finer images, took longer than all else and found nothing more in a thousand photos.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

from ocr import patches
from ocr.guard import Gray
from ocr.lines import GREY, walk
from ocr.patches import Sizes
from ocr.plane import Matrix, Points
from ocr.views import Photo, down, up

_PASSES: Final = ((900, 35), (1800, 35), (900, 12), (3600, 12))
"""How dark patches are looked for, one after the other: the most that the long side of the image may have, and by how
many grey levels dark must differ from its surroundings. First without pale print and grain, then with finer eyes, which
print close by disturbs less, then in bad light, then for a page that is a small part of a large photo."""

_CELLS = 8  # of an AprilTag 36h10, across, its black border included
_INNER = 6
_WITHIN = (np.arange(2 * _CELLS) // 2 + np.tile((0.375, 0.625), _CELLS)) / _CELLS  # two samples a cell
_COLOURS = 12 * 4 * GREY  # grey levels between the two colours, in the sum of four samples
_SIZES = Sizes(9, 160, 2.5)  # px on the coarse image
_BLOCK = 31  # px; what is darker than the mean of so many is dark
_SURELY = 2  # of 36 cells may be read wrongly; two tags differ in ten
_BORDER, _ROUGHLY = 3, 9  # of 28 border cells may look white; before its corners are exact
_LEAST, _MOST_WHITE = 5, 31  # of the 36 cells within; tags have 10 to 26, boxes with a digit more
_MOST = 12  # tags; a photo of four pages has eight
_CLOSELY = 300  # patches in an image that are read; on a page some ten are as large as its tag and have a border
_ALIKE = 0.4  # a page's second tag has at least this much of the first one's area in the photo


class Seen(NamedTuple):
    """A tag in the photo."""

    id: int
    corners: Points  # px, [4, 2], in the order of OpenCV's detector: its upright's top left first, clockwise


def find(photo: Photo) -> list[Seen]:
    """Tags whose black border is a whole, large ones first."""
    return next((found for side, contrast in _PASSES if (found := _whole(photo, side, contrast))), [])


def _whole(photo: Photo, side: int, contrast: int) -> list[Seen]:
    level = photo.within(side)
    found: list[Seen] = []
    for quads, area in islice(_ringed(photo, level, contrast), _CLOSELY):
        if len(found) == _MOST:
            break
        if found and area < _ALIKE * cv2.contourArea(down(found[0].corners, level).astype(np.float32)):
            break
        seen = next((seen for quad in quads if (seen := _read(photo.full, quad))), None)
        if seen is not None and not any(np.hypot(*(seen.corners - other.corners).mean(axis=0)) < 8 for other in found):
            found.append(seen)
    return found


def _ringed(photo: Photo, level: int, contrast: int) -> Iterator[tuple[Points, float]]:
    """Dark patches of a level that have a black border: corners as they may be, px of the photo, [n, 4, 2]; and of
    their frame the area, px of the level. Large ones first."""
    some = patches.within(patches.darker(photo.level(level), _BLOCK, contrast), _SIZES)
    quads = up(some.quads, level)
    ringed = np.empty(quads.shape[:2], np.bool_)
    _look_at(photo.full, quads, _WITHIN, ringed)
    for k in np.flatnonzero(ringed.any(axis=1)):
        left, top, right, bottom = some.frames[k].tolist()
        yield quads[k, ringed[k]], float((right - left) * (bottom - top))


@njit(cache=True, nogil=True)
def _look_at(
    photo: Gray, quads: npt.NDArray[np.float64], at: npt.NDArray[np.float64], ringed: npt.NDArray[np.bool_]
) -> None:
    """Fill `ringed` [n, 2] with whether a tag's border may be seen in each of `quads` [n, 2, 4, 2]."""
    white = np.empty((_CELLS, _CELLS), np.bool_)
    for n in range(len(quads)):
        for k in range(2):
            two = _look(photo, quads[n, k], at, white)
            inner = white[1:-1, 1:-1].sum()
            ringed[n, k] = two and white.sum() - inner <= _ROUGHLY and _LEAST <= inner <= _MOST_WHITE


def at(photo: Photo, corners: Points) -> int | None:
    """What the tag says whose corners are known: its id; None where none can be read."""
    seen = _read(photo.full, corners, sharpen=False)
    return seen.id if seen else None


def refined(image: Gray, points: Points, window: int) -> Points:
    """Corners to a fraction of a pixel; one that would leave its window (half its side, px) stays where it was."""
    height, width = image.shape  # what was found in a reduced image may lie a pixel beyond the edge
    start = np.minimum(np.maximum(points, 0), (width - 1, height - 1)).astype(np.float32)
    moved = cv2.cornerSubPix(image, start.reshape(-1, 1, 2), (window, window), (-1, -1), _STOP).reshape(-1, 2)
    there = moved.astype(np.float64)
    off = np.abs(there - points)
    return np.where(np.maximum(off[:, :1], off[:, 1:]) <= window, there, points)


_STOP: Final = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.01)


def _sharpened(photo: Gray, corners: Points) -> Points:
    """Corners seen on a reduced image, at full size. The window never reaches beyond one cell of the tag, as the next
    cell has corners of its own."""
    cell = float(np.hypot(*(corners[1] - corners[0]))) / _CELLS
    for share in (0.7, 0.4):
        corners = refined(photo, corners, int(min(max(share * cell, 2.0), 8.0)))
    return corners


def _read(photo: Gray, corners: Points, sharpen: bool = True) -> Seen | None:
    """The tag within four corners given clockwise, if it is one."""
    cells = _cells(photo, corners)
    if cells is None or _bright_border(cells) > _ROUGHLY:
        return None
    if sharpen:
        corners = _sharpened(photo, corners)
        cells = _cells(photo, corners)
    if cells is None or _bright_border(cells) > _BORDER:
        return None
    inner = cells[1:-1, 1:-1]
    best = _differences(inner)
    at = int(best.argmin())
    if best.flat[at] > _SURELY:
        return None
    turn, number = divmod(at, best.shape[1])
    return Seen(number, np.roll(corners, -turn, axis=0))


def _bright_border(cells: npt.NDArray[np.bool_]) -> int:
    return int(cells.sum() - cells[1:-1, 1:-1].sum())


def _cells(photo: Gray, corners: Points) -> npt.NDArray[np.bool_] | None:
    """Which cells are white, bool[8, 8]; None where nothing there has two colours."""
    white = np.empty((_CELLS, _CELLS), np.bool_)
    return white if _look(photo, np.ascontiguousarray(corners), _WITHIN, white) else None


@njit(cache=True, nogil=True)
def _look(photo: Gray, corners: Points, at: npt.NDArray[np.float64], white: npt.NDArray[np.bool_]) -> bool:
    """Fill `white` with what is brighter than the middle of dark and bright; whether there are two colours. `at`
    float64[16]: where in the tag's side a row is looked at, two samples a cell."""
    plane = np.empty((3, 3))
    if not _spanned(corners, plane):
        return False
    step, seen, sums = np.array([1.0, 0.0]), np.empty(len(at), np.int64), np.zeros(white.shape, np.int64)
    for row in range(len(at)):
        walk(photo, plane, 0.0, at[row], step, at, seen)
        for column in range(len(at)):
            sums[row // 2, column // 2] += seen[column]
    low, high = _ends(sums.ravel())
    for row in range(len(white)):
        for column in range(len(white)):
            white[row, column] = sums[row, column] > (low + high) / 2
    return bool(high - low > _COLOURS)


@njit(cache=True, nogil=True, inline="always")
def _ends(sums: npt.NDArray[np.int64]) -> tuple[int, int]:
    """The eleventh lowest and the sixth highest. Two short rows in order are kept: a third of the time of sorting."""
    low, high = np.full(11, np.iinfo(np.int64).max), np.full(6, np.iinfo(np.int64).min)
    for value in sums:
        if value < low[-1]:
            k = len(low) - 1
            while k > 0 and low[k - 1] > value:
                low[k] = low[k - 1]
                k -= 1
            low[k] = value
        if value > high[-1]:
            k = len(high) - 1
            while k > 0 and high[k - 1] < value:
                high[k] = high[k - 1]
                k -= 1
            high[k] = value
    return low[-1], high[-1]


@njit(cache=True, nogil=True, inline="always")
def _spanned(corners: Points, plane: Matrix) -> bool:
    """Fill `plane` with the homography of the unit square whose corners these are, clockwise; whether there is one.

    P. Heckbert, Fundamentals of Texture Mapping and Image Warping, 1989.
    """
    one, far, other = (
        corners[1] - corners[2],
        corners[3] - corners[2],
        corners[0] - corners[1] + corners[2] - corners[3],
    )
    whole = one[0] * far[1] - far[0] * one[1]
    if abs(whole) < 1e-9:
        return False
    g, h = (other[0] * far[1] - far[0] * other[1]) / whole, (one[0] * other[1] - other[0] * one[1]) / whole
    for axis in range(2):
        plane[axis, 0] = corners[1, axis] - corners[0, axis] + g * corners[1, axis]
        plane[axis, 1] = corners[3, axis] - corners[0, axis] + h * corners[3, axis]
        plane[axis, 2] = corners[0, axis]
    plane[2, 0], plane[2, 1], plane[2, 2] = g, h, 1.0
    return True


def _differences(inner: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """In how many cells the picture, turned counterclockwise 0 to 3 times, differs from each tag; [4, tags]."""
    return np.asarray(np.bitwise_count((inner.ravel()[_TURNED] @ _PLACES)[:, None] ^ _codes()), np.uint8)


_TURNED = np.stack([np.rot90(np.arange(_INNER**2).reshape(_INNER, _INNER), k).ravel() for k in range(4)])
_PLACES = 1 << np.arange(_INNER**2, dtype=np.uint64)


@lru_cache(maxsize=1)
def _codes() -> npt.NDArray[np.uint64]:
    """Every tag's 36 cells as a number's bits, 1 white."""
    bits = [
        cv2.aruco.Dictionary.getBitsFromByteList(_dictionary().bytesList[k : k + 1], _INNER).ravel()
        for k in range(len(_dictionary().bytesList))
    ]
    return np.asarray(np.array(bits, np.uint64) @ _PLACES, np.uint64)


@lru_cache(maxsize=1)
def _dictionary() -> "cv2.aruco.Dictionary":
    return cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
