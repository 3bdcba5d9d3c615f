"""One file of photos, filled from front to back by one process. Which file is whose, and finding photos: `packs`."""

import mmap
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from storage.intake.disk import Disk, slot_of
from storage.intake.record import BLOCK, Head, fresh_nonce, front, pack_head, rounded


def record_size(photo: int) -> int:
    """Bytes of a record whose photo has `photo` bytes."""
    return BLOCK + rounded(photo)


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

    def fits(self, parcels: Sequence[Parcel]) -> int:
        """How many of `parcels`, from the first on, there is room for."""
        end = self.end
        for count, parcel in enumerate(parcels):
            end += record_size(len(parcel.data))
            if end > self.size:
                return count
        return len(parcels)

    def write(self, parcels: Sequence[Parcel], memory: mmap.mmap) -> list[Head]:
        """Puts the parcels behind each other with one write; they are on the disk when this returns.

        Those in slots are written from where they lie, the others by way of `memory`, which must hold them all. Raises
        OSError: then nothing was acknowledged and this pack must take no more.
        """
        heads, parts, end = [], [], self.end
        free = memoryview(memory)
        for sequence, parcel in enumerate(parcels, self.sequence):
            size = len(parcel.data)
            whole = record_size(size)
            room = slot_of(parcel.data)
            if room is None:
                room, free = free[:whole], free[whole:]
                room[BLOCK : BLOCK + size] = parcel.data
            lead = front(self._nonce, sequence, parcel.key, parcel.note, size, parcel.sha256)
            room[:BLOCK] = lead.ljust(BLOCK, b"\0")
            room[BLOCK + size : whole] = bytes(whole - BLOCK - size)
            parts.append(room[:whole])
            heads.append(Head(end, sequence, parcel.key, parcel.note, parcel.sha256, size))
            end += whole
        self._disk.write(self._descriptor, parts, self.end)
        self.end, self.sequence = end, self.sequence + len(parcels)
        return heads

    def seal(self) -> None:
        """No more will be put into it: gives back the room that is left."""
        with suppress(OSError):  # room that is not given back is no loss of anything
            os.ftruncate(self._descriptor, self.end)
        os.close(self._descriptor)
