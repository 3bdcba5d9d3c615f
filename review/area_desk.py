"""The pages of an area: what waits, how far it is, its D.Hasil, its determination.

What a determination closes is `determining`'s, what a D.Hasil has is `plenary`'s; disputes and answers to proposals are
`ruling_desk`'s.
"""

from aiohttp import web

from election import plenary as documents
from election.errors import SuaraError
from review import areas, determining, disputes, plenary, waiting
from review.access import Duty
from review.accounts import Account
from review.errors import NoSuchColumn
from review.house import House, see
from review.rulings import Rulings
from review.sent import Sent
from review.subject import AreaAt, area_at, holds


class AreaDesk:
    """Handlers of the pages of areas."""

    def __init__(self, house: House) -> None:
        self.house = house

    def routes(self) -> list[web.RouteDef]:
        """Addresses."""
        return [
            web.get("/", self.home),
            web.get("/{contest}/held", self.held),
            web.get("/{contest}/area/{kode}", self.show),
            web.post("/{contest}/area/{kode}/determine", self.determine),
            web.get("/{contest}/area/{kode}/plenary", self.plenary),
            web.post("/{contest}/area/{kode}/plenary/{of}", self.enter),
        ]

    async def home(self, request: web.Request) -> web.StreamResponse:
        """What waits in the account's area, contest by contest; or the door."""
        visit = self.house.visit(request)
        if visit is None:
            raise web.HTTPSeeOther("/masuk")
        who, pool = visit.who, self.house.storage.pool
        row = self.house.bundle.tree.area_index(who.area)
        keys = [key for key in self.house.contests if holds(self.house.bundle, key, row)]
        counts = await waiting.counts(pool, keys, who.area)
        rows = []
        for key in keys:
            own, _ = await areas.parts(pool, area_at(self.house.bundle, key, who.area))
            asked = await waiting.proposals(pool, self.house.storage.journal(key), who.area)
            rows.append((key, own, *counts.get(key, (0, "")), len(asked)))
        return self.house.page(request, "home.html", rows=rows, kode=who.area)

    async def held(self, request: web.Request) -> web.StreamResponse:
        """What waits in an area, in one contest."""
        who = self.house.must(request).who
        at = area_at(self.house.bundle, self.house.key(request), request.query.get("area", who.area))
        self.house.check(who, Duty.LOOK, at)
        pool = self.house.storage.pool
        queue = await waiting.held(pool, self.house.bundle, at.key, at.kode)
        asked = await waiting.proposals(pool, self.house.storage.journal(at.key), at.kode)
        return self.house.page(request, "held.html", contest=at.key, at=at, queue=queue, proposals=asked)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """One area."""
        who = self.house.must(request).who
        return await self.page(request, self.house.area_at(request, who))

    async def page(self, request: web.Request, at: AreaAt, error: SuaraError | None = None) -> web.Response:
        """The area as it is now, with why the last try was refused, if it was."""
        pool, journal = self.house.storage.pool, self.house.storage.journal(at.key)
        own, rows = await areas.parts(pool, at)
        by = request.query.get("urut", areas.ORDERS[0])
        cases = await disputes.within_area(journal, at.kode)
        every = await waiting.proposals(pool, journal, at.kode)
        asked = [one for one in every if one.ruling.tps == at.kode and one.duty is not Duty.ADOPT]
        above = [kode for kode, _ in at.path]
        return self.house.page(
            request, "area.html", status=409 if error else 200, contest=at.key, at=at, own=own,
            rows=areas.ordered(rows, by), by=by, cases=cases, proposals=asked,
            error=error,
            standing=await self.standing(at, sum(case.open for case in cases)),
            stands=areas.determined(await journal.of_record(at.kode)),
            above=[(kode, areas.determined(await journal.of_record(kode))) for kode in above],
            differences=await plenary.differences(pool, at.key, at.kode),
            names=dict([*at.children, (at.kode, at.name)]),
        )  # fmt: skip

    async def standing(self, at: AreaAt, disputed: int) -> determining.Standing | None:
        """What a determination would close now; None where there is nothing yet."""
        try:
            return await determining.standing(self.house.storage.pool, at, disputed)
        except SuaraError:
            return None

    async def determine(self, request: web.Request) -> web.StreamResponse:
        """Propose to close the area's result."""
        who, sent = await self.house.sent(request)
        at = self.house.area_at(request, who, Duty.DETERMINE)
        pen = self.house.pen(at.key)
        try:
            cases = await disputes.within_area(pen.journal, at.kode)
            now = await determining.standing(self.house.storage.pool, at, sum(case.open for case in cases))
            sk, ba = [await self.house.document(sent, name, name.upper()) for name in ("sk", "ba")]
            replaces = await pen.journal.decided(at.kode, "determined")
            await Rulings(pen).propose(who, determining.ruling(sent, at, now, replaces, sk, ba), sent.form)
        except SuaraError as error:
            return await self.page(request, at, error)
        return see(f"/{at.key}/area/{at.kode}#keputusan", "ruling")

    async def plenary(self, request: web.Request) -> web.StreamResponse:
        """The area's D.Hasil: which columns are entered, and one column's form."""
        who = self.house.must(request).who
        at = self.house.area_at(request, who)
        return await self.sheet(request, at, request.query.get("of", ""))

    async def sheet(
        self,
        request: web.Request,
        at: AreaAt,
        of: str,
        error: SuaraError | None = None,
        typed: dict[str, str] | None = None,
    ) -> web.Response:
        """The document as it is now; `typed` is what a person tried to save, so that nothing is typed twice."""
        document = documents.document(self.house.bundle, at.key, at.kode)
        entered = await plenary.entered(self.house.storage.journal(at.key), document)
        column = plenary.column_of(document, of, entered)
        found = await plenary.differences(self.house.storage.pool, at.key, at.kode)
        return self.house.page(
            request, "plenary.html", status=409 if error else 200, contest=at.key, at=at, document=document,
            entered=entered, column=column, error=error,
            form=plenary.form(document, column, entered, typed or {}),
            differences=[one for one in found if one.of == column.kode],
            counts={kode: sum(one.of == kode for one in found) for kode in {one.of for one in found}},
        )  # fmt: skip

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """Save one column of the D.Hasil."""
        who, sent = await self.house.sent(request)
        at = self.house.area_at(request, who, Duty.ENTER)
        of = request.match_info["of"]
        try:
            await self._enter(who, at, of, sent)
        except NoSuchColumn:
            raise  # what was typed for it must not stand in the form of another
        except SuaraError as error:
            return await self.sheet(request, at, of, error, dict(sent.texts))
        return see(f"/{at.key}/area/{at.kode}/plenary?of={of}", "entered")

    async def _enter(self, who: Account, at: AreaAt, of: str, sent: Sent) -> None:
        pen = self.house.pen(at.key)
        document = documents.document(self.house.bundle, at.key, at.kode)
        entered = await plenary.entered(pen.journal, document)
        column = document.column(of)
        if column is None:
            raise NoSuchColumn(kode=at.kode, of=of)
        papers = await self.house.documents(sent, "document")
        event = plenary.event(sent, who, document, column, entered, pen.now(), papers[0] if papers else None)
        await pen.write(event, sent.form.bytes, expect=event.replaces)
