"""The addresses of the query API. Every answer is of one cut, and no result is told before the gate."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

import msgspec
from aiohttp import web

from election.bundle import Bundle, UnknownContest
from election.clock import Clock
from election.codes import KELURAHAN, is_tps
from publisher.front import Room
from publisher.query import openapi, told
from publisher.query.answers import AreaAnswer, RecordsAnswer, TpsAnswer
from publisher.query.errors import GateClosed, NoSuchAddress, NotHeld, Starting, WrongMethod, refusing
from publisher.query.question import kode, listing, query, yes
from publisher.query.source import Source
from publisher.query.standing import metrics, standing
from publisher.query.told import Cut
from publisher.query.turns import Turns

PREFIX = "/api/v1"
HEADERS = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
KEEP = {"Cache-Control": "public, max-age=1"}

Take = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Queries:
    """The handlers. `load` reads the bundle, which the room does when it opens, in a thread."""

    def __init__(
        self, source: Source, load: Callable[[], Bundle], clock: Clock, proxies: frozenset[str] = frozenset()
    ) -> None:
        self._source, self._load, self._clock, self._turns = source, load, clock, Turns(proxies)
        self._bundle: Bundle | None = None

    def room(self) -> Room:
        """As the public front takes it."""
        routes = [
            web.route("*", f"{PREFIX}{address}", refusing(self._in_turn(handler)))
            for address, handler in self.handlers().items()
        ]
        return Room((*routes, web.route("*", "/api/{rest:.*}", refusing(_nothing))), self.life)

    def handlers(self) -> dict[str, Take]:
        """Address below `PREFIX` → handler."""
        return {
            "/status": self.status,
            "/metrics": self.metrics,
            "/openapi.json": self.openapi,
            "/{contest}/areas/{kode}": self.area,
            "/{contest}/tps/{kode}": self.tps,
            "/{contest}/records": self.records,
            "/{contest}/history/{kode}": self.history,
        }

    async def life(self, _app: web.Application) -> AsyncIterator[None]:
        """Reads the bundle, and follows the standby, beside the answering."""
        tasks = [asyncio.create_task(self._source.keep()), asyncio.create_task(self._open())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _open(self) -> None:
        self._bundle = await asyncio.to_thread(self._load)

    @property
    def bundle(self) -> Bundle:
        """The election. Raises Starting before it is read."""
        if self._bundle is None:
            raise Starting()
        return self._bundle

    # --- answers ----------------------------------------------------------------------------------------------------

    async def status(self, request: web.Request) -> web.Response:
        """How the standby stands, and how far each contest is."""
        query(request)
        cuts: dict[str, tuple[int, str]] = {}
        if not self._shut():
            async with self._source.snapshot() as line:
                cuts = await told.cuts(line)
        bundle, seen = self.bundle, self._source.measured
        answer = standing(seen, self._clock(), bundle.live, cuts, bundle.settings.gate)
        return _answer(answer, HEADERS | {"Cache-Control": "no-cache"})

    async def metrics(self, request: web.Request) -> web.Response:
        """The same for Prometheus."""
        query(request)
        return web.Response(text=metrics(self._source.measured, self._clock()), headers=HEADERS)

    async def openapi(self, request: web.Request) -> web.Response:
        """The description of all this."""
        query(request)
        return _answer(openapi.document(self.bundle.live), HEADERS | KEEP)

    async def area(self, request: web.Request) -> web.StreamResponse:
        """One area, and with `children=1` those right below it."""
        key, asked = self._results(request, "children")
        below = yes(asked, "children")
        tree = self.bundle.tree
        area = tree.area_index(kode(request.match_info["kode"]))
        holding = self.bundle.tps_holding(key)
        self._held(key, tree.kode(area), bool(holding[tree.tps_of(area)].any()))
        wanted = [area]
        if below and tree.tingkat(area) < KELURAHAN:
            wanted += [child for child in tree.children(area) if holding[tree.tps_of(child)].any()]
        async with self._source.snapshot() as line:
            cut = await told.cut(line, key)
            if _known(request, cut):
                return _unchanged(cut)
            first, *children = await told.areas(line, self.bundle, key, wanted)
        return _tagged(AreaAnswer(key, cut.number, cut.at, first, tuple(children) if below else None), cut)

    async def tps(self, request: web.Request) -> web.StreamResponse:
        """One record."""
        key, _ = self._results(request)
        tree, tps = self.bundle.tree, kode(request.match_info["kode"])
        row = tree.tps_index(tps)
        self._held(key, tps, bool(self.bundle.tps_holding(key)[row]))
        printed = self.bundle.printed(key)
        ballot = printed.ballots[int(printed.of_tps[row])]
        async with self._source.snapshot() as line:
            cut = await told.cut(line, key)
            if _known(request, cut):
                return _unchanged(cut)
            version, blocks = await told.blocks(line, ballot, key, tps)
            pages = await told.pages(line, key, tps)
            versions = await told.versions(line, ballot, key, tps)
        answer = TpsAnswer(key, cut.records, cut.at, tps, tree.tps_nama(row), version, blocks, pages, versions)
        return _tagged(answer, cut)

    async def records(self, request: web.Request) -> web.StreamResponse:
        """Every record of which anything is published, in the order of their codes, a page at a time."""
        key, asked = self._results(request, "after", "limit", "under", "since")
        wanted = listing(asked)
        tree = self.bundle.tree
        (tree.tps_index if is_tps(wanted.under) else tree.area_index)(wanted.under)
        async with self._source.snapshot() as line:
            cut = await told.cut(line, key)
            if _known(request, cut):
                return _unchanged(cut)
            found = await told.records(line, key, wanted)
        following = found[-1].tps if len(found) == wanted.limit else None
        return _tagged(RecordsAnswer(key, cut.records, cut.at, found, following), cut)

    async def history(self, request: web.Request) -> web.StreamResponse:
        """How an area came about is a file: its address."""
        key, _ = self._results(request)
        tree = self.bundle.tree
        of = tree.kode(tree.area_index(kode(request.match_info["kode"])))
        return web.Response(status=307, headers=HEADERS | KEEP | {"Location": f"/v1/{key}/history/{of}.json"})

    # --- questions --------------------------------------------------------------------------------------------------

    def _results(self, request: web.Request, *names: str) -> tuple[str, dict[str, str]]:
        """Contest and parameters of a question for results. Raises GateClosed, UnknownContest, BadParameter."""
        bundle, key = self.bundle, request.match_info["contest"]
        if key not in bundle.live:
            raise UnknownContest(key=key, known=", ".join(bundle.live))
        if self._shut():
            raise GateClosed(gate=bundle.settings.gate)
        return key, query(request, *names)

    def _shut(self) -> bool:
        """Whether no result is public yet: the publisher's rule, which holds for questions, too."""
        gate = self.bundle.settings.gate
        return gate is not None and self._clock() < datetime.fromisoformat(gate)

    def _in_turn(self, handler: Take) -> Take:
        async def asked(request: web.Request) -> web.StreamResponse:
            if request.method not in ("GET", "HEAD"):
                raise WrongMethod()
            with self._turns.taken(request):
                return await handler(request)

        return asked

    @staticmethod
    def _held(key: str, kode: str, held: bool) -> None:
        if not held:
            raise NotHeld(key=key, kode=kode)


def _known(request: web.Request, cut: Cut) -> bool:
    asked = request.headers.get("If-None-Match", "")
    return cut.tag in (tag.strip().removeprefix("W/") for tag in asked.split(","))


def _unchanged(cut: Cut) -> web.Response:
    return web.Response(status=304, headers=HEADERS | KEEP | {"ETag": cut.tag})


def _tagged(answer: object, cut: Cut) -> web.Response:
    return _answer(answer, HEADERS | KEEP | {"ETag": cut.tag})


def _answer(answer: object, headers: dict[str, str]) -> web.Response:
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json", headers=headers)


async def _nothing(_request: web.Request) -> web.StreamResponse:
    raise NoSuchAddress()
