"""When the front page across contests is written anew: from rows of the nation, as soon as any contest went on."""

import asyncio
from datetime import datetime

from election.bundle import Bundle
from election.clock import Clock, stamp
from election.codes import NATION_CODE
from publisher import rows, told
from publisher.folder import Folder
from publisher.rows import AreaRow, Cut
from publisher.shapes.area import Place
from publisher.site import Site
from publisher.site.front import Standing
from publisher.told import NOTHING
from publisher.v1 import Counted
from storage.opened import Storage


class Front:
    """The front page of an election with several contests; with one alone the nation's page is the front page."""

    key = "the front page"

    def __init__(self, bundle: Bundle, storage: Storage, folder: Folder, site: Site, clock: Clock) -> None:
        self._bundle, self._storage, self._folder, self._site, self._clock = bundle, storage, folder, site, clock
        self._gate = datetime.fromisoformat(bundle.settings.gate) if bundle.settings.gate else None
        self._shown: list[tuple[int, int, int]] | None = None

    async def catch_up(self) -> bool:
        """Write it where any contest went on; False where none did."""
        shut = self._gate is not None and self._clock() < self._gate
        found = [self._none(key) if shut else await self._read(key) for key in self._bundle.live]
        now = [(one.cut.number, one.cut.repairs, one.cut.turn) for one in found]
        if now == self._shown:
            return False
        await asyncio.to_thread(self._site.write_front, self._folder, found)
        self._shown = now
        return True

    def _none(self, key: str) -> Standing:
        tps = int(self._bundle.tps_holding(key).sum())
        return Standing(self._counted(key, AreaRow(NATION_CODE, tps), NOTHING), Cut(0, stamp(self._clock())))

    async def _read(self, key: str) -> Standing:
        async with (
            self._storage.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            cut = await rows.cut(connection, key)
            if cut is None:
                return self._none(key)
            row = (await rows.areas(connection, key, [NATION_CODE])).get(NATION_CODE)
            said = (await told.of(connection, key, [NATION_CODE])).get(NATION_CODE, NOTHING)
        empty = self._none(key).of
        return Standing(empty if row is None else self._counted(key, row, said), cut)

    def _counted(self, key: str, row: AreaRow, said: told.Told) -> Counted:
        tree = self._bundle.tree
        place = Place(NATION_CODE, tree.nama(0), 0)
        return Counted(place, self._bundle.printed(key).shown(0), row, 0, told=said)
