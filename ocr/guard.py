"""From bytes that anyone may have sent to grey pixels, or a named reason why not.

What the bytes are is told by their content, and limits are read from the header before anything is decoded. EXIF
orientation is honoured by the decoder; every coordinate elsewhere refers to the pixels that come out of here.
Finding the page in them is the work of `register`.
"""

import struct

import cv2
import numpy as np
import numpy.typing as npt

from ocr.fault import DamagedImage, NotAnImage, TooLarge

MAX_BYTES = 8_000_000
MAX_PIXELS = 25_000_000
MIN_SIDE = 64
MAX_SCANS = 100
"""Passes over the picture that a JPEG may take; cameras write 1 or about 10. Each costs all pixels again, and 8 MB
could ask for a hundred thousand of them."""

Gray = npt.NDArray[np.uint8]

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_SCAN = b"\xff\xda"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})


def gray(data: bytes) -> Gray:
    """Decode a photo to grey, uint8[height, width].

    Raises NotAnImage, TooLarge, or DamagedImage.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(what=f"{len(data)} B")
    width, height = dimensions(data)
    if width * height > MAX_PIXELS:
        raise TooLarge(what=f"{width}×{height}")
    if data.startswith(_JPEG) and (passes := data.count(_SCAN)) > MAX_SCANS:
        raise TooLarge(what=f"{passes} × {width}×{height}")
    if min(width, height) < MIN_SIDE or not _whole(data):
        raise DamagedImage()
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        raise DamagedImage() from None
    if pixels is None or sorted(pixels.shape) != sorted((width, height)):
        raise DamagedImage()
    return np.ascontiguousarray(pixels, dtype=np.uint8)


def dimensions(data: bytes) -> tuple[int, int]:
    """Width and height as the header states them. Raises NotAnImage or DamagedImage."""
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith(_JPEG):
        return _jpeg(data)
    raise NotAnImage()


def _png(data: bytes) -> tuple[int, int]:
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise DamagedImage()
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _jpeg(data: bytes) -> tuple[int, int]:
    """Walk the markers to the frame header; entropy-coded data is not entered."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xFF or marker in _BARE:
            at += 1 if marker == 0xFF else 2
            continue
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _FRAMES and at + 9 <= len(data):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        if marker in (0xD9, 0xDA) or size < 2:
            break
        at += 2 + size
    raise DamagedImage()


def _whole(data: bytes) -> bool:
    """Whether the file reaches its own end mark; what phones append behind it does no harm."""
    if data.startswith(_PNG):
        return b"IEND" in data[-64:]
    return data.rfind(b"\xff\xd9") > data.rfind(b"\xff\xda")
