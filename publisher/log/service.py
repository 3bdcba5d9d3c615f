"""The logs of all journals, kept growing: a head at most a second old wherever something has come in."""

import asyncio
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path

import aiohttp
from obstore.exceptions import BaseError as StoreError

from election.bundle import Bundle
from election.clock import Clock
from election.errors import SuaraError
from publisher.log.growth import Growth
from publisher.log.head import Heads
from publisher.log.witnesses import Witnesses
from storage.connect import LOST, pause
from storage.journal import UMUM, Journal
from storage.opened import Storage
from storage.scrubber import Scrubber
from tlog.note import Algorithm, Signer
from tlog.policy import NONE, Policy

PACE = 0.9
"""Seconds from head to head, so that none is more than a second late."""

UNWITNESSED = f"quorum {NONE}\n"

Shown = Callable[[str], Awaitable[None]]
"""Told the name of a log whose head has just been shown. It keeps the next head waiting, so it is quick."""

log = logging.getLogger(__name__)


def signers(bundle: Bundle, seed: bytes) -> dict[str, Signer]:
    """The key of every journal's log, named as the log is: the organiser's host, then the journal.

    Each is derived from `seed` (32 secret bytes), since no two logs of a policy may share a key.
    """
    origins = {name: f"{bundle.settings.origin}/{name}" for name in (*bundle.held, UMUM)}
    return {
        name: Signer(origin, Algorithm.ED25519, hmac.digest(seed, origin.encode(), "sha256"))
        for name, origin in origins.items()
    }


def policy_text(keys: Sequence[Signer], witnesses: str) -> str:
    """The policy that outsiders are given: our logs, and the witnesses and quorum as `witnesses` says them."""
    return "".join(f"log {key.verifier.text}\n" for key in keys) + "\n" + witnesses


async def unwatched(name: str) -> None:
    """The hook of a log that nobody waits for."""


async def serve(
    bundle: Bundle,
    storage: Storage,
    *,
    heads: Path,
    seed: bytes,
    witnesses: str,
    clock: Clock,
    shown: Shown = unwatched,
    receipts: Path | None = None,
) -> None:
    """Publishes every journal's log until cancelled.

    `heads` is the folder of last heads, which no restore of database or store may touch; `seed` the 32 secret bytes
    that sign; `witnesses` the lines of a policy that name witnesses and quorum; `receipts` the file with the public
    key of first-stage receipts, which goes beside the logs. Raises PolicyError.
    """
    keys = signers(bundle, seed)
    text = policy_text(list(keys.values()), witnesses)
    policy = Policy.parse(text)
    gate = datetime.fromisoformat(bundle.settings.gate) if bundle.settings.gate else None

    def opened() -> bool:
        return gate is None or clock() >= gate

    await asyncio.to_thread(storage.publish_policy, text)
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        if receipts is not None:
            group.create_task(_show_key(storage, receipts))
        for name, signer in keys.items():
            journal = storage.journal(name)
            kept = Heads(heads / name, signer)
            growth = Growth(journal, storage.log(name), kept, Witnesses(session, policy), opened)
            group.create_task(keep(growth, journal, shown))
            group.create_task(scrubbed(Scrubber(storage.pool, name, storage.log(name))))


async def _show_key(storage: Storage, path: Path) -> None:
    """The front door makes the key when it opens first, which may be after us."""
    while True:
        try:
            return await asyncio.to_thread(lambda: storage.publish_receipt_key(path.read_text()))
        except (OSError, StoreError) as error:
            log.info("the key of receipts is not published yet: %s", error)
            await pause(5.0)


async def scrubbed(scrubber: Scrubber) -> None:
    """Holds the journal against its log all the time; what is away is tried again."""
    while True:
        try:
            await scrubber.keep()
        except (*LOST, OSError, StoreError, SuaraError) as error:
            log.warning("the scrubber of %s waits: %s: %s", scrubber.journal, type(error).__name__, error)
            await pause(2.0)


async def keep(growth: Growth, journal: Journal, shown: Shown = unwatched) -> None:
    """Steps whenever the journal has grown; what goes wrong is said, and tried again."""
    while True:
        began = time.monotonic()
        try:
            if await growth.step():
                await shown(journal.name)
            await journal.wait(growth.size, PACE)
        except (*LOST, OSError, StoreError) as error:
            log.warning("the log %s waits: %s: %s", growth.origin, type(error).__name__, error)
            await pause(0.5)
        except SuaraError as error:
            log.error("%s: %s", error.code, error.text("en"))  # nothing is signed until a person has looked
            await pause(5.0)
        await asyncio.sleep(max(0.0, PACE - (time.monotonic() - began)))
