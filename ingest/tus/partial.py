"""Unfinished uploads as files: one file each, a line of JSON and then the bytes, locked by whoever works on it.

The file's size is the offset, so there is no second place that could say otherwise after a crash; the lock is the
kernel's, so a killed owner holds nothing. Every function here blocks. Who may hold an upload, and how its owner is
made to let go, is `uploads`'.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from identity import Sender
from ingest.tus.promise import Promise
from ingest.tus.upload import Upload
from storage import durable

_HEAD_LIMIT = 65_536
_UNFINISHED = ".new-"


class Head(Struct, frozen=True):
    """The first line of the file: everything that the last byte will need and the first one brought."""

    promise: Promise
    metadata: str  # Upload-Metadata as it was sent: HEAD repeats it, and the sender's signature covers it
    sender: Sender  # who began it


class InUse(Exception):
    """Somebody else has the upload."""


class Partial:
    """One unfinished upload, locked: nobody else writes to it, ends it or hands it on until it is closed."""

    def __init__(self, path: Path, descriptor: int, head: Head, start: int, size: int) -> None:
        self.head = head
        self._path, self._descriptor, self._start, self._size = path, descriptor, start, size

    @property
    def offset(self) -> int:
        """Bytes of the photo that are here."""
        return self._size - self._start

    @property
    def upload(self) -> Upload:
        """Where it stands."""
        return Upload(self.head.promise, self.offset)

    def append(self, data: bytes | bytearray | memoryview) -> None:
        """Puts `data` behind what is there, with the kernel: a killed process loses none of it. Raises OSError."""
        view = memoryview(data)
        while view:
            written = os.pwrite(self._descriptor, view, self._size)
            self._size += written
            view = view[written:]

    def sync(self) -> None:
        """What is here is on the disk when this returns. Raises OSError."""
        os.fdatasync(self._descriptor)

    def shorten(self, offset: int) -> None:
        """Forgets everything from `offset` on."""
        self._size = self._start + offset
        os.ftruncate(self._descriptor, self._size)

    def photo(self) -> memoryview:
        """All the bytes that are here."""
        data = bytearray(self.offset)
        view, position = memoryview(data), self._start
        while view:
            count = os.preadv(self._descriptor, [view], position)
            if not count:
                raise OSError(f"{self._path.name} is shorter than it was")
            view, position = view[count:], position + count
        return memoryview(data)

    def remove(self) -> None:
        """The upload is no more. Doing it again changes nothing."""
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Lets go of it. Must be called once."""
        os.close(self._descriptor)


class Folder:
    """The unfinished uploads of a machine. Any number of processes may work in the same one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def has(self, name: str) -> bool:
        """Whether there is such an upload. Costs one look at a folder that the kernel has in memory."""
        return os.access(f"{self.path}/{name}", os.F_OK)  # asked for every photo: a third of what pathlib takes

    def head(self, name: str) -> Head | None:
        """What the upload is, without a lock; None where there is none."""
        try:
            descriptor = os.open(self._path(name), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            return _read_head(descriptor)[0]
        finally:
            os.close(descriptor)

    def create(self, head: Head) -> Partial:
        """A new upload of no bytes, locked, on the disk when this returns. Raises FileExistsError, OSError.

        It gets its name when it is whole, and is locked before it has one: nobody ever sees half of a head.
        """
        path, line = self._path(head.promise.id), msgspec.json.encode(head) + b"\n"
        unfinished = self.path / f"{_UNFINISHED}{os.getpid()}-{os.urandom(6).hex()}"
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            partial = Partial(path, descriptor, head, len(line), 0)
            partial.append(line)
            partial.sync()
            os.link(unfinished, path)
            self._settle(path)
        except BaseException:
            os.close(descriptor)
            raise
        finally:
            unfinished.unlink(missing_ok=True)
        return partial

    def _settle(self, path: Path) -> None:
        """A name that may not be on the disk is none."""
        try:
            durable.sync_folder(self.path)
        except BaseException:
            path.unlink()
            raise

    def open(self, name: str) -> Partial | None:
        """The upload of this name, locked; None where there is none. Raises InUse, OSError."""
        path = self._path(name)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            _lock(descriptor)
            status = os.fstat(descriptor)
            if not _named(path, status):  # ended by its last owner between our open and our lock
                os.close(descriptor)
                return None
            head, start = _read_head(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return Partial(path, descriptor, head, start, status.st_size)

    def touched(self, name: str) -> float | None:
        """When something last arrived, in seconds since 1970; None where there is no such upload."""
        try:
            return self._path(name).stat().st_mtime
        except FileNotFoundError:
            return None

    def sweep(self, before: float) -> int:
        """Removes uploads that nothing has reached since `before`, and what killed creators left; answers how many."""
        return sum(self._swept(entry, before) for entry in self._entries())

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        with os.scandir(self.path) as entries:
            yield from (entry for entry in entries if entry.is_file(follow_symlinks=False))

    def _swept(self, entry: os.DirEntry[str], before: float) -> bool:
        # the last two: a file that is no upload of ours
        with contextlib.suppress(FileNotFoundError, InUse, ValueError, msgspec.MsgspecError):
            if entry.stat().st_mtime >= before:
                return False
            if entry.name.startswith(_UNFINISHED):
                Path(entry.path).unlink()
            elif (partial := self.open(entry.name)) is not None:
                partial.remove()
                partial.close()
                return True
        return False

    def _path(self, name: str) -> Path:
        return self.path / name


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InUse from None


def _named(path: Path, status: os.stat_result) -> bool:
    """Whether `path` still is the file of that status."""
    try:
        return os.path.samestat(path.stat(), status)
    except FileNotFoundError:
        return False


def _read_head(descriptor: int) -> tuple[Head, int]:
    line = os.pread(descriptor, _HEAD_LIMIT, 0)
    start = line.index(b"\n") + 1
    return msgspec.json.decode(line[:start], type=Head), start
