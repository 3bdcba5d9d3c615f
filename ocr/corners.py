"""Corner marks without a tag: dark figures of their shape anywhere in a photo, and the placements that they allow.

A figure is told by a moment that no perspective changes much: area over spread is 12 for a square and 9.07 for two that
touch at a corner. Four of them, or three, place a page in every way round; which page it is, and whether it is one at
all, is for `sketch` and `layout` to say.
"""

from itertools import combinations
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from election.form import Form, Page
from ocr.plane import Matrix, Points
from ocr.views import Photo, up

COARSE: Final = 1300
"""Long side, in pixels, of the image in which figures are looked for."""

_MOMENT = {"stepped": (8.2, 10.4), "square": (11.4, 12.5)}
_SMALLEST, _LARGEST = 4, 120  # px across on the coarse image
_MOST = 14  # figures; of more, those whose size others share, and of these the outermost
_SIZE = 2.2  # area of a figure, against what the placement lets expect, and the other way round
_LEAN = 25.0  # degrees by which a stepped figure may lean away from where the placement has its diagonal
_BLOCKS = (25, 61)  # px; what is darker than the mean of so many is dark
_CLOCKWISE = ("top left", "top right", "bottom right", "bottom left")
_KEPT = {4: 6, 3: 4}  # placements through so many figures that are worth a look


class Figure(NamedTuple):
    """A dark patch: its centre and area in the photo, px, and the direction in which it is longest, radians."""

    at: Points
    area: float
    lean: float


def placements(photo: Photo, form: Form) -> list[Matrix]:
    """Homographies, mm to px, that lay corner marks of the form upon figures in the photo; the best founded first."""
    page = form.pages[0]
    figures = [_figures(photo, page.marks[0].shape, block) for block in _BLOCKS]
    return [placed for count in _KEPT for some in figures for placed in _placed(some, page, count)]


