"""The workbench over HTTP: the door, and the desks behind it. What each of them does lives in its own module."""

import asyncio
from pathlib import Path

from aiohttp import web

from election.bundle import Bundle
from election.clock import Clock
from election.errors import SuaraError
from review import accounts as doors
from review.area_desk import AreaDesk
from review.control_desk import ControlDesk
from review.house import ASSETS, COOKIE, House, see
from review.outline_desk import OutlineDesk
from review.policy_desk import PolicyDesk
from review.record_desk import RecordDesk
from review.report_desk import ReportDesk
from review.ruling_desk import RulingDesk
from storage.opened import Storage


class Workbench:
    """One installation's workbench; everything it needs is handed in."""

    def __init__(self, bundle: Bundle, storage: Storage, accounts: Path, clock: Clock) -> None:
        self.house = House(bundle, storage, accounts, clock)

    def application(self) -> web.Application:
        """The routes. A TPS has the shortest address, so that records come last."""
        app = web.Application(middlewares=[self.house.refusals], client_max_size=64 * 1024)
        app.add_routes(
            [
                web.get("/healthz", self.health),
                web.get("/masuk", self.sign_in_page),
                web.post("/masuk", self.sign_in),
                web.post("/keluar", self.sign_out),
                web.static("/assets", ASSETS),
            ]
        )
        for desk in (AreaDesk, ControlDesk, PolicyDesk, OutlineDesk, ReportDesk, RulingDesk, RecordDesk):
            app.add_routes(desk(self.house).routes())
        return app

    async def health(self, _request: web.Request) -> web.StreamResponse:
        """Alive, and the database answers."""
        await self.house.storage.pool.fetchval("select 1")
        return web.json_response({"status": "ok"})

    async def sign_in_page(self, request: web.Request) -> web.StreamResponse:
        """The door."""
        return self.house.page(request, "sign_in.html")

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """Open a session, or say that name and password do not fit."""
        form = await request.post()
        accounts = self.house.accounts
        try:
            who = await asyncio.to_thread(accounts.sign_in, str(form.get("name", "")), str(form.get("password", "")))
        except SuaraError as error:
            return self.house.page(request, "sign_in.html", status=403, error=error)
        answer = see("/")
        answer.set_cookie(
            COOKIE, accounts.session(who, doors.clock_seconds()), httponly=True, samesite="Strict",
            secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https", max_age=doors.SESSION_SECONDS,
        )  # fmt: skip
        return answer

    async def sign_out(self, _request: web.Request) -> web.StreamResponse:
        """Close the session on this browser."""
        answer = see("/masuk")
        answer.del_cookie(COOKIE)
        return answer


async def serve(bundle: Bundle, storage: Storage, *, host: str, port: int, accounts: Path, clock: Clock) -> None:
    """Serve the workbench until cancelled."""
    runner = web.AppRunner(Workbench(bundle, storage, accounts, clock).application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
