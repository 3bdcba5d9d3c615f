"""Bytes on their way in: into memory while a sender is quick, onto the disk as soon as it is not.

What arrived before a drop is kept: with the kernel after every piece, so that even a killed process costs its sender
one piece, and on the disk before anybody is told of it.
"""

import asyncio
import contextlib

from ingest.ask import Ask
from ingest.refusal import Refusal
from ingest.tus.disk import in_thread, room
from ingest.tus.errors import BeyondLength, TakenOver
from ingest.tus.headers import Checksum
from ingest.tus.partial import Partial
from ingest.tus.uploads import Hold

PIECE = 16_384
"""Bytes held in memory of an upload that lies on the disk: 5,000 slow lines cost 80 MB at most, usually half."""

PATIENCE = 0.05
"""Seconds that a whole photo may take without touching a file of its own."""

DREGS = 0.05
"""Seconds in which a request that must let go may still take what has arrived."""


class Inlet:
    """Where the bytes of one request go: behind what is there of an upload, less the first `skip` bytes."""

    def __init__(self, partial: Partial, skip: int = 0) -> None:
        self.partial, self._skip = partial, skip
        self._began = partial.offset
        self._piece = bytearray()

    async def take(self, data: bytes | bytearray | memoryview) -> None:
        """Takes bytes. Raises BeyondLength with what fits kept, NoRoom, OSError."""
        view = memoryview(data)[self._skip :]
        self._skip = max(0, self._skip - len(data))
        length = self.partial.head.promise.length
        if self.partial.offset + len(self._piece) + len(view) > length:
            raise BeyondLength(length=length)
        self._piece += view
        if len(self._piece) >= PIECE:
            await self.spill()

    async def spill(self) -> None:
        """Hands what is in memory to the kernel."""
        piece, self._piece = self._piece, bytearray()
        if piece:
            with room():
                await in_thread(self.partial.append, piece)

    async def settle(self) -> None:
        """What arrived is on the disk when this returns, or none of it counts: after a failed sync nobody knows."""
        try:
            with room():
                await in_thread(self.partial.sync)
        except Exception:
            await in_thread(self.partial.shorten, self._began)
            raise


async def receive(ask: Ask, hold: Hold, inlet: Inlet) -> None:
    """The (rest of the) body into the inlet. Raises CutOff, TooSlow, TakenOver: what arrived by then is kept."""
    try:
        async with hold.interruptible():
            async for chunk in ask.chunks():
                await inlet.take(chunk)
    except TakenOver:
        await _take_dregs(ask, inlet)
        raise
    finally:
        await inlet.spill()


async def _take_dregs(ask: Ask, inlet: Inlet) -> None:
    """What a dead line had brought before it died, and nobody had looked at yet."""
    with contextlib.suppress(TimeoutError, Refusal):
        async with asyncio.timeout(DREGS):
            async for chunk in ask.chunks():
                await inlet.take(chunk)


async def receive_checked(ask: Ask, hold: Hold, inlet: Inlet, checksum: Checksum, limit: int) -> None:
    """A body that counts only if it is what its checksum says. Raises ChecksumDiffers with nothing kept, TooLong."""
    async with hold.interruptible():
        body = await ask.whole(limit)
    checksum.check(body.data)
    await inlet.take(body.data)
    await inlet.spill()
