"""A tree that lies in tiles: its nodes, its root and its proofs, read from a handful of files.

How tiles are cut and named is `tile`'s; where the files are, the caller's.
"""

from collections.abc import Callable

from tlog.tile import WIDTH, Tile, decode_hashes
from tlog.tree import EMPTY_ROOT, Frontier, node_hash, prove, split

_BITS = WIDTH.bit_length() - 1


class TiledTree:
    """The tree of the first `size` entries. `read` answers a tile's bytes, and raises where it has none.

    Tiles read are kept for as long as the object, so make one a checkpoint.
    """

    def __init__(self, size: int, read: Callable[[Tile], bytes]) -> None:
        self.size = size
        self._read = read
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def node(self, start: int, end: int) -> bytes:
        """Hash over the leaves [start, end), which must be a subtree of some tree. Raises TileError, or as `read`."""
        width = end - start
        if width == 0:
            return EMPTY_ROOT
        if width.bit_count() == 1 and start % width == 0:
            return self._full(start, width.bit_length() - 1)
        middle = start + split(width)
        return node_hash(self.node(start, middle), self.node(middle, end))

    def root(self) -> bytes:
        """Root of the tree."""
        return self.node(0, self.size)

    def frontier(self) -> Frontier:
        """What a writer needs to go on from here."""
        hashes, start = [], 0
        for bit in reversed(range(self.size.bit_length())):
            if self.size >> bit & 1:
                hashes.append(self._full(start, bit))
                start += 1 << bit
        return Frontier(self.size, hashes)

    def edge(self, level: int) -> list[bytes]:
        """The hashes of the unfinished tile of `level`; none where the last one is full."""
        nodes = self.size >> _BITS * level
        return list(self._tile(level, nodes // WIDTH)) if nodes % WIDTH else []

    def inclusion(self, index: int) -> list[bytes]:
        """Proof that entry `index` (from 0) is in the tree."""
        return prove(index, index + 1, self.size, self.node)

    def consistency(self, old: int) -> list[bytes]:
        """Proof that the tree began as the tree of `old` > 0 entries."""
        return prove(0, old, self.size, self.node)

    def _full(self, start: int, height: int) -> bytes:
        """Hash of the full subtree of 2^`height` leaves from `start`: one hash of a tile, or a few of one."""
        level, rest = divmod(height, _BITS)
        first = start >> _BITS * level
        hashes = self._tile(level, first // WIDTH)[first % WIDTH : first % WIDTH + (1 << rest)]
        while len(hashes) > 1:
            hashes = [node_hash(*hashes[at : at + 2]) for at in range(0, len(hashes), 2)]
        return hashes[0]

    def _tile(self, level: int, index: int) -> list[bytes]:
        if (level, index) not in self._tiles:
            width = min(WIDTH, (self.size >> _BITS * level) - index * WIDTH)
            self._tiles[level, index] = decode_hashes(self._read(Tile(level, index, width)), width)
        return self._tiles[level, index]
