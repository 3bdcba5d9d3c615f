"""From what is written to what it stands for, and back: the inner loops around a number's own slip of the pen.

Prices are those of `paper`; N in the place of a value says that no number is written.
"""

import numpy as np
import numpy.typing as npt

from election.decode.compiled import compiled
from election.decode.number import Array, Ints
from election.decode.paper import Shifts, backward, best_backward

Flags = npt.NDArray[np.bool_]


@compiled
def pinned(value: int, same: float, near: float, far: float, shifts: Shifts, out: Array) -> None:
    """Chance of exactly `value` being written, by the number that is meant, `out` [N]."""
    for m in range(out.size):
        out[m] = far
    out[value] += same
    for k in range(shifts.by.size):
        m = value - shifts.by[k]
        if 0 <= m < out.size:
            out[m] += near * shifts.share[k]


@compiled
def written_for(
    meant: int, likelihood: Array, same: float, near: float, far: float, unwritten: float, shifts: Shifts
) -> int:
    """What is most likely written, below N or N for nothing, where `meant` is meant, given `likelihood` [N + 1]."""
    n = likelihood.size - 1
    found, top = meant, (same + far) * likelihood[meant]
    for w in range(n):
        if far * likelihood[w] > top:
            found, top = w, far * likelihood[w]
    for k in range(shifts.by.size):
        w, chance = meant + shifts.by[k], near * shifts.share[k] + far
        if 0 <= w < n and chance * likelihood[w] > top:
            found, top = w, chance * likelihood[w]
    return n if unwritten * likelihood[n] > top else found


@compiled
def all_written_for(
    meant: Ints,
    seen: Array,
    sums: Flags,
    at: Ints,
    same: float,
    near: float,
    far: float,
    unwritten: float,
    shifts: Shifts,
) -> None:
    """Put what is most likely written, N for nothing, in the place of what is meant, `meant` int64[k], by the numbers
    of the rows `at` int64[k] of `seen` [n, N + 1]."""
    size = seen.shape[1] - 1
    for i in range(at.size):
        row = seen[at[i]]
        if sums[at[i]]:
            meant[i] = written_for(meant[i], row, same, near, far, unwritten, shifts)
        elif unwritten * row[size] > (1 - unwritten) * row[meant[i]]:
            meant[i] = size


@compiled
def stand_for(
    seen: Array, sums: Flags, same: float, near: float, far: float, unwritten: float, shifts: Shifts, out: Array
) -> None:
    """Write to `out` [n, N] what each number's likelihood `seen` [n, N + 1] says of the value that enters the sums.

    Where `sums` [n] is true, what is written is what a pen made of the sum that is meant; else it is the value itself.
    A number that is not written may be any.
    """
    size = out.shape[1]
    for i in range(out.shape[0]):
        if sums[i]:
            backward(seen[i, :size], same, near, far, shifts, out[i])
        else:
            for v in range(size):
                out[i, v] = (1 - unwritten) * seen[i, v]
        for v in range(size):
            out[i, v] += unwritten * seen[i, size]


@compiled
def best_stand_for(
    seen: Array, sums: Flags, same: float, near: float, far: float, unwritten: float, shifts: Shifts, out: Array
) -> None:
    """`stand_for` for the best case instead of the sum of all."""
    size = out.shape[1]
    for i in range(out.shape[0]):
        if sums[i]:
            best_backward(seen[i, :size], same, near, far, shifts, out[i])
        else:
            for v in range(size):
                out[i, v] = (1 - unwritten) * seen[i, v]
        least = unwritten * seen[i, size]
        for v in range(size):
            out[i, v] = least if least > out[i, v] else out[i, v]


@compiled
def pin(
    seen: Array,
    sums: Flags,
    at: Ints,
    found: Ints,
    same: float,
    near: float,
    far: float,
    unwritten: float,
    shifts: Shifts,
    out: Array,
) -> None:
    """`stand_for` of the rows `at` int64[k], where exactly `found` int64[k] is written (N: nothing)."""
    size = out.shape[1]
    for i in range(out.shape[0]):
        row, value = seen[at[i]], found[i]
        if value == size:
            out[i, :] = unwritten * row[size]
        elif sums[at[i]]:
            pinned(value, same, near, far, shifts, out[i])
            for v in range(size):
                out[i, v] *= row[value]
        else:
            out[i, :] = 0.0
            out[i, value] = (1 - unwritten) * row[value]
