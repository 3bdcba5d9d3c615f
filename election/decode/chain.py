"""Adding up one number after another over every value each may have: the inner loops of exact decoding.

An array over sums has `Paper.span` cells; its last one gathers every greater sum. Parts come as rows of weights [N] of
which only the candidates are used: `entries` int64[k, N] names them, `counts` int64[k] says how many there are.
What was left out of the lists is bounded twice, by its sum and by its greatest value, and the bounds travel along.
"""

import numpy as np

from election.decode.compiled import compiled
from election.decode.number import Array, Ints

LOW = 1e-4
"""Up to this, against the likeliest value, what all values of a number have alike counts as its floor."""

CUT = 1e-9
"""Values less likely than this, against the likeliest of their number, are no candidates; the bound covers them."""


@compiled
def candidates(
    parts: Array, cut: float, entries: Ints, counts: Ints, floors: Array, kept: Array, left: Array, most: Array
) -> None:
    """List of each row of `parts` [k, N] the values that stand out from its floor by at least `cut` of its greatest.

    Writes `entries`, `counts` and the `floors`, which every value has and which are swept over all sums at once (0
    where a row is all but flat: there every value is listed). Per row also the weight `kept`, the weight `left` out
    and the greatest one left out.
    """
    for i in range(parts.shape[0]):
        row, floor, top, n = parts[i], parts[i, 0], 0.0, 0
        for v in range(row.size):
            floor, top = min(floor, row[v]), max(top, row[v])
        if floor > LOW * top:
            floor = 0.0
        floors[i], kept[i], left[i], most[i] = floor, floor * row.size, 0.0, 0.0
        for v in range(row.size):
            above = row[v] - floor
            if above >= top * cut and above > 0:
                entries[i, n] = v
                kept[i] += above
                n += 1
            else:
                left[i] += above
                most[i] = max(most[i], above)
        counts[i] = n


@compiled
def add_up(parts: Array, entries: Ints, counts: Ints, floors: Array, stages: Array) -> None:
    """Write to `stages` [k + 1, span] the weight of every sum of the first 0, 1, … k parts."""
    last, size, top = stages.shape[1] - 1, parts.shape[1], 1
    stages[:] = 0.0
    stages[0, 0] = 1.0
    for i in range(parts.shape[0]):
        before, after, reach = stages[i], stages[i + 1], 0
        for j in range(counts[i]):
            v = entries[i, j]
            weight, inside = parts[i, v] - floors[i], min(top, last - v)
            of, to = before[:inside], after[v : v + inside]
            for s in range(to.size):
                to[s] += weight * of[s]
            beyond = 0.0
            for s in range(max(inside, 0), top):
                beyond += before[s]
            after[last] += weight * beyond
            reach = max(reach, v)
        if floors[i] > 0:
            sweep(before, floors[i], size, after)
            reach = size - 1
        top = min(last, top - 1 + reach) + 1


@compiled
def sweep(before: Array, floor: float, size: int, after: Array) -> None:
    """Add to `after` [span] a part that has every value below `size` with the same weight."""
    last = before.size - 1
    so_far = np.empty(last + 2)
    so_far[0] = 0.0
    for s in range(last + 1):
        so_far[s + 1] = so_far[s] + before[s]
    for s in range(last):
        after[s] += floor * (so_far[s + 1] - so_far[max(0, s + 1 - size)])
    for s in range(max(0, last + 1 - size), last):
        after[last] += floor * before[s] * (size - (last - s))
    after[last] += floor * before[last] * size


@compiled
def best_up(parts: Array, entries: Ints, counts: Ints, stages: Array) -> None:
    """`add_up` for the best case of each sum instead of all of them together."""
    last, top = stages.shape[1] - 1, 1
    stages[:] = 0.0
    stages[0, 0] = 1.0
    for i in range(parts.shape[0]):
        before, after, reach = stages[i], stages[i + 1], 0
        for j in range(counts[i]):
            v = entries[i, j]
            weight, inside = parts[i, v], min(top, last - v)
            of, to = before[:inside], after[v : v + inside]
            for s in range(to.size):
                to[s] = max(to[s], weight * of[s])
            for s in range(max(inside, 0), top):
                after[last] = max(after[last], weight * before[s])
            reach = max(reach, v)
        top = min(last, top - 1 + reach) + 1


