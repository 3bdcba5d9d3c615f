"""A page's printed lines drawn small, and a photo straightened as small: how well the one lies upon the other.

This tells pages by their layout, which way round they lie, and by how much a first placement is off.
"""

from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from election.form import Form, Page, Rect
from ocr.plane import Matrix, Points, project
from ocr.views import Photo, reduced

HEIGHT: Final = 320
"""Pixels that a page is high."""

_MARGIN = 20  # px; how far a placement may be off
_BLUR = 0.8
_BLOCK, _REACH = 54, 8  # px; parts of a sketch, and how far each may lie off
_INKED = 0.02  # mean ink of a part that has lines enough to be placed by
_SIZES = (1.03, 1.0, 0.97, 0.94)  # of the picture, how much a scanned page fills
_SLANTS = (-1.0, 0.0, 1.0)  # degrees

Sketch = npt.NDArray[np.float32]


class Match(NamedTuple):
    """How well a page fits, -1 to 1, and the homography moved to where it fits best."""

    score: float
    homography: Matrix


def matches(photo: Photo, homography: Matrix, form: Form, pages: tuple[Page, ...]) -> list[Match]:
    """Each page laid upon the photo where the homography says, and moved by up to a sixteenth of its height."""
    scale = HEIGHT / form.page_size_mm[1]
    seen = _seen(photo, homography, form, scale)
    found: list[Match] = []
    for page in pages:
        scores = cv2.matchTemplate(seen, drawn(form.page_size_mm, page), cv2.TM_CCOEFF_NORMED)
        _, best, _, (x, y) = cv2.minMaxLoc(scores)
        move = np.array([[1, 0, (x - _MARGIN) / scale], [0, 1, (y - _MARGIN) / scale], [0, 0, 1]])
        found.append(Match(float(best), homography @ move))
    return found


def framed(photo: Photo, form: Form) -> list[Matrix]:
    """Placements in which the page fills the picture, as a scanner takes it: any way round, and nearly straight."""
    height, width = photo.full.shape
    w, h = form.page_size_mm
    found: list[Matrix] = []
    for turn, size, slant in product((0, 90, 180, 270), _SIZES, _SLANTS):
        wide, high = (w, h) if turn % 180 == 0 else (h, w)
        scale = min(width / wide, height / high) * size
        angle = np.radians(turn + slant)
        linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middles = {height / 2, min(height / 2, scale * high / 2)}
        for middle in sorted(middles):
            shift = np.array([width / 2, middle]) - linear @ np.array([w / 2, h / 2])
            found.append(np.vstack((np.column_stack((linear, shift)), [0, 0, 1])))
    return found


