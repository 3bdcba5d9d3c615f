"""Printed outlines: where a page says that lines are, and where in a photo they really lie.

By them a placement is checked, made exact, and told from that of another page. Along each line the median decides, as
what is written crosses it; across it the darkest place within reach counts.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from election.form import Form, Page, Rect
from ocr.guard import Gray
from ocr.plane import Matrix, project

REACH: Final = 2.0
"""How far, in mm, a line is looked for to either side. The next box may be only 3.5 mm away."""

CLOSE: Final = 1.0
"""A line within so many mm of its place is where it should be."""

AGREE: Final = 0.7
"""By how many mm the two sides of a box may differ."""

_NARROW = 0.7  # mm, root mean square; a line is no wider
_BESIDE = 3.4  # mm beside a line, where none is printed
_STEP = 0.2
_ALONG = 9
_CLEAR = 0.05  # of the photo's contrast by which a line must be darker than the paper beside it
_FAINT = 5.0  # grey levels; noise is as dark
_PIECE = 40.0  # mm; longer lines are measured in pieces
_ROUNDS = 4
_ENOUGH = 14  # boxes, and pieces of frames
_LEAST = 12  # lines that a correction must rest on

Array = npt.NDArray[np.float64]


class Lines(NamedTuple):
    """Lines in mm, float64[n, 3, 2]: the ends of each, and the direction across it in which it is measured.

    The first `paired` of them are opposite sides of boxes, two and two.
    """

    at: Array
    paired: int = 0

    @staticmethod
    def around(rects: list[Rect]) -> "Lines":
        """The four sides of each rectangle: left, right, top, bottom; [4n]."""
        x0, y0, x1, y1 = np.asarray(rects, np.float64).reshape(-1, 4).T
        left, right = ((x0, y0, x0, y1), (x1, y0, x1, y1))
        top, bottom = ((x0, y0, x1, y0), (x0, y1, x1, y1))
        ends = np.array([left, right, top, bottom]).transpose(2, 0, 1).reshape(-1, 2, 2)
        across = np.tile([(1.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.0, 1.0)], (len(x0), 1))[:, None]
        return Lines(np.concatenate((ends, across), axis=1), len(ends))

    def pieces(self) -> "Lines":
        """The same lines, cut so that none is long."""
        cut = [line for whole in self.at for line in _cut(whole)]
        return Lines(np.array(cut).reshape(-1, 3, 2))


class Measured(NamedTuple):
    """Where lines were seen: mm across from their place, how much darker than paper they are, grey levels, and how
    wide, mm."""

    across: Array
    depth: Array
    spread: Array

    def seen(self, contrast: float) -> npt.NDArray[np.bool_]:
        """Which of them are lines, and neither the paper's grain nor the edge of something dark."""
        return (self.depth >= max(_FAINT, _CLEAR * contrast)) & (self.spread <= _NARROW)


@lru_cache(maxsize=64)
def boxes(page: Page) -> Lines:
    """The sides of every box of the page, field after field."""
    return Lines.around([box for field in page.fields for box in field.boxes])


@lru_cache(maxsize=64)
def frames(page: Page) -> Lines:
    """Sides of the page's tables and tallies, in pieces."""
    return Lines.around(
        [*page.frames, *(rect for tally in page.tallies for rect in (tally.cells, tally.sums))]
    ).pieces()


