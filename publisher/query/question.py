"""What may be asked: parameters of a question, each checked before anything is looked up."""

import re

from aiohttp import web
from msgspec import Struct

from election.codes import NATION_CODE, is_tps
from publisher.query.errors import BadParameter

MOST = 5_000
USUAL = 1_000
"""Records a page."""

_KODE = re.compile(r"0|[0-9A-Z]{2,13}", re.ASCII)


class Listing(Struct, frozen=True):
    """Which records: behind `after`, `limit` of them, of the area or TPS `under`, changed after `since` (-1: all)."""

    after: str
    limit: int
    under: str
    since: int


def kode(text: str) -> str:
    """A code as codes are written. Raises BadParameter."""
    if not _KODE.fullmatch(text):
        raise BadParameter(name="kode", shape="0, or a code of 2, 4, 6, 10 or 13 characters")
    return text


def query(request: web.Request, *names: str) -> dict[str, str]:
    """The parameters, each once and none that is not known: a misspelt one would go unnoticed. Raises BadParameter."""
    for name in request.query:
        if name not in names or len(request.query.getall(name)) > 1:
            raise BadParameter(name=name[:40], shape=", ".join(names) or "none is taken here")
    return dict(request.query)


def yes(asked: dict[str, str], name: str) -> bool:
    """Whether a switch is on. Raises BadParameter."""
    if asked.get(name, "0") not in ("0", "1"):
        raise BadParameter(name=name, shape="0 or 1")
    return asked.get(name) == "1"


def listing(asked: dict[str, str]) -> Listing:
    """Which records are asked for. Raises BadParameter."""
    after = asked.get("after", "")
    if after and not (_KODE.fullmatch(after) and is_tps(after)):
        raise BadParameter(name="after", shape="the code of a TPS, 13 characters")
    limit = _whole(asked.get("limit", str(USUAL)), "limit", 1, MOST)
    since = _whole(asked["since"], "since", 0, 1 << 62) if "since" in asked else -1
    return Listing(after, limit, kode(asked.get("under", NATION_CODE)), since)


def _whole(text: str, name: str, low: int, high: int) -> int:
    if re.fullmatch("[0-9]{1,19}", text, re.ASCII) and low <= int(text) <= high:
        return int(text)
    raise BadParameter(name=name, shape=f"a whole number from {low} to {high}")
