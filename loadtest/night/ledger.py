"""What was acknowledged, kept line by line: so that a night goes on where it was, and a checker can hold us to it."""

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import ClassVar

import msgspec
from msgspec import Struct

from election.errors import Unavailable

_SYNC_SECONDS = 1.0


class Receipt(Struct, frozen=True):
    """A receipt as the front door gives it (docs/formats.md, Uploads)."""

    journal: str
    number: int
    kind: str
    sha256: str
    size: int
    tps: str
    page: int | None
    at: str
    note: str = ""  # the same, signed (tlog.receipt)


class Line(Struct, frozen=True):
    """One answer. `receipt` is None where the door refused, then `code` says why."""

    item: str  # what the officer sent, e.g. `reading`, `scan-1`
    id: str  # the client's UUID
    tps: str
    status: int
    receipt: Receipt | None
    code: str | None = None


_decoder = msgspec.json.Decoder(Line)


def lines(path: Path) -> Iterator[Line]:
    """Every whole line of a ledger. The last one may be torn where the writer was killed; it is left out."""
    if not path.exists():
        return
    with path.open("rb") as source:
        for raw in source:
            if raw.endswith(b"\n"):
                yield _decoder.decode(raw)


class LedgerInUse(Unavailable):
    """Another night is being played into the same folder."""

    code: ClassVar[str] = "night.ledger_in_use"
    advice: ClassVar[dict[str, str]] = {
        "id": "Malam pemilihan lain sedang menulis ke {path}. Tunggu sampai selesai, atau pilih folder lain.",
        "en": "Another night is writing to {path}. Wait until it is over, or choose another folder.",
    }


class Ledger:
    """An append-only file of answers. One writer at a time. Raises LedgerInUse where there is one already."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")
        self._lock()
        self.settled: set[str] = {line.id for line in lines(path)}
        _drop_torn_tail(path)
        self._synced = time.monotonic()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._sync()
        self._file.close()

    def write(self, line: Line) -> None:
        """Keeps one answer: with the kernel at once, on the disk within a second of the next."""
        self._file.write(msgspec.json.encode(line) + b"\n")
        self._file.flush()
        self.settled.add(line.id)
        if time.monotonic() - self._synced > _SYNC_SECONDS:
            self._sync()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise LedgerInUse(path=self.path) from None

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()


def _drop_torn_tail(path: Path) -> None:
    """Cuts a half-written last line off, so that the next one does not grow on it."""
    if not path.exists():
        return
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole != len(data):
        os.truncate(path, whole)
