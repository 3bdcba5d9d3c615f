"""A drawing surface in millimetres from the top left, over reportlab. What is drawn on it lives in `sheet`."""

from collections.abc import Iterable
from io import BytesIO
from typing import Literal

from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas as PdfCanvas

from election.form import Rect

Align = Literal["left", "centre", "right"]
REGULAR, BOLD, ITALIC = "Helvetica", "Helvetica-Bold", "Helvetica-Oblique"
BLACK, GREY, PALE = 0.1, 0.55, 0.8
"""Ink, from 0 (black) to 1 (paper)."""


class Canvas:
    """A PDF whose coordinates are those of the form templates."""

    def __init__(self, size: tuple[float, float], title: str) -> None:
        self._bytes = BytesIO()
        self._height = size[1]
        self.unit = size[0] / 600
        """What a millimetre of the large form is on this paper: type, lines and margins go with the sheet."""
        # `invariant` leaves out dates and random ids: the same form is the same file.
        self._pdf = PdfCanvas(self._bytes, pagesize=(size[0] * mm, size[1] * mm), invariant=1)
        self._pdf.setTitle(title)
        self._pdf.setAuthor("Suara")

    def page(self) -> None:
        """Ends the page."""
        self._pdf.showPage()

    def save(self) -> bytes:
        """The finished PDF."""
        self._pdf.save()
        return self._bytes.getvalue()

    def frame(self, rect: Rect, width: float = 0.5, ink: float = BLACK) -> None:
        """The outline of a rectangle; `width` of the line in mm."""
        self._stroke(width, ink)
        self._pdf.rect(rect.x0 * mm, self._up(rect.y1), rect.width * mm, rect.height * mm, stroke=1, fill=0)

    def solid(self, rect: Rect, ink: float = BLACK) -> None:
        """A filled rectangle."""
        self._pdf.setFillGray(ink)
        self._pdf.rect(rect.x0 * mm, self._up(rect.y1), rect.width * mm, rect.height * mm, stroke=0, fill=1)

    def circle(self, rect: Rect, width: float = 0.35, ink: float = BLACK, fill: bool = False) -> None:
        """The circle inscribed in a square."""
        self._stroke(width, ink)
        self._pdf.setFillGray(ink)
        x, y = rect.centre
        self._pdf.circle(x * mm, self._up(y), rect.width / 2 * mm, stroke=1, fill=int(fill))

    def line(self, points: Iterable[tuple[float, float]], width: float = 0.5, ink: float = BLACK) -> None:
        """An open line through points."""
        self._stroke(width, ink)
        path = self._pdf.beginPath()
        for k, (x, y) in enumerate(points):
            (path.lineTo if k else path.moveTo)(x * mm, self._up(y))
        self._pdf.drawPath(path)

    def dots(self, points: list[tuple[float, float]], size: float = 0.6, gap: float = 2.0, ink: float = BLACK) -> None:
        """A dotted line through points: round dots of `size`, `gap` mm apart."""
        self._pdf.saveState()
        self._pdf.setLineCap(1)
        self._pdf.setDash([0, gap * mm])
        self.line(points, size, ink)
        self._pdf.restoreState()

    def text(
        self,
        at: tuple[float, float],
        text: str,
        size: float = 5.5,
        font: str = REGULAR,
        align: Align = "left",
        ink: float = BLACK,
        width: float | None = None,
    ) -> None:
        """One line of text on its baseline; `size` of the font in mm, smaller where it would be longer than `width`."""
        self._pdf.setFillGray(ink)
        if width is not None:
            size *= min(1.0, width * mm / max(1e-9, stringWidth(text, font, size * mm)))
        self._pdf.setFont(font, size * mm)
        draw = {
            "left": self._pdf.drawString,
            "centre": self._pdf.drawCentredString,
            "right": self._pdf.drawRightString,
        }[align]
        draw(at[0] * mm, self._up(at[1]), text)

    def _stroke(self, width: float, ink: float) -> None:
        self._pdf.setStrokeGray(ink)
        self._pdf.setLineWidth(width * mm)

    def _up(self, y: float) -> float:
        return (self._height - y) * mm
