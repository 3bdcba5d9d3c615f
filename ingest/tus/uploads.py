"""Who has an upload at this moment: one request at a time, on this machine, and the newest one may have it.

Files live in `partial`, the word between processes in `knock`; what a request does with its upload is `handlers`'.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path

from ingest.tus.disk import in_thread, room
from ingest.tus.errors import StillHeld, TakenOver
from ingest.tus.knock import Knocker
from ingest.tus.partial import Folder, Head, InUse, Partial

LIFETIME = 3 * 86_400.0
"""Seconds that an upload may lie unfinished: a phone that was offline for two nights goes on where it was."""

_PATIENCE = 15.0  # for one who is just handing a whole photo to intake; those still receiving let go at once
_LOOK_AGAIN = 0.02
_SWEEP_SECONDS = 600.0

log = logging.getLogger(__name__)


class Hold:
    """An upload that is ours until the hold ends. `partial` is None where nothing of it is on the disk."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.partial: Partial | None = None
        self.over = asyncio.Event()
        self._wanted = False
        self._scope: asyncio.Timeout | None = None

    def let_go(self) -> None:
        """Somebody newer wants the upload: whoever waits for bytes in `interruptible` stops waiting."""
        first, self._wanted = not self._wanted, True
        if first and self._scope is not None:  # a scope that has been told to end takes no other word
            self._scope.reschedule(asyncio.get_running_loop().time())

    @contextlib.asynccontextmanager
    async def interruptible(self) -> AsyncIterator[None]:
        """While bytes are awaited. Raises TakenOver where somebody newer came."""
        if self._wanted:
            raise TakenOver()
        try:
            async with asyncio.timeout(None) as self._scope:
                yield
        except TimeoutError:
            if self._scope is not None and self._scope.expired():
                raise TakenOver() from None
            raise
        finally:
            self._scope = None

    def drop(self) -> None:
        """The upload is no more."""
        if self.partial is not None:
            self.partial.remove()
            self.partial.close()
            self.partial = None


class Uploads:
    """The unfinished uploads of this machine as one process sees them. Entered inside the loop."""

    def __init__(self, path: Path, *, lifetime: float = LIFETIME, patience: float = _PATIENCE) -> None:
        self.folder = Folder(path)
        self.lifetime = lifetime
        self._patience = patience
        self._holds: dict[str, Hold] = {}
        self._knocker = Knocker(path / ".doors", self._heard)
        self._sweeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Uploads":
        """Listens for the other processes, and sweeps from time to time."""
        self._knocker.open()
        self._sweeper = asyncio.create_task(self._sweep())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stops both. Holds end with their requests."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.wait({self._sweeper})
        self._knocker.close()

    @contextlib.asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[Hold]:
        """The upload of this name, ours alone; whoever had it keeps what arrived and lets go. Raises StillHeld."""
        hold = await self._claimed(name)
        try:
            if self.folder.has(name):
                hold.partial = await self._opened(name)
            yield hold
        finally:
            if hold.partial is not None:
                hold.partial.close()
            del self._holds[name]
            hold.over.set()

    async def begin(self, hold: Hold, head: Head) -> Partial:
        """Puts a new upload on the disk, ours. Raises TakenOver where another process began it meanwhile, NoRoom."""

        def create() -> Partial:
            hold.partial = self.folder.create(head)  # here, so that a request that is cancelled still closes it
            return hold.partial

        try:
            with room():
                return await in_thread(create)
        except FileExistsError:
            raise TakenOver() from None

    async def shown(self, name: str) -> None:
        """Waits while the upload is in somebody's memory alone: until it lies on the disk, or nobody has it.

        A line that dies in its first moments has brought bytes that are in no file yet.
        """
        until = time.monotonic() + self._patience
        while not self.folder.has(name) and time.monotonic() < until:
            own = self._holds.get(name)
            if own is None and not await self._knocker.held(name):
                return
            if own is not None:
                own.let_go()
            await asyncio.sleep(_LOOK_AGAIN)

    def expires(self, name: str) -> float:
        """When the upload will be swept if nothing more arrives: seconds since 1970."""
        return (self.folder.touched(name) or time.time()) + self.lifetime

    async def _claimed(self, name: str) -> Hold:
        """Our entry among this process's holds, once nobody else of it has one."""
        if name in self._holds:
            await self._vacated(name)
        self._holds[name] = hold = Hold(name)
        return hold

    async def _vacated(self, name: str) -> None:
        try:
            async with asyncio.timeout(self._patience):
                while (other := self._holds.get(name)) is not None:
                    other.let_go()
                    await other.over.wait()
        except TimeoutError:
            raise StillHeld() from None

    async def _opened(self, name: str) -> Partial | None:
        """The file, locked; other processes are asked to let go of it until they have."""
        until = time.monotonic() + self._patience
        while True:
            try:
                return self.folder.open(name)
            except InUse:
                if time.monotonic() > until:
                    raise StillHeld() from None
                self._knocker.knock(name)
                await asyncio.sleep(_LOOK_AGAIN)

    def _heard(self, name: str) -> bool:
        if name not in self._holds:
            return False
        self._holds[name].let_go()
        return True

    async def _sweep(self) -> None:
        while True:
            try:
                await in_thread(self.folder.sweep, time.time() - self.lifetime)
            except OSError as error:
                log.warning("unfinished uploads could not be swept: %s", error)
            await asyncio.sleep(_SWEEP_SECONDS)
