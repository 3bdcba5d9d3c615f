"""What a request says: its fields, what it wants back, which page made it. Nothing is kept."""

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from election.errors import SuaraError
from publisher.problem import status_of
from publisher.reports.errors import BadForm, FromElsewhere, TooLarge, TooSlow, WrongType

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"

MOST: Final = 8192
"""Bytes of a report, whatever it is sent as."""

PATIENCE: Final = 20.0
"""Seconds for a report to be here whole: slow ones hold no place."""

_UNREADABLE = (msgspec.MsgspecError, UnicodeError, web.RequestPayloadError)
"""Neither UTF-8 nor JSON, or not compressed as it says."""


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
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc != request.host
    except ValueError:
        return True


async def texts(request: web.Request) -> Mapping[str, str]:
    """What was sent, name → text. Raises FromElsewhere, WrongType, TooLarge, TooSlow, BadForm."""
    if (request.content_length or 0) > MOST:
        raise TooLarge(limit=MOST)
    try:
        async with asyncio.timeout(PATIENCE):
            found = await _fields(request.clone(client_max_size=MOST))
    except TimeoutError:
        raise TooSlow from None
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge(limit=MOST) from None
    except _UNREADABLE:
        raise BadForm from None
    if from_elsewhere(request):
        raise FromElsewhere
    return found


async def _fields(request: web.Request) -> Mapping[str, str]:
    if (request.charset or "utf-8").lower() != "utf-8":
        raise BadForm  # some charsets spell what is no character
    if request.content_type == FORM:
        return {name: str(value) for name, value in (await request.post()).items()}
    if request.content_type != JSON:
        raise WrongType
    found = msgspec.json.decode(await request.read(), type=dict[str, str | int | None])
    return {name: "" if value is None else str(value) for name, value in found.items()}


def answer(value: object, status: int) -> web.Response:
    """JSON for a program."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=msgspec.json.encode(value), status=status, content_type=JSON, headers=headers)


def retry(error: SuaraError) -> dict[str, str]:
    """When to come back, of an error that passes."""
    if minutes := error.facts.get("minutes"):
        return {"Retry-After": str(60 * int(str(minutes)))}
    return {"Retry-After": "60"} if status_of(error) == 503 else {}
