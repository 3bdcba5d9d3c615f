"""Seals originals behind the front door's back: what was looked at is encrypted, proved by opening, and only then gone.

It follows each journal: where a `page_read` says that a photo was looked at, its original is sealed. Clear bytes in an
object store go at once; those in a pack go with the pack, once everything in it is sealed. What no journal knows, and
what a phone has sent once more, is found by looking at what still lies in the clear. Nothing here stands in anybody's
way: reading and the desk find an original under its hash before, meanwhile and after (`storage.scans`).
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import asyncpg

from election.clock import Clock
from election.errors import SuaraError
from election.event import PageRead, ScanReceived
from storage.connect import LOST, pause
from storage.intake.errors import IndexAway, PackDamaged
from storage.intake.record import Head
from storage.journal import Journal
from storage.opened import Storage
from storage.scans import AWAY
from storage.seal.cabinet import DRAWERS, OTHER, Cabinet
from storage.seal.errors import NoCustodian

log = logging.getLogger(__name__)

LEFT = timedelta(days=2)
"""After so long what nobody has looked at is sealed as well: reading opens it when its turn comes."""

STRETCH = 1000
"""Events of a journal that are looked through before the cursor moves."""

ABREAST = 4
"""Photos sealed at the same time: a core's worth, as most of it is waiting for the disk."""

_MOVE = """
insert into scans.sealer (contest, number) values ($1, $3)
on conflict (contest) do update set number = $3 where sealer.number = $2"""


class Sealer:
    """Any number of these may run; two that meet do the same thing twice, and nothing is lost by it."""

    def __init__(self, storage: Storage, contests: Iterable[str], clock: Clock, left: timedelta = LEFT) -> None:
        self._pool: asyncpg.Pool = storage.pool
        self._scans, self._packs, self._clock, self._left = storage.scans, storage.packs, clock, left
        self._cabinet: Cabinet = storage.cabinet
        self._journals: dict[str, Journal] = {key: storage.journal(key) for key in contests}
        self._turn = asyncio.Semaphore(ABREAST)
        self._lacks: dict[str, Head] = {}  # pack → a photo in it that was not sealed when we last looked

    async def run(self, poll: float = 5.0, tidying: float = 300.0) -> None:
        """Seals until cancelled, and looks every `tidying` seconds at what still lies in the clear.

        A full disk or a server that is away is waited for.
        """
        tidied = -tidying
        while True:
            try:
                await self.follow()
                if time.monotonic() - tidied >= tidying:
                    await self.tidy()
                    tidied = time.monotonic()
            except (*LOST, *AWAY, OSError, SuaraError) as error:
                log.warning("sealing waits: %s", error)
            await pause(poll)

    async def follow(self) -> None:
        """Seals everything that was looked at. Raises what keeps it from going on."""
        for key in self._journals:
            while await self.step(key):
                await pause(0)

    async def step(self, contest: str) -> bool:
        """Seals what the next stretch of a journal says was looked at; False at its end."""
        start = await self.cursor(contest)
        entries = await self._journals[contest].read(start, STRETCH)
        if not entries:
            return False
        looked = {entry.event.scan for entry in entries if isinstance(entry.event, PageRead)}
        photos = await self._journals[contest].entries(sorted(looked))
        hashes = {entry.event.sha256 for entry in photos.values() if isinstance(entry.event, ScanReceived)}
        await asyncio.gather(*(self._seal(contest, sha) for sha in sorted(hashes)))
        await self._pool.execute(_MOVE, contest, start, entries[-1].number)
        return True

    async def cursor(self, contest: str) -> int:
        """Number of the last event that was dealt with."""
        return await self._pool.fetchval("select number from scans.sealer where contest = $1", contest) or 0

    async def tidy(self) -> None:
        """Seals what was left in the clear, and removes what is sealed."""
        async for sha, since in self._scans.objects():
            where = await self._cabinet.places(sha)
            if where or self._old(since):
                await self._seal(where[0] if where else OTHER, sha)
        for pack in await asyncio.to_thread(self._packs.closed) if self._packs is not None else []:
            try:
                await self._empty(pack)
            except (FileNotFoundError, IndexAway, PackDamaged) as error:
                log.error("the pack %s stays: %s", pack, error)

    async def _seal(self, contest: str, sha: str) -> None:
        """Seals one original and removes its clear object. One that is not there, or damaged, is told and left."""
        async with self._turn:
            data = await self._scans.clear(sha)
            if data is None and await self._cabinet.proves(contest, sha):
                return
            try:
                await self._cabinet.keep(contest, sha, data if data is not None else await self._cabinet.open(sha))
            except NoCustodian:
                raise
            except SuaraError as error:
                log.error("an original is not sealed: %s", error)
                return
            await self._scans.forget(sha)

    async def _empty(self, pack: str) -> None:
        """Removes a pack once everything in it opens where it is sealed."""
        packs = self._packs
        assert packs is not None
        lacks = self._lacks.get(pack)
        old = self._old(_begun(pack))
        if lacks is not None and not old and not await self._holds(lacks):
            return
        try:
            heads = await asyncio.to_thread(packs.heads, pack)
        except FileNotFoundError:  # killed between removing the file and telling the index
            await asyncio.to_thread(packs.remove, pack)
            return
        for head in heads:
            if not await self._holds(head):
                if not old:
                    self._lacks[pack] = head
                    return
                await self._seal(_contest(head), head.sha256.hex())
        if await self._all_proved(pack, heads):
            await asyncio.to_thread(packs.remove, pack, heads)
            self._lacks.pop(pack, None)

    async def _all_proved(self, pack: str, heads: list[Head]) -> bool:
        for head in heads:
            if not await self._proved(_contest(head), head.sha256.hex()):
                log.error("the pack %s stays: %s in it is not sealed", pack, head.sha256.hex())
                self._lacks[pack] = head
                return False
        return True

    async def _proved(self, contest: str, sha: str) -> bool:
        """Whether it opens where it is sealed. A copy that is damaged, or sealed to a key that retention has dropped,
        is written anew while the pack still has the photo: else the pack would stay in the clear for ever."""
        if await self._cabinet.proves(contest, sha):
            return True
        await self._seal(contest, sha)
        return await self._cabinet.proves(contest, sha)

    async def _holds(self, head: Head) -> bool:
        return await self._cabinet.holds(_contest(head), head.sha256.hex())

    def _old(self, since: datetime) -> bool:
        return self._clock() - since > self._left


def _contest(head: Head) -> str:
    """For whom a photo in a pack came in: its note begins with the journal's name (`intake`)."""
    name = head.note.partition(b" ")[0].decode(errors="replace")
    return name if name in DRAWERS else OTHER


def _begun(pack: str) -> datetime:
    """When a pack was begun: its name says so."""
    return datetime.fromtimestamp(int(pack.partition("-")[0]) / 1e9, UTC)
