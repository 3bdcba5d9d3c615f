"""The logs of all journals, kept growing: a head at most a second old wherever something has come in."""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import aiohttp
from obstore.exceptions import BaseError as StoreError

from election.bundle import Bundle
from election.clock import Clock
from election.errors import SuaraError
from publisher.log.growth import Growth
from publisher.log.head import Heads
from publisher.log.witnesses import Witness, Witnesses
from storage.connect import LOST, pause
from storage.journal import UMUM, Journal
from storage.opened import Storage
from tlog.note import Algorithm, Signer

PACE = 0.9
"""Seconds from head to head, so that none is more than a second late."""

log = logging.getLogger(__name__)


def origin(bundle: Bundle, journal: str) -> str:
    """The log's name: the organiser's host, then the journal."""
    return f"{bundle.settings.origin}/{journal}"


async def serve(
    bundle: Bundle, storage: Storage, *, heads: Path, seed: bytes, witnesses: Sequence[Witness], clock: Clock
) -> None:
    """Publishes every journal's log until cancelled.

    `heads` is the folder of last heads, which no restore of database or store may touch; `seed` the 32 secret bytes
    that sign; every witness is asked, and a majority of them is the quorum.
    """
    gate = datetime.fromisoformat(bundle.settings.gate) if bundle.settings.gate else None

    def opened() -> bool:
        return gate is None or clock() >= gate

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for name in (*bundle.held, UMUM):
            journal, signer = storage.journal(name), Signer(origin(bundle, name), Algorithm.ED25519, seed)
            growth = Growth(
                signer.name,
                journal,
                storage.log(name),
                Heads(heads / name, signer),
                Witnesses(session, witnesses),
                quorum(len(witnesses)),
                opened,
            )
            group.create_task(keep(growth, journal))


def quorum(witnesses: int) -> int:
    """How many cosignatures make a head one to rely on: a majority, and none where there is no witness."""
    return witnesses // 2 + 1 if witnesses else 0


async def keep(growth: Growth, journal: Journal) -> None:
    """Steps whenever the journal has grown; what goes wrong is said, and tried again."""
    while True:
        began = time.monotonic()
        try:
            await growth.step()
            await journal.wait(growth.size, PACE)
        except (*LOST, OSError, StoreError) as error:
            log.warning("the log %s waits: %s: %s", growth.origin, type(error).__name__, error)
            await pause(0.5)
        except SuaraError as error:
            log.error("%s: %s", error.code, error.text("en"))  # nothing is signed until a person has looked
            await pause(5.0)
        await asyncio.sleep(max(0.0, PACE - (time.monotonic() - began)))
