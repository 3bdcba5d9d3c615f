"""The header of a JPEG, and which of its segments make pixels (ITU T.81, annex B). Entropy-coded data is not read."""

import struct

import numpy as np
import numpy.typing as npt

from ocr.fault import DamagedImage, TooLarge, Unsupported
from ocr.guard import exif
from ocr.guard.photo import Photo, joined

MAGIC = b"\xff\xd8\xff"

MAX_SCANS = 100
"""Passes over the picture that a JPEG may take; cameras write 1 or about 10. Each costs all pixels again, and 8 MB
could ask for a hundred thousand of them."""

MAX_SEGMENTS = 1000
"""Cameras write some thirty; 8 MB could hold two million empty ones."""

_SOI, _EOI, _SOS, _DHT, _DQT, _DRI, _APP0, _APP1, _APP14 = 0xD8, 0xD9, 0xDA, 0xC4, 0xDB, 0xDD, 0xE0, 0xE1, 0xEE
_FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
_DECODABLE = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive with Huffman coding; no camera writes anything else. 0xF7 is JPEG-LS."""

_PIXELS = frozenset({*_DECODABLE, _SOS, _DHT, _DQT, _DRI, _APP0, _APP14})
"""Segments that go to the decoder. The two APPs say how colours were coded; which of them is grey hangs on that."""

_BARE = frozenset({0x01, *range(0xD0, 0xD8)})


def read(data: bytes) -> Photo:
    """What the segments say, up to the end mark; what phones append behind it is not looked at.

    Raises DamagedImage, TooLarge, Unsupported.
    """
    walk = _Walk(data)
    for _ in range(MAX_SEGMENTS):
        if walk.step():
            return walk.photo()
    raise TooLarge(what=f"> {MAX_SEGMENTS} segments")


class _Walk:
    """Goes from marker to marker, and notes what it passes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 2
        self._marks = _marks(data)
        self._parts = [(0, 2)]
        self._size: tuple[int, int] | None = None
        self._turn: int | None = None
        self._scans = 0

    def step(self) -> bool:
        """Pass one segment; True at the end mark. Raises DamagedImage where the file breaks off before it."""
        next_mark = int(np.searchsorted(self._marks, self._at))
        if next_mark == len(self._marks):
            raise DamagedImage()
        self._at = int(self._marks[next_mark])
        marker, start = self._data[self._at + 1], self._at
        self._at += 2
        if marker in _BARE or marker == _SOI:
            return False
        if marker == _EOI:
            self._parts.append((start, self._at))
            return True
        self._segment(marker, start)
        return False

    def _segment(self, marker: int, start: int) -> None:
        size = int.from_bytes(self._data[self._at : self._at + 2], "big")
        if size < 2 or self._at + size > len(self._data):
            raise DamagedImage()
        body, self._at = self._data[self._at + 2 : self._at + size], self._at + size
        if marker in _FRAMES:
            self._frame(marker, body)
        elif marker == _SOS:
            self._scan()
        elif marker == _APP1 and self._turn is None and body.startswith(b"Exif\0\0"):
            self._turn = exif.orientation(body[6:])
        if marker in _PIXELS:
            self._parts.append((start, self._at if marker != _SOS else self._behind_scan()))

    def _frame(self, marker: int, body: bytes) -> None:
        if marker not in _DECODABLE:
            raise Unsupported(what=f"JPEG SOF{marker - 0xC0}")
        if self._size is not None or len(body) < 6:
            raise DamagedImage()
        precision, height, width = struct.unpack(">BHH", body[:5])
        if precision != 8:
            raise Unsupported(what=f"JPEG, {precision} bits")
        self._size = width, height

    def _scan(self) -> None:
        self._scans += 1
        if self._size is None:
            raise DamagedImage()
        if self._scans > MAX_SCANS:
            raise TooLarge(what=f"> {MAX_SCANS} scans of {self._size[0]}×{self._size[1]}")

    def _behind_scan(self) -> int:
        """Where the coded data of this scan ends: at the next mark."""
        next_mark = int(np.searchsorted(self._marks, self._at))
        return int(self._marks[next_mark]) if next_mark < len(self._marks) else len(self._data)

    def photo(self) -> Photo:
        """What was found. Raises DamagedImage where nothing was drawn."""
        if self._size is None or not self._scans:
            raise DamagedImage()
        return Photo("jpeg", *self._size, joined(self._parts), turn=self._turn or exif.UPRIGHT)


def _marks(data: bytes) -> npt.NDArray[np.intp]:
    """Where an 0xFF is that may begin a segment: not stuffed, no restart mark, no filling."""
    raw = np.frombuffer(data, np.uint8)
    at = np.flatnonzero(raw[:-1] == 0xFF)
    behind = raw[at + 1]
    return at[(behind != 0) & (behind != 0xFF) & ((behind & 0xF8) != 0xD0)]
