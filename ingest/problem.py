"""How an error reaches a phone: problem+json (RFC 9457) with a reason code and advice in two languages.

What can be wrong lives in `ingest.errors`. Whatever a handler raises is answered here, so that the process stays up.
"""

import logging
from http import HTTPStatus

import asyncpg
import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from obstore.exceptions import BaseError as StoreError

from election.errors import SuaraError
from ingest.door import DOOR, Door
from ingest.errors import StorageAway, Unexpected, status_of, title_of

RETRY_AFTER = "2"
"""Seconds, said with every answer that may be another one later."""

_log = logging.getLogger(__name__)
"""Of the standard library, as everywhere in this house: a log on a full disk must not cost the sender an answer."""

_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, StoreError)


def problem(error: SuaraError) -> web.Response:
    """The answer that says what is wrong and what to do next."""
    status = status_of(error)
    body = {
        "type": f"/v1/problems#{error.code}",
        "title": title_of(error),
        "status": status,
        "code": error.code,
        "detail": error.text("en"),
        "petunjuk": error.text("id"),
    }
    headers = {"Retry-After": RETRY_AFTER} if status in (500, 503) else {}
    return web.Response(
        body=msgspec.json.encode(body), status=status, headers=headers, content_type="application/problem+json"
    )


def _plain(error: web.HTTPException) -> web.Response:
    """The framework's own refusals (no such path, wrong method) in the same shape."""
    phrase = HTTPStatus(error.status).phrase
    body = {
        "type": "about:blank",
        "title": phrase,
        "status": error.status,
        "code": f"http.{error.status}",
        "detail": f"{phrase}.",
        "petunjuk": "Alamat atau cara memintanya tidak dikenal di sini.",
    }
    kept = {name: value for name, value in error.headers.items() if name in ("Allow", "Location")}
    return web.Response(
        body=msgspec.json.encode(body), status=error.status, headers=kept, content_type="application/problem+json"
    )


def translated(error: Exception, path: str) -> SuaraError:
    """What a storage failure or a mistake of ours is to the sender. The cause goes to the log, not to the sender."""
    if isinstance(error, _AWAY):
        _log.warning("storage is away at %s: %r", path, error)
        return StorageAway()
    _log.error("unexpected at %s", path, exc_info=error)
    return Unexpected()


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns whatever a handler raises into an answer, and counts it by reason code."""
    door = request.app[DOOR]
    with door.flight.one():
        response = await _answered(request, handler, door)
    if door.flight.closing:
        response.force_close()
    return response


async def _answered(request: web.Request, handler: Handler, door: Door) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _plain(error)
    except SuaraError as error:
        refusal = error
    except Exception as error:  # the door stays open whatever one upload does to it
        refusal = translated(error, request.path)
    door.metrics.rejected.labels(refusal.code).inc()
    return problem(refusal)
