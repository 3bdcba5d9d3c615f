"""The control room's screen, and the list of what is unusual. What they show is `control`'s and recapitulation's."""

from aiohttp import web

from identity.role import within
from review import control, unusual
from review.access import Duty
from review.areas import parts
from review.errors import NotYourDuty
from review.house import House
from review.subject import area_at, holds
from review.waiting import SHOWN


class ControlDesk:
    """Handlers of pages that look over a whole area."""

    def __init__(self, house: House) -> None:
        self.house = house

    def routes(self) -> list[web.RouteDef]:
        """Addresses."""
        return [web.get("/control", self.control), web.get("/{contest}/unusual", self.unusual)]

    async def control(self, request: web.Request) -> web.StreamResponse:
        """How all contests are getting on in the account's area, or in one within it."""
        who = self.house.must(request).who
        kode = request.query.get("area", who.area)
        if not within(kode, who.area):
            raise NotYourDuty(duty="Ruang kendali", duty_en="The control room", kode=kode)
        bundle, storage = self.house.bundle, self.house.storage
        row = bundle.tree.area_index(kode)
        keys = [key for key in self.house.contests if holds(bundle, key, row)]
        seen = [
            await control.watch(storage.pool, storage.journal(key), area_at(bundle, key, kode), self.house.clock())
            for key in keys
        ]
        below = (await parts(storage.pool, seen[0].at))[1] if seen else []
        return self.house.page(
            request, "control.html", seen=seen, below=below, kode=kode, name=self.house.name_of(kode)
        )

    async def unusual(self, request: web.Request) -> web.StreamResponse:
        """What is unusual in the area, where screens have looked; nothing of it is held."""
        who = self.house.must(request).who
        at = area_at(self.house.bundle, self.house.key(request), request.query.get("area", who.area))
        self.house.check(who, Duty.LOOK, at)
        pool, code = self.house.storage.pool, request.query.get("code", "")
        rows, codes = await unusual.found(pool, at.key, at.kode, code), await unusual.codes(pool, at.key, at.kode)
        return self.house.page(
            request, "unusual.html", contest=at.key, at=at, rows=rows, codes=codes, code=code, shown=SHOWN
        )
