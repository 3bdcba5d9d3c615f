"""Where a photo is put so that it is kept: into a pack on this machine, or into an object store."""

import asyncio
import errno
import logging
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol

from msgspec import Struct

from storage.intake import disk as disks
from storage.intake.batches import Batches
from storage.intake.disk import Disk
from storage.intake.errors import DiskFull, StoreAway, WriteFailed
from storage.intake.pack import Pack, Parcel, record_size
from storage.intake.packs import SUFFIX, Packs
from storage.intake.record import BLOCK, Head, rounded
from storage.scans import Store

log = logging.getLogger(__name__)


class Shelf(Protocol):
    """Keeps photos."""

    async def keep(self, parcel: Parcel) -> None:
        """Returns once the photo would survive a power cut. Raises Unavailable; keeping it again is harmless."""

    async def close(self) -> None:
        """Waits for what is in flight."""


class Sizes(Struct, frozen=True, kw_only=True):
    """Bytes of a pack and of a flush. Packs double from the first, so that a small night needs little room."""

    first: int = 8 << 20
    largest: int = 256 << 20
    flush: int = 16 << 20


class PackShelf:
    """Group commit into packs: whatever came in while the last flush ran is the next one.

    One thread writes; another makes the next pack ready and moves the index. Lives in one event loop.
    """

    def __init__(self, packs: Packs, sizes: Sizes | None = None, disk: Disk | None = None) -> None:
        self._packs, self._sizes, self._disk = packs, sizes or Sizes(), disk or Disk()
        self._writer = ThreadPoolExecutor(1, "intake-writer")
        self._behind = ThreadPoolExecutor(1, "intake-behind")
        self._batches: Batches[Parcel, None] = Batches(self._flush, limit=self._sizes.flush, weigh=_room)
        self._memory = disks.arena(self._sizes.flush)
        self._pack: Pack | None = None
        self._next: Future[Pack] | None = None
        self._next_size = self._sizes.first
        self._here: set[bytes] = set()  # hashes of what the current pack holds
        self._unindexed: list[tuple[str, list[Head], bool]] = []
        self._refusal: tuple[float, OSError | sqlite3.Error] | None = None
        self._behind.submit(_logged, packs.take_up)

    async def keep(self, parcel: Parcel) -> None:
        """As `Shelf`. Raises DiskFull, WriteFailed."""
        await self._batches(parcel)

    async def close(self) -> None:
        """As `Shelf`. Seals the pack; gives back the room of one that was made ready."""
        await self._batches.settled()
        await asyncio.to_thread(self._writer.shutdown)
        if self._pack is not None:
            self._retire(self._pack)
        if self._next is not None:
            self._behind.submit(_logged, self._discard, self._next)
        await asyncio.to_thread(self._behind.shutdown)

    async def _flush(self, parcels: list[Parcel]) -> Sequence[Exception | None]:
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._write, parcels)

    # --- in the writer's thread -------------------------------------------------------------------------------------

    def _write(self, parcels: list[Parcel]) -> list[Exception | None]:
        """Writes a batch, into as many packs as it takes. A part that fails answers for itself."""
        fresh = {parcel.sha256: parcel for parcel in parcels if parcel.sha256 not in self._here}
        failed: dict[bytes, Exception] = {}
        left = list(fresh.values())
        while left:
            part, left = self._fitting(left)
            try:
                self._put(part)
            except (OSError, sqlite3.Error) as error:
                log.warning("%d photos could not be written: %s", len(part), error)
                failed |= dict.fromkeys((parcel.sha256 for parcel in part), _told(error))
        return [failed.get(parcel.sha256) for parcel in parcels]

    def _fitting(self, parcels: list[Parcel]) -> tuple[list[Parcel], list[Parcel]]:
        """The parcels that go into one pack together, and the rest; a full pack is retired first."""
        if self._pack is not None and not self._pack.fits(parcels[:1]):
            self._retire(self._pack)
        size = self._pack.fits(parcels) if self._pack is not None else len(parcels)
        return parcels[:size], parcels[size:]

    def _put(self, parcels: list[Parcel]) -> None:
        needed = sum(map(_room, parcels))
        pack = self._pack or self._take_next(needed)
        if needed > len(self._memory):
            self._memory = disks.arena(needed)
        try:
            heads = pack.write(parcels, self._memory)
        except BaseException:
            self._retire(pack)  # what the disk holds of this flush is unknown, and stays so
            raise
        self._here.update(parcel.sha256 for parcel in parcels)
        self._move_index(pack, heads)
        if self._next is None and 2 * pack.end > pack.size:
            self._next_size = min(2 * self._next_size, self._sizes.largest)
            self._next = self._behind.submit(self._make, self._next_size)

    def _take_next(self, needed: int) -> Pack:
        """The pack that was made ready, or one made now. After a failure, no second try within a second."""
        if self._refusal is not None and time.monotonic() < self._refusal[0]:
            raise self._refusal[1]
        try:
            pack = self._next.result() if self._next is not None else None
            if pack is not None and pack.size < BLOCK + needed:
                self._discard_pack(pack)
                pack = None
            self._next = None
            self._pack = pack or self._make(max(self._next_size, BLOCK + needed))
        except (OSError, sqlite3.Error) as error:
            self._next, self._refusal = None, (time.monotonic() + 1, error)
            raise
        self._here.clear()
        return self._pack

    def _retire(self, pack: Pack) -> None:
        self._pack = None
        pack.seal()
        self._move_index(pack, [], sealed=True)

    # --- in the thread behind, or in the writer's -------------------------------------------------------------------

    def _make(self, size: int) -> Pack:
        """A pack of `size` bytes, or of less where the disk has no room for that."""
        self._packs.folder.mkdir(parents=True, exist_ok=True)
        mistaken = 0
        while True:
            name = f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(3)}{SUFFIX}"
            try:
                pack = Pack(self._packs.folder / name, rounded(size), self._disk)
                break
            except OSError as error:
                if error.errno in _MISTAKEN and mistaken < MISTAKES:
                    mistaken += 1  # under another name: whoever took this one away may still be about to
                elif error.errno in _FULL and size > self._sizes.first:
                    size = max(size // 2, self._sizes.first)
                else:
                    raise
        try:
            self._packs.index.enter(name)
        except sqlite3.Error:
            pack.seal()
            pack.path.unlink()
            raise
        return pack

    def _move_index(self, pack: Pack, heads: list[Head], *, sealed: bool = False) -> None:
        self._unindexed.append((pack.path.name, heads, sealed))
        self._behind.submit(_logged, self._index)

    def _index(self) -> None:
        """Whatever waits goes into the index; what does not go stays until the next time, and is found meanwhile."""
        while self._unindexed:
            name, heads, sealed = self._unindexed[0]
            self._packs.index.add(name, heads, sealed=sealed)
            self._unindexed.pop(0)

    def _discard(self, made: "Future[Pack]") -> None:
        with suppress(OSError, sqlite3.Error):
            self._discard_pack(made.result())

    def _discard_pack(self, pack: Pack) -> None:
        pack.seal()
        pack.path.unlink()
        self._packs.index.drop(pack.path.name)


class StoreShelf:
    """Puts each photo into an object store before it is acknowledged: what several machines need."""

    def __init__(self, store: Store, *, abreast: int = 64, patience: float = 15.0) -> None:
        self._store, self._patience = store, patience
        self._turn = asyncio.Semaphore(abreast)

    async def keep(self, parcel: Parcel) -> None:
        """As `Shelf`. Raises StoreAway."""
        try:
            async with asyncio.timeout(self._patience), self._turn:
                await self._store.put(bytes(parcel.data))
        except Exception as error:
            log.warning("the object store did not take a photo: %r", error)
            raise StoreAway from error

    async def close(self) -> None:
        """As `Shelf`."""


_FULL = (errno.ENOSPC, errno.EDQUOT)
_MISTAKEN = (errno.ESTALE, errno.EWOULDBLOCK)
"""Between making a new pack and locking it, a starting process took it for a dead one's."""

MISTAKES = 5


def _room(parcel: Parcel) -> int:
    return record_size(len(parcel.data))


def _told(error: Exception) -> DiskFull | WriteFailed:
    """What a failure is to the sender."""
    return DiskFull() if isinstance(error, OSError) and error.errno in _FULL else WriteFailed()


def _logged(work: Callable[..., None], *given: object) -> None:
    """Runs `work`; what it raises is told to the log, since nobody waits for it."""
    try:
        work(*given)
    except Exception:
        log.exception("intake: %s failed", work.__name__)
