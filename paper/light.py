"""Light on a photographed page: gradients, shadows, creases, glare, the beat of a screen's pixels.

Fields are made on a coarse grid (`view.nodes`) and enlarged; `photo` multiplies and adds them.
"""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .picture import coarse
from .relief import Relief

F8 = NDArray[np.float64]
U8 = NDArray[np.uint8]

UNIT = 200
"""This value of a gain leaves a pixel as it is."""


def gain(at: F8, on_sheet: F8, relief: Relief | None, conditions: Mapping[str, float], rng: Generator) -> F8:
    """How bright each node is, 1 = as it is.

    Args:
        at: float64[rows, columns, 2], the nodes, x and y from about -1 to 1 across the photo.
        on_sheet: float64[rows, columns, 2], the same nodes in mm on the sheet.
        relief: of the sheet.
        conditions: the photo's hardships.
        rng: decides the rest.
    """
    x, y = at[..., 0], at[..., 1]
    uneven = 0.04 + 0.12 * conditions.get("shadow", 0) + 0.1 * conditions.get("low_light", 0)
    light = rng.uniform(0.86, 1.02) + uneven * rng.random() * _along(x, y, rng.uniform(0, 2 * np.pi))
    light *= 1 - (0.03 + 0.1 * conditions.get("low_light", 0)) * rng.random() * (x**2 + y**2) / 2
    lamp = rng.normal(0, 1, 2)
    if relief is not None:
        tilt = relief.slope(on_sheet) @ (lamp / np.hypot(*lamp))
        light *= np.clip(1 + 1.1 * tilt, 0.6, 1.2)
    if strength := conditions.get("shadow", 0):
        for _ in range(1 + int(rng.random() < 0.3)):
            light *= 1 - _shadow(x, y, strength, rng)
    return light


def _along(x: F8, y: F8, angle: float) -> F8:
    return np.cos(angle) * x + np.sin(angle) * y


def _shadow(x: F8, y: F8, strength: float, rng: Generator) -> F8:
    """Of a head and shoulders, of an arm with the phone, or of something with one long edge."""
    depth = rng.uniform(0.12, 0.3) + 0.33 * strength
    soft = rng.uniform(0.02, 0.2)
    kind, angle = int(rng.integers(3)), rng.uniform(0, 2 * np.pi)
    along, across = _along(x, y, angle), _along(x, y, angle + np.pi / 2)
    bow = 0.15 * np.sin(2.2 * across + rng.uniform(0, 6))
    if kind == 0:
        edge = along + bow - rng.uniform(-0.2, 0.8)
    elif kind == 1:
        # An arm from the edge of the picture, and the phone it holds.
        end = rng.uniform(-0.3, 0.4)
        arm = np.minimum(rng.uniform(0.1, 0.2) - np.abs(across + bow), along - end)
        phone = np.minimum(0.22 - np.abs(along - end), 0.4 - np.abs(across + bow[0, 0]))
        edge = np.maximum(arm, phone)
    else:
        centre = rng.uniform(-0.3, 0.6)
        head = rng.uniform(0.25, 0.4) - np.hypot(along - centre, across)
        shoulders = np.minimum(along - centre - 0.3, 0.75 - np.abs(across) + 0.2 * (along - centre))
        edge = np.maximum(head, shoulders)
    return depth / (1 + np.exp(-(edge / soft).clip(-30, 30)))


def glare(at: F8, strength: float, rng: Generator) -> F8:
    """How much of each node is washed out, 0 to 1: the flash's round spot, or a lamp's or a window's long one."""
    turn, (x0, y0) = rng.uniform(0, np.pi), rng.uniform(-0.6, 0.6, 2)
    x, y = at[..., 0] - x0, (at[..., 1] - y0) * 1.3
    along, across = _along(x, y, turn), _along(x, y, turn + np.pi / 2)
    length = rng.uniform(0.14, 0.36) * (1 if rng.random() < 0.5 else rng.uniform(1.5, 3.5))
    away = (along / length) ** 2 + (across / rng.uniform(0.1, 0.26)) ** 2
    return (0.35 + 0.58 * strength) * np.exp(-(away**0.8)) + 0.2 * strength * np.exp(-away / 9)


def moire(size: tuple[int, int], strength: float, rng: Generator) -> tuple[U8, U8]:
    """The beat of a screen's pixels with the camera's: gain of the luma at `size`, a tint around 128 of the colour."""
    small = coarse(size)
    x, y = np.meshgrid(np.arange(small[0], dtype=np.float32), np.arange(small[1], dtype=np.float32))
    bent = 0.4 * np.float32(rng.normal(0, 1)) * (x - small[0] / 2) * (y - small[1] / 2) / small[0]
    phases = []
    for slope in rng.normal(0, 0.35, 2):
        period = np.float32(rng.uniform(3.5, 13))
        phases.append((x * np.cos(slope) + y * np.sin(slope) + bent * rng.normal(0, 1)) * (2 * np.pi / period))
    beat = np.sin(phases[0]) + 0.6 * np.sin(phases[1] + y * 0.02)
    luma = UNIT * (0.94 + (0.02 + 0.05 * strength) * beat)
    tint = 128 + (3 + 9 * strength) * np.sin(phases[0] + 2.1)
    return cv2.resize(luma.clip(0, 255).astype(np.uint8), size), tint.clip(0, 255).astype(np.uint8)