def _figures(photo: Photo, shape: str, block: int) -> list[Figure]:
    level = photo.within(COARSE)
    image = photo.level(level)
    dark = cv2.adaptiveThreshold(image, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 15)
    outlines, _ = cv2.findContours(dark, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    figures = [figure for outline in outlines if (figure := _figure(outline, dark, shape, level)) is not None]
    if len(figures) <= _MOST:
        return figures
    areas = np.log([figure.area for figure in figures])
    # By order, not each with every other: a picture of tiles has twenty thousand figures.
    order = np.sort(areas)
    alike = np.searchsorted(order, areas + 0.5) - np.searchsorted(order, areas - 0.5, "right")
    # Marks are the outermost figures of their size as often as not; text is in the middle.
    centre = np.median([figure.at for figure in figures], axis=0)
    out = [float(np.hypot(*(figure.at - centre))) for figure in figures]
    first = np.lexsort((-np.array(out), alike < 3))
    return [figures[int(k)] for k in first[:_MOST]]


def _figure(outline: npt.NDArray[np.int32], dark: npt.NDArray[np.uint8], shape: str, level: int) -> Figure | None:
    if len(outline) < 3 * _SMALLEST:
        return None
    x, y, width, height = cv2.boundingRect(outline)
    short, long = sorted((width, height))
    if short < _SMALLEST or long > min(_LARGEST, 3 * short):
        return None
    patch = np.zeros((height, width), np.uint8)
    cv2.drawContours(patch, [outline - (x, y)], -1, 1, -1)
    inside = patch & dark[y : y + height, x : x + width]
    moments = cv2.moments(inside, binaryImage=True)
    area = moments["m00"]
    spread = moments["mu20"] * moments["mu02"] - moments["mu11"] ** 2
    if area < 0.85 * float(patch.sum()) or area < 12 or spread <= 0:
        return None
    # Pixels are squares, not points: each adds a twelfth to the spread.
    spread = (moments["mu20"] + area / 12) * (moments["mu02"] + area / 12) - moments["mu11"] ** 2
    low, high = _MOMENT[shape]
    if not low <= area**2 / spread**0.5 <= high:
        return None
    at = np.array([x + moments["m10"] / area, y + moments["m01"] / area])
    lean = 0.5 * np.arctan2(2 * moments["mu11"], moments["mu20"] - moments["mu02"])
    return Figure(up(at, level), area * 4.0**level, float(lean))


def _placed(figures: list[Figure], page: Page, count: int) -> list[Matrix]:
    """Placements in which `count` of the figures are corner marks, the likeliest first."""
    some = _clockwise(figures, count)
    if not len(some):
        return []
    marks = [page.mark(corner) for corner in _CLOCKWISE]
    mm, size = (
        np.array([mark.at for mark in marks]),
        np.array([sum(s.width * s.height for s in m.squares) for m in marks]),
    )
    at, area = np.array([f.at for f in figures])[some], np.array([f.area for f in figures])[some]
    found: list[tuple[float, Matrix]] = []
    for start in range(4):
        which = [(start + k) % 4 for k in range(count)]
        homographies = _through(mm[which], at)
        x, y = mm[which].T
        depth = homographies[:, 2, 0, None] * x + homographies[:, 2, 1, None] * y + homographies[:, 2, 2, None]
        with np.errstate(all="ignore"):
            misfit = np.log(area / (np.linalg.det(homographies)[:, None] / depth**3 * size[which]))
            good = (depth > 0).all(axis=1) & (np.abs(misfit) < np.log(_SIZE)).all(axis=1)
        if marks[0].shape == "stepped":
            leans = np.array([f.lean for f in figures])[some]
            good &= (_leaning(homographies, mm[which], leans) < np.radians(_LEAN)).all(axis=1)
        cost = misfit[good].std(axis=1) + 0.2 * np.abs(misfit[good].mean(axis=1))
        found += zip(cost.tolist(), homographies[good], strict=True)
    return [homography for _, homography in sorted(found, key=lambda one: one[0])[: _KEPT[count]]]


def _clockwise(figures: list[Figure], count: int) -> npt.NDArray[np.int64]:
    """Every choice of `count` figures, clockwise in the photo; of three, from each of them on; int64[n, count]."""
    some = np.array(list(combinations(range(len(figures)), count)), np.int64).reshape(-1, count)
    if not len(some):
        return some
    at = np.array([figure.at for figure in figures])[some]
    out = at - at.mean(axis=1, keepdims=True)
    some = np.take_along_axis(some, np.arctan2(out[..., 1], out[..., 0]).argsort(axis=1, kind="stable"), axis=1)
    return some if count == 4 else np.concatenate([np.roll(some, k, axis=1) for k in range(3)])


def _through(mm: Points, px: Points) -> Matrix:
    """The maps that take the points mm [4, 2] to each of px [n, 4, 2], or the affine ones of three; [n, 3, 3].

    NaN where there is none.
    """
    count, (x, y) = len(mm), mm.T
    one, none = np.ones(count), np.zeros(count)
    u, v = px[..., 0], px[..., 1]
    if count == 3:
        linear = np.linalg.inv(np.column_stack((x, y, one)))
        return np.stack((u @ linear.T, v @ linear.T, np.tile([0.0, 0.0, 1.0], (len(px), 1))), axis=1)
    design = np.empty((len(px), 8, 8))
    design[:, :4, :6] = np.column_stack((x, y, one, none, none, none))
    design[:, 4:, :6] = np.column_stack((none, none, none, x, y, one))
    design[:, :4, 6], design[:, :4, 7] = -u * x, -u * y
    design[:, 4:, 6], design[:, 4:, 7] = -v * x, -v * y
    design += 1e-12 * np.eye(8)
    line = np.linalg.slogdet(design)[0] == 0  # figures on one line, as those of a text, place nothing
    design[line] = np.eye(8)
    solved = np.linalg.solve(design, np.concatenate((u, v), axis=1)[..., None])[..., 0]
    solved[line] = np.nan
    return np.concatenate((solved, np.ones((len(px), 1))), axis=1).reshape(-1, 3, 3)


def _leaning(homographies: Matrix, mm: Points, leans: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """By how much each figure's length turns away from the diagonal of its mark, radians 0 to π/2; [n, marks]."""
    ends = np.stack((mm - 5, mm + 5))
    flat = np.concatenate((ends, np.ones((2, len(mm), 1))), axis=2)
    seen = np.einsum("nij,emj->nemi", homographies, flat)
    with np.errstate(all="ignore"):
        px = seen[..., :2] / seen[..., 2:]
    along = px[:, 1] - px[:, 0]
    off = np.abs(np.arctan2(along[..., 1], along[..., 0]) - leans) % np.pi
    return np.minimum(off, np.pi - off)
