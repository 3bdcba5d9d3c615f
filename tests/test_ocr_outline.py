"""A page whose place a person has marked: read where its prints are seen there, else only masked."""

import cv2
import numpy as np
import pytest

from benchmarks import metadata
from election import form as forms
from election.form import Form, Rect
from ocr.evaluate.ballots import ballot, templates
from ocr.guard import gray
from ocr.outline import Outlined, by_hand
from ocr.reader import PageReader, PageReading, Request
from ocr.register import Registration, register
from paper import specimen


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageReader()


@pytest.fixture(scope="module")
def form() -> Form:
    return forms.of(ballot("ppwp", templates("ppwp")[0], 3))


@pytest.fixture(scope="module")
def photo(form: Form) -> bytes:
    return specimen.sample(form, 2, np.random.default_rng(4), 0.2, size=(1200, 1600)).jpeg


@pytest.fixture(scope="module")
def found(form: Form, photo: bytes) -> Registration:
    return register(gray(photo), form, 2)


def covered(photo: bytes, found: Registration, marks: int) -> bytes:
    """The photo with something lying on its tags and so many of its marks."""
    pixels = gray(photo).copy()
    rects = [tag.rect for tag in found.page.tags]
    rects += [square for mark in found.page.marks[:marks] for square in mark.squares]
    for x0, y0, x1, y1 in rects:
        around = Rect(x0 - 9, y0 - 9, x1 + 9, y1 + 9)
        cv2.fillConvexPoly(pixels, np.rint(corners(found, around)).astype(np.int32), 200)
    return bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])[1])


def corners(found: Registration, rect: Rect) -> np.ndarray:
    return found.px([(rect.x0, rect.y0), (rect.x1, rect.y0), (rect.x1, rect.y1), (rect.x0, rect.y1)])


def marked(found: Registration, form: Form, photo: bytes, off: float = 0.0, page: int = 2) -> Outlined:
    """What a person clicks, `off` pixels beside the paper's corners."""
    height, width = gray(photo).shape
    exact = corners(found, Rect(0, 0, *form.page_size_mm)) + np.random.default_rng(1).normal(0, off, (4, 2))
    parts = (exact + 0.5) / (width, height) * 10_000
    return Outlined(page, tuple(int(part) for part in np.rint(parts).ravel()))


def read(reader: PageReader, data: bytes, form: Form, outlined: Outlined | None) -> PageReading:
    return reader.read_many([Request(data, form, None, outlined)])[0]


def test_a_page_without_tag_and_marks_gets_a_masked_picture_and_no_figures(reader, form, photo, found):
    data = covered(photo, found, 4)
    assert (read(reader, data, form, None).fault, read(reader, data, form, None).rendition) == ("scan.no_page", None)
    outlined = read(reader, data, form, marked(found, form, photo, off=3))
    assert outlined.page == 2 and outlined.fault is not None and outlined.scores is None
    assert outlined.rendition is not None and metadata.extra(outlined.rendition) == 0
    plain = read(reader, photo, form, None)
    pictures = [cv2.imdecode(np.frombuffer(one.rendition or b"", np.uint8), 0) for one in (outlined, plain)]
    assert pictures[0].shape == pictures[1].shape
    frame, scale = forms.shown(form.page_size_mm), pictures[0].shape[0] / forms.shown(form.page_size_mm).height
    for rect in found.page.mask:
        x0, y0, x1, y1 = (round((v - f) * scale) for v, f in zip(rect, (frame.x0, frame.y0) * 2, strict=True))
        assert np.abs(pictures[0][y0:y1, x0:x1].astype(int) - 160).max() <= 3


def test_where_a_mark_is_seen_the_page_is_read_as_well_as_ever(reader, form, photo, found):
    data = covered(photo, found, 2)
    outlined = read(reader, data, form, marked(found, form, photo, off=3))
    assert (outlined.page, outlined.fault) == (2, None) and outlined.scores is not None
    assert outlined.quality > 300


def test_a_page_that_is_too_blurred_to_be_read_is_shown_all_the_same(reader, form, photo, found):
    blurred = bytes(cv2.imencode(".jpg", cv2.GaussianBlur(gray(photo), (0, 0), 7))[1])
    outlined = read(reader, blurred, form, marked(found, form, photo))
    assert outlined.fault is not None and outlined.rendition is not None and outlined.scores is None


def test_what_is_no_picture_stays_a_fault(reader, form, photo, found):
    outlined = read(reader, b"\xff\xd8\xff no photo", form, marked(found, form, photo))
    assert (outlined.page, outlined.rendition) == (None, None) and outlined.fault == "scan.damaged"
    flat = read(reader, photo, form, Outlined(2, (0, 0) * 4))
    assert (flat.fault, flat.rendition) == ("scan.no_page", None)


def test_a_hand_may_mark_corners_that_lie_beyond_the_picture(form, photo):
    height, width = gray(photo).shape
    placed = by_hand(gray(photo), form, Outlined(2, (-1000, -500, 11000, -500, 11000, 10500, -1000, 10500)))
    right, down = form.page_size_mm
    assert np.allclose(
        placed.px([(0, 0), (right, down)]) + 0.5, [(-0.1 * width, -0.05 * height), (1.1 * width, 1.05 * height)]
    )
