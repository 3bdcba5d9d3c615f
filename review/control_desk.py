"""The control room's screen, and the list of what is unusual. What they show is `control`'s and recapitulation's."""

import msgspec
from aiohttp import web
from msgspec import Struct

from election.words import Words
from identity.role import within
from review import control
from review.access import Duty
from review.areas import parts
from review.errors import NotYourDuty
from review.house import House
from review.subject import area_at, holds
from review.waiting import SHOWN, span

UNUSUAL = """
select tps, code, detail from published.unusual
where contest = $1 and tps >= $2 and tps < $3 and ($4 = '' or code = $4) order by code, tps limit $5
"""
CODES = """
select code, count(*) as tps from published.unusual
where contest = $1 and tps >= $2 and tps < $3 group by code order by code
"""


class Unusual(Struct, frozen=True):
    """One thing that screens have found on a record, in their own sentences."""

    tps: str
    code: str
    words: Words


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
        codes = await pool.fetch(CODES, at.key, *span(at.kode))
        rows = [_unusual(*row) for row in await pool.fetch(UNUSUAL, at.key, *span(at.kode), code, SHOWN)]
        return self.house.page(
            request, "unusual.html", contest=at.key, at=at, rows=rows, codes=codes, code=code, shown=SHOWN
        )


def _unusual(tps: str, code: str, detail: str) -> Unusual:
    said = msgspec.json.decode(detail)
    return Unusual(tps, code, (str(said["id"]), str(said["en"])))
