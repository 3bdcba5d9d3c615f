"""Files that ask for far more than they bring: memory, time, depth. One of each class; each must end in a fault.

Those that keep within the limits of the guard on paper but are as costly as the limits allow are `dearest`: they must
be decoded, or end in a fault, within the limits on time and memory.
"""

import struct
import zlib
from collections.abc import Callable

from benchmarks import containers as made
from benchmarks.seed_images import Coded, coded, grid, has_heic, picture, seeds, single

_EDGE = 5000
"""Side of the largest square picture that is let in."""


def bombs() -> dict[str, Callable[[], bytes]]:
    """Name → what makes it. Each must be refused."""
    return {**_JPEG, **_PNG, **(_HEIC if has_heic() else {})}


def dearest() -> dict[str, Callable[[], bytes]]:
    """Name → what makes it. Each may be decoded."""
    return {**_DEAREST, **(_DEAREST_HEIC if has_heic() else {})}


def _frame(marker: int, *, precision: int = 8, width: int = 96, height: int = 120) -> bytes:
    """The baseline seed with another frame header."""
    parts = made.segments(seeds()["jpeg grey"])
    at = next(i for i, part in enumerate(parts) if part[1] == 0xC0)
    old = parts[at]
    parts[at] = bytes([0xFF, marker]) + old[2:4] + struct.pack(">BHH", precision, height, width) + old[9:]
    return b"".join(parts)


