"""Fills a queue from a journal: every photo that has been received, or outlined by a person, and not yet read so.

Its cursor lies in Redis beside the streams and moves in the same MULTI as the jobs it stands for. A flush takes both,
and the feeder starts again at the journal's beginning. Any number of feeders may run: the cursor is compared before
it is moved, so each stretch of the journal is put into the queue once. Beside them lies a bit for every page that was
read well, so that another photo of it can wait. How urgent a photo is, is for an `Order` to say.
"""

import logging
from typing import Protocol

from redis.exceptions import WatchError

from election.event import PageOutlined, PageRead, ScanReceived
from storage.connect import LOST, pause
from storage.journal import Entry, Journal
from storage.queue import AWAY, Job, Outline, Queue, encode

log = logging.getLogger(__name__)


class Order(Protocol):
    """What is read first."""

    def rank(self, scan: ScanReceived, again: bool) -> int:
        """How urgent a photo is, 0 first; `again`: its page has been read well already."""

    def settles(self, reading: PageRead) -> bool:
        """Whether a page was read so well that another photo of it has time."""

    def place(self, tps: str, page: int) -> int:
        """A number for each page of each TPS, from 0, none used twice."""


class Feeder:
    """Feeds `queue` from `journal` in the `order` of what photos decide."""

    def __init__(self, queue: Queue, journal: Journal, order: Order, batch: int = 1000) -> None:
        self._queue = queue
        self._journal = journal
        self._order = order
        self._batch = batch
        self._cursor_key = f"suara:{queue.name}:cursor:{journal.name}"
        self._settled_key = f"suara:{queue.name}:settled:{journal.name}"

    async def run(self, poll: float = 0.5) -> None:
        """Feeds until cancelled. Looks every `poll` seconds whether the cursor is still there."""
        while True:
            await pause(0)
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
        waiting: dict[int, ScanReceived | Outline] = {}
        while entries := await self._journal.read(after, self._batch):
            for entry in entries:
                _turn(waiting, entry)
            await self._settle([entry.event for entry in entries if isinstance(entry.event, PageRead)])
            after = entries[-1].number
        return after > start and await self._enqueue(start, after, await self._jobs(waiting))

    async def _settle(self, readings: list[PageRead]) -> None:
        """Notes the pages that were read well: true whatever becomes of the cursor."""
        async with self._queue.redis.pipeline(transaction=False) as pipe:
            for event in readings:
                if event.page is not None and self._order.settles(event):
                    pipe.setbit(self._settled_key, self._order.place(event.tps, event.page), 1)
            await pipe.execute()

    async def _jobs(self, waiting: dict[int, ScanReceived | Outline]) -> list[Job]:
        """The work there is, in the order in which it came."""
        outlined = {number: what for number, what in waiting.items() if isinstance(what, Outline)}
        before = {number: entry.event for number, entry in (await self._journal.entries(list(outlined))).items()}
        scans = {number: before.get(number, what) for number, what in waiting.items()}
        photos = {number: scan for number, scan in scans.items() if isinstance(scan, ScanReceived)}
        async with self._queue.redis.pipeline(transaction=False) as pipe:
            for scan in photos.values():
                pipe.getbit(self._settled_key, self._order.place(scan.tps, scan.page))
            settled = await pipe.execute()
        return [
            Job(
                number=number,
                contest=self._journal.name,
                tps=scan.tps,
                page=scan.page,
                sha256=scan.sha256,
                rank=self._order.rank(scan, again=bool(bit)),
                outline=outlined.get(number),
            )
            for (number, scan), bit in zip(photos.items(), settled, strict=True)
        ]

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


def _turn(waiting: dict[int, ScanReceived | Outline], entry: Entry) -> None:
    """What one event says of the photos that wait. An outline waits until it was read with, whoever reads before."""
    event = entry.event
    if isinstance(event, ScanReceived):
        waiting[entry.number] = event
    elif isinstance(event, PageOutlined):
        waiting[event.scan] = Outline(entry.number, event.page, event.corners)
    elif isinstance(event, PageRead):
        found = waiting.get(event.scan)
        if not isinstance(found, Outline) or found.number == event.outline:
            waiting.pop(event.scan, None)
