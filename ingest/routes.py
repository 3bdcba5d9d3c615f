"""Every address of the front door and who answers there. How requests get here lives in `lane` and `guest`."""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, cached_property
from typing import Literal

import msgspec
from msgspec import Struct

from ingest.ask import Answer, Ask, json_answer
from ingest.door import Door
from ingest.errors import listing
from ingest.openapi import document
from ingest.proofs import get_proof
from ingest.readings import put_reading
from ingest.receipts import get_receipt
from ingest.sheet import get_settings, get_sheet
from ingest.shell import get_shell
from ingest.status import get_status
from ingest.tokens import post_token
from ingest.tus import create, proceed
from ingest.tus.answers import HEADERS as TUS
from ingest.wire import NoSuchAddress, WrongMethod

Handler = Callable[[Door, Ask], Awaitable[Answer]]

Kind = Literal["reading", "scan", "ask", "page"]
"""What a request is to admission, most urgent first. The lane serves `reading` and `scan` (every method of an upload's
address is `scan`, so that a phone's connection stays there), aiohttp the others."""


class Route(Struct, frozen=True, dict=True):
    """Who answers `method` at `template` ("/v1/readings/{uuid}"; a last part {name...} takes slashes, too)."""

    method: str
    template: str
    handler: Handler
    kind: Kind
    headers: tuple[tuple[str, str], ...] = ()  # said with every answer from here, refusals too

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The template as an expression over raw paths."""
        parts = re.split(r"\{(\w+)(\.\.\.)?\}", self.template)
        text = re.escape(parts[0])
        for name, deep, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            text += f"(?P<{name}>{'.*' if deep else '[^/]+'})" + re.escape(literal)
        return re.compile(text)


async def healthz(door: Door, _ask: Ask) -> Answer:
    """`GET /healthz`: whether this process answers at all, and for which election."""
    return json_answer({"status": "ok", "bundle": door.bundle.name})


async def metrics(door: Door, _ask: Ask) -> Answer:
    """`GET /metrics`: everything this process counts, for Prometheus."""
    return Answer(200, door.metrics.page(), content_type="text/plain; version=0.0.4; charset=utf-8")


async def problems(_door: Door, _ask: Ask) -> Answer:
    """`GET /v1/problems`: the catalogue of refusals."""
    return Answer(200, msgspec.json.encode(list(listing())), content_type="application/json")


async def openapi(_door: Door, _ask: Ask) -> Answer:
    """`GET /v1/openapi.json`: all of this for programs."""
    return Answer(200, _document(), content_type="application/json")


@cache
def _document() -> bytes:
    return document((route.method, route.template) for route in ROUTES)


ROUTES: tuple[Route, ...] = (
    Route("PUT", "/v1/readings/{uuid}", put_reading, "reading"),
    Route("POST", "/v1/uploads", create.post, "scan", TUS),
    Route("PATCH", "/v1/uploads/{id}", proceed.patch, "scan", TUS),
    Route("HEAD", "/v1/uploads/{id}", proceed.head, "scan", TUS),
    Route("DELETE", "/v1/uploads/{id}", proceed.delete, "scan", TUS),
    Route("OPTIONS", "/v1/uploads", proceed.options, "scan"),
    Route("OPTIONS", "/v1/uploads/{id}", proceed.options, "scan"),
    Route("POST", "/v1/tokens", post_token, "ask"),
    Route("GET", "/v1/receipts/{uuid}", get_receipt, "ask"),
    Route("GET", "/v1/receipts/{uuid}/proof", get_proof, "ask"),
    Route("GET", "/v1/tps/{kode}/status", get_status, "ask"),
    Route("GET", "/v1/problems", problems, "page"),
    Route("GET", "/v1/openapi.json", openapi, "page"),
    Route("GET", "/healthz", healthz, "page"),
    Route("GET", "/metrics", metrics, "page"),
    Route("GET", "/v1/tps/{kode}/sheet", get_sheet, "page"),
    Route("GET", "/v1/settings", get_settings, "page"),
    Route("GET", "/", get_shell, "page"),
    Route("GET", "/assets/{name}", get_shell, "page"),
    Route("GET", "/{name}", get_shell, "page"),
)
"""In the order in which they are tried: the busiest first, those that take everything last."""

UPLOADS = ("reading", "scan")
"""Kinds that the lane serves itself."""


def find(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    """The route and its parts of the path. HEAD is answered where GET is. Raises NoSuchAddress, WrongMethod."""
    allowed = []
    for route in ROUTES:
        if match := route.pattern.fullmatch(path):
            if route.method == method or (route.method == "GET" and method == "HEAD"):
                return route, match.groupdict()
            allowed.append(route.method)
    if allowed:
        raise WrongMethod(allow=", ".join(dict.fromkeys(allowed)))
    raise NoSuchAddress()


PREFIXES: tuple[bytes, ...] = tuple(
    {route.template.partition("{")[0].rstrip("/").encode() for route in ROUTES if route.kind in UPLOADS}
)
"""How the paths begin that the lane serves itself."""
