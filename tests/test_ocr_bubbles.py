"""Bubbles: whatever a writer marks them with, whatever the photo does to them, and wherever the paper took them."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election import form
from ocr import bubbles, rings
from ocr.guard import gray
from ocr.register import register
from paper import specimen

FORM = form.load("c_hasil_ppwp_2024")
SCALE = 2.4  # px/mm
FLAT = np.diag([SCALE, SCALE, 1.0])
PITCH, SIDE = 10.5, 8.0
COLUMNS = 3
Marker = Callable[[np.ndarray, tuple[int, int], int], None]


def places(fields: int) -> np.ndarray:
    """Bubbles of numbers side by side: float64[fields, columns, 10, 4], mm."""
    x = 20 + 23.5 * np.arange(fields * COLUMNS).reshape(fields, COLUMNS, 1) + 10 * np.arange(fields)[:, None, None]
    y = 20 + PITCH * np.arange(10)[None, None]
    x, y = np.broadcast_arrays(x, y)
    return np.stack((x, y, x + SIDE, y + SIDE), axis=-1).astype(float)


def sheet(where: np.ndarray, bend: Callable[[float], tuple[float, float]] = lambda line: (0, 0)) -> np.ndarray:
    """White paper with printed bubbles; each line of them moved by `bend` (mm)."""
    height, width = (int(v * SCALE) for v in (where[..., 3].max() + 25, where[..., 2].max() + 25))
    page = np.full((height * 4, width * 4), 225, np.uint8)
    for column in where.reshape(-1, 10, 4):
        for digit, (x, y) in enumerate(centres(column, bend)):
            at = (round(x * 4), round(y * 4))
            cv2.circle(page, at, round(4 * SIDE / 2 * SCALE), 40, 4, cv2.LINE_AA)
            cv2.putText(page, str(digit), (at[0] - 18, at[1] + 20), cv2.FONT_HERSHEY_SIMPLEX, 1.7, 60, 4, cv2.LINE_AA)
    return cv2.resize(page, (width, height), interpolation=cv2.INTER_AREA)


def centres(column: np.ndarray, bend: Callable[[float], tuple[float, float]]) -> np.ndarray:
    middle = (column[:, :2] + column[:, 2:]) / 2 + [bend(line) for line in range(10)]
    return middle * SCALE


def full(page: np.ndarray, at: tuple[int, int], ink: int) -> None:
    cv2.circle(page, at, round(3.6 * SCALE), ink, -1, cv2.LINE_AA)


def half(page: np.ndarray, at: tuple[int, int], ink: int) -> None:
    cv2.ellipse(page, at, (round(3.4 * SCALE),) * 2, 0, 90, 270, ink, -1, cv2.LINE_AA)


def cross(page: np.ndarray, at: tuple[int, int], ink: int) -> None:
    reach = round(3.6 * SCALE)
    for way in (-1, 1):
        cv2.line(page, (at[0] - reach, at[1] - way * reach), (at[0] + reach, at[1] + way * reach), ink, 2, cv2.LINE_AA)


def tick(page: np.ndarray, at: tuple[int, int], ink: int) -> None:
    shape = np.array([(-3.2, -0.3), (-0.8, 2.6), (4.2, -4.0)]) * SCALE + at
    cv2.polylines(page, [np.rint(shape).astype(np.int32)], False, ink, 2, cv2.LINE_AA)


def dot(page: np.ndarray, at: tuple[int, int], ink: int) -> None:
    cv2.circle(page, (at[0] + 3, at[1] - 2), 2, ink, -1, cv2.LINE_AA)


def read(page: np.ndarray, where: np.ndarray) -> np.ndarray:
    return bubbles.likelihoods(bubbles.darkness(page, FLAT, where))


def marked(page: np.ndarray, where: np.ndarray, digits: np.ndarray, marker: Marker, ink: int, bend=lambda line: (0, 0)):
    for column, digit in zip(where.reshape(-1, 10, 4), digits.ravel(), strict=True):
        x, y = centres(column, bend)[digit]
        marker(page, (round(x), round(y)), ink)
    return page


@pytest.mark.parametrize("marker", [full, half, cross, tick])
@pytest.mark.parametrize("ink", [50, 130])
def test_any_mark_is_one_when_a_writer_marks_so(marker: Marker, ink: int) -> None:
    where = places(3)
    digits = np.random.default_rng(1).integers(0, 10, (3, COLUMNS))
    said = read(marked(sheet(where), where, digits, marker, ink), where)
    assert np.array_equal(said.argmax(axis=-1), digits)
    ranked = np.sort(said, axis=-1)
    assert (ranked[..., -1] - ranked[..., -2]).min() > 4


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 99), st.floats(-3, 3), st.floats(1.0, 2.2), st.floats(0.35, 1.0))
def test_light_blur_and_drift_change_nothing(seed: int, drift: float, blur: float, glare: float) -> None:
    """Paper moves on by up to 3 mm below the boxes; light falls off; a lens is out of focus."""
    rng = np.random.default_rng(seed)
    where, digits = places(2), rng.integers(0, 10, (2, COLUMNS))

    def bend(line: float) -> tuple[float, float]:
        return 0.3 * drift * (line / 9) ** 2, drift * (line / 9) ** 1.5

    page = marked(sheet(where, bend), where, digits, full, 70, bend)
    page = cv2.GaussianBlur(page, (0, 0), blur).astype(float)
    light = np.linspace(glare, 1.1, page.shape[1]) * np.linspace(1.1, glare, page.shape[0])[:, None]
    noisy = (page * light + rng.normal(0, 4, page.shape)).clip(0, 255).astype(np.uint8)
    assert np.array_equal(read(noisy, where).argmax(axis=-1), digits)


def test_a_stray_dot_is_no_mark_and_two_marks_are_no_digit() -> None:
    where = places(3)
    digits = np.arange(9).reshape(3, 3)
    page = marked(sheet(where), where, digits, full, 60)
    first = where[0, 0]
    dot(page, tuple(int(v) for v in centres(first, lambda line: (0, 0))[6]), 60)
    second = where[0, 1]
    full(page, tuple(int(v) for v in centres(second, lambda line: (0, 0))[7]), 60)
    said = read(page, where)
    assert said[0, 0].argmax() == 0
    assert np.sort(said[0, 0])[-2] < 0
    assert said[0, 1, 1] == said[0, 1, 7] == bubbles.MOST


def test_columns_without_a_mark_say_little() -> None:
    where = places(3)
    said = read(sheet(where), where)
    assert np.ptp(said, axis=-1).max() < 4
    assert said.max() < 0


def test_rings_are_followed_to_where_the_paper_took_them() -> None:
    where = places(2)

    def bend(line: float) -> tuple[float, float]:
        return -0.1 * line, 0.25 * line

    middles = (where[..., :2] + where[..., 2:]) / 2
    moved = rings.followed(sheet(where, bend), FLAT, middles, SIDE / 2)
    expected = np.array([bend(line) for line in range(10)])
    assert np.abs(moved - expected).max() < 0.75


@pytest.mark.parametrize("seed", [5, 6])
def test_bubbles_tell_marked_from_empty_on_a_photo(seed: int) -> None:
    sample = specimen.sample(FORM, 2, np.random.default_rng(seed), 0.3)
    photo = gray(sample.jpeg)
    found = register(photo, FORM)
    fields = found.page.fields
    said = bubbles.likelihoods(
        bubbles.darkness(photo, found.homography, np.asarray([field.bubbles for field in fields], float))
    )
    for field, columns in zip(fields, said, strict=True):
        for column, digit in zip(columns, sample.bubbles[field.name], strict=True):
            assert digit is None or column.argmax() == digit
