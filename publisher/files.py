"""A small server for the public folder: what any static server does, and the one rule it must know.

The rule: a TPS from which nothing has come in has no document; its address answers with the contest's zero document,
so that four million empty files need not exist. `deploy/nginx-public.conf` has the same rule for nginx.
"""

import asyncio
import os
import re
from email.utils import formatdate, parsedate_to_datetime
from hashlib import blake2b
from pathlib import Path

from aiohttp import web
from msgspec import Struct

from publisher import squeezed

TPS_DOCUMENT = re.compile(r"(pemilu|pilkada)/hhcw/([a-z]+)/[0-9A-Z]+/[0-9A-Z]+/[0-9A-Z]+/[0-9A-Z]+/[0-9A-Z]+\.json")
LOG = re.compile(
    r"log/(?:policy|[a-z0-9_]+/(?:checkpoint|tile/(?:[0-5]|entries)/(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[0-9]+)?))"
)
TILE = re.compile(r"log/[^/]+/tile/.+")
LASTING = re.compile(
    r"scans/[0-9a-f]{64}\.jpg|[0-9a-f]{4}/pemilu/.+\.jpg|v1/[a-z]+/versions/.+\.json|static/.+-[0-9a-f]{10}\.json"
)
"""What never changes: pictures, versions of records that no longer count, files with their hash in the name."""

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".jpg": "image/jpeg",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
}
"""What the public folder holds. Anything else is not served."""

HEAD = "public, max-age=1"
"""Of a log: the next one is a second away."""

LATEST = "public, max-age=5, stale-while-revalidate=30"
FOR_EVER = "public, max-age=31536000, immutable"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",  # results are for every page that wants to show them
}


WORTH = 1400
"""Bytes below which a document is one packet anyway."""

QUICK = 1
"""How hard a document is compressed while somebody waits for it."""


class Found(Struct, frozen=True):
    """The bytes behind an address, when they were written (seconds), and how they are encoded."""

    data: bytes
    modified: int
    encoding: str = ""


class Files:
    """Answers with files below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    async def get(self, request: web.Request) -> web.StreamResponse:
        """One file, or the zero document, or the page that says there is nothing; compressed for who asks for that."""
        path = request.match_info["path"] or "index.html"
        found = await asyncio.to_thread(self.answer, path, gzip=_takes_gzip(request))
        if found is None:
            return await self._missing()
        headers = _headers(path, found, lasting="v" in request.query)
        if _unchanged(request, headers["ETag"], found.modified):
            return web.Response(status=304, headers=headers)
        return web.Response(body=found.data, headers=headers)

    def answer(self, path: str, *, gzip: bool) -> "Found | None":
        """What `path` answers to a reader who takes gzip or does not.

        The plain file decides whether there is anything: a companion without it is one that was left behind.
        """
        plain = self.read(path)
        if plain is None or not gzip or Path(path).suffix not in squeezed.KINDS:
            return None if plain is None else Found(*plain)
        if squeezed.ahead(path):
            companion = self._bytes(path + squeezed.SUFFIX)
            if companion is not None:
                return Found(*companion, encoding="gzip")
        if len(plain[0]) < WORTH:
            return Found(*plain)
        return Found(squeezed.squeeze(plain[0], QUICK), plain[1], encoding="gzip")

    def read(self, path: str) -> tuple[bytes, int] | None:
        """The bytes behind `path` and when they were written (seconds); None where there is nothing to show."""
        found = self._file(path)
        document = TPS_DOCUMENT.fullmatch(path)
        if found is None and document is not None:
            return self._file(f"{document[1]}/hhcw/{document[2]}/zero.json")
        return found

    def _file(self, path: str) -> tuple[bytes, int] | None:
        if _type(path) is None or any(part.startswith(".") or not part for part in path.split("/")):
            return None
        if "\0" in path or "\\" in path:
            return None
        return self._bytes(path)

    def _bytes(self, path: str) -> tuple[bytes, int] | None:
        try:
            with (self.root / path).open("rb") as file:
                return file.read(), int(os.fstat(file.fileno()).st_mtime)
        except OSError:
            return None

    async def _missing(self) -> web.Response:
        page = await asyncio.to_thread(self._file, "404.html")
        body = page[0] if page else b"404"
        headers = HEADERS | {"Content-Type": TYPES[".html"], "Cache-Control": "no-store"}
        return web.Response(status=404, body=body, headers=headers)


def _headers(path: str, found: Found, *, lasting: bool) -> dict[str, str]:
    """Each encoding is a representation of its own, with its own ETag (RFC 9110 8.8.3.3)."""
    headers = HEADERS | {
        "Content-Type": _type(path) or "application/octet-stream",
        "Cache-Control": _keeping(path, lasting),
        "ETag": f'"{blake2b(found.data, digest_size=12).hexdigest()}"',
        "Last-Modified": formatdate(found.modified, usegmt=True),
    }
    if Path(path).suffix in squeezed.KINDS:
        headers["Vary"] = "Accept-Encoding"
    if found.encoding:
        headers["Content-Encoding"] = found.encoding
    return headers


def _takes_gzip(request: web.Request) -> bool:
    """Whether the reader asks for gzip and does not weigh it 0 (RFC 9110 12.5.3)."""
    for offer in request.headers.get("Accept-Encoding", "").lower().split(","):
        coding, _, weight = (part.strip() for part in offer.partition(";"))
        if coding in {"gzip", "*"}:
            return re.fullmatch(r"q=0(\.0*)?", weight.replace(" ", "")) is None
    return False


def _type(path: str) -> str | None:
    """The media type of what lies at `path`; None where nothing of ours does. A log's files have no suffix."""
    if LOG.fullmatch(path):
        return "application/octet-stream" if TILE.fullmatch(path) else TYPES[".txt"]
    return TYPES.get(Path(path).suffix)


def _keeping(path: str, lasting: bool) -> str:
    if LASTING.fullmatch(path) or TILE.fullmatch(path) or (lasting and path.startswith("static/")):
        return FOR_EVER
    return HEAD if LOG.fullmatch(path) else LATEST


def _unchanged(request: web.Request, etag: str, modified: int) -> bool:
    """RFC 9110: If-None-Match decides where it is given, If-Modified-Since otherwise."""
    wanted = request.headers.get("If-None-Match")
    if wanted is not None:
        return wanted == "*" or etag in (tag.strip().removeprefix("W/") for tag in wanted.split(","))
    since = request.headers.get("If-Modified-Since")
    if since is None:
        return False
    try:
        return parsedate_to_datetime(since).timestamp() >= modified
    except (TypeError, ValueError, OverflowError):  # a day of twenty digits
        return False
