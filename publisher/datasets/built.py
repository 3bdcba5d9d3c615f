"""Where builds of the open data lie, what each is of, and how one takes the place of another.

A build is a folder of its own; `data/{contest}` is a link to the one that counts, replaced by a rename, so that readers
have all files of one build, and a crash leaves the one before. How a build is made is `build`'s.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from publisher.datasets.files import Resource
from publisher.folder import OWN, Cursor

DATA = "data"
STATE = ".build.json"
XLSX = "xlsx"

ABANDONED = 7200.0
"""Seconds after which whoever was building has been killed: longer than a transaction may last."""


class Built(Struct, frozen=True):
    """What a build is of. `slow`: the cursor of its slow tables, `slow_at`: when they were made (seconds)."""

    edition: str
    quick: Cursor
    slow: Cursor
    slow_at: float
    resources: tuple[Resource, ...]


class Builds:
    """The builds of one contest below the public folder."""

    def __init__(self, public: Path, key: str) -> None:
        self._link = public / DATA / key
        self._home = public / OWN / DATA / key

    def standing(self) -> tuple[Path, Built] | None:
        """The build that readers see; None where there is none, or it cannot be read."""
        try:
            folder = self._link.resolve(strict=True)
            return folder, msgspec.json.decode((folder / STATE).read_bytes(), type=Built)
        except (OSError, msgspec.DecodeError):
            return None

    @contextlib.contextmanager
    def new(self) -> Iterator[Path]:
        """A folder to build in; gone again where building fails."""
        folder = self._home / f"{os.getpid()}-{os.urandom(4).hex()}"
        folder.mkdir(parents=True)
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def show(self, folder: Path, built: Built) -> None:
        """Readers see `folder` from now on; the build before stays for who is in the middle of it."""
        before = self.standing()
        (folder / STATE).write_bytes(msgspec.json.encode(built))
        self._link.parent.mkdir(parents=True, exist_ok=True)
        link = self._home / f"{folder.name}.link"
        link.symlink_to(os.path.relpath(folder, self._link.parent))
        link.replace(self._link)
        keep = {folder.name, before[0].name if before else ""}
        for other in self._home.iterdir():
            if other.is_dir() and other.name not in keep and not _going_on(other, folder):
                shutil.rmtree(other, ignore_errors=True)


def _going_on(other: Path, beside: Path) -> bool:
    """Whether another process may still be building there: what it finished would then lack what we took away."""
    if (other / STATE).exists():
        return False
    return beside.stat().st_mtime - other.stat().st_mtime < ABANDONED


def read_built(public: Path, key: str) -> Built | None:
    """What stands of a contest."""
    found = Builds(public, key).standing()
    return found[1] if found else None
