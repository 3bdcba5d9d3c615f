"""Revocations as every process of the door learns them: from the journal `umum`, and at a start from a file beside it.

What is revoked is `identity.revoked`'s fold; asking it is `gate`'s.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from election.clock import Clock
from identity.revoked import Revoked
from ingest.gate import Gate, Keys
from storage import durable, keys
from storage.connect import LOST, pause
from storage.journal import UMUM, Journal
from storage.opened import Storage

EVERY = 10_000
"""Entries of `umum` after which the file is written though none revoked a device."""

PATIENCE = 60.0
"""Seconds that a start waits for revocations; after them the file's must do."""

_log = logging.getLogger(__name__)


@asynccontextmanager
async def open_gate(storage: Storage, clock: Clock) -> AsyncIterator[Gate]:
    """A gate that knows the last revocations and follows further ones for as long as it is open."""
    folder = storage.settings.data_dir
    tokens = keys.load_or_make(folder / "keys", "tokens")
    held = Keys(
        accounts=keys.load_public(folder / "keys", "accounts").public,
        tokens=tokens.seed,
    )
    snapshot = folder / "revoked.json"
    gate = Gate(held, load(snapshot), clock)
    journal = storage.journal(UMUM)
    task = asyncio.create_task(follow(gate.revoked, journal, snapshot))
    try:
        await _caught_up(gate.revoked, journal)
        yield gate
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _caught_up(revoked: Revoked, journal: Journal) -> None:
    """Waits until what was revoked before now is known: a new machine reads a nation's enrolments first."""
    with suppress(TimeoutError, *LOST):
        async with asyncio.timeout(PATIENCE):
            size = await journal.size()
            while revoked.number < size:  # noqa: ASYNC110 - a fold tells nobody
                await asyncio.sleep(0.01)


def load(path: Path) -> Revoked:
    """What the file says; nothing where there is none, or it cannot be read: the journal has it all."""
    try:
        return Revoked.load(path.read_bytes())
    except FileNotFoundError:
        return Revoked()
    except (OSError, msgspec.DecodeError) as error:
        _log.warning("%s cannot be used, revocations are read anew: %s", path.name, error)
        return Revoked()


async def follow(revoked: Revoked, journal: Journal, snapshot: Path, wait: float = 1.0) -> None:
    """Keeps `revoked` up to the journal until cancelled, and the file up to it, whatever happens to either."""
    while True:
        try:
            await _begin(revoked, journal)
            await _follow(revoked, journal, snapshot)
        except Exception as error:  # whatever it is: a door that quietly stops listening lets revoked devices in
            _log.warning("revocations cannot be followed now, %d are known: %r", len(revoked), error)
            await pause(wait)


async def _begin(revoked: Revoked, journal: Journal) -> None:
    """A file that is ahead of the journal is of another one: then everything is read again, and nothing forgotten."""
    if await journal.size() < revoked.number:
        revoked.number = 0


async def _follow(revoked: Revoked, journal: Journal, snapshot: Path) -> None:
    kept = revoked.number
    async for entries in journal.follow(revoked.number):
        found = [revoked.fold(entry.number, entry.event) for entry in entries]
        if any(found) or revoked.number - kept >= EVERY:
            kept = revoked.number
            _keep(revoked, snapshot)


def _keep(revoked: Revoked, path: Path) -> None:
    """Writes the file, unless another process of this machine knows as much."""
    try:
        if load(path).number != revoked.number:
            durable.write(path, revoked.dump(), mode=0o600)
    except OSError as error:
        _log.warning("%s could not be written: %s", path.name, error)
