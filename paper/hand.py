"""A writer at work: characters, bubbles, tally strokes and scribbles, as that writer draws them.

Where on a form a writer writes what lives in `fill`; habits are in `writer`, shapes in `glyphs`, paths in `stroke`.
"""

from functools import lru_cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from election.form import Rect

from . import stroke
from .glyphs import BAR, CROSS, DASH, DIGITS, LETTERS, NARROW, SEGMENTS, SLASH, TICK, Shape
from .ink import Ink
from .writer import INKS, Writer, invent

__all__ = ["INKS", "Hand", "Writer", "invent"]

F8 = NDArray[np.float64]

_POOL = 4096


class Hand:
    """A writer with a pen on one page."""

    def __init__(self, writer: Writer, ink: Ink, rng: Generator) -> None:
        self.writer = writer
        self._ink = ink
        self._rng = rng
        self._normals: F8 = np.empty(0)
        self._at = 0

    def mark(self, mark: str, box: Rect, guide: Rect | None = None) -> None:
        """Writes what a digit box holds: `0`..`9`, `X`, `-`, or a blank, which is nothing.

        Args:
            mark: what to write.
            box: where.
            guide: the dotted figure inside the box, where it has one.
        """
        if mark == "X":
            part = self.writer.cross_size * (1 + 0.1 * self._normal())
            self._draw(CROSS[self.writer.cross], self._moved(_shrunk(box, min(1.15, max(0.35, part)))))
        elif mark == "-":
            self._draw(DASH, self._moved(_shrunk(box, self._rng.uniform(0.35, 0.75))))
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

    def blacken(self, box: Rect) -> None:
        """Scribbles over what a box holds, to and fro."""
        turns = int(self._rng.integers(6, 12))
        x = np.where(np.arange(turns) % 2, box.x0 + 0.2 * box.width, box.x1 - 0.2 * box.width)
        y = np.linspace(box.y0 + 0.25 * box.height, box.y1 - 0.25 * box.height, turns)
        self._pull(np.stack((x, y), axis=1) + self._rng.normal(0, 0.08 * box.width, (turns, 2)), True)

    def initial(self, area: Rect) -> None:
        """A scribbled initial, such as people put beside a correction."""
        points = np.array([area.x0, area.y0]) + self._rng.uniform(0, 1, (5, 2)) * [area.width, area.height]
        self._pull(points[np.argsort(points[:, 0] + self._rng.normal(0, 1, 5))], True, min(0.7, self.writer.pen))

    def bubble(self, rect: Rect) -> None:
        """Blackens a bubble, in the writer's way."""
        rng, half = self._rng, rect.width / 2
        middle = np.array(rect.centre) + rng.normal(0, 0.07, 2) * half
        match self.writer.bubble:
            case "scribble" | "half":
                turns = np.linspace(-1, 1 if self.writer.bubble == "scribble" else rng.uniform(-0.1, 0.5), 13)
                reach = np.sqrt(1 - (turns * 0.92) ** 2) * np.where(np.arange(13) % 2, 1, -1)
                lines = middle + np.stack((turns, reach), axis=1) * half * 0.86 + rng.normal(0, 0.06, (13, 2)) * half
                self._pull(lines, False, min(max(self.writer.pen, 0.22 * half), 0.5 * half))
            case "tick":
                self._draw(TICK, _shrunk(rect, rng.uniform(0.9, 1.3)), pen=min(self.writer.pen, 1.2))
            case "cross":
                self._draw(CROSS[0], _shrunk(rect, rng.uniform(0.8, 1.15)), pen=min(self.writer.pen, 1.2))
            case kind:
                angles = np.linspace(0, 2 * np.pi, 17)[:-1]
                reach = half * (0.97 if kind == "full" else 0.62) * rng.normal(1, 0.07, 16)
                circle = np.stack((np.cos(angles), np.sin(angles)), axis=1)
                self._ink.blot(middle + circle * reach[:, None], 1 - 0.4 * self.writer.fade)

    def stray(self, area: Rect) -> None:
        """A dot or a short line where none was meant."""
        at = np.array([area.x0, area.y0]) + self._rng.uniform(0, 1, 2) * [area.width, area.height]
        self._pull(np.stack((at, at + self._rng.normal(0, 0.8, 2))), False, min(0.7, self.writer.pen))

    def tally(self, cells: tuple[Rect, ...], count: int) -> None:
        """Strokes of five in each cell, until `count` is reached: four upright, the fifth across."""
        full, rest = divmod(min(count, 5 * len(cells)), 5)
        pen = min(self.writer.pen * 0.8, 0.11 * cells[0].width)
        for k, cell in enumerate(cells[: full + 1]):
            lines = _FIVE[: 5 if k < full else rest] * [cell.width, cell.height] + [cell.x0, cell.y0]
            stray = self._some(len(lines) * 4).reshape(-1, 2, 2) * min(0.35, 0.022 * cell.width)
            for line in lines + stray:
                self._pull(line, False, pen)

    def cross_out(self, rect: Rect) -> None:
        """Strikes an unused area, by a Z or one diagonal."""
        x0, y0, x1, y1 = rect
        z = [[x0 + 3, y0 + 3], [x1 - 3, y0 + 3], [x0 + 3, y1 - 3], [x1 - 3, y1 - 3]]
        line = z if self._rng.random() < 0.5 else z[1:3]
        points = np.array(line) + self._rng.normal(0, 1.2, (len(line), 2))
        for start in range(len(points) - 1):
            self._pull(points[start : start + 2], False)

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
                    dy = self._normal() * 0.03 * height
                    pen = min(1, 0.12 * height, self.writer.pen)
                    self._draw(shape, Rect(x, y + dy, x + width, y + dy + height), pen=pen)
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

    def _digit(self, digit: str, box: Rect, guide: Rect | None) -> None:
        writer = self.writer
        if guide is not None and self._rng.random() < writer.guided:
            area = self._moved(_shrunk(guide, 1 + 0.05 * self._normal()), 0.4)
            self._draw(SEGMENTS[digit][writer.angular[int(digit)]], area, loose=0.7, slanted=False)
        else:
            self._free(digit, box)

    def _free(self, digit: str, box: Rect) -> None:
        writer = self.writer
        height = box.height * writer.size * (1 + 0.06 * self._normal())
        width = height * writer.aspect * (1 + 0.08 * self._normal()) * NARROW.get(digit, 1)
        x, y = box.centre
        area = self._moved(Rect(x - width / 2, y - height / 2, x + width / 2, y + height / 2))
        if self._rng.random() < writer.boxed:
            self._draw(SEGMENTS[digit][writer.angular[int(digit)]], area)
            return
        shapes = DIGITS[digit]
        habit = writer.habits[int(digit)] if self._rng.random() < 0.93 else int(self._rng.integers(len(shapes)))
        self._draw(shapes[habit], area)
        if (digit == "0" and writer.zero_struck) or (digit == "7" and writer.seven_struck):
            self._draw(SLASH if digit == "0" else BAR, area)

    def _moved(self, area: Rect, part: float = 1.0) -> Rect:
        """Where in its box the writer puts a character: a habit, and chance."""
        dx, dy = self._some(2) * 0.05 + self.writer.lean
        dx, dy = dx * area.height * part, dy * area.height * part
        return Rect(area.x0 + dx, area.y0 + dy, area.x1 + dx, area.y1 + dy)

    def _habit(self, digit: str) -> Shape:
        return DIGITS[digit][self.writer.habits[int(digit)]]

    def _draw(
        self, shape: Shape, area: Rect, loose: float = 1.0, slanted: bool = True, pen: float | None = None
    ) -> None:
        writer = self.writer
        angle = writer.tilt + 0.03 * loose * self._normal()
        slant = writer.slant if slanted else 0.0
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.array([[cos, -sin - slant * cos], [sin, cos - slant * sin]])
        size, at = np.array([area.width, area.height]), np.array(area.centre)
        for part in shape:
            own = _own(writer.style, part.points.tobytes())
            stray = own * (1 if slanted else 0.4) + self._some(own.size).reshape(-1, 2) * (writer.jitter * loose)
            self._pull(stroke.placed(part.points, stray, size, turn, at), part.round, pen)

    def _pull(self, points: F8, curved: bool, pen: float | None = None) -> None:
        writer, chance = self.writer, self._some(6)
        press = np.array(
            [
                pen or writer.pen, writer.pressure, 4 + chance[0], 3 * chance[1],
                min(1.0, 0.95 + 0.03 * chance[2]), min(0.6, writer.fade * abs(chance[3])), 5 + chance[4], 3 * chance[5],
            ]
        )  # fmt: skip
        bends = self._some(len(points) - 1)
        self._ink.stroke(stroke.pulled(points, curved, bends, writer.soft, press))

    def _normal(self) -> float:
        return float(self._some(1)[0])

    def _some(self, count: int) -> F8:
        """Numbers around 0, drawn from the generator by the thousand: one by one they would cost more than the ink."""
        if self._at + count > len(self._normals):
            self._normals, self._at = self._rng.standard_normal(max(_POOL, count)), 0
        self._at += count
        return self._normals[self._at - count : self._at]


_FIVE = np.array(
    [[[s, 0.15], [s, 0.86]] for s in (0.2, 0.38, 0.56, 0.74)] + [[[0.08, 0.74], [0.88, 0.26]]], dtype=np.float64
)
"""A cell's five strokes, in parts of it."""


@lru_cache(maxsize=8192)
def _own(style: int, points: bytes) -> F8:
    """What one writer always does to one stroke of one shape: a shift of its points."""
    return np.random.default_rng([style, *points[:32], len(points)]).normal(0, 0.03, (len(points) // 16, 2))


def _shrunk(box: Rect, part: float) -> Rect:
    (x, y), width, height = box.centre, box.width * part / 2, box.height * part / 2
    return Rect(x - width, y - height, x + width, y + height)


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
