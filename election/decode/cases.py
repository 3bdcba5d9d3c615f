"""Walking through a table of three rows and three columns, case by case: the inner loops of `table`.

A case gives each of the six plain numbers (men and women of three rows) a value. Everything else is added up in
closed form around it: row totals, column totals, and the grand total, which its writer made along the totals' row or
along their column, either as often. `pairs` lists the likely men and women of a row; `walk` goes through their
combinations, likeliest first, and turns back where nothing is left worth looking at, adding up what it leaves out.
"""

import numpy as np

from election.decode.compiled import compiled
from election.decode.number import Array, Ints

PAIRS, VALUES, SPIKES = 64, 24, 6
"""At most so many pairs of a row, values of a plain number, and values of a total, are looked at one by one."""

RARE = 1e-7
"""Cases less likely than this, against the likeliest so far, are only bounded."""


@compiled
def listed(row: Array, extra: Ints, cut: float, out: Ints) -> int:
    """Write to `out` the values of `row` [N] that weigh most, heaviest first, and those of `extra`, each once; how many
    they are. Of equal ones the smaller comes first."""
    n, room, top = 0, out.size - extra.size, 0.0
    for v in range(row.size):
        top = max(top, row[v])
    for v in range(row.size):
        weight = row[v]
        if weight <= 0 or weight < cut * top or (n == room and weight <= row[out[n - 1]]):
            continue
        at = min(n, room - 1)
        n = at + 1
        while at > 0 and row[out[at - 1]] < weight:
            out[at] = out[at - 1]
            at -= 1
        out[at] = v
    for v in extra:
        new = 0 <= v < row.size
        for k in range(n):
            if out[k] == v:
                new = False
        if new:
            out[n] = v
            n += 1
    return n


@compiled
def all_listed(rows: Array, extra: Ints, cut: float, out: Ints, counts: Ints) -> None:
    """`listed` of each of `rows` [n, N], `extra` [n, e], to `out` [n, m], −1 behind the last, and `counts` [n]."""
    for i in range(rows.shape[0]):
        counts[i] = listed(rows[i], extra[i], cut, out[i])
        out[i, counts[i] :] = -1


@compiled
def all_pairs(
    plain: Array, some: Ints, many: Ints, worth: Array, cut: float, values: Ints, weights: Array, counts: Ints
) -> None:
    """`pairs` of all three rows: of `plain` [6, N] the listed values, `some` [6, VALUES] of which there are `many`."""
    for r in range(3):
        men, women = some[2 * r, : many[2 * r]], some[2 * r + 1, : many[2 * r + 1]]
        counts[r] = pairs(plain[2 * r], plain[2 * r + 1], men, women, worth[r], cut, values[r], weights[r])


@compiled
def pairs(
    men: Array, women: Array, some_men: Ints, some_women: Ints, total: Array, cut: float, values: Ints, weights: Array
) -> int:
    """Likely men and women of one row, heaviest first, to `values` [PAIRS, 2] and `weights`; how many they are.

    A pair weighs men [N] × women [N] × `total` [span] of their sum: what is seen of the row's total, for that sum.
    """
    last, kept, top = total.size - 1, 0, 0.0
    for left in some_men:
        for right in some_women:
            top = max(top, men[left] * women[right] * total[min(left + right, last)])
    for left in some_men:
        for right in some_women:
            heavy = men[left] * women[right] * total[min(left + right, last)]
            if heavy <= 0 or heavy < cut * top or (kept == weights.size and heavy <= weights[kept - 1]):
                continue
            at = min(kept, weights.size - 1)
            kept = at + 1
            while at > 0 and weights[at - 1] < heavy:
                weights[at] = weights[at - 1]
                values[at, 0], values[at, 1] = values[at - 1, 0], values[at - 1, 1]
                at -= 1
            weights[at], values[at, 0], values[at, 1] = heavy, left, right
    return kept


@compiled
def tallest(ends: Array, spikes: Ints, most: Array, peaks: Array) -> None:
    """Write to `peaks` [5] the greatest chance that another total than its `spikes` [5, SPIKES] is meant, `ends`
    [5, N] being what is seen, and `most` [5] the greatest chance of a wrong sum."""
    for t in range(ends.shape[0]):
        peak = 0.0
        for v in range(ends.shape[1]):
            if ends[t, v] > peak:
                for spike in spikes[t]:
                    if spike == v:
                        break
                else:
                    peak = ends[t, v]
        peaks[t] = most[t] * peak


@compiled
def _ways(
    arrives: int, weight: Array, spikes: Ints, chances: Array, whole: float, values: Ints, shares: Array
) -> tuple[int, float]:
    """Which totals may be meant where the parts add to `arrives`: that sum, and what is seen there (`spikes`).

    Writes `values` and `shares`, and answers how many there are and what is left of `whole`.
    `chances` [2 · span + 1] is the price of a difference, indexed [difference + span].
    """
    span, size = (chances.size - 1) // 2, weight.size
    n, left = 0, whole
    beyond = arrives >= span - 1  # the last cell is no sum, but all the greater ones
    if arrives < size:
        values[0] = arrives
        shares[0] = chances[span] * weight[arrives]
        left -= shares[0]
        n = 1
    for m in spikes:
        if m != arrives:
            values[n] = m
            shares[n] = chances[0 if beyond else m - arrives + span] * weight[m]
            left -= shares[n]
            n += 1
    return n, max(left, 0.0)


