"""Fills a queue from a journal: every photo that has been received and not yet read.

Its cursor lies in Redis beside the streams and moves in the same MULTI as the jobs it stands for. A flush takes both,
and the feeder starts again at the journal's beginning. Any number of feeders may run: the cursor is compared before
it is moved, so each stretch of the journal is put into the queue once.
"""

import logging
from collections.abc import Callable

from redis.exceptions import WatchError

from election.event import PageRead, ScanReceived
from storage.connect import LOST, pause
from storage.draft import Entry
from storage.journal import Journal
from storage.queue import AWAY, Job, Queue, encode

log = logging.getLogger(__name__)


def votes_first(scan: ScanReceived) -> int:
    """Rank of a photo by what it decides: pages with votes (2 and on) before the administration's (page 1)."""
    return 0 if scan.page >= 2 else 1


class Feeder:
    """Feeds `queue` from `journal`. `rank` says how urgent a photo is (0 first)."""

    def __init__(
        self, queue: Queue, journal: Journal, rank: Callable[[ScanReceived], int] = votes_first, batch: int = 1000
    ) -> None:
        self._queue = queue
        self._journal = journal
        self._rank = rank
        self._batch = batch
        self._cursor_key = f"suara:{queue.name}:cursor:{journal.name}"

    async def run(self, poll: float = 0.5) -> None:
        """Feeds until cancelled. Looks every `poll` seconds whether the cursor is still there."""
        while True:
            try:
                if not await self.step():
                    await self._journal.wait(await self.cursor(), poll)
            except (*AWAY, *LOST) as error:
                log.warning("feeding %s waits: %s", self._queue.name, error)
                await pause(poll)

    async def cursor(self) -> int:
        """Number of the last entry whose work is in the queue; 0 after a flush."""
        return int(await self._queue.redis.get(self._cursor_key) or 0)

    async def step(self) -> bool:
        """Moves the cursor to the journal's end. False where it was there already, or another feeder moved it."""
        start = await self.cursor()
        after = start
        open_scans: dict[int, Job] = {}
        while entries := await self._journal.read(after, self._batch):
            for found in entries:
                self._note(found, open_scans)
            after = entries[-1].number
        return after > start and await self._enqueue(start, after, list(open_scans.values()))

    def _note(self, found: Entry, open_scans: dict[int, Job]) -> None:
        event = found.event
        if isinstance(event, ScanReceived):
            open_scans[found.number] = Job(
                number=found.number,
                contest=self._journal.name,
                tps=event.tps,
                page=event.page,
                sha256=event.sha256,
                rank=self._rank(event),
            )
        elif isinstance(event, PageRead):
            open_scans.pop(event.scan, None)

    async def _enqueue(self, start: int, after: int, jobs: list[Job]) -> bool:
        async with self._queue.redis.pipeline(transaction=True) as pipe:
            try:
                await pipe.watch(self._cursor_key)
                if int(await pipe.get(self._cursor_key) or 0) != start:
                    return False
                pipe.multi()
                for job in jobs:
                    pipe.xadd(self._queue.stream(job.rank), encode(job))
                pipe.set(self._cursor_key, after)
                await pipe.execute()
            except WatchError:
                return False
        return True
