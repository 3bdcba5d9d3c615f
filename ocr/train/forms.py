"""Training boxes from our own forms: drawn, filled by invented writers, photographed, cut as the reader cuts them."""

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.form import Form, Rect
from election.scores import CLASSES
from ocr import boxes
from ocr.guard import gray
from paper import specimen

MARKS = {"-": "dash", " ": "blank"}
"""What `paper` calls two of the classes."""


class Boxes(Struct, frozen=True):
    """Pictures uint8[n, 32, 32], grey as photographed, and classes int64[n] (index into `CLASSES`)."""

    pictures: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]


def label(mark: str) -> int:
    """Index of a mark of `paper` among the classes."""
    return CLASSES.index(MARKS.get(mark, mark))


def cut(form: Form, page: int, rng: np.random.Generator, hardness: float) -> Boxes:
    """Every box of one photographed page, a few times, as if registration had been a little off."""
    taken = specimen.sample(form, page, rng, hardness)
    photo = gray(taken.jpeg)
    places, labels = [], []
    for field in form.page(page).fields:
        for place, mark in zip(field.boxes, taken.labels[field.name], strict=True):
            places.append(_shifted(place, rng))
            labels.append(label(mark))
    pictures = boxes.sample(photo, taken.homography, places)
    return Boxes(pictures.astype(np.uint8), np.array(labels))


def _shifted(place: Rect, rng: np.random.Generator) -> Rect:
    """The rectangle as a registration that is off by half a millimetre would have it."""
    dx, dy = rng.normal(0, 0.5, 2)
    grow = rng.normal(0, 0.3)
    return Rect(place.x0 + dx - grow, place.y0 + dy - grow, place.x1 + dx + grow, place.y1 + dy + grow)


def many(form: Form, pages: dict[int, int], seed: int, harder: float = 0.0) -> Boxes:
    """Boxes of `pages` (page → how many photos of it), hardness 0.1 to 0.9."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    parts = [
        cut(form, page, rng, float(rng.uniform(0.1 + harder, 0.9)))
        for page, count in pages.items()
        for _ in range(count)
    ]
    return Boxes(np.concatenate([p.pictures for p in parts]), np.concatenate([p.labels for p in parts]))
