"""The folder of packs: finding a photo in it from any process, and taking up what a process left when it died."""

import fcntl
import logging
import os
import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from storage import durable
from storage.intake.disk import Reading
from storage.intake.errors import IndexAway, PackDamaged
from storage.intake.index import Index, Open, Place
from storage.intake.record import BLOCK, Head, heads, whole

SUFFIX = ".pack"

log = logging.getLogger(__name__)


class Packs:
    """Reads packs. Filling one is `shelf`'s."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = Index(folder / "index.db")

    def get(self, digest: bytes) -> bytes | None:
        """What lies under this hash (its hash is not looked at); None where nothing does. May read the disk."""
        place = self.find(digest)
        try:
            return None if place is None else self.read(place)
        except FileNotFoundError:
            return None  # all in that pack was sealed meanwhile

    def read(self, place: Place) -> bytes:
        """The bytes at a place. Raises FileNotFoundError where its pack is gone."""
        with Reading(self.folder / place.pack) as pack:
            return pack.read(place.at, place.size)

    def closed(self) -> list[str]:
        """The packs that take no more, oldest first. Raises IndexAway."""
        try:
            return self.index.closed()
        except sqlite3.Error as error:
            raise IndexAway from error

    def heads(self, pack: str) -> list[Head]:
        """All that lies in a closed pack, in order. Raises FileNotFoundError; PackDamaged where it is not all there."""
        with Reading(self.folder / pack) as file:
            found = list(heads(file))
        end = found[-1].end if found else BLOCK
        if end < self.index.end(pack) or end < (self.folder / pack).stat().st_size:
            raise PackDamaged(pack=pack, at=end)
        return found

    def remove(self, pack: str, held: Sequence[Head] | None = None) -> None:
        """Removes a closed pack that holds just these (None: what, is not known). That they are sealed is the
        caller's word.

        The file goes first: an index that still names it is believed by nobody (`get`), and the next call ends it.
        """
        (self.folder / pack).unlink(missing_ok=True)
        durable.sync_folder(self.folder)
        self.index.forget(pack, None if held is None else [head.sha256 for head in held])

    def find(self, digest: bytes) -> Place | None:
        """Where the photo lies. One that the index does not have yet is looked for at the packs' open ends.

        Raises IndexAway.
        """
        if not self.folder.exists():
            return None
        try:
            # A pack may be indexed and sealed between the first two looks; then the third finds its photo.
            return self.index.find(digest) or self._at_ends(digest) or self.index.find(digest)
        except sqlite3.Error as error:
            raise IndexAway from error

    def _at_ends(self, digest: bytes) -> Place | None:
        for pack in self.index.open():
            try:
                head = self._at_end(pack, digest)
            except FileNotFoundError:
                continue  # there was nothing in it, and its process has ended
            if head is not None:
                return Place(pack.pack, head.at, head.size)
        return None

    def _at_end(self, pack: Open, digest: bytes) -> Head | None:
        """The photo's head behind the index' cursor. One whose photo is not whole was never acknowledged."""
        with Reading(self.folder / pack.pack) as file:
            for head in heads(file, pack.upto, pack.due):
                if head.sha256 == digest and sha256(file.read(head.at, head.size)).digest() == digest:
                    return head
        return None

    def take_up(self) -> None:
        """Indexes and seals every pack whose process has died. What fails is tried again at the next start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        known = self.index.known()
        for path in self.folder.glob(f"*{SUFFIX}"):
            if path.name not in known:
                self.index.enter(path.name)  # the index was deleted, or lost its last words in a power cut
        for pack in self.index.open():
            try:
                self._take_up(pack)
            except (OSError, sqlite3.Error):
                log.exception("the pack %s cannot be taken up", pack.pack)

    def _take_up(self, pack: Open) -> None:
        path = self.folder / pack.pack
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            self.index.drop(pack.pack)
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with Reading(path) as file:
                found = list(whole(file, pack.upto, pack.due))
            self._finish(pack, found, descriptor)
        except BlockingIOError:
            return  # its process lives
        finally:
            os.close(descriptor)

    def _finish(self, pack: Open, found: list[Head], descriptor: int) -> None:
        if not found and pack.due == 1:
            (self.folder / pack.pack).unlink()
            self.index.drop(pack.pack)
            return
        self.index.add(pack.pack, found, sealed=True)
        os.ftruncate(descriptor, found[-1].end if found else pack.upto)

    def close(self) -> None:
        """Hangs up."""
        self.index.close()
