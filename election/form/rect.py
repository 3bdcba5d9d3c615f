"""Rectangles on the paper, in millimetres from its top left corner: x to the right, y down."""

from itertools import product
from typing import NamedTuple


class Rect(NamedTuple):
    """A rectangle in mm: left, top, right, bottom."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Width in mm."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Height in mm."""
        return self.y1 - self.y0

    @property
    def centre(self) -> tuple[float, float]:
        """Centre (x, y) in mm."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def split(self, columns: int, rows: int = 1) -> tuple["Rect", ...]:
        """Equal cells, row after row."""
        w, h = self.width / columns, self.height / rows
        return tuple(square(self.x0 + c * w, self.y0 + r * h, w, h) for r, c in product(range(rows), range(columns)))

    def below(self, y: float) -> "Rect":
        """The same rectangle `y` mm further down."""
        return Rect(self.x0, round(self.y0 + y, 5), self.x1, round(self.y1 + y, 5))


def square(x: float, y: float, width: float, height: float | None = None) -> Rect:
    """The rectangle of a size at an origin, to a hundredth of a µm so that sums of pitches stay readable."""
    height = width if height is None else height
    return Rect(round(x, 5), round(y, 5), round(x + width, 5), round(y + height, 5))
