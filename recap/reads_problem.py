"""What can be wrong with a question to the read API, as problem+json (RFC 9457) with a code and advice."""

import logging
from collections.abc import Awaitable, Callable
from typing import ClassVar

import msgspec
from aiohttp import web

from election.bundle import UnknownContest
from election.errors import Damaged, Rejected, SuaraError, Unavailable
from election.refusal import CONTENT_TYPE, Problem, Unexpected
from election.region import UnknownArea
from recap.cuts import CutDamaged

log = logging.getLogger(__name__)


class NoSuchAddress(Rejected):
    """Nothing is told under this address."""

    code = "address.unknown"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada apa-apa di alamat ini; lihat /v1/openapi.json.",
        "en": "There is nothing at this address; see /v1/openapi.json.",
    }


class WrongMethod(Rejected):
    """The address takes GET alone."""

    code = "method.not_allowed"
    advice: ClassVar[dict[str, str]] = {
        "id": "Alamat ini hanya menjawab GET.",
        "en": "This address answers GET alone.",
    }


class UnknownDapil(Rejected):
    """The contest has no such dapil."""

    code = "dapil.unknown"
    advice: ClassVar[dict[str, str]] = {
        "id": "Pemilihan {key} tidak memiliki dapil {kode}.",
        "en": "Contest {key} has no dapil {kode}.",
    }


class NotHeld(Rejected):
    """Nobody in the area votes in the contest."""

    code = "area.not_held"
    advice: ClassVar[dict[str, str]] = {
        "id": "Wilayah {kode} tidak menyelenggarakan pemilihan {key}.",
        "en": "Area {kode} does not hold contest {key}.",
    }


class BadHour(Rejected):
    """The hour asked for is none."""

    code = "cut.bad_hour"
    advice: ClassVar[dict[str, str]] = {
        "id": "Parameter at ditulis sebagai jam UTC, misalnya 2029-02-14T13.",
        "en": "The parameter at is an hour in UTC, such as 2029-02-14T13.",
    }


class NoCut(Rejected):
    """No cut is kept of that hour or of a later one."""

    code = "cut.not_yet"
    advice: ClassVar[dict[str, str]] = {
        "id": "Belum ada potongan untuk jam {hour}; yang terakhir: {last}.",
        "en": "There is no cut of the hour {hour} yet; the last one: {last}.",
    }


class CatchingUp(Unavailable):
    """The engine has begun again and is not yet where it was."""

    code = "recap.catching_up"
    advice: ClassVar[dict[str, str]] = {
        "id": "Rekapitulasi {key} sedang mengejar jurnal (nomor {number}). Coba lagi sebentar lagi.",
        "en": "The recapitulation of {key} is catching up with the journal (number {number}). Try again in a moment.",
    }


STATUS: dict[type[SuaraError], int] = {
    NoSuchAddress: 404, UnknownContest: 404, UnknownArea: 404, UnknownDapil: 404, NotHeld: 404, NoCut: 404,
    WrongMethod: 405, BadHour: 400, CutDamaged: 500, Unexpected: 500, CatchingUp: 503,
}  # fmt: skip
"""Every refusal there is, and its status."""

TITLE = {400: "Bad request", 404: "Not found", 405: "Method not allowed", 500: "Internal error", 503: "Not ready"}

HEADERS = {405: {"Allow": "GET, HEAD"}, 503: {"Retry-After": "2"}}


def refusal(error: SuaraError) -> web.Response:
    """The answer that says what is wrong."""
    status = STATUS.get(type(error), 500)
    told = Problem.of(error, status, TITLE[status], f"/v1/openapi.json#{error.code}")
    headers = {"Cache-Control": "no-store", **HEADERS.get(status, {})}
    return web.Response(body=msgspec.json.encode(told), status=status, content_type=CONTENT_TYPE, headers=headers)


@web.middleware
async def refusals(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Whatever a handler raises becomes problem+json; mistakes of ours go to the log."""
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed:
        return refusal(WrongMethod())
    except web.HTTPException as other:
        if other.status == 404:
            return refusal(NoSuchAddress())
        raise
    except SuaraError as error:
        if isinstance(error, Damaged):
            log.error("%s", error)
        return refusal(error)
    except Exception:
        log.exception("unexpected at %s", request.path)
        return refusal(Unexpected())
