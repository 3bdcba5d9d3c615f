"""The last millimetre: each field's boxes are moved to where their printed outlines really lie.

One homography is a flat sheet seen by a perfect lens. Paper curls and lenses bend; over a whole page that is a
millimetre or two, a fold makes it more, over one field it is a plain shift. A field whose outlines cannot be seen, or
not where its neighbours let expect them, moves as they do. Reading the boxes is for `digits`.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from election.form import Field, Rect
from ocr import lines, neighbours
from ocr.guard import Gray
from ocr.layout import AGREE
from ocr.lines import REACH, Lines

_CONTRAST = 240.0  # grey levels that a line's darkness is held against
_FAR = 9.0  # mm to either side that are searched once the usual reach was not enough,
_PART = 0.42  # but of a box's side no more than this: in a row of cells one further on looks the same
_TOGETHER = 0.6  # of a field's parallel lines that must be seen where they all lie
_EDGE = 0.4  # mm
_ROUNDS = 3

Array = npt.NDArray[np.float64]
Some = npt.NDArray[np.int64]


class _Printed(NamedTuple):
    """What a page's fields look like: their middles, mm [fields, 2]; the sides of their boxes, whose field each is,
    int64[lines]; by how much each may lie elsewhere than its neighbours say, mm [fields, 1]; and how near they are."""

    middles: Array
    lines: Lines
    owner: Some
    far: Array
    near: Array


@lru_cache(maxsize=64)
def _printed(fields: tuple[Field, ...]) -> _Printed:
    middles = np.array([np.mean([box.centre for box in field.boxes], axis=0) for field in fields])
    owner = np.repeat(np.arange(len(fields)), [4 * len(field.boxes) for field in fields])
    sides = Lines.around([box for field in fields for box in field.boxes])
    return _Printed(middles, sides, owner, neighbours.tolerance(middles), neighbours.nearness(middles))


def shifts(photo: Gray, homography: Array, fields: tuple[Field, ...]) -> Array:
    """How far each field's boxes lie from where the homography has them: mm, float64[fields, 2], (dx, dy).

    A field whose outlines cannot be seen moves as its neighbours do; where none can, by nothing.
    """
    middles, sides, owner, far, near = _printed(fields)
    seen = _seen(photo, homography, sides, owner, np.zeros((len(fields), 2)))
    for _ in range(_ROUNDS):
        some = neighbours.unsure(near, seen, far)
        if not len(some):
            break
        guess = neighbours.expected(middles, seen, np.arange(len(fields)))
        before = guess.copy()
        part = np.isin(owner, some)
        own = Lines(sides.at[part])
        guess[some] += _comb(photo, homography, own.moved(guess[owner[part]]), owner[part], some)
        again = _seen(photo, homography, own, owner[part], guess)
        seen[some] = np.where(np.abs(again[some] - before[some]) <= far[some], again[some], np.nan)
    lost = np.flatnonzero(np.isnan(seen).any(axis=1))
    seen[lost] = np.where(np.isnan(seen[lost]), neighbours.expected(middles, seen, lost), seen[lost])
    return seen


def _comb(photo: Gray, homography: Array, sides: Lines, owner: Some, some: Some) -> Array:
    """By how much some fields lie elsewhere than where `sides` are now, as all of a field's parallel lines together
    say, float64[some, 2]; nothing where they do not."""
    shortest = np.abs(sides.at[:, 1] - sides.at[:, 0]).max(axis=1).min()
    reach = min(_FAR, _PART * float(shortest))
    out, dark = lines.profiles(photo, homography, sides, reach)
    dark = np.minimum(1.0, dark / np.maximum(np.percentile(dark.max(axis=1), 70) / 2, 1.0))
    upright = sides.at[:, 2, 0] > 0.5
    steps = np.zeros((len(some), 2))
    for k, field in enumerate(some):
        for axis, own in ((0, upright), (1, ~upright)):
            score = dark[own & (owner == field)].mean(axis=0)
            best = score.max()
            if best >= _TOGETHER:
                steps[k, axis] = out[score >= 0.9 * best].mean()
    return steps


def moved(field: Field, shift: npt.ArrayLike) -> Field:
    """The field with its boxes and bubbles moved by (dx, dy) mm."""
    dx, dy = (float(v) for v in np.asarray(shift))
    return Field(
        name=field.name,
        block=field.block,
        boxes=tuple(_moved(rect, dx, dy) for rect in field.boxes),
        bubbles=tuple(tuple(_moved(rect, dx, dy) for rect in column) for column in field.bubbles),
        guide=field.guide,
        words=field.words,
    )


def _moved(rect: Rect, dx: float, dy: float) -> Rect:
    return Rect(rect.x0 + dx, rect.y0 + dy, rect.x1 + dx, rect.y1 + dy)


def _seen(photo: Gray, homography: Array, sides: Lines, owner: Some, guess: Array) -> Array:
    """Each field's shift as its boxes' outlines have it, looked for around what is guessed, float64[fields, 2]; NaN
    where they do not say. `owner` int64[lines], ascending: whose line each is."""
    found = lines.measure(photo, homography, sides.moved(guess[owner]))
    shifts = np.full(guess.shape, np.nan)
    _medians(found.across, found.seen(_CONTRAST), owner, shifts)
    return shifts + guess


@njit(cache=True, nogil=True)
def _medians(across: Array, seen: npt.NDArray[np.bool_], owner: Some, shifts: Array) -> None:
    """Fill `shifts` float64[fields, 2] with the median of what the boxes of a field say, where at least half of them
    do: those of which both opposite sides are seen, and agree. `across`, `seen` [4 boxes]: of each line."""
    values = np.empty(len(owner) // 4)
    first = 0
    while first < len(owner):
        last = first
        while last < len(owner) and owner[last] == owner[first]:
            last += 4
        for axis in range(2):
            count = 0
            for side in range(first + 2 * axis, last, 4):
                a, b = across[side], across[side + 1]
                # A line at the edge of what was looked at may lie beyond it in part.
                whole = seen[side] and seen[side + 1] and max(abs(a), abs(b)) <= REACH - _EDGE
                if whole and abs(a - b) <= AGREE:
                    values[count] = (a + b) / 2
                    count += 1
            if 8 * count >= last - first:
                shifts[owner[first], axis] = np.median(values[:count])
        first = last
