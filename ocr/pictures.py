"""All that one page shows in the places where something is written: cut out, not yet read.

Every box of the page and the two boxes of every tally row's sum are pictures for the network, in one array; bubbles
are judged here, since each is read against its own page. Which classes the pictures show is for `digits`.
"""

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.form import Field, Page, Tally
from election.scores import CLASSES, SUM_BOXES, FieldScores, PageScores
from ocr import align, boxes, bubbles
from ocr.guard import Gray
from ocr.register import Registration

Array = npt.NDArray[np.float64]


class Pictures(Struct, frozen=True):
    """A page, cut out: `boxes` uint8[n, 32, 32], those of the fields first, then those of the tally rows' sums."""

    form: str
    page: int
    fields: tuple[Field, ...]
    tallies: tuple[Tally, ...]
    boxes: npt.NDArray[np.uint8]
    bubbles: dict[str, Array]  # field -> log-likelihoods float64[columns, 10]

    def scored(self, likelihoods: Array) -> PageScores:
        """The page's scores, from log-likelihoods float64[n, 14] of the classes of each of `boxes`."""
        packed = FieldScores.of(likelihoods).boxes  # one array is quantised in a tenth of the time of its parts
        counts = [len(field.boxes) for field in self.fields] + [SUM_BOXES * tally.rows for tally in self.tallies]
        ends = (len(CLASSES) * np.cumsum([0, *counts])).tolist()
        parts = [packed[start:end] for start, end in pairwise(ends)]
        rows = dict(zip((tally.field for tally in self.tallies), parts[len(self.fields) :], strict=True))
        scores = {
            field.name: FieldScores(part, self._bubbles(field.name), rows.get(field.name, b""))
            for field, part in zip(self.fields, parts, strict=False)
        }
        return PageScores(self.form, self.page, scores)

    def _bubbles(self, field: str) -> bytes:
        columns = self.bubbles.get(field)
        return b"" if columns is None else FieldScores.of((), columns).bubbles


def cut(photo: Gray, found: Registration, form: str, where: Array) -> Pictures:
    """Cut a page out. `where`: how far each of its fields lies from where the homography has it, mm, [fields, 2]."""
    page, places, shift = found.page, _places(found.page), np.concatenate((where, where), axis=1)
    there = places.boxes + shift[places.owner]
    return Pictures(
        form=form,
        page=page.number,
        fields=page.fields,
        tallies=page.tallies,
        boxes=boxes.sample(photo, found.homography, boxes.fitted(photo, found.homography, there)),
        bubbles=_bubbles(photo, found, places, shift),
    )


class _Places(NamedTuple):
    """Where a page is written on, mm: its fields' boxes, then those of the sums, float64[n, 4], and whose field each
    is; the fields that have bubbles, and these, float64[marked, columns, 10, 4]."""

    boxes: Array
    owner: npt.NDArray[np.int64]
    marked: npt.NDArray[np.int64]
    bubbles: Array


@lru_cache(maxsize=64)
def _places(page: Page) -> _Places:
    number = {field.name: n for n, field in enumerate(page.fields)}
    whose = [(box, n) for n, field in enumerate(page.fields) for box in field.boxes]
    whose += [(box, number[tally.field]) for tally in page.tallies for row in tally.sum_boxes for box in row]
    marked = [n for n, field in enumerate(page.fields) if field.bubbles]
    return _Places(
        np.array([box for box, _ in whose], np.float64).reshape(-1, 4),
        np.array([n for _, n in whose], np.int64),
        np.array(marked, np.int64),
        np.array([page.fields[n].bubbles for n in marked], np.float64),
    )


def _bubbles(photo: Gray, found: Registration, places: _Places, shift: Array) -> dict[str, Array]:
    """What the bubbles of each field say; every number has as many columns of them."""
    if not len(places.marked):
        return {}
    circles = places.bubbles + shift[places.marked, None, None]
    said = bubbles.likelihoods(bubbles.darkness(photo, found.homography, circles))
    return {found.page.fields[n].name: columns for n, columns in zip(places.marked.tolist(), said, strict=True)}


def shifts(photo: Gray, found: Registration) -> Array:
    """How far each field of the page lies from where the homography has it: mm, float64[fields, 2]."""
    return align.shifts(photo, found.homography, found.page.fields)
