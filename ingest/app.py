"""The door itself: opened over a storage, served until told to stop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from election.bundle import Bundle
from election.clock import Clock
from ingest.door import Door, Limits, fresh_salt
from ingest.guest import Guest, respond
from ingest.revocations import open_gate
from ingest.tus.uploads import Uploads
from storage.opened import Storage


@asynccontextmanager
async def open_door(
    bundle: Bundle,
    storage: Storage,
    *,
    clock: Clock,
    salt: Callable[[], str] = fresh_salt,
    limits: Limits | None = None,
) -> AsyncIterator[Door]:
    """A door over an open storage, with all that runs behind it. Closing the storage is the caller's.

    What has a life of its own (intake, gate, uploads) is entered here and handed to `Door`.
    """
    async with open_gate(storage, clock) as gate, Uploads(storage.settings.data_dir / "uploads") as uploads:
        yield Door(bundle, storage, clock, salt, limits or Limits(), gate=gate, uploads=uploads)


class Front(web.Server):
    """Makes a protocol for every connection."""

    def __init__(self, door: Door) -> None:
        super().__init__(self._respond)
        self.door = door

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        return await respond(request, self.door)

    def __call__(self) -> Guest:
        """aiohttp's protocol. Bodies stay as they were sent: hashes are of those bytes, and a bomb stays folded."""
        return Guest(
            self.door, self, loop=self._loop, keepalive_timeout=self.door.limits.idle_seconds, access_log=None,
            auto_decompress=False, lingering_time=self.door.limits.linger_seconds,
        )  # fmt: skip


def make_runner(door: Door) -> web.ServerRunner:
    """Runs the door on whatever sites are started on it."""
    return web.ServerRunner(Front(door), shutdown_timeout=1.0)


async def serve(
    bundle: Bundle,
    storage: Storage,
    *,
    host: str,
    port: int,
    clock: Clock,
    shared_port: bool = False,
) -> None:
    """Serves until cancelled; then takes no new uploads and finishes those in flight.

    Args:
        host, port: where to listen.
        shared_port: several processes may listen on the same port (SO_REUSEPORT).

    Raises:
        OSError: the address is taken.
    """
    async with open_door(bundle, storage, clock=clock) as door:
        runner = make_runner(door)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port, reuse_port=shared_port or None)
            await site.start()
            try:
                await asyncio.Event().wait()
            finally:
                await site.stop()
                await _let_land(door)
        finally:
            await runner.cleanup()


async def _let_land(door: Door) -> None:
    """Waits for uploads on their way in: the framework's own shutdown drops the rest of a body it has begun."""
    door.flight.closing = True
    await door.flight.landed(door.limits.stop_seconds)
