"""The header of a HEIC photo: which items make the picture, how large, how turned (ISO/IEC 23008-12, MIAF).

Taken is what phones write: one HEVC picture, or a grid of them. Turning and cropping are properties of the item and
are done by the decoder; EXIF in a HEIC file has no say in it (23008-12, annex A).
"""

from collections.abc import Iterator
from functools import cached_property

from ocr.fault import DamagedImage, TooLarge, Unsupported
from ocr.guard import refile
from ocr.guard.isobmff import Box, Cursor, Item, associations, children, kinds, locations, references
from ocr.guard.photo import MAX_BYTES, MAX_PIXELS, Photo, joined

BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
"""Brands that the front door takes as well (`ingest.tus.finish`)."""

_PIXELS = frozenset({b"hvcC", b"ispe", b"pixi", b"colr", b"clap", b"irot", b"imir"})
"""Properties that go to the decoder."""

MAX_META = 256_000
"""Bytes of the table of contents; a phone's has some twenty thousand. It bounds the time that reading it takes."""

MAX_TILES = 256
_LAYOUT = 8, 12  # bytes of a grid's own item
MAX_TILED = MAX_PIXELS * 5 // 4
"""Pixels of all tiles together; what juts out over the picture's edge counts."""


def is_heic(data: bytes) -> bool:
    """Whether the first bytes are those of a HEIF file with a brand that photos have."""
    return data[4:8] == b"ftyp" and data[8:12] in BRANDS


def read(data: bytes) -> Photo:
    """What the boxes say. Raises DamagedImage, TooLarge, Unsupported."""
    meta = _only(children(data, 0, len(data)), b"meta")
    if meta.stop - meta.start > MAX_META:
        raise TooLarge(what=f"meta, {meta.stop - meta.start} B")
    return _Meta(data, meta).photo()


def _only(boxes: Iterator[Box], kind: bytes) -> Box:
    """The one box of its kind. Raises DamagedImage where there is none, or another reader might take another."""
    found = [box for box in boxes if box.kind == kind]
    if len(found) != 1:
        raise DamagedImage()
    return found[0]


