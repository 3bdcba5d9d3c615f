"""Writes JPEG, PNG and HEIC files piece by piece, so that each piece can be a lie. Draws nothing."""

import struct
import zlib
from typing import NamedTuple

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def exif(orientation: int) -> bytes:
    """An EXIF block, from its TIFF header on, that says how the camera was held and nothing else."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"MM\x00*\x00\x00\x00\x08\x00\x01" + entry + bytes(4)


# --- JPEG


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def segments(jpeg: bytes) -> list[bytes]:
    """A JPEG cut at its markers; a scan keeps its coded data."""
    parts, at = [jpeg[:2]], 2
    while jpeg[at + 1] != 0xD9:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        while jpeg[at + 1] == 0xDA and (jpeg[end] != 0xFF or jpeg[end + 1] in {0, *range(0xD0, 0xD8)}):
            end += 1
        parts.append(jpeg[at:end])
        at = end
    return [*parts, jpeg[at : at + 2]]


def jpeg_turned(jpeg: bytes, orientation: int) -> bytes:
    return jpeg[:2] + segment(0xE1, b"Exif\0\0" + exif(orientation)) + jpeg[2:]


def passes(count: int, side: int, scan: bytes = b"") -> bytes:
    """A progressive grey JPEG of `count` scans, each of a few bytes that say "nothing here" for the whole picture."""
    frame = struct.pack(">BHHBBBB", 8, side, side, 1, 1, 0x11, 0)
    head = b"\xff\xd8" + segment(0xDB, b"\0" + b"\x01" * 64) + segment(0xC2, frame)
    head += segment(0xC4, b"\x00\x01" + bytes(15) + b"\x00") + segment(0xC4, b"\x10\x01" + bytes(15) + b"\xe0")
    blocks = (-(-side // 8)) ** 2
    first = segment(0xDA, b"\x01\x01\x00\x00\x00\x00") + bytes(blocks // 8 + 1)
    more = segment(0xDA, b"\x01\x01\x00\x01\x3f\x00") + (scan or bytes(blocks * 15 // 0x7FFF // 8 + 8))
    return head + first + more * (count - 1) + b"\xff\xd9"


# --- PNG


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def chunks(png: bytes) -> list[bytes]:
    """A PNG cut into its magic and its chunks."""
    parts, at = [png[:8]], 8
    while at + 12 <= len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        parts.append(png[at:end])
        at = end
    return parts


def header(width: int, height: int, depth: int = 8, colour: int = 0, interlace: int = 0) -> bytes:
    return PNG_MAGIC + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def flat_png(width: int, height: int, depth: int = 8, colour: int = 0, interlace: int = 0, extra: bytes = b"") -> bytes:
    """A PNG of zeros of any kind: colour 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha."""
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    coder, coded = zlib.compressobj(9), b""
    for columns, rows in _sevenths(width, height) if interlace else [(width, height)]:
        line = bytes(1 + (columns * bits + 7) // 8)
        coded += b"".join(coder.compress(line) for _ in range(rows if columns else 0))
    palette = chunk(b"PLTE", bytes(range(48))) if colour == 3 else b""
    pixels = chunk(b"IDAT", coded + coder.flush())
    return header(width, height, depth, colour, interlace) + extra + palette + pixels + chunk(b"IEND", b"")


def _sevenths(width: int, height: int) -> list[tuple[int, int]]:
    """Columns and rows of each of Adam7's passes."""
    steps = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    return [(-(-(width - x) // across), -(-(height - y) // down)) for x, y, across, down in steps]


def png_turned(png: bytes, orientation: int) -> bytes:
    return png[:33] + chunk(b"eXIf", exif(orientation)) + png[33:]


# --- HEIC


class Item(NamedTuple):
    """Something in a HEIF file: four letters, bytes, and the numbers, from 1, of its properties."""

    kind: bytes
    data: bytes
    properties: tuple[int, ...] = ()


Reference = tuple[bytes, int, tuple[int, ...]]
"""Kind of reference, item that refers, items referred to; items are numbered from 1."""


def box(kind: bytes, *bodies: bytes) -> bytes:
    body = b"".join(bodies)
    return struct.pack(">I", len(body) + 8) + kind + body


def full(kind: bytes, *bodies: bytes, version: int = 0) -> bytes:
    return box(kind, bytes([version, 0, 0, 0]), *bodies)


def extent(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


def layout(rows: int, columns: int, width: int, height: int) -> bytes:
    """The bytes of a grid item."""
    return struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)


def heif(
    items: list[Item], properties: list[bytes], references: list[Reference] | None = None, primary: int = 1,
    extra: bytes = b"",
) -> bytes:  # fmt: skip
    """A HEIF file of these items; their bytes lie in order in `mdat`."""
    head = box(b"ftyp", b"heic", bytes(4), b"mif1heicmiaf")
    start = len(head) + len(_meta(items, properties, references or [], primary, extra, 0)) + 8
    meta = _meta(items, properties, references or [], primary, extra, start)
    return head + meta + box(b"mdat", *(item.data for item in items))


def _meta(
    items: list[Item], properties: list[bytes], references: list[Reference], primary: int, extra: bytes, start: int
) -> bytes:
    places, kinds, owned = b"", b"", b""
    for number, item in enumerate(items, 1):
        places += struct.pack(">HHHII", number, 0, 1, start, len(item.data))
        kinds += full(b"infe", struct.pack(">HH", number, 0), item.kind, b"\0", version=2)
        owned += struct.pack(">HB", number, len(item.properties)) + bytes(0x80 | p for p in item.properties)
        start += len(item.data)
    lines = [box(kind, struct.pack(f">HH{len(to)}H", a, len(to), *to)) for kind, a, to in references]
    return full(
        b"meta",
        full(b"hdlr", bytes(4), b"pict", bytes(13)),
        full(b"pitm", struct.pack(">H", primary)),
        full(b"iloc", b"\x44\x00", struct.pack(">H", len(items)), places),
        full(b"iinf", struct.pack(">H", len(items)), kinds),
        full(b"iref", *lines) if lines else b"",
        box(b"iprp", box(b"ipco", *properties), full(b"ipma", struct.pack(">I", len(items)), owned)),
        extra,
    )
