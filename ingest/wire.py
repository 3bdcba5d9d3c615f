"""What can be wrong with a request before anyone looks at what it carries: its head, its address, its method."""

from typing import ClassVar

from ingest.refusal import Refusal


class HeadMalformed(Refusal):
    """Line, header or framing that two readers could take in two ways (RFC 9112); the line is closed."""

    code, status, title = "request.malformed", 400, "Request malformed"
    advice: ClassVar[dict[str, str]] = {
        "id": "Permintaan ini bukan HTTP/1.1 yang sah. Pasang versi aplikasi terbaru, lalu kirim lagi.",
        "en": "The request is not valid HTTP/1.1, or says in two ways where it ends. Update the app and send again.",
    }


class HeadTooLarge(Refusal):
    """Request line and headers exceed what the door reads of them; the line is closed."""

    code, status, title = "request.head_too_large", 431, "Headers too large"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kepala permintaan melebihi {limit} bita. Pasang versi aplikasi terbaru, lalu kirim lagi.",
        "en": "The head of the request exceeds {limit} bytes. Update the app and send again.",
    }


class ExpectationUnknown(Refusal):
    """`Expect` asks for something that is not 100-continue."""

    code, status, title = "request.expectation_unknown", 417, "Expectation unknown"
    advice: ClassVar[dict[str, str]] = {
        "id": "Di sini hanya Expect: 100-continue yang dikenal.",
        "en": "Only Expect: 100-continue is known here.",
    }


class NoSuchAddress(Refusal):
    """Nothing lives at that path."""

    code, status, title = "request.no_such_address", 404, "No such address"
    advice: ClassVar[dict[str, str]] = {
        "id": "Alamat ini tidak ada. Pasang versi aplikasi terbaru, lalu kirim lagi.",
        "en": "There is no such address. Update the app and send again.",
    }


class WrongMethod(Refusal):
    """The path exists, but not for that method."""

    code, status, title = "request.wrong_method", 405, "Wrong method"
    advice: ClassVar[dict[str, str]] = {
        "id": "Alamat ini hanya menerima {allow}.",
        "en": "This address takes {allow} only.",
    }

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """RFC 9110 §15.5.6: which methods there are."""
        return (("Allow", str(self.facts["allow"])),)


LISTED = (HeadMalformed, HeadTooLarge, ExpectationUnknown, NoSuchAddress, WrongMethod)
"""In the order in which a request meets them."""
