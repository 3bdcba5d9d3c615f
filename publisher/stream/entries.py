"""A log's entries as events, read from its files alone: checkpoint and entry bundles (C2SP tlog-tiles).

Nothing is told that no published head covers. Signatures are not looked at: who wants proof reads the tiles too.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from concurrent.futures import Executor
from itertools import accumulate
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from publisher.stream.event import Piece, event
from publisher.stream.mark import Mark
from publisher.stream.shelf import Shelf
from storage.errors import LogFileMissing
from storage.logs import LogFiles
from tlog.tile import WIDTH, Tile, decode_entries

LARGEST = 128 << 10
"""Bytes of a piece, unless one event alone is longer."""

KEPT = 32
"""Bundles, and pieces of them, that stay in memory: listeners who come back together ask for the same ones."""

T = TypeVar("T")


class _Leaf(Struct):
    kind: str


_leaf = msgspec.json.Decoder(_Leaf)


class Bundle(NamedTuple):
    """The events of one bundle of entries, in a row, and where each ends."""

    text: bytes
    ends: list[int]

    @classmethod
    def of(cls, first: int, entries: list[bytes]) -> "Bundle":
        """Raises ValueError where an entry is not what a journal writes."""
        told = [event(Mark(number), _leaf.decode(entry).kind, entry) for number, entry in enumerate(entries, first)]
        return cls(b"".join(told), list(accumulate(map(len, told))))

    def start(self, begin: int) -> int:
        """Where the event at place `begin` starts."""
        return self.ends[begin - 1] if begin else 0

    def reach(self, begin: int, end: int) -> int:
        """The place after the last event that goes into a piece from `begin`, `end` at most."""
        return min(end, max(begin + 1, bisect_right(self.ends, self.start(begin) + LARGEST)))

    def text_of(self, begin: int, end: int) -> bytes:
        """The events from place `begin` until `end`."""
        return self.text[self.start(begin) : self.ends[end - 1]]


class Entries:
    """The past of one log's stream. `reading` runs what blocks."""

    lasting = True

    def __init__(self, files: LogFiles, reading: Executor) -> None:
        self._files = files
        self._reading = reading
        self._size: int | None = None
        self._bundles: Shelf[tuple[int, int], Bundle] = Shelf(KEPT)
        self._pieces: Shelf[tuple[int, int], Piece] = Shelf(KEPT)
        self._alone = asyncio.Lock()

    async def newest(self) -> Mark | None:
        """The head's size, once its last entries are here; what was told before where files are older than that."""
        head = await self._blocking(self._files.checkpoint)
        if head is None:
            return None if self._size is None else Mark(self._size)
        size = head[0].size
        if self._size is None:
            self._size = 0 if await self._withheld(size) else size
        elif size > self._size and not await self._withheld(size):
            self._size = size
        return Mark(self._size)

    async def _withheld(self, size: int) -> bool:
        """Whether no entry is public yet, though the head is (UU 7/2017 art. 449). Raises LogFileMissing else."""
        if not size:
            return False
        try:
            await self._bundle((size - 1) // WIDTH, size)
        except LogFileMissing:
            if self._size or await self._blocking(lambda: self._has(size)):
                raise
            return True
        return False

    async def after(self, mark: Mark, newest: Mark) -> Piece:
        """The entries that follow `mark`. Raises LogFileMissing where a bundle is not here (yet)."""
        index, begin = divmod(mark.number, WIDTH)
        bundle = await self._bundle(index, newest.number)
        end = bundle.reach(begin, min(WIDTH, newest.number - index * WIDTH))
        last = Mark(index * WIDTH + end)
        place = mark.number, last.number
        return self._pieces.get(place) or self._pieces.put(place, Piece(bundle.text_of(begin, end), last, end - begin))

    async def _bundle(self, index: int, size: int) -> Bundle:
        """The events of bundle `index` as the log of `size` entries has it; one is read at a time."""
        place = index, min(WIDTH, size - index * WIDTH)
        if (found := self._bundles.get(place)) is None:
            async with self._alone:
                if (found := self._bundles.get(place)) is None:
                    found = self._bundles.put(place, await self._blocking(lambda: self._read(*place)))
        return found

    def _read(self, index: int, width: int) -> Bundle:
        data, full = self._files.read(Tile(None, index, width).path), WIDTH
        if data is not None:
            full = width
        elif width < WIDTH:
            data = self._files.read(Tile(None, index).path)  # it was finished, and taken away, since we saw the head
        if data is None:
            raise LogFileMissing(path=Tile(None, index, width).path)
        return Bundle.of(index * WIDTH + 1, decode_entries(data, full)[:width])

    def _has(self, size: int) -> bool:
        """Whether the first bundle is here."""
        first = Tile(None, 0, min(WIDTH, size)), Tile(None, 0)
        return any(self._files.read(tile.path) is not None for tile in first)

    async def _blocking(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reading, call)