def _stuffed(segment: bytes, room: int = 7_900_000) -> bytes:
    """The baseline seed behind as many segments as 8 MB hold."""
    whole = seeds()["jpeg baseline"]
    return whole[:2] + segment * (room // len(segment)) + whole[2:]


_JPEG: dict[str, Callable[[], bytes]] = {
    "jpeg 65535²": lambda: _frame(0xC0, width=65535, height=65535),
    "jpeg 100,000 scans": lambda: made.passes(100_000, _EDGE, bytes(8)),
    "jpeg two million segments": lambda: _stuffed(made.segment(0xFE, b"")),
    "jpeg a million tables": lambda: _stuffed(made.segment(0xDD, b"\0\0")),
    "jpeg arithmetic": lambda: _frame(0xC9),
    "jpeg lossless": lambda: _frame(0xC3),
    "jpeg hierarchical": lambda: _frame(0xC5),
    "jpeg 12 bit": lambda: _frame(0xC1, precision=12),
    "jpeg without height": lambda: _frame(0xC0, height=0),
    "jpeg two frames": lambda: seeds()["jpeg grey"][:-2] + _frame(0xC0, width=_EDGE, height=_EDGE)[2:],
    "jpeg no scan": lambda: b"".join(part for part in made.segments(seeds()["jpeg grey"]) if part[1] != 0xDA),
}

_PNG: dict[str, Callable[[], bytes]] = {
    "png 65535²": lambda: made.header(65535, 65535) + seeds()["png grey"][33:],
    "png 2³¹": lambda: made.header(2**31 - 1, 2**31 - 1, 16, 6) + seeds()["png grey"][33:],
    "png a row of 25 million": lambda: made.flat_png(25_000_000, 1),
    "png empty chunks": lambda: seeds()["png grey"][:33] + made.chunk(b"IDAT", b"") * 650_000,
    "png chunk longer than file": lambda: seeds()["png grey"][:33] + b"\x7f\xff\xff\xffIDAT" + bytes(99),
    "png no pixels": lambda: made.header(96, 120) + made.chunk(b"IEND", b""),
    "png too few pixels": lambda: made.header(_EDGE, _EDGE, 16, 6) + seeds()["png grey"][33:],
}


def _tile() -> Coded:
    return coded(picture(64, 64))


def _big() -> Coded:
    return coded(picture(2048, 2048))


def _derived(kind: bytes, data: bytes, to: tuple[int, ...], size: tuple[int, int] = (128, 128)) -> bytes:
    """A picture derived from others; items 2 and 3 are coded ones."""
    one = _tile()
    items = [made.Item(kind, data, (1,)), *[made.Item(b"hvc1", one.data, (2, 3))] * 2]
    return made.heif(items, [made.extent(*size), one.config, made.extent(64, 64)], [(b"dimg", 1, to)])


def _nested(depth: int) -> bytes:
    """Boxes in boxes in boxes."""
    inner = b""
    for _ in range(depth):
        inner = made.box(b"meta", bytes(4), inner)
    return made.box(b"ftyp", b"heic", bytes(4)) + inner


def _many(count: int) -> bytes:
    """A grid that takes one tile again and again."""
    one = _tile()
    side = int(count**0.5)
    size = 64 * side
    items = [made.Item(b"grid", made.layout(side, side, size, size), (1,)), made.Item(b"hvc1", one.data, (2, 3))]
    owned = [made.extent(size, size), one.config, made.extent(64, 64)]
    return made.heif(items, owned, [(b"dimg", 1, (2,) * (side * side))])


def _pieces() -> bytes:
    """Two thousand items, each in two thousand pieces of no length."""
    places = b"".join(struct.pack(">HHH", number, 0, 2000) for number in range(2000))
    name = made.full(b"infe", struct.pack(">HH", 1, 0), b"hvc1", b"\0", version=2)
    return made.box(b"ftyp", b"heic", bytes(4)) + made.full(
        b"meta",
        made.full(b"pitm", struct.pack(">H", 1)),
        made.full(b"iloc", b"\0\0", struct.pack(">H", 2000), places),
        made.full(b"iinf", struct.pack(">H", 1), name),
        made.box(
            b"iprp",
            made.box(b"ipco", made.extent(100, 100)),
            made.full(b"ipma", struct.pack(">IHBB", 1, 1, 1, 0x81)),
        ),
    )


def _owning(count: int) -> bytes:
    """A tile that has a large property again and again."""
    one, fat = _tile(), made.box(b"hvcC", bytes(50_000))
    items = [made.Item(b"hvc1", one.data, (1, *(2,) * count))]
    return made.heif(items, [made.extent(64, 64), fat])


_HEIC: dict[str, Callable[[], bytes]] = {
    "heic 65535²": lambda: single(_tile(), shown=(65535, 65535)),
    "heic header smaller than picture": lambda: single(_big(), shown=(96, 120)),
    "heic header larger than picture": lambda: single(_tile(), shown=(_EDGE, _EDGE)),
    "heic 65,536 tiles": lambda: _derived(b"grid", made.layout(256, 256, 4096, 4096), (2,) * 4),
    "heic grid of huge size": lambda: _derived(b"grid", made.layout(1, 2, 2**31, 2**31), (2, 3)),
    "heic grid with tiles missing": lambda: _derived(b"grid", made.layout(2, 2, 128, 128), (2, 3)),
    "heic grid of itself": lambda: _derived(b"grid", made.layout(1, 2, 128, 128), (1, 1)),
    "heic one tile 9,801 times": lambda: _many(9801),
    "heic four million pieces": _pieces,
    "heic one property 200 times": lambda: _owning(200),
    "heic table of contents of 7 MB": lambda: made.heif([], [made.box(b"free", bytes(7_000_000))]),
    "heic overlay": lambda: _derived(b"iovl", bytes(60), (2, 3)),
    "heic identity of itself": lambda: _derived(b"iden", b"", (1,)),
    "heic unknown kind": lambda: _derived(b"av01", bytes(60), (2, 3)),
    "heic boxes 100,000 deep": lambda: _nested(2000),
    "heic a million boxes": lambda: made.box(b"ftyp", b"heic", bytes(4)) + made.box(b"free") * 900_000,
    "heic two metas": lambda: seeds()["heic"] + made.box(b"meta", bytes(4)),
    "heic no item": lambda: made.heif([], []),
    "heic video only": lambda: made.box(b"ftyp", b"msf1", bytes(4)) + made.box(b"moov", bytes(99)),
}


def _text(room: int = 60_000_000) -> bytes:
    return made.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(room), 9))


def _profile(room: int = 60_000_000) -> bytes:
    return made.chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(room), 9))


_DEAREST: dict[str, Callable[[], bytes]] = {
    "jpeg 100 scans of 25 megapixels": lambda: made.passes(100, _EDGE),
    "png zTXt of 60 MB": lambda: made.flat_png(96, 120, extra=_text()),
    "png iCCP of 60 MB": lambda: made.flat_png(96, 120, extra=_profile()),
    "png 25 megapixels, 16 bit, alpha": lambda: made.flat_png(_EDGE, _EDGE, 16, 6),
    "png 25 megapixels, interlaced": lambda: made.flat_png(_EDGE, _EDGE, 16, 6, interlace=1),
    "png 25 megapixels, palette": lambda: made.flat_png(_EDGE, _EDGE, 8, 3),
    "png 25 megapixels, 1 bit": lambda: made.flat_png(_EDGE, _EDGE, 1),
}  # fmt: skip

_DEAREST_HEIC: dict[str, Callable[[], bytes]] = {
    "heic 25 megapixels": lambda: single(coded(picture(_EDGE, _EDGE), 30)),
    "heic 24 megapixels in tiles": lambda: grid(coded(picture(512, 512)), 12, 8, 4032, 6048),
    "heic one tile 256 times": lambda: _many(256),
}
