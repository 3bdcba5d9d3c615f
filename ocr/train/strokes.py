"""Ink without a box: digits and signs that others gathered, and what our own invented writers draw.

The files lie outside the project; none of them is part of it. Ink is laid into boxes by `batches`.
"""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from election.form import Rect
from election.scores import CLASSES
from ocr.train.forms import Boxes, joined
from paper import hand
from paper.ink import Ink

Pictures = npt.NDArray[np.uint8]

SIDE = 48
"""Pixels a side of a picture of ink; the ink itself fills the middle 40."""

VOID = CLASSES.index("void")
LAST_ORDER = 1350
"""Samples of BHMSDS come in the order in which people wrote them: those from here on, a tenth, are for testing."""

_BHMSDS = {"minus": "dash", "x": "X"}
_LOOKS_LIKE_ONE = frozenset("0123456789XxOoDQIlijJSsZzBbgqGT")
"""Characters that a reader of digits may rightly take for one of the classes."""


_LOOPED = np.array([
    (0.56, 0.46), (0.3, 0.42), (0.24, 0.2), (0.5, 0.04), (0.74, 0.18), (0.66, 0.45),
    (0.42, 0.7), (0.18, 0.88), (0.4, 0.86), (0.64, 0.92), (0.9, 0.84),
])  # fmt: skip
"""Where the pen goes that writes such a 2: (right, down), from where the head begins to the end of the foot."""


def gather(data: Path, seed: int, drawn: int) -> Boxes:
    """Ink uint8[n, 48, 48], 255 = ink: BHMSDS, MNIST, characters, and `drawn` rows of 20 marks by our own writers."""
    rng = np.random.default_rng(seed)
    own = [characters(data, False), penned(seed, drawn), looped(rng, 1500)]
    return _slashed(joined([bhmsds(data, False), _mnist(data), *own]), rng)


def framed(pictures: Pictures) -> Pictures:
    """Each piece of ink cut out and enlarged so that its longer side is 40 pixels."""
    out = np.zeros((len(pictures), SIDE, SIDE), np.uint8)
    for frame, picture in zip(out, pictures, strict=True):
        box = cv2.boundingRect((picture > 60).astype(np.uint8))
        x, y, width, height = box if box[2] else (0, 0, *picture.shape)
        scale = 40 / max(width, height)
        size = max(2, round(width * scale)), max(2, round(height * scale))
        big = cv2.resize(picture[y : y + height, x : x + width], size, interpolation=cv2.INTER_LINEAR)
        left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
        frame[top : top + size[1], left : left + size[0]] = big
    return out


def bhmsds(data: Path, held: bool) -> Boxes:
    """Phone-photographed digits and signs; of those that are no class of ours, a third."""
    with np.load(data / "bhmsds.npz") as file:
        x, y, order, names = file["x"], file["y"], file["idx"], [str(name) for name in file["names"]]
    kinds = np.array([CLASSES.index(_BHMSDS.get(n, n if n.isdigit() else "void")) for n in names])[y]
    keep = (order >= LAST_ORDER) == held
    keep &= (order % 3 == 0) | (kinds != VOID)
    return Boxes(framed(255 - x[keep]), kinds[keep])


def _mnist(data: Path, every: int = 2) -> Boxes:
    """Half of it: the loops in its 2s and the open 4s are in nothing else here."""
    with np.load(data / "mnist.npz") as file:
        x, y = file["x_train"][::every], file["y_train"][::every]
    return Boxes(framed(x), y.astype(np.int64))


def looped(rng: np.random.Generator, count: int) -> Boxes:
    """2s whose head closes to a loop, as many people write them; some have another at the foot."""
    out = np.zeros((count, SIDE, SIDE), np.uint8)
    for picture in out:
        points = _LOOPED + rng.normal(0, 0.035, _LOOPED.shape)
        points[0] += rng.normal(0, (0.06, 0.05))
        if rng.random() < 0.35:
            points = np.insert(points, 8, np.array([(0.08, 0.8), (0.2, 0.72)]) + rng.normal(0, 0.03, (2, 2)), axis=0)
        line = _smooth(points)
        line = (line - line.min(axis=0)) / np.ptp(line, axis=0).max()
        line += (1 - line.max(axis=0)) / 2
        pixels = np.rint((4 + 40 * line) * 8).astype(np.int32)
        cv2.polylines(picture, [pixels], False, 255, int(rng.integers(1, 4)), cv2.LINE_AA, 3)
    return Boxes(out, np.full(count, 2))


