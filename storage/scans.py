"""Bytes kept under their own SHA-256: scans, score artefacts, renditions. In a folder or an S3-compatible store.

A hash is acknowledged once its bytes would survive a power cut. Who may see them is not decided here.
"""

import asyncio
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from storage import durable
from storage.errors import ScanDamaged, ScanMissing
from storage.intake.errors import IndexAway
from storage.intake.packs import Packs

AWAY = (BaseError, IndexAway)
"""A store, or the index of the packs, that does not answer now. Trying again may help."""

SMALL = 1 << 14
"""Bytes that are hashed sooner than a thread could take them over: the machine's scores of a page have a thousand."""

ABREAST = 32
"""Objects fetched at the same time."""

_MISSING = (NotFoundError, FileNotFoundError)


class Store:
    """A content-addressed store under `prefix` of `store`. What came in on this machine lies in its `packs`."""

    def __init__(self, store: ObjectStore, prefix: str = "", packs: Packs | None = None) -> None:
        self._store, self.packs = store, packs
        self._prefix = prefix.strip("/") + "/" if prefix else ""
        root = getattr(store, "prefix", None) if isinstance(store, LocalStore) else None
        self._root = Path(root) if root is not None else None
        self._settled: set[str] = set()  # folders whose names this process has seen onto the disk

    def path(self, sha: str) -> str:
        """The object's name: two levels of folders, so that none holds more than a few hundred of 53 million."""
        return f"{self._prefix}{sha[:2]}/{sha[2:4]}/{sha}"

    async def put(self, data: bytes) -> str:
        """Keeps `data` and returns its SHA-256 (hex). Durable when it returns; doing it again changes nothing."""
        if self._root is not None:
            return await asyncio.to_thread(self._put_file, self._root, data)
        sha = await asyncio.to_thread(_hash, data)
        await obstore.put_async(self._store, self.path(sha), data)
        return sha

    async def get(self, sha: str) -> bytes:
        """The bytes of this hash. Raises ScanMissing, and ScanDamaged where what lies there hashes to another."""
        data = None if self.packs is None else await asyncio.to_thread(self.packs.get, bytes.fromhex(sha))
        if data is None:
            data = await self._object(sha)
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

    async def _object(self, sha: str) -> bytes:
        try:
            result = await obstore.get_async(self._store, self.path(sha))
            return bytes(await result.bytes_async())
        except _MISSING:
            raise ScanMissing(sha256=sha) from None

    async def has(self, sha: str) -> bool:
        """Whether something lies under this hash. Does not read it."""
        if self.packs is not None and await asyncio.to_thread(self.packs.find, bytes.fromhex(sha)) is not None:
            return True
        try:
            await obstore.head_async(self._store, self.path(sha))
        except _MISSING:
            return False
        return True

    def _put_file(self, root: Path, data: bytes) -> str:
        """Writes beside, syncs, renames, syncs the folders: the name never stands for less than all the bytes.

        (obstore's own put into a folder returns before the bytes are on the disk.)
        """
        sha = _hash(data)
        target = root / self.path(sha)
        self._settle(target.parent, root)
        if _holds(target, sha):
            durable.sync_file(target)  # whoever wrote it may not have come this far yet
            durable.sync_folder(target.parent)
            return sha
        durable.write(target, data)
        return sha

    def _settle(self, folder: Path, root: Path) -> None:
        """Makes `folder` below `root` and sees its name onto the disk, once a process.

        That a folder is there says nothing: who made it may have been killed, or may not have come to the sync yet.
        """
        name = str(folder.relative_to(root))
        if folder == root or (name in self._settled and folder.exists()):
            return
        self._settle(folder.parent, root)
        folder.mkdir(exist_ok=True)
        durable.sync_folder(folder.parent)
        self._settled.add(name)


def open_store(address: Path | str, prefix: str, packs: Packs | None = None) -> Store:
    """The store at a folder or an address such as `s3://bucket/path`; credentials come from the environment."""
    if isinstance(address, str) and "://" in address:
        return Store(from_url(address), prefix, packs)
    folder = Path(address)
    folder.mkdir(parents=True, exist_ok=True)
    return Store(LocalStore(folder), prefix, packs)


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
