"""The role that reads: takes photos off the queue, reads them in one thread, and journals what each one gave.

A photo is read as often as it takes; what it gave is journalled once, because the key of its `page_read` follows from
the photo's number, the model and the program. What a photo holds can make a fault, never a crash; what goes wrong on
our side is tried again, and after that the page says so in the journal, where people see it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from typing import Final, TypeVar

from msgspec import Struct

from election import form as forms
from election.bundle import Bundle
from election.clock import Clock, stamp
from election.errors import SuaraError
from election.event import PageRead
from ocr.fault import DecoderAway, Unreadable
from ocr.guard import Guard
from ocr.order import Order
from ocr.outline import Outlined
from ocr.program import program
from ocr.reader import PageReader, PageReading, Request
from storage.connect import LOST, pause
from storage.draft import Draft
from storage.errors import JournalBusy, JournalUnavailable
from storage.feeder import Feeder
from storage.opened import Storage
from storage.queue import AWAY, Job
from storage.scans import AWAY as STORE_AWAY

log = logging.getLogger(__name__)

QUEUE: Final = "pages"
BATCH: Final = 8
"""Photos that go through the network together."""

HANDS: Final = 2
"""Batches in hand: while one is fetched or journalled, the thread reads the other."""

PAGE: Final = 1000
"""Photos given up that are looked through at once."""

ABANDONED: Final = 60.0
"""Seconds after which a photo that another reader took is read by this one."""

WRONG_PAGE: Final = "E403"

AWAITED: Final = (*AWAY, *LOST, *STORE_AWAY, JournalUnavailable, JournalBusy)
"""Servers that are away. They are waited for: that a database restarts says nothing about a photo."""

T = TypeVar("T")


class _Desk(Struct):
    """What a reader works with."""

    bundle: Bundle
    storage: Storage
    consumer: str
    clock: Clock
    reader: PageReader
    thread: ThreadPoolExecutor


async def serve(bundle: Bundle, storage: Storage, *, consumer: str, clock: Clock, mend: float = 10.0) -> None:
    """Read photos until cancelled. Any number of these may run; each keeps one core busy.

    Every `mend` seconds it looks for photos that another reader took and dropped, and for photos given up. Only
    contests that can run are read.
    """
    with Guard() as guard, ThreadPoolExecutor(1, thread_name_prefix="reader") as thread:
        try:
            reader = await asyncio.get_running_loop().run_in_executor(thread, PageReader, guard)
            await _serve(_Desk(bundle, storage, consumer, clock, reader, thread), mend)
        finally:
            guard.stop()  # or the thread, which is waited for now, would go on with its batch


async def _serve(desk: _Desk, mend: float) -> None:
    queue = desk.storage.queue(QUEUE)
    async with asyncio.TaskGroup() as works:
        for key in desk.bundle.live:
            works.create_task(Feeder(queue, desk.storage.journal(key), Order(desk.bundle, key)).run())
        for _ in range(HANDS):
            works.create_task(_work(desk))
        works.create_task(_mend(desk, mend))


async def _work(desk: _Desk) -> None:
    """Take, read, journal. The next photos are taken from the queue only once these are done: that is the brake."""
    queue = desk.storage.queue(QUEUE)
    while True:
        await pause(0)  # a library may swallow a cancellation that meets the end of a wait; it is heard here
        await _finish(desk, await queue.take(desk.consumer, BATCH, wait=2.0))


async def _finish(desk: _Desk, jobs: Sequence[Job]) -> None:
    """Read photos to their end, however long it takes: each journalled and done, or failed and tried again."""
    holding = asyncio.create_task(_hold(desk, jobs))
    try:
        await _carry(desk, jobs)
    finally:
        holding.cancel()


async def _hold(desk: _Desk, jobs: Sequence[Job]) -> None:
    """Keep others from taking jobs in hand for dropped ones: taken often enough, a good photo would be given up."""
    while True:
        await pause(ABANDONED / 3)
        await desk.storage.queue(QUEUE).hold(desk.consumer, *jobs)


async def _carry(desk: _Desk, jobs: Sequence[Job]) -> None:
    requests = await asyncio.gather(*(_patiently(desk, job, partial(_request, desk, job)) for job in jobs))
    known = [(job, request) for job, request in zip(jobs, requests, strict=True) if request]
    readings = await _read(desk, [request for _, request in known])
    await asyncio.gather(*(_end(desk, job, reading) for (job, _), reading in zip(known, readings, strict=True)))


async def _patiently(desk: _Desk, job: Job, step: Callable[[], Awaitable[T]]) -> T | None:
    """What `step` answers, however long its servers are away; None where it failed, and with it the job."""
    while True:
        try:
            return await step()
        except AWAITED as error:
            log.warning("scan %d waits: %s", job.number, error)
            await pause(1.0)
        except Exception as error:
            await _failed(desk, job, error)
            return None


async def _request(desk: _Desk, job: Job) -> Request:
    """The photo of a job and the form of its ballot."""
    ballot = desk.bundle.ballot(job.contest, desk.bundle.tree.tps_index(job.tps))
    outline = Outlined(job.outline.page, job.outline.corners) if job.outline else None
    return Request(await desk.storage.scans.get(job.sha256), forms.of(ballot), job.page, outline)


async def _read(desk: _Desk, requests: list[Request]) -> list[PageReading | Exception]:
    """What each photo gives, or how reading it failed."""
    try:
        return [*await _read_together(desk, requests)]
    except Exception as error:
        if len(requests) == 1:
            return [error]
        # One of them is to blame. Read alone, it fails alone.
        return [one for request in requests for one in await _read(desk, [request])]


async def _read_together(desk: _Desk, requests: list[Request]) -> list[PageReading]:
    """That this machine cannot run the decoder now says nothing about the photos: it is waited for."""
    while True:
        try:
            return await asyncio.get_running_loop().run_in_executor(desk.thread, desk.reader.read_many, requests)
        except DecoderAway as error:
            log.warning("%d photos wait: %s", len(requests), error)
            await pause(1.0)


async def _end(desk: _Desk, job: Job, reading: PageReading | Exception) -> None:
    """Journal what a photo gave. What broke while reading is no server that comes back, whatever its kind."""
    if isinstance(reading, Exception):
        await _failed(desk, job, reading)
    else:
        await _patiently(desk, job, partial(_done, desk, job, reading))


async def _done(desk: _Desk, job: Job, reading: PageReading) -> None:
    await _journal(desk, job, reading)
    await desk.storage.queue(QUEUE).done(job)


async def _failed(desk: _Desk, job: Job, error: Exception) -> None:
    log.error("scan %d of %s was not read", job.number, job.tps, exc_info=error)
    try:
        await desk.storage.queue(QUEUE).fail(job, reason=_reason(error))
    except AWAY as away:
        log.warning("scan %d could not be handed back: %s", job.number, away)


def _reason(error: Exception) -> str:
    if isinstance(error, SuaraError):
        return str(error)
    return f"{type(error).__name__}: {error}"


async def _journal(desk: _Desk, job: Job, reading: PageReading) -> None:
    """Keep what was read beside the scan, then journal it: the event never names what is not there."""
    scores = await desk.storage.artefacts.put(reading.scores) if reading.scores else None
    rendition = await desk.storage.renditions.put(reading.rendition) if reading.rendition else None
    event = PageRead(
        tps=job.tps,
        at=stamp(desk.clock()),
        scan=job.number,
        page=reading.page,
        fault=reading.fault or (WRONG_PAGE if reading.page != job.page else None),
        quality=reading.quality,
        scores=scores,
        rendition=rendition,
        likeness=reading.likeness,
        outline=job.outline.number if job.outline else None,
        model=desk.reader.model_sha256,
        program=program(),
    )
    await desk.storage.journal(job.contest).append(Draft(event=event, key=reading_key(job, desk.reader.model_sha256)))


def reading_key(job: Job, model: str) -> bytes:
    """16 bytes that make the reading of one photo by one model single, with each outline that people give it: whoever
    reads it again adds nothing."""
    outlined = f"/{job.outline.number}" if job.outline else ""
    return sha256(f"page_read/{job.contest}/{job.number}/{model}/{program()}{outlined}".encode()).digest()[:16]


async def _mend(desk: _Desk, every: float) -> None:
    """Read what other readers took and dropped, and let the journal say which photos were given up."""
    queue = desk.storage.queue(QUEUE)
    told: set[tuple[str, int, int]] = set()
    while True:
        try:
            # One at a time: were it the photo that killed its reader, the others would be taken down with it again.
            while abandoned := await queue.reclaim(desk.consumer, ABANDONED, 1):
                await _finish(desk, abandoned)
            await _tell_given_up(desk, told)
        except AWAITED as error:
            log.warning("mending waits: %s", error)
        await pause(every)


async def _tell_given_up(desk: _Desk, told: set[tuple[str, int, int]]) -> None:
    """Journal every photo given up that is not in `told`, and put it there."""
    after = ""
    while page := await desk.storage.queue(QUEUE).dead(PAGE, after):
        for dead in page:
            this = (dead.job.contest, dead.job.number, dead.job.outline.number if dead.job.outline else 0)
            if this not in told:
                log.error("scan %d of %s was given up: %s", dead.job.number, dead.job.tps, dead.reason)
                await _journal(desk, dead.job, PageReading(None, Unreadable.code, 0))
                told.add(this)
        after = page[-1].job.id
