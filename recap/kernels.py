"""Sums up the tree: from TPS to kelurahan, kecamatan, kabupaten, provinsi, nation, exactly, in one pass over the rows.

Arrays in, arrays out; what a column means, and which cells count, is the caller's business: a blank cell comes as 0.
Sums are int64 whatever comes in. Indices are unsigned inside the loops, since Numba guards signed ones against
wrapping round, and that guard is a third of the time.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from election.region import KELURAHAN, Tree
from recap.kernels_lanes import running

Rows = NDArray[Any]
"""int16, int32 or int64."""
Sums = NDArray[np.int64]

NARROW = 6
"""Up to so many columns running sums win; beyond, a row at a time in vector registers."""

CHUNK = 1 << 15
"""Rows of int16 that an int32 accumulator holds for certain: 2¹⁵ · 2¹⁵ < 2³¹ with the sign."""

AHEAD = 64
"""Records whose areas are fetched before the first of them is added to."""

LINE = 64
"""Bytes of a cache line."""


class TooLarge(ValueError):
    """int64 values so large that their sum could leave int64."""


def roll_up(tree: Tree, values: Rows, out: Sums | None = None) -> Sums:
    """Sums of every area: int64[n_areas, k] of `values` [n_tps, k], rows in the order of the tree.

    `out`, where given, is filled and returned (int64, C order); a caller who rolls up often saves the page faults.
    Raises TooLarge for int64 values beyond 2⁶³ / n_tps, ValueError for another shape or type.
    """
    rows = _checked(tree, values)
    k = rows.shape[1]
    out = np.empty((tree.n_areas, k), np.int64) if out is None else out
    if out.shape != (tree.n_areas, k) or out.dtype != np.int64 or not out.flags.c_contiguous:
        raise ValueError(f"out must be int64[{tree.n_areas}, {k}] in C order")
    if k <= NARROW:
        _narrow(tree, rows, out)
    else:
        _broad(tree, rows, out)
    return out


def roll_up_residuals(tree: Tree, residuals: Rows) -> Sums:
    """int64[n_areas, m, 3]: Σr, Σ|r| and the count of r ≠ 0 of `residuals` [n_tps, m]; 0 where a rule was not judged.

    Σr alone would hide that +5 and −5 cancel. Raises as `roll_up`.
    """
    rows = _checked(tree, residuals)
    m = rows.shape[1]
    out = np.zeros((tree.n_areas, m * 3), np.int64)
    first = int(tree.level_start[KELURAHAN])
    _residuals(rows, tree.tps_start, tree.tps_stop, tree.parent, first, out)
    climb(tree.parent, first, out)
    return out.reshape(tree.n_areas, m, 3)


def _checked(tree: Tree, values: Rows) -> Rows:
    if values.ndim != 2 or len(values) != tree.n_tps or values.dtype not in (np.int16, np.int32, np.int64):
        raise ValueError(f"[{tree.n_tps}, k] of int16, int32 or int64 is needed, not {values.dtype}{values.shape}")
    if values.dtype == np.int64 and values.size:
        limit = np.iinfo(np.int64).max // len(values)
        if int(values.max()) > limit or int(values.min()) < -limit:
            raise TooLarge(f"|value| ≤ {limit} is needed for {len(values)} rows")
    return np.ascontiguousarray(values)


def _narrow(tree: Tree, rows: Rows, out: Sums) -> None:
    k = rows.shape[1]
    out[0] = 0
    if k:
        running(rows.reshape(-1), tree.tps_parent, k, out.reshape(-1))
    differences = _differences_three if k == 3 else _differences
    differences(tree.tps_start, tree.tps_stop, tree.first, tree.level_start, out)


def _broad(tree: Tree, rows: Rows, out: Sums) -> None:
    k = rows.shape[1]
    narrow = _aligned(k, np.dtype(np.int32 if rows.dtype == np.int16 else np.int64))
    _wide(rows, tree.tps_start, tree.tps_stop, tree.first, tree.level_start, narrow, _aligned(k, out.dtype), out)


def _aligned(k: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """k zeros that begin a cache line: vectors across two lines cost a quarter more."""
    raw = np.zeros(k * dtype.itemsize + LINE, np.uint8)
    skip = -raw.ctypes.data % LINE
    return raw[skip : skip + k * dtype.itemsize].view(dtype)


@njit(cache=True, nogil=True)
def _differences_three(tps_start, tps_stop, first, level_start, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """`_differences` of three columns, in one pass over the areas."""
    one, two = np.uintp(1), np.uintp(2)
    for level in range(KELURAHAN, 0, -1):
        a = b = c = np.int64(0)
        for up in range(np.uintp(level_start[level - 1]), np.uintp(level_start[level])):
            for area in range(np.uintp(first[up]), np.uintp(first[up + one])):
                x, y, z = a, b, c
                if tps_stop[area] > tps_start[area]:
                    x, y, z = out[area, 0], out[area, one], out[area, two]
                out[area, 0], out[area, one], out[area, two] = x - a, y - b, z - c
                a, b, c = x, y, z
            out[up, 0], out[up, one], out[up, two] = a, b, c


@njit(cache=True, nogil=True)
def _differences(tps_start, tps_stop, first, level_start, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Running sums at the kelurahan become sums, level by level: an area's less that of the area before it.

    The running sum at the end of an area is that of its last child. An area without TPS adds nothing to it.
    """
    one = np.uintp(1)
    for level in range(KELURAHAN, 0, -1):
        for j in range(out.shape[1]):
            before = np.int64(0)
            for up in range(np.uintp(level_start[level - 1]), np.uintp(level_start[level])):
                for area in range(np.uintp(first[up]), np.uintp(first[up + one])):
                    now = out[area, j] if tps_stop[area] > tps_start[area] else before
                    out[area, j] = now - before
                    before = now
                out[up, j] = before


