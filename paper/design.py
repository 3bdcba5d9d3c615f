"""A page of our own design, drawn from what its template says: nothing here knows a contest."""

from election.form import Field, Page, Rect

from . import furniture
from .canvas import BOLD, GREY, ITALIC, REGULAR, Canvas

THICK, THIN = 0.8, 0.45
"""mm: outlines of tables and lines within them."""


def page(canvas: Canvas, page: Page) -> None:
    """What a page prints besides the furniture of every form: frames, texts, numbers, tallies, signatures."""
    for frame in page.frames:
        _frame(canvas, frame)
    for text in page.texts:
        canvas.text(text.at, text.text, text.size, BOLD if text.bold else REGULAR, text.align, width=text.width)
    for tally in page.tallies:
        furniture.tally(canvas, tally)
        canvas.frame(tally.cells, THIN)
        canvas.frame(tally.sums, THIN)
    for field in page.fields:
        furniture.boxes(canvas, field)
        if field.words:
            _words(canvas, field, field.words)
    for name, row in zip(("KPPS", "SAKSI DAN PENGAWAS"), page.signatures, strict=False):
        _signatures(canvas, name, row)


def _frame(canvas: Canvas, frame: Rect) -> None:
    """A table, or a line where it has no width or no height. Low ones are heads, and shaded."""
    if not frame.width or not frame.height:
        canvas.line([(frame.x0, frame.y0), (frame.x1, frame.y1)], THIN)
        return
    if frame.height < 17 and frame.width > 300:
        canvas.solid(frame, 0.93)
    canvas.frame(frame, THICK)


def _words(canvas: Canvas, field: Field, rect: Rect) -> None:
    """Dotted lines to write the number upon in words."""
    lines = max(1, int(rect.height // 11))
    for k in range(lines):
        y = rect.y1 - 1 - k * rect.height / lines
        canvas.dots([(rect.x0, y), (rect.x1, y)], 0.4, 1.6, GREY)
    if lines > 1:
        canvas.text((rect.x0, rect.y0 + 3), "dengan huruf:", 3.4, ITALIC, ink=GREY)


def _signatures(canvas: Canvas, name: str, row: tuple[Rect, ...]) -> None:
    whole = Rect(row[0].x0, row[0].y0 - 9, row[-1].x1, row[0].y1)
    canvas.solid(Rect(whole.x0, whole.y0, whole.x1, row[0].y0), 0.93)
    canvas.text((whole.centre[0], row[0].y0 - 2.8), f"{name}: NAMA DAN TANDA TANGAN", 4.4, BOLD, "centre")
    for k, cell in enumerate(row):
        canvas.frame(cell, THIN)
        canvas.text((cell.x0 + 2.5, cell.y0 + 6.5), f"{k + 1}.", 4.6, BOLD)
        canvas.dots([(cell.x0 + 4, cell.y1 - 4), (cell.x1 - 4, cell.y1 - 4)], 0.4, 1.6, GREY)
    canvas.frame(whole, THICK)
