"""The public folder: files that appear whole or not at all, and the publisher's own place in each journal.

What is written where is said by `places`; who may read it, and with which headers, by `files`.
"""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

_ENCODER = msgspec.json.Encoder()


class Cursor(Struct, frozen=True):
    """Up to which cut everything is written, and by which edition of program, bundle and address."""

    number: int = 0
    edition: str = ""


class Folder:
    """Files below `root`. Each is replaced in one step, so that a reader never sees half a document."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, data: bytes) -> None:
        """Make `path` hold `data`. Nothing is synced: after a power cut everything is published again."""
        target = self.root / path
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            temporary.write_bytes(data)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
        temporary.replace(target)

    def json(self, path: str, document: object) -> None:
        """Write a JSON document."""
        self.write(path, _ENCODER.encode(document))

    def has(self, path: str) -> bool:
        """Whether `path` is there."""
        return (self.root / path).exists()

    def link(self, path: str, to: str) -> None:
        """Show the file `to` under a second name, without a second copy where the file system can."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self.root / to, target)
        except FileExistsError:
            return
        except OSError:
            self.write(path, (self.root / to).read_bytes())

    def cursor(self, contest: str) -> Cursor:
        """Where this publisher stands; the start where it cannot be read."""
        try:
            return msgspec.json.decode((self.root / _cursor(contest)).read_bytes(), type=Cursor)
        except (FileNotFoundError, msgspec.DecodeError):
            return Cursor()

    def advance(self, contest: str, cursor: Cursor) -> None:
        """Remember that everything up to `cursor` is written."""
        self.json(_cursor(contest), cursor)


def _cursor(contest: str) -> str:
    """Names that begin with a dot are never served."""
    return f".state/{contest}.json"