def _smooth(points: npt.NDArray[np.float64], steps: int = 24) -> npt.NDArray[np.float64]:
    """A Catmull-Rom curve through the points [n, 2]."""
    t = np.linspace(0, 1, steps)[:, None]
    ends = np.concatenate((points[:1], points, points[-1:]))
    parts = [
        b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
        for a, b, c, d in zip(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], strict=True)
    ]
    return np.concatenate(parts)


def _slashed(boxes: Boxes, rng: np.random.Generator) -> Boxes:
    """The same with a slash through one 0 of sixteen: some people write it so, but hardly any whose ink this is."""
    pictures, zeros = boxes.pictures.copy(), rng.permutation(np.flatnonzero(boxes.labels == 0))
    for row in zeros[: len(zeros) // 16]:
        ends = np.clip(rng.normal([33, 7, 15, 41], 3), 2, SIDE - 2) * 8
        low, high = np.rint(ends).astype(int).reshape(2, 2).tolist()
        cv2.line(pictures[row], low, high, 255, int(rng.integers(2, 4)), cv2.LINE_AA, 3)
    return Boxes(pictures, boxes.labels)


def characters(data: Path, held: bool) -> Boxes:
    """Characters that look like no digit; a fifth of them is held out."""
    with np.load(data / "chars74k_strokes32.npz") as file:
        x, names = file["x"], [str(name) for name in file["label"]]
    strange = np.array([name not in _LOOKS_LIKE_ONE for name in names])
    strange &= (np.arange(len(x)) % 5 == 0) == held
    dark = x if np.median(x) < 128 else 255 - x
    return Boxes(framed(dark[strange]), np.full(int(strange.sum()), VOID))


def penned(seed: int, rows: int) -> Boxes:
    """Marks as invented writers draw them, one writer a row; half of them follow the printed guide's segments."""
    rng = np.random.default_rng(seed)
    scale, box = 3.2, 20.0
    marks = [*"0123456789", *"0235689", "X", "X", "-"]
    pictures, labels = [], []
    for _ in range(rows):
        ink = Ink((64, 64 * len(marks)), scale)
        pen = hand.Hand(hand.invent(rng, 0.0), ink, rng)
        for k, mark in enumerate(marks):
            place = Rect(k * box + 1, 1, (k + 1) * box - 1, box - 1)
            guide = Rect(k * box + 6, 3.5, k * box + 14, 16.5)
            pen.mark(mark, place, guide if k >= 10 else None)
        pictures += list(ink.mask().reshape(64, len(marks), 64).swapaxes(0, 1))
        labels += [CLASSES.index("dash" if mark == "-" else mark) for mark in marks]
    return Boxes(framed(np.array(pictures)), np.array(labels))


def struck(seed: int, count: int) -> Pictures:
    """Lines to and fro across a box and scribbles, uint8[count, 64, 64], 255 = ink: what makes a digit void."""
    rng = np.random.default_rng(seed)
    out = np.zeros((count, 64, 64), np.uint8)
    for picture in out:
        points = _to_and_fro(rng) if rng.random() < 0.6 else rng.uniform(20, 44, (int(rng.integers(6, 16)), 2))
        thick = int(rng.integers(1, 4))
        cv2.polylines(picture, [np.rint(points * 8).astype(np.int32)], False, 255, thick, cv2.LINE_AA, 3)
    return out


def _to_and_fro(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Two to six lines across the middle of a scene, lying, leaning or upright."""
    count = int(rng.integers(3, 8))
    x = np.where(np.arange(count) % 2 == 0, rng.uniform(16, 24, count), rng.uniform(40, 48, count))
    y = np.linspace(rng.uniform(20, 30), rng.uniform(34, 44), count) + rng.normal(0, 1, count)
    angle = rng.choice([0.0, rng.normal(0, 0.5), rng.uniform(0, 3)])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (np.column_stack((x, y)) - 32) @ turn + 32
