"""Boxes seen by other cameras, many at a time: cut loosely or tightly, turned, blurred, shaded, squeezed by JPEG.

In: scenes, float[n, 1, 64, 64], grey 0 to 255, the box being the middle half. Out: pictures, float[n, 32, 32], as a
reader would cut them. Everything random comes from the generator that is passed in.
"""

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ocr.boxes import MARGIN, SIDE

FINE = 2 * SIDE
"""Samples across a picture before it is reduced, so that nothing aliases."""


def uniform(dice: torch.Generator, low: float, high: float, *shape: int) -> torch.Tensor:
    """Evenly between two bounds."""
    return low + (high - low) * torch.rand(*shape, generator=dice)


def normal(dice: torch.Generator, scale: float, *shape: int) -> torch.Tensor:
    """Around zero."""
    return scale * torch.randn(*shape, generator=dice)


def chance(dice: torch.Generator, part: float, n: int) -> torch.Tensor:
    """True for about `part` of n, bool[n]."""
    return torch.rand(n, generator=dice) < part


def laid_over(theta: torch.Tensor, side: int) -> torch.Tensor:
    """Where each of side × side pixels comes from, float[n, side, side, 2], by affine maps float[n, 2, 3].

    What `affine_grid` gives, several times faster on a processor.
    """
    at = (torch.arange(side) + 0.5) * (2 / side) - 1
    part = theta[:, :, :, None, None]
    both = part[:, :, 0] * at + part[:, :, 1] * at[:, None] + part[:, :, 2]
    return both.permute(0, 2, 3, 1)


