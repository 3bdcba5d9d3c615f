"""One stream of one node: follows its past in the files, and tells who listens.

A reader is live, and gets every piece as it is told, the same bytes as all others; or behind, and gets the past at
its own pace until it has reached what is told now. It goes from one to the other between two awaits, so that it
misses nothing and hears nothing twice.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from obstore.exceptions import BaseError as StoreError

from election.errors import SuaraError
from publisher.stream.errors import StreamUnknown
from publisher.stream.event import Past, Piece
from publisher.stream.limits import Limits
from publisher.stream.mark import START, Mark
from publisher.stream.metrics import Metrics
from publisher.stream.reader import UNSENT, Reader

AWAY = (OSError, StoreError, SuaraError, ValueError)
"""Files that are not here, not yet whole, or not what they should be: nothing is told until they are."""

GROUP = 250
"""Readers told between two looks at the event loop."""

SLOW = "you did not take what was sent; come back with the last id that you have"
BROKEN = "this node cannot go on; come back with the last id that you have"

log = logging.getLogger(__name__)


class Channel:
    """Tells `past`. `retry` draws after how many milliseconds one reader comes back."""

    def __init__(self, name: str, past: Past, limits: Limits, metrics: Metrics, retry: Callable[[], int]) -> None:
        self.name = name
        self.newest = START
        self.lasting = past.lasting
        self._past = past
        self._limits = limits
        self._retry = retry
        self._metrics = metrics
        self._live: set[Reader] = set()
        self._behind: dict[Reader, asyncio.Task[None]] = {}
        self._rung = asyncio.Event()
        self._moved = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Finds out what has been told. Raises StreamUnknown, and what `AWAY` names."""
        newest = await self._past.newest()
        if newest is None:
            raise StreamUnknown(contest=self.name.partition("/")[0])
        self.newest = newest
        self._following = asyncio.create_task(self._follow())

    def ring(self) -> None:
        """Something may have been published."""
        self._rung.set()

    async def reach(self, mark: Mark) -> bool:
        """Whether `mark` has been told here; waits a little for files that another node had first."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.ahead):
                while self.newest < mark:
                    await self._moved.wait()
        return self.newest >= mark

    def join(self, reader: Reader, head: bytes, lost: Callable[[], None]) -> None:
        """Tell `reader` what follows its mark, from now on; `lost` is called when it is gone."""
        reader.fell = self._fall
        reader.lost = partial(self._left, lost)
        reader.begin(head, self._retry())
        self._fall(reader)

    async def beat(self) -> None:
        """Say to everyone that the line is alive."""
        for group in _groups([*self._live, *self._behind], GROUP):
            for reader in group:
                reader.beat()
            await asyncio.sleep(0)

    async def close(self, reason: str) -> None:
        """Let everyone go."""
        tasks = [*self._behind.values(), *filter(None, [self._following])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for reader in (*self._live, *self._behind):
            reader.end(reason, self._retry())

    async def _follow(self) -> None:
        said = ""
        while True:
            self._rung.clear()
            try:
                await self._look()
                said = ""
            except AWAY as error:
                if str(error) != said:
                    log.warning("the stream %s waits at %s: %s", self.name, self.newest, error)
                said = str(error)
            except Exception:  # a mistake of ours must not silence a stream for the rest of the night
                log.exception("the stream %s stumbles at %s", self.name, self.newest)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._limits.poll):
                    await self._rung.wait()

    async def _look(self) -> None:
        """Tell what the files have and nobody was told."""
        newest = await self._past.newest()
        while newest is not None and self.newest != newest:
            began = time.perf_counter()
            piece = await self._past.after(self.newest, newest)
            await self._tell(piece)
            self._metrics.seconds.labels(self.name).observe(time.perf_counter() - began)

    async def _tell(self, piece: Piece) -> None:
        before, self.newest = self.newest, piece.last
        self._moved.set()
        self._moved = asyncio.Event()
        told = 0
        for group in _groups(list(self._live), GROUP):  # who joins from here on has been told this already
            for reader in group:
                if reader.live and reader.mark == before:
                    reader.give(piece)
                    told += 1
            await asyncio.sleep(0)
        self._metrics.deliveries.labels(self.name).inc(told * piece.events)
        self._metrics.told.labels(self.name).set(piece.last.number)

    def _fall(self, reader: Reader) -> None:
        """This reader goes on from the files, at its own pace."""
        self._live.discard(reader)
        reader.live = False
        reader.pace(0)
        self._behind[reader] = asyncio.create_task(self._bring_up(reader))
        self._count()

    async def _bring_up(self, reader: Reader) -> None:
        try:
            await self._tell_past(reader)
            self._rise(reader)
        except TimeoutError:
            self._drop(reader, "slow", SLOW)
        except Exception:  # as in _follow: whoever comes back goes on where it was
            log.exception("a reader of %s stumbles at %s", self.name, reader.mark)
            self._drop(reader, "broken", BROKEN)

    async def _tell_past(self, reader: Reader) -> None:
        """Returns in the moment in which `reader` has been told everything. Raises TimeoutError where it is slow."""
        while True:
            await reader.drained(self._limits.patience)
            if reader.gone or reader.mark == self.newest:
                return
            try:
                piece = await self._past.after(reader.mark, self.newest)
            except AWAY as error:
                log.debug("a reader of %s waits at %s: %s", self.name, reader.mark, error)
                await asyncio.sleep(self._limits.poll)
                continue
            if not reader.gone:
                reader.give(piece)
                self._metrics.deliveries.labels(self.name).inc(piece.events)

    def _rise(self, reader: Reader) -> None:
        self._behind.pop(reader, None)
        if not reader.gone:
            self._live.add(reader)
            reader.live = True
            reader.pace(UNSENT)
        self._count()

    def _drop(self, reader: Reader, why: str, said: str) -> None:
        reader.end(said, self._retry())
        self._metrics.dropped.labels(self.name, why).inc()

    def _left(self, lost: Callable[[], None], reader: Reader) -> None:
        self._live.discard(reader)
        task = self._behind.pop(reader, None)
        if task is not None:
            task.cancel()
        self._count()
        lost()

    def _count(self) -> None:
        self._metrics.readers.labels(self.name).set(len(self._live) + len(self._behind))
        self._metrics.behind.labels(self.name).set(len(self._behind))


def _groups(items: Sequence[Reader], size: int) -> Iterator[Sequence[Reader]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
