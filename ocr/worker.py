"""The role that reads: takes photos off the queue, reads them in one thread, and journals what each one gave.

A photo is read as often as it takes; what it gave is journalled once, because the key of its `page_read` follows from
the photo's number and the model. What a photo holds can make a fault, never a crash; what goes wrong on our side is
tried again, and after that the page says so in the journal, where people see it.
"""

import asyncio
import logging
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Final

from msgspec import Struct

from election import form as forms
from election.bundle import Bundle
from election.clock import Clock, stamp
from election.errors import Damaged, Unavailable
from election.event import PageRead
from ocr.fault import Unreadable
from ocr.reader import PROGRAM, PageReader, PageReading
from storage.connect import LOST, pause
from storage.draft import Draft
from storage.errors import JournalBusy, JournalUnavailable
from storage.feeder import Feeder
from storage.opened import Storage
from storage.queue import AWAY, Job

log = logging.getLogger(__name__)

QUEUE: Final = "pages"
BATCH: Final = 4
PAGE: Final = 1000
"""Photos given up that are looked through at once."""

ABANDONED: Final = 60.0
"""Seconds after which a photo that another reader took is read by this one."""

WRONG_PAGE: Final = "E403"

AWAITED: Final = (*AWAY, *LOST, JournalUnavailable, JournalBusy)
"""Servers that are away. They are waited for: that a database restarts says nothing about a photo."""


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
    with ThreadPoolExecutor(1, thread_name_prefix="reader") as thread:
        reader = await asyncio.get_running_loop().run_in_executor(thread, PageReader)
        desk = _Desk(bundle, storage, consumer, clock, reader, thread)
        feeders = (Feeder(storage.queue(QUEUE), storage.journal(key)).run() for key in bundle.live)
        await _together(*feeders, _work(desk), _mend(desk, mend))


async def _together(*works: Coroutine[None, None, None]) -> None:
    """Run until one of them fails or all are cancelled; leaves none running.

    A library may swallow a cancellation that meets the end of a wait (Python 3.11), so it is said until it is heard.
    """
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        while still := [task for task in tasks if not task.done()]:
            for task in still:
                task.cancel()
            await asyncio.wait(still, timeout=0.5)


async def _work(desk: _Desk) -> None:
    """Take, read, journal. The next photos are taken from the queue only once these are done: that is the brake."""
    queue = desk.storage.queue(QUEUE)
    while True:
        jobs = await queue.take(desk.consumer, BATCH, wait=2.0)
        await asyncio.gather(*(_finish(desk, job) for job in jobs))


async def _finish(desk: _Desk, job: Job) -> None:
    """Read one photo to its end: journalled and done, or failed and tried again."""
    while True:
        try:
            await _journal(desk, job, await _read(desk, job))
            return await desk.storage.queue(QUEUE).done(job)
        except AWAITED as error:
            log.warning("scan %d waits: %s", job.number, error)
            await pause(1.0)
        except Exception as error:
            log.exception("scan %d of %s was not read", job.number, job.tps)
            return await _failed(desk, job, error)


async def _failed(desk: _Desk, job: Job, error: Exception) -> None:
    try:
        await desk.storage.queue(QUEUE).fail(job, reason=_reason(error))
    except AWAY as away:
        log.warning("scan %d could not be handed back: %s", job.number, away)


def _reason(error: Exception) -> str:
    if isinstance(error, Damaged | Unavailable):
        return str(error)
    return f"{type(error).__name__}: {error}"


async def _read(desk: _Desk, job: Job) -> PageReading:
    contest = desk.bundle.contest(job.contest)
    data = await desk.storage.scans.get(job.sha256)
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(desk.thread, desk.reader.read, data, forms.load(contest.form))


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
        model=desk.reader.model_sha256,
        program=PROGRAM,
    )
    await desk.storage.journal(job.contest).append(Draft(event=event, key=reading_key(job, desk.reader.model_sha256)))


def reading_key(job: Job, model: str) -> bytes:
    """16 bytes that make the reading of one photo by one model single: whoever reads it again adds nothing."""
    return sha256(f"page_read/{job.contest}/{job.number}/{model}/{PROGRAM}".encode()).digest()[:16]


async def _mend(desk: _Desk, every: float) -> None:
    """Read what other readers took and dropped, and let the journal say which photos were given up."""
    queue = desk.storage.queue(QUEUE)
    told: set[tuple[str, int]] = set()
    while True:
        try:
            # One at a time: were it the photo that killed its reader, the others would be taken down with it again.
            while abandoned := await queue.reclaim(desk.consumer, ABANDONED, 1):
                await _finish(desk, abandoned[0])
            await _tell_given_up(desk, told)
        except AWAITED as error:
            log.warning("mending waits: %s", error)
        await asyncio.sleep(every)


async def _tell_given_up(desk: _Desk, told: set[tuple[str, int]]) -> None:
    """Journal every photo given up that is not in `told`, and put it there."""
    after = ""
    while page := await desk.storage.queue(QUEUE).dead(PAGE, after):
        for dead in page:
            if (dead.job.contest, dead.job.number) not in told:
                log.error("scan %d of %s was given up: %s", dead.job.number, dead.job.tps, dead.reason)
                await _journal(desk, dead.job, PageReading(None, Unreadable.code, 0))
                told.add((dead.job.contest, dead.job.number))
        after = page[-1].job.id