def shoot(scenes: torch.Tensor, lonely: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """Pictures of the scenes, float[n, 32, 32].

    `lonely`, bool[n]: these scenes know nothing of what lies beside their box, and may be given a neighbour.
    """
    fine = _window(scenes, lonely, dice)
    fine = _binarised(_pen(fine, dice), dice)
    seen = _reduced(fine, dice)
    seen = _lit(_blurred(seen, dice), dice)
    return _sensed(seen, dice)[:, 0]


def scan(scenes: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """Pictures of scanned scenes, float[n, 32, 32]: no lens, no light, hardly any turn; some came through JPEG."""
    nobody = torch.zeros(len(scenes), dtype=torch.bool)
    return _sensed(_reduced(_window(scenes, nobody, dice), dice), dice)[:, 0]


def _window(scenes: torch.Tensor, lonely: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """The box with some margin, turned a little; float[n, 1, 64, 64]."""
    n = len(scenes)
    wide = chance(dice, 0.35, n)
    margin = torch.where(wide, uniform(dice, -0.14, 0.38, n), MARGIN + normal(dice, 0.04, n))
    sides = margin[:, None] + normal(dice, 1.0, n, 4) * torch.where(wide, 0.05, 0.03)[:, None]
    # Some cut into the next box on one side: that is where crops that others made differ most from the reader's.
    beyond = uniform(dice, 0, 0.35, n) * (wide & chance(dice, 0.35, n))
    sides = sides + functional.one_hot(torch.randint(4, (n,), generator=dice), 4) * beyond[:, None]
    left, top, right, bottom = sides.unbind(1)
    half = torch.stack((0.5 + (left + right) / 2, 0.5 + (top + bottom) / 2), 1)
    middle = torch.stack(((right - left) / 2, (bottom - top) / 2), 1)
    angle = normal(dice, 0.045, n) * torch.where(chance(dice, 0.12, n), 3.0, 1.0)
    turn = torch.stack((angle.cos(), -angle.sin(), angle.sin(), angle.cos()), 1).view(n, 2, 2)
    turn = turn + normal(dice, 0.03, n, 2, 2)
    theta = torch.cat((turn * half[:, None, :], middle[:, :, None]), 2)
    grid = laid_over(theta, FINE)
    seen = _sampled(scenes, grid)
    return _neighboured(scenes, grid, seen, lonely & chance(dice, 0.5, n), dice)


def _sampled(scenes: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    return functional.grid_sample(scenes, grid, padding_mode="border", align_corners=False)


def _neighboured(
    scenes: torch.Tensor, grid: torch.Tensor, seen: torch.Tensor, which: torch.Tensor, dice: torch.Generator
) -> torch.Tensor:
    """Where a picture reaches beyond its box's surroundings, the next box of the row begins."""
    rows = which.nonzero()[:, 0]
    if len(rows) < 2:
        return seen
    pitch = uniform(dice, 1.0, 1.4, len(rows), 1, 1)
    own, out = grid[rows], seen[rows]
    for sign in (-1, 1):
        moved = own.clone()
        moved[..., 0] -= sign * pitch
        other = _sampled(scenes[rows.roll(sign)], moved)
        out = torch.where((sign * own[..., 0] > pitch / 2)[:, None], other, out)
    return seen.index_copy(0, rows, out)


def _pen(fine: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """Now and then a thicker line, or a thinner one."""
    n = len(fine)
    part = uniform(dice, 0.2, 1.0, n, 1, 1, 1)
    thick = chance(dice, 0.14, n).nonzero()[:, 0]
    thin = chance(dice, 0.06, n).nonzero()[:, 0]
    darker = -functional.max_pool2d(-fine[thick], 3, 1, 1)
    fine = fine.index_copy(0, thick, fine[thick].lerp(darker, part[thick]))
    lighter = functional.max_pool2d(fine[thin], 3, 1, 1)
    return fine.index_copy(0, thin, fine[thin].lerp(lighter, 0.6 * part[thin]))


def _binarised(fine: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """Some scanners give black and white only."""
    rows = chance(dice, 0.08, len(fine)).nonzero()[:, 0]
    some = fine[rows]
    coarse = functional.avg_pool2d(some, FINE // 4)
    around = functional.interpolate(coarse, (FINE, FINE), mode="bilinear")
    dark = some < around - uniform(dice, 6, 30, len(rows), 1, 1, 1)
    specks = torch.rand(some.shape, generator=dice) < uniform(dice, 0, 0.01, len(rows), 1, 1, 1)
    return fine.index_copy(0, rows, torch.where(dark ^ specks, 20.0, 250.0))


def _reduced(fine: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """From 64 to 32 pixels a side; some pictures were small to begin with, or came through JPEG."""
    seen = functional.avg_pool2d(fine, 2)
    coarse = chance(dice, 0.3, len(fine))
    for side in torch.randint(15, 40, (3,), generator=dice).tolist():
        rows = (coarse & chance(dice, 0.34, len(fine))).nonzero()[:, 0]
        small = functional.interpolate(fine[rows], (side, side), mode="area")
        small = _squeezed(small, dice)
        how = "area" if side >= SIDE else "bilinear"
        back = functional.interpolate(small, (SIDE, SIDE), mode=how)
        seen = seen.index_copy(0, rows, back)
    return seen


def _squeezed(small: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """Through JPEG, mostly."""
    if not len(small) or torch.rand(1, generator=dice) < 0.3:
        return small
    qualities = torch.randint(25, 92, (len(small),), generator=dice).tolist()
    grey = small[:, 0].clamp(0, 255).to(torch.uint8).numpy()
    pairs = zip(grey, qualities, strict=True)
    return torch.from_numpy(np.array([_jpeg(one, quality) for one, quality in pairs], np.float32))[:, None]


def _jpeg(grey: npt.NDArray[np.uint8], quality: int) -> npt.NDArray[np.uint8]:
    data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _blurred(seen: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """Half of them out of focus, or moved while the shutter was open."""
    rows = chance(dice, 0.5, len(seen)).nonzero()[:, 0]
    n = len(rows)
    y, x = torch.meshgrid(torch.arange(-3.0, 4.0), torch.arange(-3.0, 4.0), indexing="ij")
    angle = uniform(dice, 0, torch.pi, n, 1, 1)
    long = uniform(dice, 0.3, 1.25, n, 1, 1)
    short = torch.where(chance(dice, 0.3, n)[:, None, None], 0.35 * torch.ones(n, 1, 1), long)
    u, v = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
    kernel = torch.exp(-(u**2) / (2 * long**2) - v**2 / (2 * short**2))
    kernel = (kernel / kernel.sum((1, 2), keepdim=True))[:, None]
    padded = functional.pad(seen[rows], (3, 3, 3, 3), mode="replicate")
    soft = functional.conv2d(padded.transpose(0, 1), kernel, groups=max(1, n)).transpose(0, 1) if n else seen[rows]
    return seen.index_copy(0, rows, soft)


def _lit(seen: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """Light from one side, the edge of a shadow, a film's curve."""
    n = len(seen)
    at = torch.linspace(-1, 1, SIDE)
    slope = normal(dice, 0.1, n, 2, 1, 1)
    plane = 1 + slope[:, :1] * at + slope[:, 1:] * at[:, None]
    angle, offset = uniform(dice, 0, 2 * torch.pi, n, 1, 1), uniform(dice, -0.8, 0.8, n, 1, 1)
    sharp = 2 * 30 ** uniform(dice, 0, 1, n, 1, 1)
    edge = torch.sigmoid(sharp * (at * angle.cos() + at[:, None] * angle.sin() - offset))[:, None]
    depth = uniform(dice, 0.1, 0.6, n, 1, 1, 1) * chance(dice, 0.28, n)[:, None, None, None]
    curve = torch.exp(normal(dice, 0.25, n, 1, 1, 1))
    lit = (seen / 255).clamp(1e-3, 1) ** curve * plane * (1 - depth * edge)
    gain, lift = uniform(dice, 0.4, 1.15, n, 1, 1, 1), uniform(dice, 0, 40, n, 1, 1, 1)
    return lit * 255 * gain + lift


def _sensed(seen: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """Noise, and what is brighter than the sensor can tell."""
    level = (
        uniform(dice, 0, 6, len(seen), 1, 1, 1)
        * torch.where(chance(dice, 0.08, len(seen)), 2.5, 1.0)[:, None, None, None]
    )
    noise = torch.randn(seen.shape, generator=dice)
    return (seen + level * noise).clamp(0, 255).round()
