"""Reading bubbles: how dark each one is inside, against its own paper and its column's other bubbles.

A printed digit stands in every empty bubble, so a column's median says what "empty" looks like in this photo. How
the columns combine with the digits above them is for `election.decode`.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from ocr import boxes
from ocr.guard import Gray

SIDE: Final = 16
_MARGIN: Final = 0.2
STEEP: Final = 30.0  # nats a unit of darkness
MIDDLE: Final = 0.22  # darkness above the column's median that is as likely ink as not
MOST: Final = 8.0  # nats for or against one bubble


def _masks() -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which pixels lie inside the bubble's ring, and which on the paper around it."""
    at = (np.arange(SIDE) + 0.5) / SIDE * (1 + 2 * _MARGIN) - _MARGIN - 0.5
    radius = np.hypot(at[:, None], at[None, :])
    return radius < 0.36, radius > 0.6


_INSIDE, _PAPER = _masks()


def darkness(photo: Gray, homography: npt.NDArray[np.float64], places: boxes.Places) -> npt.NDArray[np.float64]:
    """Mean darkness inside each bubble: 0 as its paper, 1 black. float64[n]."""
    seen = boxes.sample(photo, homography, places, SIDE, _MARGIN).astype(np.float64)
    paper = np.percentile(seen[:, _PAPER], 75, axis=1)
    return np.clip(1 - seen[:, _INSIDE].mean(axis=1) / np.maximum(paper, 1), 0, 1)


def likelihoods(dark: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Log-likelihoods float64[columns, 10] of the digit that each column marks, from darkness [columns, 10].

    A column without a mark, or with several, says equally little or equally much for each of them.
    """
    beyond = dark - np.median(dark, axis=1, keepdims=True) - MIDDLE
    return np.clip(STEEP * beyond, -MOST, MOST)
