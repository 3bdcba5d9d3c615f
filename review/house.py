"""What every page of the desk stands in: who visits, what the address names, what may be done there, how it is drawn.

What the pages say is `record_desk`'s and `area_desk`'s.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from election import event as events
from election import reasons, words
from election import report as outside
from election.bundle import Bundle
from election.clock import Clock
from election.errors import SuaraError
from identity.role import within
from review import access
from review import accounts as doors
from review.access import Duty
from review.accounts import Account, Accounts
from review.decisions import WHY_CORRECT
from review.errors import BadDocument, NotYourDuty, OutsideArea, SessionEnded
from review.pen import Pen
from review.sent import LARGEST, Sent
from review.stamps import ago, when
from review.subject import AreaAt, RecordAt, area_at, contests, record_at
from review.telling import told
from storage.opened import Storage

ASSETS = Path(__file__).parent.parent / "web" / "review"
SHARED = ASSETS.parent / "shared"
"""What all our screens draw alike."""
COOKIE = "suara-review"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

DONE: dict[str, words.Words] = {
    "propose": ("Usulan tersimpan; menunggu orang kedua.", "Proposal kept; it waits for a second person."),
    "confirm": ("Koreksi tersimpan dan mulai dihitung.", "Correction kept; it counts from now on."),
    "decline": ("Usulan ditutup; keadaan blok tidak berubah.", "Proposal closed; the block stays as it was."),
    "ruling": ("Usulan keputusan tersimpan; menunggu orang kedua.", "Ruling proposed; it waits for a second person."),
    "ruled": ("Keputusan dua orang tersimpan dan berlaku.", "The ruling of two people is kept, and holds."),
    "unruled": ("Usulan ditutup; tidak ada yang berubah.", "The proposal is closed; nothing changed."),
    "dispute": ("Sengketa tercatat.", "The dispute is recorded."),
    "closed": ("Laporan ditutup; angka tidak berubah.", "Report closed; no figure changed."),
    "outlined": (
        "Tanda tersimpan; mesin membaca foto ini sekali lagi dan membuat gambar tersamar.",
        "Outline kept; the machine looks at the photo once more and makes the masked picture.",
    ),
    "entered": ("Kolom D.Hasil tersimpan.", "The column of the D.Hasil is kept."),
}
"""What was just done, by the word in the address."""


class Visit(Struct, frozen=True):
    """A signed-in request: who, and the session it came with."""

    who: Account
    session: str


class House:
    """One installation's desk; everything it needs is handed in."""

    def __init__(self, bundle: Bundle, storage: Storage, accounts: Path, clock: Clock) -> None:
        self.bundle, self.storage, self.clock = bundle, storage, clock
        self.accounts_file = accounts
        self.contests = contests(bundle)
        self.templates = Environment(
            loader=FileSystemLoader([ASSETS, SHARED]), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self.templates.globals.update(
            number=words.number, contest_words=words.contest, contest_brief=words.contest_brief,
            role_words=reasons.role, levels=words.LEVELS, events=events, why_correct=WHY_CORRECT, when=when,
            form_id=uuid4, told=told, about=self.about, address=address, may=self.may, closings=outside.CLOSINGS,
        )  # fmt: skip

    @property
    def accounts(self) -> Accounts:
        """Accounts as they are on disk now: one added or removed counts at once."""
        return doors.load(self.accounts_file)

    def visit(self, request: web.Request) -> Visit | None:
        """Who is signed in on this request, if anyone."""
        session = request.cookies.get(COOKIE, "")
        who = self.accounts.holder(session, doors.clock_seconds()) if session else None
        return Visit(who, session) if who else None

    def must(self, request: web.Request) -> Visit:
        """The visit. Raises SessionEnded where nobody is signed in."""
        visit = self.visit(request)
        if visit is None:
            raise SessionEnded
        return visit

    def may(self, who: Account, duty: str, at: AreaAt | RecordAt) -> bool:
        """Whether this account has a duty about this record or area."""
        return access.may(who.role, who.area, Duty(duty), at.kode, at.tingkat)

    def check(self, who: Account, duty: Duty, at: AreaAt | RecordAt) -> None:
        """Raises OutsideArea, NotYourDuty where the account has not this duty here."""
        if self.may(who, duty, at):
            return
        if not within(at.kode, who.area):
            raise OutsideArea(kode=at.kode, area=self.name_of(who.area))
        raise NotYourDuty(duty=access.GRANTS[duty].words[0], duty_en=access.GRANTS[duty].words[1], kode=at.kode)

    def key(self, request: web.Request) -> str:
        """The contest that the address names. Raises UnknownContest."""
        return self.bundle.holding(request.match_info["contest"]).key

    def record_at(self, request: web.Request, who: Account, duty: Duty = Duty.LOOK) -> RecordAt:
        """The record that the address names. Raises as `check` and `subject.record_at`."""
        at = record_at(self.bundle, request.match_info["contest"], request.match_info["tps"])
        self.check(who, duty, at)
        return at

    def area_at(self, request: web.Request, who: Account, duty: Duty = Duty.LOOK) -> AreaAt:
        """The area that the address names. Raises as `check` and `subject.area_at`."""
        at = area_at(self.bundle, request.match_info["contest"], request.match_info["kode"])
        self.check(who, duty, at)
        return at

    def about(self, key: str, kode: str) -> AreaAt | RecordAt:
        """The record or area with this code."""
        known = self.bundle.tree.area_codes.one(kode) >= 0
        return area_at(self.bundle, key, kode) if known else record_at(self.bundle, key, kode)

    def name_of(self, kode: str) -> str:
        """The name of an area."""
        return self.bundle.tree.nama(self.bundle.tree.area_index(kode))

    def pen(self, key: str) -> Pen:
        """What writes into a contest's journal."""
        return Pen(self.storage.journal(key), self.clock)

    async def sent(self, request: web.Request) -> tuple[Account, Sent]:
        """Who sent a form of ours, and what. Raises SessionEnded where it was sent from elsewhere."""
        visit = self.must(request)
        request = request.clone(client_max_size=3 * LARGEST)  # only for those who are signed in
        texts, files = {}, {}
        try:
            form = await request.post()
        except web.HTTPRequestEntityTooLarge as error:
            raise BadDocument(field="PDF", limit=LARGEST >> 20) from error
        for name, value in form.items():
            if isinstance(value, web.FileField):
                files[name] = value.file.read()
            else:
                texts[name] = str(value)
        if texts.get("token") != self.accounts.form_token(visit.session):
            raise SessionEnded
        return visit.who, Sent(texts, files)

    async def document(self, sent: Sent, name: str, called: str) -> str:
        """Keeps a document that came with a form, for the desk's eyes only; answers its SHA-256. Raises BadDocument."""
        return await self.storage.artefacts.put(sent.pdf(name, called))

    async def documents(self, sent: Sent, name: str) -> tuple[str, ...]:
        """The same for a form that can do without."""
        return (await self.document(sent, name, "PDF"),) if sent.files.get(name) else ()

    def page(self, request: web.Request, template: str, status: int = 200, **facts: object) -> web.Response:
        """A rendered page."""
        visit = self.visit(request)
        html = self.templates.get_template(template).render(
            **{
                "who": visit.who if visit else None,
                "token": self.accounts.form_token(visit.session) if visit else "",
                "area_name": self.name_of(visit.who.area) if visit else "",
                "error": None,
                "done": DONE.get(request.query.get("done", "")),
                "contest": "",
                "contests": self.contests,
                "ago": lambda stamp: ago(self.clock(), stamp),
                **facts,
            }
        )
        return web.Response(text=html, content_type="text/html", status=status)

    @web.middleware
    async def refusals(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Every refusal becomes a page that says why; every answer carries the security headers."""
        try:
            response = await handler(request)
        except SessionEnded:
            response = see("/masuk")
        except SuaraError as error:
            response = self.page(request, "refused.html", status=409, error=error)
        except web.HTTPException as answer:
            answer.headers.update(HEADERS)
            raise
        response.headers.update(HEADERS)
        return response


def address(at: AreaAt | RecordAt, duty: Duty = Duty.LOOK) -> str:
    """Where the page of a record or an area is; for its policy, where that is decided."""
    if duty is Duty.ADOPT:
        return f"/{at.key}/policy"
    return f"/{at.key}/{at.tps}" if isinstance(at, RecordAt) else f"/{at.key}/area/{at.kode}"


def see(path: str, done: str = "") -> web.Response:
    """Go there next, and be told what was done."""
    where, _, anchor = path.partition("#")
    mark = "&" if "?" in where else "?"
    query = f"{mark}done={quote(done)}" if done else ""
    return web.Response(status=303, headers={"Location": f"{where}{query}{'#' + anchor if anchor else ''}"})
