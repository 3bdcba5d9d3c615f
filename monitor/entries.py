"""Single entries of a log, by number, each proved against the head that was verified: for whoever needs one again."""

from collections import OrderedDict

from monitor.address import Absent, Address
from tlog.note import Checkpoint
from tlog.tile import WIDTH, Tile, TileError, decode_entries
from tlog.tiled import TiledTree
from tlog.tree import ProofError, leaf_hash, verify_inclusion

KEPT = 64
"""Bundles that are kept: entries of one TPS lie close together."""


class NotThere(Exception):
    """The log has no such entry, or none that its head covers."""


class Entries:
    """Entries below the head `checkpoint`."""

    def __init__(self, address: Address, folder: str, checkpoint: Checkpoint) -> None:
        self._address, self._folder, self.checkpoint = address, folder, checkpoint
        self.tree = TiledTree(checkpoint.size, lambda tile: address.read(f"{folder}/{tile.path}"))
        self._bundles: OrderedDict[int, list[bytes]] = OrderedDict()

    def get(self, number: int) -> bytes:
        """Entry `number` (from 1). Raises NotThere, Unreachable."""
        index, head = number - 1, self.checkpoint
        if not 0 <= index < head.size:
            raise NotThere(str(number))
        try:
            entry = self._bundle(index // WIDTH)[index % WIDTH]
            verify_inclusion(leaf_hash(entry), index, head.size, self.tree.inclusion(index), head.root)
        except (Absent, TileError, ProofError) as error:
            raise NotThere(f"{number}: {error}") from None
        return entry

    def _bundle(self, index: int) -> list[bytes]:
        if index not in self._bundles:
            tile = Tile(None, index, min(WIDTH, self.checkpoint.size - index * WIDTH))
            self._bundles[index] = decode_entries(self._address.read(f"{self._folder}/{tile.path}"), tile.width)
            if len(self._bundles) > KEPT:
                self._bundles.popitem(last=False)
        return self._bundles[index]
