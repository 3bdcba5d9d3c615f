"""Everything that can be wrong with what a phone sends, each with a code, an HTTP status and two texts.

The whole list lives here and nowhere else; `docs/formats.md` and `GET /v1/problems` are rendered from it.
How an error travels is `ingest.problem`'s.
"""

from collections.abc import Iterator
from typing import ClassVar

from election.bundle import UnknownContest
from election.errors import Rejected, SuaraError, Unavailable
from election.region import UnknownTps
from identity import errors as identity
from ingest import later, wire
from ingest.refusal import Refusal
from ingest.tus import errors as tus
from storage.intake import errors as intake


class BadId(Refusal):
    """The last part of the path is not a UUID."""

    code, status, title = "request.bad_id", 400, "Not a UUID"
    advice: ClassVar[dict[str, str]] = {
        "id": "Alamat harus berakhir dengan UUID, misalnya 8c2f6f0e-1f5c-4c5e-9d57-0d8f0f6b8a11.",
        "en": "The address must end in a UUID such as 8c2f6f0e-1f5c-4c5e-9d57-0d8f0f6b8a11.",
    }


class HeaderMissing(Refusal):
    """A header that says what the body is was left out."""

    code, status, title = "request.header_missing", 400, "Header missing"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tambahkan tajuk {header}.",
        "en": "Add the header {header}.",
    }


class HeaderMalformed(Refusal):
    """A header is there but cannot be read."""

    code, status, title = "request.header_malformed", 400, "Header malformed"
    advice: ClassVar[dict[str, str]] = {
        "id": "Isi tajuk {header} tidak dapat dibaca; bentuknya: {shape}.",
        "en": "The header {header} cannot be read; its shape is: {shape}.",
    }


class QueryMissing(Refusal):
    """A question without the part that says which journal to look in."""

    code, status, title = "request.query_missing", 400, "Query missing"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tambahkan ?{name}=… pada alamat.",
        "en": "Add ?{name}=… to the address.",
    }


class LengthRequired(Refusal):
    """Neither a length nor chunks: nobody can tell where the body ends."""

    code, status, title = "request.length_required", 411, "Length required"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kirim Content-Length, atau kirim isi secara chunked.",
        "en": "Send Content-Length, or send the body in chunks.",
    }


class TooLong(Refusal):
    """The body exceeds what one upload may have."""

    code, status, title = "request.too_long", 413, "Body too long"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kiriman melebihi {limit} bita. Perkecil foto, lalu kirim lagi.",
        "en": "The body exceeds {limit} bytes. Make the photo smaller and send it again.",
    }


class WrongType(Refusal):
    """The body is declared to be something that this address does not take."""

    code, status, title = "request.wrong_type", 415, "Wrong content type"
    advice: ClassVar[dict[str, str]] = {
        "id": "Jenis isi {given} tidak diterima di sini; kirim sebagai {wanted}.",
        "en": "The content type {given} is not taken here; send {wanted}.",
    }


class Encoded(Refusal):
    """The body is compressed on the way, so its hash would not be that of what is kept."""

    code, status, title = "request.encoded", 415, "Content encoding not taken"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kirim isi tanpa Content-Encoding.",
        "en": "Send the body without a Content-Encoding.",
    }


class TooSlow(Refusal):
    """The body did not arrive in time. Nothing was kept of it."""

    code, status, title = "request.too_slow", 408, "Body too slow"
    advice: ClassVar[dict[str, str]] = {
        "id": "Isi tidak selesai diterima dalam {seconds} detik. Kirim lagi dengan nomor kiriman yang sama.",
        "en": "The body did not arrive within {seconds} seconds. Send it again under the same id.",
    }


class CutOff(Refusal):
    """The line dropped before the body was whole. Nothing was kept of it, and nothing was acknowledged."""

    code, status, title = "request.cut_off", 400, "Body cut off"
    advice: ClassVar[dict[str, str]] = {
        "id": "Sambungan putus sebelum isi lengkap. Kirim lagi dengan nomor kiriman yang sama.",
        "en": "The line dropped before the body was whole. Send it again under the same id.",
    }


