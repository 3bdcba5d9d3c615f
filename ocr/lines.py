"""Printed lines in a photo: how dark it is across each of them, and so where they really lie.

Along a line the median decides, as what is written crosses it; across it the darkest place within reach counts. Which
lines a page has, and what follows from where they are, is for `layout` and `align`.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import int64, njit, uint64

from election.form import Rect
from ocr.guard import Gray
from ocr.plane import Matrix

REACH: Final = 2.0
"""How far, in mm, a line is looked for to either side. The next box may be only 3.5 mm away."""

GREY: Final = 65536
"""Parts of a grey level in which photos are sampled: whole numbers, so that every machine sees the same."""

_NARROW = 0.7  # mm, root mean square; a line is no wider
_STEP = 0.2
_ALONG = 9  # samples, which `_median` takes one by one
_CLEAR = 0.05  # of the photo's contrast by which a line must be darker than the paper beside it
_FAINT = 5.0  # grey levels; noise is as dark
_PIECE = 40.0  # mm; longer lines are measured in pieces
_HORIZON = 1e-9  # nothing is seen there, and nothing may be divided by nothing
_ONE = 256  # parts of a pixel

Array = npt.NDArray[np.float64]


class Lines(NamedTuple):
    """Lines in mm, float64[n, 3, 2]: the ends of each, and the direction across it in which it is measured.

    The first `paired` of them are opposite sides of boxes, two and two.
    """

    at: Array
    paired: int = 0

    @staticmethod
    def around(rects: list[Rect]) -> "Lines":
        """The four sides of each rectangle: left, right, top, bottom; [4n]."""
        x0, y0, x1, y1 = np.asarray(rects, np.float64).reshape(-1, 4).T
        left, right = ((x0, y0, x0, y1), (x1, y0, x1, y1))
        top, bottom = ((x0, y0, x1, y0), (x0, y1, x1, y1))
        ends = np.array([left, right, top, bottom]).transpose(2, 0, 1).reshape(-1, 2, 2)
        across = np.tile([(1.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.0, 1.0)], (len(x0), 1))[:, None]
        return Lines(np.concatenate((ends, across), axis=1), len(ends))

    def pieces(self) -> "Lines":
        """The same lines, cut so that none is long."""
        cut = [line for whole in self.at for line in _cut(whole)]
        return Lines(np.array(cut).reshape(-1, 3, 2))

    def moved(self, by: Array) -> "Lines":
        """The same lines, each moved by its own (dx, dy) mm of `by` [n, 2]."""
        at = self.at.copy()
        at[:, :2] += by[:, None]
        return Lines(at, self.paired)


class Measured(NamedTuple):
    """Where lines were seen: mm across from their place, how much darker than paper they are, grey levels, and how
    wide, mm."""

    across: Array
    depth: Array
    spread: Array

    def seen(self, contrast: float) -> npt.NDArray[np.bool_]:
        """Which of them are lines, and neither the paper's grain nor the edge of something dark."""
        return (self.depth >= max(_FAINT, _CLEAR * contrast)) & (self.spread <= _NARROW)


def measure(photo: Gray, homography: Matrix, lines: Lines, reach: float = REACH) -> Measured:
    """Look for each line along its length, within `reach` mm of where the homography has it."""
    out, dark = profiles(photo, homography, lines, reach)
    found = np.empty((3, len(dark)))
    _peaks(out, dark, found)
    return Measured(*found)


def profiles(photo: Gray, homography: Matrix, lines: Lines, reach: float) -> tuple[Array, Array]:
    """How dark it is across each line: offsets in mm, float64[k], and grey levels below paper, float64[n, k]."""
    out = np.arange(-reach, reach + _STEP / 2, _STEP)
    dark = np.empty((len(lines.at), len(out)))
    _darkness(photo, homography, lines.at, out, dark)
    return out, dark


@njit(cache=True, nogil=True)
def _peaks(out: Array, dark: Array, found: Array) -> None:
    """Of each profile of `dark` float64[n, k] over `out` float64[k] its darkest place: where, how dark and how wide it
    is, into `found` float64[3, n]."""
    for n in range(len(dark)):
        peak = int(np.argmax(dark[n]))
        depth, mass, first, second = dark[n, peak], 0.0, 0.0, 0.0
        for k in range(len(out)):
            # Beyond the width of the usual window there may be another line, which is none of this one's blur.
            if dark[n, k] >= depth / 2 and abs(out[k] - out[peak]) <= REACH:
                mass += dark[n, k]
                first += dark[n, k] * out[k]
                second += dark[n, k] * out[k] ** 2
        mass = max(mass, 1e-9)
        across = first / mass
        found[0, n], found[1, n] = across, depth
        found[2, n] = np.sqrt(max(second / mass - across**2, 0.0))