def adjusted(photo: Photo, homography: Matrix, form: Form, page: Page) -> Matrix:
    """The placement stretched and turned, until each part of the sketch lies where it fits best."""
    scale = HEIGHT / form.page_size_mm[1]
    sketch = drawn(form.page_size_mm, page)
    seen = _seen(photo, homography, form, scale)
    middles, moves, weights = [], [], []
    for y, x in product(
        range(0, sketch.shape[0] - _BLOCK // 2, _BLOCK), range(0, sketch.shape[1] - _BLOCK // 2, _BLOCK)
    ):
        part = sketch[y : y + _BLOCK, x : x + _BLOCK]
        if part.mean() < _INKED:
            continue
        top, left = y + _MARGIN - _REACH, x + _MARGIN - _REACH
        around = seen[top : top + part.shape[0] + 2 * _REACH, left : left + part.shape[1] + 2 * _REACH]
        scores = cv2.matchTemplate(around, part, cv2.TM_CCOEFF_NORMED)
        _, best, _, (dx, dy) = cv2.minMaxLoc(scores)
        middles.append((x + part.shape[1] / 2, y + part.shape[0] / 2))
        moves.append((dx - _REACH, dy - _REACH))
        weights.append(max(0.0, best - 0.15))
    return homography @ _stretch(np.array(middles), np.array(moves), np.array(weights), scale)


def _stretch(middles: Points, moves: Points, weights: Points, scale: float) -> Matrix:
    """The affine step, mm to mm, that the parts' moves (px of the sketch) agree on; none where they do not."""
    if len(middles) < 6:
        return np.eye(3)
    design = np.column_stack((middles, np.ones(len(middles))))
    trust = weights.copy()
    for _ in range(8):
        root = np.sqrt(trust)[:, None]
        affine = np.linalg.lstsq(
            np.vstack((design * root, 0.2 * np.diag([1, 1, 0.01]))),
            np.vstack((moves * root, np.zeros((3, 2)))),
            rcond=None,
        )[0]
        off = np.hypot(*(moves - design @ affine).T)
        trust = weights / (1 + (off / 1.5) ** 2)
    step = np.eye(3)
    step[:2, :2] += affine[:2].T
    step[:2, 2] = affine[2] / scale
    return step


@lru_cache(maxsize=64)
def drawn(size_mm: tuple[float, float], page: Page) -> Sketch:
    """The page's lines, float32[HEIGHT, width], 1 where there is ink."""
    scale = HEIGHT / size_mm[1]
    fine = 4
    picture = np.zeros((HEIGHT * fine, round(size_mm[0] * scale) * fine), np.uint8)
    for rect in _hollow(page):
        _draw(picture, rect, scale * fine, fine)
    for rect in (*(square for mark in page.marks for square in mark.squares), *(tag.rect for tag in page.tags)):
        _draw(picture, rect, scale * fine, -1)
    small = cv2.resize(picture, None, fx=1 / fine, fy=1 / fine, interpolation=cv2.INTER_AREA)
    return _soft(small.astype(np.float32) / 255)


def _hollow(page: Page) -> list[Rect]:
    rects = [box for field in page.fields for box in field.boxes]
    # Bubbles and the cells of a tally are left out: their regular pattern fits wherever it is moved.
    return [*rects, *(rect for tally in page.tallies for rect in (tally.cells, tally.sums)), *page.frames]


def _draw(picture: npt.NDArray[np.uint8], rect: Rect, scale: float, thickness: int) -> None:
    (a, b), (c, d) = ((round(x * scale), round(y * scale)) for x, y in (rect[:2], rect[2:]))
    cv2.rectangle(picture, (a, b), (c, d), 255, thickness)


def _seen(photo: Photo, homography: Matrix, form: Form, scale: float) -> Sketch:
    """What is darker than its surroundings in the straightened photo, with a margin, float32."""
    width, height = (round(side * scale) + 2 * _MARGIN for side in form.page_size_mm)
    to_mm = np.array([[1 / scale, 0, -_MARGIN / scale], [0, 1 / scale, -_MARGIN / scale], [0, 0, 1]])
    level = _level(photo, homography, form, scale)
    turn = reduced(homography, level) @ to_mm
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat = cv2.warpPerspective(photo.level(level), turn, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    lines = cv2.morphologyEx(flat, cv2.MORPH_BLACKHAT, np.ones((5, 5), np.uint8)).astype(np.float32)
    paper = cv2.blur(cv2.dilate(flat, np.ones((5, 5), np.uint8)), (9, 9))
    return _soft(np.clip(lines / np.maximum(paper, 1), 0, 0.6))


def _level(photo: Photo, homography: Matrix, form: Form, scale: float) -> int:
    """The coarsest level with as many pixels a mm as the sketch has."""
    x, y = (side / 2 for side in form.page_size_mm)
    here = project(homography, [(x, y), (x + 1, y), (x, y + 1)])
    dense = float(np.hypot(*(here[1:] - here[0]).T).min())
    level = 0
    while dense / 2 ** (level + 1) >= scale and level < 5:
        level += 1
    return level


def _soft(picture: Sketch) -> Sketch:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), _BLUR), np.float32)
