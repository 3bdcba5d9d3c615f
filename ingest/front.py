"""Makes a protocol for every connection, and keeps an eye on all of them. What one connection does lives in `lane`."""

import asyncio

from aiohttp import web

from ingest.ask import Answer
from ingest.door import Door
from ingest.framing import LARGEST
from ingest.guest import Guest, respond
from ingest.lane import Lane
from ingest.lane_body import Pool
from ingest.lane_write import Writer
from ingest.problem import refused

RECEIVE = 256 * 1024
"""Bytes read at once where they do not go straight into a body's buffer; one such buffer for all connections."""

EVERY = 1.0
"""Seconds between two looks at who takes too long."""


class Front(web.Server):
    """The listening sockets' protocol factory. `lane=False` serves everything through aiohttp, for comparison."""

    def __init__(self, door: Door, *, lane: bool = True) -> None:
        super().__init__(self._respond)
        self.door, self.loop, self._uses_lane = door, asyncio.get_running_loop(), lane
        self.shared = memoryview(bytearray(RECEIVE))
        self.first = self.shared[:LARGEST]  # what follows a head is then read where it belongs
        self.pool, self.writer = Pool(door.limits.buffers), Writer()
        self._lanes: set[Lane] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        door.metrics.lines.set_function(lambda: len(self._lanes))
        self._watch: asyncio.TimerHandle | None = None

    def __call__(self) -> asyncio.BaseProtocol:  # type: ignore[override]
        """The protocol of a new connection."""
        if self._watch is None:
            self._watch = self.loop.call_later(EVERY, self._look)
        return Lane(self) if self._uses_lane else self.guest()

    def guest(self) -> Guest:
        """aiohttp's protocol. Bodies stay as they were sent: hashes are of those bytes, and a bomb stays folded."""
        self.door.metrics.passed_on.inc()
        limits = self.door.limits
        return Guest(
            self.door, self, loop=self.loop, keepalive_timeout=limits.idle_seconds, access_log=None,
            auto_decompress=False, lingering_time=limits.linger_seconds, max_line_size=LARGEST, max_field_size=LARGEST,
        )  # fmt: skip

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        return await respond(request, self.door)

    def joined(self, lane: Lane) -> bool:
        """Counts a connection in; False where there are as many as may be."""
        self._lanes.add(lane)
        return len(self._lanes) + len(self._connections) <= self.door.limits.lines

    def left(self, lane: Lane) -> None:
        """Counts it out."""
        self._lanes.discard(lane)

    def full(self) -> Answer:
        """What one connection too many is told, whatever it wants."""
        return refused(self.door, self.door.admission.busy("scan"))

    def started(self, task: asyncio.Task[None]) -> None:
        """Keeps a task from being forgotten while it runs."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _look(self) -> None:
        now = self.loop.time()
        for lane in tuple(self._lanes):
            lane.check(now)
        self._watch = self.loop.call_later(EVERY, self._look)

    def pre_shutdown(self) -> None:
        """Ends the connections on which nothing is going on."""
        for connection in (*self._lanes, *self.connections):
            if isinstance(connection, Lane | Guest):
                connection.close_idle()

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 — aiohttp's signature
        """Ends all connections."""
        if self._watch is not None:
            self._watch.cancel()
        for lane in tuple(self._lanes):
            lane.end()
        await super().shutdown(timeout)