@njit(cache=True, nogil=True)
def _wide(rows, tps_start, tps_stop, first, level_start, narrow, sums, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sum each kecamatan kelurahan by kelurahan while these are in the cache, then what lies above from its children.

    Two rows at a time into `narrow` (k,), that into `sums` (k,) int64, so that no sum of many lies in memory while it
    grows. out (n_areas, k) int64.
    """
    k = rows.shape[1]
    for kecamatan in range(np.uintp(level_start[KELURAHAN - 1]), np.uintp(level_start[KELURAHAN])):
        sums[:] = 0
        for area in range(np.uintp(first[kecamatan]), np.uintp(first[kecamatan + np.uintp(1)])):
            _rows_of(rows, np.uintp(tps_start[area]), np.uintp(tps_stop[area]), narrow, sums, out[area])
        for j in range(k):
            out[kecamatan, j] = sums[j]
    for area in range(np.int64(level_start[KELURAHAN - 1]) - 1, -1, -1):
        sums[:] = 0
        for child in range(np.uintp(first[np.uintp(area)]), np.uintp(first[np.uintp(area + 1)])):
            for j in range(k):
                sums[j] += out[child, j]
        for j in range(k):
            out[np.uintp(area), j] = sums[j]


@njit(cache=True, nogil=True)
def _rows_of(rows, start, stop, narrow, sums, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The sum of rows start … stop into out (k,) int64, and added to `sums`."""
    k, one, two = rows.shape[1], np.uintp(1), np.uintp(2)
    if stop - start > np.uintp(CHUNK):
        _many(rows, start, stop, out)
        for j in range(k):
            sums[j] += out[j]
        return
    for j in range(k):
        narrow[j] = 0
    i = start
    while i + two <= stop:
        for j in range(k):
            narrow[j] += rows[i, j] + rows[i + one, j]
        i += two
    if i < stop:
        for j in range(k):
            narrow[j] += rows[i, j]
    for j in range(k):
        part = np.int64(narrow[j])
        out[j] = part
        sums[j] += part


@njit(cache=True, nogil=True)
def _many(rows, start, stop, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sum more rows than a narrow accumulator is sure to hold: out (k,) int64."""
    out[:] = 0
    for i in range(start, stop):
        for j in range(out.size):
            out[j] += rows[i, j]


@njit(cache=True, nogil=True)
def _residuals(rows, tps_start, tps_stop, parent, first, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """For each kelurahan and residual r: out[area, 3·j …] = Σr, Σ|r|, count of r ≠ 0; and add them to the kecamatan."""
    m = rows.shape[1]
    for area in range(first, out.shape[0]):
        up = parent[area]
        for i in range(tps_start[area], tps_stop[area]):
            for j in range(m):
                r = np.int64(rows[i, j])
                out[area, 3 * j] += r
                out[area, 3 * j + 1] += abs(r)
                out[area, 3 * j + 2] += r != 0
        for j in range(3 * m):
            out[up, j] += out[area, j]


@njit(cache=True, nogil=True)
def climb(parent, stop, sums):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Add each area below `stop` to its parent, last first: parents come before children in the area index.

    parent (n_areas,), sums (n_areas, k) int64, in place. With `stop` = n_areas it rolls up sums of kelurahan.
    """
    for area in range(stop - 1, 0, -1):
        up = parent[area]
        for j in range(sums.shape[1]):
            sums[up, j] += sums[area, j]


@njit(cache=True, nogil=True)
def add_delta(parent, area, delta, totals):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Add one record's change to its kelurahan and the four areas above.

    parent (n_areas,), area the kelurahan, delta (k,), totals (n_areas, k) int64, in place.
    """
    while area >= 0:
        at = np.uintp(area)
        for j in range(delta.size):
            totals[at, j] += delta[j]
        area = parent[at]


@njit(cache=True, nogil=True)
def add_deltas(parent, tps_parent, tps, deltas, totals):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """`add_delta` for many records: tps (m,) rows of tps_parent (n_tps,), deltas (m, k)."""
    if deltas.shape[1] == 3:
        _add_threes(parent, tps_parent, tps, deltas, totals)
        return
    for i in range(tps.size):
        add_delta(parent, tps_parent[tps[i]], deltas[i], totals)


@njit(cache=True, nogil=True)
def _add_threes(parent, tps_parent, tps, deltas, totals):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Three columns: in registers, the nation's sums until the end, and no loop over levels.

    Some records ahead the kelurahan's rows are looked at, all at once: stores that miss the cache wait for one another,
    loads do not.
    """
    zero, one, two, n = np.uintp(0), np.uintp(1), np.uintp(2), np.uintp(tps.size)
    a = b = c = np.int64(0)
    seen = np.zeros(1, np.int64)
    for start in range(zero, n, np.uintp(AHEAD)):
        stop = min(n, start + np.uintp(AHEAD))
        for i in range(start, stop):
            kelurahan = np.uintp(tps_parent[np.uintp(tps[i])])
            seen[0] ^= totals[kelurahan, zero] ^ totals[kelurahan, two] ^ parent[kelurahan]
        for i in range(start, stop):
            x, y, z = deltas[i, zero], deltas[i, one], deltas[i, two]
            kelurahan = np.uintp(tps_parent[np.uintp(tps[i])])
            kecamatan = np.uintp(parent[kelurahan])
            kabupaten = np.uintp(parent[kecamatan])
            for area in (kelurahan, kecamatan, kabupaten, np.uintp(parent[kabupaten])):
                totals[area, zero] += x
                totals[area, one] += y
                totals[area, two] += z
            a += x
            b += y
            c += z
    totals[zero, zero] += a
    totals[zero, one] += b
    totals[zero, two] += c
