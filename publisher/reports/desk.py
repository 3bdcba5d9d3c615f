"""The addresses of reports: the form, what is sent with it, and what became of a report.

A plain HTML form without a program, or JSON. Whatever is refused or away, people get their form back with what they
typed. What a report is says `report`; where it is kept, `shelf`; how it looks, `screens`.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec
from aiohttp import web
from msgspec import Struct

from election.bundle import Bundle
from election.clock import Clock, stamp
from election.errors import SuaraError
from publisher.front import Room
from publisher.peer import sender
from publisher.problem import problem
from publisher.reports import code
from publisher.reports.errors import ReportsAway
from publisher.reports.limits import Gate, Limits
from publisher.reports.report import sending
from publisher.reports.screens import Screens
from publisher.reports.sent import answer, asks_for_json, retry
from publisher.reports.sent import texts as fields
from publisher.reports.shelf import Shelf
from publisher.reports.shown import Shown, shown

log = logging.getLogger(__name__)

PATIENCE: Final = 10.0
"""Seconds for which a request waits while the bundle is still being read."""


Handler = Callable[[web.Request, Mapping[str, str]], Awaitable[web.StreamResponse]]


class Settings(Struct, frozen=True, kw_only=True):
    """What the room needs to know about its place."""

    public: Path
    url: str  # of the database, under the role that may only add and read reports
    proxies: frozenset[str] = frozenset()  # whose X-Forwarded-For is believed
    limits: Limits = Limits()


def room(settings: Settings, bundle: Callable[[], Bundle], clock: Clock) -> Room:
    """The room. `bundle` loads the reference data, in a thread and while the files are served already."""
    desk = ReportDesk(settings, bundle, clock)
    routes = (
        web.get("/report", desk.form),
        web.post("/report", desk.send),
        web.get("/report/{code}", desk.became),
    )
    return Room(routes, desk.life)


class ReportDesk:
    """Handlers of one public node."""

    def __init__(self, settings: Settings, bundle: Callable[[], Bundle], clock: Clock) -> None:
        self.settings, self.clock = settings, clock
        self.shelf = Shelf(settings.url, monotonic)
        self.gate = Gate(settings.limits, os.urandom)
        self._load = bundle
        self._screens: asyncio.Task[Screens] | None = None

    async def life(self, _app: web.Application) -> AsyncIterator[None]:
        """Read the bundle; in the end hang up."""
        self._screens = asyncio.create_task(asyncio.to_thread(lambda: Screens(self._load())))
        yield
        self._screens.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await self._screens
        await self.shelf.close()

    async def form(self, request: web.Request) -> web.StreamResponse:
        """The form about a record; without one, where to begin and where to ask for a report by its code."""
        if wanted := request.query.get("kode"):
            return await self._look_up(request, wanted)
        return await self._answered(request, request.query, self._blank)

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Keep a report."""
        texts: Mapping[str, str] = {}
        try:
            texts = await fields(request)
        except SuaraError as error:
            return await self._refused(request, texts, error)
        return await self._answered(request, texts, self._keep)

    async def became(self, request: web.Request) -> web.StreamResponse:
        """What became of a report."""
        return await self._answered(request, {}, self._state)

    async def _answered(self, request: web.Request, texts: Mapping[str, str], act: Handler) -> web.StreamResponse:
        try:
            return await act(request, texts)
        except SuaraError as error:
            return await self._refused(request, texts, error)

    async def _look_up(self, request: web.Request, wanted: str) -> web.StreamResponse:
        try:
            return _see(f"report/{code.parse(wanted)}")
        except SuaraError as error:
            return await self._refused(request, {}, error)

    async def _blank(self, _request: web.Request, texts: Mapping[str, str]) -> web.StreamResponse:
        screens = await self._ready()
        if not texts.get("tps"):
            return screens.start()
        return screens.form(await self._shown(texts), texts)

    async def _keep(self, request: web.Request, texts: Mapping[str, str]) -> web.StreamResponse:
        record = await self._shown(texts)
        sent = sending(texts, record)
        self.gate.admit(sender(request, self.settings.proxies), f"{record.contest}/{record.tps}", self.clock())
        await self.shelf.add(sent, stamp(self.clock()))
        if asks_for_json(request):
            return answer({"code": sent.code, "url": f"/report/{sent.code}"}, 201)
        return _see(f"report/{sent.code}?baru=1")

    async def _state(self, request: web.Request, _texts: Mapping[str, str]) -> web.StreamResponse:
        asked = code.parse(request.match_info["code"])
        kept = await self.shelf.find(asked)
        record = await self._shown({"contest": kept.report.contest, "tps": kept.report.tps})
        screens = await self._ready()
        if asks_for_json(request):
            return answer(msgspec.to_builtins(screens.told(asked, kept, record)), 200)
        return screens.state(asked, kept, record, new="baru" in request.query)

    async def _refused(self, request: web.Request, texts: Mapping[str, str], error: SuaraError) -> web.StreamResponse:
        """Problem+json for programs; for people their form again, as they filled it in."""
        if isinstance(error, ReportsAway):
            log.info("a report was not kept: %s", error)
        if asks_for_json(request):
            return problem(error, retry(error))
        record = None
        with suppress(SuaraError):
            record = await self._shown(texts)
        try:
            return (await self._ready()).refused(error, record, texts)
        except ReportsAway:
            return problem(error, retry(error))

    async def _shown(self, texts: Mapping[str, str]) -> Shown:
        bundle = (await self._ready()).bundle
        key, tps = texts.get("contest", ""), texts.get("tps", "")
        return await asyncio.to_thread(shown, bundle, self.settings.public, key, tps)

    async def _ready(self) -> Screens:
        if self._screens is None:
            raise ReportsAway
        try:
            return await asyncio.wait_for(asyncio.shield(self._screens), PATIENCE)
        except Exception as error:
            log.warning("reports wait for the bundle: %s", error)
            raise ReportsAway from error


def _see(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/{path}", "Cache-Control": "no-store"})
