"""Refusals that mean: come back later. Each says when, and no two senders are told the same moment."""

from typing import ClassVar

from election.errors import Unavailable


class Later(Unavailable):
    """What was sent may be fine. `retry`: seconds to wait, from admission."""

    status: ClassVar[int] = 503
    title: ClassVar[str] = "Later"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """RFC 9110 §10.2.3."""
        retry = self.facts.get("retry")
        return () if retry is None else (("Retry-After", str(retry)),)


class Busy(Later):
    """More is going on than this machine can do at once."""

    code: ClassVar[str] = "server.busy"
    title: ClassVar[str] = "Busy"
    advice: ClassVar[dict[str, str]] = {
        "id": "Server sedang penuh. Kirim lagi {retry} detik lagi; foto Anda tetap di ponsel.",
        "en": "The server is full at the moment. Send again in {retry} seconds; keep the photo on the phone.",
    }


class Closing(Later):
    """This process is being stopped; another one answers at the same address."""

    code: ClassVar[str] = "server.closing"
    title: ClassVar[str] = "Closing"
    advice: ClassVar[dict[str, str]] = {
        "id": "Server sedang dimulai ulang. Kirim lagi {retry} detik lagi; yang sudah tiba tidak hilang.",
        "en": "The server is being restarted. Send again in {retry} seconds; what has arrived is not lost.",
    }


class PageLater(Later):
    """Pages with votes are asked for first, and this one carries none."""

    code: ClassVar[str] = "scan.page_later"
    title: ClassVar[str] = "Pages with votes first"
    advice: ClassVar[dict[str, str]] = {
        "id": "Halaman yang memuat suara didahulukan. Halaman {page} dikirim otomatis {retry} detik lagi.",
        "en": "Pages with votes come first for now. Page {page} is wanted in {retry} seconds.",
    }


class QuotaSpent(Later):
    """One device asks for more than a device can need."""

    code: ClassVar[str] = "device.quota_spent"
    status: ClassVar[int] = 429
    title: ClassVar[str] = "Too many requests"
    advice: ClassVar[dict[str, str]] = {
        "id": "Perangkat ini terlalu sering mengirim. Coba lagi {retry} detik lagi.",
        "en": "This device sends too often. Try again in {retry} seconds.",
    }


class ProofNotYet(Later):
    """The entry is kept, and the public log's witnessed head does not reach it yet."""

    code: ClassVar[str] = "receipt.not_yet"
    status: ClassVar[int] = 404
    title: ClassVar[str] = "No proof yet"
    advice: ClassVar[dict[str, str]] = {
        "id": "Catatan {number} aman, tetapi belum tercakup log publik yang disaksikan. Tanya {retry} detik lagi.",
        "en": "Entry {number} is kept; the witnessed public log does not cover it yet. Ask again in {retry} seconds.",
    }


LISTED = (QuotaSpent, ProofNotYet, PageLater, Busy, Closing)
"""In the order in which a request meets them."""
