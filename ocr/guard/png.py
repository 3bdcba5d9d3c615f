"""The header of a PNG, and which of its chunks make pixels (W3C PNG, third edition). Nothing is inflated here."""

import struct

from ocr.fault import DamagedImage, TooLarge
from ocr.guard import exif
from ocr.guard.photo import MAX_PIXELS, Photo, joined

MAGIC = b"\x89PNG\r\n\x1a\n"

MAX_CHUNKS = 10_000
"""Writers that cut finely make a thousand of 8 MB; it could hold six hundred thousand empty ones."""

_PIXELS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
"""Chunks that go to the decoder: no profiles, no texts, no animation, nothing else that inflates."""

_AROUND = 12  # length, name and checksum of a chunk


def read(data: bytes) -> Photo:
    """What the chunks say, up to IEND; what lies behind it is not looked at. Raises DamagedImage, TooLarge."""
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise DamagedImage()
    width, height = struct.unpack(">II", data[16:24])
    if width * height > MAX_PIXELS:
        raise TooLarge(what=f"{width}×{height}")
    at, parts, turn = len(MAGIC), [(0, len(MAGIC))], exif.UPRIGHT
    for _ in range(MAX_CHUNKS):
        if at + _AROUND > len(data):
            raise DamagedImage()
        size, name = struct.unpack(">I4s", data[at : at + 8])
        end = at + _AROUND + size
        if name in _PIXELS:
            parts.append((at, end))
        elif name == b"eXIf":
            turn = exif.orientation(data[at + 8 : end - 4])
        if end > len(data):
            raise DamagedImage()
        if name == b"IEND":
            return Photo("png", width, height, joined(parts), turn=turn)
        at = end
    raise TooLarge(what=f"> {MAX_CHUNKS} chunks")
