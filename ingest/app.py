"""The door itself: opened over a storage, served until told to stop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from election.bundle import Bundle
from election.clock import Clock
from ingest.door import Door, Limits, fresh_salt
from ingest.drain import drain
from ingest.front import Front
from ingest.revocations import open_gate
from ingest.tus.uploads import Uploads
from storage.intake.intake import Intake
from storage.opened import Storage


@asynccontextmanager
async def open_door(
    bundle: Bundle,
    storage: Storage,
    *,
    clock: Clock,
    salt: Callable[[], str] = fresh_salt,
    limits: Limits | None = None,
    accounts: str | None = None,
) -> AsyncIterator[Door]:
    """A door over an open storage, with all that runs behind it. Closing the storage is the caller's.

    What has a life of its own (intake, gate, uploads) is entered here and handed to `Door`.
    """
    async with (
        open_gate(storage, clock) as gate,
        Intake.over(storage) as intake,
        Uploads(storage.settings.data_dir / "uploads") as uploads,
    ):
        yield Door(
            bundle, storage, clock, salt, limits or Limits(), gate=gate, intake=intake, uploads=uploads,
            accounts=accounts,
        )  # fmt: skip


def make_runner(door: Door, *, lane: bool = True) -> web.ServerRunner:
    """Runs the door on whatever sites are started on it; without `lane` through aiohttp alone."""
    return web.ServerRunner(Front(door, lane=lane), shutdown_timeout=1.0)


async def serve(
    bundle: Bundle,
    storage: Storage,
    *,
    host: str,
    port: int,
    clock: Clock,
    shared_port: bool = False,
    own_port: int | None = None,
    limits: Limits | None = None,
    accounts: str | None = None,
) -> None:
    """Serves until cancelled; then takes no new uploads and finishes those in flight.

    Args:
        host, port: where to listen.
        shared_port: several processes may listen on the same port (SO_REUSEPORT).
        own_port: another one for this process alone, so that its metrics can be told from the others'.
        limits: how much this machine may be asked for.
        accounts: address of the accounts service, told to phones.

    Raises:
        OSError: the address is taken.
    """
    async with open_door(bundle, storage, clock=clock, limits=limits, accounts=accounts) as door:
        runner = make_runner(door)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, reuse_port=shared_port or None, backlog=1024).start()
            if own_port is not None:
                await web.TCPSite(runner, host, own_port).start()
            try:
                await asyncio.Event().wait()
            finally:
                await drain(door, runner)
        finally:
            await runner.cleanup()
