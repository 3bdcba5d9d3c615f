"""The course of a count as a picture: shares of the leading choices above, TPS counted below, corrections marked.

SVG drawn from a history, in two widths, with attributes only: the pages' Content-Security-Policy holds for pictures,
too. The table of the same points says everything that the picture does.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape

from msgspec import Struct

from election.clock import WIB
from publisher.chronicle.history import History, Point
from publisher.ink import legible

SHOWN = 6
"""Choices that are drawn in their own colour; the others are in the table."""

INK, SOFT, RULE, DONE, MARK = "#15191e", "#565d66", "#d6dadf", "#1c5d4f", "#c46a00"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
GAP = 15.0
"""Least distance of two labels, in units of the picture."""


class Frame(Struct, frozen=True):
    """Where things stand in the picture."""

    width: int
    height: int
    left: int
    right: int  # room for labels
    top: int = 22
    low: int = 56  # height of the lower panel
    between: int = 34
    bottom: int = 24

    @property
    def plot(self) -> float:
        """Width of the panels."""
        return self.width - self.left - self.right

    @property
    def upper(self) -> float:
        """Height of the upper panel."""
        return self.height - self.top - self.between - self.low - self.bottom


WIDE = Frame(width=880, height=340, left=44, right=190)
NARROW = Frame(width=320, height=320, left=34, right=62)


def drawn(of: History, frame: Frame, half: bool = False) -> bytes:
    """The picture. `half`: the law draws a line at half of the votes."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width} {frame.height}" '
        f'width="{frame.width}" height="{frame.height}" font-family="{FONT}" font-size="12">'
    )
    points = [point for point in of.points if sum(point.votes)]
    if not points:
        words = _text(frame.left, frame.height / 2, "Belum ada titik. No point yet.", fill=SOFT)
        return f"{head}{words}</svg>".encode()
    return "".join((head, *_shares(of, points, frame, half), *_progress(points, frame), "</svg>")).encode()


def _shares(of: History, points: Sequence[Point], frame: Frame, half: bool) -> Iterator[str]:
    if len(points) == 1:
        yield _text(frame.left + 8, frame.top + 18, "Baru satu titik. One point so far.", fill=SOFT)
    leading = sorted(range(len(of.choices)), key=lambda one: -points[-1].votes[one])[:SHOWN]
    shares = {one: [100 * point.votes[one] / sum(point.votes) for point in points] for one in leading}
    top = _top(max(max(of_one) for of_one in shares.values()), half)
    xs, base = _xs(points, frame), frame.top + frame.upper
    yield _text(0, 12, "Bagian suara, %", fill=SOFT)
    for value in range(0, top + 1, _step(top)):
        y = base - frame.upper * value / top
        strong = half and value == 50
        yield _line(frame.left, y, frame.left + frame.plot, y, INK if strong else RULE, "4 3" if strong else "")
        yield _text(frame.left - 6, y + 4, str(value), fill=SOFT, anchor="end")
    heights = {one: base - frame.upper * of_one[-1] / top for one, of_one in shares.items()}
    for one, label in zip(leading, _apart([heights[one] for one in leading], base), strict=True):
        color, choice = legible(of.choices[one].color), of.choices[one]
        yield _course([(x, base - frame.upper * share / top) for x, share in zip(xs, shares[one], strict=True)], color)
        said = f"{shares[one][-1]:.1f}".replace(".", ",")
        name = f"  {_short(choice.name)}" if frame.right > 100 else ""
        yield _text(xs[-1] + 10, label + 4, f"{choice.number}{name}  {said}", fill=INK, weight=600)
        yield f'<rect x="{xs[-1] + 1:.1f}" y="{label - 4:.1f}" width="4" height="8" fill="{color}"/>'


