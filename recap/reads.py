"""The read API: any area of any contest, now and as of an hour, over HTTP on the loopback.

Answers come from the engine's memory, so that what is folded can be read. For programs beside us: what the public
reads are files. What is told is `reads_view`'s, how it is described `reads_openapi`'s.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping

import msgspec
from aiohttp import web

from election.bundle import Bundle, UnknownContest
from recap.reads_openapi import document
from recap.reads_problem import BadHour, CatchingUp, NoCut, NotHeld, UnknownDapil, refusals
from recap.reads_view import AreaAnswer, ChildrenAnswer, ContestsAnswer, Counted, DapilAnswer, Moment

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
AGAIN = 5.0
"""Seconds until a port that is taken is tried again."""

HOUR = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])", re.ASCII)
Handler = Callable[[web.Request], Awaitable[web.Response]]


class Reads:
    """The handlers. `counted`: what each contest's engine has."""

    def __init__(self, bundle: Bundle, counted: Mapping[str, Counted]) -> None:
        self._bundle, self._counted = bundle, counted
        self._document = document(counted)

    def application(self) -> web.Application:
        """Every address."""
        app = web.Application(middlewares=[refusals])
        app.add_routes([web.get(address, handler) for address, handler in self.routes().items()])
        return app

    def routes(self) -> dict[str, Handler]:
        """Address → handler."""
        return {
            "/v1/contests": self.contests,
            "/v1/contests/{contest}/areas/{kode}": self.area,
            "/v1/contests/{contest}/areas/{kode}/children": self.children,
            "/v1/contests/{contest}/dapil/{kode}": self.dapil,
            "/v1/openapi.json": self.openapi,
            "/healthz": self.health,
        }

    async def contests(self, request: web.Request) -> web.Response:
        """Every contest, how far it is counted, and the hours kept of it."""
        rows = tuple(one.row(key) for key, one in self._counted.items())
        told = ContestsAnswer(self._bundle.name, rows)
        return _answer(request, told, "-".join(f"{row.number}.{len(row.cuts)}" for row in rows))

    async def area(self, request: web.Request) -> web.Response:
        """One area."""
        counted, moment, area = await self._asked(request)
        return _tagged(request, moment, lambda: AreaAnswer(moment.cut, counted.area(moment, area)))

    async def children(self, request: web.Request) -> web.Response:
        """One area and those right below it."""
        counted, moment, area = await self._asked(request)
        tree = self._bundle.tree
        last = tree.level(3).stop  # from there on children are TPS
        below = [child for child in (tree.children(area) if area < last else ()) if counted.state.tps[child]]
        return _tagged(
            request,
            moment,
            lambda: ChildrenAnswer(
                moment.cut, counted.area(moment, area), tuple(counted.area(moment, child) for child in below)
            ),
        )

    async def dapil(self, request: web.Request) -> web.Response:
        """One dapil."""
        counted, kode = self._contest(request), request.match_info["kode"]
        moment = await _moment(request, counted)
        kodes = [one.kode for one in counted.state.printed.dapil]
        if kode not in kodes:
            raise UnknownDapil(key=counted.state.key, kode=kode)
        one = kodes.index(kode)
        return _tagged(request, moment, lambda: DapilAnswer(moment.cut, counted.dapil(moment, one)))

    async def openapi(self, request: web.Request) -> web.Response:
        """The document."""
        return web.Response(body=self._document, content_type="application/json")

    async def health(self, request: web.Request) -> web.Response:
        """Whether this process answers."""
        return web.json_response({"status": "ok"})

    def _contest(self, request: web.Request) -> Counted:
        key = request.match_info["contest"]
        if key not in self._counted:
            raise UnknownContest(key=key, known=", ".join(self._counted))
        counted = self._counted[key]
        if not counted.ready():
            raise CatchingUp(key=key, number=counted.state.number)
        return counted

    async def _asked(self, request: web.Request) -> tuple[Counted, Moment, int]:
        """Contest, moment and area that an address names; the state does not move before the next `await`."""
        counted, kode = self._contest(request), request.match_info["kode"]
        area = self._bundle.tree.area_index(kode)
        if not counted.state.tps[area]:
            raise NotHeld(key=counted.state.key, kode=kode)
        return counted, await _moment(request, counted), area


async def _moment(request: web.Request, counted: Counted) -> Moment:
    """The moment asked for. Raises BadHour, NoCut, CutDamaged."""
    hour = request.query.get("at")
    if hour is None:
        return counted.now()
    if not HOUR.fullmatch(hour):
        raise BadHour()
    moment = await asyncio.to_thread(counted.at, hour)
    if moment is None:
        raise NoCut(hour=hour, last=max(counted.hours(), default="-"))
    return moment


def _tagged(request: web.Request, moment: Moment, tell: Callable[[], object]) -> web.Response:
    """304 where the asker has the answer of this journal number, and nothing is worked out."""
    tag = f'"{moment.cut.number}{"" if moment.hour is None else "@" + moment.hour}"'
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=_headers(tag))
    return web.Response(body=msgspec.json.encode(tell()), content_type="application/json", headers=_headers(tag))


def _answer(request: web.Request, told: object, version: str) -> web.Response:
    tag = f'"{version}"'
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=_headers(tag))
    return web.Response(body=msgspec.json.encode(told), content_type="application/json", headers=_headers(tag))


def _headers(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": "no-cache"}


async def serve(bundle: Bundle, counted: Mapping[str, Counted], *, port: int, host: str = HOST) -> None:
    """Answers until cancelled. Where another engine has the port, waits to take its place."""
    runner = web.AppRunner(Reads(bundle, counted).application(), access_log=None)
    await runner.setup()
    try:
        while True:
            try:
                await web.TCPSite(runner, host, port).start()
                break
            except OSError as error:
                log.warning("questions are not answered here, and it is tried again: %s", error)
                await asyncio.sleep(AGAIN)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
