"""Invented writers: habits that stay the same while one person fills a form. What a hand does with them is `hand`'s.

Two generators in the same state invent the same writer, so that seeds split writers for training and for measuring.
"""

from msgspec import Struct
from numpy.random import Generator

from .glyphs import CROSS, DIGITS, SEGMENTS

INKS: tuple[tuple[int, int, int], ...] = (
    (46, 38, 36), (30, 26, 26), (62, 52, 48), (140, 52, 30), (168, 70, 38), (110, 40, 36), (150, 60, 70), (40, 40, 170),
)  # fmt: skip
"""BGR of markers and ballpoints: blacks, blues, violet, and red."""

_INK_SHARES = (0.26, 0.16, 0.07, 0.18, 0.14, 0.12, 0.06, 0.01)


class Writer(Struct, frozen=True):
    """What stays the same while one person fills a form. Sizes of characters are parts of their box."""

    slant: float  # shear, to the right
    size: float  # height of a digit against its box
    aspect: float  # width of a digit against its height
    lean: tuple[float, float]  # where in the box, away from its middle
    jitter: float  # how far control points stray from one character to the next, in parts of the character
    style: int  # seed of what is the writer's own in every shape, the same on each page
    tilt: float  # radians
    pen: float  # mm
    pressure: float  # how much the width of a pull changes, in parts
    fade: float  # how pale a pull may get
    soft: int  # how much corners of straight pulls are rounded
    ink: tuple[int, int, int]
    habits: tuple[int, ...]  # the shape of each digit 0..9
    angular: tuple[int, ...]  # the shape of each digit 0..9 along a guide
    guided: float  # chance that a digit follows the dotted seven segments, where there are any
    boxed: float  # chance that a digit is angular where there is no guide
    cross: int  # the shape of an X
    cross_size: float
    zero_struck: bool  # a slash through a 0
    seven_struck: bool  # a bar through a 7
    blank: str  # what fills leading boxes: "X", "-", "" or "0"
    zero: str  # a number that is zero: "all" boxes crossed, or the "last" one a 0
    unused: str  # what fills the sum boxes of unused tally rows: "X", "-" or ""
    bubble: str  # "full", "scribble", "half", "dot", "tick" or "cross"
    bubble_slips: float  # chance that a number has a wrong bubble blackened
    stray: float  # chance that a number has stray marks beside it
    slips: (
        float  # chance that a number has a struck-out, overwritten or scribbled-out digit, or a tally row a wrong sum
    )


def invent(rng: Generator, slips: float = 0.004) -> Writer:
    """A writer; `slips` is the chance that a number has a struck-out digit."""
    kind = rng.random()
    guided = 0.0 if kind < 0.32 else (1.0 if kind > 0.6 else float(rng.uniform(0.3, 1)))
    marker = rng.random()
    pen = (
        rng.uniform(0.55, 1.0) if marker < 0.5 else (rng.uniform(0.9, 1.6) if marker < 0.85 else rng.uniform(1.6, 2.6))
    )
    return Writer(
        slant=float(rng.normal(0.08, 0.12)),
        size=float(rng.uniform(0.46, 0.92)),
        aspect=float(rng.uniform(0.44, 0.78)),
        lean=(float(rng.normal(0, 0.04)), float(rng.normal(0, 0.04))),
        jitter=float(rng.uniform(0.01, 0.042)),
        style=int(rng.integers(2**31)),
        tilt=float(rng.normal(0, 0.035)),
        pen=float(pen),
        pressure=float(rng.uniform(0.06, 0.3)),
        fade=float(rng.uniform(0, 0.4) if marker < 0.5 else rng.uniform(0, 0.12)),
        soft=int(rng.choice(5, p=[0.3, 0.25, 0.2, 0.15, 0.1])),
        ink=INKS[int(rng.choice(len(INKS), p=_INK_SHARES))],
        habits=tuple(int(rng.integers(len(DIGITS[str(d)]))) for d in range(10)),
        angular=tuple(int(rng.integers(len(SEGMENTS[str(d)]))) if rng.random() < 0.6 else 0 for d in range(10)),
        guided=guided,
        boxed=float(rng.uniform(0.2, 1)) if guided and rng.random() < 0.5 else 0.0,
        cross=int(rng.integers(len(CROSS))),
        cross_size=float(rng.uniform(0.42, 1.08)),
        zero_struck=bool(rng.random() < 0.04),
        seven_struck=bool(rng.random() < 0.12),
        blank=str(rng.choice(["X", "-", "", "0"], p=[0.62, 0.14, 0.1, 0.14])),
        zero=str(rng.choice(["all", "last"], p=[0.6, 0.4])),
        unused=str(rng.choice(["", "X", "-"], p=[0.74, 0.13, 0.13])),
        bubble=str(
            rng.choice(["full", "scribble", "half", "dot", "tick", "cross"], p=[0.5, 0.3, 0.06, 0.06, 0.04, 0.04])
        ),
        bubble_slips=float(rng.choice([0.005, 0.02, 0.06])),
        stray=float(rng.choice([0.0, 0.02, 0.1])),
        slips=slips,
    )
