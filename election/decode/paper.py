"""What is believed about a form before anyone looks at it: how often paper contradicts itself, and how.

Three things go wrong. A sum is made wrongly: its writer adds up badly, or copies a part wrongly (from the paper alone
the two cannot be told apart). The pen slips: what is written as a sum is not what was meant, while whoever adds it up
further may go on with either; one slip can break two sums at once. And a number is not written at all. Each has a
stated price and none is impossible: that is what keeps a form that contradicts itself from being silently repaired.

The prices follow what was published in 2024, of 30,570 users' tables (what that machine misread is in it, so paper is
rather better): 656 break their sums by one number that nobody went on with, 1 to 4 of 1,000 of each total and 1 of
1,000 of each number that is none; 116 as if a wrong sum had been carried on. Of the 656, 91 % differ in one digit,
nearly half of these by one, a seventh by two, two of three in the last place. Both are priced higher than they were
seen, for to count what was repaired is worse than to ask a person, and sums that bind more mislead on poor boxes.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct

from election.decode.compiled import compiled
from election.decode.laying import extremes, greatest, lay, lay_best
from election.decode.number import BOXES, Array, Ints

MISADDED: Final = 0.02
"""How often a sum is added up wrongly, and whoever adds it up further goes on with it."""

MISCOPIED: Final = 0.003
"""The same for each number that enters the sum."""

SLIPPED: Final = 0.02
"""How often a number is written down as a sum that is not the one meant."""

ONE_DIGIT: Final = 0.9
"""Of wrong numbers, how many differ by one digit in one place; the rest is anywhere."""

BY_DIGIT: Final = {1: 6.0, 2: 2.0}
"""How often the two digits differ by so much; any other difference counts 1."""

UNITS: Final = 3.0
"""How often it is the last digit; any other place counts 1."""

UNWRITTEN: Final = 0.005
"""How often no number stands where one belongs."""


class Shifts(NamedTuple):
    """How far numbers that differ in one digit are apart, `by` int64[m], and which share of them each is, `share`
    float[m]."""

    by: Ints
    share: Array


class Chance(NamedTuple):
    """How one number goes over into another: chance of the same one, of one that differs in one digit, and, besides,
    of each number whatever."""

    same: float
    near: float
    far: float


class Paper(Struct, frozen=True):
    """The beliefs for numbers below `size`; `shifts` are the one-digit differences, and how often each."""

    size: int
    shifts: Shifts

    @property
    def span(self) -> int:
        """Length of an array over sums; its last cell stands for every sum that is as large or larger, which no
        number and no shift reaches."""
        return self.size + int(self.shifts.by.max()) + 1

    def wrong(self, chance: float) -> Chance:
        """The transition that leaves the number as it is but with that chance."""
        return _wrong(chance, self.size)

    def adding(self, parts: int) -> Chance:
        """From what `parts` written numbers add to, to the sum that is meant."""
        return self.wrong(MISADDED + MISCOPIED * parts)

    @property
    def pen(self) -> Chance:
        """From the sum that is meant to the one that is written, where one is."""
        return _slipped(self.size)


@lru_cache(maxsize=1024)
def _wrong(chance: float, size: int) -> Chance:
    return Chance(1 - chance, chance * ONE_DIGIT, chance * (1 - ONE_DIGIT) / size)


@lru_cache(maxsize=8)
def _slipped(size: int) -> Chance:
    chance = _wrong(SLIPPED, size)
    return Chance(*(share * (1 - UNWRITTEN) for share in (chance.same, chance.near, chance.far)))


@lru_cache(maxsize=8)
def paper(boxes: int = BOXES) -> Paper:
    """The beliefs for numbers of so many boxes."""
    digits = [(place, digit) for place in range(boxes) for digit in range(1, 10)]
    by = [sign * digit * 10**place for place, digit in digits for sign in (1, -1)]
    often = np.array([_often(place, digit) for place, digit in digits for _ in range(2)])
    return Paper(10**boxes, Shifts(np.array(by, np.int64), often / often.sum()))


def _often(place: int, digit: int) -> float:
    return BY_DIGIT.get(digit, 1.0) * (UNITS if place == 0 else 1.0)


@compiled
def total(weights: Array) -> float:
    """The sum of an array, from its first cell to its last."""
    whole = 0.0
    for weight in weights:
        whole += weight
    return whole


@compiled
def onward(sums: Array, same: float, near: float, far: float, shifts: Shifts, out: Array) -> None:
    """From the mass of what is added up, `sums` [span], to that of each number meant, `out` [N]."""
    whole = total(sums)
    for m in range(out.size):
        out[m] = same * sums[m] + far * whole
    lay(*framed(sums[: sums.size - 1], shifts, -1, near, 0.0, out.size), out)


@compiled
def backward(mass: Array, same: float, near: float, far: float, shifts: Shifts, out: Array) -> None:
    """The way back: Σ over numbers of `mass` [N] times their chance given each sum → `out` [span or N]."""
    whole = total(mass)
    for s in range(out.size):
        out[s] = far * whole
    for s in range(min(mass.size, out.size)):
        out[s] += same * mass[s]
    lay(*framed(mass, shifts, 1, near, 0.0, out.size), out)


@compiled
def best_onward(sums: Array, same: float, near: float, far: float, shifts: Shifts, out: Array) -> None:
    """`onward` for the best case instead of the sum of all."""
    top = extremes(sums)[1]
    for m in range(out.size):
        out[m] = max((same + far) * sums[m], far * top)
    lay_best(*framed(sums[: sums.size - 1], shifts, -1, near, far, out.size), out)


@compiled
def best_backward(mass: Array, same: float, near: float, far: float, shifts: Shifts, out: Array) -> None:
    """`backward` for the best case instead of the sum of all."""
    top = extremes(mass)[1]
    for s in range(out.size):
        out[s] = far * top
    for s in range(min(mass.size, out.size)):
        out[s] = max(out[s], (same + far) * mass[s])
    lay_best(*framed(mass, shifts, 1, near, far, out.size), out)


@compiled
def all_backward(mass: Array, chances: Array, shifts: Shifts, out: Array) -> None:
    """`backward` of each row of `mass` [n, N] to `out` [n, span], each at its own `chances` [n, 3]."""
    for i in range(out.shape[0]):
        backward(mass[i], chances[i, 0], chances[i, 1], chances[i, 2], shifts, out[i])


@compiled
def framed(row: Array, shifts: Shifts, sign: int, near: float, far: float, cells: int) -> tuple[Array, Ints, Array]:
    """What `lay` needs to add row[i + sign · shift], by `near` · its share + `far`, to each i below `cells`, for every
    shift in turn: the row with zeros before and behind it, for shifts that reach over its ends, where to begin in it,
    and the weights."""
    at, by, frame = np.empty(shifts.by.size, np.int64), np.empty(shifts.by.size), greatest(shifts.by)
    for k in range(at.size):
        at[k], by[k] = frame + sign * shifts.by[k], near * shifts.share[k] + far
    out = np.zeros(max(row.size, cells) + 2 * frame)
    for i in range(row.size):
        out[frame + i] = row[i]
    return out, at, by


@compiled
def came_from(sums: Array, meant: int, same: float, near: float, far: float, shifts: Shifts) -> int:
    """The cell of `sums` [span] that best explains why `meant` is meant."""
    found, top = meant, (same + far) * sums[meant]
    for k in range(shifts.by.size):
        s, chance = meant - shifts.by[k], near * shifts.share[k] + far
        if 0 <= s < sums.size - 1 and chance * sums[s] > top:
            found, top = s, chance * sums[s]
    for s in range(sums.size):
        if far * sums[s] > top:
            found, top = s, far * sums[s]
    return found


@compiled
def dot(left: Array, right: Array) -> float:
    """Σ left · right, from the first cell to the last."""
    whole = 0.0
    for i in range(left.size):
        whole += left[i] * right[i]
    return whole


@compiled
def share(mass: Array, part: Array, whole: Array) -> float:
    """Σ of `mass` [N], each cell by the share that `part` has in `whole` there."""
    found = 0.0
    for m in range(mass.size):
        if mass[m] > 0 and whole[m] > 0:
            found += mass[m] * (part[m] / whole[m])
    return found
