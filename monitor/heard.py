"""What the streams told, held against what the log's files say: the same entries, none left out, none twice."""

import threading
from collections.abc import Iterator, Sequence
from hashlib import sha256

import msgspec
from msgspec import Struct

from monitor.finding import Finding
from monitor.stream import Message

KEPT = 200_000
"""Entries heard and not yet seen in the log's files, or the other way round; older ones are let go."""


GAPS = 20
"""Gaps that a round tells: more of them say no more."""


class Cut(Struct, frozen=True):
    """A publication, as the stream of cuts tells it."""

    number: int
    areas: tuple[str, ...] = ()
    tps: tuple[str, ...] = ()
    all: bool = False


class Heard:
    """What listeners heard, from threads of their own, until a round takes it up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.rung = threading.Event()
        self._entries: dict[int, bytes] = {}  # number -> hash, as streamed
        self._files: dict[int, bytes] = {}  # number -> hash, as in the log
        self._areas: dict[str, None] = {}
        self._everything = False
        self._last: int | None = None
        self._gaps: list[tuple[int, int]] = []

    def entry(self, message: Message) -> None:
        """One message of `/stream/{contest}`."""
        with self._lock:
            if not (message.id.isascii() and message.id.isdigit() and len(message.id) < 20) or message.event == "reset":
                self._last = None
                return
            number = int(message.id)
            if self._last is not None and number != self._last + 1:
                self._gaps = [*self._gaps[-GAPS:], (self._last, number)]
            self._last = number
            self._entries[number] = sha256(message.data.encode()).digest()
            _bounded(self._entries)
        self.rung.set()

    def cut(self, message: Message) -> None:
        """One message of `/stream/{contest}/cuts`."""
        with self._lock:
            try:
                told = msgspec.json.decode(message.data, type=Cut)
            except msgspec.DecodeError:
                told = Cut(0, all=True)
            self._everything |= told.all or message.event == "reset"
            self._areas |= dict.fromkeys((*told.areas, *(kode[:10] for kode in told.tps)))
            if len(self._areas) > KEPT:
                self._areas, self._everything = {}, True
        self.rung.set()

    def entries(self, first: int, entries: Sequence[bytes]) -> None:
        """What the log's files say; only what was or will be streamed matters."""
        with self._lock:
            if self._last is None and not self._entries:
                return
            self._files |= {number: sha256(entry).digest() for number, entry in enumerate(entries, first)}
            _bounded(self._files)

    def differences(self, log: str) -> Iterator[Finding]:
        """What was told otherwise than it stands in the files, or left out."""
        with self._lock:
            gaps, self._gaps = self._gaps, []
            both = self._entries.keys() & self._files.keys()
            odd = sorted(number for number in both if self._entries[number] != self._files[number])
            for number in both:
                del self._entries[number], self._files[number]
        for last, number in gaps:
            yield Finding("stream.gap", log, f"{last} → {number}")
        for number in odd:
            yield Finding("stream.differs", log, str(number))

    def published(self, everything: Sequence[str]) -> list[str]:
        """Codes of the areas that publications named since the last time; `everything` where one named all."""
        with self._lock:
            found = list(everything) if self._everything else list(self._areas)
            self._areas, self._everything = {}, False
        return found


def _bounded(told: dict[int, bytes]) -> None:
    while len(told) > KEPT:
        del told[next(iter(told))]
