"""The phone's eye in chromium, as the app ships it: pages and corners against the truth of drawn photos, verdicts for
named hardships, and what a photo is made into before it is sent."""

import base64
import re
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from ballots import ballot
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks.eye import Eye, NotAPhoto, available, page_tags
from election import form as forms
from election.form import Form
from ocr.reader import PageReader
from paper import specimen
from paper.specimen import Specimen

VISION = Path(__file__).parent.parent / "web" / "kpps" / "src" / "vision"
IDS = 800
LIMIT = 300_000
SIZE = (1500, 2000)

PPWP = forms.of(ballot("ppwp", 3))
FORMS = (
    PPWP,
    *(forms.of(ballot(key, choices, candidates)) for key, choices, candidates in (
        ("pdpr", 18, 10), ("pdprdp", 4, 12), ("pdprdk", 4, 3), ("pdpd", 14, 0), ("pkwkp", 4, 0), ("pkwkk", 2, 0),
    )),
)  # fmt: skip
KNOWN = page_tags(FORMS)

browser = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="chromium is not installed"),
]
"""Of each test that needs it; the tags' codes are compared without."""


@pytest.fixture(scope="module")
def eye() -> Iterator[Eye]:
    with Eye(KNOWN) as looking:
        yield looking


def photo(form: Form = PPWP, page: int = 2, seed: int = 1, size: tuple[int, int] = SIZE, **hard: float) -> Specimen:
    return specimen.sample(form, page, np.random.default_rng(seed), size=size, conditions=hard)


def truth(form: Form, taken: Specimen, size: tuple[int, int]) -> np.ndarray:
    """The paper's corners in a picture of that size."""
    width, height = form.page_size_mm
    return taken.where(np.array([[0, 0], [width, 0], [width, height], [0, height]])) * size[0] / taken.size[0]


def codes() -> bytes:
    """OpenCV's dictionary as `codes.ts` packs it."""
    tags = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
    bits = [cv2.aruco.Dictionary.getBitsFromByteList(tags.bytesList[k : k + 1], 6).ravel() for k in range(IDS)]
    return np.packbits(np.concatenate(bits).astype(np.uint8)).tobytes()


def test_the_tags_are_those_of_opencv():
    packed = "".join(re.findall(r'^  "([A-Za-z0-9+/=]+)"', (VISION / "codes.ts").read_text(), re.M))
    assert base64.b64decode(packed) == codes()


