"""What lies around a page in a photo: a table, other papers, hands.

Drawn as small as a picture's colour: it is out of focus, and beside the point.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .picture import COARSE, NEUTRAL, Picture, coarse, planes_of

U8 = NDArray[np.uint8]
F8 = NDArray[np.float64]

TABLES = ((58, 84, 118), (92, 118, 150), (44, 56, 72), (150, 152, 150), (112, 92, 74), (176, 184, 190), (78, 92, 74),
          (60, 60, 64), (126, 142, 160), (84, 70, 110))  # fmt: skip
"""BGR of what lies beneath: woods, dark wood, concrete, cloth, tiles, a green cloth, asphalt, plywood, a mat."""

SKINS = ((96, 128, 176), (78, 108, 158), (64, 88, 132), (118, 150, 196), (52, 70, 104))
"""BGR of hands."""


_TEXTURES = 40


def scene(size: tuple[int, int], outline: F8, clutter: float, rng: Generator) -> tuple[U8, U8, U8]:
    """The surroundings of a page.

    Args:
        size: width and height of the photo in pixels.
        outline: float64[4, 2], the corners of the page in the photo, for the shadow it throws.
        clutter: 0 to 1, how much else lies there.
        rng: decides the rest.

    Returns:
        luma at the photo's size, cb and cr at their own.
    """
    small = coarse(size)
    ground = _table(small, rng)
    if clutter:
        for _ in range(int(rng.integers(1, 2 + round(4 * clutter)))):
            _paper(ground, rng)
    shade = cv2.fillConvexPoly(np.zeros(small[::-1], np.uint8), _fixed(outline + rng.uniform(-4, 12, 2)), 120)
    shade = cv2.blur(cv2.blur(shade, (9, 9)), (9, 9))
    ground = cv2.multiply(ground, cv2.cvtColor(cv2.bitwise_not(shade), cv2.COLOR_GRAY2BGR), scale=1 / 255)
    luma, cr, cb = cv2.split(cv2.cvtColor(ground, cv2.COLOR_BGR2YCrCb))
    return cv2.resize(luma, size, interpolation=cv2.INTER_LINEAR), cb, cr


def hand(picture: Picture, at: F8, width: float, rng: Generator) -> tuple[Picture, U8]:
    """A hand that comes from the nearest edge of the photo and whose fingers end around a point.

    Args:
        picture: whose planes are drawn upon.
        at: [2], pixels.
        width: of a finger in pixels.
        rng: decides the rest.

    Returns:
        The picture, and where the hand is: uint8 at the size of its planes of colour.
    """
    size = np.array(picture.size)
    small = coarse(picture.size)
    edge, towards = _nearest_edge(at, size)
    across = np.array([-towards[1], towards[0]])
    mask = np.zeros(small[::-1], np.uint8)
    shade = np.zeros(small[::-1], np.uint8)
    fingers = int(rng.integers(1, 4))
    for k in range(fingers):
        tip = at + across * width * 1.02 * (k - (fingers - 1) / 2) - towards * width * rng.uniform(-0.3, 0.3)
        wrist = edge + towards * width * 3 + across * width * (k - fingers / 2) * 0.9 + rng.normal(0, width / 2, 2)
        ends = [np.rint(np.stack((tip, wrist)) / COARSE * 16).astype(np.int32)]
        cv2.polylines(mask, ends, False, 255, max(2, round(width / COARSE)), cv2.LINE_AA, 4)
        cv2.polylines(shade, ends, False, 120, max(1, round(width / COARSE / 3)), cv2.LINE_AA, 4)
    soft = max(1, round(width / COARSE / 2.5)) | 1
    mask = cv2.blur(mask, (3, 3))
    shade = cv2.blur(shade, (soft, soft))
    luma, cb, cr = planes_of(SKINS[int(rng.integers(len(SKINS)))])
    flesh = cv2.addWeighted(shade, 0.35, shade, 0, luma * 0.85)
    covered = Picture(
        _over(picture.luma, cv2.resize(flesh, picture.size), cv2.resize(mask, picture.size)),
        _over(_plane(picture.cb, small), np.full(small[::-1], cb, np.uint8), mask),
        _over(_plane(picture.cr, small), np.full(small[::-1], cr, np.uint8), mask),
    )
    return covered, mask


def _over(below: U8, above: U8, mask: U8) -> U8:
    kept = cv2.multiply(below, cv2.bitwise_not(mask), scale=1 / 255)
    return cv2.add(kept, cv2.multiply(above, mask, scale=1 / 255))


def _plane(plane: U8 | None, size: tuple[int, int]) -> U8:
    return np.full(size[::-1], NEUTRAL, np.uint8) if plane is None else plane


def _nearest_edge(at: F8, size: NDArray[np.int64]) -> tuple[F8, F8]:
    """The nearest point on the photo's edge and the direction to it."""
    x, y = np.clip(at, 0, size - 1)
    ways = ((x, (-1, 0)), (size[0] - x, (1, 0)), (size[1] - y, (0, 1)))  # hands rarely come from above
    distance, towards = min(ways)
    direction = np.array(towards, np.float64)
    return np.array([x, y]) + direction * distance, direction


