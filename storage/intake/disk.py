"""What a pack asks of the disk: files of their full size, and writes that are on the disk when they return.

Written past the page cache: a photo is read once or never, and copying it there costs more than all the rest.
"""

import ctypes
import errno
import fcntl
import mmap
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from storage import durable
from storage.intake.record import BLOCK, rounded

_ZEROS = 4 << 20
_VECTOR = 1024
"""Parts that one call takes (IOV_MAX)."""

_FLAGS = os.O_RDWR | os.O_CLOEXEC | os.O_DSYNC


class Disk:
    """The real one; tests put others in its place. `reserve` bytes are left free for the database beside us."""

    def __init__(self, reserve: int = 256 << 20) -> None:
        self._reserve = reserve
        self._zeros: mmap.mmap | None = None

    def make(self, path: Path, size: int, first: bytes) -> int:
        """A new file of `size` bytes that begins with the block `first`, written once from end to end.

        A file that was only set aside would have every later write change its metadata too. Answers the descriptor,
        which locks the file; raises OSError and leaves no file.
        """
        self._ask_for(path.parent, size)
        descriptor = _open(path, os.O_CREAT | os.O_EXCL)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.fstat(descriptor).st_nlink:  # before we had the lock, another took it for a dead process's
                raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(path))
            os.posix_fallocate(descriptor, 0, size)
            self._fill(descriptor, size)
            self.write(descriptor, [_aligned(first)], 0)
            os.fsync(descriptor)
            durable.sync_folder(path.parent)
        except BaseException:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        return descriptor

    def write(self, descriptor: int, parts: Sequence[memoryview], at: int) -> None:
        """Writes whole blocks from aligned memory, one part behind the other; on the disk when this returns.

        Raises OSError.
        """
        left, wanted = list(parts), sum(map(len, parts))
        while done := os.pwritev(descriptor, left[:_VECTOR], at):
            at, wanted = at + done, wanted - done
            if not wanted:
                return
            left = _behind(left, done)
        raise OSError(errno.EIO, "nothing was written")

    def _fill(self, descriptor: int, size: int) -> None:
        if self._zeros is None:
            self._zeros = arena(_ZEROS)
        zeros = memoryview(self._zeros)
        for at in range(0, size, _ZEROS):
            self.write(descriptor, [zeros[: min(_ZEROS, size - at)]], at)

    def _ask_for(self, folder: Path, size: int) -> None:
        there = os.statvfs(folder)
        if there.f_bavail * there.f_frsize < size + self._reserve:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


class Reading:
    """A pack to read from, whoever writes it. Close it."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def read(self, at: int, size: int) -> bytes:
        """As `record.Readable`."""
        return os.pread(self._descriptor, size, at)

    def __enter__(self) -> "Reading":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def arena(size: int) -> mmap.mmap:
    """Memory to write from, in whole blocks; in large pages where there are some, so that fewer are pinned a write."""
    memory = mmap.mmap(-1, rounded(size))
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


class Slot(mmap.mmap):
    """Memory that a photo is received into and written from, without a copy: a block for the record's head before
    it, and room up to a whole block behind."""

    def __new__(cls, size: int) -> "Slot":
        """Room for a photo of `size` bytes."""
        return super().__new__(cls, -1, BLOCK + rounded(size))

    @property
    def room(self) -> memoryview:
        """Where the photo's bytes go. A view that begins where this begins is written as it lies."""
        return memoryview(self)[BLOCK:]


def slot_of(data: bytes | bytearray | memoryview) -> memoryview | None:
    """All of the slot whose room begins with `data`; None where it lies elsewhere."""
    if not isinstance(data, memoryview) or not isinstance(data.obj, Slot) or not data:
        return None
    whole = memoryview(data.obj)
    return whole if _address(data) == _address(whole[BLOCK:]) else None


def _address(view: memoryview) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(view))


def _aligned(block: bytes) -> memoryview:
    memory = arena(BLOCK)
    memory[: len(block)] = block
    return memoryview(memory)


def _behind(parts: list[memoryview], done: int) -> list[memoryview]:
    """What is left of `parts` once their first `done` bytes are written."""
    for index, part in enumerate(parts):
        if done < len(part):
            return [part[done:], *parts[index + 1 :]]
        done -= len(part)
    return []


def _open(path: Path, flags: int) -> int:
    """Past the page cache where the file system can."""
    try:
        return os.open(path, _FLAGS | flags | os.O_DIRECT, 0o600)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    path.unlink(missing_ok=True)
    return os.open(path, _FLAGS | flags, 0o600)
