"""Adding up one number after another over every value each may have: the inner loops of exact decoding.

An array over sums has `Paper.span` cells; its last one gathers every greater sum. Parts come as rows of weights [N] of
which only the candidates are used: `entries` int64[k, N] names them, `counts` int64[k] says how many there are.
What was left out of the lists is bounded twice, by its sum and by its greatest value, and the bounds travel along.
"""

import numpy as np

from election.decode.compiled import compiled
from election.decode.laying import (
    copied,
    emptied,
    extremes,
    inner,
    lay,
    lay_best,
    overflow,
    prolonged,
    sweep,
    sweep_back,
)
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
        row = parts[i]
        floor, least, n = stand_out(row, cut, entries[i])
        floors[i], counts[i] = floor, n
        inside = floor * row.size
        for j in range(n):
            inside += row[entries[i, j]] - floor
        outside, top = 0.0, 0.0
        for v in range(row.size):
            above = row[v] - floor
            above = 0.0 if above >= least and above > 0 else above  # to add nothing is quicker than to ask
            outside += above
            top = above if above > top else top
        kept[i], left[i], most[i] = inside, outside, top


@compiled
def stand_out(row: Array, cut: float, entries: Ints) -> tuple[float, float, int]:
    """Write to `entries` the values of `row` [N] that stand out: its floor, from what weight on above it, how many."""
    low, top = extremes(row)
    floor, n = (0.0 if low > LOW * top else low), 0
    least = top * cut
    for v in range(row.size):
        above = row[v] - floor
        if above >= least and above > 0:
            entries[n] = v
            n += 1
    return floor, least, n


@compiled
def add_up(parts: Array, entries: Ints, counts: Ints, floors: Array, stages: Array) -> None:
    """Write to `stages` [k + 1, span] the weight of every sum of the first 0, 1, … k parts."""
    last, size, top = stages.shape[1] - 1, parts.shape[1], 1
    emptied(stages)
    stages[0, 0] = 1.0
    padded = np.zeros(size + last)  # of a stage, with nothing in front and without its last cell
    weights, places, beyond = np.empty(size), np.empty(size, np.int64), np.empty(size)
    for i in range(parts.shape[0]):
        before, after, n, reach = stages[i], stages[i + 1], counts[i], 0
        if n:
            low, reach = entries[i, 0], entries[i, n - 1]
            for j in range(n):
                weights[j], places[j] = parts[i, entries[i, j]] - floors[i], size + low - entries[i, j]
            if top == 1:  # so far there is one sum, nothing
                for j in range(n):
                    after[entries[i, j]] = weights[j] * before[0]
            else:
                copied(before, padded[size:], last)
                lay(padded, places[:n], weights[:n], after[low : min(last, reach + top)])
                overflow(before[:top], entries[i, :n], last, beyond[:n])
                for j in range(n):
                    after[last] += weights[j] * beyond[j]
        if floors[i] > 0:
            sweep(before, floors[i], size, after)
            reach = size - 1
        top = min(last, top - 1 + reach) + 1


@compiled
def best_up(parts: Array, entries: Ints, counts: Ints, stages: Array) -> None:
    """`add_up` for the best case of each sum instead of all of them together."""
    last, size, top = stages.shape[1] - 1, parts.shape[1], 1
    emptied(stages)
    stages[0, 0] = 1.0
    padded, ahead = np.zeros(size + last), np.empty(last + 1)
    weights, places = np.empty(size), np.empty(size, np.int64)
    for i in range(parts.shape[0]):
        before, after, n, reach = stages[i], stages[i + 1], counts[i], 0
        if n:
            low, reach = entries[i, 0], entries[i, n - 1]
            for j in range(n):
                weights[j], places[j] = parts[i, entries[i, j]], size + low - entries[i, j]
            if top == 1:
                for j in range(n):
                    after[entries[i, j]] = weights[j] * before[0]
            else:
                copied(before, padded[size:], last)
                lay_best(padded, places[:n], weights[:n], after[low : min(last, reach + top)])
                best = 0.0
                for s in range(last, last - reach - 1, -1):  # the best from here on
                    best = before[s] if before[s] > best else best
                    ahead[s] = best
                for j in range(n):
                    after[last] = max(after[last], weights[j] * ahead[last - entries[i, j]])
        top = min(last, top - 1 + reach) + 1


@compiled
def take_away(whole: Array, parts: Array, entries: Ints, counts: Ints, floors: Array, rests: Array) -> None:
    """From what each sum is worth, `whole` [span], write to `rests` [k + 1, span] what each sum of the first i parts
    is worth, those that follow being anything; `rests[0]`, which nobody asks for, is left alone."""
    span, size = rests.shape[1], parts.shape[1]
    weights = np.empty(size)
    copied(whole, rests[parts.shape[0]], span)
    for i in range(parts.shape[0] - 1, 0, -1):
        sweep_back(rests[i + 1], floors[i], size, rests[i])
        for j in range(counts[i]):
            weights[j] = parts[i, entries[i, j]] - floors[i]
        lay(prolonged(rests[i + 1], size), entries[i, : counts[i]], weights[: counts[i]], rests[i])


@compiled
def worth(stage: Array, rest: Array, value: int) -> float:
    """Σ over sums s of stage[s] · rest[s + value]: what `value` is worth between the parts before and behind it."""
    last, beyond = stage.size - 1, 0.0
    for s in range(last - value, last + 1):
        beyond += stage[s]
    return inner(stage[: last - value], rest[value:last]) + beyond * rest[last]


@compiled
def worths(stage: Array, rest: Array, values: Ints, out: Array) -> None:
    """`worth` of each of `values` int64[k], which rise, written to those cells of `out` [N]; the others become 0."""
    last, beyond = stage.size - 1, np.empty(values.size)
    for v in range(out.size):
        out[v] = 0.0
    overflow(stage, values, last, beyond)
    for k in range(values.size):
        out[values[k]] = inner(stage[: last - values[k]], rest[values[k] : last]) + beyond[k] * rest[last]


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
