"""Reading bubbles: how dark each one is inside, against its own paper, its column's others and its page's marks.

A printed digit stands in every empty bubble, so a column's median says what "empty" looks like in this photo. How
the columns combine with the digits above them is for `election.decode`, where bubbles lie exactly for `rings`.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from ocr import boxes, rings
from ocr.guard import Gray

Array = npt.NDArray[np.float64]

SIDE: Final = 16
_MARGIN: Final = 0.2
MARKS: Final = (0.12, 0.5)
"""Darkness that a mark has beyond an empty bubble: no page's are taken for fainter, none need be darker."""

EMPTY: Final = 0.03
"""Darkness beyond the column's median up to which bubbles are alike: of 12,000 empty ones in hard photos 1 % had more,
as printed digits differ and paper is not even."""

MIDDLE: Final = 0.4
"""Of a mark's darkness, what is as likely ink as not."""

MOST: Final = 8.0  # nats for or against one bubble


def _masks() -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which pixels lie inside the bubble's ring, and which on the paper around it."""
    at = (np.arange(SIDE) + 0.5) / SIDE * (1 + 2 * _MARGIN) - _MARGIN - 0.5
    radius = np.hypot(at[:, None], at[None, :])
    return radius < 0.36, radius > 0.6


_INSIDE, _PAPER = _masks()
_BRIGHT = 3 * int(_PAPER.sum()) // 4


def darkness(photo: Gray, homography: Array, places: Array) -> Array:
    """Mean darkness inside each bubble, 0 as its paper, 1 black: float64[fields, columns, 10].

    `places` float64[fields, columns, 10, 4]: rectangles in mm, moved as their fields' boxes are; each line of bubbles
    is then followed to where its rings really lie.
    """
    centres, radius = (places[..., :2] + places[..., 2:]) / 2, float(places[0, 0, 0, 2] - places[0, 0, 0, 0]) / 2
    moved = rings.followed(photo, homography, centres, radius)
    there = places + np.tile(moved, 2)[:, None]
    seen = boxes.sample(photo, homography, there.reshape(-1, 4), SIDE, _MARGIN).reshape(*places.shape[:3], SIDE, SIDE)
    paper = np.sort(seen[..., _PAPER], axis=-1)[..., _BRIGHT].astype(np.float64)
    return np.clip(1 - seen[..., _INSIDE].mean(axis=-1) / np.maximum(paper, 1), 0, 1)


def likelihoods(dark: Array) -> Array:
    """Log-likelihoods of the digit that each column of a page marks, from darkness; float64[fields, columns, 10] both.

    A bubble is held against its column's others and against how dark this page's marks are: one writer marks all of
    it alike, in full, with ticks or crosses, and the photo blurs all of it. A column without a mark, or with several,
    says equally little or equally much for each of them.
    """
    beyond = dark - np.median(dark, axis=-1, keepdims=True)
    mark = float(np.clip(np.percentile(beyond.max(axis=-1), 75), *MARKS))
    return np.clip(MOST * (np.maximum(beyond, EMPTY) - MIDDLE * mark) / ((1 - MIDDLE) * mark), -MOST, MOST)
