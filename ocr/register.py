"""Where a page lies in a photo: its number by the AprilTag, its geometry by tag and corner marks.

The tag is looked for on a reduced image, any way round. From it the four stepped corner marks are predicted, found
by their shape, and their centres — where two black squares touch — refined to a fraction of a pixel at full size.
Tag corners and marks together give the homography from millimetres to pixels by least squares.
"""

import math
from collections.abc import Mapping
from itertools import product
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.form import Form, Page
from ocr.fault import Blurred, CornerMissing, NoPage, WrongForm
from ocr.guard import Gray

Points = npt.NDArray[np.float64]
Place = tuple[float, float]

SEARCH: Final = (700, 1200, 2000, 3000)
"""Long side, in pixels, of the reduced images in which the tag is looked for, one after the other."""

CORNERS: Final = {
    "top left": "kiri atas",
    "top right": "kanan atas",
    "bottom left": "kiri bawah",
    "bottom right": "kanan bawah",
}

_CELLS = 10  # of an AprilTag 36h10, across, its border included
_AROUND = 12.0  # mm around a mark's centre that its picture covers
_MATCH = 0.55  # correlation with the mark's picture from which it counts as found
_WORK = 900  # long side of the image in which marks are looked for
_TIGHT = 0.5  # mm; marks that fit this well are not doubted
_LOOSE = 2.0  # mm; marks that fit no better belong to no plane page
_DROPPED = 0.6  # mm by which a fit must improve for a mark to be left out
_SHARP = 0.07  # below this, strokes of a pen run into each other
_SMALL = 1.1  # px/mm below which boxes hold too few pixels


class Registration(Struct, frozen=True):
    """A page found: `homography` float64[3, 3] takes mm on the page to px in the photo."""

    page: Page
    homography: npt.NDArray[np.float64]
    error: float  # mm, root mean square over the points used
    sharpness: float  # 0 washed out – 1 hard edges
    density: float  # px/mm at the middle of the page
    contrast: float  # grey levels between paper and black, of the tag
    missing: tuple[str, ...]  # names of corners not found

    @property
    def quality(self) -> int:
        """0–1000: how well the page can be seen. Sharpness, resolution and contrast weigh alike."""
        sharp = min(1.0, max(0.0, (self.sharpness - _SHARP) / 0.3))
        dense = min(1.0, max(0.0, (self.density - _SMALL) / 1.4))
        clear = min(1.0, self.contrast / 120)
        whole = 0.8 ** len(self.missing)
        return round(1000 * whole * (sharp * dense * clear) ** (1 / 3))

    def px(self, mm: npt.ArrayLike) -> Points:
        """Pixels, float64[n, 2], of points in mm [n, 2]."""
        return project(self.homography, mm)


def register(photo: Gray, form: Form) -> Registration:
    """Find a page of `form`. Raises NoPage, WrongForm, CornerMissing or Blurred."""
    page, tag = _tag(photo, form)
    marks = dict(zip(CORNERS, _centres(page), strict=True))
    found = _agreeing(page, tag, marks, _marks(photo, page, tag, marks))
    found |= _again(photo, page, tag, marks, found)
    missing = tuple(name for name in CORNERS if name not in found)
    if len(missing) > 1:
        raise CornerMissing(which=", ".join(missing), which_id=", ".join(CORNERS[name] for name in missing))
    homography, error = _fitted(page, tag, marks, found)
    if error > _LOOSE:
        raise CornerMissing(which="several", which_id="beberapa")
    sharpness, contrast = _tag_picture(photo, homography, page)
    density = _density(homography, form)
    if sharpness < _SHARP or density < _SMALL:
        raise Blurred()
    return Registration(page, homography, error, sharpness, density, contrast, missing)


def project(homography: npt.NDArray[np.float64], points: npt.ArrayLike) -> Points:
    """Points [n, 2] through a homography."""
    flat = np.asarray(points, np.float64).reshape(-1, 2)
    moved = flat @ homography[:, :2].T + homography[:, 2]
    return moved[:, :2] / moved[:, 2:]


def _detector() -> "cv2.aruco.ArucoDetector":
    settings = cv2.aruco.DetectorParameters()
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_NONE
    settings.adaptiveThreshWinSizeMin = settings.adaptiveThreshWinSizeMax = 13
    settings.minMarkerPerimeterRate = 0.04
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10), settings)


def _tag(photo: Gray, form: Form) -> tuple[Page, Points]:
    """The page whose tag is in the photo, and the tag's four corners in full-size pixels, [4, 2]."""
    known = {page.tag_id: page for page in form.pages}
    strange: int | None = None
    for side in SEARCH:
        scale = min(1.0, side / max(photo.shape))
        corners, ids = _look(_shrunk(photo, scale))
        for corner, tag in zip(corners, ids, strict=True):
            if tag in known:
                return known[tag], _tag_corners(photo, corner, scale)
            strange = tag
        if scale == 1.0:
            break
    if strange is not None:
        raise WrongForm(tag=strange)
    raise NoPage()


