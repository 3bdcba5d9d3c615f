"""How a sheet of paper fails to lie flat: folds, curl and crumple, as heights above the plane.

Where that height ends up in a photo is `view`'s to say, how it takes the light `light`'s.
"""

from functools import cached_property

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

STEP = 6.0
"""mm between two nodes of the grid on which heights are kept; between them they are bilinear."""

F8 = NDArray[np.float64]
Crease = tuple[F8, float]
"""A line of the sheet, as (nx, ny, distance), and how steeply the sheet is bent there."""


class Relief:
    """Heights of a sheet. What is between its nodes and beyond its edges follows from them."""

    def __init__(self, heights: F8) -> None:
        """`heights` float64[rows, columns], mm, at whole multiples of `STEP` from the top left of the sheet."""
        self.heights = heights

    def at(self, points: F8) -> F8:
        """Height in mm at points float64[..., 2], mm on the sheet."""
        return _between(self.heights, points)

    def slope(self, points: F8) -> F8:
        """Slope (x, y) at points float64[..., 2], mm a mm."""
        down, right = self._slopes
        return np.stack((_between(right, points), _between(down, points)), axis=-1)

    @cached_property
    def _slopes(self) -> tuple[F8, F8]:
        return np.gradient(self.heights, STEP, axis=0), np.gradient(self.heights, STEP, axis=1)


def shaped(size: tuple[float, float], creases: list[Crease], curl: float, crumple: float, rng: Generator) -> Relief:
    """A sheet of `size` mm.

    Args:
        size: width and height in mm.
        creases: of `creased`.
        curl: how much it remembers having been rolled, 0 to 1.
        crumple: how much it was crushed, 0 to 1.
        rng: decides the rest.
    """
    x, y = np.meshgrid(np.arange(0, size[0] + STEP, STEP), np.arange(0, size[1] + STEP, STEP))
    heights = np.zeros_like(x)
    for line, steep in creases:
        heights += steep * np.abs(x * line[0] + y * line[1] - line[2])
    if curl:
        heights += _curled(x, y, size, curl, rng)
    if crumple:
        heights += _crumpled(x, y, crumple, rng)
    return Relief(heights - heights.mean())


def creased(size: tuple[float, float], strength: float, rng: Generator) -> list[Crease]:
    """Where the sheet was folded to be carried."""
    lines = []
    for axis in (0, 1):
        # A sheet is halved, and the halves may be halved again; it opens the other way at each.
        parts = ((0.5,), (0.25, 0.5, 0.75), (1 / 3, 2 / 3))[int(rng.integers(3))]
        if axis == 0 and rng.random() < 0.4:
            continue
        for k, part in enumerate(parts):
            angle = rng.normal(0, 0.012)
            normal = np.array([np.cos(angle), np.sin(angle)])[:: 1 - 2 * axis]
            middle = np.array(size) / 2
            middle[axis] = size[axis] * (part + rng.normal(0, 0.01))
            steep = strength * rng.uniform(0.03, 0.11) * (1 - 2 * (k % 2))
            lines.append((np.array([*normal, normal @ middle]), steep))
    return lines


def _curled(x: F8, y: F8, size: tuple[float, float], strength: float, rng: Generator) -> F8:
    """Rolled up once: an edge or a corner still rises; the rest waves a little."""
    angle = rng.uniform(0, 2 * np.pi)
    along = ((x - size[0] / 2) * np.cos(angle) + (y - size[1] / 2) * np.sin(angle)) / max(size)
    rise = rng.uniform(90, 200) * strength * np.clip(along + rng.uniform(-0.1, 0.3), 0, None) ** 2
    wave = rng.uniform(1, 4) * strength * np.sin(along * rng.uniform(6, 14) + rng.uniform(0, 6))
    return rise + wave


def _crumpled(x: F8, y: F8, strength: float, rng: Generator) -> F8:
    """Facets: sharp ridges in every direction."""
    heights = np.zeros_like(x)
    for _ in range(9):
        angle, length = rng.uniform(0, np.pi), rng.uniform(70, 260)
        along = (x * np.cos(angle) + y * np.sin(angle)) / length + rng.uniform(0, 1)
        along += 0.25 * np.sin((y * np.cos(angle) - x * np.sin(angle)) / length * 2 + rng.uniform(0, 6))
        heights += np.abs(along % 1 - 0.5) * length * rng.uniform(0.01, 0.07) * strength
    return heights


def _between(grid: F8, points: F8) -> F8:
    """Bilinear between the nodes; beyond the last ones the outermost cells go on."""
    rows, columns = grid.shape
    x, y = points[..., 0] / STEP, points[..., 1] / STEP
    i, j = np.clip(x.astype(int), 0, columns - 2), np.clip(y.astype(int), 0, rows - 2)
    flat, at = grid.ravel(), j * columns + i
    a, b, c, d = flat[at], flat[at + 1], flat[at + columns], flat[at + columns + 1]
    u, v = np.clip(x - i, -1, 2), np.clip(y - j, -1, 2)
    above = a + (b - a) * u
    return above + (c + (d - c) * u - above) * v
