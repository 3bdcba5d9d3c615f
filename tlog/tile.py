"""Tiles (C2SP tlog-tiles): how a log is cut into files, what they are called, and what is in them.

A tile has up to 256 hashes of one level (level 0 are leaf hashes); an entry bundle the entries under a tile of level
0. Full ones never change. Reading and writing files is the publisher's.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tlog.tree import HASH

WIDTH = 256
MAX_ENTRY = 65_535
MAX_LEVEL = 5
ENTRIES = "entries"

_PATH = re.compile(r"tile/([0-5]|entries)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class TileError(ValueError):
    """A path or a tile that is not well formed."""


@dataclass(frozen=True)
class Tile:
    """A tile's place. `level` is 0–5, or None for the bundle of entries; `width` is 256 for a full one."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The file's name below the log's address."""
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        level = ENTRIES if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(groups)}{partial}"

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """The tile of a path. Raises TileError for any spelling but the one `path` gives."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise TileError(f"no tile has the path {path!r}")
        level, index, width = match.groups()
        number = int(index.replace("x", "").replace("/", ""))
        tile = cls(None if level == ENTRIES else int(level), number, int(width or WIDTH))
        if tile.path != path or tile.width > WIDTH:
            raise TileError(f"no tile has the path {path!r}")
        return tile


def tiles(size: int, since: int = 0) -> Iterator[Tile]:
    """Every tile that a log of `size` entries has and one of `since` had not, bundles included, lowest level first."""
    for level in (None, *range(MAX_LEVEL + 1)):
        shift = 8 * (level or 0)
        nodes, before = size >> shift, since >> shift
        if nodes == 0 and level is not None:
            return
        for index in range(before // WIDTH, -(-nodes // WIDTH)):
            width = min(WIDTH, nodes - index * WIDTH)
            if width > max(0, before - index * WIDTH):
                yield Tile(level, index, width)


def encode_hashes(hashes: Sequence[bytes]) -> bytes:
    """A tile's bytes."""
    if not 0 < len(hashes) <= WIDTH or any(len(found) != HASH for found in hashes):
        raise TileError("a tile has 1 to 256 hashes of 32 bytes")
    return b"".join(hashes)


def decode_hashes(data: bytes, width: int = WIDTH) -> list[bytes]:
    """The hashes of a tile of `width`. Raises TileError where its length is another."""
    if len(data) != HASH * width:
        raise TileError(f"a tile of {width} has {HASH * width} bytes, not {len(data)}")
    return [data[at : at + HASH] for at in range(0, len(data), HASH)]


def encode_entries(entries: Iterable[bytes]) -> bytes:
    """A bundle's bytes: each entry after its length, two bytes, big-endian."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise TileError(f"an entry has at most {MAX_ENTRY} bytes")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def decode_entries(data: bytes, width: int = WIDTH) -> list[bytes]:
    """The `width` entries of a bundle. Raises TileError where bytes are missing or left over."""
    entries, at = [], 0
    for _ in range(width):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise TileError("the bundle ends inside an entry")
        entries.append(data[at + 2 : end])
        at = end
    if at != len(data):
        raise TileError("the bundle has bytes after its last entry")
    return entries
