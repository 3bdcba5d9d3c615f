"""Printed outlines: which lines a page has. By where `lines` finds them in a photo a placement is checked, made exact,
and told from that of another page.
"""

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from election.form import Form, Page
from ocr.guard import Gray
from ocr.lines import REACH, Lines, Measured, measure
from ocr.plane import Matrix, Points, project

CLOSE: Final = 1.0
"""A line within so many mm of its place is where it should be."""

AGREE: Final = 0.7
"""By how many mm the two sides of a box may differ."""

_BESIDE = 3.4  # mm beside a line, where none is printed
_ROUNDS = 4
_ENOUGH = 14  # boxes, and pieces of frames
_LEAST = 12  # lines that a correction must rest on

Array = npt.NDArray[np.float64]


@lru_cache(maxsize=64)
def boxes(page: Page) -> Lines:
    """The sides of every box of the page, field after field."""
    return Lines.around([box for field in page.fields for box in field.boxes])


@lru_cache(maxsize=64)
def centres(page: Page) -> Points:
    """Those of all its boxes, mm."""
    return np.array([box.centre for field in page.fields for box in field.boxes])


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
    moved = lines.moved(_BESIDE * lines.at[:, 2])
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
