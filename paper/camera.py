"""Where the camera stands: a photo's hardships turned into a view of the sheet. No pixels."""

from collections.abc import Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from . import relief, view
from .relief import Crease
from .view import View

F8 = NDArray[np.float64]


def taken(
    mm: tuple[float, float],
    size: tuple[int, int],
    has: Mapping[str, float],
    creases: list[Crease],
    rng: Generator,
) -> View:
    """The view of a sheet of `mm` in a photo of `size` pixels, with the hardships that it `has`."""
    tilt = 0.015 + 0.3 * has.get("perspective", 0)
    yaw, pitch = rng.normal(0, tilt / 2, 2).clip(-0.5, 0.5)
    if has.get("perspective", 0) > 0.6:
        yaw += np.copysign(0.1, yaw)
    roll = rng.normal(0, 0.01 + 0.06 * has.get("perspective", 0))
    if "rotation" in has:
        roll += np.radians(45 * has["rotation"] * rng.uniform(0.5, 1)) * rng.choice([-1, 1])
    zoom = rng.uniform(0.93, 0.98) - 0.4 * has.get("far", 0) * rng.uniform(0.5, 1)
    shift = rng.uniform(0.35, 0.65, 2) if "far" not in has else rng.uniform(0.1, 0.9, 2)
    bent = any(name in has for name in ("fold", "curl", "crumple"))
    plane, rise = view.camera(mm, size, (yaw, pitch, roll), zoom, (float(shift[0]), float(shift[1])))
    plane = _cut(plane, mm, size, has.get("cut", 0), rng)
    turns = int(rng.integers(1, 4)) if "turned" in has else 0
    return View(
        plane=plane,
        rise=rise,
        turn=view.quarter_turned(size, turns),
        centre=((size[0] - 1) / 2, (size[1] - 1) / 2),
        radius=float(np.hypot(*size) / 2),
        bend=-0.05 * has["lens"] * rng.uniform(0.4, 1) if "lens" in has else 0.0,
        relief=relief.shaped(mm, creases, has.get("curl", 0), has.get("crumple", 0), rng) if bent else None,
    )


def _cut(plane: F8, mm: tuple[float, float], size: tuple[int, int], strength: float, rng: Generator) -> F8:
    """Moves the page until one corner of it lies outside the picture, the farther the stronger."""
    if not strength:
        return plane
    corner = np.array([rng.integers(2), rng.integers(2)])
    seen = view.projected(plane, np.array([corner * mm]))[0]
    away = (corner * 2 - 1) * np.array(size) * (0.05 + 0.13 * strength * rng.uniform(0.4, 1, 2))
    move = corner * size + away - seen
    return np.array([[1, 0, move[0]], [0, 1, move[1]], [0, 0, 1]]) @ plane
