"""One log follows its journal: entries become tiles, tiles are written, the head is signed, witnessed and shown.

Killed anywhere it goes on from the files, or from the journal where the files are not what was signed. The order is
the promise: tiles before the head that needs them, the signed head on the disk before anyone sees it.
"""

import asyncio
import logging
from collections.abc import Callable

from obstore.exceptions import BaseError as StoreError

from election.errors import SuaraError
from publisher.log.head import Heads, LogBehind, LogForked
from publisher.log.witnesses import Witnesses
from storage.journal import Journal
from storage.logs import CHECKPOINT, LogFiles
from tlog.edge import Edge
from tlog.note import Checkpoint, compose, parse
from tlog.tile import WIDTH, Tile, decode_entries, encode_entries
from tlog.tree import leaf_hash
from tlog.witness import Request

BATCH = 4096
"""Entries read at once."""

log = logging.getLogger(__name__)


class Growth:
    """Grows one log. `opened` says whether entries may be public yet; heads and hashes always are."""

    def __init__(
        self, journal: Journal, files: LogFiles, heads: Heads, witnesses: Witnesses, opened: Callable[[], bool]
    ) -> None:
        self.origin = heads.origin
        self._journal = journal
        self._files = files
        self._heads = heads
        self._witnesses = witnesses
        self._opened = opened
        self._edge: Edge | None = None
        self._last = b""  # hash of the edge's last entry
        self._published = 0
        self._withheld = not opened()
        self._cosigned = False

    @property
    def size(self) -> int:
        """Entries that the published head covers."""
        return self._published

    async def step(self) -> bool:
        """Publishes a head over everything that the journal has; False where nothing was new.

        Raises LogBehind, LogForked, JournalDamaged; OSError and the store's errors where a file cannot be written,
        after which the next step writes it again.
        """
        if self._edge is None:
            self._edge = await asyncio.to_thread(self._resumed)
        edge = self._edge
        while leaves := await self._following(edge):
            for leaf in leaves:
                edge.append(leaf)
            await asyncio.to_thread(self._write_full)
        if self._withheld and self._opened():
            await self._open_entries(edge.size)
        elif edge.size == self._published and self._cosigned:
            return False
        await asyncio.to_thread(self._write_full)  # what an earlier step could not
        await self._publish(Checkpoint(self.origin, edge.size, edge.root()))
        return True

    async def _following(self, edge: Edge) -> list[bytes]:
        """Entries that follow the edge's, up to `BATCH`, where the last one of the edge is still the journal's.

        A database that was restored from an older copy gives numbers away a second time: what has them then is in no
        log, and must stop this one. Raises LogBehind, LogForked.
        """
        known = min(edge.size, 1)
        found = await self._journal.leaves(edge.size - known, BATCH + known)
        if known and (not found or leaf_hash(found[0]) != self._last):
            error = LogForked if found else LogBehind
            raise error(origin=self.origin, signed=edge.size, found=await self._journal.size())
        if found:
            self._last = leaf_hash(found[-1])
        return found[known:]

    async def _publish(self, head: Checkpoint) -> None:
        assert self._edge is not None
        await asyncio.to_thread(self._write_all, self._edge.partial())
        tree = self._files.tree(head.size)
        try:
            note = await asyncio.to_thread(self._heads.sign, head, tree.consistency)
        except LogBehind as behind:
            if await self._journal.size() < int(str(behind.facts["signed"])):
                raise
            return  # another publisher has read further; so shall we, at the next step

        def request(old: int) -> Request:
            return Request(old, tuple(tree.consistency(old)) if 0 < old < head.size else (), note, head)

        shown = compose(head.text, [*parse(note)[1], *await self._witnesses.cosign(note, request)])
        self._cosigned = self._witnesses.enough(shown)
        if not self._cosigned:
            log.warning("the head of %s at %d lacks cosignatures", head.origin, head.size)
        await asyncio.to_thread(self._show, shown, head.size)

    def _show(self, note: str, size: int) -> None:
        """Shows the head, unless another publisher shows a later one already."""
        with self._heads.alone():
            shown = self._files.checkpoint()
            if shown is None or shown[0].size <= size or shown[0].origin != self.origin:
                self._files.write(CHECKPOINT, note.encode())
        before, self._published = self._published, size
        full = [Tile(level, index) for level in (None, 0, 1, 2, 3) for index in _finished(level, before, size)]
        self._files.drop_partials(full)

    def _write_full(self) -> None:
        assert self._edge is not None
        full = self._edge.full()
        self._write_all(list(full))
        self._edge.forget(len(full))

    def _write_all(self, rows: list[tuple[Tile, bytes]]) -> None:
        for tile, data in rows:
            if tile.level is not None or not self._withheld:
                self._files.write(tile.path, data)

    async def _open_entries(self, size: int) -> None:
        """The gate is open: bundles withheld until now are written from the journal, then the rest as they come."""
        for start in range(0, size - size % WIDTH, WIDTH):
            leaves = await self._journal.leaves(start, WIDTH)
            data = encode_entries(leaves)
            await asyncio.to_thread(self._files.write, Tile(None, start // WIDTH).path, data)
        self._withheld = False
        log.info("the entries of %s are public now", self.origin)

    def _resumed(self) -> Edge:
        """The edge where the files left it; at the beginning where they are not what was signed."""
        try:
            head = self._files.checkpoint()
            if head is None:
                return Edge()
            size = head[0].size
            edge = Edge.resumed(self._files.tree(size), self._unfinished(size))
            if head[0].origin != self.origin or edge.root() != head[0].root:
                raise ValueError("the files do not add up to their head")
        except (ValueError, IndexError, OSError, SuaraError, StoreError) as error:
            log.warning("the log %s is written anew from its journal: %s", self.origin, error)
            return Edge()
        self._published = size
        self._last = self._files.tree(size).node(size - 1, size) if size else b""
        return edge

    def _unfinished(self, size: int) -> list[bytes]:
        """Entries of the last bundle where it is not full. That it is there says that none before it is withheld."""
        if not size:
            return []
        width = size % WIDTH or WIDTH
        entries = decode_entries(self._files.tile(Tile(None, (size - 1) // WIDTH, width)), width)
        return entries if width < WIDTH else []


def _finished(level: int | None, before: int, size: int) -> range:
    """Tiles of `level` that are full at `size` and were not `before`."""
    shift = 8 * ((level or 0) + 1)
    return range(before >> shift, size >> shift)
