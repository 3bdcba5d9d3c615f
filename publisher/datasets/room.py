"""The open data over HTTP: files in pieces (RFC 9110 ranges), so that a table's few columns can be read from far
away.

The public side's file server reads a document whole into memory, which is right for pages and wrong for a nation's
tables. A mirror needs none of this: nginx and object stores answer ranges by themselves.
"""

import asyncio
import os
from pathlib import Path

from aiohttp import web

from publisher.datasets.built import DATA
from publisher.datasets.package import MEDIA
from publisher.files import HEADERS
from publisher.front import Room

TYPES = MEDIA | {".html": "text/html; charset=utf-8", ".json": "application/json", ".csv": "text/csv; charset=utf-8"}
LATEST = "public, max-age=60, stale-while-revalidate=600"


def room(public: Path) -> Room:
    """The room of everything under `/data/`."""
    files = _Files(public / DATA)
    return Room((web.get("/data/{path:.*}", files.get),))


class _Files:
    def __init__(self, root: Path) -> None:
        self._root = root

    async def get(self, request: web.Request) -> web.StreamResponse:
        """One file, or a part of it. Raises HTTPNotFound."""
        path = request.match_info["path"] or "index.html"
        names = path.split("/")
        kind = TYPES.get(Path(path).suffix)
        file = self._root / path
        if kind is None or "\\" in path or "\0" in path or any(n.startswith(".") or not n for n in names):
            raise web.HTTPNotFound(headers=HEADERS)
        if not await asyncio.to_thread(os.path.isfile, file):  # which is never too long a name, either
            raise web.HTTPNotFound(headers=HEADERS)
        _readable(request)
        return web.FileResponse(file, headers=HEADERS | {"Content-Type": kind, "Cache-Control": LATEST})


def _readable(request: web.Request) -> None:
    """Raises HTTPBadRequest for a date like the year 10^20, at which aiohttp's answer would break off."""
    try:
        _ = request.if_modified_since, request.if_unmodified_since, request.if_range
    except OverflowError:
        raise web.HTTPBadRequest(headers=HEADERS) from None
