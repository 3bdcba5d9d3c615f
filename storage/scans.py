"""Bytes kept under their own SHA-256: scans, score artefacts, renditions. In a folder or an S3-compatible store.

A hash is acknowledged once its bytes would survive a power cut. Who may see them is not decided here. Originals are
sealed behind this store's back (`seal`) and are found under the same hash.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore

from storage import durable
from storage.backend import backend
from storage.errors import ScanDamaged, ScanMissing
from storage.intake.errors import IndexAway
from storage.intake.packs import Packs
from storage.seal.cabinet import Cabinet

AWAY = (BaseError, IndexAway)
"""A store, or the index of the packs, that does not answer now. Trying again may help."""

SMALL = 1 << 14
"""Bytes that are hashed sooner than a thread could take them over: the machine's scores of a page have a thousand."""

ABREAST = 32
"""Objects fetched at the same time."""

_MISSING = (NotFoundError, FileNotFoundError)
_OBJECT = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}")


class Store:
    """A content-addressed store under `prefix` of `store`. What came in on this machine lies in its `packs`, and
    what nobody needs in the clear any more in its `cabinet`."""

    def __init__(
        self, store: ObjectStore, prefix: str = "", packs: Packs | None = None, cabinet: Cabinet | None = None
    ) -> None:
        self._store, self.packs, self.cabinet = store, packs, cabinet
        self._prefix = prefix.strip("/") + "/" if prefix else ""
        root = getattr(store, "prefix", None) if isinstance(store, LocalStore) else None
        self._root = Path(root) if root is not None else None
        self._folders = durable.Folders(self._root) if self._root is not None else None

    def path(self, sha: str) -> str:
        """The object's name: two levels of folders, so that none holds more than a few hundred of 53 million."""
        return f"{self._prefix}{sha[:2]}/{sha[2:4]}/{sha}"

    async def put(self, data: bytes) -> str:
        """Keeps `data` and returns its SHA-256 (hex). Durable when it returns; doing it again changes nothing."""
        if self._folders is not None:
            return await asyncio.to_thread(self._put_file, self._folders, data)
        sha = await asyncio.to_thread(_hash, data)
        await obstore.put_async(self._store, self.path(sha), data)
        return sha

    async def get(self, sha: str) -> bytes:
        """The bytes of this hash, be they sealed. Raises ScanMissing; ScanDamaged where what lies there hashes to
        another; ScanShut where it is sealed and no key of ours opens it any more."""
        data = await self.clear(sha)
        if data is None:  # clear bytes go once they are sealed, so that this must be the second look
            if self.cabinet is None:
                raise ScanMissing(sha256=sha)
            data = await self.cabinet.open(sha)
        found = _hash(data) if len(data) < SMALL else await asyncio.to_thread(_hash, data)
        if found != sha:
            raise ScanDamaged(sha256=sha, found=found)
        return data

    async def get_all(self, shas: Iterable[str]) -> dict[str, bytes | ScanMissing | ScanDamaged]:
        """Hash → its bytes, or why there are none, for many small files at once: out of a folder in one go.

        Asking the folder for each by itself costs fifteen times the reading.
        """
        wanted = list(dict.fromkeys(shas))
        found = dict(zip(wanted, await asyncio.to_thread(self._read_all, wanted), strict=True))
        gate = asyncio.Semaphore(ABREAST)
        rest = [sha for sha, data in found.items() if data is None]
        others = await asyncio.gather(*(self._got(sha, gate) for sha in rest))
        return {sha: data for sha, data in found.items() if data is not None} | dict(zip(rest, others, strict=True))

    def _read_all(self, shas: Sequence[str]) -> list[bytes | None]:
        """Those that lie in our folder whole; what does not is `get`'s to find out about."""
        root = self._root if self.packs is None else None
        return [None if root is None else _whole(root / self.path(sha), sha) for sha in shas]

    async def _got(self, sha: str, gate: asyncio.Semaphore) -> bytes | ScanMissing | ScanDamaged:
        async with gate:
            try:
                return await self.get(sha)
            except (ScanMissing, ScanDamaged) as error:
                return error

    async def clear(self, sha: str) -> bytes | None:
        """What lies in the clear under this hash; None where nothing does. Its hash is not looked at."""
        data = None if self.packs is None else await asyncio.to_thread(self.packs.get, bytes.fromhex(sha))
        return data if data is not None else await self._object(sha)

    async def _object(self, sha: str) -> bytes | None:
        try:
            result = await obstore.get_async(self._store, self.path(sha))
            return bytes(await result.bytes_async())
        except _MISSING:
            return None

    async def has(self, sha: str) -> bool:
        """Whether something lies under this hash. Does not read it."""
        if self.packs is not None and await asyncio.to_thread(self.packs.find, bytes.fromhex(sha)) is not None:
            return True
        try:
            await obstore.head_async(self._store, self.path(sha))
        except _MISSING:
            return self.cabinet is not None and bool(await self.cabinet.places(sha))
        return True

    async def objects(self) -> AsyncIterator[tuple[str, datetime]]:
        """Hashes of what lies in the clear outside the packs, and since when."""
        async for found in obstore.list(self._store, prefix=self._prefix or None):
            for one in found:
                if _OBJECT.fullmatch(one["path"].removeprefix(self._prefix)):
                    yield one["path"][-64:], one["last_modified"]

    async def forget(self, sha: str) -> None:
        """Removes what lies in the clear under this hash outside the packs. That it is sealed is the caller's word."""
        with suppress(*_MISSING):
            await obstore.delete_async(self._store, self.path(sha))

    def _put_file(self, folders: durable.Folders, data: bytes) -> str:
        """Writes beside, syncs, renames, syncs the folders: the name never stands for less than all the bytes.

        (obstore's own put into a folder returns before the bytes are on the disk.)
        """
        sha = _hash(data)
        target = folders.root / self.path(sha)
        folders.settle(target.parent)
        if _holds(target, sha):
            durable.sync_file(target)  # whoever wrote it may not have come this far yet
            durable.sync_folder(target.parent)
            return sha
        durable.write(target, data)
        return sha


def open_store(address: Path | str, prefix: str, packs: Packs | None = None, cabinet: Cabinet | None = None) -> Store:
    """The store at a folder or an address such as `s3://bucket/path`; credentials come from the environment."""
    return Store(backend(address), prefix, packs, cabinet)


def _whole(path: Path, sha: str) -> bytes | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if _hash(data) == sha else None


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()


def _holds(path: Path, sha: str) -> bool:
    """Whether the file holds what its name says; a damaged one, or one the disk cannot read, is written anew."""
    try:
        return _hash(path.read_bytes()) == sha
    except OSError:
        return False
