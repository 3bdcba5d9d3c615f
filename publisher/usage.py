"""How often what is read, without knowing by whom: a count for each class of address and minute, and nothing else.

Nothing about a reader is ever written down: no address, no browser, no referrer, no cookie, no time finer than a
minute, and of what was asked for only its class ("page of a TPS", never which). Counts below `FLOOR` are withheld and
all others told in whole tens, over all servers together, so that a lone reader of a quiet minute is nobody, and not the
difference of two sums either. Where requests come from is `usage_room`'s and `usage_log`'s.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct, field

from election.clock import Clock
from election.words import Words
from publisher.folder import OWN, Folder

FLOOR = 10
"""Requests below which a count is withheld, and whose whole multiples are told."""

FINE = timedelta(hours=48)
"""Age up to which minutes are told; what is older is told by the hour."""

MINUTE, HOUR = len("2029-02-14T13:05"), len("2029-02-14T13")


class Class(Struct, frozen=True):
    """A class of addresses: its name, what they look like (without the slash at the beginning), and words."""

    name: str
    pattern: str
    words: Words


CLASSES = (
    Class("stream", r"stream/", ("Aliran langsung dibuka", "Live streams opened")),
    Class("query", r"api/", ("Pertanyaan ke API", "Questions to the API")),
    Class("report", r"report$", ("Laporan perbedaan", "Reports of differences")),
    Class("data", r"data/", ("Data terbuka", "Open data")),
    Class("log", r"log/", ("Log publik", "Public logs")),
    Class("v1", r"v1/", ("Dokumen v1", "Documents of v1")),
    Class("sirekap", r"(?:pemilu|wilayah)/", ("Dokumen bentuk Sirekap", "Documents in Sirekap's form")),
    Class("scan", r"(?:scans/|[0-9a-f][0-9a-f][0-9a-f][0-9a-f]/pemilu/)", ("Gambar formulir", "Pictures of forms")),
    Class("tps", r"[a-z]+/tps/", ("Halaman TPS", "Pages of TPS")),
    Class("area", r"[a-z]+/(?:dapil/)?[0-9A-Z]+\.html$", ("Halaman wilayah", "Pages of areas")),
    Class("front", r"(?:index\.html)?$", ("Halaman depan", "Front page")),
)
OTHER = Class("other", r"", ("Lainnya", "Everything else"))
_PATTERNS = tuple((one.name, re.compile(one.pattern)) for one in CLASSES)


class Kept(Struct):
    """What one server has counted. `read`: how far into which log (its inode) requests were counted."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    read: tuple[int, int] = (0, 0)


class Row(Struct, frozen=True):
    """One count as it is published; None where it is withheld."""

    time: str
    name: str
    requests: int | None


def class_of(path: str) -> str:
    """The class of an address's path."""
    bare = path.removeprefix("/")
    return next((name for name, pattern in _PATTERNS if pattern.match(bare)), OTHER.name)


class Usage:
    """Counts of one server, kept below the public folder and published with those of all others. `node`: its name."""

    def __init__(self, public: Path, clock: Clock, node: str) -> None:
        self._folder, self._clock, self._node = Folder(public), clock, node
        self._home = public / OWN / "usage"
        self._waiting: Counter[tuple[str, str]] = Counter()

    def count(self, path: str, status: int) -> None:
        """Count a request that was answered with what it asked for."""
        if status < 400:
            self._waiting[minute(self._clock()), class_of(path)] += 1

    def add(self, time: str, name: str, requests: int) -> None:
        """Count requests of a class in a minute (`2029-02-14T13:05`, UTC)."""
        self._waiting[time, name] += requests

    def publish(self, read: tuple[int, int] | None = None) -> None:
        """Keep what was counted since, and write `data/usage.csv` and `.json`. A crash loses a minute, doubles none."""
        kept = self.kept()
        waiting, self._waiting = self._waiting, Counter()
        for (time, name), requests in waiting.items():
            counts = kept.counts.setdefault(time, {})
            counts[name] = counts.get(name, 0) + requests
        kept.counts = _coarse(kept.counts, minute(self._clock() - FINE))
        kept.read = read or kept.read
        self._folder.json(f"{OWN}/usage/{self._node}.json", kept)
        found = rows(_read(path) for path in sorted(self._home.glob("*.json")))
        self._folder.write("data/usage.csv", _csv(found))
        self._folder.json("data/usage.json", _document(found))

    def kept(self) -> Kept:
        """What this server has counted until now."""
        return _read(self._home / f"{self._node}.json")


def minute(at: datetime) -> str:
    """The minute of a moment, UTC."""
    return at.astimezone(UTC).isoformat()[:MINUTE]


def rows(servers: Iterable[Kept]) -> list[Row]:
    """The counts of all servers together, withheld where they are small."""
    total: Counter[tuple[str, str]] = Counter()
    for kept in servers:
        for time, counts in kept.counts.items():
            total.update({(time, name): requests for name, requests in counts.items()})
    return [Row(time, name, n // FLOOR * FLOOR or None) for (time, name), n in sorted(total.items())]


def _coarse(counts: dict[str, dict[str, int]], until: str) -> dict[str, dict[str, int]]:
    """What is older than `until` by the hour."""
    found: dict[str, dict[str, int]] = {}
    for time, named in counts.items():
        into = found.setdefault(time if time >= until else time[:HOUR], {})
        for name, requests in named.items():
            into[name] = into.get(name, 0) + requests
    return found


def _read(path: Path) -> Kept:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError):
        return Kept()


def _csv(found: Iterable[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(Row.__struct_fields__)
    writer.writerows((row.time, row.name, "" if row.requests is None else row.requests) for row in found)
    return out.getvalue().encode()


def _document(found: Iterable[Row]) -> dict[str, object]:
    words = {one.name: {"id": one.words[0], "en": one.words[1]} for one in (*CLASSES, OTHER)}
    return {"v": 1, "withheld_below": FLOOR, "classes": words, "rows": list(found)}