def _progress(points: Sequence[Point], frame: Frame) -> Iterator[str]:
    xs, base = _xs(points, frame), frame.height - frame.bottom
    top = base - frame.low
    done = [point.counted / point.tps if point.tps else 0.0 for point in points]
    yield _text(0, top - 10, "TPS dihitung, %", fill=SOFT)
    corners = [(x, base - frame.low * share) for x, share in zip(xs, done, strict=True)]
    area = " ".join(f"{x:.1f},{y:.1f}" for x, y in [(xs[0], base), *corners, (xs[-1], base)])
    yield f'<polygon points="{area}" fill="{DONE}" fill-opacity="0.18"/>'
    yield _course(corners, DONE)
    yield _line(frame.left, base, frame.left + frame.plot, base, SOFT)
    yield _line(frame.left, top, frame.left + frame.plot, top, RULE)
    yield _text(frame.left - 6, top + 4, "100", fill=SOFT, anchor="end")
    yield _text(frame.left - 6, base + 4, "0", fill=SOFT, anchor="end")
    said = f"{100 * done[-1]:.1f}".replace(".", ",")
    yield _text(xs[-1] + 8, corners[-1][1] + 4, said, fill=INK, weight=600)
    for before, point, x in zip(points, points[1:], xs[1:], strict=False):
        if point.corrected > before.corrected:
            yield f'<path d="M{x:.1f} {base - 9:.1f}l4.5 8h-9z" fill="{MARK}"/>'
    yield from _times(points, xs, frame)


def _times(points: Sequence[Point], xs: Sequence[float], frame: Frame) -> Iterator[str]:
    """When the first and the last point was, and as many between them as there is room for."""
    y, last = frame.height - 6, -1e9
    for point, x in [(points[-1], xs[-1]), (points[0], xs[0])]:
        if abs(x - last) > 60:
            yield _text(x, y, _clock(point.at, points), fill=SOFT, anchor="end" if x > frame.left + 60 else "start")
            last = x


def _clock(at: str, points: Sequence[Point]) -> str:
    moment, first = (datetime.fromisoformat(one).astimezone(WIB) for one in (at, points[0].at))
    last = datetime.fromisoformat(points[-1].at).astimezone(WIB)
    return f"{moment:%H.%M}" if first.date() == last.date() else f"{moment.day}/{moment.month} {moment:%H.%M}"


def _xs(points: Sequence[Point], frame: Frame) -> list[float]:
    """Where each point stands, in proportion to its time."""
    moments = [datetime.fromisoformat(point.at).timestamp() for point in points]
    whole = moments[-1] - moments[0]
    return [frame.left + frame.plot * ((moment - moments[0]) / whole if whole else 1.0) for moment in moments]


def _top(most: float, half: bool) -> int:
    least = max(most, 52 if half else 5)
    return next(top for top in (5, 10, 15, 20, 30, 40, 60, 80, 100) if top >= least)


def _step(top: int) -> int:
    return {5: 1, 10: 5, 15: 5, 20: 5, 30: 10, 40: 10, 60: 10, 80: 20, 100: 25}[top]


def _apart(wanted: Sequence[float], base: float) -> list[float]:
    """Heights of labels, highest share first, moved down until none covers another, and up again above `base`."""
    found: list[float] = []
    for y in wanted:
        found.append(max(y, found[-1] + GAP) if found else y)
    over = max(0.0, found[-1] - base)
    return [y - over for y in found]


def _short(name: str) -> str:
    return name if len(name) <= 18 else f"{name[:17]}…"


def _course(corners: Sequence[tuple[float, float]], color: str) -> str:
    if len(corners) == 1:
        x, y = corners[0]
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>'
    along = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return f'<polyline points="{along}" fill="none" stroke="{color}" stroke-width="2" stroke-linejoin="round"/>'


def _line(x1: float, y1: float, x2: float, y2: float, color: str, dashes: str = "") -> str:
    drawn = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"{drawn}/>'


def _text(x: float, y: float, words: str, *, fill: str, anchor: str = "start", weight: int = 400) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}" '
        f'xml:space="preserve">{escape(words)}</text>'
    )
