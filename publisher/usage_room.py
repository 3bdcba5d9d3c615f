"""Counts what our own public server answers: one line in each answer's way, and a write a minute.

The room has no address of its own; it only listens. What is kept of a request is `usage`'s to say.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from election.clock import Clock
from publisher.front import Room
from publisher.usage import Usage
from storage.connect import pause

EVERY = 60.0
log = logging.getLogger(__name__)


def room(public: Path, clock: Clock, node: str, every: float = EVERY) -> Room:
    """The room that counts for `node`."""
    usage = Usage(public, clock, node)

    async def heard(request: web.Request, answer: web.StreamResponse) -> None:
        usage.count(request.path, answer.status)

    async def life(server: web.Application) -> AsyncIterator[None]:
        server.on_response_prepare.append(heard)
        task = asyncio.create_task(_publish(usage, every))
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await _once(usage)

    return Room((), life)


async def _publish(usage: Usage, every: float) -> None:
    while True:
        await pause(every)
        await _once(usage)


async def _once(usage: Usage) -> None:
    try:
        await asyncio.to_thread(usage.publish)
    except OSError as error:
        log.warning("counts of use cannot be written: %s", error)
