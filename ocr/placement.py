"""A page placed in a photo, and how well it is seen there. How a placement is come by is for `register`."""

from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from numba import njit

from election.form import Mark, Page, Rect
from ocr import align, layout, lines
from ocr.guard import Gray
from ocr.lines import GREY, walk
from ocr.plane import Matrix, Points, project
from ocr.views import Photo

SEEN: Final = 0.6
"""Share of a page's outlines that must be seen where they should be, on a scan: a form without tags."""

FIRM: Final = 0.7
"""The same on a photo."""

SURE: Final = 0.8
"""Share from which a placement needs no correction, and no other is tried."""

SHARP: Final = 0.05
"""Sharpness below which strokes of a pen run into each other."""

SMALL: Final = 11.0
"""Pixels across the smallest box below which it holds too few."""

_ACROSS, _DOWN = 128, 32  # samples in which the sharpness of edges is measured


class Registration(Struct, frozen=True):
    """A page found: `homography` float64[3, 3] takes mm on the page to px in the photo."""

    page: Page
    homography: Matrix
    error: float  # mm, root mean square over tag and marks; 0 where there are too few of them
    sharpness: float  # 0 washed out – 1 hard edges
    density: float  # px/mm at the middle of the page
    contrast: float  # grey levels between paper and black
    missing: tuple[str, ...]  # names of corners not found
    method: str = "tag"  # "tag", "marks" or "frame": what the placement began with
    outlines: float = 1.0  # share of the printed outlines that are seen where they should be

    @property
    def holds(self) -> bool:
        """Whether enough outlines are seen for the placement to count."""
        return self.outlines >= (FIRM if self.page.tags else SEEN)

    @property
    def firm(self) -> bool:
        """Whether no other placement need be looked for."""
        return self.outlines >= SURE or (self.holds and not self.missing)

    @property
    def parts(self) -> dict[str, int]:
        """What the quality is made of, 0–1000 each: sharpness, density, contrast, corners, outlines."""
        shares = {
            "sharpness": (self.sharpness - SHARP) / 0.3,
            "density": (self.box_px - SMALL) / 30,
            "contrast": self.contrast / 120,
            "corners": 0.8 ** len(self.missing),
            "outlines": (self.outlines - SEEN + 0.1) / (0.95 - SEEN),
        }
        return {name: round(1000 * min(1.0, max(0.0, share))) for name, share in shares.items()}

    @property
    def quality(self) -> int:
        """0–1000: how well the page can be seen. Sharpness, resolution and contrast weigh alike."""
        sharp, dense, clear, whole, seen = (part / 1000 for part in self.parts.values())
        return round(1000 * whole * seen * (sharp * dense * clear) ** (1 / 3))

    @property
    def worst(self) -> str:
        """The part of the quality that is lowest: what the person who takes the photo should better first."""
        return min(self.parts.items(), key=lambda part: part[1])[0]

    @property
    def box_px(self) -> float:
        """Pixels across the page's smallest box."""
        return self.density * min(box.width for field in self.page.fields for box in field.boxes)

    def px(self, mm: npt.ArrayLike) -> Points:
        """Pixels, float64[n, 2], of points in mm [n, 2]."""
        return project(self.homography, mm)


class Trial(Struct, frozen=True):
    """A placement that may be right."""

    page: Page
    homography: Matrix
    missing: tuple[str, ...]
    method: str
    error: float = 0.0


def settled(photo: Photo, trial: Trial) -> Registration:
    """A placement with what can be said of it; corrected by the outlines where marks are missing or few are seen."""
    page, homography = trial.page, trial.homography
    sharpness, contrast = max(sight(photo.full, homography, rect) for rect in _black(trial))
    some = layout.some(page)
    share = layout.share(some, lines.measure(photo.full, homography, some), contrast)
    if share < SURE or trial.missing:
        fitted = layout.refit(photo.full, homography, page, contrast)
        better = layout.share(some, lines.measure(photo.full, fitted, some), contrast)
        if better >= share:
            homography, share = fitted, better
    if share < SURE:
        share = max(share, _bent(photo.full, homography, page, contrast))
    density = _density(homography, page)
    return Registration(page, homography, trial.error, sharpness, density, contrast, trial.missing, trial.method, share)


def _bent(photo: Gray, homography: Matrix, page: Page, contrast: float) -> float:
    """The share of outlines that are seen where a sheet that is folded or curled has them."""
    shifts = align.shifts(photo, homography, page.fields)
    boxes = layout.boxes(page)
    moved = boxes.moved(np.repeat(shifts, [4 * len(field.boxes) for field in page.fields], axis=0))
    return layout.share(moved, lines.measure(photo, homography, moved), contrast)


def sight(photo: Gray, homography: Matrix, rect: Rect) -> tuple[float, float]:
    """Sharpness and contrast of a place where something black is printed."""
    sharpness, contrast = _sight(photo, np.ascontiguousarray(homography), np.array(rect, np.float64))
    return float(sharpness), float(contrast)


@njit(cache=True, nogil=True)
def _sight(photo: Gray, homography: Matrix, rect: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The steepest steps between neighbouring samples as a part of the contrast, and that in grey levels."""
    step, across = np.array([1.0, 0.0]), np.linspace(0.0, rect[2] - rect[0], _ACROSS)
    row = np.empty(_ACROSS, np.int64)
    greys, slopes = np.zeros(256, np.int64), np.zeros(256, np.int64)
    for y in np.linspace(rect[1], rect[3], _DOWN):
        walk(photo, homography, rect[0], y, step, across, row)
        for k in range(_ACROSS):
            row[k] = (row[k] + GREY // 2) // GREY
            greys[row[k]] += 1
            if k:
                slopes[abs(row[k] - row[k - 1])] += 1
    contrast = _percentile(greys, 0.95) - _percentile(greys, 0.05)
    return _percentile(slopes, 0.98) / max(contrast, 1.0), contrast


@njit(cache=True, nogil=True)
def _percentile(counts: npt.NDArray[np.int64], part: float) -> float:
    """Of whole numbers, given how often there is each: as numpy has it, linear between two neighbours."""
    place = part * (counts.sum() - 1)
    below = int(place)
    low = high = len(counts)
    passed = 0
    for value in range(len(counts)):
        passed += counts[value]
        if passed > below:
            low = min(low, value)
        if passed > below + 1:
            high = min(high, value)
    return low + (min(high, len(counts) - 1) - low) * (place - below)


def _black(trial: Trial) -> list[Rect]:
    """Places where black is printed beside white: the tag, or the marks with their surroundings."""
    if trial.method == "tag":
        return [trial.page.tags[0].rect]
    marks = [mark for mark in trial.page.marks if mark.corner not in trial.missing] or trial.page.marks[:1]
    return [_around(mark) for mark in marks]


def _around(mark: Mark) -> Rect:
    (x, y), out = mark.at, len(mark.squares) * mark.squares[0].width
    return Rect(x - out, y - out, x + out, y + out)


def _density(homography: Matrix, page: Page) -> float:
    x, y = np.mean([mark.at for mark in page.marks], axis=0)
    px = project(homography, [(x - 5, y), (x + 5, y), (x, y - 5), (x, y + 5)])
    return float(min(np.hypot(*(px[1] - px[0])), np.hypot(*(px[3] - px[2]))) / 10)