class HashDiffers(Refusal):
    """What arrived is not what `Content-Digest` says was sent (RFC 9530)."""

    code, title = "request.hash_differs", "Hash differs"
    advice: ClassVar[dict[str, str]] = {
        "id": "Isi yang tiba ber-SHA-256 {found}, bukan {sent}. Kirim lagi.",
        "en": "What arrived has SHA-256 {found}, not {sent}. Send it again.",
    }


class ScanEmpty(Refusal):
    """A photo of no bytes."""

    code, title = "scan.empty", "Empty photo"
    advice: ClassVar[dict[str, str]] = {
        "id": "Foto kosong. Ambil foto lagi.",
        "en": "The photo is empty. Take it again.",
    }


class NotAnImage(Refusal):
    """The first bytes are those of no picture format that phones write."""

    code, title = "scan.not_an_image", "Not an image"
    advice: ClassVar[dict[str, str]] = {
        "id": "Berkas ini bukan foto JPEG, PNG, atau HEIC. Pilih foto formulirnya.",
        "en": "This file is no JPEG, PNG or HEIC photo. Choose the photo of the form.",
    }


class PageOutOfRange(Refusal):
    """The form has no such page."""

    code, title = "scan.page_out_of_range", "No such page"
    advice: ClassVar[dict[str, str]] = {
        "id": "Formulir ini berhalaman 1 sampai {pages}, bukan {page}.",
        "en": "This form has pages 1 to {pages}, not {page}.",
    }


class ReadingMalformed(Refusal):
    """The body is not the JSON object that a reading is."""

    code, status, title = "reading.malformed", 400, "Reading malformed"
    advice: ClassVar[dict[str, str]] = {
        "id": "Isi bukan JSON pembacaan: {reason}",
        "en": "The body is not a reading's JSON: {reason}",
    }


class UnknownField(Refusal):
    """A figure for a field that the contest's form does not have."""

    code, title = "reading.unknown_field", "Unknown field"
    advice: ClassVar[dict[str, str]] = {
        "id": "Formulir tidak memiliki isian {field}.",
        "en": "The form has no field {field}.",
    }


class UnknownRule(Refusal):
    """An officer says that the form breaks a rule that there is not."""

    code, title = "reading.unknown_rule", "Unknown rule"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada aturan {rule}.",
        "en": "There is no rule {rule}.",
    }


class NotAnInteger(Refusal):
    """A figure that is no whole number."""

    code, title = "reading.not_an_integer", "Not a whole number"
    advice: ClassVar[dict[str, str]] = {
        "id": "{field} harus bilangan bulat 0 sampai {limit}, atau null bila tidak terbaca.",
        "en": "{field} must be a whole number from 0 to {limit}, or null where it cannot be read.",
    }


class Negative(Refusal):
    """A figure below zero."""

    code, title = "reading.negative", "Negative figure"
    advice: ClassVar[dict[str, str]] = {"id": "{field} tidak boleh negatif.", "en": "{field} cannot be negative."}


class TooLarge(Refusal):
    """A figure that three boxes cannot hold."""

    code, title = "reading.too_large", "Figure too large"
    advice: ClassVar[dict[str, str]] = {
        "id": "{field} melebihi {limit}, angka terbesar yang muat di tiga kotak.",
        "en": "{field} exceeds {limit}, the largest number that three boxes hold.",
    }


class ReadingEmpty(Refusal):
    """A reading without a single figure."""

    code, title = "reading.empty", "Empty reading"
    advice: ClassVar[dict[str, str]] = {
        "id": "Isi sedikitnya satu angka.",
        "en": "Give at least one figure.",
    }


class ContestNotHeld(Refusal):
    """That TPS does not vote in that contest."""

    code, title = "contest.not_held", "Contest not held there"
    advice: ClassVar[dict[str, str]] = {
        "id": "TPS {tps} tidak menyelenggarakan pemilihan {contest}.",
        "en": "TPS {tps} does not hold contest {contest}.",
    }


