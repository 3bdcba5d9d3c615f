"""The geometry of a form as it is printed or measured, beside that of a template.

Reads a vector PDF (the outlines that it draws) or a JSON file of measured rectangles. Photos are `ocr`'s.
"""

import ctypes
import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from msgspec import Struct
from numpy.typing import NDArray

from election.errors import Rejected
from election.form import Form, Page, Rect

TOLERANCE = 0.1
"""Millimetres a mark may lie off its template."""

DETECTED = 0.5
"""The same for tags in a JSON file: measured there by a detector in pixels, not read from outlines."""

KINDS = ("tag", "square", "box", "bubble")

_MM = 25.4 / 72


class Unmeasurable(Rejected):
    """The file is neither a PDF nor a JSON file of rectangles."""

    code: ClassVar[str] = "form.unmeasurable"
    advice: ClassVar[dict[str, str]] = {
        "id": "{file} bukan PDF atau JSON geometri yang dapat dibaca.",
        "en": "{file} is neither a PDF nor a geometry JSON that can be read.",
    }


class Mark(Struct, frozen=True):
    """One mark of the template and the nearest one measured."""

    page: int
    kind: str  # box, bubble, square or tag
    name: str
    off: float  # mm, of the worst of its four sides; infinite where the page measured has no mark at all
    within: bool


class Comparison(Struct, frozen=True):
    """A template beside a file."""

    marks: tuple[Mark, ...]
    spare: tuple[str, ...] = ()  # what a JSON file has and the template does not; a PDF draws much else

    @property
    def holds(self) -> bool:
        """Every mark lies where the template says, and the file has no other box."""
        return not self.spare and all(mark.within for mark in self.marks)

    def worst(self, kind: str) -> float:
        """mm, of the worst mark of a kind; 0 where there is none."""
        return max((mark.off for mark in self.marks if mark.kind == kind), default=0.0)


def compare(form: Form, path: Path) -> Comparison:
    """A template beside the geometry in a file.

    Raises:
        Unmeasurable: the file cannot be read as PDF or geometry.
    """
    if path.suffix.lower() == ".json":
        return _beside_json(form, path)
    try:
        return compare_pdf(form, path.read_bytes())
    except (pypdfium2.PdfiumError, OSError) as error:
        raise Unmeasurable(file=path.name) from error


def compare_pdf(form: Form, pdf: bytes) -> Comparison:
    """A template beside the outlines of a vector PDF. Raises pypdfium2.PdfiumError where it is none."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return Comparison(_beside(form, [_outlines(page) for page in document]))
    finally:
        document.close()


def _beside(form: Form, measured: list[NDArray[np.float64]], tag: float = TOLERANCE) -> tuple[Mark, ...]:
    marks = []
    for page in form.pages:
        there = measured[page.number - 1] if page.number <= len(measured) else np.empty((0, 4))
        for kind, name, rect in marks_of(page):
            off = float(np.abs(there - np.array(rect)).max(1).min()) if len(there) else float("inf")
            marks.append(Mark(page.number, kind, name, off, off <= (tag if kind == "tag" else TOLERANCE)))
    return tuple(marks)


def marks_of(page: Page) -> Iterator[tuple[str, str, Rect]]:
    """Every mark of a page that can be measured: kind, name, rectangle."""
    for tag in page.tags:
        yield "tag", str(tag.id), tag.rect
    for k, rect in enumerate(rect for mark in page.marks for rect in mark.squares):
        yield "square", str(k), rect
    for field in page.fields:
        for place, box in enumerate(field.boxes):
            yield "box", f"{field.name}[{place}]", box
        for place, column in enumerate(field.bubbles):
            for digit, bubble in enumerate(column):
                yield "bubble", f"{field.name}[{place}]={digit}", bubble


def _outlines(page: pypdfium2.PdfPage) -> NDArray[np.float64]:
    height = page.get_size()[1]
    bounds = []
    for item in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_PATH,), max_depth=4):
        for points in _subpaths(item):
            (x0, y0), (x1, y1) = points.min(0), points.max(0)
            bounds.append((x0 * _MM, (height - y1) * _MM, x1 * _MM, (height - y0) * _MM))
    return np.array(bounds).reshape(-1, 4)


def _subpaths(item: pypdfium2.PdfObject) -> Iterator[NDArray[np.float64]]:
    """The points of each closed or open line of a path. A circle's Bézier handles lie upon its bounds."""
    matrix = item.get_matrix()
    points: list[tuple[float, float]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for k in range(pdfium.FPDFPath_CountSegments(item)):
        segment = pdfium.FPDFPath_GetPathSegment(item, k)
        if points and pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO:
            yield np.array(points)
            points = []
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        points.append(matrix.on_point(x.value, y.value))
    if points:
        yield np.array(points)


def _beside_json(form: Form, path: Path) -> Comparison:
    """Every list of four numbers below `pages[i]` is a rectangle, whatever the keys above it are called."""
    try:
        pages = json.loads(path.read_bytes())["pages"]
        measured = [np.array(list(_rects(page))).reshape(-1, 4) for page in pages]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unmeasurable(file=path.name) from error
    return Comparison(_beside(form, measured, DETECTED), tuple(_spare(form, measured)))


def _spare(form: Form, measured: list[NDArray[np.float64]]) -> Iterator[str]:
    for number, there in enumerate(measured, 1):
        known = [rect for page in form.pages if page.number == number for _, _, rect in marks_of(page)]
        for rect in there:
            if not known or np.abs(np.array(known) - rect).max(1).min() > DETECTED:
                yield f"page {number}: {rect.round(2).tolist()}"


def _rects(node: object) -> Iterator[list[float]]:
    if isinstance(node, dict):
        node = list(node.values())
    if not isinstance(node, list):
        return
    if len(node) == 4 and all(isinstance(value, int | float) for value in node):
        yield node
        return
    for item in node:
        yield from _rects(item)
