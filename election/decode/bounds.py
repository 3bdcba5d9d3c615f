"""What the cases of the users' table leave out, bounded: its columns by themselves, which have no cycle.

The inner loops of `table` that look at what was not listed; `cases` has those that walk through what was.
"""

import numpy as np

from election.decode.chain import CUT, add_up, candidates
from election.decode.compiled import compiled
from election.decode.laying import extremes, lay, prolonged, sweep_back
from election.decode.levels import listed_out
from election.decode.number import Array, Ints
from election.decode.paper import dot, total

SLACK = 1e-12
"""More, against the greater, than rounding can have lost in a difference of two sums."""


@compiled
def forgotten(plain: Array, worth: Array, values: Ints, weights: Array, counts: Ints, enough: float) -> float:
    """Bounds the cases of which some row's pair is not listed: with either column forgotten, the lesser; only one is
    asked where that bound is low `enough`.

    `plain` [6, N] is what is seen of men and women of three rows, `worth` [5, span] of a total by what its parts add
    to; `values` [3, PAIRS, 2], `weights` [3, PAIRS] and `counts` [3] are the pairs that are listed.
    """
    least = np.inf
    for k in range(2):  # the column that is kept: men, women
        size = plain.shape[1]
        every, inside, column = np.empty((3, size)), np.zeros((3, size)), worth[3 + k]
        for r in range(3):
            before(plain[2 * r + 1 - k], worth[r], CUT, every[r])
            for v in range(size):
                every[r, v] = plain[2 * r + k, v] * every[r, v]
            for j in range(counts[r]):
                inside[r, values[r, j, k]] += weights[r, j]
        whole, missed = _column(every, column)
        part = _column(inside, column)[0]
        least = min(least, max(0.0, whole - part + SLACK * whole + missed) * extremes(worth[4 - k])[1])
        if least <= enough:
            break
    return least


@compiled
def _column(parts: Array, column: Array) -> tuple[float, float]:
    """Σ over the parts of a column times what their sum is worth, and what the lists leave out of it at most."""
    k, size = parts.shape
    entries, counts, floors = np.empty((k, size), np.int64), np.empty(k, np.int64), np.empty(k)
    kept, left, most, stages = np.empty(k), np.empty(k), np.empty(k), np.empty((k + 1, column.size))
    candidates(parts, CUT, entries, counts, floors, kept, left, most)
    add_up(parts, entries, counts, floors, stages)
    missed, peak = listed_out(kept, left, most)
    bound = min(missed * extremes(column)[1], peak * total(column) + missed * column[-1])
    return dot(stages[k], column), bound


@compiled
def before(part: Array, whole: Array, cut: float, out: Array) -> None:
    """Write to `out` [N] at least what each sum is worth before `part` [N] is added to it, and little more, `whole`
    [span] being what it is worth afterwards."""
    size = part.size
    floor, top = extremes(part)
    small, n, least = 0.0, 0, cut * top
    entries, weights = np.empty(size, np.int64), np.empty(size)
    for v in range(size):
        above = part[v] - floor
        if above >= least:
            entries[n], weights[n] = v, above
            n += 1
        elif above > small:
            small = above
    sweep_back(whole, floor + small, size, out)
    lay(prolonged(whole, size), entries[:n], weights[:n], out)
