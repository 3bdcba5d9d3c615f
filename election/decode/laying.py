"""What takes the time in decoding: laying a row over another, shifted and weighted, again and again.

A row over sums has a last cell that gathers every greater sum. Everything here is written so that a processor can do
several cells or several sums at once without ever changing the order in which one cell is added up, so that the bits
are those of the plain loops.
"""

import numpy as np

from election.decode.compiled import compiled
from election.decode.number import Array, Ints


@compiled
def extremes(row: Array) -> tuple[float, float]:
    """The least weight of `row` [N], and the greatest or 0; four at a time, which waits less."""
    a = b = c = d = row[0]
    e = f = g = h = 0.0
    whole = row.size - row.size % 4
    for v in range(0, whole, 4):
        p, q, r, s = row[v], row[v + 1], row[v + 2], row[v + 3]
        a, b, c, d = (p if p < a else a), (q if q < b else b), (r if r < c else c), (s if s < d else d)
        e, f, g, h = (p if p > e else e), (q if q > f else f), (r if r > g else g), (s if s > h else h)
    for v in range(whole, row.size):
        a, e = min(a, row[v]), max(e, row[v])
    return min(a, b, c, d), max(e, f, g, h)


@compiled
def copied(of: Array, to: Array, cells: int) -> None:
    """Copy the first cells, as a slice would, of which far more code is made."""
    for i in range(cells):
        to[i] = of[i]


@compiled
def emptied(rows: Array) -> None:
    """Write 0 to all of [k, n]."""
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            rows[i, j] = 0.0


@compiled
def prolonged(row: Array, more: int) -> Array:
    """`row` with its last cell so many times more."""
    out, last = np.empty(row.size + more), row[row.size - 1]
    copied(row, out, row.size)
    for i in range(row.size, out.size):
        out[i] = last
    return out


@compiled
def greatest(values: Ints) -> int:
    """The greatest of `values`, or 0."""
    found = 0
    for value in values:
        found = max(found, value)
    return found


@compiled
def lay(of: Array, at: Ints, by: Array, to: Array) -> None:
    """Add to `to` [n], in the order of k, `by[k]` · `of[at[k] : at[k] + n]`.

    Six at a time: each cell is fetched and kept once for six additions, which are made in the same order.
    """
    n, whole = to.size, at.size - at.size % 6
    for k in range(0, whole, 6):
        a, b, c = of[at[k] : at[k] + n], of[at[k + 1] : at[k + 1] + n], of[at[k + 2] : at[k + 2] + n]
        d, e, f = of[at[k + 3] : at[k + 3] + n], of[at[k + 4] : at[k + 4] + n], of[at[k + 5] : at[k + 5] + n]
        p, q, r, s, t, u = by[k], by[k + 1], by[k + 2], by[k + 3], by[k + 4], by[k + 5]
        for i in range(n):
            to[i] = (((((to[i] + p * a[i]) + q * b[i]) + r * c[i]) + s * d[i]) + t * e[i]) + u * f[i]
    for k in range(whole, at.size):
        a, p = of[at[k] : at[k] + n], by[k]
        for i in range(n):
            to[i] += p * a[i]


@compiled
def lay_best(of: Array, at: Ints, by: Array, to: Array) -> None:
    """`lay` for the greatest of all instead of their sum."""
    n, whole = to.size, at.size - at.size % 4
    for k in range(0, whole, 4):
        a, b = of[at[k] : at[k] + n], of[at[k + 1] : at[k + 1] + n]
        c, d = of[at[k + 2] : at[k + 2] + n], of[at[k + 3] : at[k + 3] + n]
        p, q, r, s = by[k], by[k + 1], by[k + 2], by[k + 3]
        for i in range(n):
            w, x, y, z = p * a[i], q * b[i], r * c[i], s * d[i]
            w, y = (x if x > w else w), (z if z > y else y)
            w = y if y > w else w
            to[i] = w if w > to[i] else to[i]
    for k in range(whole, at.size):
        a, p = of[at[k] : at[k] + n], by[k]
        for i in range(n):
            w = p * a[i]
            to[i] = w if w > to[i] else to[i]


@compiled
def overflow(before: Array, values: Ints, last: int, out: Array) -> None:
    """Write to `out` [n] what of `before` is carried to the last cell or beyond by each of `values` int64[n], which
    rise: the sum of its cells from last − value on, all running at once."""
    first = values.size
    for j in range(first):
        out[j] = 0.0
    if first == 0:
        return
    for s in range(max(0, last - values[values.size - 1]), before.size):
        while first > 0 and last - values[first - 1] <= s:
            first -= 1
        weight, running = before[s], out[first:]
        for j in range(running.size):
            running[j] += weight


@compiled
def sweep(before: Array, floor: float, size: int, after: Array) -> None:
    """Add to `after` [span] a part that has every value below `size` with the same weight."""
    last, low = before.size - 1, max(0, before.size - size)
    so_far, one, beyond = np.empty(last + 1), 0.0, after[last]
    for s in range(low):
        one += before[s]
        so_far[s] = one
    for s in range(low, last):  # two sums run side by side
        one += before[s]
        so_far[s] = one
        beyond += floor * before[s] * (size - (last - s))
    for s in range(min(size, last)):
        after[s] += floor * so_far[s]
    full, gone, to = so_far[size:], so_far[: max(0, last - size)], after[size:last]
    for s in range(to.size):
        to[s] += floor * (full[s] - gone[s])
    after[last] = beyond + floor * before[last] * size


@compiled
def sweep_back(worth: Array, floor: float, size: int, out: Array) -> None:
    """Write to `out` [span or fewer] what a part that has every value below `size` with the same weight makes each sum
    worth."""
    last = worth.size - 1
    if floor <= 0:
        for s in range(out.size):
            out[s] = 0.0
        return
    ahead = np.empty(last + size + 1)  # worth of all sums from here on
    ahead[last + size] = so_far = 0.0
    for s in range(last + size - 1, last, -1):
        so_far += worth[last]
        ahead[s] = so_far
    for s in range(last, -1, -1):
        so_far += worth[s]
        ahead[s] = so_far
    far = ahead[size:]
    for s in range(out.size):
        out[s] = floor * (ahead[s] - far[s])


@compiled
def inner(of: Array, by: Array) -> float:
    """Σ of · by, in four running sums: the order is fixed, and the processor need not wait for each addition."""
    a = b = c = d = 0.0
    whole = of.size - of.size % 4
    for s in range(0, whole, 4):
        a += of[s] * by[s]
        b += of[s + 1] * by[s + 1]
        c += of[s + 2] * by[s + 2]
        d += of[s + 3] * by[s + 3]
    for s in range(whole, of.size):
        a += of[s] * by[s]
    return (a + b) + (c + d)
