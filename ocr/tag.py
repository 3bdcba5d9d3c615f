"""AprilTags in a photo: which page of which form this is, and a first idea of where it lies.

Dark squares are looked for on a reduced image, any way round; what they say is read at full size. Only where that
fails OpenCV's own detector searches finer and finer images, which takes longer than all other stages together.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ocr.guard import Gray
from ocr.plane import Points
from ocr.views import Photo, down, up

_PASSES: Final = ((900, 35), (1800, 35), (900, 12))
"""How dark squares are looked for, one after the other: the most that the long side of the image may have, and by how
many grey levels dark must differ from its surroundings. First without pale print and grain, then with finer eyes, which
print close by disturbs less, then in bad light."""

SEARCH: Final = ((700, 12), (1300, 12), (2600, 12), (4200, 12))
"""Where OpenCV looks, one after the other: the most that the long side may have, and by how many grey levels dark must
differ from its surroundings."""

_CELLS = 8  # of an AprilTag 36h10, across, its black border included
_INNER = 6
_CELL = 4  # pixels a cell of a straightened tag
_SMALLEST, _LARGEST = 9, 160  # px on the coarse image
_BLOCK = 31  # px; what is darker than the mean of so many is dark
_WINDOW = 13  # px; the same for OpenCV's search
_SURELY = 2  # of 36 cells may be read wrongly; two tags differ in ten
_BORDER, _ROUGHLY = 3, 9  # of 28 border cells may look white; before its corners are exact
_MOST = 12  # tags; a photo of four pages has eight
_CROWD = 1000  # four-sided outlines in an image; no page has 300, and OpenCV compares each with every other
_PERIMETER = 40  # px around the smallest tag that OpenCV looks for
_ALIKE = 0.4  # a page's second tag has at least this much of the first one's area in the photo
_LEAST_INK, _MOST_INK = 0.35, 1.3  # dark pixels in and around a tag, of its area; boxes are hollow


class Seen(NamedTuple):
    """A tag in the photo."""

    id: int
    corners: Points  # px, [4, 2], in the order of OpenCV's detector: its upright's top left first, clockwise


def quick(photo: Photo) -> list[Seen]:
    """Tags whose black border is a whole on a coarse image, large ones first."""
    return next((found for side, contrast in _PASSES if (found := _whole(photo, side, contrast))), [])


def _whole(photo: Photo, side: int, contrast: int) -> list[Seen]:
    level = photo.within(side)
    found: list[Seen] = []
    for quads, area in sorted(_squares(photo.level(level), contrast), key=lambda square: -square[1]):
        if len(found) == _MOST:
            break
        if found and area < _ALIKE * cv2.contourArea(down(found[0].corners, level).astype(np.float32)):
            break
        seen = next((seen for quad in quads if (seen := _read(photo.full, up(quad, level)))), None)
        if seen is not None and not any(np.hypot(*(seen.corners - other.corners).mean(axis=0)) < 8 for other in found):
            found.append(seen)
    return found


def thorough(photo: Photo) -> Iterator[list[Seen]]:
    """Tags as OpenCV finds them, one list a size of the image, coarse to fine; up to one that is full of squares."""
    tried: set[int] = set()
    for side, contrast in SEARCH:
        level = photo.within(side)
        if level in tried:
            continue
        tried.add(level)
        image = photo.level(level)
        if _crowded(image, contrast):
            return
        corners, ids, _ = _detector(contrast, max(image.shape)).detectMarkers(image)
        found = zip(np.ravel(ids) if corners else (), corners, strict=True)
        yield [Seen(int(k), _sharpened(photo.full, up(c.reshape(4, 2), level))) for k, c in found]


def _crowded(image: Gray, contrast: int) -> bool:
    """Whether more of an image is four-sided than OpenCV can look through: tiles took it minutes."""
    dark = cv2.adaptiveThreshold(image, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _WINDOW, contrast)
    outlines, _ = cv2.findContours(dark, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    sided = (_sided(outline) for outline in outlines if len(outline) >= 4)
    return next((True for _ in islice(filter(None, sided), _CROWD, None)), False)


def _sided(outline: npt.NDArray[np.int32]) -> bool:
    """Whether OpenCV would look at an outline: long enough, with four corners."""
    around = cv2.arcLength(outline, True)
    return around >= _PERIMETER - 8 and len(cv2.approxPolyDP(outline, 0.03 * around, True)) == 4


def at(photo: Photo, corners: Points) -> int | None:
    """What the tag says whose corners are known: its id; None where none can be read."""
    seen = _read(photo.full, corners, sharpen=False)
    return seen.id if seen else None


def refined(image: Gray, points: Points, window: int) -> Points:
    """Corners to a fraction of a pixel; one that would leave its window (half its side, px) stays where it was."""
    last = np.array(image.shape[::-1]) - 1  # what was found in a reduced image may lie a pixel beyond the edge
    start = np.clip(points, 0, last).astype(np.float32).reshape(-1, 1, 2)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.01)
    moved = cv2.cornerSubPix(image, start, (window, window), (-1, -1), stop).reshape(-1, 2).astype(np.float64)
    stayed = np.abs(moved - points).max(axis=1, keepdims=True) <= window
    return np.where(stayed, moved, points)


def _squares(image: Gray, contrast: int) -> Iterator[tuple[tuple[Points, ...], float]]:
    """Four-sided dark patches that are neither full nor hollow: corners clockwise in the image, px, and area.

    Corners are those of the outline, or else of the smallest rectangle around it, which a ragged one has as well.
    """
    dark = cv2.adaptiveThreshold(image, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _BLOCK, contrast)
    outlines, _ = cv2.findContours(dark, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for outline in outlines:
        if len(outline) < 4:
            continue
        x, y, width, height = cv2.boundingRect(outline)
        short, long = (width, height) if width < height else (height, width)
        if short < _SMALLEST or long > _LARGEST or long > 2.5 * short:
            continue
        area = cv2.contourArea(outline)
        if area < 0.4 * short * short:
            continue
        if not _LEAST_INK < cv2.countNonZero(dark[y : y + height, x : x + width]) / area < _MOST_INK:
            continue
        hull = cv2.convexHull(outline)
        around = cv2.boxPoints(cv2.minAreaRect(hull))
        whole = cv2.contourArea(hull)
        quads = [quad.reshape(4, 2).astype(np.float64) for quad in (_four(hull), around) if quad is not None]
        good = tuple(quad for quad in quads if 0.8 * whole < cv2.contourArea(quad.astype(np.float32)) < 1.25 * whole)
        if good:
            yield good, area


def _four(hull: npt.NDArray[np.int32]) -> npt.NDArray[np.int32] | None:
    around = cv2.arcLength(hull, True)
    for part in (0.05, 0.08, 0.12):
        quad = cv2.approxPolyDP(hull, part * around, True)
        if len(quad) == 4:
            return np.asarray(quad, np.int32)
    return None


def _sharpened(photo: Gray, corners: Points) -> Points:
    """Corners seen on a reduced image, at full size. The window never reaches beyond one cell of the tag, as the next
    cell has corners of its own."""
    cell = float(np.hypot(*(corners[1] - corners[0]))) / _CELLS
    for share in (0.7, 0.4):
        corners = refined(photo, corners, int(np.clip(share * cell, 2, 8)))
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
    side = _CELLS * _CELL
    square = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32) - 0.5
    turn = cv2.getPerspectiveTransform(square, corners.astype(np.float32))
    if abs(np.linalg.det(turn)) < 1e-9:
        return None
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat = cv2.warpPerspective(photo, turn, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    means = flat.reshape(_CELLS, _CELL, _CELLS, _CELL)[:, 1:-1, :, 1:-1].mean(axis=(1, 3))
    low, high = np.sort(means, axis=None)[[10, -6]]
    return np.asarray(means > (low + high) / 2) if high - low > 12 else None


def _differences(inner: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """In how many cells the picture, turned counterclockwise 0 to 3 times, differs from each tag; [4, tags]."""
    turned = np.stack([np.rot90(inner, k).ravel() for k in range(4)]).astype(np.float32) * 2 - 1
    return np.asarray((_INNER**2 - turned @ _codes()) / 2, np.float32)


@lru_cache(maxsize=1)
def _codes() -> npt.NDArray[np.float32]:
    """Every tag as a column of 36 cells, 1 white, -1 black."""
    bits = [
        cv2.aruco.Dictionary.getBitsFromByteList(_dictionary().bytesList[k : k + 1], _INNER).ravel()
        for k in range(len(_dictionary().bytesList))
    ]
    return np.stack(bits, axis=1).astype(np.float32) * 2 - 1


@lru_cache(maxsize=1)
def _dictionary() -> "cv2.aruco.Dictionary":
    return cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)


@lru_cache(maxsize=64)
def _detector(contrast: int, side: int) -> "cv2.aruco.ArucoDetector":
    settings = cv2.aruco.DetectorParameters()
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_NONE
    settings.adaptiveThreshWinSizeMin = settings.adaptiveThreshWinSizeMax = _WINDOW
    settings.adaptiveThreshConstant = contrast
    settings.minMarkerPerimeterRate = _PERIMETER / side
    return cv2.aruco.ArucoDetector(_dictionary(), settings)
