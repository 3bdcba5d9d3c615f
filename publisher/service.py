"""The publisher's loop: wait for a cut, have written what it changes, wait for the next.

What a cut changes, and how far everything is written, is `follower`'s; what the documents are is `publication`'s.
"""

import asyncio
import contextlib
import logging
from collections.abc import Collection
from pathlib import Path

import asyncpg

from election.bundle import Bundle
from election.clock import Clock
from publisher.chronicle import chronicler
from publisher.folder import Folder
from publisher.follower import Follower
from publisher.site import Site
from publisher.stream.announcement import Announce, unheard
from storage.connect import LOST, pause
from storage.opened import Storage
from storage.scans import AWAY

CHANNEL = "published"
POLL = 2.0
"""Seconds after which a publisher looks even if nobody rang."""

PAUSE = 0.5
"""Seconds of rest after a publication, so that a hurried night comes in fewer, larger ones."""

log = logging.getLogger(__name__)


async def serve(
    bundle: Bundle,
    storage: Storage,
    *,
    public: Path,
    base_url: str,
    clock: Clock,
    announce: Announce = unheard,
    contests: Collection[str] = (),
) -> None:
    """Keep `public` as the journals have it, until cancelled. `base_url` is where outsiders find that folder.

    `announce` is told of every publication. Where `contests` are named, only these are followed: contests share no
    document that changes, so that several processes may keep one folder. What tells of all contests together is kept
    by the process that follows the first. Raises UnknownContest.
    """
    followed = [key for key in bundle.live if key in {bundle.contest(key).key for key in contests or bundle.live}]
    folder = Folder(public)
    folder.sweep(clock().timestamp())
    site = Site(bundle, bundle.live, base_url)
    woken = {key: asyncio.Event() for key in followed}
    async with asyncio.TaskGroup() as group:
        group.create_task(_listen(storage.pool, woken))
        if followed[:1] == list(bundle.live[:1]):
            group.create_task(chronicler.serve(bundle, storage, folder, site, base_url, clock))
        for key in followed:
            follower = Follower(bundle, key, storage, folder, site, base_url, clock, announce)
            group.create_task(_follow(follower, woken[key]))


async def _listen(pool: asyncpg.Pool, woken: dict[str, asyncio.Event]) -> None:
    """Ring for whoever waits; polling does the same more slowly, so losing the line loses nothing."""

    def heard(_connection: asyncpg.Connection, _pid: int, _channel: str, contest: str) -> None:
        if contest in woken:
            woken[contest].set()

    while True:
        with contextlib.suppress(*LOST):
            async with pool.acquire() as connection:
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _connection, lost=lost: lost.set())
                await connection.add_listener(CHANNEL, heard)
                try:
                    await lost.wait()
                finally:
                    with contextlib.suppress(*LOST):
                        await connection.remove_listener(CHANNEL, heard)
        await pause(POLL)


async def _follow(follower: Follower, woken: asyncio.Event) -> None:
    while True:
        woken.clear()
        try:
            if await follower.catch_up():
                await asyncio.sleep(PAUSE)
                continue
        except (*LOST, *AWAY) as error:
            log.warning("publishing %s waits for the database or a store: %s", follower.key, error)
            await pause(0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                await woken.wait()
