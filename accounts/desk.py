"""The desk: what helpdesk, PPS and PPK do for officers, as pages a person uses. Rights are `identity.access`'s."""

import hmac
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl
from uuid import UUID

from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from msgspec import Struct

from accounts import session as sessions
from accounts.errors import BodyMalformed, NothingFound, NotYours, SessionEnded
from accounts.places import Place, Places
from accounts.register import Actor, Register, Standing
from accounts.session import Session, Sessions
from accounts.uploads import Uploads
from election import reasons, words
from election.clock import public_ts, stamp
from election.errors import SuaraError
from identity.access import Action, may, may_help
from identity.account import Account
from identity.role import Role, within

COOKIE = "suara-desk"
PAGES = Path(__file__).parent.parent / "web" / "accounts"

LONGEST = 256
"""Characters of a password that count."""

DONE: dict[str, words.Words] = {
    "cabut": ("Perangkat dicabut; kode lama tidak berlaku lagi.", "Device revoked; an open code is withdrawn."),
}


class Helped(Struct, frozen=True):
    """How an account stands, and whether whoever looks may change that."""

    standing: Standing
    may: bool


class Desk:
    """Handlers of one installation's desk; everything they need is handed in. `secret` guards its forms."""

    def __init__(self, register: Register, found: Sessions, places: Places, uploads: Uploads, secret: bytes) -> None:
        self.register, self.sessions, self.places, self.uploads, self._secret = register, found, places, uploads, secret
        self.templates = Environment(loader=FileSystemLoader(PAGES), autoescape=True)
        self.templates.globals.update(number=words.number, role_words=reasons.role, within=within, when=_when)

    def routes(self) -> list[web.RouteDef]:
        """Addresses of the desk."""
        return [
            web.get("/", self.home),
            web.get("/accounts.css", self.style),
            web.get("/masuk", self.sign_in_page),
            web.post("/masuk", self.sign_in),
            web.get("/aktifkan", self.activate_page),
            web.post("/aktifkan", self.activate),
            web.post("/keluar", self.sign_out),
            web.get("/cari", self.search),
            web.get("/wilayah/{kode}", self.area),
            web.get("/tps/{kode}", self.tps),
            web.post("/akun/{name}/kode", self.reissue),
            web.post("/akun/{name}/cabut", self.revoke),
        ]

    async def visit(self, request: web.Request) -> Session:
        """The signed-in session. Raises SessionEnded."""
        return await self.sessions.holder(request.cookies.get(COOKIE, ""))

    def page(self, template: str, session: Session | None = None, status: int = 200, **facts: object) -> web.Response:
        """A rendered page."""
        who = session.account if session else None
        html = self.templates.get_template(template).render(
            who=who,
            token=session.form_token(self._secret) if session else "",
            area_name=self.places.name(who.area) if who else "",
            **facts,
        )
        return web.Response(text=html, content_type="text/html", status=status)

    async def refused(self, request: web.Request, error: SuaraError) -> web.Response:
        """A page that says why not."""
        try:
            session: Session | None = await self.visit(request)
        except SuaraError:
            session = None
        status = int(getattr(error, "status", 409))
        return self.page("refused.html", session, status=status, error=error)

    async def home(self, request: web.Request) -> web.Response:
        """The account's own area."""
        session = await self.visit(request)
        raise web.HTTPSeeOther(f"/wilayah/{session.account.area}")

    async def style(self, _request: web.Request) -> web.StreamResponse:
        """What the desk adds to the workbench's style."""
        return web.FileResponse(PAGES / "accounts.css")

    async def sign_in_page(self, request: web.Request) -> web.Response:
        """The door."""
        return self.page("sign_in.html")

    async def sign_in(self, request: web.Request) -> web.Response:
        """Opens a session, or says that name and password do not fit."""
        form = await _form(request)
        name, password = form.get("name", ""), form.get("password", "")[:LONGEST]
        try:
            return _opened(request, await self.sessions.sign_in(name, password))
        except SuaraError as error:
            return self.page("sign_in.html", status=int(getattr(error, "status", 403)), error=error)

    async def activate_page(self, request: web.Request) -> web.Response:
        """Where a committee's first password is chosen."""
        return self.page("activate.html", least=sessions.LEAST)

    async def activate(self, request: web.Request) -> web.Response:
        """Spends a code on a password, and opens a session."""
        form = await _form(request)
        try:
            account = Account.parse(form.get("name", ""))
            if account.role is Role.KPPS:
                raise NotYours(what=account.name)
            session = await self.sessions.activate(account, form.get("code", ""), form.get("password", "")[:LONGEST])
        except SuaraError as error:
            return self.page("activate.html", status=403, error=error, least=sessions.LEAST)
        return _opened(request, session)

    async def sign_out(self, request: web.Request) -> web.Response:
        """Closes the session on this browser."""
        await _form(request)
        answer = _see("/masuk")
        answer.del_cookie(COOKIE)
        return answer

    async def search(self, request: web.Request) -> web.Response:
        """Goes where the words lead: a TPS, an area, an account or an upload."""
        session, text = await self.visit(request), request.query.get("q", "").strip()[:64]
        try:
            found = await self.uploads.find(UUID(text))
        except ValueError:
            raise web.HTTPSeeOther(self.places.address(text)) from None
        if found is None or not may(session.account.role, session.account.area, Action.FIND, found[0]):
            raise NothingFound(what=text)
        raise web.HTTPSeeOther(f"/tps/{found[0]}#{found[1]}-{found[2]}")

    async def area(self, request: web.Request) -> web.Response:
        """An area: its accounts, and its TPS with what is missing or, higher up, the areas within."""
        session, kode = await self.visit(request), request.match_info["kode"]
        if not within(kode, session.account.area):
            raise NotYours(what=kode)
        place = self.places.area(kode)
        wanting = await self.uploads.wanting([row.kode for row in place.rows]) if place.lists_tps else {}
        complete = sum(all(one.complete for one in rows) for rows in wanting.values())
        enrolled = await self.register.enrolments([row.kode for row in place.rows])
        return self.page(
            "area.html", session, place=place, wanting=wanting, complete=complete, enrolled=enrolled,
            standings=await self._standings(session, place), done=_done(request),
        )  # fmt: skip

    async def tps(self, request: web.Request) -> web.Response:
        """A TPS: its accounts and devices, and everything it has sent."""
        session, kode = await self.visit(request), request.match_info["kode"]
        if not may(session.account.role, session.account.area, Action.FIND, kode):
            raise NotYours(what=kode)
        place = self.places.tps(kode)
        return self.page(
            "tps.html", session, place=place, standings=await self._standings(session, place), done=_done(request),
            wanting=(await self.uploads.wanting([kode]))[kode], uploads=await self.uploads.of_tps(kode),
        )  # fmt: skip

    async def reissue(self, request: web.Request) -> web.Response:
        """A new code, shown once."""
        session, account = await self._helped(request)
        fresh = await self.register.reissue(account, _actor(session))
        return self.page("code.html", session, account=account, code=fresh, back=self.places.address(account.name))

    async def revoke(self, request: web.Request) -> web.Response:
        """Ends a device, and shows its place again."""
        session, account = await self._helped(request)
        await self.register.revoke(account, _actor(session))
        raise web.HTTPSeeOther(f"{self.places.address(account.name)}?done=cabut")

    async def _helped(self, request: web.Request) -> tuple[Session, Account]:
        """Session and account of a form that changes something. Raises SessionEnded, NotYours."""
        session = await self.visit(request)
        form = await _form(request)
        if not hmac.compare_digest(form.get("token", "").encode(), session.form_token(self._secret).encode()):
            raise SessionEnded
        account = Account.parse(request.match_info["name"])
        if not _helps(session.account, account):
            raise NotYours(what=account.name)
        return session, account

    async def _standings(self, session: Session, place: Place) -> list[Helped]:
        rows = await self.register.standings(place.kode)
        return [Helped(row, _helps(session.account, row.account)) for row in rows]


async def _form(request: web.Request) -> dict[str, str]:
    """The fields of a form of ours. Raises SessionEnded where another site sent it, BodyMalformed."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise SessionEnded
    body = await request.read()
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=8))
    except ValueError:
        raise BodyMalformed from None


def _opened(request: web.Request, session: Session) -> web.Response:
    """On to the desk, with the session's cookie. TLS may end at the balancer before us, which says so."""
    answer = _see("/")
    secure = request.secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"
    answer.set_cookie(COOKIE, session.text, httponly=True, samesite="Strict", secure=secure, max_age=sessions.SECONDS)
    return answer


def _helps(helper: Account, account: Account) -> bool:
    """Whom the matrix says; and at the desk, with one's password, everyone their own device."""
    return may_help(helper, account) or helper == account


def _actor(session: Session) -> Actor:
    return Actor(session.account.role, session.account.name)


def _see(place: str) -> web.Response:
    return web.Response(status=303, headers={"Location": place})


def _when(moment: datetime | str | None) -> str:
    """A time as people here write it, WIB."""
    if moment is None:
        return ""
    return public_ts(moment if isinstance(moment, str) else stamp(moment))


def _done(request: web.Request) -> words.Words | None:
    return DONE.get(request.query.get("done", ""))
