"""A black figure on white paper, looked for in a picture: correlation with its stencil, by whole numbers.

A stencil has two colours only, so what lies under its black is summed up row by row from running sums; this takes a
fifth of the time of a general correlation. Which figures there are, and where, is for `marks`.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from ocr.guard import Gray
from ocr.plane import Matrix, Points

Stencil = npt.NDArray[np.bool_]
"""True where it is black, [2 half + 1, 2 half + 1]."""

Whole = npt.NDArray[np.int32]
"""Of sums over a stencil of up to 180 pixels a side, squares too."""


def drawn(basis: Matrix, figure: Points, half: int) -> Stencil:
    """A figure as it looks in a picture, with the paper around it.

    Args:
        basis: px that a step of one mm to the right, and one downwards, takes; float64[2, 2].
        figure: its squares from its centre, mm: left, top, right, bottom; float64[n, 4].
        half: px from the centre to the edge.
    """
    side = 2 * half + 1
    stencil = np.zeros((side, side), np.bool_)
    _draw(np.ascontiguousarray(basis), figure, half, stencil)
    return stencil


def places(picture: Gray, stencil: Stencil, least: float, most: int) -> Points:
    """Where in a picture the stencil's centre fits best: px, best first, float64[n, 2], at most so many.

    Each has a correlation of at least `least`, and none lies under the stencil of a better one.
    """
    rows, cols = picture.shape[0] - len(stencil) + 1, picture.shape[1] - len(stencil) + 1
    scores = np.empty((max(0, rows), max(0, cols)), np.float32)
    found = np.empty((most, 2), np.int64)
    if not scores.size:
        return np.empty((0, 2))
    _correlate(picture, stencil, scores)
    return found[: _best(scores, len(stencil) // 2, least, found)] + np.float64(len(stencil) // 2)


@njit(cache=True, nogil=True)
def _draw(basis: Matrix, figure: Points, half: int, stencil: Stencil) -> None:
    (a, b), (c, d) = basis
    area = a * d - b * c
    for y in range(-half, half + 1):
        for x in range(-half, half + 1):
            u, v = (d * x - c * y) / area, (a * y - b * x) / area
            for k in range(len(figure)):
                if figure[k, 0] < u < figure[k, 2] and figure[k, 1] < v < figure[k, 3]:
                    stencil[y + half, x + half] = True


@njit(cache=True, nogil=True)
def _correlate(picture: Gray, stencil: Stencil, scores: npt.NDArray[np.float32]) -> None:
    """Fill `scores` [y, x] with the correlation coefficient of the stencil, white where it is not black, and what lies
    under it with its upper left corner there."""
    side, (rows, cols) = len(stencil), scores.shape
    height, width = picture.shape
    running = np.zeros((height, width + 1), np.int32)
    for y in range(height):
        total = np.int32(0)
        for x in range(width):
            total += picture[y, x]
            running[y, x + 1] = total
    sums, squares = np.zeros(width, np.int32), np.zeros(width, np.int32)
    for y in range(side - 1):
        _add(picture[y], 1, sums, squares)
    black = np.float32(stencil.sum())
    under, all_, power = np.empty(cols, np.int32), np.empty(cols, np.int32), np.empty(cols, np.int32)
    for y in range(rows):
        _add(picture[y + side - 1], 1, sums, squares)
        under[:] = 0
        for line in range(side):
            _add_black(stencil[line], running[y + line], under)
        _slide(sums, side, all_)
        _slide(squares, side, power)
        _score(under, all_, power, black, np.float32(side * side), scores[y])
        _add(picture[y], -1, sums, squares)


@njit(cache=True, nogil=True)
def _add(row: Gray, sign: int, sums: Whole, squares: Whole) -> None:
    for x in range(len(row)):
        value = np.int32(row[x])
        sums[x] += np.int32(sign) * value
        squares[x] += np.int32(sign) * value * value


@njit(cache=True, nogil=True)
def _slide(values: Whole, side: int, sums: Whole) -> None:
    """Fill `sums` with those of `side` neighbours."""
    total = values[:side].sum()
    ahead = values[side:]
    for x in range(len(ahead)):
        sums[x] = total
        total += ahead[x] - values[x]
    sums[len(ahead)] = total


@njit(cache=True, nogil=True)
def _add_black(line: Stencil, running: Whole, under: Whole) -> None:
    """Add to `under` [x] what lies under the black of one row of the stencil."""
    start = 0
    while start < len(line):
        if not line[start]:
            start += 1
            continue
        end = start
        while end < len(line) and line[end]:
            end += 1
        right, left = running[end:], running[start:]
        for x in range(len(under)):
            under[x] += right[x] - left[x]
        start = end


@njit(cache=True, nogil=True, error_model="numpy")
def _score(under: Whole, all_: Whole, power: Whole, black: float, area: float, scores: npt.NDArray[np.float32]) -> None:
    """Coefficients from what lies under the black, under all of the stencil, and the sum of its squares."""
    share, ink = black / area, black * (area - black) / area
    one, none, flat = np.float32(1.0), np.float32(0.0), np.float32(0.5)
    for x in range(len(scores)):
        whole = np.float32(all_[x])
        spread = np.float32(power[x]) - whole * (whole / area)
        score = (share * whole - np.float32(under[x])) / np.sqrt(ink * max(spread, one))
        scores[x] = score if spread > flat else none


@njit(cache=True, nogil=True)
def _best(scores: npt.NDArray[np.float32], half: int, least: float, found: npt.NDArray[np.int64]) -> int:
    """Fill `found` [n, 2] with x, y of the highest scores, one a neighbourhood, and say how many there are."""
    rows, cols = scores.shape
    for k in range(len(found)):
        at = int(np.argmax(scores))
        y, x = at // cols, at % cols
        if scores[y, x] < least:
            return k
        found[k, 0], found[k, 1] = x, y
        scores[max(0, y - half) : min(rows, y + half + 1), max(0, x - half) : min(cols, x + half + 1)] = -1
    return len(found)
