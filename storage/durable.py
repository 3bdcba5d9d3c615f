"""A file as a whole or not at all, on the disk when the call returns. What is kept in it is the caller's business."""

import os
from collections.abc import Iterable
from pathlib import Path


def write(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Puts `data` under `path`: beside it first, synced, renamed, and the folder synced. `mode` is less the umask.

    Whoever is killed in between leaves the old file or the new one, and at most a hidden unfinished one beside it.
    """
    write_parts(path, (data,), mode)


def create(path: Path, data: bytes, mode: int = 0o666) -> bool:
    """`write`, unless there is a file of that name already, be it made this very moment: then that one stays, and
    the answer is False."""
    mine = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        write(mine, data, mode)
        os.link(mine, path)
    except FileExistsError:
        return False
    finally:
        mine.unlink(missing_ok=True)
        sync_folder(path.parent)
    return True


def write_parts(path: Path, parts: Iterable[bytes], mode: int = 0o666) -> None:
    """`write` for what is never in memory as a whole. Where `parts` raises, nothing is written."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fdatasync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


class Folders:
    """Folders below `root`, whose names this process has seen onto the disk.

    That a folder is there says nothing: who made it may have been killed, or may not have come to the sync yet.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._settled: set[str] = set()

    def settle(self, folder: Path) -> None:
        """Makes `folder` and those above it, and sees their names onto the disk, once a process."""
        name = str(folder.relative_to(self.root))
        if folder == self.root or (name in self._settled and folder.exists()):
            return
        self.settle(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
        self._settled.add(name)


def sync_file(path: Path) -> None:
    """What the file holds is on the disk when this returns."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """The names in `folder` are on the disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
