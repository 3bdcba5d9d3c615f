"""A refusal of the public side as problem+json (RFC 9457), with the reason code and the advice in both languages."""

from collections.abc import Mapping

import msgspec
from aiohttp import web

from election.errors import SuaraError, Unavailable
from election.refusal import CONTENT_TYPE, Problem


def status_of(error: SuaraError) -> int:
    """Its own status; else 503 for what may pass later, 400 for what was asked wrongly."""
    own: int | None = getattr(error, "status", None)
    return own or (503 if isinstance(error, Unavailable) else 400)


def problem(error: SuaraError, headers: Mapping[str, str] | None = None) -> web.Response:
    """The answer. Browsers of other sites may read it, and nobody keeps it."""
    status = status_of(error)
    told = Problem.of(error, status, error.code, f"about:blank#{error.code}")
    always = {
        "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*"
    }  # fmt: skip
    body = msgspec.json.encode(told)
    return web.Response(body=body, status=status, content_type=CONTENT_TYPE, headers={**always, **(headers or {})})
