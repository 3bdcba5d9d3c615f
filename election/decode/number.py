"""From the scores of three boxes (and their bubbles) to the likelihood of every number they could show.

The grammar of the paper: a number stands to the right; before its first digit stand only X, a dash, an empty box
or a plain 0; zero may be crossed out altogether. Three empty boxes are no number: nothing was written.
What sums say about the numbers is not known here.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from election.scores import CLASSES, FieldScores

Likelihood = npt.NDArray[np.float64]
"""float[1001]: how well each number 0–999 explains what was seen, best = 1; at [NONE], that no number was written."""

VALUES: Final = 1000
NONE: Final = VALUES
BOXES: Final = 3

PADDING: Final = {"X": 0.45, "blank": 0.2, "0": 0.2, "dash": 0.15}
"""How often officers put what before the first digit (the instructions ask for X)."""

ZERO: Final = {"0": 0.6, "X": 0.3, "dash": 0.1}
"""How often officers write what in the last box of a zero."""

BUBBLE_SLIP: Final = 0.02
"""How often a marked bubble is not the digit written above it."""


def _symbols(value: int) -> list[dict[str, float]]:
    """What each box may show for `value`, hundreds first, with its share; the shares of a box sum to 1."""
    digits = str(value)
    last = [ZERO] if value == 0 else [{d: 1.0} for d in digits]
    return [PADDING] * (BOXES - len(last)) + last


def _grammar() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """For each of 14³ sequences of classes: the number it spells (or NONE), and its share among the spellings."""
    classes = len(CLASSES)
    spells = np.full((classes,) * BOXES, NONE)
    share = np.zeros((classes,) * BOXES)
    for value in range(VALUES):
        rows = [np.array([box.get(name, 0.0) for name in CLASSES]) for box in _symbols(value)]
        weight = np.einsum("i,j,k->ijk", *rows)
        spells[weight > 0] = value
        share += weight
    nonsense = spells == NONE
    odd = np.full(classes, 0.5 / (classes - 2))
    odd[CLASSES.index("void")], odd[CLASSES.index("blank")] = 0.3, 0.2
    nothing = np.einsum("i,j,k->ijk", odd, odd, odd)[nonsense]
    share[nonsense] = nothing / nothing.sum()
    return spells.ravel(), share.ravel()


_SPELLS, _SHARE = _grammar()
_DIGITS = np.array([[value // 10**place % 10 for value in range(VALUES)] for place in (2, 1, 0)])


def boxes_likelihood(field: FieldScores) -> Likelihood:
    """What the three boxes alone say, unscaled: Σ over spellings of share × Π of the boxes' likelihoods."""
    first, second, third = np.exp(field.box_scores)
    joint = (first[:, None, None] * second[:, None] * third).ravel()
    numbers = np.bincount(_SPELLS, weights=_SHARE * joint, minlength=VALUES + 1)
    return numbers.astype(np.float64)


def bubbles_likelihood(field: FieldScores) -> Likelihood | None:
    """What the bubbles alone say, unscaled; padding is bubble 0. None where the field has no bubbles.

    A column slips with probability `BUBBLE_SLIP`, independently, so no bubble can overrule clear handwriting
    without the sums. That no number was written is explained by any marks equally well.
    """
    scores = field.bubble_scores
    if scores is None:
        return None
    marks = np.exp(scores)
    mean = marks.mean(axis=1, keepdims=True)
    columns = (1 - BUBBLE_SLIP) * marks + BUBBLE_SLIP * mean
    numbers = columns[0, _DIGITS[0]] * columns[1, _DIGITS[1]] * columns[2, _DIGITS[2]]
    return np.append(numbers, mean.prod())


def likelihood(field: FieldScores) -> Likelihood:
    """Boxes and bubbles together, scaled so that the best explanation has 1."""
    joint = boxes_likelihood(field)
    bubbles = bubbles_likelihood(field)
    if bubbles is not None:
        joint = joint * bubbles
    return joint / joint.max()


def best(numbers: Likelihood) -> int | None:
    """The number with the highest likelihood, None where "no number" has it."""
    index = int(numbers.argmax())
    return None if index == NONE else index
