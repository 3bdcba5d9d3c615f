"""A refusal of the public side as problem+json (RFC 9457), with the reason code and the advice in both languages."""

from collections.abc import Mapping

import msgspec
from aiohttp import web

from election.errors import SuaraError, Unavailable

CONTENT_TYPE = "application/problem+json"


def status_of(error: SuaraError) -> int:
    """Its own status; else 503 for what may pass later, 400 for what was asked wrongly."""
    own: int | None = getattr(error, "status", None)
    return own or (503 if isinstance(error, Unavailable) else 400)


def problem(error: SuaraError, headers: Mapping[str, str] | None = None) -> web.Response:
    """The answer. Browsers of other sites may read it, and nobody keeps it."""
    status = status_of(error)
    told = {
        "type": f"about:blank#{error.code}", "title": error.code, "status": status, "code": error.code,
        "detail": error.text("en"), "petunjuk": error.text("id"),
    }  # fmt: skip
    always = {
        "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*"
    }  # fmt: skip
    body = msgspec.json.encode(told)
    return web.Response(body=body, status=status, content_type=CONTENT_TYPE, headers={**always, **(headers or {})})
