"""Follows one contest's cuts at an easy pace and writes what stands beside the figures. Killed anywhere, it goes on.

Histories tell by themselves how far they came. What is held and what was corrected is read whole when it begins, from
then on block by block and decision by decision; what was left lying by the one before is written over.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import asyncpg
import msgspec

from election.bundle import Bundle
from election.clock import Clock, stamp
from election.codes import KELURAHAN
from publisher import rows
from publisher.ballots import Ballots
from publisher.chronicle import corrections, feed, held, history
from publisher.chronicle.front import Front
from publisher.folder import Folder
from publisher.rows import Cut
from publisher.site import Site
from storage.connect import LOST, pause
from storage.opened import Storage

PACE = 10.0
"""Seconds between two looks."""

HASTE = 2.0
"""The same for the front page, which is read most."""

DEEPEST = 2
"""Level of the last areas that have a history: kabupaten and kota."""

log = logging.getLogger(__name__)


async def serve(bundle: Bundle, storage: Storage, folder: Folder, site: Site, base_url: str, clock: Clock) -> None:
    """Keep what stands beside the figures of every contest, until cancelled."""
    async with asyncio.TaskGroup() as group:
        if len(bundle.live) > 1:
            group.create_task(_keep(Front(bundle, storage, folder, site, clock), HASTE))
        for key in bundle.live:
            group.create_task(_keep(Chronicler(bundle, key, storage, folder, site, base_url, clock), PACE))


async def _keep(one: "Chronicler | Front", pace: float) -> None:
    while True:
        try:
            await one.catch_up()
        except (*LOST, OSError) as error:
            log.warning("what is told beside %s waits: %s", one.key, error)
        await pause(pace)


class Chronicler:
    """What is told beside one contest's figures."""

    def __init__(
        self, bundle: Bundle, key: str, storage: Storage, folder: Folder, site: Site, base_url: str, clock: Clock
    ) -> None:
        self.key = key
        self.tree = bundle.tree
        self.ballots = Ballots(bundle, key)
        self.storage, self.folder, self.site, self.clock = storage, folder, site, clock
        self.base_url = base_url.rstrip("/")
        self.gate = datetime.fromisoformat(bundle.settings.gate) if bundle.settings.gate else None
        self.cut: Cut | None = None
        self._held = held.Held(self.tree)
        self._due: set[int] = set()  # areas of which what is held is not written yet
        self._told: list[corrections.Correction] = []
        self._corrected: Counter[int] = Counter()  # area → decisions by people so far
        self._drawn: dict[int, tuple[int, str]] = {}  # area → number of its last point, minute in which it was made
        self._owed = False  # a point that the minute was too young for

    async def catch_up(self) -> bool:
        """Tell what the latest cut brought; False where there was nothing, or the gate is shut."""
        if self.gate is not None and self.clock() < self.gate:
            return False
        async with (
            self.storage.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            cut = await rows.cut(connection, self.key)
            if cut is None or (self._stands(cut) and not self._owed):
                return False
            whole = self.cut is None or cut.number < self.cut.number or cut.repairs != self.cut.repairs
            blocks = await self._blocks(connection, whole)
            areas = await self._areas(connection)
        await self._correct(cut, whole)
        await asyncio.to_thread(self._write, cut, whole, blocks, areas)
        self.cut = cut
        return True

    def _stands(self, cut: Cut) -> bool:
        return self.cut is not None and (cut.number, cut.repairs) == (self.cut.number, self.cut.repairs)

    async def _blocks(self, connection: asyncpg.Connection, whole: bool) -> list[asyncpg.Record]:
        if whole:
            return await connection.fetch(_HELD, self.key)
        return await connection.fetch(_BLOCKS, self.key, self.cut.number if self.cut else 0)

    async def _areas(self, connection: asyncpg.Connection) -> dict[str, rows.AreaRow]:
        found = await connection.fetch(_AREAS, self.key, DEEPEST)
        return await rows.areas(connection, self.key, [row["kode"] for row in found])

    async def _correct(self, cut: Cut, whole: bool) -> None:
        """Read what people decided since the last correction that is told, or everything."""
        journal, told, new = self.storage.journal(self.key), [] if whole else self._told, []
        after = told[-1].number if told else 0
        while entries := await journal.by_people(after, cut.number):
            after = entries[-1].number
            before = await journal.entries(corrections.replaced(entries))
            new += corrections.told(entries, before, self._fields)
        told = [*told, *new]
        await asyncio.to_thread(feed.write_pages, self.folder, self.key, told, len(new))
        if whole:
            self._corrected.clear()
        for one in new:
            self._corrected.update(self.tree.path(self.tree.tps_index(one.tps))[: DEEPEST + 1])
        self._told = told  # only now: what a full disk did not take is written at the next look

    def _fields(self, tps: str, block: str) -> tuple[str, ...]:
        return self.ballots.of_tps(self.tree.tps_index(tps)).ballot.blocks[block]

    def _write(self, cut: Cut, whole: bool, blocks: list[asyncpg.Record], areas: Mapping[str, rows.AreaRow]) -> None:
        if whole:
            self._held.clear()
            self._due = self._told_of()
        self._due |= self._held.take(held.as_rows(blocks))
        for area in sorted(self._due):
            told = self._held.told(self.key, area, cut)
            held.write(self.folder, told)
            self.site.write_held(self.folder, told, cut)
            self._due.discard(area)
        self._feed(cut)
        self._owed = False
        for kode, row in areas.items():
            self._lengthen(self.tree.area_index(kode), row, cut, whole)

    def _told_of(self) -> set[int]:
        """Areas that have a document of what is held, whatever it says: nothing may be held there any more."""
        above = (area for area in range(self.tree.n_areas) if self.tree.tingkat(area) < KELURAHAN)
        return {area for area in above if self.folder.has(held.path(self.key, self.tree.kode(area)))}

    def _feed(self, cut: Cut) -> None:
        told, ballot = self._told, self.ballots.printed.shared
        latest = feed.latest(self.key, told, cut.number, cut.at)
        self.folder.json(f"v1/{self.key}/corrections.json", latest)
        self.folder.write(f"v1/{self.key}/corrections.atom", feed.atom(latest, ballot, self.base_url))
        self.site.write_corrections(self.folder, ballot, latest, cut)

    def _lengthen(self, area: int, row: rows.AreaRow, cut: Cut, whole: bool) -> None:
        """A point for an area that changed, one a minute at most; the pages of all where they are written anew."""
        number, made = self._drawn.get(area, (-1, ""))
        now = history.minute(stamp(self.clock()))
        if number == row.number and not whole:
            return
        if made == now and not whole:
            self._owed = True
            return
        ballot, level = self.ballots.of_area(area), self.tree.tingkat(area)
        of = history.known(self.folder, ballot, self.tree.kode(area), self.tree.nama(area))
        if not of.points or of.points[-1].number != row.number:
            of = history.lengthened(of, self._point(area, row, cut))
            self.folder.keep(history.path(self.key, of.kode), msgspec.json.encode(of))
        self.site.write_history(self.folder, ballot, of, level, cut)
        self._drawn[area] = row.number, now

    def _point(self, area: int, row: rows.AreaRow, cut: Cut) -> history.Point:
        ballot = self.ballots.of_area(area)
        totals = dict(zip(ballot.fields, row.totals, strict=False))
        votes = tuple(totals.get(field, 0) for field in ballot.choice_fields)
        return history.Point(row.number, cut.at, row.tps, row.counted, row.held, votes, self._corrected[area])


_HELD = "select tps, block, state, reasons from published.block where contest = $1 and state = 'held'"
_BLOCKS = "select tps, block, state, reasons from published.block where contest = $1 and number > $2"
_AREAS = "select kode from published.area where contest = $1 and tingkat <= $2"
