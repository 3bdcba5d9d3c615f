"""From a shape's control points to the path of a pen: placed, bent, rounded, pressed. Arithmetic, no chance in it."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

F4 = NDArray[np.float32]
F8 = NDArray[np.float64]

FINE = 6
"""Points of a path between two control points."""


@njit(cache=True, nogil=True)
def placed(points: F8, stray: F8, size: F8, turn: F8, at: F8) -> F8:
    """Control points in mm.

    Args:
        points: (n, 2), in the unit square.
        stray: (n, 2), added to them.
        size: (2,), width and height in mm.
        turn: (2, 2), what rotates and shears them about their middle.
        at: (2,), mm, where the middle of the square comes to lie.
    """
    out = np.empty_like(points)
    for k in range(len(points)):
        x = (points[k, 0] - 0.5 + stray[k, 0]) * size[0]
        y = (points[k, 1] - 0.5 + stray[k, 1]) * size[1]
        out[k, 0] = x * turn[0, 0] + y * turn[0, 1] + at[0]
        out[k, 1] = x * turn[1, 0] + y * turn[1, 1] + at[1]
    return out


@njit(cache=True, nogil=True)
def pulled(points: F8, curved: bool, bends: F8, soft: int, press: F8) -> F4:
    """The path of a pen through control points.

    Args:
        points: (n, 2), mm.
        curved: a Catmull-Rom spline; else straight pulls that bend a little, as a hand's do.
        bends: (n - 1,), of each straight pull, in parts of the most.
        soft: how often corners are rounded.
        press: width in mm, change of it in parts, waves, phase; darkness, paling in parts, waves, phase.

    Returns:
        float32[m, 4]: x, y, width in mm, darkness.
    """
    n, last = len(points) - 1, len(points) - 1
    out = np.empty((n * FINE + 1, 4), np.float32)
    for k in range(n):
        b, c = points[k], points[k + 1]
        a = points[k - 1] if k else 2 * b - c
        d = points[k + 2] if k + 2 <= last else 2 * c - b
        dx, dy = c[0] - b[0], c[1] - b[1]
        # Over a long way the hand corrects itself: the bend stays below two millimetres.
        part = 4 * bends[k] * min(0.03, 1.5 / max(1e-6, np.hypot(dx, dy)))
        for j in range(FINE):
            t = j / FINE
            row = out[k * FINE + j]
            if curved:
                for axis in range(2):
                    row[axis] = 0.5 * (
                        2 * b[axis] + (c[axis] - a[axis]) * t
                        + (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) * t**2
                        + (3 * b[axis] - a[axis] - 3 * c[axis] + d[axis]) * t**3
                    )  # fmt: skip
            else:
                row[0] = b[0] + dx * t - dy * part * t * (1 - t)
                row[1] = b[1] + dy * t + dx * part * t * (1 - t)
    out[-1, 0], out[-1, 1] = points[-1, 0], points[-1, 1]
    _rounded(out, soft if not curved else 0)
    _pressed(out, press)
    return out


@njit(cache=True, nogil=True)
def _rounded(path: F4, times: int) -> None:
    for _ in range(times):
        for axis in range(2):
            before = path[0, axis]
            for k in range(1, len(path) - 1):
                here = path[k, axis]
                path[k, axis] = 0.25 * before + 0.5 * here + 0.25 * path[k + 1, axis]
                before = here


@njit(cache=True, nogil=True)
def _pressed(path: F4, press: F8) -> None:
    m = len(path)
    tail = m - max(1, m // 8)
    for k in range(m):
        t = k / max(1, m - 1)
        width = press[0] * (1 + press[1] * np.sin(t * press[2] + press[3]))
        path[k, 2] = width * 0.8 if k >= tail else width
        path[k, 3] = press[4] * (1 - press[5] * (0.5 + 0.5 * np.sin(t * press[6] + press[7])))
