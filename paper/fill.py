"""Filling a page: figures, bubbles, tallies, words, place and signatures, written by one invented writer.

The blank page comes from `sheet`, the handwriting from `hand`; photographing it lives in `photo`.
"""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

from election.form import Field, Form, Page, Rect, Tally, square

from . import hand, number, sheet
from .hand import Hand, Writer
from .ink import Ink
from .picture import Picture

VOID = "void"
"""Label of a box whose digit was struck out; the right one stands beside it."""

CORRECTION = 4.8
"""mm that a digit beside a struck one stands out above the box: rows of boxes are 5 mm apart."""


class Filled(Struct, frozen=True):
    """A filled page and the truth about it."""

    picture: Picture
    labels: dict[str, tuple[str, ...]]  # field -> what each box holds: 0..9, X, -, a space, or void
    bubbles: dict[str, tuple[int | None, ...]]  # field -> the blackened bubble of each column
    marks: dict[str, tuple[str, ...]]  # field -> what each tally-sum box holds, row after row: tens, ones

    @property
    def raster(self) -> NDArray[np.uint8]:
        """The page as BGR, shape (height, width, 3)."""
        return self.picture.bgr


def fill(
    form: Form,
    number: int,
    figures: Mapping[str, int | None],
    rng: Generator,
    writer: Writer | None = None,
    place: Mapping[str, str] | None = None,
    scale: float = sheet.SCALE,
) -> NDArray[np.uint8]:
    """The raster of `write`, where only the picture is wanted."""
    return write(form, number, figures, rng, writer, place, scale).raster


def write(
    form: Form,
    number: int,
    figures: Mapping[str, int | None],
    rng: Generator,
    writer: Writer | None = None,
    place: Mapping[str, str] | None = None,
    scale: float = sheet.SCALE,
    counted: Mapping[str, int | None] | None = None,
) -> Filled:
    """Fills one page.

    Args:
        form: the template.
        number: of the page, from 1.
        figures: field -> 0..999, or None (or absent) where the writer leaves it empty; other pages' are ignored.
        rng: decides everything else; the same state gives the same page.
        writer: whose hand; an invented one where None.
        place: any of provinsi, kabupaten, kecamatan, kelurahan, tps -> what to write there.
        scale: pixels per mm.
        counted: field -> what its tally counts, where that is another number than the one written.

    Raises:
        NotOnForm: there is no such page. NotWritable: a figure does not fit its boxes.
    """
    page = form.page(number)
    writer = writer or hand.invent(rng)
    blank = sheet.picture(form, number, scale)
    ink = Ink(blank.luma.shape, scale)
    pen = Hand(writer, ink, rng)
    written = {field.name: _number(pen, field, figures.get(field.name), rng) for field in page.fields}
    tallied = {**figures, **(counted or {})}
    marks = {tally.field: _tally(pen, tally, tallied.get(tally.field), rng) for tally in page.tallies}
    _head(pen, page, place or {})
    _sign(pen, page, rng)
    return Filled(
        ink.onto(blank, writer.ink),
        {name: labels for name, (labels, _) in written.items()},
        {name: bubbles for name, (_, bubbles) in written.items() if bubbles},
        marks,
    )


def _number(
    pen: Hand, field: Field, value: int | None, rng: Generator
) -> tuple[tuple[str, ...], tuple[int | None, ...]]:
    marks = number.marks(value, pen.writer.blank, pen.writer.zero)
    slip = int(rng.integers(len(marks))) if rng.random() < pen.writer.slips and value is not None else None
    labels = list(marks)
    for place, (mark, box) in enumerate(zip(marks, field.boxes, strict=True)):
        guide = sheet.guide(box) if field.guide else None
        if place == slip and mark.isdigit():
            _mistake(pen, mark, box, guide, rng)
            labels[place] = VOID
        else:
            pen.mark(mark, box, guide)
    bubbles = _bubbles(pen, field, marks, rng)
    if rng.random() < pen.writer.stray:
        last = field.boxes[-1]
        pen.stray(Rect(last.x1 + 1, last.y0, last.x1 + 5, last.y1 + 2))
    if field.words and value is not None:
        pen.text(number.words(value), field.words, height=min(9.0, max(field.words.height * 0.4, 5.2)))
    return tuple(labels), bubbles


