"""Published pictures of pages held against the log: the picture that speaks for a page has the hash of its entry."""

from collections.abc import Iterable, Iterator
from hashlib import sha256

import msgspec
from msgspec import Struct

from election.event import Event, from_row
from election.record import fold
from election.record.shape import Entry as FoldEntry
from monitor import documents
from monitor.address import Absent, Address
from monitor.entries import Entries, NotThere
from monitor.finding import Finding
from monitor.history import Entry
from monitor.totals import Totals


class Pictures(Struct):
    """What was looked at."""

    count: int = 0
    size: int = 0


class Scans:
    """The pictures of one contest's records."""

    def __init__(self, address: Address, of: Totals, entries: Entries, log: str) -> None:
        self._address, self._of, self._entries, self._log = address, of, entries, log
        self._kelurahan: tuple[str, dict[str, documents.Told]] = ("", {})
        self.seen = Pictures()

    def check(self, rows: Iterable[int], most: int | None = None) -> Iterator[Finding]:
        """The pictures of these TPS, `most` of them. Raises Unreachable."""
        for row in rows:
            if most is not None and self.seen.count >= most:
                return
            yield from self._record(row)

    def _record(self, row: int) -> Iterator[Finding]:
        kode = self._of.stations.kode(row)
        try:
            expected = self.renditions(row)
        except (NotThere, msgspec.DecodeError) as error:
            yield Finding("scan.absent", self._log, f"{kode}: {error}")
            return
        told = self._told(kode)
        for page, digest in expected.items():
            yield from self._picture(digest, f"{kode} {page}")
            if told is not None and page in told and told[page] != digest:
                yield Finding("scan.differs", self._log, f"{kode} {page}", "rendition", digest, told[page])

    def renditions(self, row: int) -> dict[int, str]:
        """Page → SHA-256 of its masked picture, of the record as it stands, from the log's entries."""
        numbers = self._of.history.numbers(row, self._of.number)
        events: list[FoldEntry] = [Entry(one, _public(self._entries.get(one))) for one in numbers]
        ballot = self._of.stations.ballots[self._of.stations.ballot[row]]
        record = fold(events, ballot.pages, self._of.stations.kode(row))
        read = {page: photo.read for page, photo in record.pages.items()}
        return {page: look.rendition for page, look in read.items() if look is not None and look.rendition is not None}

    def _picture(self, digest: str, where: str) -> Iterator[Finding]:
        path = f"scans/{digest}.jpg"
        try:
            data = self._address.read(path)
        except Absent:
            yield Finding("scan.absent", self._log, f"{where}: {path}")
            return
        self.seen.count += 1
        self.seen.size += len(data)
        if (found := sha256(data).hexdigest()) != digest:
            yield Finding("scan.differs", self._log, f"{where}: {path}", "sha256", digest, found)

    def _told(self, tps: str) -> dict[int, str | None] | None:
        """Page → SHA-256 as the kelurahan's document names it; None where that is of a later cut, or not there."""
        kelurahan = tps[:10]
        if self._kelurahan[0] != kelurahan:
            try:
                document = documents.read(self._address.read(f"v1/{self._of.stations.contest}/{kelurahan}.json"))
                later = document.cursor > self._of.number
                self._kelurahan = (kelurahan, {} if later else {one.tps: one for one in document.records})
            except (Absent, msgspec.DecodeError):  # said where documents are checked
                self._kelurahan = (kelurahan, {})
        record = self._kelurahan[1].get(tps)
        return None if record is None else {page.page: page.rendition for page in record.pages}


def _public(entry: bytes) -> Event:
    """The event of a photo's, a look's or a new version's public bytes; who opened the version is not among them."""
    try:
        return from_row(entry, None)
    except msgspec.ValidationError:
        return from_row(entry, b'{"accounts":[]}')
