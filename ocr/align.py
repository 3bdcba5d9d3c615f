"""The last millimetre: each field's boxes are moved to where their printed outlines really lie.

One homography is a flat sheet seen by a perfect lens. Paper curls and lenses bend; over a whole page that is a
millimetre or two, over one field a plain shift. Outlines are looked for along lines across each edge; what is written
in a box may cross them, so medians decide. Reading the boxes is for `digits`.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from election.form import Field, Rect
from ocr.guard import Gray
from ocr.plane import project

REACH: Final = 2.0
"""How far, in mm, an outline is looked for to either side. The next box may be only 3.5 mm away."""

_STEP = 0.2
_ALONG = 9
_CLEAR = 12.0  # grey levels by which a line must be darker than the paper beside it
_AGREE = 0.7  # mm by which the two sides of a box may differ

Array = npt.NDArray[np.float64]


def shifts(photo: Gray, homography: Array, fields: tuple[Field, ...]) -> Array:
    """How far each field's boxes lie from where the homography has them: mm, float64[fields, 2], (dx, dy).

    A field whose outlines cannot be seen moves as the page's others do on the median; where none can, by nothing.
    """
    boxes = [box for field in fields for box in field.boxes]
    across, depth = _edges(photo, homography, boxes)
    sides = np.stack([_centred(across[:, 0:2], depth[:, 0:2]), _centred(across[:, 2:4], depth[:, 2:4])], axis=1)
    ends = np.cumsum([len(field.boxes) for field in fields])
    with np.errstate(all="ignore"):
        moved = np.array([_median(part) for part in np.split(sides, ends[:-1])])
        common = _median(moved)
    return np.nan_to_num(np.where(np.isnan(moved), common, moved), nan=0.0)


def moved(field: Field, shift: npt.ArrayLike) -> Field:
    """The field with its boxes and bubbles moved by (dx, dy) mm."""
    dx, dy = (float(v) for v in np.asarray(shift))
    return Field(
        name=field.name,
        block=field.block,
        boxes=tuple(_moved(rect, dx, dy) for rect in field.boxes),
        bubbles=tuple(tuple(_moved(rect, dx, dy) for rect in column) for column in field.bubbles),
        guide=field.guide,
        words=field.words,
    )


def _moved(rect: Rect, dx: float, dy: float) -> Rect:
    return Rect(rect.x0 + dx, rect.y0 + dy, rect.x1 + dx, rect.y1 + dy)


def _edges(photo: Gray, homography: Array, boxes: list[Rect]) -> tuple[Array, Array]:
    """Of each box's left, right, top and bottom edge: where its line lies, in mm to the right or down of the
    template's place, and how much darker it is than paper; float64[n, 4] each."""
    rects = np.asarray(boxes, np.float64)
    out = np.arange(-REACH, REACH + _STEP / 2, _STEP)
    middle, half = (rects[:, :2] + rects[:, 2:]) / 2, (rects[:, 2:] - rects[:, :2]) / 2
    run = np.linspace(-0.8, 0.8, _ALONG)
    at = np.empty((len(rects), 4, len(out), _ALONG, 2))
    for edge, (axis, column) in enumerate(((0, 0), (0, 2), (1, 1), (1, 3))):
        at[:, edge, :, :, axis] = rects[:, column, None, None] + out[None, :, None]
        at[:, edge, :, :, 1 - axis] = middle[:, 1 - axis, None, None] + half[:, 1 - axis, None, None] * run
    where = project(homography, at.reshape(-1, 2)).astype(np.float32).reshape(len(rects) * 4, -1, 2)
    seen = np.asarray(cv2.remap(photo, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    profile = np.median(seen.reshape(len(rects), 4, len(out), _ALONG), axis=3).astype(np.float64)
    dark = np.clip(np.percentile(profile, 75, axis=2, keepdims=True) - profile, 0, None)
    depth = dark.max(axis=2)
    dark = np.where(dark >= depth[..., None] / 2, dark, 0)
    return (dark * out).sum(axis=2) / np.maximum(dark.sum(axis=2), 1e-9), depth


def _centred(across: Array, depth: Array) -> Array:
    """The shift that two opposite edges agree on, float64[n]; NaN where they do not, or cannot be seen."""
    agree = (np.abs(across[:, 0] - across[:, 1]) <= _AGREE) & (depth.min(axis=1) >= _CLEAR)
    return np.where(agree, across.mean(axis=1), np.nan)


def _median(shifts: Array) -> Array:
    """Median of the shifts that are known, [2]; NaN where fewer than half are."""
    known = ~np.isnan(shifts)
    return np.array(
        [
            np.median(shifts[known[:, axis], axis]) if 2 * known[:, axis].sum() >= len(shifts) else np.nan
            for axis in (0, 1)
        ]
    )