@lru_cache(maxsize=64)
def some(page: Page) -> Lines:
    """Sides of boxes all over the page, and of its tables: enough to tell whether a placement is right."""
    every = [box for field in page.fields for box in field.boxes]
    sides = Lines.around(every[:: max(1, len(every) // _ENOUGH)])
    tables = frames(page).at
    return Lines(np.concatenate((sides.at, tables[:: max(1, len(tables) // _ENOUGH)])), sides.paired)


def alike(form: Form) -> list[tuple[Page, ...]]:
    """The pages of a form, those together whose boxes, bubbles and tallies lie in the same places."""
    groups: dict[object, list[Page]] = {}
    for page in form.pages:
        groups.setdefault(_printed(page), []).append(page)
    return [tuple(group) for group in groups.values()]


def like(form: Form, page: Page) -> tuple[Page, ...]:
    """The pages of a form that are laid out as `page` is, itself among them."""
    return next(group for group in alike(form) if any(one.number == page.number for one in group))


def _printed(page: Page) -> object:
    boxes = tuple((field.boxes, field.bubbles) for field in page.fields)
    return boxes, tuple((tally.cells, tally.sums) for tally in page.tallies), page.frames


def profiles(photo: Gray, homography: Matrix, lines: Lines, reach: float) -> tuple[Array, Array]:
    """How dark it is across each line: offsets in mm, float64[k], and grey levels below paper, float64[n, k]."""
    out = np.arange(-reach, reach + _STEP / 2, _STEP)
    dark = np.empty((len(lines.at), len(out)))
    _darkness(photo, homography, lines.at, out, dark)
    return out, dark


@njit(cache=True, nogil=True)
def _darkness(photo: Gray, homography: Array, lines: Array, out: Array, dark: Array) -> None:
    """Fill `dark` float64[n, k]: at each of `out` float64[k], mm across a line of `lines` float64[n, 3, 2], the median
    of nine samples along its inner four fifths, below the profile's upper quartile, which is paper."""
    rows, cols = photo.shape
    samples, profile = np.empty(_ALONG), np.empty(len(out))
    for n in range(len(lines)):
        (x0, y0), (x1, y1), (dx, dy) = lines[n, 0], lines[n, 1], lines[n, 2]
        for k in range(len(out)):
            for s in range(_ALONG):
                part = 0.1 + 0.8 * s / (_ALONG - 1)
                x, y = x0 + (x1 - x0) * part + dx * out[k], y0 + (y1 - y0) * part + dy * out[k]
                depth = homography[2, 0] * x + homography[2, 1] * y + homography[2, 2]
                u = (homography[0, 0] * x + homography[0, 1] * y + homography[0, 2]) / depth
                v = (homography[1, 0] * x + homography[1, 1] * y + homography[1, 2]) / depth
                # Beyond the picture's edge its last pixels go on.
                u, v = min(max(u, 0.0), cols - 1.001), min(max(v, 0.0), rows - 1.001)
                i, j = int(v), int(u)
                fv, fu = v - i, u - j
                above = photo[i, j] * (1 - fu) + photo[i, j + 1] * fu
                below = photo[i + 1, j] * (1 - fu) + photo[i + 1, j + 1] * fu
                value = above * (1 - fv) + below * fv
                at = s
                while at > 0 and samples[at - 1] > value:
                    samples[at] = samples[at - 1]
                    at -= 1
                samples[at] = value
            profile[k] = samples[_ALONG // 2]
        paper = np.sort(profile)[3 * (len(out) - 1) // 4]
        for k in range(len(out)):
            dark[n, k] = max(0.0, paper - profile[k])


def measure(photo: Gray, homography: Matrix, lines: Lines, reach: float = REACH) -> Measured:
    """Look for each line along its length, within `reach` mm of where the homography has it."""
    out, dark = profiles(photo, homography, lines, reach)
    peak, depth = out[dark.argmax(axis=1), None], dark.max(axis=1, initial=0)
    # Beyond the width of the usual window there may be another line, which is none of this one's blur.
    dark = np.where((dark >= depth[:, None] / 2) & (np.abs(out - peak) <= REACH), dark, 0)
    mass = np.maximum(dark.sum(axis=1), 1e-9)
    across = (dark * out).sum(axis=1) / mass
    spread = np.sqrt(np.maximum((dark * out**2).sum(axis=1) / mass - across**2, 0))
    return Measured(across, depth, spread)


def share(lines: Lines, measured: Measured, contrast: float) -> float:
    """How many of the lines are where they should be, 0 to 1: opposite sides of a box as far apart as printed, others
    close to their place."""
    seen, count = measured.seen(contrast), lines.paired
    apart = np.abs(np.diff(measured.across[:count].reshape(-1, 2), axis=1)).ravel()
    boxed = seen[:count].reshape(-1, 2).all(axis=1) & (apart <= AGREE)
    alone = seen[count:] & (np.abs(measured.across[count:]) <= CLOSE)
    return float((2 * boxed.sum() + alone.sum()) / max(1, len(lines.at)))


def grain(photo: Gray, homography: Matrix, lines: Lines, contrast: float) -> float:
    """The share that would be seen beside the lines' places: on a table's grain or among letters as many as on them."""
    beside = lines.at.copy()
    beside[:, :2] += _BESIDE * beside[:, 2:]
    moved = Lines(beside, lines.paired)
    return share(moved, measure(photo, homography, moved), contrast)


def refit(photo: Gray, homography: Matrix, page: Page, contrast: float, reach: float = REACH) -> Matrix:
    """The homography, corrected until the page's boxes and tables lie upon their lines as well as a plane allows."""
    lines = Lines(np.concatenate((boxes(page).at, frames(page).at)))
    for _ in range(_ROUNDS):
        measured = measure(photo, homography, lines, reach)
        step = _correction(lines, measured, measured.seen(contrast))
        if step is None:
            return homography
        homography = homography @ step
        homography = homography / homography[2, 2]
        reach = max(REACH, reach / 2)
        if np.abs(project(step, lines.at[:, 0]) - lines.at[:, 0]).max() < 0.05:
            break
    return homography


def _correction(lines: Lines, measured: Measured, seen: npt.NDArray[np.bool_]) -> Matrix | None:
    """The affine step in mm that moves lines to where they were seen, by weights that far ones lose; None where too
    few lines say so in either direction."""
    middle, across = lines.at[:, :2].mean(axis=1), lines.at[:, 2]
    if min(int((seen & (across[:, axis] > 0.5)).sum()) for axis in (0, 1)) < _LEAST:
        return None
    centre = middle[seen].mean(axis=0)
    near = (middle - centre) / 100
    rows = np.concatenate([across * near[:, :1], across * near[:, 1:], across], axis=1)
    solved: Array = np.zeros(6)
    off: Array = np.zeros(len(lines.at))
    for _ in range(5):
        weight = seen / (1 + (off / 0.5) ** 2)
        design = np.concatenate((rows * weight[:, None], 0.05 * np.eye(6)[:4]))
        wanted = np.concatenate((measured.across * weight, np.zeros(4)))
        solved = np.asarray(np.linalg.lstsq(design, wanted, rcond=None)[0], np.float64)
        off = np.asarray(np.abs(measured.across - rows @ solved), np.float64)
    linear = np.column_stack((solved[0:2], solved[2:4])) / 100
    step = np.eye(3)
    step[:2, :2] += linear
    step[:2, 2] = solved[4:6] - linear @ centre
    return step


def _cut(line: Array) -> list[Array]:
    start, end, across = line
    count = max(1, int(np.ceil(np.abs(end - start).sum() / _PIECE)))
    ends = start + (end - start) * np.linspace(0, 1, count + 1)[:, None]
    return [np.stack((ends[k], ends[k + 1], across)) for k in range(count)]