class _Meta:
    """The box `meta`, its parts read when they are asked for."""

    def __init__(self, data: bytes, box: Box) -> None:
        self._data = data
        self._boxes = list(children(data, box.start + 4, box.stop))
        properties = self._box(b"iprp")
        inner = list(children(data, properties.start, properties.stop))
        container = _only(iter(inner), b"ipco")
        self._properties = list(children(data, container.start, container.stop))
        self._owned: dict[int, tuple[int, ...]] = {}
        for entry in (entry for entry in inner if entry.kind == b"ipma"):
            self._owned |= associations(data, entry)

    def _box(self, kind: bytes) -> Box:
        return _only(iter(self._boxes), kind)

    @cached_property
    def _kinds(self) -> dict[int, bytes]:
        return kinds(self._data, self._box(b"iinf"))

    @cached_property
    def _places(self) -> dict[int, Item]:
        return locations(self._data, self._box(b"iloc"))

    @cached_property
    def _whole(self) -> list[bytes]:
        """Every property as a whole box: each is copied once, however many items have it."""
        return [refile.box(each.kind, self._data[each.start : each.stop]) for each in self._properties]

    def photo(self) -> Photo:
        """Size of the primary item and what it is made of, once all of it keeps the limits."""
        cursor = Cursor(self._data, self._box(b"pitm"))
        version, _ = cursor.full()
        primary = cursor.number(4 if version else 2)
        for each in self._properties:
            if each.kind == b"ispe":
                self._within(self._extent(each))
        kind = self._kinds.get(primary, b"?")
        if kind not in {b"grid", b"hvc1"}:
            raise Unsupported(what=f"HEIF {kind.decode('latin-1')}")
        tiles = self._tiles(primary) if kind == b"grid" else ()
        width, height = self._grid(primary, tiles) if tiles else self._coded(primary)
        return self._refiled(self._transformed(primary, width, height), primary, tiles)

    def _coded(self, item: int) -> tuple[int, int]:
        """Width and height of one HEVC picture."""
        if self._kinds.get(item) != b"hvc1":
            raise Unsupported(what="HEIF tiles")
        return self._extent(self._property(item, b"ispe"))

    def _tiles(self, item: int) -> tuple[int, ...]:
        tiles = references(self._data, self._box(b"iref"), b"dimg").get(item, ())
        if not tiles:
            raise DamagedImage()
        return tiles

    def _grid(self, item: int, tiles: tuple[int, ...]) -> tuple[int, int]:
        """Width and height of a grid that its tiles cover."""
        pieces = self._pieces(item)
        if not _LAYOUT[0] <= sum(stop - start for start, stop in pieces) <= _LAYOUT[1]:
            raise DamagedImage()
        layout = b"".join(self._data[start:stop] for start, stop in pieces)
        rows, columns, wide = layout[2] + 1, layout[3] + 1, 4 if layout[1] & 1 else 2
        width, height = (int.from_bytes(layout[at : at + wide], "big") for at in (4, 4 + wide))
        if rows * columns > MAX_TILES:
            raise TooLarge(what=f"{rows * columns} tiles")
        extents = {self._coded(tile) for tile in tiles} if len(tiles) == rows * columns else set()
        if len(extents) != 1:
            raise DamagedImage()
        across, down = extents.pop()
        if across * down * len(tiles) > MAX_TILED:
            raise TooLarge(what=f"{len(tiles)} × {across}×{down}")
        stated = self._extent(self._property(item, b"ispe"))
        if across * columns < width or down * rows < height or stated != (width, height):
            raise DamagedImage()
        return width, height

    def _refiled(self, size: tuple[int, int], primary: int, tiles: tuple[int, ...]) -> Photo:
        """The picture in a file of its own."""
        items = [primary, *dict.fromkeys(tiles)]
        pieces = {item: self._pieces(item) for item in items}
        lengths = {item: sum(stop - start for start, stop in pieces[item]) for item in items}
        if sum(lengths.values()) > len(self._data):  # pieces that overlap could make gigabytes of a small file
            raise DamagedImage()
        entries = [refile.Entry(self._kinds[item], lengths[item], self._kept(item)) for item in items]
        head = refile.head(entries, [items.index(tile) + 1 for tile in tiles])
        if len(head) + sum(lengths.values()) > MAX_BYTES:
            raise TooLarge(what=f"{len(head)} B + {len(self._data)} B")
        return Photo("heic", *size, joined(piece for item in items for piece in pieces[item]), head)

    def _kept(self, item: int) -> tuple[bytes, ...]:
        """The properties of an item that pixels hang on, each a whole box; no colour profiles."""
        kept = (self._whole[number - 1] for number in self._owned.get(item, ()))
        return tuple(one for one in kept if one[4:8] in _PIXELS and (one[4:8] != b"colr" or one[8:12] == b"nclx"))

    def _property(self, item: int, kind: bytes) -> Box:
        return _only(self._owns(item), kind)

    def _owns(self, item: int) -> Iterator[Box]:
        for number in self._owned.get(item, ()):
            if not 0 < number <= len(self._properties):
                raise DamagedImage()
            yield self._properties[number - 1]

    def _extent(self, box: Box) -> tuple[int, int]:
        cursor = Cursor(self._data, box)
        cursor.full()
        return cursor.number(4), cursor.number(4)

    @staticmethod
    def _within(extent: tuple[int, int]) -> None:
        if extent[0] * extent[1] > MAX_PIXELS:
            raise TooLarge(what=f"{extent[0]}×{extent[1]}")

    def _pieces(self, item: int) -> list[tuple[int, int]]:
        """Where an item's bytes lie in the file. Raises DamagedImage where it breaks off before them."""
        place = self._places.get(item)
        if place is None or not place.pieces:
            raise DamagedImage()
        room = self._box(b"idat") if place.inside else Box(b"file", 0, len(self._data))
        pieces = [(room.start + start, room.start + stop) for start, stop in place.pieces]
        if any(stop > room.stop or start >= stop for start, stop in pieces):
            raise DamagedImage()
        return pieces

    def _transformed(self, item: int, width: int, height: int) -> tuple[int, int]:
        """Width and height once the item is cropped and turned as its properties say."""
        for box in self._owns(item):
            cursor = Cursor(self._data, box)
            if box.kind == b"irot" and cursor.number(1) & 1:
                width, height = height, width
            elif box.kind == b"clap":
                width, height = cursor.number(4) // (cursor.number(4) or 1), cursor.number(4) // (cursor.number(4) or 1)
        return width, height