def _look(image: Gray) -> tuple[list[Points], list[int]]:
    corners, ids, _ = _detector().detectMarkers(image)
    if ids is None:
        return [], []
    return [np.asarray(c, np.float64).reshape(4, 2) for c in corners], [int(i) for i in ids.ravel()]


def _shrunk(photo: Gray, scale: float) -> Gray:
    if scale >= 1.0:
        return photo
    return np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _tag_corners(photo: Gray, corners: Points, scale: float) -> Points:
    """Corners seen on a reduced image, followed through finer ones to full size.

    The window never reaches beyond one cell of the tag: the next cell has corners of its own.
    """
    steps = max(1, math.ceil(math.log2(1 / scale) - 0.1))
    for finer in (scale ** (1 - step / steps) for step in range(1, steps + 1)):
        corners = (corners + 0.5) * (finer / scale) - 0.5
        scale = finer
        cell = float(np.hypot(*(corners[1] - corners[0]))) / _CELLS
        corners = _refined(_shrunk(photo, scale), corners, int(np.clip(0.55 * cell, 2, 6)))
    return corners


def _refined(image: Gray, points: Points, window: int) -> Points:
    """Corners to a fraction of a pixel; one that would leave its window (half its side, px) stays where it was."""
    start = points.astype(np.float32).reshape(-1, 1, 2)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.01)
    moved = cv2.cornerSubPix(image, start, (window, window), (-1, -1), stop).reshape(-1, 2).astype(np.float64)
    stayed = np.abs(moved - points).max(axis=1, keepdims=True) <= window
    return np.where(stayed, moved, points)


def _centres(page: Page) -> list[Place]:
    """Where the two squares of each corner touch, in mm, in the order of `CORNERS`."""
    centres = []
    for upper, lower in zip(page.squares[::2], page.squares[1::2], strict=True):
        centres.append((min(upper.x1, lower.x1), min(upper.y1, lower.y1)))
    return centres


def _marks(photo: Gray, page: Page, tag: Points, marks: Mapping[str, Place]) -> dict[str, list[Points]]:
    """For each corner, where its mark may lie, likeliest first, in full-size pixels.

    Nearest to the tag first: each one helps to predict the next.
    """
    scale = min(1.0, _WORK / max(photo.shape))
    image = _shrunk(photo, scale)
    mm, px = [*page.tag_corners], [*((tag + 0.5) * scale - 0.5)]
    middle = np.mean(mm, axis=0)
    found: dict[str, list[Points]] = {}
    for name in sorted(marks, key=lambda name: float(np.hypot(*(marks[name] - middle)))):
        guess = _guess(np.array(mm), np.array(px))
        places = _match(image, guess, marks[name], _spread(marks[name], mm, len(found)))
        if places:
            mm.append(marks[name])
            px.append(places[0])
            found[name] = [_full(photo, at, scale) for at in places]
    return found


def _full(photo: Gray, at: Points, scale: float) -> Points:
    """A mark's centre at full size, from where the reduced image has it."""
    window = int(np.clip(1.5 / scale + 2, 3, 12))
    return _refined(photo, ((at + 0.5) / scale - 0.5)[None], window)[0]


def _agreeing(
    page: Page, tag: Points, marks: Mapping[str, Place], places: Mapping[str, list[Points]]
) -> dict[str, Points]:
    """One place for each corner, or none: the choice in which marks and tag fit one plane best."""
    first = {name: options[0] for name, options in places.items()}
    if len(first) < 2 or _fitted(page, tag, marks, first)[1] < _TIGHT:
        return first
    best, least = first, math.inf
    for choice in product(*([*options, None] for options in places.values())):
        some = {name: at for name, at in zip(places, choice, strict=True) if at is not None}
        if len(some) < 3:
            continue
        cost = _fitted(page, tag, marks, some)[1] + _DROPPED * (len(CORNERS) - len(some))
        if cost < least:
            best, least = some, cost
    return best


def _again(
    photo: Gray, page: Page, tag: Points, marks: Mapping[str, Place], found: Mapping[str, Points]
) -> dict[str, Points]:
    """A mark that was left out, looked for once more close to where all the others say it is."""
    if len(found) != len(CORNERS) - 1:
        return {}
    scale = min(1.0, _WORK / max(photo.shape))
    homography, error = _fitted(page, tag, marks, found)
    reduced = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1]]) @ homography
    (name,) = marks.keys() - found.keys()
    for at in _match(_shrunk(photo, scale), reduced, marks[name], 12.0):
        place = _full(photo, at, scale)
        if _fitted(page, tag, marks, {**found, name: place})[1] < error + _DROPPED:
            return {name: place}
    return {}


