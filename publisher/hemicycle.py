"""An assembly as people draw it: a seat a dot, in half circles, parties side by side; only to draw by."""

from collections.abc import Sequence
from math import cos, pi, sin, sqrt

from msgspec import Struct

WIDTH, HEIGHT, EDGE = 400.0, 212.0, 12.0
INNER = 0.38
"""Radius of the innermost row, of the outermost one's."""

BIGGEST = 11.0
"""Radius of a dot where there are few."""

DENSITY = 0.2
"""Rows² a seat: about as far from row to row as from seat to seat."""


class Seat(Struct, frozen=True):
    """One dot."""

    x: float
    y: float
    r: float
    color: str
    settled: bool


class Bloc(Struct, frozen=True):
    """A party's seats; the first `settled` of them cannot change any more."""

    color: str
    seats: int
    settled: int


def seats(blocs: Sequence[Bloc]) -> list[Seat]:
    """A dot for each seat of `blocs`, in their order from left to right."""
    total = sum(bloc.seats for bloc in blocs)
    if not total:
        return []
    rows = _rows(total)
    radii = [_radius(row, len(rows)) for row in range(len(rows))]
    spots = sorted(
        ((1 - (i + 0.5) / count, radius) for radius, count in zip(radii, rows, strict=True) for i in range(count)),
        key=lambda spot: (-spot[0], spot[1]),
    )
    dot = round(
        min(0.42 * pi * radii[-1] / rows[-1], 0.42 * (radii[-1] - radii[0]) / max(1, len(rows) - 1) or BIGGEST), 2
    )
    dot = min(dot, BIGGEST)
    colors = [(bloc.color, i < bloc.settled) for bloc in blocs for i in range(bloc.seats)]
    middle, floor = WIDTH / 2, HEIGHT - EDGE
    return [
        Seat(round(middle + r * cos(pi * at), 1), round(floor - r * sin(pi * at), 1), dot, color, settled)
        for (at, r), (color, settled) in zip(spots, colors, strict=True)
    ]


def _radius(row: int, rows: int) -> float:
    outer = WIDTH / 2 - EDGE
    return outer * (INNER + (1 - INNER) * (row + 1) / rows)


def _rows(total: int) -> list[int]:
    """Seats a row, the innermost first, in proportion to how long each row is."""
    count = max(1, round(sqrt(DENSITY * total)))
    lengths = [_radius(row, count) for row in range(count)]
    shares = [total * length / sum(lengths) for length in lengths]
    found = [int(share) for share in shares]
    rest = sorted(range(count), key=lambda row: found[row] - shares[row])
    for row in rest[: total - sum(found)]:
        found[row] += 1
    return [seats for seats in found if seats]
