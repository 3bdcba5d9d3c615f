"""Wakes the nodes of all machines at once, through Valkey: a hint, and nothing rests on it.

What has been published lies in files. A ring that is lost, or that comes before the files have been copied, is made
good by the next look at them; where Valkey is away nodes look every half second, and that is all that changes.
"""

import asyncio
import logging
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from storage.connect import pause

CHANNEL = "suara:public"
PATIENCE = 0.25
"""Seconds that a publisher waits for Valkey: it has better things to do."""

AGAIN = 2.0
"""Seconds until a lost line to Valkey is tried again."""

_LOST = (RedisError, OSError, TimeoutError)

log = logging.getLogger(__name__)


async def ring(redis: Redis, stream: str) -> None:
    """Say that `stream` (`ppwp`, `ppwp/cuts`) has something new. Says nothing where Valkey is away."""
    try:
        async with asyncio.timeout(PATIENCE):
            await redis.publish(CHANNEL, stream)
    except _LOST as error:
        log.debug("nobody was rung for %s: %s", stream, error)


async def listen(redis: Redis, heard: Callable[[str], None]) -> None:
    """Calls `heard` with every stream that was rung for, and with "" whenever rings may have been missed. For ever."""
    told = False
    while True:
        try:
            async with redis.pubsub() as line:
                await line.subscribe(CHANNEL)
                heard("")
                told = False
                while True:
                    message = await line.get_message(ignore_subscribe_messages=True, timeout=15.0)
                    if message is None:
                        await line.ping()  # a line that is cut without a word is found out here
                    elif message["type"] == "message":
                        heard(bytes(message["data"]).decode(errors="replace"))
        except _LOST as error:
            if not told:
                log.warning("streams look at the files every half second meanwhile: %s", error)
            told = True
        await pause(AGAIN)
