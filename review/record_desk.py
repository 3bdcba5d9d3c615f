"""The pages of one record: look at it, correct a block, withdraw one, open a new version, record a dispute.

What may be decided is `decisions`', `rulings`' and `versions`'; what the page shows is `pages`'.
"""

from aiohttp import web

from election.errors import SuaraError
from review import originals, pages, reports, unusual, versions
from review.access import Duty
from review.accounts import Account
from review.decisions import Desk, check, parse_figures
from review.errors import NoSuchRecord
from review.house import House, see
from review.rulings import Rulings, proposed
from review.sent import Sent
from review.subject import RecordAt


class RecordDesk:
    """Handlers of the pages of records."""

    def __init__(self, house: House) -> None:
        self.house = house

    def routes(self) -> list[web.RouteDef]:
        """Addresses."""
        return [
            web.get(r"/{contest}/scan/{tps}/{page:\d{1,3}}", self.scan),
            web.get("/{contest}/{tps}", self.show),
            web.post("/{contest}/{tps}/{block}/{action:propose|confirm|decline}", self.decide),
            web.post("/{contest}/{tps}/{block}/withdraw", self.withdraw),
            web.post("/{contest}/{tps}/version", self.reopen),
        ]

    def desk(self, at: RecordAt) -> Desk:
        """Where decisions on this record are written."""
        return Desk(self.house.pen(at.key), at)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """One record: photo, figures, reasons, versions, disputes."""
        who = self.house.must(request).who
        return await self.page(request, who, self.house.record_at(request, who))

    async def page(
        self, request: web.Request, who: Account, at: RecordAt, error: SuaraError | None = None
    ) -> web.Response:
        """The record as it is now, with why the last try was refused, if it was."""
        pen = self.house.pen(at.key)
        entries = await Desk(pen, at).entries()
        waiting = [
            one for entry in entries if (one := proposed(entry)) is not None and await pen.answer(one.number) is None
        ]
        view = pages.view(at, entries, who.name)
        return self.house.page(
            request, "record.html", status=409 if error else 200, contest=at.key, view=view, at=at,
            proposals=waiting, unusual=await unusual.found(self.house.storage.pool, at.key, at.tps), error=error,
            reports=await reports.of_record(self.house.storage.pool, self.house.bundle, at.key, at.tps),
        )  # fmt: skip

    async def decide(self, request: web.Request) -> web.StreamResponse:
        """Propose, confirm or decline figures of one block."""
        who, sent = await self.house.sent(request)
        at = self.house.record_at(request, who, Duty.CORRECT)
        block, action = _block(request, at), request.match_info["action"]
        try:
            await self.act(who, at, block, action, sent)
        except SuaraError as error:
            return await self.page(request, who, at, error)
        return see(f"/{at.key}/{at.tps}#{block}", action)

    async def act(self, who: Account, at: RecordAt, block: str, action: str, sent: Sent) -> None:
        """What the form says, on one block. Raises as `decisions` does."""
        desk, reason = self.desk(at), sent.texts.get("reason", "")
        if action == "propose":
            figures = parse_figures(at.contest.blocks[block], sent.texts)
            check(at.contest, block, figures, reason)
            await desk.propose(who, block, sent.number("on"), figures, reason, sent.form)
        elif action == "confirm":
            await desk.confirm(who, block, sent.number("proposal"))
        else:
            await desk.decline(who, block, sent.number("proposal"), reason)

    async def withdraw(self, request: web.Request) -> web.StreamResponse:
        """Propose to take a block out of the totals."""
        who, sent = await self.house.sent(request)
        at = self.house.record_at(request, who, Duty.WITHDRAW)
        block = _block(request, at)
        try:
            ruling = versions.withdrawn(sent, await self.desk(at).changeable(), block)
            await Rulings(self.house.pen(at.key)).propose(who, ruling, sent.form)
        except SuaraError as error:
            return await self.page(request, who, at, error)
        return see(f"/{at.key}/{at.tps}#keputusan", "ruling")

    async def reopen(self, request: web.Request) -> web.StreamResponse:
        """Propose a new version of the record, on a legal ground."""
        who, sent = await self.house.sent(request)
        at = self.house.record_at(request, who, Duty.REOPEN)
        try:
            document = await self.house.document(sent, "document", "putusan")
            ruling = versions.reopened(sent, await self.desk(at).record(), document)
            await Rulings(self.house.pen(at.key)).propose(who, ruling, sent.form)
        except SuaraError as error:
            return await self.page(request, who, at, error)
        return see(f"/{at.key}/{at.tps}#keputusan", "ruling")

    async def scan(self, request: web.Request) -> web.StreamResponse:
        """The page's picture: the masked rendition, else the photo as it came, for the validator's eyes only."""
        who = self.house.must(request).who
        at = self.house.record_at(request, who)
        record = await self.desk(at).record()
        photo = record.pages.get(int(request.match_info["page"]))
        if photo is None:
            raise NoSuchRecord(tps=at.tps)
        masked = photo.read.rendition if photo.read else None
        if masked is None:
            return await originals.show(self.house, who, at, photo.sha256, "decide")
        data = await self.house.storage.renditions.get(masked)
        return web.Response(body=data, content_type="image/jpeg")


def _block(request: web.Request, at: RecordAt) -> str:
    """The block that the address names. Raises NoSuchRecord."""
    block = request.match_info["block"]
    if block not in at.contest.blocks:
        raise NoSuchRecord(tps=f"{at.tps}/{block}")
    return block
