"""Images that want to do harm or were harmed, as many as asked for, each made anew from a seed and its number.

Every one comes from a sound picture of `seed_images`, a bomb of `bombs`, or from nothing. What a guard makes of them is
counted by bench_hostile.
"""

import itertools
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import NamedTuple

from benchmarks import bombs, seed_images
from benchmarks import containers as made


class Hostile(NamedTuple):
    """One image: how it was made, its number, its bytes."""

    kind: str
    number: int
    data: bytes


Maker = Callable[[Random, bytes], bytes]


def images(count: int, seed: int = 1) -> Iterator[Hostile]:
    """`count` images, the same for the same seed; the n-th can be made alone by `image`."""
    for number in range(count):
        yield image(number, seed)


def image(number: int, seed: int = 1) -> Hostile:
    """The image of this number."""
    rng = Random(f"{seed}/{number}")
    names = sorted(seed_images.seeds())
    kind, make = MAKERS[number % len(MAKERS)]
    return Hostile(kind, number, make(rng, seed_images.seeds()[rng.choice(names)]))


def bit_flips(rng: Random, data: bytes) -> bytes:
    broken = bytearray(data)
    for _ in range(rng.randint(1, 24)):
        broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
    return bytes(broken)


def byte_runs(rng: Random, data: bytes) -> bytes:
    """A stretch of the file overwritten, left out, or said again and again."""
    start = rng.randrange(len(data))
    length = rng.randint(1, 64)
    run = rng.choice([b"\0", b"\xff", b"\x7f", rng.randbytes(1)]) * length
    piece = rng.choice([run, b"", data[start : start + length] * rng.randint(2, 40), rng.randbytes(length)])
    return data[:start] + piece + data[start + rng.choice([0, length]) :]


def truncated(rng: Random, data: bytes) -> bytes:
    end = rng.choice([rng.randrange(len(data)), rng.randrange(min(len(data), 64)), len(data) - rng.randint(1, 16)])
    return data[: max(0, end)] + rng.choice([b"", b"", b"\xff\xd9", data[-12:], bytes(40)])


def sizes(rng: Random, data: bytes) -> bytes:
    """Another width or height in the header, checksum and all."""
    near, far = [0, 1, 63, 64, 96, 120, 200, 16_385, 65_535, 2**31 - 1], [4999, 16_384, rng.randrange(2**31)]
    width, height = (rng.choice(far if rng.random() < 0.05 else near) for _ in "wh")
    if data.startswith(made.PNG_MAGIC):
        head = struct.pack(">II", width, height) + data[24:29]
        return data[:8] + made.chunk(b"IHDR", head) + data[33:]
    if data[:2] == b"\xff\xd8":
        parts = made.segments(data)
        new = struct.pack(">HH", height & 0xFFFF, width & 0xFFFF)
        return b"".join(part[:5] + new + part[9:] if part[1] in (0xC0, 0xC2) else part for part in parts)
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def header_bytes(rng: Random, data: bytes) -> bytes:
    """Lengths, counts, tables and flags where headers keep them; PNG checksums are made right again."""
    if data.startswith(made.PNG_MAGIC):
        parts = made.chunks(data)
        at = rng.randrange(1, len(parts))
        body = bytearray(parts[at][8:-4] or b"\0")
        body[rng.randrange(len(body))] = rng.randrange(256)
        return b"".join([*parts[:at], made.chunk(parts[at][4:8], bytes(body)), *parts[at + 1 :]])
    broken = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        broken[rng.randrange(min(len(broken), 700))] = rng.choice([0, 1, 2, 3, 4, 0x7F, 0x80, 0xFF, rng.randrange(256)])
    return bytes(broken)


def pieces(rng: Random, data: bytes) -> bytes:
    """Segments, chunks or boxes in another order, left out, or twice."""
    parts = _cut(data)
    middle = parts[1:-1]
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(middle))
        rng.choice(
            [lambda at=at: middle.pop(at), lambda at=at: middle.insert(rng.randrange(len(middle)), middle[at]),
             lambda: rng.shuffle(middle)]
        )()  # fmt: skip
        if not middle:
            break
    return b"".join([parts[0], *middle, parts[-1]])


