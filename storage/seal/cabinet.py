"""Sealed originals: age files under the hash of what is in them, a folder a contest, so that each has its own end.

`sealed/CONTEST/ab/cd/SHA256.age`, format https://age-encryption.org/v1. The hash is that of the clear bytes, the one
in receipt and log: whoever opens a file proves it. What is sealed when, and what may go, is `sealer`'s.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import obstore
import pyrage
from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import LocalStore, ObjectStore
from pyrage.x25519 import Identity

from election.contest import CONTEST_TYPES
from storage import durable
from storage.errors import ScanDamaged, ScanMissing
from storage.seal.errors import ScanShut, SealFailed
from storage.seal.keys import Keys

OTHER = "umum"
"""Where an original goes that no contest's journal knows."""

DRAWERS = (*CONTEST_TYPES, OTHER)
"""Where an original may be looked for."""

_MISSING = (NotFoundError, FileNotFoundError)
_NAME = re.compile(r"(?:[a-z][a-z0-9_]*/)[0-9a-f]{2}/[0-9a-f]{2}/([0-9a-f]{64})\.age")


class Cabinet:
    """The sealed originals under `prefix` of `store`, and the keys that this machine has to them."""

    def __init__(self, store: ObjectStore, prefix: str, keys: Keys) -> None:
        self._store, self.keys = store, keys
        self._prefix = prefix.strip("/") + "/" if prefix else ""
        root = getattr(store, "prefix", None) if isinstance(store, LocalStore) else None
        self._folders = durable.Folders(Path(root)) if root is not None else None

    def path(self, contest: str, sha: str) -> str:
        """The name of a sealed original."""
        return f"{self._prefix}{contest}/{sha[:2]}/{sha[2:4]}/{sha}.age"

    async def keep(self, contest: str, sha: str, data: bytes) -> None:
        """Seals `data` for a contest; when this returns it is durable, and was opened again out of the store.

        Doing it again, or twice at once, changes nothing. Raises ScanDamaged where `data` has another hash, SealFailed,
        NoCustodian, and what the disk or store raises; the clear bytes must stay then.
        """
        if await self.holds(contest, sha) and await self.proves(contest, sha):
            return
        sealed = await asyncio.to_thread(self._sealed, contest, sha, data)
        created = await self._create(self.path(contest, sha), sealed)
        if await self.proves(contest, sha):
            return  # or another sealer was first
        if not created:  # damaged, or sealed to a key that is gone; these bytes are whole
            await self._replace(self.path(contest, sha), sealed)
        if created or not await self.proves(contest, sha):
            raise SealFailed(sha256=sha)

    async def proves(self, contest: str, sha: str) -> bool:
        """Whether what is sealed under this hash opens, here and now, to bytes that have it."""
        with suppress(ScanMissing, ScanShut, ScanDamaged):
            await self.opened(contest, sha, self.keys.identities(contest))
            return True
        return False

    async def open(self, sha: str, identities: Sequence[Identity] | None = None) -> bytes:
        """The original of this hash, by this installation's keys or by others.

        Raises ScanMissing, ScanShut, ScanDamaged.
        """
        why: ScanMissing | ScanShut | ScanDamaged = ScanMissing(sha256=sha)
        for contest in await self.places(sha):
            try:
                return await self.opened(contest, sha, identities or self.keys.identities(contest))
            except (ScanMissing, ScanShut, ScanDamaged) as error:
                why = error
        raise why

    async def opened(self, contest: str, sha: str, identities: Sequence[Identity]) -> bytes:
        """The original in one drawer, by these keys. Raises as `open`."""
        try:
            result = await obstore.get_async(self._store, self.path(contest, sha))
            sealed = bytes(await result.bytes_async())
        except _MISSING:
            raise ScanMissing(sha256=sha) from None
        return await asyncio.to_thread(_opened, sealed, sha, identities)

    async def places(self, sha: str) -> list[str]:
        """The contests for which this original is sealed."""
        there = await asyncio.gather(*(self.holds(contest, sha) for contest in DRAWERS))
        return [contest for contest, found in zip(DRAWERS, there, strict=True) if found]

    async def holds(self, contest: str, sha: str) -> bool:
        """Whether a file lies there; whether it opens, only `proves` knows."""
        if self._folders is not None:
            return (self._folders.root / self.path(contest, sha)).exists()
        try:
            await obstore.head_async(self._store, self.path(contest, sha))
        except _MISSING:
            return False
        return True

    async def under(self, contest: str) -> AsyncIterator[tuple[str, int]]:
        """Hash and bytes of every original sealed for a contest."""
        async for found in obstore.list(self._store, prefix=f"{self._prefix}{contest}/"):
            for one in found:
                if name := _NAME.fullmatch(one["path"].removeprefix(self._prefix)):
                    yield name[1], one["size"]

    async def destroy(self, contest: str, sha: str) -> None:
        """Removes a sealed original for good. That nobody may need it any more is the caller's word."""
        with suppress(*_MISSING):
            await obstore.delete_async(self._store, self.path(contest, sha))

    def _sealed(self, contest: str, sha: str, data: bytes) -> bytes:
        found = sha256(data).hexdigest()
        if found != sha:
            raise ScanDamaged(sha256=sha, found=found)
        return bytes(pyrage.encrypt(data, self.keys.recipients(contest)))

    async def _create(self, path: str, sealed: bytes) -> bool:
        """False where something lies there: a copy that was proved is never put at risk by another one."""
        if self._folders is not None:
            return await asyncio.to_thread(self._write, self._folders, path, sealed, False)
        try:
            await obstore.put_async(self._store, path, sealed, mode="create")
        except AlreadyExistsError:
            return False
        return True

    async def _replace(self, path: str, sealed: bytes) -> None:
        if self._folders is not None:
            await asyncio.to_thread(self._write, self._folders, path, sealed, True)
        else:
            await obstore.put_async(self._store, path, sealed)

    @staticmethod
    def _write(folders: durable.Folders, path: str, sealed: bytes, over: bool) -> bool:
        target = folders.root / path
        folders.settle(target.parent)
        if over:
            durable.write(target, sealed, 0o600)
            return True
        return durable.create(target, sealed, 0o600)


def _opened(sealed: bytes, sha: str, identities: Sequence[Identity]) -> bytes:
    if not identities:
        raise ScanShut(sha256=sha)
    try:
        data = bytes(pyrage.decrypt(sealed, identities))
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise ScanShut(sha256=sha) from error
        raise ScanDamaged(sha256=sha, found="-") from error
    found = sha256(data).hexdigest()
    if found != sha:
        raise ScanDamaged(sha256=sha, found=found)
    return data
