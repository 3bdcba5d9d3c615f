"""The pages on which a validator outlines a page: the list of those that nobody can see, the photo with its corners.

What may be outlined is `outlining`'s; showing the photo itself is `originals`'.
"""

from aiohttp import web

from election.errors import SuaraError
from review import originals, outlining
from review.access import Duty
from review.accounts import Account
from review.decisions import Desk
from review.errors import NoSuchRecord
from review.house import House, see
from review.outlining import CORNERS
from review.sent import Sent
from review.subject import RecordAt, area_at

FIRST = (500, 500, 9500, 500, 9500, 9500, 500, 9500)
"""Where the corners stand before somebody moves them."""


class OutlineDesk:
    """Handlers of the pages on which pages are outlined."""

    def __init__(self, house: House) -> None:
        self.house = house

    def routes(self) -> list[web.RouteDef]:
        """Addresses."""
        return [
            web.get("/{contest}/hidden", self.waiting),
            web.get(r"/{contest}/{tps}/original/{page:\d{1,3}}", self.original),
            web.get(r"/{contest}/{tps}/outline/{page:\d{1,3}}", self.show),
            web.post(r"/{contest}/{tps}/outline/{page:\d{1,3}}", self.outline),
        ]

    async def waiting(self, request: web.Request) -> web.StreamResponse:
        """The pages in an area that wait for an outline."""
        who = self.house.must(request).who
        at = area_at(self.house.bundle, self.house.key(request), request.query.get("area", who.area))
        self.house.check(who, Duty.LOOK, at)
        rows, total = await outlining.waiting(self.house.storage.pool, self.house.bundle, at.key, at.kode)
        return self.house.page(request, "hidden.html", contest=at.key, at=at, rows=rows, total=total)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The photo and its corners."""
        who = self.house.must(request).who
        return await self.page(request, self.house.record_at(request, who, Duty.OUTLINE))

    async def page(
        self, request: web.Request, at: RecordAt, error: SuaraError | None = None, sent: Sent | None = None
    ) -> web.Response:
        """The page to outline, with what was `sent` last and why that was refused."""
        page = int(request.match_info["page"])
        photo = outlining.photo_of(await self.desk(at).record(), page)
        said = sent.texts if sent else {}
        names = [f"{axis}{n}" for n in range(1, 5) for axis in "xy"]
        corners = [said.get(name, str(first)) for name, first in zip(names, FIRST, strict=True)]
        return self.house.page(
            request, "outline.html", status=409 if error else 200, contest=at.key, at=at, error=error, photo=photo,
            number_of=page, shows=said.get("shows", str(page)), corners=corners, names=CORNERS, why=photo.fault,
            sheet=outlining.sheet(at.form), whole=outlining.WHOLE, beyond=outlining.BEYOND,
        )  # fmt: skip

    async def outline(self, request: web.Request) -> web.StreamResponse:
        """Keep what was marked."""
        who, sent = await self.house.sent(request)
        at, page = self.house.record_at(request, who, Duty.OUTLINE), int(request.match_info["page"])
        try:
            await outlining.outline(self.desk(at), who, sent, page)
        except SuaraError as error:
            return await self.page(request, at, error, sent)
        return see(f"/{at.key}/{at.tps}", "outlined")

    async def original(self, request: web.Request) -> web.StreamResponse:
        """The photo as it came, for whoever may outline it."""
        who: Account = self.house.must(request).who
        at = self.house.record_at(request, who, Duty.OUTLINE)
        photo = (await self.desk(at).record()).pages.get(int(request.match_info["page"]))
        if photo is None:
            raise NoSuchRecord(tps=at.tps)
        return await originals.show(self.house, who, at, photo.sha256, "outline")

    def desk(self, at: RecordAt) -> Desk:
        """Where this record's events are written."""
        return Desk(self.house.pen(at.key), at)
