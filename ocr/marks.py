"""The marks in the page's corners: found by their shape near where they must be, refined at full size.

From known points each mark is predicted and looked for nearby; a page is full of dark shapes, so of several candidates
those are taken that lie in one plane with each other and the known points.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

import numpy as np

from election.form import Mark, Page
from ocr import stencil
from ocr.guard import Gray
from ocr.plane import Matrix, Points, affine, fit, project
from ocr.tag import refined
from ocr.views import Photo, down, up

CORNERS: Final = {
    "top left": "kiri atas",
    "top right": "kanan atas",
    "bottom left": "kiri bawah",
    "bottom right": "kanan bawah",
}
"""Names of the corners in English and Indonesian."""

_SQUARE = 4.0  # pixels a side that a mark's square has where marks are looked for
_AROUND = 1.7  # of a square's side: what a mark's picture covers to each side of its centre
_MATCH = 0.55  # correlation with the mark's picture from which it counts as found
_BEST = 3  # places where a mark may be
_COARSEST = 5  # level
_THIN, _THICK = 0.2, 20.0  # px a mm between which marks are looked for
_PERSPECTIVE = 6  # points, a tag's corners and two marks, from which on a mark is predicted by a homography
_SPOTS = 4  # tags and marks, all over the page, from which on perspective can be told
_TIGHT = 0.001  # of the page's height; marks that fit this well are not doubted
_DROPPED = 0.0012  # by which a fit must improve for a mark to be left out


class Anchors(NamedTuple):
    """Points of the page that are known in the photo."""

    mm: Points  # [n, 2]
    px: Points  # [n, 2]


class Fit(NamedTuple):
    """Corner marks by name, in full-size pixels; the homography through anchors and marks, and its root mean square
    error in mm."""

    found: Mapping[str, Points]
    homography: Matrix
    error: float


def find(photo: Photo, page: Page, anchors: Anchors) -> Fit:
    """The corner marks of `page`, and what they make of the anchors; those that cannot be found are absent."""
    placed = _agreeing(page, anchors, _candidates(photo, page, anchors))
    return _again(photo, page, anchors, placed) or placed


def near(photo: Photo, page: Page, homography: Matrix) -> dict[str, Points]:
    """The marks that are seen where a placement has them, by name, in full-size pixels."""
    places = {mark.corner: _near(photo, homography, mark, mark.squares[0].width) for mark in page.marks}
    return {name: options[0] for name, options in places.items() if options}


def fitted(page: Page, anchors: Anchors, found: Mapping[str, Points]) -> Fit:
    """The homography through anchors and marks."""
    mm = np.array([*anchors.mm, *(page.mark(name).at for name in found)], np.float64)
    px = np.array([*anchors.px, *found.values()], np.float64)
    # A crossing of edges keeps its place under blur, a tag's corner moves inwards: marks weigh as much as four.
    weight = [1] * len(anchors.px) + [4] * len(found)
    solve = fit if len(anchors.px) // 4 + len(found) >= _SPOTS else affine
    homography = solve(np.repeat(mm, weight, axis=0), np.repeat(px, weight, axis=0))
    back = project(np.asarray(np.linalg.inv(homography), np.float64), px)
    return Fit(found, homography, float(np.sqrt(((back - mm) ** 2).sum(axis=1).mean())))


def _candidates(photo: Photo, page: Page, anchors: Anchors) -> dict[str, list[Points]]:
    """For each corner, where its mark may lie, likeliest first, in full-size pixels.

    Nearest to the anchors first: each one helps to predict the next.
    """
    mm, px = [*anchors.mm], [*anchors.px]
    middle = np.mean(mm, axis=0)
    found: dict[str, list[Points]] = {}
    for mark in sorted(page.marks, key=lambda mark: float(np.hypot(*(mark.at - middle)))):
        guess = _guess(np.array(mm), np.array(px), _height(page))
        places = _near(photo, guess, mark, _spread(mark, mm, len(found)))
        if places:
            mm.append(np.array(mark.at))
            px.append(places[0])
            found[mark.corner] = places
    return found


def _near(photo: Photo, guess: Matrix, mark: Mark, spread: float) -> list[Points]:
    """Where in the photo a mark may lie, within `spread` mm of its predicted place."""
    x, y = mark.at
    here = project(guess, [(x, y), (x + 1, y), (x, y + 1)])
    basis = here[1:] - here[0]
    size = math.sqrt(abs(float(basis[0, 0] * basis[1, 1] - basis[0, 1] * basis[1, 0])))
    level = min(max(0, math.floor(math.log2(max(mark.squares[0].width * size / _SQUARE, 1)))), _COARSEST)
    scale = 0.5**level
    if not _THIN < size * scale < _THICK:
        return []
    places = _match(photo.level(level), down(here[0], level), basis * scale, mark, spread)
    return [_exact(photo.full, up(at, level), mark, level) for at in places]


def _exact(photo: Gray, at: Points, mark: Mark, level: int) -> Points:
    """A mark's centre at full size, from where a reduced image has it: two squares touch in a crossing of edges."""
    if mark.shape != "stepped":
        return at
    return refined(photo, at[None], int(np.clip(1.5 * 2**level + 2, 3, 12)))[0]


