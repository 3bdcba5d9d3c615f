"""One sum and its parts, whole: each function is everything that is done with one level of a tree in one direction.

Compiled, so that a level is one call. Arrays are as in `chain`; `near`, `far` and `same` are the chances of adding up
wrongly (`paper.Chance`). What a tree is made of is known in `tree` only.
"""

import numpy as np

from election.decode import paper
from election.decode.chain import CUT, add_up, best_up, candidates, stand_out, take_away, trace, worth, worths
from election.decode.compiled import compiled
from election.decode.laying import extremes, greatest
from election.decode.number import Array, Ints
from election.decode.paper import Shifts
from election.decode.pen import pinned

backward, best_onward, came_from, onward = paper.backward, paper.best_onward, paper.came_from, paper.onward
total = paper.total


@compiled
def raised(
    parts: Array, lacks: Array, weight: Array, same: float, near: float, far: float, shifts: Shifts
) -> tuple[Ints, Ints, Array, Array, Array, Array, tuple[float, float]]:
    """Add up `parts` [k, N] and go over to the sum that is meant, of which `weight` [N] is seen.

    `lacks` [k, 2] bounds what each part lacks already: all of it, and at any one value. Answers entries, counts and
    floors of the candidates, the stages, what arrives at each sum meant, that with its weight, and its own lack.
    """
    k, size = parts.shape
    entries, counts, floors = np.empty((k, size), np.int64), np.empty(k, np.int64), np.empty(k)
    kept, left, most = np.empty(k), np.empty(k), np.empty(k)
    candidates(parts, CUT, entries, counts, floors, kept, left, most)
    stages, arrived = np.empty((k + 1, size + greatest(shifts.by) + 1)), np.empty(size)
    add_up(parts, entries, counts, floors, stages)
    onward(stages[k], same, near, far, shifts, arrived)
    for i in range(k):
        left[i] += lacks[i, 0]
        most[i] += lacks[i, 1]
    whole, peak = listed_out(kept, left, most)
    reach = min(whole, (same + near) * peak + far * whole)
    heaviest, message = extremes(weight)[1], np.empty(size)
    lack = (min(reach * total(weight), whole * heaviest), reach * heaviest)
    for m in range(size):
        message[m] = arrived[m] * weight[m]
    return trimmed(entries, counts), counts, floors, stages, arrived, message, lack


@compiled
def trimmed(entries: Ints, counts: Ints) -> Ints:
    """The lists, no wider than the longest of them: a level is kept for long."""
    out = np.empty((counts.size, greatest(counts)), np.int64)
    for i in range(counts.size):
        for j in range(counts[i]):
            out[i, j] = entries[i, j]
    return out


@compiled
def listed_out(kept: Array, left: Array, most: Array) -> tuple[float, float]:
    """What the lists of all parts leave out of their sums: all of it, and at any one sum."""
    whole, peak, inside = 0.0, 0.0, 1.0
    for i in range(kept.size):
        whole = whole * (kept[i] + left[i]) + inside * left[i]
        peak = peak * (kept[i] + left[i]) + inside * most[i]
        inside *= kept[i]
    return whole, peak


@compiled
def raised_pinned(
    seen: Array,
    found: Ints,
    adding: tuple[float, float, float],
    pen: tuple[float, float, float],
    unwritten: float,
    shifts: Shifts,
) -> Array:
    """`raised` in short, where exactly `found` int64[k + 1] is written as a sum and its k plain parts: what arrives,
    with its weight. `seen` [k + 1, N + 1] are their likelihoods; nothing of it is unwritten."""
    size, mass, at = seen.shape[1] - 1, 1.0, 0
    for i in range(1, found.size):
        mass = (1 - unwritten) * seen[i, found[i]] * mass
        at += found[i]
    sums, arrived, weight = np.zeros(size + greatest(shifts.by) + 1), np.empty(size), np.empty(size)
    sums[min(at, sums.size - 1)] = mass
    onward(sums, adding[0], adding[1], adding[2], shifts, arrived)
    pinned(found[0], pen[0], pen[1], pen[2], shifts, weight)
    for m in range(size):
        arrived[m] *= weight[m] * seen[0, found[0]]
    return arrived


