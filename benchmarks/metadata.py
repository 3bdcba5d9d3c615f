"""Photos that say more than they show, and a count of what of it is left: written here after the formats' own texts.

`laden` puts EXIF with a place and a thumbnail, XMP, ICC, IPTC, comments, a second picture and trailing bytes into a
photo; each block holds the same token. `extra` walks a JPEG (ITU T.81, annex B) by itself, with nothing of ours.
"""

import io
import struct
from collections.abc import Iterator
from random import Random
from typing import Final

from benchmarks import containers as made

TOKEN: Final = b"RAHASIA-7f3a9c"
"""Stands in every block of metadata that is planted."""

_PIXELS: Final = frozenset({0xDB, 0xC4, 0xDD, *range(0xC0, 0xC4), *range(0xC5, 0xC8)})
_SOI, _EOI, _SOS, _APP0 = 0xD8, 0xD9, 0xDA, 0xE0
_JFIF: Final = 16  # bytes of an APP0 without a thumbnail, marker left out


def exif(rng: Random, turn: int, thumbnail: bytes) -> bytes:
    """EXIF of a phone: how it was held, whose and which it is, when, where, and a small picture of the same."""
    texts = {0x010E: b"names, " + TOKEN, 0x010F: b"Invented " + TOKEN, 0x0132: b"2029:02-14 18:32:10", 0x013B: TOKEN}
    entries = [(tag, 2, len(text) + 1, text + b"\0") for tag, text in texts.items()]
    entries += [(0x0112, 3, 1, struct.pack("<H", turn)), (0x8825, 4, 1, b"GPS!")]
    place = [(1, 2, 2, b"S\0"), (2, 5, 3, _degrees(rng, 11)), (3, 2, 2, b"E\0"), (4, 5, 3, _degrees(rng, 141)),
             (29, 2, len(TOKEN) + 1, TOKEN + b"\0")]  # fmt: skip
    head = _directory(sorted(entries), 8, 1)
    head = head.replace(b"GPS!", struct.pack("<I", 8 + len(head)))
    small = _directory(place, 8 + len(head), 0)
    at = 8 + len(head) + len(small)
    first = bytearray(head + small)
    struct.pack_into("<I", first, 2 + 12 * len(entries), at)
    told = [(0x0103, 3, 1, struct.pack("<H", 6)), (0x0201, 4, 1, struct.pack("<I", at + 2 + 36 + 4)),
            (0x0202, 4, 1, struct.pack("<I", len(thumbnail)))]  # fmt: skip
    return b"II*\0\x08\0\0\0" + bytes(first) + _directory(told, at, 0) + thumbnail


def _degrees(rng: Random, most: int) -> bytes:
    return struct.pack("<6I", rng.randrange(most), 1, rng.randrange(60), 1, rng.randrange(6000), 100)


def _directory(entries: list[tuple[int, int, int, bytes]], at: int, _next: int) -> bytes:
    """A directory of TIFF 6.0 that begins at `at`, with what does not fit into its entries behind it."""
    rows, behind = b"", b""
    room = at + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        inline = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", room + len(behind))
        behind += b"" if len(value) <= 4 else value + b"\0" * (len(value) % 2)
        rows += struct.pack("<HHI", tag, kind, count) + inline
    return struct.pack("<H", len(entries)) + rows + bytes(4) + behind


def xmp() -> bytes:
    """An XMP packet with a person's name in it."""
    return (
        b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b"<dc:creator>" + TOKEN + b'</dc:creator></x:xmpmeta><?xpacket end="w"?>'
    )


def icc(rng: Random) -> bytes:
    """Something as large as a colour profile, with a text in it."""
    return struct.pack(">I", 560) + b"appl" + bytes(28) + b"acsp" + TOKEN + rng.randbytes(500)


def iptc() -> bytes:
    """A Photoshop block with a by-line (IPTC 2:80)."""
    line = b"\x1c\x02\x50" + struct.pack(">H", len(TOKEN)) + TOKEN
    return b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(line)) + line + b"\0" * (len(line) % 2)


def laden_jpeg(jpeg: bytes, rng: Random, turn: int = 1) -> bytes:
    """A JPEG with all of it, and another picture behind its end (MPF), as phones have for depth or motion."""
    thumbnail = jpeg[:2] + made.segment(0xFE, TOKEN) + jpeg[2:400] + b"\xff\xd9"
    blocks = [
        made.segment(0xE1, b"Exif\0\0" + exif(rng, turn, thumbnail)),
        made.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp()),
        made.segment(0xE2, b"ICC_PROFILE\0\x01\x01" + icc(rng)),
        made.segment(0xE2, b"MPF\0II*\0\x08\0\0\0" + TOKEN + rng.randbytes(60)),
        made.segment(0xED, iptc()),
        made.segment(0xEB, b"JP" + TOKEN + rng.randbytes(40)),
        made.segment(0xFE, b"a comment: " + TOKEN),
    ]
    rng.shuffle(blocks)
    pieces = made.segments(jpeg)
    between = rng.randrange(1, len(pieces) - 2)
    some, rest = blocks[:4], blocks[4:]
    inside = [pieces[0], *some, *pieces[1:between], *rest, *pieces[between:]]
    return b"".join(inside) + thumbnail + TOKEN + rng.randbytes(rng.randrange(2000))


def laden_png(png: bytes, rng: Random, turn: int = 1) -> bytes:
    """A PNG with texts of three kinds, EXIF, a profile, a time, and bytes behind its end."""
    import zlib

    more = [
        made.chunk(b"tEXt", b"Author\0" + TOKEN),
        made.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp()),
        made.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(TOKEN * 9)),
        made.chunk(b"iCCP", b"icc\0\0" + zlib.compress(icc(rng))),
        made.chunk(b"eXIf", exif(rng, turn, b"\xff\xd8" + TOKEN + b"\xff\xd9")),
        made.chunk(b"tIME", bytes([7, 237, 2, 14, 18, 32, 10])),
        made.chunk(b"suRa", TOKEN),
    ]
    pieces = made.chunks(png)
    return b"".join([*pieces[:2], *more, *pieces[2:]]) + TOKEN + rng.randbytes(rng.randrange(2000))


def laden_heic(pixels: object, rng: Random, turn: int = 1) -> bytes:
    """A HEIC with EXIF, XMP, a profile and a thumbnail, as another program writes it. Needs what only tests have."""
    import pillow_heif
    from PIL import Image, ImageCms

    out = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = pillow_heif.from_pillow(Image.fromarray(pixels).convert("RGB"))  # type: ignore[arg-type]
    image.save(
        out, quality=70, exif=b"Exif\0\0" + exif(rng, turn, b"\xff\xd8" + TOKEN + b"\xff\xd9"), xmp=xmp(),
        icc_profile=profile, enc_params={"preset": "ultrafast"},
    )  # fmt: skip
    return out.getvalue() + made.box(b"free", TOKEN + rng.randbytes(rng.randrange(2000)))


def walk(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of every piece of a JPEG, in order: a scan with its coded data, and what follows the end
    under marker 0. Raises ValueError where it is none."""
    if jpeg[:2] != b"\xff\xd8":
        raise ValueError("no JPEG begins like this")
    yield _SOI, b""
    at = 2
    while True:
        if at + 2 > len(jpeg) or jpeg[at] != 0xFF:
            raise ValueError(f"no marker at {at}")
        marker = jpeg[at + 1]
        if marker == _EOI:
            yield _EOI, b""
            if at + 2 < len(jpeg):
                yield 0, jpeg[at + 2 :]
            return
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if marker == _SOS:
            while end + 1 < len(jpeg) and not (jpeg[end] == 0xFF and jpeg[end + 1] not in {0, *range(0xD0, 0xD8)}):
                end += 1
        yield marker, jpeg[at + 2 : end]
        at = end


def extra(jpeg: bytes) -> int:
    """Bytes of a JPEG that are neither pixels nor what pixels are decoded with. A plain JFIF head counts as none."""
    count = 0
    for marker, content in walk(jpeg):
        if marker in (_SOI, _EOI, _SOS) or marker in _PIXELS:
            continue
        if marker == _APP0 and content[2:7] == b"JFIF\0" and len(content) == _JFIF:
            continue
        count += len(content) + (2 if marker else 0)
    return count
