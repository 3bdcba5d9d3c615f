"""All that one page shows in the places where something is written: cut out, not yet read.

Every box of the page and the two boxes of every tally row's sum are pictures for the network, in one array; bubbles
are judged here, since each is read against its own page. Which classes the pictures show is for `digits`.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.form import Field, Rect, Tally
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
    page = found.page
    shift = dict(zip((field.name for field in page.fields), where, strict=True))
    marked = tuple(field for field in page.fields if field.bubbles)
    places = [_moved(field.boxes, shift[field.name]) for field in page.fields]
    places += [_moved([box for row in t.sum_boxes for box in row], shift[t.field]) for t in page.tallies]
    return Pictures(
        form=form,
        page=page.number,
        fields=page.fields,
        tallies=page.tallies,
        boxes=boxes.sample(photo, found.homography, boxes.fitted(photo, found.homography, np.concatenate(places))),
        bubbles=_bubbles(photo, found.homography, marked, shift),
    )


def _moved(places: Sequence[Rect], shift: Array) -> Array:
    """Rectangles moved by (dx, dy) mm, float64[n, 4]."""
    return np.asarray(places, np.float64) + np.concatenate((shift, shift))


def _bubbles(photo: Gray, homography: Array, fields: tuple[Field, ...], shift: dict[str, Array]) -> dict[str, Array]:
    """What the bubbles of each field say; every number has as many columns of them."""
    if not fields:
        return {}
    circles = np.asarray([field.bubbles for field in fields], np.float64)
    circles += np.tile([shift[field.name] for field in fields], 2)[:, None, None]
    said = bubbles.likelihoods(bubbles.darkness(photo, homography, circles))
    return {field.name: columns for field, columns in zip(fields, said, strict=True)}


def shifts(photo: Gray, found: Registration) -> Array:
    """How far each field of the page lies from where the homography has it: mm, float64[fields, 2]."""
    return align.shifts(photo, found.homography, found.page.fields)
