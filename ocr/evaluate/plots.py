"""Three small pictures of how good answers are, as SVG text without further packages."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import log10
from typing import Any, Final

WIDTH: Final = 420
HEIGHT: Final = 300
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 14, 44

INK, PALE, LINE = "#1f4e79", "#c9d8e6", "#888888"

Point = tuple[float, float]


def reliability(bins: Sequence[Mapping[str, Any]]) -> str:
    """How often answers are right (with its interval) against how sure they were; on the diagonal they are honest."""
    parts = [_line((0, 0), (1, 1), LINE, dashed=True)]
    for row in bins:
        mean, right = row["mean"], row["right"]
        low, high = right["interval"]
        parts += [_line((mean, low), (mean, high), PALE, width=4), _dot((mean, right["value"]), INK)]
    return _plot(parts, "how sure (mean of the bin)", "how often right", _ticks, _ticks)


def risk_coverage(curve: Sequence[Sequence[float]]) -> str:
    """Share that is wrong among the surest answers, on a logarithmic scale, against how many are taken."""
    floor = -6.0
    at = [(taken, _scaled(wrong, floor)) for taken, wrong, _ in curve]
    parts = [_line(a, b, INK, width=2) for a, b in itertools.pairwise(at)]
    parts += [_dot(at[-1], INK)] if at else []
    decades = [
        ((k - floor) / -floor, f"10<tspan baseline-shift='super' font-size='8'>{k}</tspan>") for k in range(-5, 1)
    ]
    return _plot(parts, "share taken, the surest first", "share wrong", _ticks, [(0.0, "0"), *decades])


def _scaled(share: float, floor: float) -> float:
    return max(0.0, 1 - log10(share) / floor) if share > 0 else 0.0


def confusions(pairs: Mapping[str, int], most: int = 15) -> str:
    """The most frequent confusions as bars, `true>read`."""
    rows = list(pairs.items())[:most]
    longest = max((count for _, count in rows), default=1)
    height = 22 * len(rows) + 10
    parts = []
    for k, (pair, count) in enumerate(rows):
        y, width = 6 + 22 * k, 250 * count / longest
        true, _, read = pair.partition(">")
        parts.append(
            f"<text x='106' y='{y + 13}' text-anchor='end'>{escape(true)} → {escape(read)}</text>"
            f"<rect x='114' y='{y}' width='{width:.1f}' height='17' fill='{INK}'/>"
            f"<text x='{120 + width:.1f}' y='{y + 13}'>{count}</text>"
        )
    return _svg(parts or ["<text x='12' y='20'>no confusion</text>"], max(height, 32))


_ticks: Final = [(0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1")]


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _line(a: Point, b: Point, colour: str, width: float = 1, dashed: bool = False) -> str:
    dash = " stroke-dasharray='4 4'" if dashed else ""
    return (
        f"<line x1='{_x(a[0]):.1f}' y1='{_y(a[1]):.1f}' x2='{_x(b[0]):.1f}' y2='{_y(b[1]):.1f}' "
        f"stroke='{colour}' stroke-width='{width}'{dash}/>"
    )


def _dot(at: Point, colour: str) -> str:
    return f"<circle cx='{_x(at[0]):.1f}' cy='{_y(at[1]):.1f}' r='3.5' fill='{colour}'/>"


def _plot(
    parts: Iterable[str], across: str, up: str, columns: Sequence[tuple[float, str]], rows: Sequence[tuple[float, str]]
) -> str:
    grid = [_line((at, 0), (at, 1), "#eeeeee") for at, _ in columns] + [
        _line((0, at), (1, at), "#eeeeee") for at, _ in rows
    ]
    names = [f"<text x='{_x(at):.1f}' y='{_y(0) + 16}' text-anchor='middle'>{text}</text>" for at, text in columns]
    names += [f"<text x='{_x(0) - 6}' y='{_y(at) + 4:.1f}' text-anchor='end'>{text}</text>" for at, text in rows]
    names.append(f"<text x='{_x(0.5)}' y='{HEIGHT - 8}' text-anchor='middle'>{escape(across)}</text>")
    names.append(f"<text transform='translate(13 {_y(0.5)}) rotate(-90)' text-anchor='middle'>{escape(up)}</text>")
    frame = [_line((0, 0), (1, 0), LINE), _line((0, 0), (0, 1), LINE)]
    return _svg([*grid, *frame, *parts, *names], HEIGHT)


def _svg(parts: Iterable[str], height: int) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' width='{WIDTH}' height='{height}' "
        f"font-family='sans-serif' font-size='11' fill='#333333'>{''.join(parts)}</svg>"
    )
