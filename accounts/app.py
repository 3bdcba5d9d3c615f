"""The accounts service over HTTP: enrolment for the app, the desk for those who help. The night goes on without it."""

import asyncio
import logging
from collections.abc import Mapping
from http import HTTPStatus

import asyncpg
import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Counter, generate_latest

from accounts.desk import PAGES, Desk
from accounts.enrolment import CORS, PATH, Enrolments, preflight
from accounts.errors import BodyMalformed, SessionEnded, StorageAway
from accounts.openapi import document
from accounts.places import Places
from accounts.register import Register
from accounts.session import Sessions
from accounts.uploads import Uploads
from election.bundle import Bundle
from election.clock import Clock
from election.errors import SuaraError, Unavailable
from election.refusal import CONTENT_TYPE, Problem
from storage import keys
from storage.journal import UMUM
from storage.opened import Storage

CODES = "codes"
"""Name of the key that activation codes are kept under; the database never sees it."""

STYLES = PAGES.parent / "review"
"""One family of screens: the desk looks like the validators' workbench."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_log = logging.getLogger(__name__)
_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class Service:
    """One installation's accounts service; everything it needs is handed in."""

    def __init__(self, bundle: Bundle, storage: Storage, clock: Clock) -> None:
        folder = storage.settings.data_dir / "keys"
        signer, secret = keys.load_or_make(folder, "accounts"), keys.load_or_make(folder, CODES).seed
        self.storage = storage
        self.register = Register(storage.pool, storage.journal(UMUM), secret, clock)
        sessions = Sessions(self.register, signer.seed, signer.verifier.public, clock)
        uploads = Uploads(bundle, storage)
        self.desk = Desk(self.register, sessions, Places(bundle), uploads, secret)
        self.enrolments = Enrolments(self.register, signer.seed, clock)
        self.metrics = CollectorRegistry()
        self.refused = Counter("suara_accounts_refused", "Turned away, by reason", ["code"], registry=self.metrics)
        self.enrolled = Counter("suara_accounts_enrolled", "Devices enrolled", registry=self.metrics)

    def application(self) -> web.Application:
        """The addresses."""
        app = web.Application(middlewares=[self.told], client_max_size=16 * 1024)
        app.add_routes(
            [
                web.post(PATH, self.enrol),
                web.options(PATH, preflight),
                web.get("/v1/openapi.json", self.described),
                web.get("/healthz", self.health),
                web.get("/metrics", self.numbers),
                web.static("/assets", STYLES),
                *self.desk.routes(),
            ]
        )
        return app

    async def enrol(self, request: web.Request) -> web.Response:
        """`POST /v1/enrolments`."""
        answer = await self.enrolments.post(request)
        self.enrolled.inc()
        return answer

    async def described(self, _request: web.Request) -> web.Response:
        """`GET /v1/openapi.json`."""
        return web.json_response(document())

    async def health(self, _request: web.Request) -> web.Response:
        """Alive, and the database answers."""
        await self.storage.pool.fetchval("select 1")
        return web.json_response({"status": "ok"})

    async def numbers(self, _request: web.Request) -> web.Response:
        """What this process counts, for Prometheus."""
        text = "text/plain; version=0.0.4; charset=utf-8"
        return web.Response(body=generate_latest(self.metrics), headers={"Content-Type": text})

    @web.middleware
    async def told(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Every refusal is told: to the app as problem+json, to a person as a page. All answers carry their headers."""
        api = request.path.startswith("/v1/")
        try:
            answer = await handler(request)
        except web.HTTPRequestEntityTooLarge:
            answer = await self._refusal(request, BodyMalformed(), api)
        except web.HTTPException as found:
            found.headers.update(CORS if api else HEADERS)
            raise
        except SuaraError as error:
            answer = await self._refusal(request, error, api)
        except _AWAY as error:
            _log.warning("storage is away at %s: %r", request.raw_path, error)  # as sent: without line ends
            answer = await self._refusal(request, StorageAway(), api)
        answer.headers.update(CORS if api else HEADERS)
        return answer

    async def _refusal(self, request: web.Request, error: SuaraError, api: bool) -> web.Response:
        self.refused.labels(error.code).inc()
        if api:
            return problem(error)
        if isinstance(error, SessionEnded) and request.method == "GET":
            return web.Response(status=303, headers={"Location": "/masuk"})
        return await self.desk.refused(request, error)


def problem(error: SuaraError) -> web.Response:
    """The refusal as the app reads it, in the same shape as the front door's (RFC 9457)."""
    status = int(getattr(error, "status", 503 if isinstance(error, Unavailable) else 422))
    told = Problem.of(error, status, getattr(error, "title", HTTPStatus(status).phrase), "about:blank")
    headers = dict(getattr(error, "headers", ()))
    if status in (429, 503):
        headers["Retry-After"] = str(error.facts.get("seconds", 2))
    return web.Response(body=msgspec.json.encode(told), status=status, headers=headers, content_type=CONTENT_TYPE)


async def serve(bundle: Bundle, storage: Storage, *, host: str, port: int, clock: Clock) -> None:
    """Serves until cancelled."""
    runner = web.AppRunner(Service(bundle, storage, clock).application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