@njit(cache=True, nogil=True)
def _darkness(photo: Gray, h: Array, lines: Array, out: Array, dark: Array) -> None:
    """Fill `dark` float64[n, k]: at each of `out` float64[k], mm across a line of `lines` float64[n, 3, 2], the median
    of nine samples along its inner four fifths, below the profile's upper quartile, which is paper."""
    count = len(out)
    seen = np.empty((_ALONG, count), np.int64)
    ranked = np.empty(count, np.int64)
    for n in range(len(lines)):
        for s in range(_ALONG):
            part = (s + 1) / (_ALONG + 1)
            x = lines[n, 0, 0] + (lines[n, 1, 0] - lines[n, 0, 0]) * part
            y = lines[n, 0, 1] + (lines[n, 1, 1] - lines[n, 0, 1]) * part
            walk(photo, h, x, y, lines[n, 2], out, seen[s])
        for k in range(count):
            value = seen[0, k] = _median(seen, k)
            at = k
            while at > 0 and ranked[at - 1] > value:
                ranked[at] = ranked[at - 1]
                at -= 1
            ranked[at] = value
        paper = ranked[3 * (count - 1) // 4]
        for k in range(count):
            dark[n, k] = max(0, paper - seen[0, k]) / GREY


@njit(cache=True, nogil=True, inline="always")
def walk(photo: Gray, h: Array, x: float, y: float, step: Array, out: Array, seen: npt.NDArray[np.int64]) -> None:
    """Fill `seen` int64[k] with what a photo shows at each of `out` steps from the point x, y of the plane that `h`
    takes to it, in parts of a grey level."""
    rows, cols = photo.shape
    flat, stride = photo.ravel(), uint64(cols)
    # Beyond the picture's edge its last pixels go on.
    right, bottom = float((cols - 1) * _ONE - 1), float((rows - 1) * _ONE - 1)
    u0, du = h[0, 0] * x + h[0, 1] * y + h[0, 2], h[0, 0] * step[0] + h[0, 1] * step[1]
    v0, dv = h[1, 0] * x + h[1, 1] * y + h[1, 2], h[1, 0] * step[0] + h[1, 1] * step[1]
    w0, dw = h[2, 0] * x + h[2, 1] * y + h[2, 2], h[2, 0] * step[0] + h[2, 1] * step[1]
    # First all places, which compilers do four at a time, each kept as one number; then what is there.
    for k in range(len(out)):
        depth = w0 + dw * out[k]
        scale = _ONE / (depth if abs(depth) > _HORIZON else _HORIZON)
        u = int64(min(max((u0 + du * out[k]) * scale, 0.0), right))
        v = int64(min(max((v0 + dv * out[k]) * scale, 0.0), bottom))
        seen[k] = v << 32 | u
    for k in range(len(out)):
        u, v = seen[k] & 0xFFFFFFFF, seen[k] >> 32
        fu, fv = u & (_ONE - 1), v & (_ONE - 1)
        at = uint64(v >> 8) * stride + uint64(u >> 8)
        above = int64(flat[at]) * (_ONE - fu) + int64(flat[at + uint64(1)]) * fu
        below = int64(flat[at + stride]) * (_ONE - fu) + int64(flat[at + stride + uint64(1)]) * fu
        seen[k] = above * (_ONE - fv) + below * fv


@njit(cache=True, nogil=True, inline="always")
def _median(seen: npt.NDArray[np.int64], k: int) -> int:
    """The median of seen[0..8, k], without a branch that could be guessed wrongly (Paeth, Graphics Gems I, 1990)."""
    a, b, c = _sorted(seen[0, k], seen[1, k], seen[2, k])
    d, e, f = _sorted(seen[3, k], seen[4, k], seen[5, k])
    g, h, i = _sorted(seen[6, k], seen[7, k], seen[8, k])
    lowest = max(a, d, g)
    middle = _sorted(b, e, h)[1]
    highest = min(c, f, i)
    return _sorted(lowest, middle, highest)[1]


@njit(cache=True, nogil=True, inline="always")
def _sorted(a: int, b: int, c: int) -> tuple[int, int, int]:
    low, high = min(a, b), max(a, b)
    return min(low, c), max(low, min(high, c)), max(high, c)


def _cut(line: Array) -> list[Array]:
    start, end, across = line
    count = max(1, int(np.ceil(np.abs(end - start).sum() / _PIECE)))
    ends = start + (end - start) * np.linspace(0, 1, count + 1)[:, None]
    return [np.stack((ends[k], ends[k + 1], across)) for k in range(count)]
