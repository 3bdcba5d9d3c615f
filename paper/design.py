"""A page of our own design, drawn from what its template says: nothing here knows a contest."""

from election.form import Field, Page, Rect

from . import furniture
from .canvas import BOLD, GREY, ITALIC, REGULAR, Canvas

THICK, THIN = 0.8, 0.45
"""mm on the large form: outlines of tables and lines within them."""


def page(canvas: Canvas, page: Page) -> None:
    """What a page prints besides the furniture of every form: frames, texts, numbers, tallies, signatures."""
    for frame in page.frames:
        _frame(canvas, frame)
    for text in page.texts:
        canvas.text(text.at, text.text, text.size, BOLD if text.bold else REGULAR, text.align, width=text.width)
    for tally in page.tallies:
        furniture.tally(canvas, tally)
        canvas.frame(tally.cells, THIN * canvas.unit)
        canvas.frame(tally.sums, THIN * canvas.unit)
    for field in page.fields:
        furniture.boxes(canvas, field)
        if field.words:
            _words(canvas, field, field.words)
    for name, row in zip(("KPPS", "SAKSI DAN PENGAWAS"), page.signatures, strict=False):
        _signatures(canvas, name, row)


def _frame(canvas: Canvas, frame: Rect) -> None:
    """A table, or a line where it has no width or no height. Low ones are heads, and shaded."""
    if not frame.width or not frame.height:
        canvas.line([(frame.x0, frame.y0), (frame.x1, frame.y1)], THIN * canvas.unit)
        return
    if frame.height < 17 * canvas.unit and frame.width > 300 * canvas.unit:
        canvas.solid(frame, 0.93)
    canvas.frame(frame, THICK * canvas.unit)


def _words(canvas: Canvas, field: Field, rect: Rect) -> None:
    """Dotted lines to write the number upon in words."""
    u = canvas.unit
    lines = max(1, int(rect.height // (11 * u)))
    for k in range(lines):
        y = rect.y1 - u - k * rect.height / lines
        canvas.dots([(rect.x0, y), (rect.x1, y)], 0.4 * u, 1.6 * u, GREY)
    if lines > 1:
        canvas.text((rect.x0, rect.y0 + 3 * u), "dengan huruf:", 3.4 * u, ITALIC, ink=GREY)


def _signatures(canvas: Canvas, name: str, row: tuple[Rect, ...]) -> None:
    u = canvas.unit
    whole = Rect(row[0].x0, row[0].y0 - 9 * u, row[-1].x1, row[0].y1)
    canvas.solid(Rect(whole.x0, whole.y0, whole.x1, row[0].y0), 0.93)
    canvas.text((whole.centre[0], row[0].y0 - 2.8 * u), f"{name}: NAMA DAN TANDA TANGAN", 4.4 * u, BOLD, "centre")
    for k, cell in enumerate(row):
        canvas.frame(cell, THIN * u)
        canvas.text((cell.x0 + 2.5 * u, cell.y0 + 6.5 * u), f"{k + 1}.", 4.6 * u, BOLD)
        canvas.dots([(cell.x0 + 4 * u, cell.y1 - 4 * u), (cell.x1 - 4 * u, cell.y1 - 4 * u)], 0.4 * u, 1.6 * u, GREY)
    canvas.frame(whole, THICK * u)