class Conflict(Refusal):
    """The same id was used before for something else. What came first stays."""

    code, status, title = "upload.conflict", 409, "The id carries other content"
    advice: ClassVar[dict[str, str]] = {
        "id": "Nomor kiriman ini sudah dipakai untuk isi lain. Kirim dengan UUID baru.",
        "en": "This id already stands for other content. Send under a new UUID.",
    }


class ReceiptUnknown(Refusal):
    """Nothing was acknowledged under that id."""

    code, status, title = "receipt.unknown", 404, "No receipt"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada tanda terima untuk nomor kiriman ini. Kirim lagi isinya.",
        "en": "There is no receipt under this id. Send the upload again.",
    }


class StorageAway(Unavailable):
    """The database or the scan store does not answer. Nothing was acknowledged."""

    code: ClassVar[str] = "server.unavailable"
    status: ClassVar[int] = 503
    title: ClassVar[str] = "Storage unavailable"
    advice: ClassVar[dict[str, str]] = {
        "id": "Penyimpanan sedang tidak terjangkau. Kirim lagi sebentar lagi dengan nomor kiriman yang sama.",
        "en": "Storage cannot be reached. Send again in a few seconds under the same id.",
    }


class Unexpected(SuaraError):
    """A mistake of ours. It is in the log, and the server goes on."""

    code: ClassVar[str] = "server.unexpected"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Unexpected error"
    advice: ClassVar[dict[str, str]] = {
        "id": "Terjadi kesalahan di server. Kirim lagi dengan nomor kiriman yang sama.",
        "en": "Something went wrong in the server. Send again under the same id.",
    }


LISTED: tuple[type[SuaraError], ...] = (
    *wire.LISTED,
    *identity.LISTED,
    BadId,
    HeaderMissing,
    HeaderMalformed,
    QueryMissing,
    LengthRequired,
    TooLong,
    WrongType,
    Encoded,
    TooSlow,
    CutOff,
    HashDiffers,
    UnknownTps,
    UnknownContest,
    ContestNotHeld,
    ScanEmpty,
    NotAnImage,
    PageOutOfRange,
    ReadingMalformed,
    UnknownField,
    UnknownRule,
    NotAnInteger,
    Negative,
    TooLarge,
    ReadingEmpty,
    *tus.LISTED,
    Conflict,
    ReceiptUnknown,
    *later.LISTED,
    *intake.LISTED,
    StorageAway,
    Unexpected,
)
"""Every error a sender can meet, in the order in which a request meets them."""

_FOREIGN: dict[type[SuaraError], str] = {UnknownTps: "Unknown TPS", UnknownContest: "Unknown contest"}


def status_of(error: SuaraError | type[SuaraError]) -> int:
    """The HTTP status `error` travels with: its own, or 503 for what may pass later, 422 for what the sender mends."""
    kind = error if isinstance(error, type) else type(error)
    own: int | None = getattr(kind, "status", None)
    if own is not None:
        return own
    return 503 if issubclass(kind, Unavailable) else 422 if issubclass(kind, Rejected) else 500


def title_of(error: SuaraError | type[SuaraError]) -> str:
    """A short English title, the same for every occurrence."""
    kind = error if isinstance(error, type) else type(error)
    return str(getattr(kind, "title", None) or _FOREIGN.get(kind) or kind.code)


def listing() -> Iterator[dict[str, object]]:
    """The whole catalogue: code, status, title and both texts with their blanks left open."""
    for kind in LISTED:
        yield {
            "code": kind.code,
            "status": status_of(kind),
            "title": title_of(kind),
            "detail": kind.advice["en"],
            "petunjuk": kind.advice["id"],
        }


def markdown() -> str:
    """The catalogue as the table in `docs/formats.md`."""
    rows = [f"| `{p['code']}` | {p['status']} | {p['detail']} | {p['petunjuk']} |" for p in listing()]
    return "\n".join(("| code | status | `detail` | `petunjuk` |", "| --- | --- | --- | --- |", *rows))
