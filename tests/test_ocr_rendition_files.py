"""What a published picture's file holds: pixels and nothing else, whatever the original held; names are under grey."""

from random import Random

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_ocr_rendition import Found, blank, inside

from benchmarks import containers as made
from benchmarks import metadata, prove_scans, seed_images
from election import form
from ocr import guard, rendition

GREY = 160


def test_nothing_of_the_originals_metadata_is_published() -> None:
    found = prove_scans.prove(8, seed=5, contests=("ppwp", "pdpr"))
    assert found.published == found.originals == 8 and not found.faults
    assert found.planted >= 7 * 8 and set(found.kinds) >= {"jpeg", "png"}
    assert (found.left, found.tokens) == (0, 0)


def test_a_published_picture_has_the_segments_of_a_plain_jpeg_and_ends_at_its_end() -> None:
    template = blank("c_hasil_ppwp_2024")
    photo = np.random.default_rng(1).integers(0, 255, (1600, 1200)).astype(np.uint8)
    found = Found(template.page(2), np.array([[1.6, 0, 90], [0, 1.6, 80], [0, 0, 1.0]]))
    markers = [marker for marker, _ in metadata.walk(rendition.masked(photo, found, template.page_size_mm))]
    assert markers[0] == 0xD8 and markers[1] == 0xE0 and markers[-2:] == [0xDA, 0xD9]
    assert set(markers) == {0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA, 0xD9} and markers.count(0xDA) == 1


@pytest.mark.parametrize("kind", ["jpeg", "png", "heic"])
def test_what_is_planted_is_really_there_and_changes_no_pixel(kind: str) -> None:
    if kind == "heic" and not seed_images.has_heic():
        pytest.skip("pillow-heif is not installed")
    drawn = seed_images.picture(320, 240)
    rng = Random(3)
    if kind == "heic":
        data, plain = metadata.laden_heic(drawn, rng), None
    else:
        plain = bytes(cv2.imencode(f".{kind}", drawn)[1])
        data = (metadata.laden_jpeg if kind == "jpeg" else metadata.laden_png)(plain, rng)
    assert data.count(metadata.TOKEN) >= 7
    pixels = guard.gray(data)
    assert pixels.shape == (320, 240)
    if plain is not None:
        assert np.array_equal(pixels, guard.gray(plain))
    if kind == "jpeg":
        assert metadata.extra(data) > 2000 and metadata.extra(plain or b"") == 0


@given(st.lists(st.tuples(st.sampled_from([0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE]), st.binary(max_size=300)), max_size=6),
       st.binary(max_size=200))  # fmt: skip
def test_the_walker_counts_every_byte_that_was_put_in(blocks: list[tuple[int, bytes]], behind: bytes) -> None:
    plain = seed_images.seeds()["jpeg grey"]
    parts = [made.segment(marker, body) for marker, body in blocks]
    data = plain[:2] + b"".join(parts) + plain[2:] + behind
    assert metadata.extra(data) == sum(map(len, parts)) + len(behind)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\x89PNG", seed_images.seeds()["jpeg grey"][:-9]])
def test_the_walker_takes_no_half_jpeg(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"JPEG|marker"):
        list(metadata.walk(data))


def photographed(angle: float, tilt: float, scale: float) -> np.ndarray:
    """A page turned by `angle` degrees and looked at from the side; mm to px."""
    turn = np.deg2rad(angle)
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    around = np.array([[cos, -sin, 0], [sin, cos, 0], [tilt / 900, tilt / 1800, 1]])
    return (
        np.array([[1, 0, 600], [0, 1, 600], [0, 0, 1.0]]) @ around @ np.array([[1, 0, -300], [0, 1, -450], [0, 0, 1.0]])
    )


@pytest.mark.parametrize("name", form.names())
def test_every_pixel_of_every_name_and_signature_is_grey_however_the_photo_was_taken(name: str) -> None:
    template, rng = blank(name), np.random.default_rng(2)
    photo = rng.integers(0, 255, (1200, 1200)).astype(np.uint8)
    size = template.page_size_mm
    for page in template.pages:
        angle, tilt = rng.uniform(0, 360), rng.uniform(-0.3, 0.3)
        found = Found(page, photographed(angle, tilt, 1100 / max(size)))
        data = rendition.masked(photo, found, size)
        assert metadata.extra(data) == 0
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE).astype(int)
        fields = [cell for row in page.signatures for cell in row]
        assert fields
        for cell in fields:
            shown = inside(picture, size, cell)
            assert shown.size and np.abs(shown - GREY).max() <= 3
        for box in (box for field in page.fields for box in field.boxes):
            assert not any(
                box.x0 < m.x1 + 0.01 * max(size) and box.x1 > m.x0 - 0.01 * max(size)
                and box.y0 < m.y1 + 0.01 * max(size) and box.y1 > m.y0 - 0.01 * max(size)
                for m in page.mask
            )  # fmt: skip
