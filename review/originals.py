"""Showing a person an original: every time is written down first, refusals too. What the public sees is no original."""

from aiohttp import web

from election.clock import stamp
from election.errors import SuaraError
from review.accounts import Account
from review.house import House
from review.subject import RecordAt
from storage.seal import openings
from storage.seal.openings import Opening

_KINDS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG", "image/png"))
_HEIC = "image/heic"


async def show(house: House, who: Account, at: RecordAt, sha256: str, why: str) -> web.Response:
    """The photo as it came. Raises ScanMissing, ScanShut and so on, written down as refused."""
    storage, refused = house.storage, None
    try:
        data = await storage.scans.get(sha256)
    except SuaraError as error:
        refused = error.code
        raise
    finally:
        told = Opening(
            at=stamp(house.clock()), account=who.name, role=who.role, contest=at.key, tps=at.tps, sha256=sha256,
            why=why, refused=refused,
        )  # fmt: skip
        await openings.record(storage.pool, told)
    return web.Response(body=data, content_type=kind(data))


def kind(data: bytes) -> str:
    """The content type of a photo, by its first bytes; never what a sender says."""
    return next((name for magic, name in _KINDS if data.startswith(magic)), _HEIC)
