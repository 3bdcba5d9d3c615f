"""What single marks on the paper say, without the rest: the bubbles' number, the tally rows', and what is odd.

They stand beside a reading, for rule E402 and for whoever looks at a held block; joint decoding has used them already.
"""

from enum import StrEnum
from typing import Final

import numpy as np
from msgspec import Struct

from election.decode.compiled import compiled
from election.decode.number import (
    EXP,
    LEFT_ALIGNED,
    ROW_MOST,
    SHARES,
    TALLY_EMPTY,
    Array,
    Ints,
    Pictures,
    add_rows,
)
from election.decode.number import STRUCK as STRUCK_OUT
from election.scores import CLASSES

CLEAR: Final = EXP[48]
"""The next bubble of a column must be less likely by this, three nats, for it to be read by itself."""

DARK: Final = EXP[96]
"""Less likely than this, six nats, the bubble in the middle of its column is empty beside a marked one."""

STRUCK: Final = EXP[48]
"""Every other class must be less likely by this, three nats, for a box to be struck out or scribbled in."""

SURE: Final = 0.99
"""Probability from which on the tally rows' sum is read by itself."""

VOID, BLANK = CLASSES.index("void"), CLASSES.index("blank")


class Flag(StrEnum):
    """What can be odd about how a number is written."""

    VOID = "void"  # a box holds something struck out, several characters or a scribble
    EMPTY = "empty"  # nothing is written
    MALFORMED = "malformed"  # what is written is no number
    LEFT_ALIGNED = "left_aligned"  # the number is set to the left
    MULTI = "multi"  # several bubbles of a column are marked


LOOK: Final = frozenset({Flag.VOID, Flag.EMPTY, Flag.MALFORMED, Flag.LEFT_ALIGNED})
"""How a number may be written so that a person must look, whatever the sums say; several bubbles are for E402."""

_FLAGS = (None, *Flag)


class Signs(Struct, frozen=True):
    """Of n numbers: what the bubbles and what the tally rows say alone (None: nothing clear), and what is odd."""

    bubbles: tuple[int | None, ...]
    marks: tuple[int | None, ...]
    flags: tuple[Flag | None, ...]


def signs(seen: Pictures, figures: Ints) -> Signs:
    """The signs of each number of `seen` that was read as `figures` int64[n], N where nothing is written."""
    out = np.empty((3, len(figures)), np.int64)
    size = 10 ** seen.boxes.shape[1]
    limits = np.array([CLEAR, DARK, STRUCK, SURE, LEFT_ALIGNED, TALLY_EMPTY, STRUCK_OUT])
    _note(seen.boxes, seen.bubbles, seen.rows, seen.spots, figures, SHARES, limits, size, out)
    bubbles, marks = (tuple(None if v < 0 else v for v in row) for row in out[:2].tolist())
    return Signs(bubbles, marks, tuple(_FLAGS[kind] for kind in out[2].tolist()))


@compiled
def _note(
    boxes: Array,
    bubbles: Array,
    rows: Array,
    spots: Ints,
    figures: Ints,
    shares: Array,
    limits: Array,
    size: int,
    out: Ints,
) -> None:
    """Write to `out` [3, n] the bubbles' number and the rows' (−1: nothing clear), and the number of the flag."""
    for i in range(boxes.shape[0]):
        columns, sums = bubbles[spots[i, 0] : spots[i, 1]], rows[spots[i, 2] : spots[i, 3]]
        out[0, i], several = _marked(columns, limits)
        out[1, i] = _summed(sums, shares, limits, size)
        out[2, i] = _odd(boxes[i], figures[i], shares, limits, size)
        if several and out[2, i] == 0:
            out[2, i] = 5


@compiled
def _marked(columns: Array, limits: Array) -> tuple[int, bool]:
    """The number that bubbles [boxes, 10] mark, −1 unless every column marks one; whether a column marks several."""
    value, clear, several = 0, columns.shape[0] > 0, False
    for i in range(columns.shape[0]):
        best, second, empty = 0, 0.0, 0
        for d in range(1, 10):
            if columns[i, d] > columns[i, best]:
                best = d
        for d in range(10):
            if d != best:
                second = max(second, columns[i, d])
            if columns[i, d] <= limits[1] * columns[i, best]:
                empty += 1
        one = second <= limits[0] * columns[i, best]
        clear = clear and one
        several = several or (not one and empty >= 5)
        value = value * 10 + best
    return (value if clear else -1), several


@compiled
def _summed(rows: Array, shares: Array, limits: Array, size: int) -> int:
    """The number that tally rows [rows, 2, 14] add to, −1 where there are none or it is not clear."""
    if rows.shape[0] == 0:
        return -1
    numbers = np.zeros(size)
    add_rows(rows, shares[0], shares[1], shares[4], 60, limits[5], limits[6], numbers)
    best, whole = 0, 0.0
    for value in range(size):
        whole += numbers[value]
        if numbers[value] > numbers[best]:
            best = value
    return best if whole > 0 and numbers[best] >= limits[3] * whole else -1


@compiled
def _odd(seen: Array, figure: int, shares: Array, limits: Array, size: int) -> int:
    """The number of the flag that boxes [boxes, 14] deserve, which were read as `figure`."""
    boxes, blank = seen.shape[0], True
    for i in range(boxes):
        other = 0.0
        for c in range(13):
            other = max(other, seen[i, c])
            blank = blank and seen[i, c] <= seen[i, 12]
        blank = blank and seen[i, 13] <= seen[i, 12]
        if other <= limits[2] * seen[i, 13]:
            return 1
    if figure == size:
        return 2 if blank else 3
    digits, rest = 0, figure
    while rest > 0:
        digits, rest = digits + 1, rest // 10
    if digits in (0, boxes):
        return 0
    right, left, rest = 1 - limits[4], limits[4], figure
    for k in range(digits):
        right *= seen[boxes - 1 - k, rest % 10]
        left *= seen[digits - 1 - k, rest % 10]
        rest //= 10
    for k in range(boxes - digits):
        p = q = 0.0
        for c in range(14):
            p += shares[0, c] * seen[k, c]
            q += shares[3, c] * seen[digits + k, c]
        right *= p
        left *= q
    return 4 if left > right else 0


assert (VOID, BLANK, ROW_MOST) == (13, 12, 60)  # as the kernels have them