def _table(small: tuple[int, int], rng: Generator) -> U8:
    texture = _texture(int(rng.integers(_TEXTURES)), small)
    if rng.random() < 0.5:
        texture = cv2.flip(texture, int(rng.integers(-1, 2)))
    colour = np.array(TABLES[int(rng.integers(len(TABLES)))]) * rng.uniform(0.7, 1.15)
    depth = rng.uniform(0.4, 1.1)
    return cv2.merge([cv2.addWeighted(texture, depth, texture, 0, part - 128 * depth) for part in colour])


@lru_cache(_TEXTURES)
def _texture(kind: int, small: tuple[int, int]) -> U8:
    """Streaks, blots and grain around 128, kept: there are enough of them that a reader learns none by heart."""
    rng = np.random.default_rng(kind)
    width, height = small
    grain = rng.standard_normal((max(2, height // 2), max(2, width // 24)), np.float32)
    streaks = cv2.resize(grain, small, interpolation=cv2.INTER_CUBIC) * rng.uniform(2, 9)
    if rng.random() < 0.5:
        streaks = cv2.resize(np.ascontiguousarray(streaks.T), small)
    blots = cv2.resize(rng.standard_normal((9, 7), np.float32), small, interpolation=cv2.INTER_CUBIC)
    streaks += blots * rng.uniform(0, 9) + rng.standard_normal((height, width), np.float32) * rng.uniform(1, 4)
    if rng.random() < 0.3:
        _joints(streaks, rng)
    return (streaks + 128).clip(0, 255).astype(np.uint8)


def _joints(streaks: NDArray[np.float32], rng: Generator) -> None:
    """Tiles or boards: dark lines at even distances."""
    height, width = streaks.shape
    pitch, slope = rng.uniform(0.12, 0.5) * width, rng.normal(0, 0.05)
    for k in range(-2, 2 + int(max(width, height) / pitch)):
        at, lean = k * pitch, slope * height
        cv2.line(streaks, (int(at), 0), (int(at + lean), height), -25.0, 2)
        if pitch > 0.25 * width:
            cv2.line(streaks, (0, int(at)), (width, int(at - slope * width)), -25.0, 2)


def _paper(ground: U8, rng: Generator) -> None:
    """Another sheet with print on it, near an edge of the picture."""
    height, width = ground.shape[:2]
    side, angle = rng.uniform(0.25, 0.7) * width, rng.uniform(0, np.pi)
    middle = np.array([width, height]) * (0.5 + 0.55 * _direction(rng))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def place(x: float, y: float) -> tuple[int, int]:
        px, py = (np.array([x, y]) * side) @ turn.T + middle
        return int(px), int(py)

    white = rng.uniform(150, 240)
    colour = tuple(float(v) for v in white * rng.uniform(0.93, 1.0, 3))
    corners = [place(*c) for c in ((-0.5, -0.7), (0.5, -0.7), (0.5, 0.7), (-0.5, 0.7))]
    cv2.fillConvexPoly(ground, np.array(corners), colour, cv2.LINE_AA)
    for row in np.arange(-0.6, 0.6, rng.uniform(0.03, 0.06)):
        end = rng.uniform(-0.1, 0.42)
        cv2.line(ground, place(-0.42, row), place(end, row), tuple(v * 0.55 for v in colour), 1, cv2.LINE_AA)
    if rng.random() < 0.5:
        table = np.array([place(*c) for c in ((-0.4, 0.0), (0.4, 0.0), (0.4, 0.5), (-0.4, 0.5))])
        cv2.polylines(ground, [table], True, (40, 40, 40), 1, cv2.LINE_AA)


def _direction(rng: Generator) -> F8:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.85, 1.15)


def _fixed(outline: F8) -> NDArray[np.int32]:
    return np.rint(outline / COARSE).astype(np.int32)
