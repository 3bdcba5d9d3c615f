"""What a stream's address refuses, and why (docs/stream.md lists them)."""

from typing import ClassVar

from election.errors import Rejected, SuaraError, Unavailable


class StreamUnknown(Rejected):
    """No log of this name is published here."""

    code = "stream.unknown"
    status = 404
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada aliran {contest}. Nama kontes ada di alamat log, misalnya ppwp.",
        "en": "There is no stream {contest}. A contest is named as its log is, for example ppwp.",
    }


class MarkMalformed(Rejected):
    """What was asked to resume after is no number of an event."""

    code = "stream.malformed"
    status = 400
    advice: ClassVar[dict[str, str]] = {
        "id": "Last-Event-ID atau ?after= harus nomor yang pernah dikirim aliran ini, misalnya 1041.",
        "en": "Last-Event-ID or ?after= must be a number that this stream has sent, for example 1041.",
    }


class MarkBeyond(Rejected):
    """The number is larger than the published head: it belongs to another log, or nobody has published it."""

    code = "stream.beyond"
    status = 400
    advice: ClassVar[dict[str, str]] = {
        "id": "Nomor {after} belum ada: aliran ini baru sampai {newest}. Periksa lognya: suara verify.",
        "en": "There is no number {after} yet: this stream has come to {newest}. Check the log: suara verify.",
    }


class StreamFull(Unavailable):
    """This node has as many readers as it can serve."""

    code = "stream.full"
    advice: ClassVar[dict[str, str]] = {
        "id": "Pembaca aliran di sini sudah {readers}. Coba lagi nanti, atau baca berkasnya.",
        "en": "This stream has {readers} readers here already. Try again later, or read the files.",
    }


class AddressFull(StreamFull):
    """So many readers come from this address that others would find no place."""

    code = "stream.address_full"
    advice: ClassVar[dict[str, str]] = {
        "id": "Dari alamat ini sudah ada {readers} pembaca. Tutup satu, atau teruskan sendiri satu aliran.",
        "en": "There are {readers} readers from this address already. Close one, or pass one stream on yourself.",
    }


class FilesAway(Unavailable):
    """The log's files cannot be read now, or are not all here yet."""

    code = "stream.away"
    advice: ClassVar[dict[str, str]] = {
        "id": "Berkas log sedang tidak terbaca di sini. Coba lagi, atau di simpul lain.",
        "en": "The log's files cannot be read here now. Try again, or at another node.",
    }


LISTED: tuple[type[SuaraError], ...] = (StreamUnknown, MarkMalformed, MarkBeyond, StreamFull, AddressFull, FilesAway)
"""All of them, for the docs."""