def _cut(data: bytes) -> list[bytes]:
    if data.startswith(made.PNG_MAGIC):
        return made.chunks(data)
    if data[:2] == b"\xff\xd8":
        return made.segments(data)
    names = (b"meta", b"hdlr", b"pitm", b"iloc", b"iinf", b"iref", b"iprp", b"ipco", b"ispe", b"hvcC", b"ipma", b"mdat")
    marks = sorted({0, len(data), *(data.index(name) - 4 for name in names if name in data)})
    return [data[a:b] for a, b in itertools.pairwise(marks)]


def scans(rng: Random, data: bytes) -> bytes:
    """A JPEG whose scans come again and again."""
    parts = made.segments(data if data[:2] == b"\xff\xd8" else seed_images.seeds()["jpeg progressive"])
    times = rng.choice([1, 2, 3, 8, 300])
    return b"".join(part * (times if part[1] == 0xDA else 1) for part in parts)


def spliced(rng: Random, data: bytes) -> bytes:
    """The beginning of one picture, the end of another."""
    other = seed_images.seeds()[rng.choice(sorted(seed_images.seeds()))]
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def polyglot(rng: Random, data: bytes) -> bytes:
    """A picture that is something else as well: behind it, before it, or in the middle of it."""
    other = rng.choice(list(others().values()))
    note = made.segment(0xFE, other[:60000]) if data[:2] == b"\xff\xd8" else made.chunk(b"teXt", other)
    within = data[:2] + note + data[2:] if data[:2] == b"\xff\xd8" else data[:33] + note + data[33:]
    return rng.choice([data + other, other + data, within])


def other_format(rng: Random, _: bytes) -> bytes:
    """A file of another format, whole or broken."""
    data = rng.choice(list(others().values()))
    return rng.choice([data, bit_flips(rng, data)])


def noise(rng: Random, data: bytes) -> bytes:
    """Nothing, or chance, with or without the first bytes of a picture."""
    head = rng.choice([b"", b"", data[:3], data[:8], data[:12], data[:40]])
    return rng.choice([b"", head, head + rng.randbytes(rng.randint(1, 4000)), bytes(rng.randint(1, 4000))])


def bomb(rng: Random, _: bytes) -> bytes:
    return rng.choice(_small_bombs())


MAKERS: list[tuple[str, Maker]] = [
    ("bits flipped", bit_flips), ("runs of bytes", byte_runs), ("truncated", truncated), ("sizes in the header", sizes),
    ("header, tables", header_bytes), ("pieces shuffled", pieces), ("scans repeated", scans), ("spliced", spliced),
    ("bombs", bomb), ("polyglots", polyglot), ("other formats", other_format), ("noise", noise),
]  # fmt: skip
"""How images are made; they take turns."""


@cache
def _small_bombs() -> list[bytes]:
    """The bombs that are quick to make and to refuse; the dear ones are counted once each."""
    return [data for make in bombs.bombs().values() if len(data := make()) < 100_000]


@cache
def others() -> dict[str, bytes]:
    """Files and beginnings of files of formats that we do not take, drawn or written here."""
    import cv2

    drawn = seed_images.picture()
    coded = {name: bytes(cv2.imencode("." + name, drawn)[1]) for name in ("gif", "webp", "tiff", "bmp", "avif", "jp2")}
    brands = {name: made.box(b"ftyp", name.encode(), bytes(4)) + bytes(60) for name in ("avif", "isom", "mp42", "jxl ")}
    return {
        **coded, **brands,
        "zip": b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18),
        "pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript>>>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
        "html": b"<html><script>alert(1)</script></html>", "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "xml": b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>',
        "psd": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 120, 96, 8, 3) + bytes(40),
        "jxl": b"\xff\x0a" + bytes(40), "jxl box": b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(40),
        "jpeg-ls": b"\xff\xd8\xff\xf7\0\x0b\x08\0\x78\0\x60\x01\x01\x11\0\xff\xd9",
        "exr": b"\x76\x2f\x31\x01" + bytes(60), "hdr": b"#?RADIANCE\n\n-Y 120 +X 96\n" + bytes(60),
        "pgm": b"P5 96 120 255\n" + bytes(96 * 120), "ico": b"\0\0\1\0\1\0" + bytes(60), "elf": b"\x7fELF" + bytes(60),
        "gzip": b"\x1f\x8b\x08" + zlib.compress(bytes(9999)), "mng": b"\x8aMNG\r\n\x1a\n" + bytes(60),
    }  # fmt: skip
