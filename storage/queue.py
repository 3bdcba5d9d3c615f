"""Work handed to readers of photos: Redis streams with a consumer group. It may be flushed at any time.

What is open follows from the journals, so nothing here is ever the only copy. Filling the queue from a journal is
`feeder`'s; doing a job twice must be harmless, and is, because its result carries the same key both times.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from storage.connect import pause

GROUP = "workers"
RANKS = 4
"""Streams a queue has; rank 0 is taken first."""

FAIR = 8
"""Every so many takes begin with another rank, each in its turn, so that none waits for ever behind the urgent."""

AWAY = (RedisConnectionError, RedisTimeoutError, OSError)
"""The server cannot be reached now. Trying again later mends it."""

log = logging.getLogger(__name__)


class Outline(Struct, frozen=True):
    """Where a person says that the page lies, as `election.event.PageOutlined` has it. `number` is that event's."""

    number: int
    page: int
    corners: tuple[int, ...]


class Job(Struct, frozen=True, kw_only=True):
    """One photo to read. `id` is the stream's own, empty until it has been in a stream."""

    number: int  # of the scan_received
    contest: str
    tps: str
    page: int
    sha256: str
    rank: int = 0
    attempts: int = 0  # tries that failed before this one
    outline: Outline | None = None  # the machine found no page by itself
    id: str = ""


class Dead(Struct, frozen=True):
    """A job that was given up, and why."""

    job: Job
    reason: str


