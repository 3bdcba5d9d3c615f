"""What is believed about a form before anyone looks at it: how often paper contradicts itself, and how.

Three things go wrong. A sum is made wrongly: its writer adds up badly, or copies a part wrongly (from the paper alone
the two cannot be told apart). The pen slips: what is written as a sum is not what was meant, while whoever adds it up
further may go on with either; one slip can break two sums at once. And a number is not written at all. Each has a
stated price and none is impossible: that is what keeps a form that contradicts itself from being silently repaired.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.decode.compiled import compiled
from election.decode.laying import extremes, greatest, lay, lay_best
from election.decode.number import BOXES, Array, Ints

MISADDED: Final = 0.03
"""How often a sum is added up wrongly (published records of 2024 break an identity in 1.2 % to 7.4 % of cases)."""

MISCOPIED: Final = 0.005
"""The same for each number that enters the sum."""

SLIPPED: Final = 0.01
"""How often a number is written down as a sum that is not the one meant."""

ONE_DIGIT: Final = 0.7
"""Of wrong numbers, how many differ by one digit in one place; the rest is anywhere."""

UNWRITTEN: Final = 0.005
"""How often no number stands where one belongs."""


class Chance(NamedTuple):
    """How one number goes over into another: chance of the same one, of any one that is a given one-digit shift away,
    and, besides, of each number whatever."""

    same: float
    near: float
    far: float


class Paper(Struct, frozen=True):
    """The beliefs for numbers below `size`; `shifts` int64[m] are the one-digit differences."""

    size: int
    shifts: npt.NDArray[np.int64]

    @property
    def span(self) -> int:
        """Length of an array over sums; its last cell stands for every sum that is as large or larger, which no
        number and no shift reaches."""
        return self.size + int(self.shifts.max()) + 1

    def wrong(self, chance: float) -> Chance:
        """The transition that leaves the number as it is but with that chance."""
        return _wrong(chance, len(self.shifts), self.size)

    def adding(self, parts: int) -> Chance:
        """From what `parts` written numbers add to, to the sum that is meant."""
        return self.wrong(MISADDED + MISCOPIED * parts)

    @property
    def pen(self) -> Chance:
        """From the sum that is meant to the one that is written, where one is."""
        return _slipped(len(self.shifts), self.size)


@lru_cache(maxsize=1024)
def _wrong(chance: float, shifts: int, size: int) -> Chance:
    return Chance(1 - chance, chance * ONE_DIGIT / shifts, chance * (1 - ONE_DIGIT) / size)


@lru_cache(maxsize=8)
def _slipped(shifts: int, size: int) -> Chance:
    chance = _wrong(SLIPPED, shifts, size)
    return Chance(*(share * (1 - UNWRITTEN) for share in (chance.same, chance.near, chance.far)))


@lru_cache(maxsize=8)
def paper(boxes: int = BOXES) -> Paper:
    """The beliefs for numbers of so many boxes."""
    places = [10**place for place in range(boxes)]
    shifts = [sign * digit * place for place in places for digit in range(1, 10) for sign in (1, -1)]
    return Paper(10**boxes, np.array(shifts, np.int64))


@compiled
def total(weights: Array) -> float:
    """The sum of an array, from its first cell to its last."""
    whole = 0.0
    for weight in weights:
        whole += weight
    return whole


@compiled
def onward(sums: Array, same: float, near: float, far: float, shifts: Ints, out: Array) -> None:
    """From the mass of what is added up, `sums` [span], to that of each number meant, `out` [N]."""
    whole = total(sums)
    for m in range(out.size):
        out[m] = same * sums[m] + far * whole
    lay(*framed(sums[: sums.size - 1], shifts, -1, near, out.size), out)


@compiled
def backward(mass: Array, same: float, near: float, far: float, shifts: Ints, out: Array) -> None:
    """The way back: Σ over numbers of `mass` [N] times their chance given each sum → `out` [span or N]."""
    whole = total(mass)
    for s in range(out.size):
        out[s] = far * whole
    for s in range(min(mass.size, out.size)):
        out[s] += same * mass[s]
    lay(*framed(mass, shifts, 1, near, out.size), out)


@compiled
def best_onward(sums: Array, same: float, near: float, far: float, shifts: Ints, out: Array) -> None:
    """`onward` for the best case instead of the sum of all."""
    top = extremes(sums)[1]
    for m in range(out.size):
        out[m] = max((same + far) * sums[m], far * top)
    lay_best(*framed(sums[: sums.size - 1], shifts, -1, near + far, out.size), out)


@compiled
def best_backward(mass: Array, same: float, near: float, far: float, shifts: Ints, out: Array) -> None:
    """`backward` for the best case instead of the sum of all."""
    top = extremes(mass)[1]
    for s in range(out.size):
        out[s] = far * top
    for s in range(min(mass.size, out.size)):
        out[s] = max(out[s], (same + far) * mass[s])
    lay_best(*framed(mass, shifts, 1, near + far, out.size), out)


@compiled
def all_backward(mass: Array, chances: Array, shifts: Ints, out: Array) -> None:
    """`backward` of each row of `mass` [n, N] to `out` [n, span], each at its own `chances` [n, 3]."""
    for i in range(out.shape[0]):
        backward(mass[i], chances[i, 0], chances[i, 1], chances[i, 2], shifts, out[i])


@compiled
def framed(row: Array, shifts: Ints, sign: int, share: float, cells: int) -> tuple[Array, Ints, Array]:
    """What `lay` needs to add `share` · row[i + sign · shift] to each i below `cells`, for every shift in turn: the row
    with zeros before and behind it, for shifts that reach over its ends, where to begin in it, and the shares."""
    at, by, frame = np.empty(shifts.size, np.int64), np.empty(shifts.size), greatest(shifts)
    for k in range(shifts.size):
        at[k], by[k] = frame + sign * shifts[k], share
    out = np.zeros(max(row.size, cells) + 2 * frame)
    for i in range(row.size):
        out[frame + i] = row[i]
    return out, at, by


@compiled
def came_from(sums: Array, meant: int, same: float, near: float, far: float, shifts: Ints) -> int:
    """The cell of `sums` [span] that best explains why `meant` is meant."""
    found, top = meant, (same + far) * sums[meant]
    for shift in shifts:
        s = meant - shift
        if 0 <= s < sums.size - 1 and (near + far) * sums[s] > top:
            found, top = s, (near + far) * sums[s]
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
