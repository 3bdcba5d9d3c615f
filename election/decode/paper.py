"""What is believed about a form before anyone looks at it: how often paper contradicts itself, and how.

Behind every written number stands the number its writer meant. Two things go wrong on paper: a sum is added up
wrongly (what is meant differs from what the parts add to), and the pen slips (what is written differs from what is
meant; one slip can break two sums at once). Both have a stated price and neither is impossible: that is what keeps a
form that contradicts itself from being silently repaired.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from election.decode.number import NONE, VALUES, Likelihood

Array = npt.NDArray[np.float64]

MISADDED: Final = 0.03
"""How often a sum is added up wrongly (published records of 2024 break an identity in 1.2 % to 7.4 % of cases)."""

SLIPPED: Final = 0.01
"""How often a number is written down that is not the one meant."""

ONE_DIGIT: Final = 0.7
"""Of wrong numbers, how many differ by one digit in one place; the rest is anywhere."""

UNWRITTEN: Final = 0.005
"""How often no number stands where one belongs."""

FREE: Final = 1 / VALUES
"""Chance of a number that no sum speaks about, each alike."""

SHIFTS: Final = tuple(sign * digit * place for place in (1, 10, 100) for digit in range(1, 10) for sign in (1, -1))


def _kernel(wrong: float) -> tuple[float, float, float]:
    """Chance of the same number, of one that is a given one-digit shift away, and of any number whatever."""
    return 1 - wrong, wrong * ONE_DIGIT / len(SHIFTS), wrong * (1 - ONE_DIGIT) / VALUES


RIGHT, NEAR, FAR = _kernel(MISADDED)
_SAME, _SHIFTED, _ANY = (share * (1 - UNWRITTEN) for share in _kernel(SLIPPED))

_MARGIN = max(SHIFTS)
SPAN: Final = VALUES + _MARGIN
"""Parts that add to this or more explain a sum only as "anywhere"."""


def _table(same: float, near: float, far: float) -> Array:
    """The kernel by difference, indexed [difference + VALUES]."""
    table = np.full(2 * VALUES + 1, far)
    table[VALUES] += same
    for shift in SHIFTS:
        table[VALUES + shift] += near
    return table


_SUM, _PEN = _table(RIGHT, NEAR, FAR), _table(_SAME, _SHIFTED, _ANY)


def added(meant: npt.ArrayLike, parts: npt.ArrayLike) -> Array:
    """Chance that `meant` (0–999) is meant as the sum where the parts add to `parts` (0 or more)."""
    difference = np.asarray(meant) - np.asarray(parts)
    return _SUM[np.clip(difference + VALUES, 0, 2 * VALUES)]


def meant_given(sums: Array) -> Array:
    """Sum-product message: from the mass of what the parts add to, float[n], to that of each number meant, [1000]."""
    window = np.zeros(SPAN + _MARGIN)
    near = sums[:SPAN]
    window[_MARGIN : _MARGIN + len(near)] = near
    numbers = RIGHT * window[_MARGIN : _MARGIN + VALUES] + FAR * sums.sum()
    for shift in SHIFTS:
        numbers += NEAR * window[_MARGIN - shift : _MARGIN - shift + VALUES]
    return numbers


def best_meant(sums: Array) -> Array:
    """The same for max-sum: logs in, logs out."""
    window = np.full(SPAN + _MARGIN, -np.inf)
    near = sums[:SPAN]
    window[_MARGIN : _MARGIN + len(near)] = near
    same = window[_MARGIN : _MARGIN + VALUES] + np.log(RIGHT + FAR)
    return np.maximum(np.maximum(same, _best_shift(window) + np.log(NEAR + FAR)), sums.max() + np.log(FAR))


def _best_shift(window: Array) -> Array:
    best = np.full(VALUES, -np.inf)
    for shift in SHIFTS:
        np.maximum(best, window[_MARGIN - shift : _MARGIN - shift + VALUES], out=best)
    return best


def pen(likelihood: Likelihood) -> tuple[Array, Array]:
    """From what was seen, float[1001], to what was meant, [1000]: summed over all that may be written, and its best
    (a log)."""
    written, none = likelihood[:VALUES], float(likelihood[NONE])
    window = np.zeros(VALUES + 2 * _MARGIN)
    window[_MARGIN : _MARGIN + VALUES] = written
    runs = [sliding_window_view(window, VALUES)[_MARGIN - 9 * p : _MARGIN + 9 * p + 1 : p] for p in (1, 10, 100)]
    near = sum(run.sum(axis=0) for run in runs) - len(runs) * written
    top = np.maximum.reduce([run.max(axis=0) for run in runs])
    mass = _SAME * written + _SHIFTED * near + (_ANY * written.sum() + UNWRITTEN * none)
    best = np.maximum((_SAME + _ANY) * written, (_SHIFTED + _ANY) * top)
    best = np.maximum(best, max(_ANY * float(written.max()), UNWRITTEN * none))
    with np.errstate(divide="ignore"):
        return np.maximum(mass, best), np.log(best)


def pen_wrote(value: int) -> Array:
    """Chance of `value` (or NONE) being written, by what was meant, [1000]."""
    return np.full(VALUES, UNWRITTEN) if value == NONE else _PEN[value + VALUES - np.arange(VALUES)]


def written_for(meant: int, likelihood: Likelihood) -> int:
    """What is most likely written (0–999 or NONE) where `meant` is meant."""
    chance = _PEN[np.arange(VALUES) - meant + VALUES]
    return int(np.append(chance * likelihood[:VALUES], UNWRITTEN * likelihood[NONE]).argmax())