class Queue:
    """A queue by name; any number of consumers. `attempts` is how often a job is tried before it is given up."""

    def __init__(self, redis: Redis, name: str, attempts: int = 3) -> None:
        self.redis: Any = redis  # the library's stream replies are typed for every protocol at once
        self.name = name
        self.attempts = attempts
        self._takes = 0

    def stream(self, rank: int) -> str:
        """Key of the stream of this rank."""
        return f"suara:{self.name}:{rank}"

    @property
    def dead_stream(self) -> str:
        """Key of the stream of jobs given up."""
        return f"suara:{self.name}:dead"

    async def take(self, consumer: str, n: int, wait: float = 1.0) -> list[Job]:
        """Up to `n` jobs, of each rank where it had to wait; waits up to `wait` seconds for the first, then answers [].

        The most urgent come first, but for every eighth take. Where the server is away or was flushed, waits the time
        out and answers [].
        """
        deadline = time.monotonic() + wait
        self._takes += 1
        while True:
            try:
                jobs = await self._ready(consumer, n, self._order()) or await self._blocked(consumer, n, deadline)
            except ResponseError as error:
                if not _no_group(error):
                    raise
                await self._group()
                continue
            except AWAY as error:
                log.warning("queue %s is away: %s", self.name, error)
                jobs = []
                await pause(min(0.1, max(0.0, deadline - time.monotonic())))
            if jobs or time.monotonic() >= deadline:
                return jobs

    async def done(self, *jobs: Job) -> None:
        """Takes finished jobs off the queue. A job that a flush has already removed is no matter."""
        await self._remove(jobs, [])

    async def fail(self, job: Job, reason: str) -> None:
        """Puts the job back for another try, or with its `reason` among the dead where it had enough."""
        tried = msgspec.structs.replace(job, attempts=job.attempts + 1, id="")
        if tried.attempts < self.attempts:
            entry = (self.stream(job.rank), encode(tried))
        else:
            entry = (self.dead_stream, {**encode(tried), b"reason": reason.encode()})
        await self._remove([job], [entry])

    async def hold(self, consumer: str, *jobs: Job) -> None:
        """Says that `consumer` still works on these jobs: how long ago they were taken counts anew for `reclaim`."""
        try:
            async with self.redis.pipeline(transaction=False) as pipe:
                for job in jobs:
                    pipe.xclaim(self.stream(job.rank), GROUP, consumer, 0, [job.id], justid=True)
                await pipe.execute()
        except AWAY as error:
            log.warning("queue %s is away: %s", self.name, error)
        except ResponseError as error:  # flushed: there is nothing to hold any more
            if not _no_group(error):
                raise

    async def reclaim(self, consumer: str, idle: float, n: int = 16) -> list[Job]:
        """Jobs that other consumers took more than `idle` seconds ago and never finished, now this consumer's.

        One that has been taken `attempts` times without an end kills its readers: it goes to the dead.
        """
        jobs: list[Job] = []
        try:
            for rank in range(RANKS):
                jobs += await self._reclaimed(rank, consumer, idle, n - len(jobs))
        except AWAY as error:
            log.warning("queue %s is away: %s", self.name, error)
        except ResponseError as error:
            if not _no_group(error):
                raise
            await self._group()
        return jobs

    async def dead(self, n: int = 100, after: str = "") -> list[Dead]:
        """Up to `n` jobs given up, oldest first; with `after`, those behind the one whose job has this id."""
        entries = await self.redis.xrange(self.dead_stream, min=f"({after}" if after else "-", count=n)
        return [Dead(decode(0, at, fields), fields[b"reason"].decode()) for at, fields in entries]

    async def depth(self) -> dict[str, int]:
        """Jobs waiting or being worked on, a rank, and those given up."""
        async with self.redis.pipeline(transaction=False) as pipe:
            for rank in range(RANKS):
                pipe.xlen(self.stream(rank))
            pipe.xlen(self.dead_stream)
            counts = await pipe.execute()
        return {**{str(rank): counts[rank] for rank in range(RANKS)}, "dead": counts[-1]}

    def _order(self) -> list[int]:
        """The ranks as this take goes through them."""
        turn, rest = divmod(self._takes, FAIR)
        return sorted(range(RANKS), key=lambda rank: (rest > 0 or rank != turn % RANKS, rank))

    async def _ready(self, consumer: str, n: int, ranks: Sequence[int]) -> list[Job]:
        jobs: list[Job] = []
        for rank in ranks:
            if len(jobs) < n:
                jobs += await self._read(consumer, n - len(jobs), [rank], None)
        return jobs

    async def _blocked(self, consumer: str, n: int, deadline: float) -> list[Job]:
        left = int((deadline - time.monotonic()) * 1000)
        # Half a second at most: after a flush a blocked reader would never hear of the new stream's group.
        return [] if left <= 0 else await self._read(consumer, n, list(range(RANKS)), min(left, 500))

    async def _read(self, consumer: str, n: int, ranks: list[int], block: int | None) -> list[Job]:
        streams: dict[Any, Any] = {self.stream(rank): ">" for rank in ranks}
        answer = await self.redis.xreadgroup(GROUP, consumer, streams, count=n, block=block)
        pairs = answer.items() if isinstance(answer, dict) else answer or []
        return [
            decode(int(bytes(name).rpartition(b":")[2]), at, fields)
            for name, found in pairs
            for at, fields in (found[0] if found and isinstance(found[0], list) else found)
        ]

    async def _reclaimed(self, rank: int, consumer: str, idle: float, n: int) -> list[Job]:
        if n <= 0:
            return []
        stream = self.stream(rank)
        found = (await self.redis.xautoclaim(stream, GROUP, consumer, int(idle * 1000), count=n))[1]
        if not found:
            return []
        pending = await self.redis.xpending_range(stream, GROUP, found[0][0], found[-1][0], len(found) * 4, consumer)
        taken = {row["message_id"]: row["times_delivered"] for row in pending}
        jobs = []
        for at, fields in found:
            job = decode(rank, at, fields)
            if job.attempts + taken.get(at, 1) > self.attempts:
                await self.fail(msgspec.structs.replace(job, attempts=self.attempts), "reader.died")
            else:
                jobs.append(job)
        return jobs

    async def _remove(self, jobs: Sequence[Job], entries: list[tuple[str, dict[bytes, bytes]]]) -> None:
        async with self.redis.pipeline(transaction=True) as pipe:
            for stream, fields in entries:
                pipe.xadd(stream, fields)
            for job in jobs:
                pipe.xack(self.stream(job.rank), GROUP, job.id)
                pipe.xdel(self.stream(job.rank), job.id)
            await pipe.execute()

    async def _group(self) -> None:
        """Makes the streams and their group where a flush, or nobody yet, has."""
        for rank in range(RANKS):
            try:
                await self.redis.xgroup_create(self.stream(rank), GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise


def encode(job: Job) -> dict[bytes, bytes]:
    """The job as fields of a stream's entry."""
    return {b"job": msgspec.json.encode(job)}


def decode(rank: int, at: bytes, fields: dict[bytes, bytes]) -> Job:
    """The job of a stream's entry."""
    job = msgspec.json.decode(fields[b"job"], type=Job)
    return msgspec.structs.replace(job, id=at.decode(), rank=job.rank if rank == 0 else rank)


def _no_group(error: RedisError) -> bool:
    return "NOGROUP" in str(error)
