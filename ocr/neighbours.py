"""How far a field lies from its place, as the fields around it say: paper bends, but it does not jump.

Where each field was seen by its own outlines is for `align`.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

_NEAR = 60.0  # mm; neighbours within so much have a full say in where a field lies
_STRAY, _PER_MM, _LONE = 1.2, 0.03, 300.0  # mm by which a field may lie elsewhere than its neighbours say, and for each
# mm to the nearest one, as far as that counts
_SLOPE = 0.01  # what a plane's slope costs, that few fields do not tilt it

Array = npt.NDArray[np.float64]
Some = npt.NDArray[np.int64]


def tolerance(middles: Array) -> Array:
    """By how many mm each field may lie elsewhere than its neighbours say, [fields, 1]: more where they are far."""
    apart = np.hypot(*(middles[:, None] - middles[None]).transpose(2, 0, 1))
    near = np.where(apart > 0, apart, np.inf).min(axis=1, keepdims=True)
    return np.asarray(_STRAY + _PER_MM * np.minimum(near, _LONE), np.float64)


def nearness(middles: Array) -> Array:
    """What each field has to say about each other one, [fields, fields]: nothing about itself."""
    apart = ((middles[:, None] - middles[None]) ** 2).sum(axis=2)
    return np.where(apart > 0, 1 / (apart + _NEAR**2) ** 2, 0)


def unsure(near: Array, seen: Array, far: Array) -> Some:
    """Fields that were not seen, or are further than `far` [fields, 1] from where their neighbours lie on the mean;
    `near`: their `nearness`."""
    known = ~np.isnan(seen)
    with np.errstate(all="ignore"):
        mean = near @ np.where(known, seen, 0) / (near @ known)
        stray = np.isnan(seen) | (np.abs(seen - mean) > far)
    return np.flatnonzero(stray.any(axis=1))


def expected(middles: Array, seen: Array, some: Some) -> Array:
    """Where some fields should lie by the others around them: mm, float64[some, 2]; nothing where none is seen.

    `middles`, `seen` float64[fields, 2]: where fields are on the page, and by how much each was seen to be off; NaN
    where it was not seen.
    """
    there = np.zeros((len(some), 2))
    for axis in (0, 1):
        known = np.flatnonzero(~np.isnan(seen[:, axis]))
        if len(known):
            known = known[np.argsort(seen[known, axis], kind="stable")]
            _planes(middles[some], middles[known], seen[known, axis], there[:, axis])
    return there


@njit(cache=True, nogil=True)
def _planes(some: Array, middles: Array, values: Array, there: Array) -> None:
    """At each point of `some` float64[m, 2] the value of a plane through ascending `values` float64[n] at `middles`
    float64[n, 2], into `there` float64[m]. What is far, or far from the middle one, has little weight."""
    weight = np.empty(len(values))
    for k in range(len(some)):
        for n in range(len(values)):
            apart = (middles[n, 0] - some[k, 0]) ** 2 + (middles[n, 1] - some[k, 1]) ** 2
            weight[n] = 1 / (apart + _NEAR**2) ** 2 if apart > 0 else 0.0
        total = weight.sum()
        there[k] = _plane(some[k], middles, values, weight / total) if total > 0 else values.mean()


@njit(cache=True, nogil=True)
def _plane(at: Array, middles: Array, values: Array, weight: Array) -> float:
    """Least squares with a price on the slope, by the normal equations of three unknowns."""
    n, below = 0, weight[0]
    while below < 0.5 and n + 1 < len(values):
        n += 1
        below += weight[n]
    middle = values[n]
    s = a = b = c = d = e = 0.0
    p = q = r = 0.0
    for n in range(len(values)):
        off = values[n] - middle
        trust = weight[n] / (1 + (off / _STRAY) ** 2)
        x, y = (middles[n, 0] - at[0]) / 100, (middles[n, 1] - at[1]) / 100
        s, a, b = s + trust, a + trust * x, b + trust * y
        c, d, e = c + trust * x * x, d + trust * x * y, e + trust * y * y
        p, q, r = p + trust * off, q + trust * off * x, r + trust * off * y
    c, e = c + _SLOPE, e + _SLOPE
    # By Cramer's rule; the slopes themselves are not asked for.
    whole = s * (c * e - d * d) - a * (a * e - b * d) + b * (a * d - b * c)
    return middle + (p * (c * e - d * d) - a * (q * e - r * d) + b * (q * d - r * c)) / whole