@compiled
def lowered(
    outer: Array,
    parts: Array,
    entries: Ints,
    counts: Ints,
    floors: Array,
    same: float,
    near: float,
    far: float,
    shifts: Shifts,
) -> Array:
    """What each sum of the first i parts is worth, [k + 1, span], `outer` [N] being what the sum meant is worth."""
    whole = np.empty(parts.shape[1] + greatest(shifts.by) + 1)
    backward(outer, same, near, far, shifts, whole)
    rests = np.empty((parts.shape[0] + 1, whole.size))
    take_away(whole, parts, entries, counts, floors, rests)
    return rests


@compiled
def first_alone(weight: Array, others: Array, same: float, near: float, far: float, shifts: Shifts) -> Array:
    """What a sum, of which `weight` [N] is seen, and its other parts `others` [k − 1, N] make of each value of its
    first part, float[N]."""
    k, size = others.shape[0] + 1, others.shape[1]
    parts, entries = np.empty((k, size)), np.empty((k, size), np.int64)
    counts, floors = np.zeros(k, np.int64), np.zeros(k)
    for i in range(1, k):
        parts[i] = others[i - 1]
        floors[i], _, counts[i] = stand_out(parts[i], CUT, entries[i])
    return lowered(weight, parts, entries, counts, floors, same, near, far, shifts)[1, :size]


@compiled
def outward(stages: Array, rests: Array, i: int, entries: Ints, count: int, size: int) -> Array:
    """What everything else makes of each candidate value of part `i`, float[N], N being `size`."""
    if i == 0:  # nothing comes before it
        return rests[1, :size].copy()
    out = np.empty(size)
    worths(stages[i], rests[i + 1], entries[i, :count], out)
    return out


@compiled
def alone(
    stages: Array,
    rests: Array,
    arrived: Array,
    above: Array,
    seen: Array,
    spots: Ints,
    found: Ints,
    pen: tuple[float, float, float],
    unwritten: float,
    shifts: Shifts,
) -> Array:
    """Mass in which a sum, and each plain part of it, is written as found, whatever all others are: [k + 1].

    `spots` int64[k + 1] are the rows of the sum and its parts in `seen` [n, N + 1] and `found` int64[n]; −1 is a part
    that is a sum itself, whose mass is left at 0.
    """
    size = seen.shape[1] - 1
    masses, every = np.zeros(spots.size), np.empty(size)
    at = spots[0]
    if found[at] == size:
        every[:] = unwritten * seen[at, size]
    else:
        pinned(found[at], pen[0], pen[1], pen[2], shifts, every)
        for m in range(size):
            every[m] *= seen[at, found[at]]
    for m in range(size):
        masses[0] += arrived[m] * above[m] * every[m]
    for i in range(spots.size - 1):
        at = spots[i + 1]
        if at >= 0 and found[at] < size:
            masses[i + 1] = (1 - unwritten) * seen[at, found[at]] * worth(stages[i], rests[i + 1], found[at])
        elif at >= 0:
            worths(stages[i], rests[i + 1], np.arange(size), every)
            each = unwritten * seen[at, size]
            for v in range(size):
                masses[i + 1] += each * every[v]
    return masses


@compiled
def best_raised(
    parts: Array, weight: Array, same: float, near: float, far: float, shifts: Shifts
) -> tuple[Ints, Ints, Array, Array]:
    """`raised` for the best case of each sum: entries and counts, the stages, what arrives with its weight."""
    k, size = parts.shape
    entries, counts = np.empty((k, size), np.int64), np.empty(k, np.int64)
    for i in range(k):
        counts[i] = stand_out(parts[i], CUT, entries[i])[2]
    stages, arrived = np.empty((k + 1, size + greatest(shifts.by) + 1)), np.empty(size)
    best_up(parts, entries, counts, stages)
    best_onward(stages[k], same, near, far, shifts, arrived)
    for m in range(size):
        arrived[m] *= weight[m]
    return trimmed(entries, counts), counts, stages, arrived


@compiled
def best_parts(
    meant: int,
    parts: Array,
    entries: Ints,
    counts: Ints,
    stages: Array,
    same: float,
    near: float,
    far: float,
    shifts: Shifts,
) -> Ints:
    """The best values int64[k] of the parts where `meant` is meant by their sum."""
    values = np.empty(parts.shape[0], np.int64)
    target = came_from(stages[parts.shape[0]], meant, same, near, far, shifts)
    trace(parts, entries, counts, stages, target, values)
    return values
