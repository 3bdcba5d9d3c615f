"""Answers to proposed rulings, disputes, and the documents that came with either; for records and areas alike."""

from functools import partial

from aiohttp import web

from election.event import DisputeMoved, DisputeOpened, RecapEntered, ResultDetermined, VersionOpened
from election.record import Dispute
from review import determining, disputes
from review.access import Duty
from review.errors import NoSuchDispute, NoSuchDocument
from review.house import House, address, see
from review.rulings import Rulings, TwoPeople, proposed
from review.subject import AreaAt, RecordAt, area_at
from storage.journal import Entry


def documents_of(entry: Entry) -> set[str | None]:
    """SHA-256 of the documents that came with an event, or with the ruling that it proposes.

    Never of what a text of it says: anybody can write the hash of a photo into a reference.
    """
    asked = proposed(entry)
    match entry.event if asked is None else asked.ruling:
        case VersionOpened(document=sha) | RecapEntered(document=sha):
            return {sha}
        case ResultDetermined(sk=sk, ba=ba):
            return {sk, ba}
        case DisputeOpened(documents=documents) | DisputeMoved(documents=documents):
            return {*documents}
    return set()


class RulingDesk:
    """Handlers of what is about a record or an area, whichever it is."""

    def __init__(self, house: House) -> None:
        self.house = house

    def routes(self) -> list[web.RouteDef]:
        """Addresses."""
        return [
            web.post(r"/{contest}/ruling/{number:\d{1,15}}/{answer:confirm|decline}", self.answer),
            web.post("/{contest}/dispute/{kode}", self.dispute),
            web.post(r"/{contest}/dispute/{kode}/{number:\d{1,15}}", self.move),
            web.get("/{contest}/document/{kode}/{sha:[0-9a-f]{64}}", self.document),
        ]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The second person agrees or disagrees, or the first takes the proposal back."""
        who, _ = await self.house.sent(request)
        key, number = self.house.key(request), int(request.match_info["number"])
        rulings = Rulings(self.house.pen(key))
        asked = await rulings.asked(number)
        at = self.house.about(key, asked.ruling.tps)
        self.house.check(who, asked.duty, at)
        if request.match_info["answer"] == "decline":
            await rulings.decline(who, number)
            return see(address(at, asked.duty), "unruled")
        await rulings.confirm(who, number, partial(self.still, key))
        return see(address(at, asked.duty), "ruled")

    async def still(self, key: str, ruling: TwoPeople) -> None:
        """Whether what the first person saw is still so. What replaces what, the journal itself compares."""
        if isinstance(ruling, ResultDetermined):
            at = area_at(self.house.bundle, key, ruling.tps)
            determining.still(ruling, await self.standing(at))

    async def standing(self, at: AreaAt) -> determining.Standing:
        """What a determination of this area would close now."""
        cases = await disputes.within_area(self.house.storage.journal(at.key), at.kode)
        return await determining.standing(self.house.storage.pool, at, sum(case.open for case in cases))

    async def dispute(self, request: web.Request) -> web.StreamResponse:
        """Record a dispute about a record or an area."""
        who, sent = await self.house.sent(request)
        at = self.house.about(self.house.key(request), request.match_info["kode"])
        self.house.check(who, Duty.DISPUTE, at)
        pen = self.house.pen(at.key)
        documents = await self.house.documents(sent, "document")
        await pen.write(disputes.opened(sent, who, at.kode, pen.now(), documents), sent.form.bytes)
        return see(f"{address(at)}#sengketa", "dispute")

    async def move(self, request: web.Request) -> web.StreamResponse:
        """Say where a dispute stands now."""
        who, sent = await self.house.sent(request)
        at = self.house.about(self.house.key(request), request.match_info["kode"])
        self.house.check(who, Duty.DISPUTE, at)
        pen = self.house.pen(at.key)
        case = await self._case(at, int(request.match_info["number"]))
        moved = disputes.moved(sent, who, case, pen.now(), await self.house.documents(sent, "document"))
        await pen.write(moved, sent.form.bytes, expect=moved.replaces)
        return see(f"{address(at)}#sengketa", "dispute")

    async def document(self, request: web.Request) -> web.StreamResponse:
        """A document that an event about this record or area names, for the desk's eyes only."""
        who = self.house.must(request).who
        at, sha = self.house.about(self.house.key(request), request.match_info["kode"]), request.match_info["sha"]
        self.house.check(who, Duty.LOOK, at)
        entries = await self.house.storage.journal(at.key).of_record(at.kode)
        if not any(sha in documents_of(entry) for entry in entries):
            raise NoSuchDocument(sha=sha)
        return web.Response(
            body=await self.house.storage.artefacts.get(sha),
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{sha[:12]}.pdf"'},
        )

    async def _case(self, at: AreaAt | RecordAt, number: int) -> Dispute:
        entries = await self.house.storage.journal(at.key).of_record(at.kode)
        for case in disputes.fold(entries):
            if case.number == number:
                return case
        raise NoSuchDispute(number=number)
