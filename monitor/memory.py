"""What was seen of each log last, on disk: who checks whether a log only grows must never forget what it had seen."""

import base64
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from tlog.tree import EMPTY_ROOT
from tlog.witness import Seen


class Kept(Struct, frozen=True):
    """What lies on the disk of one log."""

    origin: str
    size: int
    root: str
    note: str = ""  # the head as it was signed


class Memory:
    """The heads that were seen, a file a log in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def seen(self, origin: str) -> Seen:
        """What was kept last. Raises OSError, msgspec.DecodeError: who cannot remember signs nothing."""
        try:
            kept = msgspec.json.decode(self._path(origin).read_bytes(), type=Kept)
        except FileNotFoundError:
            return Seen(0, EMPTY_ROOT)
        return Seen(kept.size, base64.b64decode(kept.root))

    def keep(self, origin: str, seen: Seen, note: str = "") -> None:
        """Remembers; on the disk when this returns. Raises OSError."""
        kept = Kept(origin, seen.size, base64.b64encode(seen.root).decode(), note)
        self._write(self._path(origin), msgspec.json.encode(kept))

    def first(self, origin: str, name: str, data: bytes | None) -> bytes | None:
        """What `name` of this log said when it was seen first, which is now where it never was. Raises OSError.

        Who serves a list of TPS, or whose signatures count, may not change it from one day to the next; who knows of
        a good reason deletes the file.
        """
        path = self._folder / f"{sha256(origin.encode()).hexdigest()[:16]}-first-{name}"
        with self.alone(origin):
            if path.exists():
                return path.read_bytes()
            if data is not None:
                self._write(path, data)
        return data

    def accuse(self, origin: str, note: str) -> Path:
        """Puts the head that was seen last and one that contradicts it beside each other, for anyone to check.

        Answers their folder; the same pair is written once. Raises OSError, msgspec.DecodeError.
        """
        folder = self._folder / "evidence" / sha256(f"{origin}\n{note}".encode()).hexdigest()[:16]
        if not folder.exists():
            folder.mkdir(parents=True)
            if self._path(origin).exists():  # without witnesses nothing was kept
                before = msgspec.json.decode(self._path(origin).read_bytes(), type=Kept)
                self._write(folder / "seen-before", before.note.encode())
            self._write(folder / "seen-now", note.encode())
        return folder

    def _write(self, path: Path, data: bytes) -> None:
        part = path.with_name(f"{path.name}.part")
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def alone(self, origin: str) -> Iterator[None]:
        """One judgement of this log at a time, whoever else has this folder: threads and other processes wait."""
        with self._path(origin).with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _path(self, origin: str) -> Path:
        return self._folder / f"{sha256(origin.encode()).hexdigest()}.json"
