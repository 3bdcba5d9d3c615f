"""What compiled loops find is what the libraries find that would take longer."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr import lines, neighbours, patches, placement, stencil
from ocr.lines import Lines
from ocr.patches import Sizes
from ocr.plane import affine, project
from ocr.views import Photo

ANY = Sizes(1, 10_000, 10_000.0)
seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.floats(0.05, 0.9), st.integers(1, 40), st.integers(1, 40))
def test_patches_are_opencv_s_components(seed: int, share: float, height: int, width: int) -> None:
    dark = (np.random.default_rng(seed).random((height, width)) < share).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    left, top, wide, high, _ = stats[1:].T
    expected = np.stack((left, top, left + wide, top + high), axis=1)
    found = patches.within(dark, ANY).frames
    assert sorted(map(tuple, found.tolist())) == sorted(map(tuple, expected.tolist()))
    sizes = (found[:, 2:] - found[:, :2]).prod(axis=1)
    assert (np.diff(sizes) <= 0).all()


@given(seeds, st.floats(0.05, 0.6), st.integers(1, 6), st.integers(2, 20), st.floats(1, 4))
def test_patches_that_have_a_size_are_those_of_all(seed: int, share: float, least: int, most: int, slim: float) -> None:
    dark = (np.random.default_rng(seed).random((60, 50)) < share).astype(np.uint8)
    every, found = patches.within(dark, ANY), patches.within(dark, Sizes(least, most, slim))
    sides = np.sort(every.frames[:, 2:] - every.frames[:, :2], axis=1)
    kept = (sides[:, 0] >= least) & (sides[:, 1] <= most) & (sides[:, 1] <= slim * sides[:, 0])
    assert np.array_equal(found.frames, every.frames[kept])
    assert np.array_equal(found.quads, every.quads[kept])


@pytest.mark.parametrize("angle", range(0, 90, 6))
def test_one_of_two_quads_has_the_corners_of_a_square(angle: int) -> None:
    turn = np.radians(angle)
    square = 30 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) @ [
        [np.cos(turn), np.sin(turn)],
        [-np.sin(turn), np.cos(turn)],
    ] + (60, 55)
    dark = np.zeros((120, 120), np.uint8)
    cv2.fillConvexPoly(dark, np.rint(square).astype(np.int32), 1)
    (quads,) = patches.within(dark, ANY).quads
    off = [min(np.abs(np.roll(quad, k, axis=0) - square).max() for k in range(4)) for quad in quads]
    assert min(off) < 2


@given(seeds, st.integers(4, 9), st.floats(-np.pi, np.pi))
@settings(max_examples=30)
def test_a_stencil_correlates_as_a_picture_does(seed: int, half: int, angle: float) -> None:
    rng = np.random.default_rng(seed)
    picture = cv2.GaussianBlur(rng.integers(0, 255, (45, 61)).astype(np.uint8), (0, 0), 1.5)
    basis = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    drawn = stencil.drawn(basis, half * np.array([(-0.6, -0.6, 0, 0), (0, 0, 0.6, 0.6)]), half)
    expected = cv2.matchTemplate(picture, np.where(drawn, 0, 255).astype(np.uint8), cv2.TM_CCOEFF_NORMED)
    y, x = np.unravel_index(int(expected.argmax()), expected.shape)
    (best,) = stencil.places(picture, drawn, -1.0, 1)
    there = (best - half).astype(int)
    assert expected[there[1], there[0]] == pytest.approx(expected[y, x], abs=1e-3)
    assert not len(stencil.places(picture, drawn, float(expected.max()) + 0.01, 3))


def test_a_stencil_larger_than_the_picture_fits_nowhere() -> None:
    assert not len(stencil.places(np.zeros((5, 30), np.uint8), np.ones((9, 9), np.bool_), 0.5, 3))


@given(seeds)
@settings(max_examples=30)
def test_profiles_are_medians_of_bilinear_samples(seed: int) -> None:
    rng = np.random.default_rng(seed)
    photo = rng.integers(0, 256, (80, 90)).astype(np.uint8)
    homography = np.array([[2.0, 0.1, 11], [-0.2, 1.9, 13], [1e-4, -2e-4, 1]]) + rng.normal(0, 1e-5, (3, 3))
    some = Lines.around([(2.0, 3.0, 12.0, 15.0), (14.0, 3.0, 25.0, 16.0)])
    out, dark = lines.profiles(photo, homography, some, 2.0)
    for line, found in zip(some.at, dark, strict=True):
        along = line[0] + (line[1] - line[0]) * np.linspace(0.1, 0.9, 9)[:, None]
        at = np.concatenate([project(homography, along + step * line[2]) for step in out]).astype(np.float32)
        seen = cv2.remap(photo.astype(np.float32), at.reshape(len(out), 9, 2), None, cv2.INTER_LINEAR)
        middle = np.sort(np.median(seen, axis=1))
        expected = np.maximum(middle[3 * (len(out) - 1) // 4] - np.median(seen, axis=1), 0)
        assert np.abs(found - expected).max() < 12  # OpenCV samples at 32nds of a pixel, we at 256ths


@given(seeds, st.integers(4, 30))
def test_neighbours_agree_on_a_plane_through_them(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    middles = rng.uniform(0, 500, (count, 2))
    seen = middles @ np.array([[0.002, 0.0], [0.0, -0.001]]) + (0.4, -0.3)
    seen[0] = np.nan
    (there,) = neighbours.expected(middles, seen, np.array([0]))
    assert np.isfinite(there).all()
    flat = np.tile((0.4, -0.3), (count, 1))
    flat[0] = np.nan
    assert neighbours.expected(middles, flat, np.array([0]))[0] == pytest.approx((0.4, -0.3))
    assert (neighbours.expected(middles, np.full((count, 2), np.nan), np.array([0, 1])) == 0).all()


def test_a_plane_is_the_one_of_least_squares() -> None:
    rng = np.random.default_rng(1)
    middles, seen = rng.uniform(0, 300, (12, 2)), rng.normal(0, 0.5, (12, 2))
    seen[3] = np.nan
    (there,) = neighbours.expected(middles, seen, np.array([3]))
    known = np.delete(np.arange(12), 3)
    apart = ((middles[known] - middles[3]) ** 2).sum(axis=1)
    weight = 1 / (apart + 60.0**2) ** 2
    weight /= weight.sum()
    for axis in (0, 1):
        values = seen[known, axis]
        order = np.argsort(values)
        middle = values[order][np.searchsorted(np.cumsum(weight[order]), 0.5)]
        trust = np.sqrt(weight / (1 + ((values - middle) / 1.2) ** 2))[:, None]
        design = np.column_stack((np.ones(11), (middles[known] - middles[3]) / 100)) * trust
        wanted = np.concatenate(((values - middle) * trust[:, 0], np.zeros(3)))
        solved = np.linalg.lstsq(np.vstack((design, np.diag([0, 0.1, 0.1]))), wanted, rcond=None)[0]
        assert there[axis] == pytest.approx(middle + solved[0])


@given(seeds, st.integers(3, 12))
def test_an_affine_map_is_the_one_of_least_squares(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    mm = np.concatenate(([(0.0, 0.0), (100.0, 0.0), (0.0, 100.0)], rng.uniform(0, 500, (count, 2))))
    px = mm @ rng.normal(0, 3, (2, 2)) + rng.normal(0, 400, 2) + rng.normal(0, 2, mm.shape)
    solved = np.linalg.lstsq(np.column_stack((mm, np.ones(len(mm)))), px, rcond=None)[0]
    assert affine(mm, px) == pytest.approx(np.vstack((solved.T, [0, 0, 1])), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("shape", [(800, 600), (801, 603), (3, 50), (1, 9)])
def test_levels_are_means(shape: tuple[int, int]) -> None:
    photo = Photo(np.random.default_rng(2).integers(0, 256, shape).astype(np.uint8))
    for level in (1, 2, 3, 4):
        small, side = photo.level(level), 2**level
        height, width = shape[0] // side, shape[1] // side
        if not height or not width:
            assert min(small.shape) == 1
            continue
        means = photo.full[: height * side, : width * side].reshape(height, side, width, side).mean(axis=(1, 3))
        assert small.shape == (height, width)
        assert np.abs(small - means).max() <= 1 + 1e-9


@given(seeds)
@settings(max_examples=20)
def test_contrast_is_between_numpy_s_percentiles(seed: int) -> None:
    photo = np.random.default_rng(seed).integers(0, 256, (32, 128)).astype(np.uint8)
    _, contrast = placement.sight(photo, np.eye(3), (0.0, 0.0, 127.0, 31.0))
    low, high = np.percentile(photo[:-1, :-1], (5, 95))
    assert contrast == pytest.approx(high - low, abs=8)
