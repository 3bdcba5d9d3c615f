"""What a request says about itself: what it wants back, where it comes from, which page made it. Nothing is kept."""

from typing import Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from election.errors import SuaraError
from publisher.reports.errors import STATUS

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"

MOST: Final = 8192
"""Bytes of a report, whatever it is sent as."""


def asks_for_json(request: web.Request) -> bool:
    """Whether a program asks."""
    accept = request.headers.get("Accept", "")
    return request.content_type == JSON or ("json" in accept and "text/html" not in accept)


def from_elsewhere(request: web.Request) -> bool:
    """Whether another site's page made a browser send this. There is no cookie to steal; it is the limits of those
    who visit that page that would be used up."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host


def sender(request: web.Request, proxies: frozenset[str]) -> str:
    """The sender's address: the last of X-Forwarded-For where a proxy of ours asks, else who asks."""
    address = request.remote or ""
    if address in proxies:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or address
    return address


def answer(value: object, status: int) -> web.Response:
    """JSON for a program."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=msgspec.json.encode(value), status=status, content_type=JSON, headers=headers)


def problem(error: SuaraError) -> web.Response:
    """RFC 9457, with the reason code and the advice in both languages."""
    status = STATUS.get(type(error), 500)
    told = {
        "type": f"about:blank#{error.code}", "title": error.code, "status": status, "code": error.code,
        "detail": error.text("en"), "petunjuk": error.text("id"),
    }  # fmt: skip
    found = answer(told, status)
    found.content_type = PROBLEM
    found.headers.update(retry(error))
    return found


def retry(error: SuaraError) -> dict[str, str]:
    """When to come back, of an error that passes."""
    if minutes := error.facts.get("minutes"):
        return {"Retry-After": str(60 * int(str(minutes)))}
    return {"Retry-After": "60"} if STATUS.get(type(error)) == 503 else {}
