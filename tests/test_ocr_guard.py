"""Bytes that anyone may send: decoded, or refused with a name; never a crash."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election import form
from ocr import guard
from ocr.fault import DamagedImage, NotAnImage, TooLarge
from ocr.reader import PageReader

FORM = form.load("c_hasil_ppwp_2024")
PICTURE = np.random.default_rng(1).integers(0, 255, (120, 90, 3)).astype(np.uint8)
JPEG = bytes(cv2.imencode(".jpg", PICTURE)[1])
PNG = bytes(cv2.imencode(".png", PICTURE)[1])


def bomb(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + PNG[-12:]


def turned(jpeg: bytes, orientation: int) -> bytes:
    """The photo with an EXIF orientation, as phones write it."""
    tiff = b"MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01" + struct.pack(">HH", orientation, 0)
    body = b"Exif\x00\x00" + tiff + b"\x00\x00\x00\x00"
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def passes(count: int) -> bytes:
    """A progressive JPEG of `count` scans, each of a few bytes that say "nothing here" for the whole picture."""
    table = b"\xff\xc4\x00\x14%c\x01" + bytes(15) + b"%c"
    head = b"\xff\xd8\xff\xdb\x00\x43\x00" + b"\x01" * 64 + b"\xff\xc2\x00\x0b\x08\x13\x88\x13\x88\x01\x01\x11\x00"
    head += table % (0x00, 0x00) + table % (0x10, 0xE0)
    first = b"\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00" + bytes(625 * 625 // 8 + 1)
    more = b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00" + bytes(45)
    return head + first + more * (count - 1) + b"\xff\xd9"


@pytest.mark.parametrize("data", [JPEG, PNG, JPEG + b"what phones append"])
def test_photos_come_out_grey(data: bytes) -> None:
    assert guard.gray(data).shape == (120, 90)
    assert guard.dimensions(data) == (90, 120)


def test_a_photo_that_asks_for_endless_passes_is_refused_before_the_first() -> None:
    assert guard.gray(passes(20)).shape == (5000, 5000)
    with pytest.raises(TooLarge):
        guard.gray(passes(100_000))


def test_exif_orientation_is_honoured() -> None:
    assert guard.gray(turned(JPEG, 6)).shape == (90, 120)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"GIF89a" + bytes(50), b"<svg/>", JPEG[1:], b"RIFF1234WEBPVP8 "])
def test_what_is_no_photo(data: bytes) -> None:
    with pytest.raises(NotAnImage):
        guard.gray(data)


@pytest.mark.parametrize("data", [JPEG[:3], JPEG[:-40], JPEG[:200], PNG[:20], PNG[:-40], bomb(100, 100), bomb(0, 9)])
def test_what_breaks_off(data: bytes) -> None:
    with pytest.raises(DamagedImage):
        guard.gray(data)


@pytest.mark.parametrize("data", [bomb(60_000, 60_000), bomb(2**31, 2**31), JPEG + bytes(guard.MAX_BYTES)])
def test_what_is_too_large_is_refused_before_it_is_decoded(data: bytes) -> None:
    with pytest.raises(TooLarge):
        guard.gray(data)


@given(st.sampled_from([JPEG, PNG]), st.data())
@settings(max_examples=150, deadline=None)
def test_broken_photos_give_a_reason_and_no_crash(whole: bytes, data: st.DataObject) -> None:
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 12))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    reading = PageReader().read(bytes(broken[: data.draw(st.integers(0, len(broken)))]), FORM)
    assert reading.fault is not None
    assert reading.fault.startswith("scan.")
    assert reading.scores is None
    assert reading.rendition is None
