"""Writes the head of a HEIF file that holds one picture and nothing else (ISO/IEC 23008-12): its own table of contents.

A HEIC photo brings thumbnails, depth, texts and profiles, which its boxes tie together; a decoder that is handed the
whole file looks at all of them. What is read out of a photo's boxes is for heic.
"""

import struct
from collections.abc import Sequence

from msgspec import Struct

from ocr.fault import Unsupported

_MAX_PROPERTIES = 127  # a number of seven bits
_ESSENTIAL = frozenset({b"hvcC", b"irot", b"imir", b"clap"})


class Entry(Struct, frozen=True):
    """An item: its four letters, its bytes in number, and its properties, each a whole box."""

    kind: bytes
    size: int
    properties: tuple[bytes, ...]


def head(items: Sequence[Entry], tiles: Sequence[int]) -> bytes:
    """All that stands before the items' bytes, which must follow in order.

    Items are numbered from 1, and the first is the picture; `tiles`: the numbers of those that it is a grid of.
    Raises Unsupported for more properties than a small file can tell apart.
    """
    properties = list(dict.fromkeys(one for item in items for one in item.properties))
    if len(properties) > _MAX_PROPERTIES:
        raise Unsupported(what=f"HEIF, {len(properties)} properties")
    data = 8 + sum(item.size for item in items)
    opening = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    length = len(opening) + len(_meta(items, tiles, properties, 0)) + 8
    return opening + _meta(items, tiles, properties, length) + struct.pack(">I4s", data, b"mdat")


def box(kind: bytes, *bodies: bytes) -> bytes:
    """A box around its content."""
    return struct.pack(">I4s", 8 + sum(map(len, bodies)), kind) + b"".join(bodies)


def _full(kind: bytes, *bodies: bytes, version: int = 0) -> bytes:
    return box(kind, bytes([version, 0, 0, 0]), *bodies)


def _meta(items: Sequence[Entry], tiles: Sequence[int], properties: Sequence[bytes], start: int) -> bytes:
    places, kinds, owned = [], [], []
    for number, item in enumerate(items, 1):
        places.append(struct.pack(">HHHII", number, 0, 1, start, item.size))
        kinds.append(_full(b"infe", struct.pack(">HH", number, 0), item.kind, b"\0", version=2))
        marks = bytes(properties.index(one) + 1 | (0x80 if one[4:8] in _ESSENTIAL else 0) for one in item.properties)
        owned.append(struct.pack(">HB", number, len(marks)) + marks)
        start += item.size
    count = struct.pack(">H", len(items))
    refers = box(b"dimg", struct.pack(f">HH{len(tiles)}H", 1, len(tiles), *tiles))
    return _full(
        b"meta",
        _full(b"hdlr", bytes(4), b"pict", bytes(13)),
        _full(b"pitm", struct.pack(">H", 1)),
        _full(b"iloc", b"\x44\x00", count, *places),
        _full(b"iinf", count, *kinds),
        _full(b"iref", refers) if tiles else b"",
        box(b"iprp", box(b"ipco", *properties), _full(b"ipma", struct.pack(">I", len(items)), *owned)),
    )