@lru_cache(maxsize=64)
def _height(page: Page) -> float:
    """Of the page between its corner marks, mm."""
    return float(np.ptp([mark.at[1] for mark in page.marks]))


def _guess(mm: Points, px: Points, height: float) -> Matrix:
    """The simplest map that the points allow: affine at first, a homography once they span the page."""
    if len(mm) >= _PERSPECTIVE and min(np.ptp(mm[:, 0]), np.ptp(mm[:, 1])) > height / 3:
        return fit(mm, px)
    return affine(mm, px)


def _spread(mark: Mark, known: list[Points], marks: int) -> float:
    """How far, in mm, a mark may lie from where it is predicted."""
    near = float(np.hypot(*(np.array(known) - mark.at).T).min())
    return 1.1 * mark.squares[0].width + (0.2 if marks < 3 else 0.08) * near


def _match(image: Gray, centre: Points, basis: Matrix, mark: Mark, spread: float) -> Points:
    """Where in `image` the picture of a mark fits within `spread` mm of `centre`, px, best first; `basis`: the steps
    in px that a mm to the right, and one downwards, takes."""
    size = math.sqrt(abs(float(basis[0, 0] * basis[1, 1] - basis[0, 1] * basis[1, 0])))
    half = max(4, round(_AROUND * mark.squares[0].width * size))
    reach = round(spread * size) + half
    left, top = (round(float(c)) - reach for c in centre)
    window = _window(image, left, top, 2 * reach + 1)
    if window is None:
        return np.empty((0, 2))
    figure = np.array(mark.squares) - mark.at * 2
    places = stencil.places(window, stencil.drawn(basis, figure, half), _MATCH, _BEST)
    return np.asarray(places + np.array((left, top)), np.float64)


def _window(image: Gray, x0: int, y0: int, side: int) -> Gray | None:
    """A square cut of `image`, padded with paper white where it leaves the picture; None wholly outside."""
    height, width = image.shape
    left, top, right, bottom = max(0, x0), max(0, y0), min(width, x0 + side), min(height, y0 + side)
    if side > 4 * max(image.shape) or right - left < 8 or bottom - top < 8:
        return None
    cut = np.full((side, side), 200, np.uint8)
    cut[top - y0 : bottom - y0, left - x0 : right - x0] = image[top:bottom, left:right]
    return cut


def _agreeing(page: Page, anchors: Anchors, places: Mapping[str, list[Points]]) -> Fit:
    """One place for each corner, or none: the choice in which marks and anchors fit one plane best."""
    height = _height(page)
    first = fitted(page, anchors, {name: options[0] for name, options in places.items()})
    if len(places) < 2 or first.error < _TIGHT * height:
        return first
    best, least = first, math.inf
    for choice in product(*([*options, None] for options in places.values())):
        some = {name: at for name, at in zip(places, choice, strict=True) if at is not None}
        if len(some) < 3:
            continue
        one = fitted(page, anchors, some)
        cost = one.error + _DROPPED * height * (len(CORNERS) - len(some))
        if cost < least:
            best, least = one, cost
    return best


def _again(photo: Photo, page: Page, anchors: Anchors, placed: Fit) -> Fit | None:
    """With a mark that was left out, looked for once more close to where all the others say it is."""
    if len(placed.found) != len(CORNERS) - 1:
        return None
    (mark,) = (mark for mark in page.marks if mark.corner not in placed.found)
    for place in _near(photo, placed.homography, mark, 1.7 * mark.squares[0].width):
        whole = fitted(page, anchors, {**placed.found, mark.corner: place})
        if whole.error < placed.error + _DROPPED * _height(page):
            return whole
    return None
