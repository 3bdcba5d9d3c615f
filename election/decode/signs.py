"""What single marks on the paper say, without the rest: the bubbles' number, the tally rows', and what is odd.

They stand beside a reading, for rule E402 and for whoever looks at a held block; joint decoding has used them already.
"""

from typing import Final

import numpy as np

from election.decode.number import (
    BEHIND,
    LEFT_ALIGNED,
    NONE,
    PADDING,
    Array,
    bubbles_likelihood,
    rows_likelihood,
    seen_in,
)
from election.scores import CLASSES, FieldScores

CLEAR: Final = 3.0
"""Nats by which a bubble must be darker than the next of its column to be read by itself."""

SURE: Final = 0.99
"""Probability from which on the tally rows' sum is read by itself."""

VOID: Final = CLASSES.index("void")
_VOID_BY = 2.0


def bubbles(field: FieldScores) -> int | None:
    """The number that the bubbles mark; None where there are none or a column marks nothing, or several."""
    scores = field.bubble_scores
    if scores is None:
        return None
    ordered = np.sort(scores, axis=1)
    numbers = bubbles_likelihood(field)
    clear = (ordered[:, -1] - ordered[:, -2]).min() >= CLEAR
    return int(numbers[:NONE].argmax()) if clear and numbers is not None else None


def marks(field: FieldScores) -> int | None:
    """The number that the tally rows' sums add to; None where there are none or they are not clearly read."""
    numbers = rows_likelihood(field)
    if numbers is None or not numbers.any():
        return None
    found = int(numbers.argmax())
    return found if numbers[found] >= SURE * numbers.sum() else None


def flag(field: FieldScores, figure: int | None) -> str | None:
    """What is odd about how a number is written that was read as `figure`: None where nothing is.

    `void`: a box holds something struck out, several characters or a scribble. `left_aligned`: the number is set to
    the left. `empty`: nothing is written. `malformed`: what is written is no number. `multi`: several bubbles of a
    column are marked.
    """
    scores = field.box_scores
    if _void(scores):
        return "void"
    if figure is None:
        return "empty" if (scores.argmax(axis=1) == CLASSES.index("blank")).all() else "malformed"
    if _left_aligned(field, figure):
        return "left_aligned"
    return "multi" if _several(field) else None


def _void(scores: Array) -> bool:
    others = np.delete(scores, VOID, axis=1).max(axis=1)
    return bool((scores[:, VOID] - others >= _VOID_BY).any())


def _left_aligned(field: FieldScores, figure: int) -> bool:
    boxes, _, _ = seen_in(field)
    digits = [int(d) for d in str(figure)]
    spare = len(boxes) - len(digits)
    if not spare or not figure:
        return False
    before = np.array([PADDING.get(name, 0.0) for name in CLASSES])
    behind = np.array([BEHIND.get(name, 0.0) for name in CLASSES])
    right = left = 1.0
    for i, digit in enumerate(digits):
        right *= float(boxes[spare + i, digit])
        left *= float(boxes[i, digit])
    for i in range(spare):
        right *= float((boxes[i] * before).sum())
        left *= float((boxes[len(digits) + i] * behind).sum())
    return LEFT_ALIGNED * left > (1 - LEFT_ALIGNED) * right


def _several(field: FieldScores) -> bool:
    scores = field.bubble_scores
    if scores is None:
        return False
    ordered = np.sort(scores, axis=1)
    marked, empty = ordered[:, -1], np.median(scores, axis=1)
    return bool(((marked - ordered[:, -2] < CLEAR) & (marked - empty >= 2 * CLEAR)).any())
