"""The queue of reports from outside, and closing one. What a report is, `reports` says; correcting is the record's."""

from aiohttp import web

from election.errors import SuaraError
from review import reports
from review.access import Duty
from review.house import House, see
from review.subject import area_at, record_at
from review.waiting import SHOWN


class ReportDesk:
    """Handlers of reports."""

    def __init__(self, house: House) -> None:
        self.house = house

    def routes(self) -> list[web.RouteDef]:
        """Addresses."""
        return [
            web.get("/{contest}/reports", self.waiting),
            web.get(r"/{contest}/reports/{report:\d{1,15}}", self.open),
            web.post(r"/{contest}/reports/{report:\d{1,15}}/close", self.close),
        ]

    async def waiting(self, request: web.Request) -> web.StreamResponse:
        """The open reports of an area, in one contest."""
        who = self.house.must(request).who
        at = area_at(self.house.bundle, self.house.key(request), request.query.get("area", who.area))
        self.house.check(who, Duty.LOOK, at)
        rows = await reports.waiting(self.house.storage.pool, self.house.bundle, at.key, at.kode)
        return self.house.page(request, "reports.html", contest=at.key, at=at, rows=rows, shown=SHOWN)

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Go to the record; whoever sent the report will read that somebody looks at it."""
        who, key, number = self.house.must(request).who, self.house.key(request), self._number(request)
        pool = self.house.storage.pool
        at = record_at(self.house.bundle, key, await reports.where(pool, key, number))
        self.house.check(who, Duty.LOOK, at)
        if self.house.may(who, Duty.CORRECT, at):
            await reports.opened(pool, key, number, who.name, self.house.pen(key).now())
        return see(f"/{key}/{at.tps}#laporan")

    async def close(self, request: web.Request) -> web.StreamResponse:
        """Close a report with a reason; no figure changes."""
        who, sent = await self.house.sent(request)
        key, number = self.house.key(request), self._number(request)
        pool = self.house.storage.pool
        at = record_at(self.house.bundle, key, await reports.where(pool, key, number))
        self.house.check(who, Duty.CORRECT, at)
        try:
            reason = sent.texts.get("reason", "")
            await reports.close(pool, key, number, reason, who.name, self.house.pen(key).now())
        except SuaraError as error:
            return self.house.page(request, "refused.html", status=409, error=error)
        return see(f"/{key}/{at.tps}#laporan", "closed")

    def _number(self, request: web.Request) -> int:
        return int(request.match_info["report"])