@compiled
def take_away(whole: Array, parts: Array, entries: Ints, counts: Ints, floors: Array, rests: Array) -> None:
    """From what each sum is worth, `whole` [span], write to `rests` [k + 1, span] what each sum of the first i parts
    is worth, those that follow being anything; `rests[0]`, which nobody asks for, is left alone."""
    rests[parts.shape[0]] = whole
    for i in range(parts.shape[0] - 1, 0, -1):
        sweep_back(rests[i + 1], floors[i], parts.shape[1], rests[i])
        for j in range(counts[i]):
            v = entries[i, j]
            lay_over(rests[i + 1], v, parts[i, v] - floors[i], rests[i])


@compiled
def lay_over(worth: Array, v: int, weight: float, out: Array) -> None:
    """Add to `out` [span] what a part of that value and weight makes each sum before it worth."""
    last = worth.size - 1
    to, of, beyond = out[: last - v], worth[v:last], weight * worth[last]
    for s in range(to.size):
        to[s] += weight * of[s]
    to = out[last - v :]
    for s in range(to.size):
        to[s] += beyond


@compiled
def sweep_back(worth: Array, floor: float, size: int, out: Array) -> None:
    """Write to `out` [span] what a part that has every value below `size` with the same weight makes each sum worth."""
    last = worth.size - 1
    out[:] = 0.0
    if floor <= 0:
        return
    ahead = np.empty(last + size + 1)  # worth of all sums from here on
    ahead[last + size] = 0.0
    for s in range(last + size - 1, -1, -1):
        ahead[s] = ahead[s + 1] + worth[min(s, last)]
    for s in range(last + 1):
        out[s] = floor * (ahead[s] - ahead[s + size])


@compiled
def before(part: Array, whole: Array, cut: float, out: Array) -> None:
    """Write to `out` [span] at least what each sum is worth before `part` [N] is added to it, and little more."""
    floor, top, small = part[0], 0.0, 0.0
    for v in range(part.size):
        floor, top = min(floor, part[v]), max(top, part[v])
    for v in range(part.size):
        if part[v] - floor < cut * top:
            small = max(small, part[v] - floor)
    sweep_back(whole, floor + small, part.size, out)
    for v in range(part.size):
        if part[v] - floor >= cut * top:
            lay_over(whole, v, part[v] - floor, out)


@compiled
def worth(stage: Array, rest: Array, value: int) -> float:
    """Σ over sums s of stage[s] · rest[s + value]: what `value` is worth between the parts before and behind it.

    Four running sums, so that the order is fixed and the processor need not wait for each addition.
    """
    last = stage.size - 1
    of, by = stage[: last - value], rest[value:last]
    a = b = c = d = 0.0
    whole = of.size - of.size % 4
    for s in range(0, whole, 4):
        a += of[s] * by[s]
        b += of[s + 1] * by[s + 1]
        c += of[s + 2] * by[s + 2]
        d += of[s + 3] * by[s + 3]
    for s in range(whole, of.size):
        a += of[s] * by[s]
    beyond = 0.0
    for s in range(last - value, last + 1):
        beyond += stage[s]
    return (a + b) + (c + d) + beyond * rest[last]


@compiled
def worths(stage: Array, rest: Array, values: Ints, out: Array) -> None:
    """`worth` of each of `values` int64[k], written to those cells of `out` [N]; the others become 0."""
    out[:] = 0.0
    for v in values:
        out[v] = worth(stage, rest, v)


@compiled
def trace(parts: Array, entries: Ints, counts: Ints, stages: Array, target: int, out: Ints) -> None:
    """Write to `out` int64[k] the best values of the parts that add to `target` (the last cell: to it or more)."""
    last = stages.shape[1] - 1
    for i in range(parts.shape[0] - 1, -1, -1):
        top, found, back = -1.0, 0, 0
        for j in range(counts[i]):
            v = entries[i, j]
            low, high = target - v, target - v + 1
            if target == last:
                low, high = max(0, last - v), last + 1
            for s in range(max(low, 0), high):
                case = parts[i, v] * stages[i, s]
                if case > top and low >= 0:
                    top, found, back = case, v, s
        out[i], target = found, back


def room(parts: int, size: int) -> tuple[Ints, Ints, Array, Array, Array, Array]:
    """Empty arrays for `candidates` of so many rows."""
    entries, counts = np.empty((parts, size), np.int64), np.empty(parts, np.int64)
    return entries, counts, np.empty(parts), np.empty(parts), np.empty(parts), np.empty(parts)
