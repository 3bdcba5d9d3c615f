"""What can be wrong with a question, as problem+json (RFC 9457) with a code and advice."""

import logging
from collections.abc import Awaitable, Callable
from typing import ClassVar

import msgspec
from aiohttp import web

from election.bundle import UnknownContest
from election.errors import Rejected, SuaraError, Unavailable
from election.refusal import CONTENT_TYPE, Problem, Unexpected
from election.region import UnknownArea, UnknownTps

log = logging.getLogger(__name__)


class NoSuchAddress(Rejected):
    """Nothing is told under this address."""

    code = "address.unknown"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada apa-apa di alamat ini; lihat /api/v1/openapi.json.",
        "en": "There is nothing at this address; see /api/v1/openapi.json.",
    }


class WrongMethod(Rejected):
    """The address takes GET alone."""

    code = "method.not_allowed"
    advice: ClassVar[dict[str, str]] = {
        "id": "Alamat ini hanya menjawab GET.",
        "en": "This address answers GET alone.",
    }


class BadParameter(Rejected):
    """A parameter is none that this address takes, or says nothing that it could mean."""

    code = "query.bad_parameter"
    advice: ClassVar[dict[str, str]] = {
        "id": "Parameter {name} tidak dapat dipakai; bentuknya: {shape}.",
        "en": "The parameter {name} cannot be used; its shape is: {shape}.",
    }


class NotHeld(Rejected):
    """Nobody there votes in the contest."""

    code = "area.not_held"
    advice: ClassVar[dict[str, str]] = {
        "id": "{kode} tidak menyelenggarakan pemilihan {key}.",
        "en": "{kode} does not hold contest {key}.",
    }


class GateClosed(Rejected):
    """No result is public yet (UU 7/2017 art. 449)."""

    code = "result.not_yet_public"
    advice: ClassVar[dict[str, str]] = {
        "id": "Hasil belum boleh diumumkan sebelum {gate}.",
        "en": "No result is public before {gate}.",
    }


class Starting(Unavailable):
    """The room has just been opened."""

    code = "query.starting"
    advice: ClassVar[dict[str, str]] = {
        "id": "Layanan sedang dimulai. Coba lagi sebentar lagi.",
        "en": "The service is starting. Try again in a moment.",
    }


class StandbyAway(Unavailable):
    """The standby cannot be asked."""

    code = "query.standby_away"
    advice: ClassVar[dict[str, str]] = {
        "id": "Basis data publik sedang tidak terjangkau. Berkas di /v1/ tetap dapat dibaca.",
        "en": "The public database cannot be reached. The files below /v1/ can be read all the same.",
    }


class Busy(Unavailable):
    """Too many ask at once."""

    code = "query.busy"
    advice: ClassVar[dict[str, str]] = {
        "id": "Terlalu banyak permintaan sekaligus. Coba lagi sebentar lagi, atau baca berkas di /v1/.",
        "en": "Too many ask at once. Try again in a moment, or read the files below /v1/.",
    }


class TooSlow(Unavailable):
    """The answer took longer than one may take."""

    code = "query.too_slow"
    advice: ClassVar[dict[str, str]] = {
        "id": "Jawaban terlalu lama. Minta lebih sedikit, misalnya dengan limit atau under.",
        "en": "The answer took too long. Ask for less, by limit or under.",
    }


STATUS: dict[type[SuaraError], int] = {
    BadParameter: 400, GateClosed: 403, NoSuchAddress: 404, UnknownContest: 404, UnknownArea: 404, UnknownTps: 404,
    NotHeld: 404, WrongMethod: 405, Unexpected: 500, Starting: 503, StandbyAway: 503, Busy: 503, TooSlow: 503,
}  # fmt: skip
"""Every refusal there is, and its status."""

TITLE = {400: "Bad request", 403: "Not yet public", 404: "Not found", 405: "Method not allowed", 500: "Internal error",
         503: "Not available now"}  # fmt: skip
HEADERS = {405: {"Allow": "GET, HEAD"}, 503: {"Retry-After": "2"}}


def refusal(error: SuaraError) -> web.Response:
    """The answer that says what is wrong."""
    status = STATUS.get(type(error), 500)
    told = Problem.of(error, status, TITLE[status], f"/api/v1/openapi.json#{error.code}")
    headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*", **HEADERS.get(status, {})}
    return web.Response(body=msgspec.json.encode(told), status=status, content_type=CONTENT_TYPE, headers=headers)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def refusing(handler: Handler) -> Handler:
    """The handler, with whatever it raises as problem+json; mistakes of ours go to the log."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except SuaraError as error:
            return refusal(error)
        except Exception:
            log.exception("unexpected at %s", request.path)
            return refusal(Unexpected())

    return answered
