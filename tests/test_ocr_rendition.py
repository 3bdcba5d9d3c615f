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


def seen(page: Page, size: tuple[float, float], side: int) -> tuple[np.ndarray, Found, bytes]:
    """Noise, photographed as if it were the page; its public picture."""
    noise = np.random.default_rng(1).integers(0, 255, (side, side * 2 // 3)).astype(np.uint8)
    scale = side * 0.8 / size[1]
    found = Found(page, np.array([[scale, 0, side * 0.06], [0, scale, side * 0.1], [0, 0, 1]]))
    data = rendition.masked(noise, found, size)
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE).astype(float), found, data


@pytest.mark.parametrize("name", form.names())
def test_names_signatures_and_surroundings_are_hidden_on_every_form(name: str) -> None:
    template = blank(name)
    for page in template.pages:
        picture, found, data = seen(page, template.page_size_mm, 3000)
        small = max(picture.shape) / 3000
        assert page.mask
        for rect in page.mask:
            (x0, y0), (x1, y1) = found.px([rect[:2], rect[2:]]) * small
            # JPEG spreads what lies beside the edge by a block of 8 pixels, smeared beyond recognition.
            assert picture[round(y0) + 8 : round(y1) - 8, round(x0) + 8 : round(x1) - 8].std() < 2
            assert picture[round(y0) + 1 : round(y1) - 1, round(x0) + 1 : round(x1) - 1].std() < 12
        assert np.ptp(picture[:40]) < 20
        box = page.fields[0].boxes[0]
        (x0, y0), (x1, y1) = found.px([box[:2], box[2:]]) * small
        assert picture[round(y0) : round(y1), round(x0) : round(x1)].std() > 10
        assert b"Exif" not in data
        assert data.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("name", form.names())
def test_every_signature_is_masked(name: str) -> None:
    for page in blank(name).pages:
        for cell in (cell for row in page.signatures for cell in row):
            assert any(
                m.x0 <= cell.x0 + 0.01 and m.y0 <= cell.y0 + 0.01 and m.x1 >= cell.x1 - 0.01 and m.y1 >= cell.y1 - 0.01
                for m in page.mask
            )


@pytest.mark.parametrize(("side", "small"), [(900, 900), (1800, 900), (2400, 1200), (2250, 1125), (4000, 1333)])
def test_photos_are_reduced_by_whole_numbers(side: int, small: int) -> None:
    template = blank("c_hasil_ppwp_2024")
    assert max(seen(template.page(2), template.page_size_mm, side)[0].shape) == small


def test_a_page_that_fills_the_photo_is_all_to_be_seen() -> None:
    template = blank("c_hasil_ppwp_2024")
    photo = np.full((900, 600), 90, np.uint8)
    data = rendition.masked(photo, Found(template.page(2), np.eye(3)), template.page_size_mm)
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.abs(picture[:700].astype(int) - 90).max() < 10
