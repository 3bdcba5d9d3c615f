"""What a person sent with a form, field by field, or the words for what is wrong with it. Nothing here is kept."""

from collections.abc import Container, Mapping
from datetime import date
from uuid import UUID

from msgspec import Struct, field

from review.errors import BadDate, BadDocument, BadText, SessionEnded, UnknownReason

LARGEST = 16 << 20
"""Bytes of one document."""

NUMBER = 15
"""Digits of a journal's number, as in the addresses of our pages."""

TEXT = 80
"""Characters of a number or reference."""


class Sent(Struct, frozen=True):
    """A form: its texts, and the documents that came with it."""

    texts: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def form(self) -> UUID:
        """The id of the page that it was sent from. Raises SessionEnded where there is none."""
        try:
            return UUID(self.texts["id"])
        except (KeyError, ValueError):
            raise SessionEnded from None

    def number(self, name: str) -> int:
        """A number of the journal that our own pages always send. Raises SessionEnded where it is missing or none."""
        found = self.texts.get(name, "")
        if not (found.isascii() and found.isdigit() and len(found) <= NUMBER):
            raise SessionEnded
        return int(found)

    def text(self, name: str, called: str) -> str:
        """A line that a person wrote; `called` is what the page calls it. Raises BadText."""
        found = " ".join(self.texts.get(name, "").split())
        if not found or len(found) > TEXT or not (found.isascii() and found.isprintable()):
            raise BadText(field=called, limit=TEXT)
        return found

    def code(self, name: str, known: Container[str]) -> str:
        """A choice from a list. Raises UnknownReason."""
        found = self.texts.get(name, "")
        if found not in known:
            raise UnknownReason
        return found

    def day(self, name: str, called: str) -> str:
        """A date, YYYY-MM-DD. Raises BadDate."""
        found = self.texts.get(name, "")
        try:
            if date.fromisoformat(found).isoformat() == found:
                return found
        except ValueError:
            pass
        raise BadDate(field=called)

    def pdf(self, name: str, called: str) -> bytes:
        """A document. Raises BadDocument."""
        found = self.files.get(name, b"")
        if not found.startswith(b"%PDF-") or len(found) > LARGEST:
            raise BadDocument(field=called, limit=LARGEST >> 20)
        return found
