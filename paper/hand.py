"""Handwriting: a writer's habits, and characters, bubbles, tally strokes and scribbles as that writer draws them.

Where on a form a writer writes what lives in `fill`; the shapes themselves are in `glyphs`.
"""

from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

from election.form import Rect

from .glyphs import CROSS, DASH, DIGITS, LETTERS, NARROW, SEGMENTS, Shape
from .ink import Ink

INKS: tuple[tuple[int, int, int], ...] = ((46, 38, 36), (30, 26, 26), (140, 52, 30), (168, 70, 38), (110, 40, 36))
"""BGR of markers and ballpoints: black, black, blue, lighter blue, dark blue."""

POINTS = 6  # sampled points between two control points


class Writer(Struct, frozen=True):
    """What stays the same while one person fills a form."""

    slant: float  # shear, to the right
    size: float  # height of a digit against its box
    aspect: float  # width of a digit against its height
    jitter: float  # how far control points stray from one character to the next, in parts of the character
    style: int  # seed of what is the writer's own in every shape, the same on each page
    tilt: float  # radians
    pen: float  # mm
    ink: tuple[int, int, int]
    habits: tuple[int, ...]  # the shape of each digit 0..9
    follows_guide: bool  # writes along the dotted seven segments
    boxed: bool  # writes angular digits where there is no guide, too
    blank: str  # what fills leading boxes: "X", "-", "" or "0"
    zero: str  # a number that is zero: "all" boxes crossed, or the "last" one a 0
    bubble: str  # "full", "scribble" or "dot"
    slips: float  # chance that a number has a struck-out digit


def invent(rng: Generator, slips: float = 0.004) -> Writer:
    """A writer; `slips` is the chance that a number has a struck-out digit."""
    guided = bool(rng.random() < 0.4)
    return Writer(
        slant=float(rng.normal(0.08, 0.12)),
        size=float(rng.uniform(0.5, 0.9)),
        aspect=float(rng.uniform(0.46, 0.78)),
        jitter=float(rng.uniform(0.012, 0.042)),
        style=int(rng.integers(2**31)),
        tilt=float(rng.normal(0, 0.035)),
        pen=float(rng.choice([0.7, 0.9, 1.2, 1.6, 2.1], p=[0.3, 0.33, 0.22, 0.1, 0.05])),
        ink=INKS[int(rng.choice(len(INKS), p=[0.3, 0.2, 0.2, 0.15, 0.15]))],
        habits=tuple(int(rng.integers(len(DIGITS[str(d)]))) for d in range(10)),
        follows_guide=guided,
        boxed=guided and bool(rng.random() < 0.4),
        blank=str(rng.choice(["X", "-", "", "0"], p=[0.62, 0.14, 0.1, 0.14])),
        zero=str(rng.choice(["all", "last"], p=[0.6, 0.4])),
        bubble=str(rng.choice(["full", "scribble", "dot"], p=[0.55, 0.37, 0.08])),
        slips=slips,
    )