@compiled
def walk(  # noqa: PLR0912, PLR0915
    values: Ints,  # [3, PAIRS, 2]
    weights: Array,  # [3, PAIRS]
    counts: Ints,  # [3]
    ends: Array,  # [5, N]: what is seen of the row totals, and of the totals of men and women
    spikes: Ints,  # [5, SPIKES]: where; −1 behind the last
    peaks: Array,  # [5]: the greatest chance of any other total being meant
    worth: Array,  # [5, span]: what is seen of a total, by what its parts add to
    along: Array,  # [2, span]: what each sum of the totals of a row, of a column, is worth
    flat: Array,  # [2]: all of it
    chances: Array,  # [2, 2 · span + 1]: prices of a difference, sums of two and of three
    rare: float,
    plain: Array,  # out [6, N]: mass by the value of each plain number
    totals: Array,  # out [5, N]: mass by what is meant as each total
    arrived: Array,  # out [2, span]: mass of each sum of totals, without what it is worth
    best: Ints,  # out [6]: the likeliest case
) -> tuple[float, float, float]:
    """Σ over the listed cases: their mass, what their totals' lists leave out at most, and the mass turned back at
    (without what it is worth)."""
    last = worth.shape[1] - 1
    tops = np.empty(5)
    for t in range(5):
        tops[t] = worth[t].max()
    over = max(along[0].max(), along[1].max())
    rest = np.zeros((3, weights.shape[1] + 1))
    for r in range(3):
        for i in range(counts[r] - 1, -1, -1):
            rest[r, i] = rest[r, i + 1] + weights[r, i]
    spots, shares = np.empty((5, spikes.shape[1] + 1), np.int64), np.empty((5, spikes.shape[1] + 1))
    n, left, s = np.empty(5, np.int64), np.empty(5), np.empty(5, np.int64)
    mass = loose = skipped = greatest = likeliest = 0.0
    case = np.empty(6, np.int64)
    for i in range(counts[0]):
        if weights[0, i] * rest[1, 0] * rest[2, 0] * tops[3] * tops[4] < rare * greatest:
            skipped += rest[0, i] * rest[1, 0] * rest[2, 0] * tops[3] * tops[4]
            break
        for j in range(counts[1]):
            if weights[0, i] * weights[1, j] * rest[2, 0] * tops[3] * tops[4] < rare * greatest:
                skipped += weights[0, i] * rest[1, j] * rest[2, 0] * tops[3] * tops[4]
                break
            for k in range(counts[2]):
                three = weights[0, i] * weights[1, j] * weights[2, k]
                if three * tops[3] * tops[4] < rare * greatest:
                    skipped += weights[0, i] * weights[1, j] * rest[2, k] * tops[3] * tops[4]
                    break
                case[0], case[1] = values[0, i, 0], values[0, i, 1]
                case[2], case[3] = values[1, j, 0], values[1, j, 1]
                case[4], case[5] = values[2, k, 0], values[2, k, 1]
                for t in range(3):
                    s[t] = min(case[2 * t] + case[2 * t + 1], last)
                s[3] = min(case[0] + case[2] + case[4], last)
                s[4] = min(case[1] + case[3] + case[5], last)
                columns = worth[3, s[3]] * worth[4, s[4]]
                bound = three * columns
                if bound < rare * greatest:
                    skipped += bound
                    continue
                greatest = max(greatest, bound)
                for t in range(5):
                    some = 0
                    while some < spikes.shape[1] and spikes[t, some] >= 0:
                        some += 1
                    n[t], left[t] = _ways(
                        s[t], ends[t], spikes[t, :some], chances[0 if t < 3 else 1], worth[t, s[t]], spots[t], shares[t]
                    )
                rows = worth[0, s[0]] * worth[1, s[1]] * worth[2, s[2]]
                across, down = 0.5 * three, 0.5 * three / rows * columns
                by_row = 0.0
                for a in range(n[3]):
                    here = 0.0
                    for b in range(n[4]):
                        cell = min(spots[3, a] + spots[4, b], last)
                        both = across * shares[3, a] * shares[4, b]
                        arrived[0, cell] += both
                        both *= along[0, cell]
                        totals[4, spots[4, b]] += both
                        here += both
                    totals[3, spots[3, a]] += here
                    by_row += here
                by_column = 0.0
                for a in range(n[0]):
                    for b in range(n[1]):
                        for c in range(n[2]):
                            cell = min(spots[0, a] + spots[1, b] + spots[2, c], last)
                            each = down * shares[0, a] * shares[1, b] * shares[2, c]
                            arrived[1, cell] += each
                            each *= along[1, cell]
                            totals[0, spots[0, a]] += each
                            totals[1, spots[1, b]] += each
                            totals[2, spots[2, c]] += each
                            by_column += each
                for t in range(3):
                    for a in range(n[t]):
                        totals[t, spots[t, a]] += by_row * shares[t, a] / worth[t, s[t]]
                for t in range(3, 5):
                    for a in range(n[t]):
                        totals[t, spots[t, a]] += by_column * shares[t, a] / worth[t, s[t]]
                both = by_row + by_column
                mass += both
                for t in range(3, 5):
                    other = worth[7 - t, s[7 - t]]
                    loose += across * other * min(left[t] * over, min(left[t], peaks[t]) * flat[0])
                for t in range(3):
                    others = rows / worth[t, s[t]]
                    loose += down * others * min(left[t] * over, min(left[t], peaks[t]) * flat[1])
                for f in range(6):
                    plain[f, case[f]] += both
                if both > likeliest:
                    likeliest = both
                    best[:] = case
    return mass, loose, skipped * over
