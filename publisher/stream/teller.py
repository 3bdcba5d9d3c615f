"""What the publisher calls after each publication: it is written down beside the documents, then the nodes are rung."""

import asyncio

from redis.asyncio import Redis

from publisher.folder import Folder
from publisher.stream.announcement import Announce, Announcement
from publisher.stream.cuts import Kept
from publisher.stream.ring import ring


def teller(folder: Folder, redis: Redis) -> Announce:
    """The hook of a publisher whose public folder is `folder`. Raises OSError where it cannot be written."""
    kept = Kept(folder)

    async def tell(said: Announcement) -> None:
        await asyncio.to_thread(kept.put, said)
        await ring(redis, f"{said.contest}/cuts")

    return tell
