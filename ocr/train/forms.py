"""Training boxes from our own forms: drawn, filled by invented writers, photographed, with what lies around them."""

import math

import cv2
import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election import form
from election.contest import Candidate, Choice, Contest
from election.form import Form, Rect
from election.scores import CLASSES
from ocr import boxes
from ocr.guard import Gray, gray
from paper import hand, specimen

SCENE = 64
"""Pixels a side of a box with its surroundings: the box is the middle half of it."""

AROUND = 0.5
"""Of a box's side, how much of its surroundings a scene shows."""

PAGES = (
    ("c_hasil_ppwp_2024", 1, 0.2),
    ("c_hasil_ppwp_2024", 2, 0.25),
    ("c_hasil_ppwp_2024", 3, 0.1),
    ("c1_ppwp_2019", 1, 0.1),
    ("c1_ppwp_2019", 2, 0.1),
    ("c_hasil_pdpr", 1, 0.05),
    ("c_hasil_pdpr", 2, 0.1),
    ("c_hasil_pkwkp", 2, 0.1),
)
"""Which page of which template makes up how much of what is drawn."""

SLIPS = 0.02
"""Chance that a number has a struck-out digit: higher than in life, too."""

MARKS = {"-": "dash", " ": "blank"}
"""What `paper` calls two of the classes."""


class Boxes(Struct, frozen=True):
    """Pictures uint8[n, side, side], grey as photographed, and classes int64[n] (index into `CLASSES`)."""

    pictures: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]

    def where(self, keep: npt.NDArray[np.generic]) -> "Boxes":
        """Those that a mask or a list of rows picks."""
        return Boxes(self.pictures[keep], self.labels[keep])


def joined(parts: list[Boxes]) -> Boxes:
    """All of them, in order."""
    return Boxes(np.concatenate([p.pictures for p in parts]), np.concatenate([p.labels for p in parts]))


def label(mark: str) -> int:
    """Index of a mark of `paper` among the classes."""
    return CLASSES.index(MARKS.get(mark, mark))


class Page(Struct, frozen=True):
    """One photographed page: its boxes, and some places where no box is."""

    photo: Gray
    truth: specimen.Specimen
    places: list[Rect]
    labels: list[int]
    elsewhere: list[Rect]

    def scenes(self) -> Boxes:
        """The boxes with their surroundings, uint8[n, 64, 64]."""
        return Boxes(self._cut(self.places, SCENE, AROUND), np.array(self.labels, np.int64))

    def strange(self) -> npt.NDArray[np.uint8]:
        """What stands where no box is: print, bubbles, strokes of a tally; uint8[n, 64, 64]."""
        return self._cut(self.elsewhere, SCENE, AROUND)

    def seen(self, rng: np.random.Generator) -> Boxes:
        """The boxes as the reader cuts them, by a registration that is half a millimetre off."""
        off = [_shifted(place, rng) for place in self.places]
        return Boxes(self._cut(off, boxes.SIDE, boxes.MARGIN), np.array(self.labels, np.int64))

    def _cut(self, places: list[Rect], side: int, margin: float) -> npt.NDArray[np.uint8]:
        """Each place through a plane of its own, for paper is not flat."""
        parts = [np.zeros((0, side, side), np.uint8)]
        for place in places:
            plane = _plane(self.truth, place)
            parts.append(boxes.sample(self.photo, plane, boxes.fitted(self.photo, plane, [place]), side, margin))
        return np.concatenate(parts)


def _plane(truth: specimen.Specimen, place: Rect) -> npt.NDArray[np.float64]:
    """The homography that maps one place of the sheet, mm, to where the photo shows it."""
    corners = np.array([[place.x0, place.y0], [place.x1, place.y0], [place.x1, place.y1], [place.x0, place.y1]])
    seen = truth.where(corners).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners.astype(np.float32), seen), np.float64)


def page(sheet_of: Form, number: int, rng: np.random.Generator, hardness: float) -> Page:
    """A photographed page of a form, filled by a writer of its own; boxes that the photo cuts off are left out."""
    taken = specimen.sample(sheet_of, number, rng, hardness, writer=_writer(rng))
    sheet = sheet_of.page(number)
    marked = [(f.boxes, taken.labels[f.name]) for f in sheet.fields]
    marked += [(tuple(box for row in t.sum_boxes for box in row), taken.marks[t.field]) for t in sheet.tallies]
    pairs = [pair for row, marks in marked for pair in zip(row, marks, strict=True) if _shown(taken, pair[0])]
    places, labels = [place for place, _ in pairs], [label(mark) for _, mark in pairs]
    return Page(gray(taken.jpeg), taken, places, labels, _elsewhere(sheet_of, places, rng))


def _writer(rng: np.random.Generator) -> hand.Writer:
    """Somebody; with a slash through the 0 more often than in life, so that it is learnt."""
    writer = hand.invent(rng, SLIPS)
    return msgspec.structs.replace(writer, zero_struck=writer.zero_struck or bool(rng.random() < 0.08))


def _shown(taken: specimen.Specimen, place: Rect) -> bool:
    """Whether the whole box lies in the photo."""
    seen = taken.where(
        np.array([[place.x0, place.y0], [place.x1, place.y1], [place.x0, place.y1], [place.x1, place.y0]])
    )
    return bool((seen >= 0).all() and (seen < taken.size).all())


def _elsewhere(sheet_of: Form, places: list[Rect], rng: np.random.Generator, count: int = 10) -> list[Rect]:
    """Squares, some smaller and some larger than a box, that touch no box."""
    width, height = sheet_of.page_size_mm
    found: list[Rect] = []
    while len(found) < count:
        side = float(rng.uniform(0.01, 0.04)) * width
        x, y = float(rng.uniform(0.08, 0.9)) * width, float(rng.uniform(0.08, 0.9)) * height
        if all(x > p.x1 or x + side < p.x0 or y > p.y1 or y + side < p.y0 for p in places):
            found.append(Rect(x, y, x + side, y + side))
    return found


def _shifted(place: Rect, rng: np.random.Generator) -> Rect:
    """The rectangle as a registration that is off by a fortieth of its width would have it."""
    dx, dy = rng.normal(0, 0.025, 2) * place.width
    grow = rng.normal(0, 0.015) * place.width
    return Rect(place.x0 + dx - grow, place.y0 + dy - grow, place.x1 + dx + grow, place.y1 + dy + grow)


def photographed(seed: int, count: int) -> list[Page]:
    """`count` photos and a few, hardness 0.1 to 0.9, of the pages in `PAGES`, in turn."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    sheets = {name: form.load(name, _ballot(name)) for name, _, _ in PAGES}
    turns = [(name, number) for name, number, weight in PAGES for _ in range(math.ceil(weight * count))]
    return [page(sheets[name], number, rng, float(rng.uniform(0.1, 0.9))) for name, number in turns]


def _ballot(name: str) -> Contest:
    """A ballot of two choices, for the templates that follow one; of one party, where there is a page a party."""
    key = name.split("_")[2]
    if key.startswith("pdpr"):
        candidates = tuple(Candidate(f"1.{n}", n, f"{n}") for n in range(1, 9))
        return Contest(key, (Choice("1", 1, "1", candidates=candidates),), name)
    return Contest(key, tuple(Choice(f"{n}", n, f"{n}") for n in (1, 2)), name)