def _fitted(
    page: Page, tag: Points, marks: Mapping[str, Place], found: Mapping[str, Points]
) -> tuple[npt.NDArray[np.float64], float]:
    """The homography through tag and marks, and its root mean square error in mm."""
    mm = np.array([*page.tag_corners, *(marks[name] for name in found)])
    px = np.array([*tag, *found.values()])
    # A crossing of edges keeps its place under blur, a tag's corner moves inwards: marks weigh as much as four.
    weight = [1] * len(tag) + [4] * len(found)
    homography = _fit(np.repeat(mm, weight, axis=0), np.repeat(px, weight, axis=0))
    back = project(np.asarray(np.linalg.inv(homography), np.float64), px)
    return homography, float(np.sqrt(((back - mm) ** 2).sum(axis=1).mean()))


def _guess(mm: Points, px: Points) -> npt.NDArray[np.float64]:
    """The simplest map that the points allow: affine at first, a homography once they span the page."""
    if np.ptp(mm[:, 0]) > 300 and np.ptp(mm[:, 1]) > 300:
        return _fit(mm, px)
    design = np.column_stack((mm, np.ones(len(mm))))
    affine, *_ = np.linalg.lstsq(design, px, rcond=None)
    return np.vstack((affine.T, [0, 0, 1]))


def _spread(mark: Place, known: list[Place], marks: int) -> float:
    """How far, in mm, a mark may lie from where it is predicted."""
    near = min(float(np.hypot(mark[0] - x, mark[1] - y)) for x, y in known)
    return 8 + (0.2 if marks < 3 else 0.08) * near


def _match(image: Gray, guess: npt.NDArray[np.float64], mark: Place, spread: float) -> list[Points]:
    """Where in `image` the picture of a mark fits within `spread` mm of its predicted place: at most three, best
    first."""
    centre = project(guess, [mark])[0]
    basis = project(guess, [(mark[0] + 1, mark[1]), (mark[0], mark[1] + 1)]) - centre
    size = float(np.sqrt(abs(np.linalg.det(basis))))
    if not 0.2 < size < 20:
        return []
    picture = _picture(basis, size)
    half = picture.shape[0] // 2
    reach = round(spread * size) + half
    x0, y0 = (round(float(c)) - reach for c in centre)
    window = _window(image, x0, y0, 2 * reach + 1)
    if window is None:
        return []
    scores = np.asarray(cv2.matchTemplate(window, picture, cv2.TM_CCOEFF_NORMED))
    places: list[Points] = []
    for _ in range(3):
        _, best, _, (x, y) = cv2.minMaxLoc(scores)
        if best < _MATCH:
            break
        places.append(np.array([x0 + x + half, y0 + y + half], np.float64))
        scores[max(0, y - half) : y + half + 1, max(0, x - half) : x + half + 1] = -1
    return places


def _picture(basis: npt.NDArray[np.float64], size: float) -> Gray:
    """The mark as the prediction lets it look: black where both coordinates have the same sign, near the centre."""
    half = max(4, round(_AROUND * size))
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    u, v = np.linalg.solve(basis.T, np.stack((x.ravel(), y.ravel())))
    black = ((u > 0) == (v > 0)) & (np.abs(u) < 7.2) & (np.abs(v) < 7.2)
    return np.where(black, 0, 255).astype(np.uint8).reshape(x.shape)


def _window(image: Gray, x0: int, y0: int, side: int) -> Gray | None:
    """A square cut of `image`, padded with paper white where it leaves the picture; None wholly outside."""
    height, width = image.shape
    left, top, right, bottom = max(0, x0), max(0, y0), min(width, x0 + side), min(height, y0 + side)
    if side > 4 * max(image.shape) or right - left < 8 or bottom - top < 8:
        return None
    cut = np.full((side, side), 200, np.uint8)
    cut[top - y0 : bottom - y0, left - x0 : right - x0] = image[top:bottom, left:right]
    return cut


def _fit(mm: Points, px: Points) -> npt.NDArray[np.float64]:
    """Least squares: with few and exact points it is better than voting."""
    homography, _ = cv2.findHomography(mm, px, 0)
    if homography is None:
        raise NoPage()
    return np.asarray(homography, np.float64)


def _density(homography: npt.NDArray[np.float64], form: Form) -> float:
    x, y = form.page_size_mm[0] / 2, form.page_size_mm[1] / 2
    px = project(homography, [(x - 5, y), (x + 5, y), (x, y - 5), (x, y + 5)])
    return float(min(np.hypot(*(px[1] - px[0])), np.hypot(*(px[3] - px[2]))) / 10)


def _tag_picture(photo: Gray, homography: npt.NDArray[np.float64], page: Page) -> tuple[float, float]:
    """Sharpness and contrast of the tag, seen at four samples a millimetre."""
    x0, y0, x1, y1 = page.tag_rect
    side = 128
    x, y = np.meshgrid(np.linspace(x0, x1, side), np.linspace(y0, y1, side))
    at = project(homography, np.column_stack((x.ravel(), y.ravel()))).astype(np.float32).reshape(side, side, 2)
    seen = np.asarray(cv2.remap(photo, at, None, cv2.INTER_LINEAR), np.float32)
    low, high = np.percentile(seen, (5, 95))
    contrast = float(high - low)
    slope = np.abs(np.diff(seen, axis=1))
    return float(np.percentile(slope, 98) / max(contrast, 1.0)), contrast
