"""The door itself: addresses, and serving them until told to stop."""

import asyncio
import secrets
from collections.abc import Callable
from functools import partial

import msgspec
from aiohttp import web

from election.bundle import Bundle
from election.clock import Clock
from ingest.door import DOOR, Door, Limits
from ingest.errors import listing
from ingest.problem import answer_errors
from ingest.readings import put_reading
from ingest.receipts import get_receipt
from ingest.scans import put_scan
from storage.opened import Storage

fresh_salt: Callable[[], str] = partial(secrets.token_hex, 16)
"""32 hex digits nobody can guess: what keeps a commitment closed until its decision opens it."""


async def _healthz(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "bundle": request.app[DOOR].bundle.name})


async def _metrics(request: web.Request) -> web.Response:
    page = request.app[DOOR].metrics.page()
    return web.Response(body=page, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


async def _problems(_request: web.Request) -> web.Response:
    return web.Response(body=msgspec.json.encode(list(listing())), content_type="application/json")


def make_app(
    bundle: Bundle,
    storage: Storage,
    *,
    clock: Clock,
    salt: Callable[[], str] = fresh_salt,
    limits: Limits | None = None,
) -> web.Application:
    """The application over an open storage. It owns neither; closing them is the caller's."""
    app = web.Application(middlewares=[answer_errors])
    app[DOOR] = Door(bundle, storage, clock, salt, limits or Limits())
    app.router.add_put("/v1/scans/{uuid}", put_scan)
    app.router.add_put("/v1/readings/{uuid}", put_reading)
    app.router.add_get("/v1/receipts/{uuid}", get_receipt)
    app.router.add_get("/v1/problems", _problems)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/metrics", _metrics)
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    """Runs the application. Bodies stay as they were sent: hashes are of those bytes, and a bomb stays folded."""
    return web.AppRunner(app, access_log=None, shutdown_timeout=1.0, auto_decompress=False)


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
    app = make_app(bundle, storage, clock=clock)
    runner = make_runner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, reuse_port=shared_port or None)
        await site.start()
        try:
            await asyncio.Event().wait()
        finally:
            await site.stop()
            await _let_land(app[DOOR])
    finally:
        await runner.cleanup()


async def _let_land(door: Door) -> None:
    """Waits for uploads on their way in: the framework's own shutdown drops the rest of a body it has begun."""
    door.flight.closing = True
    await door.flight.landed(door.limits.stop_seconds)
