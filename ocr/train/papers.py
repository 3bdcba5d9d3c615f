"""Empty boxes and things that are no box: drawn here, without a form, so that the network has seen more than our own.

Outlines thick and thin, dotted guides, cells of a ruled row, neighbours; textures, noise and pictures of nothing.
"""

import cv2
import numpy as np
import numpy.typing as npt

from ocr.train.forms import SCENE

Pictures = npt.NDArray[np.uint8]

_LOW, _HIGH = SCENE // 4, SCENE * 3 // 4
_FINE = 4  # times finer than the scene that print is drawn


def empty(seed: int, count: int) -> Pictures:
    """Empty boxes in their surroundings, uint8[count, 64, 64]."""
    rng = np.random.default_rng(seed)
    return np.array([_ruled(rng) if rng.random() < 0.6 else _boxed(rng) for _ in range(count)], np.uint8)


def _sheet(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    return np.full((SCENE * _FINE,) * 2, float(rng.uniform(120, 255)), np.float32)


def _done(page: npt.NDArray[np.float32], rng: np.random.Generator) -> Pictures:
    soft = cv2.GaussianBlur(page, (0, 0), float(rng.uniform(1, 5)))
    return np.asarray(cv2.resize(soft, (SCENE, SCENE), interpolation=cv2.INTER_AREA), np.uint8)


def _boxed(rng: np.random.Generator) -> Pictures:
    """A box by itself or in a row, with or without a guide; now and then no outline at all."""
    page = _sheet(rng)
    if rng.random() < 0.08:
        return _done(page, rng)
    ink = float(page[0, 0] * rng.uniform(0.1, 0.75))
    thick = int(rng.integers(2, 14))
    pitch = float(rng.choice([0.0, rng.uniform(1.0, 1.4)])) * (_HIGH - _LOW)
    for step in (-1, 0, 1) if pitch else (0,):
        low = np.array([_LOW + step * pitch, _LOW]) + rng.normal(0, 0.7, 2)
        high = np.array([_HIGH + step * pitch, _HIGH]) + rng.normal(0, 0.7, 2)
        cv2.rectangle(page, _px(low), _px(high), ink, thick, cv2.LINE_AA)
    if rng.random() < 0.6:
        _guide(page, float(page[0, 0] * rng.uniform(0.25, 0.9)), rng)
    return _done(page, rng)


def _guide(page: npt.NDArray[np.float32], ink: float, rng: np.random.Generator) -> None:
    """Dots along the seven segments of an eight, and mostly along its middle, where a one goes."""
    width, height = rng.uniform(0.28, 0.48), rng.uniform(0.52, 0.8)
    x0, x1 = 32 - 32 * width / 2, 32 + 32 * width / 2
    ys = 32 + 32 * height * np.array([-0.5, 0, 0.5])
    steps = int(rng.integers(8, 22))
    size = int(rng.integers(1, 5))
    points = [(x, y) for y in ys for x in np.linspace(x0, x1, max(3, steps // 2))]
    columns = (x0, x1) if rng.random() < 0.4 else (x0, 32.0, x1)
    points += [(x, y) for x in columns for y in np.linspace(ys[0], ys[2], steps)]
    for point in points:
        cv2.circle(page, _px(np.array(point)), size, ink, -1)


def _ruled(rng: np.random.Generator) -> Pictures:
    """A cell of a ruled row, as on scanned forms of 2019: lines above and below, dotted dividers between."""
    page = _sheet(rng)
    if rng.random() < 0.5:
        _watermark(page, rng)
    ink = float(page[0, 0] * rng.uniform(0.0, 0.5))
    thick = int(rng.integers(2, 9))
    top, bottom = _LOW + rng.normal(0, 2), _HIGH + rng.normal(0, 2)
    for y in (top, bottom):
        cv2.line(page, _px(np.array([-1.0, y])), _px(np.array([65.0, y])), ink, thick, cv2.LINE_AA)
    dotted = rng.random() < 0.6
    dividers = [_LOW + rng.normal(0, 1.5), _HIGH + rng.normal(0, 1.5)]
    if rng.random() < 0.4:
        dividers += [dividers[0] - rng.uniform(1.5, 4), dividers[1] + rng.uniform(1.5, 4)]
    for x in dividers:
        ends = np.linspace(top, bottom, int(rng.integers(9, 30)) * 2 + 1)
        for a, b in zip(ends[::2], ends[1::2], strict=False) if dotted else ((top, bottom),):
            cv2.line(page, _px(np.array([x, a])), _px(np.array([x, b])), ink, max(1, thick - 1), cv2.LINE_AA)
    if rng.random() < 0.25:
        side = slice(None, int(_FINE * (_LOW - rng.uniform(0, 4))))
        page[:, side] = float(rng.uniform(0, 60))
    return _done(page, rng)


def _watermark(page: npt.NDArray[np.float32], rng: np.random.Generator) -> None:
    """Large pale figures behind everything, their edges frayed as a scanner leaves them."""
    pale = float(page[0, 0] * rng.uniform(0.78, 0.95))
    for _ in range(int(rng.integers(1, 4))):
        middle, reach = rng.uniform(0, 256, 2), rng.uniform(20, 160, 2)
        cv2.ellipse(page, tuple(np.rint(middle).astype(int)), tuple(np.rint(reach).astype(int)),
                    float(rng.uniform(0, 180)), 0, 360, pale, int(rng.choice([-1, 12, 40])))  # fmt: skip
    if rng.random() < 0.5:
        fray = rng.random((SCENE, SCENE)) < rng.uniform(0, 0.08)
        page[np.kron(fray, np.ones((_FINE, _FINE))) > 0] = float(rng.uniform(0.6, 1.0) * pale)


def _px(point: npt.NDArray[np.float64]) -> tuple[int, int]:
    return round(float(point[0]) * _FINE), round(float(point[1]) * _FINE)


def nothing(seed: int, count: int) -> Pictures:
    """Pictures of no box: clouds, stripes, noise, edges, blots; uint8[count, 64, 64]."""
    rng = np.random.default_rng(seed)
    kinds = (_clouds, _stripes, _noise, _blots, _edges)
    return np.array([kinds[k % len(kinds)](rng) for k in range(count)], np.uint8)


def _between(field: npt.NDArray[np.generic], rng: np.random.Generator) -> Pictures:
    """A field of any values as grey, with much contrast."""
    flat = np.asarray(field, np.float64) - np.min(field)
    low = rng.uniform(0, 120)
    return np.asarray(low + flat / max(1e-9, float(flat.max())) * rng.uniform(60, 255 - low), np.uint8)


def _clouds(rng: np.random.Generator) -> Pictures:
    field = np.zeros((SCENE, SCENE))
    for side in (int(rng.integers(2, 6)), int(rng.integers(6, 14)), int(rng.integers(14, 40))):
        field += cv2.resize(rng.normal(0, rng.uniform(0.1, 1), (side, side)), (SCENE, SCENE), interpolation=2)
    return _between(field, rng)


def _stripes(rng: np.random.Generator) -> Pictures:
    y, x = np.mgrid[:SCENE, :SCENE] / SCENE
    field = np.zeros((SCENE, SCENE))
    for _ in range(int(rng.integers(1, 4))):
        a, b = rng.normal(0, 40, 2)
        field += np.sin(a * x + b * y + rng.uniform(0, 6))
    return _between(np.sign(field) if rng.random() < 0.3 else field, rng)


def _noise(rng: np.random.Generator) -> Pictures:
    field = rng.normal(0, 1, (SCENE, SCENE)) if rng.random() < 0.5 else rng.exponential(1, (SCENE, SCENE))
    return _between(cv2.GaussianBlur(field, (0, 0), float(rng.uniform(0.3, 3))), rng)


def _blots(rng: np.random.Generator) -> Pictures:
    page = np.full((SCENE, SCENE), float(rng.uniform(0, 255)), np.float32)
    for _ in range(int(rng.integers(2, 14))):
        points = rng.normal(rng.uniform(10, 54, 2), rng.uniform(2, 20), (int(rng.integers(3, 7)), 2))
        cv2.fillPoly(page, [np.rint(points).astype(np.int32)], float(rng.uniform(0, 255)), cv2.LINE_AA)
    return np.asarray(page, np.uint8)


def _edges(rng: np.random.Generator) -> Pictures:
    page = np.full((SCENE, SCENE), float(rng.uniform(60, 255)), np.float32)
    for _ in range(int(rng.integers(3, 12))):
        ends = np.rint(rng.uniform(-10, 74, (2, 2))).astype(np.int32)
        cv2.line(page, ends[0], ends[1], float(rng.uniform(0, 255)), int(rng.integers(1, 9)), cv2.LINE_AA)
    return np.asarray(page, np.uint8)
