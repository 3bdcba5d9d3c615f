"""The public logs' files: checkpoint, tiles and bundles below one address a log, in a folder or an S3-compatible store.

What is written and when it is signed is the publisher's; here is only where it lies, and what can be proven from it.
Blocking; call it from a thread.
"""

import contextlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from storage.errors import LogFileMissing
from tlog.note import Checkpoint, NoteError, parse
from tlog.policy import Policy
from tlog.proof import Proof
from tlog.tile import WIDTH, Tile
from tlog.tiled import TiledTree

CHECKPOINT = "checkpoint"
POLICY = "policy"
RECEIPTS = "receipts.pub"
_MISSING = (NotFoundError, FileNotFoundError)


class LogFiles:
    """The files of one log, below `prefix` of `store`."""

    def __init__(self, store: ObjectStore, prefix: str) -> None:
        self._store = store
        self._prefix = prefix.strip("/") + "/"
        self._full = lru_cache(maxsize=1024)(self._read_tile)  # full tiles never change

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None where there is none."""
        try:
            return bytes(obstore.get(self._store, self._prefix + path).bytes())
        except _MISSING:
            return None

    def write(self, path: str, data: bytes) -> None:
        """Makes `path` hold `data`, in one step."""
        obstore.put(self._store, self._prefix + path, data)

    def drop_partials(self, full: Iterable[Tile]) -> None:
        """Takes away the unfinished versions of tiles that are full now."""
        for tile in full:
            for meta in obstore.list(self._store, f"{self._prefix}{tile.path}.p/").collect():
                with contextlib.suppress(*_MISSING):  # another publisher was faster
                    obstore.delete(self._store, meta["path"])

    def tile(self, tile: Tile) -> bytes:
        """A tile's or bundle's bytes. Raises LogFileMissing."""
        return self._full(tile) if tile.width == WIDTH else self._read_tile(tile)

    def _read_tile(self, tile: Tile) -> bytes:
        data = self.read(tile.path)
        if data is None:
            raise LogFileMissing(path=tile.path)
        return data

    def tree(self, size: int) -> TiledTree:
        """The tree of the first `size` entries."""
        return TiledTree(size, self.tile)

    def checkpoint(self) -> tuple[Checkpoint, str] | None:
        """The published head and its note, None where there is none that can be read.

        Nothing is verified: whoever signs or counts signatures does that.
        """
        data = self.read(CHECKPOINT)
        try:
            note = (data or b"").decode()
            return Checkpoint.parse(parse(note)[0]), note
        except (NoteError, UnicodeDecodeError):
            return None

    def proof(self, index: int) -> Proof | None:
        """Proof that entry `index` (from 0) is in the published head; None where that head does not reach it yet.

        Raises LogFileMissing.
        """
        head = self.checkpoint()
        if head is None or head[0].size <= index:
            return None
        return Proof(index, tuple(self.tree(head[0].size).inclusion(index)), head[1])


def publish_policy(store: ObjectStore, text: str) -> None:
    """Puts the policy beside the logs."""
    obstore.put(store, POLICY, text.encode())


def publish_receipt_key(store: ObjectStore, text: str) -> None:
    """Puts the public key that signs first-stage receipts beside the logs."""
    obstore.put(store, RECEIPTS, text.encode())


def read_policy(store: ObjectStore) -> Policy | None:
    """The policy beside the logs; None where there is none. Raises PolicyError."""
    try:
        return Policy.parse(bytes(obstore.get(store, POLICY).bytes()).decode())
    except _MISSING:
        return None


def open_logs(address: Path | str) -> ObjectStore:
    """The store at a folder or an address such as `s3://bucket/log`."""
    if isinstance(address, str) and "://" in address:
        return from_url(address)
    folder = Path(address)
    folder.mkdir(parents=True, exist_ok=True)
    return LocalStore(folder)
