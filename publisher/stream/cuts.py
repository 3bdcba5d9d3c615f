"""A contest's last publications as events: a file each, written by the publisher, read by every node that has them.

They tell a page whether what it shows was written anew. Only the recent past is kept: who was away for longer, or
has numbers of a database that is no more, is told to read its documents again.
"""

import asyncio
import contextlib
import os
from bisect import bisect_right
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TypeVar

import msgspec

from publisher.folder import Folder
from publisher.stream.announcement import Announcement
from publisher.stream.event import Piece, event
from publisher.stream.mark import START, Mark
from publisher.stream.shelf import Shelf

KEPT = 256
"""Publications that can be resumed from: minutes of a busy night, a day of a quiet one."""

SUFFIX = ".json"

T = TypeVar("T")


def place(contest: str) -> str:
    """The folder of a contest's publications, below the public one."""
    return f"v1/{contest}/cuts"


class Kept:
    """Writes publications down. Killed between any two lines, it is called again with the same announcement."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def put(self, said: Announcement) -> Mark:
        """Where it stands now. The same again stays where it is; numbers that fall forget what was before them."""
        known = marks(self._folder.root, said.contest)
        if known and said.number < known[-1].number:
            self._forget(said.contest, known)
            known = []
        mark = Mark(said.number)
        if known and known[-1].number == said.number:
            if self._read(said.contest, known[-1]) == said:
                return known[-1]
            mark = Mark(said.number, known[-1].again + 1)
        self._folder.json(f"{place(said.contest)}/{mark}{SUFFIX}", said)
        self._forget(said.contest, known[: -KEPT + 1])
        return mark

    def _read(self, contest: str, mark: Mark) -> Announcement | None:
        with contextlib.suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(_path(self._folder.root, contest, mark).read_bytes(), type=Announcement)
        return None

    def _forget(self, contest: str, gone: list[Mark]) -> None:
        for mark in gone:  # the oldest first: what is left has no gap, wherever we are killed
            _path(self._folder.root, contest, mark).unlink(missing_ok=True)


class Cuts:
    """The past of one contest's stream of publications, below the public folder `root`."""

    lasting = False

    def __init__(self, root: Path, contest: str, reading: Executor) -> None:
        self._root = root
        self._contest = contest
        self._reading = reading
        self._known: list[Mark] = []
        self._pieces: Shelf[Mark, Piece] = Shelf(KEPT)

    async def newest(self) -> Mark | None:
        """The last publication; the start before the first one of a contest that has documents."""
        known = await self._blocking(lambda: marks(self._root, self._contest))
        if known[-1:] < self._known[-1:]:
            self._pieces = Shelf(KEPT)  # the numbers begin again, and mean something else
        self._known = known
        if known:
            return known[-1]
        return START if await self._blocking((self._root / place(self._contest)).parent.is_dir) else None

    async def after(self, mark: Mark, newest: Mark) -> Piece:
        """The publication that follows `mark`; a reset to `newest` where that is not known any more."""
        following = self._following(mark)
        if following is not None and following <= newest:
            with contextlib.suppress(FileNotFoundError):
                return self._pieces.get(following) or self._pieces.put(
                    following, await self._blocking(lambda: self._piece(following))
                )
        return self._reset(newest)

    def _following(self, mark: Mark) -> Mark | None:
        at = bisect_right(self._known, mark)
        reaches = at > 0 or (mark == START and len(self._known) < KEPT)
        return self._known[at] if reaches and at < len(self._known) else None

    def _piece(self, mark: Mark) -> Piece:
        data = _path(self._root, self._contest, mark).read_bytes()
        if not data:  # as a power cut leaves it: nothing here is synced
            raise FileNotFoundError
        return Piece(event(mark, "cut", data), mark, 1)

    def _reset(self, newest: Mark) -> Piece:
        data = msgspec.json.encode({"contest": self._contest, "number": newest.number})
        return Piece(event(newest, "reset", data), newest, 1)

    async def _blocking(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reading, call)


def marks(root: Path, contest: str) -> list[Mark]:
    """What is kept, in order; nothing where nothing was published."""
    found = []
    with contextlib.suppress(FileNotFoundError), os.scandir(root / place(contest)) as names:
        for one in names:
            with contextlib.suppress(ValueError):
                found.append(Mark.parse(one.name.removesuffix(SUFFIX)))
    return sorted(found)


def _path(root: Path, contest: str, mark: Mark) -> Path:
    return root / place(contest) / f"{mark}{SUFFIX}"
