"""The likeness of a page: 64 bits that two photos of one sheet nearly share, and two sheets of one form do not.

Made of the boxes as they were cut out for the network, so that the page is placed and straightened already and all that
is printed outside them is left out. Each box is judged between its own paper and its own ink, which takes away the
light; what is printed inside, the same guide in every box, goes with the mean of the boxes. Each bit says on which side
of a fixed random plane the rest lies: the more two photos differ, the more bits do (Charikar, Similarity estimation
techniques from rounding algorithms, STOC 2002). Whole numbers only, so that every machine says the same. Nothing that
is read depends on it; which distance is near, and how often two sheets are, `docs/unusual.md` says.
"""

from functools import lru_cache
from hashlib import shake_256
from typing import Final

import numpy as np
import numpy.typing as npt
from numba import njit

BITS: Final = 64
GRID: Final = 8
"""Cells a side that a box is reduced to."""

CONTRAST: Final = 40
"""Grey levels between paper and ink below which a box has no ink."""

FAINT: Final = 10
"""By so many of 255 must the boxes' cells differ from their mean on average: below that next to nothing is written."""

_RIM, _CELL = 4, 3  # px of a box's 32: its outline, and a side of a cell

Ints = npt.NDArray[np.int32]


def likeness(boxes: npt.NDArray[np.uint8]) -> str | None:
    """16 hex digits of a page's boxes uint8[n, 32, 32]; None where there are none, or next to nothing in them."""
    written = residue(boxes)
    if not len(written) or np.abs(written).mean() < FAINT:
        return None
    sides = written.ravel().astype(np.float32) @ planes(len(written))
    return np.packbits(sides > 0).tobytes().hex()


def residue(boxes: npt.NDArray[np.uint8]) -> Ints:
    """int32[n, GRID²]: how inked each cell is, 0 to 255, beyond what that cell is on average in the page's boxes."""
    cells = np.empty((len(boxes), GRID**2), np.int32)
    _inked(boxes[:, _RIM:-_RIM, _RIM:-_RIM], cells)
    return cells - cells.sum(axis=0, dtype=np.int32) // max(1, len(boxes))


@njit(cache=True, nogil=True)
def _inked(boxes: npt.NDArray[np.uint8], cells: Ints) -> None:
    """Fill `cells` [n, GRID²] with how inked each is, 0 to 255, between its own box's paper and ink."""
    some = (boxes.shape[1] // 2) ** 2
    for n in range(len(boxes)):
        # A quarter of the pixels, counted by grey: ink is what a fiftieth of them is darker than, paper four fifths.
        counts = np.zeros(256, np.int64)
        for row in boxes[n, ::2]:
            for grey in row[::2]:
                counts[grey] += 1
        ink, paper, below = 255, 255, 0
        for grey in range(256):
            below += counts[grey]
            if below > some // 50:
                ink = min(ink, grey)
            if below > some * 4 // 5:
                paper = min(paper, grey)
        depth = max(paper - ink, CONTRAST)
        for cell in range(GRID**2):
            y, x, total = cell // GRID * _CELL, cell % GRID * _CELL, 0
            for row in boxes[n, y : y + _CELL]:
                for grey in row[x : x + _CELL]:
                    total += min(max((paper - grey) * 255 // depth, 0), 255)
            cells[n, cell] = total // _CELL**2


@lru_cache(maxsize=32)
def planes(n: int) -> npt.NDArray[np.float32]:
    """float32[n · GRID², BITS] of −1 and 1, the same for ever. Sums of whole numbers up to 2²⁴ are exact in it."""
    size = BITS * n * GRID**2
    bits = np.unpackbits(np.frombuffer(shake_256(b"suara likeness 1").digest((size + 7) // 8), np.uint8))[:size]
    return (2 * bits.astype(np.float32) - 1).reshape(n * GRID**2, BITS)
