"""Closing the door without breaking anything that was acknowledged, in under 30 s.

Nobody new comes in; idle lines end; bodies get some seconds to arrive, then keep what has come (the phone goes on with
the next process); what is at work is finished, and every answer says that the line ends.
"""

from aiohttp import web

from ingest.door import Door


async def drain(door: Door, runner: web.BaseRunner) -> bool:
    """Stops `runner`'s sites and waits for what is in flight. Whether all of it was answered."""
    door.flight.closing = True
    for site in tuple(runner.sites):
        await site.stop()
    if runner.server is not None:
        runner.server.pre_shutdown()
    if await door.flight.landed(door.limits.stop_seconds):
        return True
    door.flight.cut()
    return await door.flight.landed(door.limits.settle_seconds)
