"""The workbench over HTTP: sign in, see what is held, propose, confirm. Rules of deciding live in `decisions`."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from msgspec import Struct

from election import form as forms
from election import reasons, words
from election.bundle import Bundle
from election.clock import Clock
from election.contest import CONTEST_TYPES, Contest
from election.errors import SuaraError
from election.event import REASONS
from election.record import layout
from review import accounts as doors
from review import pages, waiting
from review.accounts import Account, Accounts
from review.decisions import WHY_CORRECT, Desk, check, parse_figures
from review.errors import NoSuchRecord, OutsideArea, SessionEnded
from storage.opened import Storage

ASSETS = Path(__file__).parent.parent / "web" / "review"
COOKIE = "suara-review"
T = TypeVar("T")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Visit(Struct, frozen=True):
    """A signed-in request: who, and the session it came with."""

    who: Account
    session: str


class Workbench:
    """Handlers of one installation's workbench; everything they need is handed in."""

    def __init__(self, bundle: Bundle, storage: Storage, accounts: Path, clock: Clock) -> None:
        self.bundle, self.storage, self.clock = bundle, storage, clock
        self.accounts_file = accounts
        self.templates = Environment(loader=FileSystemLoader(ASSETS), autoescape=True)
        self.templates.globals.update(number=words.number, why_correct=WHY_CORRECT, why_decline=REASONS)

    @property
    def accounts(self) -> Accounts:
        """Accounts as they are on disk now: one added or removed counts at once."""
        return doors.load(self.accounts_file)

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(middlewares=[self.refusals], client_max_size=64 * 1024)
        app.add_routes(
            [
                web.get("/", self.home),
                web.get("/healthz", self.health),
                web.get("/masuk", self.sign_in_page),
                web.post("/masuk", self.sign_in),
                web.post("/keluar", self.sign_out),
                web.static("/assets", ASSETS),
                web.get("/{contest}/held", self.held),
                web.get(r"/{contest}/scan/{tps}/{page:\d{1,3}}", self.scan),
                web.get("/{contest}/{tps}", self.record),
                web.post("/{contest}/{tps}/{block}/{action:propose|confirm|decline}", self.decide),
            ]
        )
        return app

    @web.middleware
    async def refusals(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Every refusal becomes a page that says why; every answer carries the security headers."""
        try:
            response = await handler(request)
        except SessionEnded:
            response = _see("/masuk")
        except SuaraError as error:
            response = self.page(request, "refused.html", status=409, error=error)
        except web.HTTPException as answer:
            answer.headers.update(HEADERS)
            raise
        response.headers.update(HEADERS)
        return response

    def page(self, request: web.Request, template: str, status: int = 200, **facts: object) -> web.Response:
        """A rendered page."""
        visit = self.visit(request)
        who = visit.who if visit else None
        html = self.templates.get_template(template).render(
            who=who,
            token=self.accounts.form_token(visit.session) if visit else "",
            area_name=self.area_name(who) if who else "",
            role_words=reasons.role(who.role) if who else None,
            **facts,
        )
        return web.Response(text=html, content_type="text/html", status=status)

    def area_name(self, who: Account) -> str:
        """The name of the area a validator decides for."""
        return self.bundle.tree.nama(self.bundle.tree.area_index(who.area))

    def visit(self, request: web.Request) -> Visit | None:
        """Who is signed in on this request, if anyone."""
        session = request.cookies.get(COOKIE, "")
        who = self.accounts.holder(session, doors.clock_seconds()) if session else None
        return Visit(who, session) if who else None

    def must(self, request: web.Request) -> Account:
        """The signed-in account. Raises SessionEnded where there is none."""
        visit = self.visit(request)
        if visit is None:
            raise SessionEnded
        return visit.who

    def contest(self, request: web.Request) -> Contest:
        """The contest the address names."""
        return self.bundle.contest(request.match_info["contest"])

    def tps(self, request: web.Request, who: Account) -> str:
        """The TPS the address names. Raises OutsideArea where it is not this validator's."""
        tps = request.match_info["tps"]
        tree = self.bundle.tree
        span = tree.tps_of(tree.area_index(who.area))
        if not span.start <= tree.tps_index(tps) < span.stop:
            raise OutsideArea(tps=tps, area=self.area_name(who))
        return tps

    def desk(self, contest: Contest) -> Desk:
        """Where decisions of `contest` are written."""
        return Desk(self.storage.journal(contest.key), layout(forms.load(contest.form)), self.clock)

    async def home(self, request: web.Request) -> web.StreamResponse:
        """The held list of the first contest, or the door."""
        if self.visit(request) is None:
            raise web.HTTPSeeOther("/masuk")
        raise web.HTTPSeeOther(f"/{next(iter(self.bundle.live))}/held")

    async def health(self, request: web.Request) -> web.StreamResponse:
        """Alive, and the database answers."""
        await self.storage.pool.fetchval("select 1")
        return web.json_response({"status": "ok"})

    async def sign_in_page(self, request: web.Request) -> web.StreamResponse:
        """The door."""
        return self.page(request, "sign_in.html")

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """Open a session, or say that name and password do not fit."""
        form = await request.post()
        accounts = self.accounts
        try:
            who = await asyncio.to_thread(accounts.sign_in, str(form.get("name", "")), str(form.get("password", "")))
        except SuaraError as error:
            return self.page(request, "sign_in.html", status=403, error=error)
        answer = _see("/")
        answer.set_cookie(
            COOKIE, accounts.session(who, doors.clock_seconds()), httponly=True, samesite="Strict",
            secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https", max_age=doors.SESSION_SECONDS,
        )  # fmt: skip
        return answer

    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        """Close the session on this browser."""
        answer = _see("/masuk")
        answer.del_cookie(COOKIE)
        return answer

    async def held(self, request: web.Request) -> web.StreamResponse:
        """What waits in the validator's area."""
        who, contest = self.must(request), self.contest(request)
        rows = await waiting.held(self.storage.pool, self.bundle, contest, who.area)
        return self.page(
            request, "held.html", contest=contest.key, contest_name=_name(contest), rows=rows,
            done=_done(request),
        )  # fmt: skip

    async def record(self, request: web.Request) -> web.StreamResponse:
        """One record: photo, figures, reasons."""
        who = self.must(request)
        return await self.record_page(request, self.contest(request), self.tps(request, who), who)

    async def record_page(
        self, request: web.Request, contest: Contest, tps: str, who: Account, error: SuaraError | None = None
    ) -> web.Response:
        """The record as it is now, with why the last try was refused, if it was."""
        record = await self.desk(contest).record(tps)
        view = pages.view(self.bundle, contest, forms.load(contest.form), record, who.name)
        return self.page(
            request, "record.html", status=409 if error else 200, contest=contest.key, view=view,
            contest_name=_name(contest), form_id=uuid4, done=_done(request), error=error,
        )  # fmt: skip

    async def decide(self, request: web.Request) -> web.StreamResponse:
        """Take one action on one block, and show the record again."""
        visit = self.visit(request)
        form = {key: str(value) for key, value in (await request.post()).items()}
        if visit is None or form.get("token") != self.accounts.form_token(visit.session):
            raise SessionEnded
        contest, tps = self.contest(request), self.tps(request, visit.who)
        block, action = request.match_info["block"], request.match_info["action"]
        try:
            await self.act(visit.who, contest, tps, block, action, form)
        except SuaraError as error:
            return await self.record_page(request, contest, tps, visit.who, error)
        raise web.HTTPSeeOther(f"/{contest.key}/{tps}?done={action}#{block}")

    async def act(
        self, who: Account, contest: Contest, tps: str, block: str, action: str, form: dict[str, str]
    ) -> None:
        """Propose, confirm or decline, as the form says."""
        if block not in contest.blocks:
            raise NoSuchRecord(tps=f"{tps}/{block}")
        desk, reason = self.desk(contest), form.get("reason", "")
        if action == "propose":
            sent, on = _field(form, "id", UUID), _field(form, "on", int)
            figures = parse_figures(contest.blocks[block], form)
            check(contest, block, figures, reason)
            await desk.propose(who, tps, block, on, figures, reason, sent)
        elif action == "confirm":
            await desk.confirm(who, tps, block, _field(form, "proposal", int))
        else:
            await desk.decline(who, tps, block, _field(form, "proposal", int), reason)

    async def scan(self, request: web.Request) -> web.StreamResponse:
        """The page's picture: the masked rendition, else the photo as it came, for the validator's eyes only."""
        who = self.must(request)
        contest, tps = self.contest(request), self.tps(request, who)
        record = await self.desk(contest).record(tps)
        photo = record.pages.get(int(request.match_info["page"]))
        if photo is None:
            raise NoSuchRecord(tps=tps)
        masked = photo.read.rendition if photo.read else None
        data = await (self.storage.renditions.get(masked) if masked else self.storage.scans.get(photo.sha256))
        return web.Response(body=data, content_type="image/png" if data[:4] == b"\x89PNG" else "image/jpeg")


def _field(form: dict[str, str], name: str, kind: Callable[[str], T]) -> T:
    """A field that our own pages always send. Raises SessionEnded where it is missing or malformed."""
    try:
        return kind(form[name])
    except (KeyError, ValueError) as error:
        raise SessionEnded from error


def _see(place: str) -> web.Response:
    return web.Response(status=303, headers={"Location": place})


def _name(contest: Contest) -> words.Words:
    kind = CONTEST_TYPES[contest.key]
    return kind.name_id, kind.name_en


DONE: dict[str, words.Words] = {
    "propose": ("Usulan tersimpan; menunggu orang kedua.", "Proposal kept; it waits for a second person."),
    "confirm": ("Koreksi tersimpan dan mulai dihitung.", "Correction kept; it counts from now on."),
    "decline": ("Usulan ditutup; keadaan blok tidak berubah.", "Proposal closed; the block stays as it was."),
}


def _done(request: web.Request) -> words.Words | None:
    return DONE.get(request.query.get("done", ""))


async def serve(bundle: Bundle, storage: Storage, *, host: str, port: int, accounts: Path, clock: Clock) -> None:
    """Serve the workbench until cancelled."""
    runner = web.AppRunner(Workbench(bundle, storage, accounts, clock).application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