class TestFinding:
    pytestmark = browser

    @pytest.mark.parametrize("form", FORMS, ids=lambda form: form.contest)
    def test_pages_of_every_contest_are_found_where_they_lie(self, eye, form):
        for page in form.pages[:: 1 + len(form.pages) // 4]:
            taken = photo(form, page.number, page.number, perspective=0.5)
            made = eye.prepare(taken.jpeg, (form.contest, page.number))
            assert made.sight.code == "ok"
            assert made.sight.page == (form.contest, page.number)
            off = np.abs(made.sight.corners - truth(form, taken, made.size)).max()
            assert off < 0.004 * max(made.size)

    @pytest.mark.real
    def test_the_official_form_is_found(self, eye, shared):
        for page in (1, 2, 3):
            blank = shared / "data" / "forms" / "c_hasil_ppwp_2024" / f"blank_C.HASIL-PPWP_hal{page}_2000x3000.png"
            sight = eye.prepare(blank.read_bytes(), ("ppwp", page)).sight
            assert (sight.code, sight.page, sight.seen["missing"]) == ("ok", ("ppwp", page), [])

    @settings(max_examples=10)
    @given(
        seed=st.integers(0, 10**6),
        hard=st.fixed_dictionaries(
            {},
            optional={name: st.floats(0.01, 0.8) for name in ("rotation", "turned", "perspective", "far", "clutter")},
        ),
    )
    def test_no_way_of_holding_the_phone_hides_a_page(self, eye, seed, hard):
        form = FORMS[seed % len(FORMS)]
        page = 1 + seed % len(form.pages)
        taken = photo(form, page, seed, **hard)
        for sight in (eye.prepare(taken.jpeg).sight, eye.look(taken.jpeg)):
            assert sight.page == (form.contest, page)
            off = np.abs(sight.corners - truth(form, taken, sight.size)).max()
            assert off < 0.01 * max(sight.size)


class TestVerdict:
    pytestmark = browser

    @pytest.mark.parametrize(
        ("hard", "code"),
        [
            ({}, "ok"),
            ({"shadow": 0.5, "cast": 0.6, "clutter": 0.5}, "ok"),
            ({"rotation": 0.7, "perspective": 0.7}, "ok"),
            ({"fold": 0.4, "curl": 0.3}, "ok"),
        ],
    )
    def test_hardships_are_named(self, eye, hard, code):
        for seed in range(3):
            assert eye.prepare(photo(seed=seed, **hard).jpeg).sight.code == code

    def test_a_covered_tag_is_no_harm_where_it_is_known_which_page_is_photographed(self, eye):
        for form in (PPWP, FORMS[1]):
            taken = photo(form, covered_tag=0.9)
            assert eye.prepare(taken.jpeg).sight.code == "scan.no_page"
            made = eye.prepare(taken.jpeg, (form.contest, 2))
            assert (made.sight.code, made.sight.page) == ("ok", (form.contest, 2))
            assert np.abs(made.sight.corners - truth(form, taken, made.size)).max() < 0.004 * max(made.size)

    def test_a_cut_corner_is_the_one_that_is_missing(self, eye):
        form = FORMS[1]  # its tag is printed twice, and one of them is left here
        for seed in (1, 2, 3):
            taken = photo(form, seed=seed, cut=0.7)
            marks = form.page(2).marks
            at = taken.where(np.array([mark.at for mark in marks]))
            gone = {
                m.corner for m, (x, y) in zip(marks, at, strict=True) if not (0 <= x < SIZE[0] and 0 <= y < SIZE[1])
            }
            sight = eye.prepare(taken.jpeg).sight
            assert sight.code == "scan.corner_missing"
            assert gone <= set(sight.seen["missing"])

    def test_blur_is_told_when_the_server_would_refuse(self, eye):
        sharp = photo().jpeg
        refused = cv2.GaussianBlur(cv2.imdecode(np.frombuffer(sharp, np.uint8), cv2.IMREAD_COLOR), (0, 0), 9)
        assert eye.prepare(jpeg(refused)).sight.code == "scan.blurred"
        assert eye.look(jpeg(refused)).code == "scan.blurred"

    def test_night_and_lamps(self, eye):
        whole = cv2.imdecode(np.frombuffer(photo().jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert eye.prepare(jpeg((whole * 0.12).astype(np.uint8))).sight.code == "scan.too_dark"
        lamp = whole.copy()
        cv2.circle(lamp, (SIZE[0] // 2, SIZE[1] // 2), SIZE[0] // 3, (255, 255, 255), -1)
        assert eye.prepare(jpeg(lamp)).sight.code == "scan.glare"

    def test_a_page_too_far_away_is_too_small(self, eye):
        assert eye.prepare(photo(size=(400, 560)).jpeg).sight.code == "scan.too_small"

    def test_a_thumbnail_is_too_small_for_anything(self, eye):
        assert eye.prepare(photo(size=(200, 280)).jpeg).sight.code == "scan.too_small"

    def test_another_page_or_another_form_than_the_one_asked_for(self, eye):
        taken = photo(page=3).jpeg
        assert eye.prepare(taken, ("ppwp", 3)).sight.code == "ok"
        asked = eye.prepare(taken, ("ppwp", 2)).sight
        assert (asked.code, asked.page) == ("scan.wrong_page", ("ppwp", 3))
        assert eye.look(taken, ("pdpr", 3)).code == "scan.wrong_form"

    def test_a_form_of_no_contest_of_this_place(self, eye):
        taken = photo(FORMS[1], 2).jpeg
        eye.know(page_tags([PPWP]))
        sight = eye.prepare(taken, ("ppwp", 2)).sight
        eye.know(KNOWN)
        assert (sight.code, sight.page) == ("scan.wrong_form", None)

    def test_a_picture_of_something_else(self, eye):
        noise = np.random.default_rng(0).integers(60, 200, (900, 1200, 3), dtype=np.uint8)
        assert eye.prepare(jpeg(noise)).sight.code == "scan.no_page"
        assert eye.look(jpeg(np.full((480, 640, 3), 200, np.uint8))).code in {"scan.no_page", "scan.blurred"}

    def test_what_is_ok_for_the_eye_is_read_by_the_server(self, eye):
        reader = PageReader()
        for seed in range(12):
            form = FORMS[seed % len(FORMS)]
            rng = np.random.default_rng(seed)
            page = 1 + int(rng.integers(len(form.pages)))
            taken = specimen.sample(form, page, rng, 0.2 + 0.06 * seed, size=SIZE)
            made = eye.prepare(taken.jpeg, (form.contest, page))
            if made.sight.code == "ok":
                assert reader.read(made.jpeg, form, page).page == page


class TestPreparing:
    pytestmark = browser

    def test_a_large_photo_becomes_small_and_is_read_the_same(self, eye):
        taken = photo(size=(3000, 4000), defocus=0.2)
        made = eye.prepare(taken.jpeg)
        assert len(made.jpeg) <= LIMIT < len(taken.jpeg)
        assert made.sha256 == sha256(made.jpeg).hexdigest()
        assert Image.open(BytesIO(made.jpeg)).size == made.size == made.sight.size
        assert PageReader().read(made.jpeg, PPWP, 2).fault is None

    def test_a_small_photo_is_not_blown_up(self, eye):
        assert eye.prepare(photo(size=(900, 1200)).jpeg).size == (900, 1200)

    def test_a_photo_of_noise_is_small_as_well(self, eye):
        noise = np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), dtype=np.uint8)
        assert len(eye.prepare(jpeg(noise)).jpeg) <= LIMIT

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_a_photo_is_turned_upright_and_tells_nothing_but_its_pixels(self, eye, orientation):
        upright = np.zeros((300, 400, 3), np.uint8)
        upright[:150, :200] = (40, 60, 220)
        held = Image.fromarray(np.ascontiguousarray(as_held(upright, orientation)[..., ::-1]))
        exif = Image.Exif()
        exif[0x0112], exif[0x010F], exif[0x013B] = orientation, "Maker", "secret"
        exif[0x8825] = {1: "S", 2: (6.0, 10.0, 30.0)}
        file = BytesIO()
        held.save(file, "JPEG", exif=exif, comment=b"secret", quality=95)
        made = eye.prepare(file.getvalue())
        assert made.size == (400, 300)
        assert b"Exif" not in made.jpeg and b"secret" not in made.jpeg and b"Maker" not in made.jpeg
        seen = cv2.imdecode(np.frombuffer(made.jpeg, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        assert np.abs(seen[10:140, 10:190].reshape(-1, 3).mean(0) - (40, 60, 220)).max() < 12
        assert seen[160:].mean() < 12

    def test_bytes_that_are_no_photo(self, eye):
        with pytest.raises(NotAPhoto):
            eye.prepare(b"\xff\xd8\xff\xe0 but no more")


def jpeg(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def as_held(upright: np.ndarray, orientation: int) -> np.ndarray:
    """What a camera stores that says `orientation` (EXIF 2.32, tag 0112)."""
    stored = {
        1: lambda p: p,
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, 2),
        6: lambda p: np.rot90(p, 1),
        7: lambda p: np.rot90(p.transpose(1, 0, 2), 2),
        8: lambda p: np.rot90(p, -1),
    }
    return stored[orientation](upright)
