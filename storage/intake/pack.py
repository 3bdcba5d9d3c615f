"""One file of photos, filled from front to back by one process. Which file is whose, and finding photos: `packs`."""

import mmap
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from storage.intake.disk import Disk
from storage.intake.record import BLOCK, NOTE, Head, fresh_nonce, front, pack_head, rounded

OVERHEAD = BLOCK + NOTE
"""Bytes that a record may take beside its photo, at most."""


class Parcel(Struct, frozen=True):
    """A photo to be kept. `note` says what it is, for whoever finds it without a journal."""

    key: bytes
    note: bytes
    sha256: bytes  # 32 bytes
    data: bytes | bytearray | memoryview


class Pack:
    """A pack that this process fills. Its lock says so to others for as long as the process lives."""

    def __init__(self, path: Path, size: int, disk: Disk) -> None:
        """Makes the file. Raises OSError."""
        self.path, self.size, self._disk = path, size, disk
        self._nonce = fresh_nonce()
        self._descriptor = disk.make(path, size, pack_head(self._nonce))
        self.end, self.sequence = BLOCK, 1
        """Where the next record will begin, and its number. All before that is on the disk."""

    def fits(self, items: Sequence[Parcel]) -> int:
        """How many of `items`, from the first on, there is room for."""
        end = self.end
        for count, item in enumerate(items):
            end += rounded(len(item.data) + OVERHEAD)
            if end > self.size:
                return count
        return len(items)

    def write(self, items: Sequence[Parcel], memory: mmap.mmap) -> list[Head]:
        """Puts the items behind each other with one write; they are on the disk when this returns.

        `memory` must hold them all. Raises OSError: then nothing was acknowledged and this pack must take no more.
        """
        heads, at = [], 0
        view = memoryview(memory)
        for sequence, item in enumerate(items, self.sequence):
            lead = front(self._nonce, sequence, item.key, item.note, len(item.data), item.sha256)
            begin, size = at + len(lead), len(item.data)
            view[at:begin] = lead
            view[begin : begin + size] = item.data
            end = rounded(begin + size)
            view[begin + size : end] = bytes(end - begin - size)
            heads.append(Head(self.end + at, sequence, item.key, item.note, item.sha256, self.end + begin, size))
            at = end
        self._disk.write(self._descriptor, view[:at], self.end)
        self.end, self.sequence = self.end + at, self.sequence + len(items)
        return heads

    def seal(self) -> None:
        """No more will be put into it: gives back the room that is left."""
        with suppress(OSError):  # room that is not given back is no loss of anything
            os.ftruncate(self._descriptor, self.end)
        os.close(self._descriptor)
