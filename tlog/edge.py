"""Where a log grows: the unfinished tiles at its right edge, and the files that every step leaves.

Pure: entries come in, tiles and their bytes go out. When a step is signed and where files lie is the publisher's.
"""

from collections.abc import Sequence

from tlog.tile import WIDTH, Tile, encode_entries, encode_hashes
from tlog.tiled import TiledTree
from tlog.tree import Frontier, leaf_hash, node_hash


class Edge:
    """The right edge of a log: at most 256 hashes a level, 256 entries, and what `full` has not handed on yet."""

    def __init__(self) -> None:
        self._frontier = Frontier()
        self._levels: list[list[bytes]] = [[]]
        self._entries: list[bytes] = []
        self._full: list[tuple[Tile, bytes]] = []

    @classmethod
    def resumed(cls, tree: TiledTree, entries: Sequence[bytes]) -> "Edge":
        """The edge of a log that lies in tiles; `entries` are those of its unfinished bundle.

        Raises ValueError where they are not those that the tiles have hashed, and as the tree's `read` does.
        """
        edge = cls()
        edge._frontier = tree.frontier()
        levels = range(max(1, -(-tree.size.bit_length() // 8)))
        edge._levels = [tree.edge(level) for level in levels]
        edge._entries = list(entries)
        if [leaf_hash(entry) for entry in entries] != edge._levels[0]:
            raise ValueError("the unfinished bundle is not the one that was hashed")
        return edge

    @property
    def size(self) -> int:
        """Entries so far."""
        return self._frontier.size

    def root(self) -> bytes:
        """Root over all of them."""
        return self._frontier.root()

    def append(self, entry: bytes) -> None:
        """Adds one entry (at most 65,535 bytes)."""
        found = leaf_hash(entry)
        self._entries.append(entry)
        self._frontier.append(found)
        if len(self._entries) == WIDTH:
            index = self.size // WIDTH - 1
            self._full.append((Tile(None, index), encode_entries(self._entries)))
            self._entries = []
        self._add(0, found)

    def _add(self, level: int, found: bytes) -> None:
        if level == len(self._levels):
            self._levels.append([])
        hashes = self._levels[level]
        hashes.append(found)
        if len(hashes) == WIDTH:
            index = (self.size >> 8 * level) // WIDTH - 1
            self._full.append((Tile(level, index), encode_hashes(hashes)))
            self._levels[level] = []
            self._add(level + 1, _root(hashes))

    def full(self) -> tuple[tuple[Tile, bytes], ...]:
        """Tiles and bundles finished and not yet `forget`-ed, oldest first: lost writes are written again."""
        return tuple(self._full)

    def forget(self, count: int) -> None:
        """The first `count` of `full` are where they belong."""
        del self._full[:count]

    def partial(self) -> list[tuple[Tile, bytes]]:
        """The unfinished tiles and bundle, as a checkpoint of this size needs them."""
        rows = [(Tile(None, self.size // WIDTH, len(self._entries)), encode_entries(self._entries))]
        for level, hashes in enumerate(self._levels):
            if hashes:
                place = Tile(level, (self.size >> 8 * level) // WIDTH, len(hashes))
                rows.append((place, encode_hashes(hashes)))
        return rows if self._entries else rows[1:]


def _root(hashes: Sequence[bytes]) -> bytes:
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]