def _mistake(pen: Hand, mark: str, box: Rect, guide: Rect | None, rng: Generator) -> None:
    """A wrong digit: struck out with the right one beside it, written over, or scribbled out."""
    pen.mark(str((int(mark) + int(rng.integers(1, 10))) % 10), box, guide)
    kind = rng.random()
    if 0.6 <= kind < 0.82:
        dx, dy = rng.choice([-0.1, 0.1], 2) * box.width
        pen.mark(mark, Rect(box.x0 + dx, box.y0 + dy, box.x1 + dx, box.y1 + dy))
        return
    if kind < 0.6:
        pen.strike(box)
    else:
        pen.blacken(box)
    # The gap between two rows of boxes lets a small digit stand above.
    pen.note(mark, square(box.x1 - CORRECTION, box.y0 - CORRECTION, CORRECTION, CORRECTION + 2))
    if rng.random() < 0.6:
        pen.initial(square(box.x0 + 1, box.y0 - CORRECTION, 8, CORRECTION))


def _bubbles(pen: Hand, field: Field, marks: tuple[str, ...], rng: Generator) -> tuple[int | None, ...]:
    """Blackens a bubble a column: that of the digit, 0 under a cross; an empty box often has none."""
    wrong = int(rng.integers(len(marks))) if rng.random() < pen.writer.bubble_slips else None
    chosen: list[int | None] = []
    for place, (mark, column) in enumerate(zip(marks, field.bubbles, strict=False)):
        skipped = mark == " " and (marks == (" ",) * 3 or rng.random() < 0.5)
        digit = None if skipped else (int(mark) if mark.isdigit() else 0)
        if digit is not None and place == wrong:
            digit = (digit + int(rng.choice([1, 9, int(rng.integers(1, 10))]))) % 10
        if digit is not None:
            pen.bubble(column[digit])
        chosen.append(digit)
    return tuple(chosen)


def _tally(pen: Hand, tally: Tally, count: int | None, rng: Generator) -> tuple[str, ...]:
    """Strokes, the sums of their rows, and a line through what stays empty; nothing where nothing was counted."""
    labels = [" "] * (2 * tally.rows)
    if count is None:
        return tuple(labels)
    pen.tally(tally.cells.split(tally.columns, tally.rows), count)
    in_row = tally.columns * tally.strokes
    counted = min(count, tally.capacity)
    used = -(-counted // in_row)
    for row in range(used):
        value = min(in_row, counted - row * in_row)
        if rng.random() < pen.writer.slips:
            value = max(1, value + int(rng.choice([-5, -1, 1, 5])))
        labels[2 * row : 2 * row + 2] = number.marks(value, pen.writer.blank)[1:]
    for k in range(2 * used, len(labels)):
        labels[k] = pen.writer.unused or " "
    for mark, box in zip(labels, (box for boxes in tally.sum_boxes for box in boxes), strict=True):
        pen.mark(mark, box)
    if used < tally.rows and rng.random() < 0.85:
        x0, y0, x1, y1 = tally.cells
        pen.cross_out(Rect(x0, y0 + used * (y1 - y0) / tally.rows, x1, y1))
    return tuple(labels)


def _head(pen: Hand, page: Page, place: Mapping[str, str]) -> None:
    for name, text in place.items():
        pen.text(text, getattr(page.place, name), height=6.5)


def _sign(pen: Hand, page: Page, rng: Generator) -> None:
    for row in page.signatures:
        for cell in row:
            if rng.random() < 0.93:
                pen.scribble(cell)
