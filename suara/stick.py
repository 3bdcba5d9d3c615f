"""What an officer's app saves for a stick: one file of JSON lines, each item as it was signed on the phone.

The first line names the format and holds the officer's certificate; then a line an item, photos in base64. Written
by `web/kpps/src/store/stick.ts`; docs/identity.md describes it. Handing items in is `relay`'s.
"""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from election.errors import Rejected
from identity.message import OFFICER, Message, Tag, present

FORMAT, VERSION = "suara-stick", 1
ENDINGS = (".suara", ".ndjson")

SIGNED = frozenset(
    {"content-digest", "content-type", "signature", "signature-input", "upload-length", "upload-metadata"}
)
"""Headers that an item may bring along. Whoever wrote the file has no say in the rest of the relay's requests."""


class StickUnreadable(Rejected):
    """A file that is no stick's, or was cut off while it was copied."""

    code: ClassVar[str] = "stick.unreadable"
    advice: ClassVar[dict[str, str]] = {
        "id": "{path}, baris {line}: tidak dapat dibaca. Salin ulang berkas dari ponsel.",
        "en": "{path}, line {line}: cannot be read. Copy the file from the phone again.",
    }


class Head(Struct, frozen=True):
    """The first line."""

    format: str
    version: int
    account: str
    certificate: str


class Line(Struct, frozen=True):
    """A further line."""

    kind: Literal["reading", "photo"]
    id: str
    headers: dict[str, str]
    body: str


class Item(Struct, frozen=True):
    """One photo or reading. `headers` are what the officer signed (of `SIGNED`), names in lower case."""

    kind: Literal["reading", "photo"]
    id: str
    headers: dict[str, str]
    body: bytes
    certificate: str  # the officer's; "" where the item is nobody's

    @property
    def signed(self) -> bool:
        """Whether there is a signature of an officer's at all; whether it is good is the front door's to say."""
        return bool(self.certificate) and present(Message(self.method, self.path, self.headers.get), OFFICER)

    @property
    def tag(self) -> Tag:
        """What its signatures are for."""
        return Tag.READING if self.kind == "reading" else Tag.SCAN

    @property
    def method(self) -> str:
        """How it is sent."""
        return "PUT" if self.kind == "reading" else "POST"

    @property
    def path(self) -> str:
        """Where it is sent."""
        return f"/v1/readings/{self.id}" if self.kind == "reading" else "/v1/uploads"


def items(folder: Path) -> list[Item]:
    """Every item of the sticks' files in a folder, readings first. Raises StickUnreadable."""
    found = [item for path in sorted(folder.iterdir()) if path.suffix in ENDINGS for item in read(path)]
    return sorted(found, key=lambda item: item.kind != "reading")


def read(path: Path) -> Iterator[Item]:
    """The items of one file, in its order. Raises StickUnreadable at the first line that is none."""
    certificate = ""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                if number == 1:
                    certificate = _head(line)
                else:
                    yield _item(line, certificate)
            except (msgspec.DecodeError, ValueError) as error:
                raise StickUnreadable(path=path.name, line=number) from error


def _head(line: bytes) -> str:
    head = msgspec.json.decode(line, type=Head)
    if (head.format, head.version) != (FORMAT, VERSION):
        raise ValueError("another format")
    return head.certificate


def _item(line: bytes, certificate: str) -> Item:
    found = msgspec.json.decode(line, type=Line)
    headers = {name.lower(): value for name, value in found.headers.items() if name.lower() in SIGNED}
    return Item(found.kind, str(UUID(found.id)), headers, base64.b64decode(found.body, validate=True), certificate)
