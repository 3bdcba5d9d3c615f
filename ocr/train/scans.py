"""Boxes as scanners give them that know black, white and one pale grey: empty cells, and worn ink to lay into them.

Drawn at the scan's own resolution, so that edges stay sharp and lines are one or two pixels wide. What lenses and light
do to pictures is `camera`'s; these are not photographed.
"""

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ocr.train import camera
from ocr.train.camera import chance, normal, uniform
from ocr.train.forms import SCENE

Pictures = npt.NDArray[np.uint8]

_LOW, _HIGH = SCENE // 4, SCENE * 3 // 4


def cells(seed: int, count: int) -> Pictures:
    """Empty cells in their surroundings, uint8[count, 64, 64].

    Figures and letters of a watermark behind, a rule or a black bar above, single or double dividers at the sides,
    whole, dashed or worn, specks.
    """
    rng = np.random.default_rng(seed)
    return np.array([_cell(rng) for _ in range(count)], np.uint8)


def _cell(rng: np.random.Generator) -> Pictures:
    page = np.full((SCENE, SCENE), int(rng.integers(215, 256)), np.uint8)
    if rng.random() < 0.75:
        _watermark(page, rng)
    ink = int(rng.integers(0, 110))
    for end in (_LOW, _HIGH):
        if rng.random() < 0.6:
            y = max(0, int(end + rng.normal(0, 3)))
            page[y : y + int(rng.integers(1, 4))] = ink
    for end in (_LOW, _HIGH):
        for gap in (0.0,) if rng.random() < 0.5 else (-2.5, 2.5):
            x = max(0, int(end + rng.normal(0, 1.5) + gap))
            _divider(page[:, x : x + int(rng.integers(1, 3))], ink, rng)
    if rng.random() < 0.2:
        page[:, : int(_LOW + rng.normal(0, 1.5))] = int(rng.integers(0, 70))
    if rng.random() < 0.15:
        page[: int(_LOW + rng.normal(0, 2))] = int(rng.integers(0, 70))
    specks = rng.random(page.shape) < rng.choice([0, 0, 0.004, 0.015])
    page[specks] = rng.integers(0, 256, int(specks.sum()))
    return page


def _divider(columns: Pictures, ink: int, rng: np.random.Generator) -> None:
    """A line from top to bottom: whole, dashed, or worn away in places."""
    length, gap, first = int(rng.integers(1, 7)), int(rng.integers(1, 5)), int(rng.integers(0, 8))
    rows = (np.arange(len(columns)) + first) % (length + gap) < length
    rows |= rng.random() < 0.4
    rows &= rng.random(len(rows)) > rng.choice([0, 0.15, 0.4])
    columns[rows] = ink


def _watermark(page: Pictures, rng: np.random.Generator) -> None:
    """Discs, slabs and letters of one pale grey with sharp edges; now and then white letters within."""
    white, pale = int(page[0, 0]), int(page[0, 0] * rng.uniform(0.76, 0.95))
    for _ in range(int(rng.integers(1, 4))):
        x, y = (int(v) for v in rng.integers(-10, 74, 2))
        grey = pale if rng.random() < 0.8 else white
        if rng.random() < 0.4:
            cv2.circle(page, (x, y), int(rng.integers(6, 50)), grey, int(rng.choice([-1, 3, 9])))
        elif rng.random() < 0.5:
            points = np.array([x, y]) + rng.normal(0, 26, (4, 2))
            cv2.fillPoly(page, [cv2.convexHull(points.astype(np.int32))], grey)
        else:
            size, thick = float(rng.uniform(0.4, 2.5)), int(rng.integers(1, 10))
            cv2.putText(page, str(rng.choice([*"AEHIKLMNOPRTU"])), (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, grey, thick)


def placed(strokes: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """How much ink lies where, 0 to 1, float[n, 1, 64, 64], of ink float[n, 1, 48, 48]: small or large, anywhere in its
    cell, squeezed as tall cells squeeze it, worn."""
    n = len(strokes)
    height = uniform(dice, 0.33, 0.85, n)
    width = torch.minimum(height * 1.7 ** uniform(dice, -1, 1, n), uniform(dice, 0.6, 1.0, n))
    angle, lean = normal(dice, 0.08, n), normal(dice, 0.15, n)
    across, down = (lean - angle.sin()) * height, angle.sin() * width
    size = torch.stack((width * angle.cos(), across, down, height * angle.cos()), 1)
    # From the scene back to the ink: the middle 40 of 48 pixels fill `height` of the box, half the scene.
    back = torch.linalg.inv(size.view(n, 2, 2)) * (2 * 40 / 48)
    room = (1 - torch.stack((width, height), 1)).clamp(0.05, 1) / 2
    move = (normal(dice, 0.4, n, 2).clamp(-1, 1) * room)[:, :, None]
    grid = camera.laid_over(torch.cat((back, -back @ move), 2), SCENE)
    return _worn(functional.grid_sample(strokes, grid, align_corners=False), dice)


def _worn(alpha: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """Ink as a threshold leaves it: all or little, thin where it was faint, with pixels missing."""
    n = len(alpha)
    level, sharp = uniform(dice, 0.2, 0.75, n, 1, 1, 1), 10 ** uniform(dice, 0.0, 1.2, n, 1, 1, 1)
    lost = torch.where(chance(dice, 0.5, n), uniform(dice, 0.0, 0.35, n), 0.0)[:, None, None, None]
    kept = 1 - (torch.rand(alpha.shape, generator=dice) < lost) * uniform(dice, 0.3, 1.0, n, 1, 1, 1)
    top = alpha.flatten(1).amax(1)[:, None, None, None].clamp(0.2, 1)
    return (0.5 + (alpha / top - level) * sharp).clamp(0, 1) * kept * (alpha > 0.05)
