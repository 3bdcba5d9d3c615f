"""Boxes of a HEIF file (ISO/IEC 14496-12 and 23008-12): what is in which, and where.

What they mean for a photo is told in heic.
"""

import struct
from collections.abc import Iterator

from msgspec import Struct

from ocr.fault import DamagedImage, TooLarge

MAX_BOXES = 2000
"""Boxes, items or properties that any one list may have. A phone's photo of 24 megapixels has about 250."""

MAX_PROPERTIES = 64
"""Properties that one item may have; phones give it six."""


class Box(Struct, frozen=True):
    """One box: its four letters, and where its content lies in the file."""

    kind: bytes
    start: int
    stop: int


class Item(Struct, frozen=True):
    """Where an item's bytes lie: (start, stop) of each piece, in the file or, `inside`, in the box `idat`."""

    inside: bool
    pieces: tuple[tuple[int, int], ...]


class Cursor:
    """Reads numbers one behind the other and never past its end."""

    def __init__(self, data: bytes, box: Box) -> None:
        self._data, self.at, self._stop = data, box.start, box.stop

    def number(self, width: int) -> int:
        """A big-endian number of `width` bytes; of none it is 0. Raises DamagedImage at the end."""
        if self.at + width > self._stop:
            raise DamagedImage()
        self.at += width
        return int.from_bytes(self._data[self.at - width : self.at], "big")

    def word(self) -> bytes:
        """Four letters."""
        return self.number(4).to_bytes(4, "big")

    def count(self, width: int) -> int:
        """A number that says how many follow. Raises TooLarge beyond MAX_BOXES."""
        many = self.number(width)
        if many > MAX_BOXES:
            raise TooLarge(what=f"{many} items")
        return many

    def full(self) -> tuple[int, int]:
        """Version and flags, which open a "full box"."""
        return self.number(1), self.number(3)


def children(data: bytes, start: int, stop: int) -> Iterator[Box]:
    """The boxes that lie between `start` and `stop`. Raises DamagedImage, TooLarge."""
    for _ in range(MAX_BOXES):
        if start + 8 > stop:
            return
        size, kind = struct.unpack(">I4s", data[start : start + 8])
        head = 8
        if size == 1:
            size, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        end = start + size if size else stop
        if end < start + head or end > stop:
            raise DamagedImage()
        yield Box(kind, start + head, end)
        start = end
    raise TooLarge(what=f"> {MAX_BOXES} boxes")


def kinds(data: bytes, box: Box) -> dict[int, bytes]:
    """The kind of every item that `iinf` lists."""
    cursor = Cursor(data, box)
    version, _ = cursor.full()
    cursor.count(4 if version else 2)
    found = {}
    for entry in children(data, cursor.at, box.stop):
        line = Cursor(data, entry)
        version, _ = line.full()
        if entry.kind == b"infe" and version >= 2:
            item = line.number(2 if version == 2 else 4)
            line.number(2)
            found[item] = line.word()
    return found


def references(data: bytes, box: Box, kind: bytes) -> dict[int, tuple[int, ...]]:
    """The items that each item refers to by `kind`, in order, as `iref` lists them."""
    cursor = Cursor(data, box)
    version, _ = cursor.full()
    width = 4 if version else 2
    found = {}
    for entry in children(data, cursor.at, box.stop):
        if entry.kind == kind:
            line = Cursor(data, entry)
            item = line.number(width)
            found[item] = tuple(line.number(width) for _ in range(line.count(2)))
    return found


def associations(data: bytes, box: Box) -> dict[int, tuple[int, ...]]:
    """The numbers, from 1, of the properties that each item has, in order, as `ipma` lists them."""
    cursor = Cursor(data, box)
    version, flags = cursor.full()
    wide = 2 if flags & 1 else 1
    found = {}
    for _ in range(cursor.count(4)):
        item, many = cursor.number(2 if version < 1 else 4), cursor.number(1)
        if many > MAX_PROPERTIES:
            raise TooLarge(what=f"{many} properties")
        found[item] = tuple(cursor.number(wide) & (0x7FFF if flags & 1 else 0x7F) for _ in range(many))
    return found


def locations(data: bytes, box: Box) -> dict[int, Item]:
    """Where `iloc` says that the items lie. Whether anything lies there is not looked at."""
    cursor = Cursor(data, box)
    version, _ = cursor.full()
    sizes = cursor.number(2)
    offset, length, base = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index = sizes & 15 if version else 0
    found, total = {}, 0
    for _ in range(cursor.count(2 if version < 2 else 4)):
        item = cursor.number(2 if version < 2 else 4)
        method = cursor.number(2) & 15 if version else 0
        cursor.number(2)
        first = cursor.number(base)
        pieces = []
        extents = cursor.count(2)
        total += extents
        if total > MAX_BOXES:
            raise TooLarge(what=f"> {MAX_BOXES} pieces")
        for _ in range(extents):
            cursor.number(index)
            start = first + cursor.number(offset)
            pieces.append((start, start + cursor.number(length)))
        found[item] = Item(method == 1, tuple(pieces))
    return found