class Hand:
    """A writer at work with a pen on one page."""

    def __init__(self, writer: Writer, ink: Ink, rng: Generator) -> None:
        self.writer = writer
        self._ink = ink
        self._rng = rng

    def mark(self, mark: str, box: Rect, guide: Rect | None = None) -> None:
        """Writes what a digit box holds: `0`..`9`, `X`, `-`, or a blank, which is nothing.

        Args:
            mark: what to write.
            box: where.
            guide: the dotted figure inside the box, where it has one.
        """
        if mark == "X":
            self._draw(CROSS[int(self._rng.random() < 0.3)], _shrunk(box, self._rng.uniform(0.62, 0.95)))
        elif mark == "-":
            self._draw(DASH, _shrunk(box, self._rng.uniform(0.4, 0.7)))
        elif mark.isdigit():
            self._digit(mark, box, guide)

    def note(self, digit: str, area: Rect) -> None:
        """A small digit that fills `area`, as a correction beside a box."""
        self._draw(self._habit(digit), _shrunk(area, 0.92), pen=min(self.writer.pen, 0.8))

    def strike(self, box: Rect) -> None:
        """Crosses out what a box holds: two to four strokes through it."""
        for _ in range(int(self._rng.integers(2, 5))):
            y = self._rng.uniform(0.25, 0.75, 2) * box.height + box.y0
            self._pull(np.array([[box.x0 + 1, y[0]], [box.x1 - 1, y[1]]]), False)

    def _digit(self, digit: str, box: Rect, guide: Rect | None) -> None:
        writer, rng = self.writer, self._rng
        if guide is not None and writer.follows_guide:
            self._draw(SEGMENTS[digit], guide, loose=0.5, slanted=False)
            return
        height = box.height * writer.size * rng.normal(1, 0.06)
        width = height * writer.aspect * rng.normal(1, 0.08) * NARROW.get(digit, 1)
        x, y = np.array(box.centre) + rng.normal(0, 0.055, 2) * box.width
        area = Rect(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        if writer.boxed:
            self._draw(SEGMENTS[digit], area)
            return
        shapes = DIGITS[digit]
        habit = writer.habits[int(digit)] if rng.random() < 0.93 else int(rng.integers(len(shapes)))
        self._draw(shapes[habit], area)

    def bubble(self, rect: Rect) -> None:
        """Blackens a bubble, in the writer's way."""
        rng, (x, y) = self._rng, rect.centre
        x, y = x + rng.normal(0, 0.25), y + rng.normal(0, 0.25)
        if self.writer.bubble == "scribble":
            turns = np.linspace(-1, 1, 15)
            reach = np.sqrt(1 - (turns * 0.92) ** 2) * np.where(np.arange(15) % 2, 1, -1)
            lines = np.stack((x + turns * 3.4, y + reach * 3.4), axis=1) + rng.normal(0, 0.25, (15, 2))
            self._pull(lines, False, max(self.writer.pen, 0.9))
            return
        radius = 3.9 if self.writer.bubble == "full" else 2.5
        angles = np.linspace(0, 2 * np.pi, 17)[:-1]
        reach = radius * rng.normal(1, 0.07, 16)
        self._ink.blot(np.stack((x + np.cos(angles) * reach, y + np.sin(angles) * reach), axis=1), 0.94)

    def tally(self, cells: tuple[Rect, ...], count: int) -> None:
        """Strokes of five in each cell, until `count` is reached: four upright, the fifth across."""
        full, rest = divmod(min(count, 5 * len(cells)), 5)
        lines = [line for k, cell in enumerate(cells[: full + 1]) for line in _five(cell, 5 if k < full else rest)]
        if lines:
            strokes = np.array(lines) + self._rng.normal(0, 0.35, (len(lines), 2, 2))
            for line in strokes:
                self._ink.stroke(line, self.writer.pen * 0.8, 0.92)

    def cross_out(self, rect: Rect) -> None:
        """Strikes an unused area, by a Z or one diagonal."""
        x0, y0, x1, y1 = rect
        z = [[x0 + 3, y0 + 3], [x1 - 3, y0 + 3], [x0 + 3, y1 - 3], [x1 - 3, y1 - 3]]
        line = z if self._rng.random() < 0.5 else z[1:3]
        self._pull(np.array(line) + self._rng.normal(0, 1.2, (len(line), 2)), False)

    def text(self, text: str, rect: Rect, height: float) -> None:
        """Capitals and digits from the left of `rect`, over as many lines as they need; letters `height` mm high.

        Letters shrink until the text fits. Characters without a shape are left out.
        """
        lines, height = _fitted(text.upper(), rect, height)
        advance = height * self.writer.aspect
        for row, line in enumerate(lines):
            x, y = rect.x0 + 1, rect.y1 - 1.5 - height - (len(lines) - 1 - row) * height * 1.4
            for letter in line:
                width = advance * NARROW.get(letter, 1)
                shape = LETTERS.get(letter) or (self._habit(letter) if letter in DIGITS else None)
                if shape:
                    dy = self._rng.normal(0, 0.03) * height
                    self._draw(shape, Rect(x, y + dy, x + width, y + dy + height), pen=min(1, 0.12 * height))
                x += width + advance * 0.32

    def scribble(self, rect: Rect) -> None:
        """A signature of nobody: one long round pull."""
        rng = self._rng
        t, knots = np.linspace(0, 1, 40), np.linspace(0, 1, 6)
        swell = np.interp(t, knots, rng.uniform(0.15, 1, 6))
        phase = 2 * np.pi * rng.uniform(2, 5) * t + np.interp(t, knots, rng.normal(0, 1.4, 6))
        x = 0.18 + 0.55 * t + rng.uniform(0.02, 0.11) * np.cos(phase + rng.uniform(0, 6))
        y = 0.5 + rng.normal(-0.12, 0.1) * t + 0.32 * swell * np.sin(phase)
        x[-4:] += np.linspace(0.02, 0.14, 4)
        points = np.stack((rect.x0 + x * rect.width, rect.y0 + y * rect.height), axis=1)
        self._pull(points, True, 0.7)

    def _habit(self, digit: str) -> Shape:
        return DIGITS[digit][self.writer.habits[int(digit)]]

    def _draw(
        self, shape: Shape, area: Rect, loose: float = 1.0, slanted: bool = True, pen: float | None = None
    ) -> None:
        writer, rng = self.writer, self._rng
        angle = writer.tilt + rng.normal(0, 0.03 * loose)
        slant = writer.slant if slanted else 0.0
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        shear = np.array([[1, 0], [-slant, 1]])
        size = np.array([area.width, area.height])
        for k, stroke in enumerate(shape):
            own = _own(writer.style, stroke.points.tobytes(), k) if slanted else 0.0
            points = stroke.points - 0.5 + own + rng.normal(0, writer.jitter * loose, stroke.points.shape)
            self._pull((points * size) @ shear @ turn + area.centre, stroke.round, pen)

    def _pull(self, points: NDArray[np.float64], curved: bool, pen: float | None = None) -> None:
        path = _curve(points) if curved else _bent(points, self._rng)
        n = len(path)
        pressure = 1 + 0.16 * np.sin(np.linspace(0, self._rng.uniform(2, 6), n) + self._rng.uniform(0, 6))
        pressure[-max(1, n // 8) :] *= 0.8
        self._ink.stroke(path, pressure * (pen or self.writer.pen), self._rng.uniform(0.84, 1.0))


@lru_cache(maxsize=4096)
def _own(style: int, points: bytes, stroke: int) -> NDArray[np.float64]:
    """What one writer always does to one stroke of one shape: a shift of its points."""
    return np.random.default_rng([style, stroke, *points[:32]]).normal(0, 0.03, (len(points) // 16, 2))


def _five(cell: Rect, count: int) -> list[list[list[float]]]:
    x0, y0, w, h = cell.x0, cell.y0, cell.width, cell.height
    upright = [[[x0 + w * s, y0 + h * 0.15], [x0 + w * s, y0 + h * 0.86]] for s in (0.2, 0.38, 0.56, 0.74)]
    return [*upright, [[x0 + w * 0.08, y0 + h * 0.74], [x0 + w * 0.88, y0 + h * 0.26]]][:count]


def _shrunk(box: Rect, part: float) -> Rect:
    (x, y), half = box.centre, np.array([box.width, box.height]) * part / 2
    return Rect(x - half[0], y - half[1], x + half[0], y + half[1])


def _fitted(text: str, rect: Rect, height: float) -> tuple[list[str], float]:
    while True:
        room = max(1, int(rect.width / (height * 0.95)))
        lines = _wrapped(text, room)
        if height < 2.2 or (len(lines) * height * 1.4 <= rect.height and max(map(len, lines)) <= room):
            return lines, height
        height *= 0.9


def _wrapped(text: str, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _curve(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A Catmull-Rom spline through the points."""
    padded = np.concatenate((2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]))
    t = (np.arange(POINTS) / POINTS)[:, None, None]
    a, b, c, d = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    path = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.concatenate((path.transpose(1, 0, 2).reshape(-1, 2), points[-1:]))


def _bent(points: NDArray[np.float64], rng: Generator) -> NDArray[np.float64]:
    """Straight pulls as a hand makes them: each bends a little to one side."""
    step = points[1:] - points[:-1]
    normal = np.stack((-step[:, 1], step[:, 0]), axis=1)
    t = (np.arange(POINTS) / POINTS)[:, None, None]
    # Over a long way the hand corrects itself: the bend stays below two millimetres.
    part = np.minimum(0.03, 1.5 / np.maximum(1e-6, np.hypot(step[:, :1], step[:, 1:])))
    bend = rng.normal(0, 1, (len(step), 1)) * part * normal
    path = points[:-1] + step * t + bend * 4 * t * (1 - t)
    return np.concatenate((path.transpose(1, 0, 2).reshape(-1, 2), points[-1:]))
