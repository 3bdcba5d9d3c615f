"""Follows one contest's cuts: reads what a cut changed, has it written, remembers how far. Killed anywhere, it goes on.

Every document is a fold of database and journals, and writing it twice changes nothing; so the cursor moves only when
everything of a cut is written. What is written is `publication`'s business, when to look `service`'s.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from election.bundle import Bundle
from election.clock import Clock, stamp
from election.codes import KELURAHAN
from election.errors import SuaraError
from election.record import fold
from publisher import places, rows, told
from publisher.ballots import Ballots
from publisher.edition import edition
from publisher.folder import Cursor, Folder
from publisher.kept import Kept
from publisher.news import News
from publisher.publication import Changes, Publication
from publisher.rows import Cut
from publisher.site import Site
from publisher.stream.announcement import Announce, Announcement, unheard
from publisher.view import RecordView, view
from storage.draft import Entry
from storage.opened import Storage

BATCH = 50
"""Areas written in one go, between two looks at the event loop."""

TOGETHER = 16
"""Records whose pictures are put out at the same time."""

EVERYTHING = -1
"""A cursor before every row."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Follower:
    """Follows one contest's cuts."""

    def __init__(
        self,
        bundle: Bundle,
        key: str,
        storage: Storage,
        folder: Folder,
        site: Site,
        base_url: str,
        clock: Clock,
        announce: Announce = unheard,
    ) -> None:
        self.key = key
        self.tree = bundle.tree
        self.ballots = Ballots(bundle, key)
        self.storage = storage
        self.folder = folder
        self.clock = clock
        self.announce = announce
        self.publication = Publication(bundle, self.ballots, folder, site, base_url)
        self.edition = edition(bundle, key, base_url)
        self.gate = datetime.fromisoformat(bundle.settings.gate) if bundle.settings.gate else None
        self.known: set[int] = set()  # TPS rows of which anything has come in
        self.states_at = EVERYTHING

    async def catch_up(self) -> bool:
        """Write what the latest cut changed since the last; False where there was nothing to do."""
        cursor = self.folder.cursor(self.key)
        whole = cursor.edition != self.edition
        if self.gate is not None and self.clock() < self.gate:
            changes = self._nothing_yet() if whole else None
        else:
            changes = await self._read(cursor, whole)
        if changes is None:
            return False
        if whole:
            await asyncio.to_thread(self.publication.reference)
        await self._write(changes)
        self.publication.finish(changes.cut)
        await self.announce(self._announcement(changes))
        self.folder.advance(self.key, Cursor.at(changes.cut, self.edition))
        log.info("published %s up to %d: %d areas", self.key, changes.cut.number, len(changes.areas))
        return True

    def _announcement(self, changes: Changes) -> Announcement:
        areas, tps = map(self.tree.kode, changes.areas), map(self.tree.tps_kode, changes.tps)
        return Announcement.of(self.key, changes.cut.number, changes.cut.at, areas, tps)

    def _nothing_yet(self) -> Changes:
        """The whole tree, empty: before the bundle's gate opens no result is public (UU 7/2017 art. 449)."""
        return Changes(
            Cut(0, stamp(self.clock())),
            frozenset(range(self.tree.n_areas)),
            frozenset(),
            {},
            self.publication.constituencies.all,
            anew=True,
        )

    async def _read(self, cursor: Cursor, whole: bool) -> Changes | None:
        """What to write, all of one cut."""
        async with (
            self.storage.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            cut = await rows.cut(connection, self.key)
            if not whole and (cut is None or cursor.stands(cut)):
                return None
            since = EVERYTHING if whole or (cut is not None and cursor.broken(cut)) else cursor.number
            if since == EVERYTHING:  # nothing of a database that is no more may stay in mind
                self._forget()
            states = await rows.states_since(connection, self.key, min(self.states_at, since))
            kodes = await rows.areas_since(connection, self.key, since)
            changed = await rows.records_since(connection, self.key, since)
            known = await rows.records_since(connection, self.key, self.states_at)
            self.known.update(self.tree.tps_index(kode) for kode in known)
            news = News.of(
                self.publication, await told.since(connection, self.key, cursor.turn if since != EVERYTHING else -1)
            )
            tps = frozenset(self.tree.tps_index(kode) for kode in changed) | news.tps(self.known)
            self.known |= tps
            counted = await rows.dapil_since(connection, self.key, since)
            areas, dapil = self.publication.affected([*kodes, *news.areas], tps), news.dapil(counted)
            if since == EVERYTHING:
                areas, dapil = frozenset(range(self.tree.n_areas)), self.publication.constituencies.all
            areas |= self.publication.constituencies.assemblies(dapil)
            shown = await rows.areas(connection, self.key, self.publication.shown(areas))
            parts = self.publication.constituencies.codes(areas, dapil)
            dapil_rows = await rows.dapil(connection, self.key, parts)
            said = await told.of(connection, self.key, [*(self.tree.kode(area) for area in areas), *parts])
        self.publication.arrived(states)
        self.states_at = cut.number if cut else EVERYTHING
        anew = since == EVERYTHING
        return Changes(cut or Cut(0, stamp(self.clock())), areas, tps, shown, dapil, dapil_rows, said, anew)

    def _forget(self) -> None:
        self.states_at = EVERYTHING
        self.known.clear()
        self.publication.nothing_arrived()

    async def _write(self, changes: Changes) -> None:
        """Deepest first."""
        kelurahan = [area for area in changes.areas if self.tree.tingkat(area) == KELURAHAN]
        for batch in _batches(sorted(kelurahan), BATCH):
            kept = {} if changes.anew else await asyncio.to_thread(self.publication.kept, batch)
            views = await self._views(batch, changes, kept)
            await asyncio.to_thread(self._write_kelurahan, batch, changes, views, kept)
        for batch in _batches(sorted(changes.dapil), BATCH):
            await asyncio.to_thread(self._write_dapil, batch, changes)
        for batch in _batches(sorted(changes.areas.difference(kelurahan), reverse=True), BATCH):
            await asyncio.to_thread(self._write_areas, batch, changes)

    def _write_kelurahan(
        self, batch: Sequence[int], changes: Changes, views: dict[int, RecordView], kept: dict[str, Kept]
    ) -> None:
        for area in batch:
            self.publication.kelurahan(area, changes, views, kept)

    def _write_dapil(self, batch: Sequence[int], changes: Changes) -> None:
        for one in batch:
            self.publication.dapil(one, changes)

    def _write_areas(self, batch: Sequence[int], changes: Changes) -> None:
        for area in batch:
            self.publication.area(area, changes)

    async def _views(
        self, kelurahan: Iterable[int], changes: Changes, kept: Mapping[str, Kept]
    ) -> dict[int, RecordView]:
        """The records of these kelurahan that changed, and those of which no document is kept, as the journal had them
        at the cut; their pictures are put out on the way."""
        known = (row for area in kelurahan for row in self.tree.children(area) if row in self.known)
        wanted = [row for row in known if row in changes.tps or self.tree.tps_kode(row) not in kept]
        kodes = [self.tree.tps_kode(row) for row in wanted]
        marks = await rows.marks(self.storage.pool, self.key, kodes)
        above = {self.tree.kode(area) for row in wanted for area in self.tree.path(row)}
        entries = await self.storage.journal(self.key).of_records(kodes, sorted(above))
        views = {
            row: self._view(row, kode, entries, changes.cut.number, marks.get(kode, {}))
            for row, kode in zip(wanted, kodes, strict=True)
        }
        await self._put_out([views[row] for row in wanted if row in changes.tps])
        return views

    def _view(
        self, row: int, kode: str, entries: Mapping[str, list[Entry]], number: int, marks: dict[str, tuple[str, ...]]
    ) -> RecordView:
        own = [kode, *(self.tree.kode(area) for area in self.tree.path(row))]
        paper = self.ballots.of_tps(row)
        found = (entry for place in own for entry in entries.get(place, ()) if entry.number <= number)
        return view(kode, fold(found, paper.layout), paper.ballot.blocks, paper.pages, marks)

    async def _put_out(self, views: Sequence[RecordView]) -> None:
        """Several at a time, so that the disk syncs them together."""
        for some in _batches(views, TOGETHER):
            await asyncio.gather(*map(self._pictures, some))

    async def _pictures(self, of: RecordView) -> None:
        """Put out the masked pictures; never the photos themselves, which show names and signatures."""
        for page in of.pages:
            digest = page.rendition
            if digest is None or self.folder.has(places.scan(digest)):
                continue
            try:
                picture = await self.storage.renditions.get(digest)
            except SuaraError as error:
                log.error("the masked picture of page %d of TPS %s cannot be shown: %s", page.page, of.tps, error)
                continue
            await asyncio.to_thread(self.folder.keep, places.scan(digest), picture)


def _batches(items: Iterable[T], size: int) -> Iterable[list[T]]:
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch
