"""Where bubbles really lie: each line of them is followed downwards from the boxes, by the rings that are printed.

Boxes are found to a millimetre, but the last bubbles hang ten pitches below them, where folds, curl and lenses have
moved the paper on. A line that is off by a whole pitch would read as another digit; paper does not jump, so the lines
of one number are placed together, each near the one above. How dark bubbles are is for `bubbles`.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from numba import njit

from ocr.guard import Gray

Array = npt.NDArray[np.float64]

REACH: Final = 4
"""Steps to each side that a line may lie away from where its boxes say."""

STEP: Final = 0.19
"""Of a bubble's radius."""

_SIDE = 2 * REACH + 1
_ANGLES = 12
_BEYOND = 1.3  # radii, where paper is seen all around an empty or a marked bubble
_BEND = 0.012  # of the paper's brightness: what a step between two lines must be worth
_HELD = 0.004  # what lying a step away from where the boxes say must be worth, at the first line
_HORIZON = 1e-9  # nothing is seen there, and nothing may be divided by nothing
_TURNS = np.linspace(0, 2 * np.pi, _ANGLES, endpoint=False)
_CIRCLE = np.stack((np.cos(_TURNS), np.sin(_TURNS)), axis=1)


def followed(photo: Gray, homography: Array, centres: Array, radius: float) -> Array:
    """How far each line of bubbles lies from its place: mm, float64[fields, lines, 2].

    Args:
        photo: grey, uint8[height, width].
        homography: float64[3, 3], mm to px.
        centres: of the bubbles, mm, float64[fields, columns, lines, 2]; lines downwards.
        radius: of a bubble, mm.
    """
    seen = np.empty((len(centres), centres.shape[2], _SIDE * _SIDE))
    _look(photo, np.ascontiguousarray(homography, np.float64), centres, radius, _CIRCLE, seen)
    steps = np.empty((*seen.shape[:2], 2))
    _follow(seen, steps)
    return steps * (STEP * radius)


@njit(cache=True, nogil=True)
def _look(photo: Gray, h: Array, centres: Array, radius: float, circle: Array, seen: Array) -> None:
    """Fill `seen` float64[fields, lines, 81]: by how much, of the paper's brightness, rings of that line would be
    darker than what lies around them, were it so many steps off."""
    height, width = photo.shape
    for field in range(centres.shape[0]):
        for line in range(centres.shape[2]):
            for place in range(_SIDE * _SIDE):
                dx = (place % _SIDE - REACH) * STEP * radius
                dy = (place // _SIDE - REACH) * STEP * radius
                rings = paper = 0
                for column in range(centres.shape[1]):
                    x, y = centres[field, column, line, 0] + dx, centres[field, column, line, 1] + dy
                    w = h[2, 0] * x + h[2, 1] * y + h[2, 2]
                    w = w if abs(w) > _HORIZON else _HORIZON
                    u, v = (h[0, 0] * x + h[0, 1] * y + h[0, 2]) / w, (h[1, 0] * x + h[1, 1] * y + h[1, 2]) / w
                    # A bubble is small: around its centre the homography is affine.
                    a, b = (h[0, 0] - u * h[2, 0]) / w * radius, (h[0, 1] - u * h[2, 1]) / w * radius
                    c, d = (h[1, 0] - v * h[2, 0]) / w * radius, (h[1, 1] - v * h[2, 1]) / w * radius
                    for angle in range(len(circle)):
                        du = a * circle[angle, 0] + b * circle[angle, 1]
                        dv = c * circle[angle, 0] + d * circle[angle, 1]
                        rings += _pixel(photo, u + du, v + dv, height, width)
                        paper += _pixel(photo, u + _BEYOND * du, v + _BEYOND * dv, height, width)
                seen[field, line, place] = (paper - rings) / max(paper, 1)


@njit(cache=True, nogil=True, inline="always")
def _pixel(photo: Gray, u: float, v: float, height: int, width: int) -> int:
    return int(photo[int(min(max(v + 0.5, 0.0), height - 1.0)), int(min(max(u + 0.5, 0.0), width - 1.0))])


@njit(cache=True, nogil=True)
def _follow(seen: Array, steps: Array) -> None:
    """The steps float64[fields, lines, 2] of the way down that shows most, of all ways whose lines differ by at most
    one step from the line above."""
    fields, lines, places = seen.shape
    best = np.empty(places)
    total = np.empty(places)
    came = np.empty((lines, places), np.int64)
    for field in range(fields):
        for place in range(places):
            x, y = place % _SIDE - REACH, place // _SIDE - REACH
            best[place] = seen[field, 0, place] - _HELD * (x * x + y * y)
        for line in range(1, lines):
            for place in range(places):
                x, y = place % _SIDE, place // _SIDE
                most, origin = -np.inf, place
                for py in range(max(y - 1, 0), min(y + 2, _SIDE)):
                    for px in range(max(x - 1, 0), min(x + 2, _SIDE)):
                        worth = best[py * _SIDE + px] - _BEND * ((px - x) ** 2 + (py - y) ** 2)
                        if worth > most:
                            most, origin = worth, py * _SIDE + px
                total[place] = most + seen[field, line, place]
                came[line, place] = origin
            best[:] = total
        place = int(np.argmax(best))
        for line in range(lines - 1, -1, -1):
            steps[field, line, 0], steps[field, line, 1] = place % _SIDE - REACH, place // _SIDE - REACH
            if line:
                place = came[line, place]
