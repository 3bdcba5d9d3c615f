"""Photos on their way in. Nothing is decoded here: what came is witnessed before anything looks at it."""

import re
import time

from msgspec import Struct

from election.clock import stamp
from election.event import ScanReceived
from ingest.ask import Answer, Ask
from ingest.body import digest_header, expected_size, read_body
from ingest.door import Door
from ingest.errors import HeaderMalformed, HeaderMissing, NotAnImage, ScanEmpty, WrongType
from ingest.receipts import client_id, keep_photo

TYPES = ("image/jpeg", "image/png", "image/heic", "image/heif", "application/octet-stream")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_LONGEST = 64
"""Characters of a header that says where a photo belongs."""
_PAGE = re.compile(r"[0-9]{1,4}")


class Place(Struct, frozen=True):
    """Which page of which form a photo is said to show."""

    contest: str
    tps: str
    page: int


def is_image(data: bytes) -> bool:
    """Whether the first bytes are those of a JPEG, PNG or HEIF file. Says nothing of the rest."""
    return (
        data.startswith(b"\xff\xd8\xff")
        or data.startswith(b"\x89PNG\r\n\x1a\n")
        or (data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS)
    )


def place_of(ask: Ask, door: Door) -> Place:
    """The page that the headers name.

    Raises HeaderMissing, HeaderMalformed, UnknownContest, UnknownTps, ContestNotHeld, ContestNotOpen, PageOutOfRange.
    """
    key, tps, page = (_header(ask, name) for name in ("Suara-Contest", "Suara-Tps", "Suara-Page"))
    if not _PAGE.fullmatch(page):
        raise HeaderMalformed(header="Suara-Page", shape="1")
    door.page_at(key, tps, int(page))
    return Place(key, tps, int(page))


def _header(ask: Ask, name: str) -> str:
    value = (ask.headers.get(name) or "").strip()
    if not value:
        raise HeaderMissing(header=name)
    if not value.isascii() or len(value) > _LONGEST:
        raise HeaderMalformed(header=name, shape=f"ASCII, {_LONGEST}")
    return value


async def put_scan(door: Door, ask: Ask) -> Answer:
    """`PUT /v1/scans/{uuid}`: one photo, raw. Answers once its bytes are fsynced and its event is committed."""
    key = client_id(ask)
    if ask.content_type not in TYPES:
        raise WrongType(given=ask.content_type, wanted="image/jpeg")
    place = place_of(ask, door)
    promised = digest_header(ask, required=True)
    size = expected_size(ask, door.limits.scan)
    with door.budget.reserve(size):
        body = await read_body(ask, door.limits.scan, promised)
        return await _keep(door, place, key, bytes(body.data), body.sha256)


async def _keep(door: Door, place: Place, key: bytes, data: bytes, digest: str) -> Answer:
    started = time.perf_counter()
    if not data:
        raise ScanEmpty()
    if not is_image(data):
        raise NotAnImage()
    door.metrics.stored.inc(len(data))
    event = ScanReceived(tps=place.tps, at=stamp(door.clock()), page=place.page, sha256=digest, size=len(data))
    response = await keep_photo(door, place.contest, key, event, data)
    door.metrics.seconds.labels("scan").observe(time.perf_counter() - started)
    return response
