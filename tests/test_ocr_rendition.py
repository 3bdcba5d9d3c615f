"""The picture that the public may see, for every form there is."""

import cv2
import numpy as np
import pytest

from election import form
from election.contest import Candidate, Choice, Contest, Kind
from election.form import Form, Page
from ocr import rendition
from ocr.plane import project


class Found:
    """A page that lies where `homography` has it."""

    def __init__(self, page: Page, homography: np.ndarray) -> None:
        self.page, self.homography = page, homography

    def px(self, mm: object) -> np.ndarray:
        return project(self.homography, mm)


def blank(name: str) -> Form:
    """The form of a template, on a ballot of two."""
    key = form.SHELF.template(name).contest
    candidates = (Candidate("1", 1, "A"), Candidate("2", 2, "B"))
    kind = Contest(key, (), name).type.kind
    count = 3 if kind is Kind.PAIRS else 2
    choices = tuple(
        Choice(str(n), n, str(n), candidates=candidates if kind is Kind.PARTIES else ()) for n in range(1, count + 1)
    )
    return form.load(name, Contest(key, choices, name))


def seen(page: Page, size: tuple[float, float], side: int, tilt: float = 0.0) -> tuple[np.ndarray, Found, bytes]:
    """Noise, photographed as if it were the page; its public picture."""
    noise = np.random.default_rng(1).integers(0, 255, (side, side * 2 // 3)).astype(np.uint8)
    noise = cv2.GaussianBlur(noise, (0, 0), side / 900)
    scale = side * 0.8 / size[1]
    found = Found(page, np.array([[scale, tilt, side * 0.06], [tilt, scale, side * 0.1], [0, tilt / 3000, 1]]))
    data = rendition.masked(noise, found, size)
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE).astype(float), found, data


def inside(picture: np.ndarray, size: tuple[float, float], rect: form.Rect, inset: int = 0) -> np.ndarray:
    """What the picture shows of a rectangle of the page."""
    frame = form.shown(size)
    scale = picture.shape[0] / frame.height
    x0, x1 = (round((x - frame.x0) * scale) for x in (rect.x0, rect.x1))
    y0, y1 = (round((y - frame.y0) * scale) for y in (rect.y0, rect.y1))
    return picture[max(0, y0) + inset : y1 - inset, max(0, x0) + inset : x1 - inset]


@pytest.mark.parametrize("name", form.names())
@pytest.mark.parametrize("tilt", [0.0, 0.1])
def test_names_and_signatures_are_hidden_on_every_form(name: str, tilt: float) -> None:
    template = blank(name)
    size = template.page_size_mm
    for page in template.pages:
        picture, _, data = seen(page, size, 3000, tilt)
        assert page.mask
        for rect in page.mask:
            # JPEG spreads what lies beside the edge by a block of 8 pixels, smeared beyond recognition.
            assert inside(picture, size, rect, 8).std() < 2
            assert inside(picture, size, rect, 1).std() < 12
        assert inside(picture, size, page.fields[0].boxes[0]).std() > 5
        assert b"Exif" not in data
        assert data.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("tilt", [0.0, 0.2, -0.2])
def test_a_picture_shows_the_page_where_the_form_has_it(tilt: float) -> None:
    template = blank("c_hasil_ppwp_2024")
    page, size = template.page(2), template.page_size_mm
    _, found, _ = seen(page, size, 3000, tilt)
    photo = np.full((3000, 2000), 40, np.uint8)
    rects = [box for field in page.fields for box in field.boxes]
    for rect in rects:
        corners = found.px([(rect.x0, rect.y0), (rect.x1, rect.y0), (rect.x1, rect.y1), (rect.x0, rect.y1)])
        cv2.fillConvexPoly(photo, np.rint(corners).astype(np.int32), 240)
    data = rendition.masked(photo, found, size)
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    for rect in rects:
        assert inside(picture, size, rect, 2).min() > 200
        beside = form.Rect(rect.x0 - 30, rect.y0 + 2, rect.x0 - 28, rect.y1 - 2)
        if not any(other.x0 < beside.x1 and other.x1 > beside.x0 for other in rects if other.y0 == rect.y0):
            assert inside(picture, size, beside).max() < 80


@pytest.mark.parametrize("name", form.names())
def test_every_signature_is_masked(name: str) -> None:
    for page in blank(name).pages:
        for cell in (cell for row in page.signatures for cell in row):
            assert any(
                m.x0 <= cell.x0 + 0.01 and m.y0 <= cell.y0 + 0.01 and m.x1 >= cell.x1 - 0.01 and m.y1 >= cell.y1 - 0.01
                for m in page.mask
            )


@pytest.mark.parametrize("side", [900, 2250, 4000])
def test_every_picture_has_the_same_size(side: int) -> None:
    template = blank("c_hasil_ppwp_2024")
    assert seen(template.page(2), template.page_size_mm, side)[0].shape == (1200, 810)


def test_what_the_photo_does_not_show_is_grey() -> None:
    template = blank("c_hasil_ppwp_2024")
    photo = np.full((900, 600), 90, np.uint8)  # exactly the page: no rim
    data = rendition.masked(photo, Found(template.page(2), np.eye(3)), template.page_size_mm)
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE).astype(int)
    assert np.abs(picture[40:700, 40:-40] - 90).max() < 10
    assert np.abs(picture[:8] - 160).max() < 10
