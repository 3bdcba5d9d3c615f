"""Pictures of boxes: what the kernel samples is what an independent library samples, wherever the box lies."""

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from election.form import Rect
from ocr import boxes
from ocr.plane import project


def wavy(seed: int, height: int = 300, width: int = 260) -> np.ndarray:
    """A picture smooth enough that a tenth of a pixel is a few grey levels."""
    noise = np.random.default_rng(seed).integers(0, 255, (height // 6, width // 6)).astype(np.uint8)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)


def by_library(photo: np.ndarray, homography: np.ndarray, place: Rect, side: int, margin: float, steps: int):
    """One picture by `cv2.remap` through the exact homography."""
    at = np.linspace(-margin, 1 + margin, side * steps + 1)
    at = (at[:-1] + at[1:]) / 2
    x, y = np.meshgrid(place.x0 + place.width * at, place.y0 + place.height * at)
    where = project(homography, np.column_stack((x.ravel(), y.ravel()))).astype(np.float32).reshape(*x.shape, 2)
    seen = cv2.remap(photo.astype(np.float32), where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return seen.reshape(side, steps, side, steps).mean(axis=(1, 3))


@settings(deadline=None)  # the first call compiles
@given(
    st.integers(0, 50),
    st.floats(0.4, 7.0),
    st.floats(-3.1, 3.1),
    st.floats(-2e-4, 2e-4),
    st.tuples(st.floats(-30, 100), st.floats(-30, 110)),
    st.tuples(st.floats(6, 12), st.floats(6, 12)),
)
def test_sampling_agrees_with_an_independent_library(seed, scale, turn, tilt, origin, size) -> None:
    """Of boxes as large as forms have them: the perspective bends with the square of the size, and over a box twice as
    large by half a pixel, which this picture, all of it as fine as that, shows as 4 grey levels."""
    photo = wavy(seed)
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    centre = np.array([origin[0] + size[0] / 2, origin[1] + size[1] / 2])
    move = np.array([130, 150]) - np.array([[cos, -sin], [sin, cos]]) @ centre * 0.6
    homography = np.array([[cos, -sin, move[0]], [sin, cos, move[1]], [tilt, -tilt, 1]])
    place = Rect(origin[0], origin[1], origin[0] + size[0], origin[1] + size[1])
    for side, margin in ((32, 0.1), (16, 0.2)):
        (picture,) = boxes.sample(photo, homography, [place], side, margin)
        corners = project(homography, boxes_corners(place, margin))
        longest = max(np.hypot(*(corners[1] - corners[0])), np.hypot(*(corners[3] - corners[0])))
        steps = int(np.clip(np.rint(longest / side), 1, 4))
        expected = by_library(photo, homography, place, side, margin, steps)
        off = np.abs(picture - expected)
        assert off.mean() < 2
        assert np.percentile(off, 99) < 6


def boxes_corners(place: Rect, margin: float) -> list[tuple[float, float]]:
    dx, dy = margin * place.width, margin * place.height
    x0, y0, x1, y1 = place.x0 - dx, place.y0 - dy, place.x1 + dx, place.y1 + dy
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def test_a_place_beyond_the_photo_shows_its_edge() -> None:
    photo = np.full((80, 90), 77, np.uint8)
    photo[0, 0] = 200
    places = [Rect(-500, -500, -480, -480), Rect(1e9, 5, 1e9 + 20, 25)]
    far = boxes.sample(photo, np.eye(3), places)
    assert np.unique(far[0]).tolist() == [200]
    assert np.unique(far[1]).tolist() == [77]


def test_places_are_sampled_alike_alone_and_together() -> None:
    photo = wavy(3)
    homography = np.array([[2.0, 0.1, 5], [-0.1, 2.2, 9], [1e-4, 0, 1]])
    places = [Rect(10, 10, 30, 30), Rect(50, 60, 62, 76), Rect(-4, 100, 16, 120)]
    together = boxes.sample(photo, homography, places)
    for place, picture in zip(places, together, strict=True):
        assert np.array_equal(boxes.sample(photo, homography, [place])[0], picture)
    assert boxes.sample(photo, homography, []).shape == (0, boxes.SIDE, boxes.SIDE)


@settings(deadline=None)
@given(st.integers(0, 3), st.floats(0.2, 0.8), st.floats(0.15, 0.6), st.floats(0.1, 1.0))
def test_a_tall_box_is_cut_to_where_its_ink_stands(seed: int, middle: float, extent: float, dark: float) -> None:
    photo = np.full((300, 200), 240, np.uint8)
    photo += np.random.default_rng(seed).integers(0, 8, photo.shape).astype(np.uint8)
    place = Rect(50, 60, 130, 220)
    photo[100:180, 50:130] = 205  # a watermark
    photo[60:220, 54:56] = 30  # a divider
    top, bottom = 60 + 160 * max(0.03, middle - extent / 2), 60 + 160 * min(0.97, middle + extent / 2)
    cv2.ellipse(photo, (90, round((top + bottom) / 2)), (14, round((bottom - top) / 2)), 0, 0, 360, 100 * (1 - dark), 5)
    ((x0, y0, x1, y1),) = boxes.fitted(photo, np.eye(3), [place])
    assert (x0, x1) == (50, 130)
    assert 60 <= y0 <= top + 4
    assert bottom - 4 <= y1 <= 220
    assert 80 - 1e-9 <= y1 - y0 <= max(80 + 1e-9, 1.3 * (bottom - top + 12))


def test_without_ink_the_middle_of_a_tall_box_is_looked_at_and_other_boxes_stay() -> None:
    photo = np.full((300, 200), 240, np.uint8)
    places = [Rect(50, 60, 130, 220), Rect(3, 4, 23, 24.5), Rect(3, 4, 33, 24)]
    assert boxes.fitted(photo, np.eye(3), places).tolist() == [[50, 100, 130, 180], [3, 4, 23, 24.5], [3, 4, 33, 24]]
    assert boxes.fitted(photo, np.eye(3), []).shape == (0, 4)


def by_numpy(picture: np.ndarray) -> tuple[float, float]:
    """Where the ink of a picture of 48 × 48 begins and ends, parts of its height; the middle of the box without any."""
    inner = picture[2:-2, 5:-5]
    darkest, paper = np.percentile(inner, (1, 80))
    dark = (inner < (darkest + paper) / 2) & (paper - darkest > 24)
    dark &= (dark.mean(axis=1, keepdims=True) < 0.7) & (dark.mean(axis=0, keepdims=True) < 0.8)
    if dark.sum() < 12:
        return 0.5, 0.5
    above = np.cumsum(dark.sum(axis=1)) / dark.sum()
    return (2 + (above < 0.03).sum()) / 48, (3 + (above < 0.97).sum()) / 48


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.floats(0, 0.3))
def test_ink_in_a_tall_box_is_found_as_numpy_finds_it(seed: int, contrast: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    photo = rng.integers(180, 200, (300, 200)).astype(np.uint8)
    first, last = np.sort(rng.integers(62, 218, 2))
    photo[first : last + 1][rng.random((last + 1 - first, 200)) < share] -= np.uint8(contrast)
    place = Rect(50, 60, 130, 220)
    start, end = by_numpy(boxes.sample(photo, np.eye(3), [place], 48, 0.0)[0])
    height = np.clip((end - start) * 160 * 1.3, 80, 160)
    top = 60 + np.clip((start + end) / 2 * 160 - height / 2, 0, 160 - height)
    assert np.allclose(boxes.fitted(photo, np.eye(3), [place]), [[50, top, 130, top + height]])
