"""The stepped squares in the page's corners: found by their shape, refined where two of them touch.

From the tag each mark is predicted and looked for nearby; a page is full of dark shapes, so of several candidates
those are taken that lie in one plane with each other and the tag.
"""

import math
from collections.abc import Mapping
from itertools import product
from typing import Final

import cv2
import numpy as np

from election.form import Page
from ocr.guard import Gray
from ocr.plane import Matrix, Place, Points, fit, project
from ocr.tag import refined
from ocr.views import Photo

CORNERS: Final = {
    "top left": "kiri atas",
    "top right": "kanan atas",
    "bottom left": "kiri bawah",
    "bottom right": "kanan bawah",
}
"""Names of the corners in English and Indonesian, in the order of a page's squares."""

_WORK = 900  # long side of the image in which marks are looked for
_AROUND = 12.0  # mm around a mark's centre that its picture covers
_MATCH = 0.55  # correlation with the mark's picture from which it counts as found
_TIGHT = 0.5  # mm; marks that fit this well are not doubted
_DROPPED = 0.6  # mm by which a fit must improve for a mark to be left out


def find(photo: Photo, page: Page, tag: Points) -> dict[str, Points]:
    """The corner marks of `page`, by name, in full-size pixels; those that cannot be found are absent."""
    marks = centres(page)
    found = _agreeing(page, tag, marks, _marks(photo, page, tag, marks))
    return found | _again(photo, page, tag, marks, found)


def centres(page: Page) -> dict[str, Place]:
    """Where the two squares of each corner touch, in mm."""
    return {mark.corner: mark.at for mark in page.marks}


def _marks(photo: Photo, page: Page, tag: Points, marks: Mapping[str, Place]) -> dict[str, list[Points]]:
    """For each corner, where its mark may lie, likeliest first, in full-size pixels.

    Nearest to the tag first: each one helps to predict the next.
    """
    scale = min(1.0, _WORK / photo.side)
    image = photo.at(scale)
    mm, px = [*page.tags[0].corners], [*((tag + 0.5) * scale - 0.5)]
    middle = np.mean(mm, axis=0)
    found: dict[str, list[Points]] = {}
    for name in sorted(marks, key=lambda name: float(np.hypot(*(marks[name] - middle)))):
        guess = _guess(np.array(mm), np.array(px))
        places = _match(image, guess, marks[name], _spread(marks[name], mm, len(found)))
        if places:
            mm.append(marks[name])
            px.append(places[0])
            found[name] = [_full(photo.full, at, scale) for at in places]
    return found


def _full(photo: Gray, at: Points, scale: float) -> Points:
    """A mark's centre at full size, from where the reduced image has it."""
    window = int(np.clip(1.5 / scale + 2, 3, 12))
    return refined(photo, ((at + 0.5) / scale - 0.5)[None], window)[0]


def _guess(mm: Points, px: Points) -> Matrix:
    """The simplest map that the points allow: affine at first, a homography once they span the page."""
    if np.ptp(mm[:, 0]) > 300 and np.ptp(mm[:, 1]) > 300:
        return fit(mm, px)
    design = np.column_stack((mm, np.ones(len(mm))))
    affine, *_ = np.linalg.lstsq(design, px, rcond=None)
    return np.vstack((affine.T, [0, 0, 1]))


def _spread(mark: Place, known: list[Place], marks: int) -> float:
    """How far, in mm, a mark may lie from where it is predicted."""
    near = min(float(np.hypot(mark[0] - x, mark[1] - y)) for x, y in known)
    return 8 + (0.2 if marks < 3 else 0.08) * near


def _match(image: Gray, guess: Matrix, mark: Place, spread: float) -> list[Points]:
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


def _picture(basis: Matrix, size: float) -> Gray:
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


def _agreeing(
    page: Page, tag: Points, marks: Mapping[str, Place], places: Mapping[str, list[Points]]
) -> dict[str, Points]:
    """One place for each corner, or none: the choice in which marks and tag fit one plane best."""
    first = {name: options[0] for name, options in places.items()}
    if len(first) < 2 or fitted(page, tag, marks, first)[1] < _TIGHT:
        return first
    best, least = first, math.inf
    for choice in product(*([*options, None] for options in places.values())):
        some = {name: at for name, at in zip(places, choice, strict=True) if at is not None}
        if len(some) < 3:
            continue
        cost = fitted(page, tag, marks, some)[1] + _DROPPED * (len(CORNERS) - len(some))
        if cost < least:
            best, least = some, cost
    return best


def _again(
    photo: Photo, page: Page, tag: Points, marks: Mapping[str, Place], found: Mapping[str, Points]
) -> dict[str, Points]:
    """A mark that was left out, looked for once more close to where all the others say it is."""
    if len(found) != len(CORNERS) - 1:
        return {}
    scale = min(1.0, _WORK / photo.side)
    homography, error = fitted(page, tag, marks, found)
    reduced = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1]]) @ homography
    (name,) = marks.keys() - found.keys()
    for at in _match(photo.at(scale), reduced, marks[name], 12.0):
        place = _full(photo.full, at, scale)
        if fitted(page, tag, marks, {**found, name: place})[1] < error + _DROPPED:
            return {name: place}
    return {}


def fitted(page: Page, tag: Points, marks: Mapping[str, Place], found: Mapping[str, Points]) -> tuple[Matrix, float]:
    """The homography through tag and marks, and its root mean square error in mm."""
    mm = np.array([*page.tags[0].corners, *(marks[name] for name in found)])
    px = np.array([*tag, *found.values()])
    # A crossing of edges keeps its place under blur, a tag's corner moves inwards: marks weigh as much as four.
    weight = [1] * len(tag) + [4] * len(found)
    homography = fit(np.repeat(mm, weight, axis=0), np.repeat(px, weight, axis=0))
    back = project(np.asarray(np.linalg.inv(homography), np.float64), px)
    return homography, float(np.sqrt(((back - mm) ** 2).sum(axis=1).mean()))
