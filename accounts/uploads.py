"""What has come in from TPS, for those who help: looked up in the contests' journals, never changed here."""

import json
from collections.abc import Mapping
from uuid import UUID

import asyncpg
from msgspec import Struct

from election import form as forms
from election.block import WORDS, BlockState
from election.bundle import Bundle
from election.codes import above
from election.event import Event, ReadingSubmitted, ScanReceived
from election.reasons import reason
from election.record import Record, fold, layout
from election.words import Words
from election.words import contest as contest_words
from storage.draft import phone_key
from storage.opened import Storage


class Upload(Struct, frozen=True):
    """One photo or reading, by its number in the contest's journal."""

    contest: Words
    journal: str
    number: int
    page: int | None  # None for a reading
    state: Words
    why: Words | None  # where the machine could not read it
    at: str
    by: str
    relayed: str | None


class Wanting(Struct, frozen=True):
    """How far one TPS is with one contest."""

    contest: Words
    pages: int  # of the form
    got: int  # pages of which at least one photo came
    reading: bool

    @property
    def complete(self) -> bool:
        """Whether figures and every page are in."""
        return self.reading and self.got >= self.pages


class Uploads:
    """What is known of uploads in one installation."""

    def __init__(self, bundle: Bundle, storage: Storage) -> None:
        self._bundle, self._storage = bundle, storage

    async def find(self, upload: UUID) -> tuple[str, str, int] | None:
        """TPS, contest and number of the upload with this client id; None where nothing was acknowledged under it."""
        for key in self._bundle.contests:
            journal = self._storage.journal(key)
            found = await journal.find(phone_key(upload.bytes))
            if found is not None and (entry := await journal.entry(found.number)) and entry.event is not None:
                return entry.event.tps, key, found.number
        return None

    async def of_tps(self, tps: str) -> list[Upload]:
        """Everything a TPS has sent, newest first within a contest."""
        found: list[Upload] = []
        for key in self._held(tps):
            entries = await self._storage.journal(key).of_record(tps, above(tps))
            contest = self._bundle.ballot(key, self._bundle.tree.tps_index(tps))
            events = {entry.number: entry.event for entry in entries}
            found += _uploads(key, fold(entries, layout(forms.of(contest))), events)
        return found

    async def wanting(self, kodes: list[str]) -> dict[str, list[Wanting]]:
        """How far each of these TPS is, contest by contest."""
        pages: dict[tuple[str, str], set[int]] = {}
        readings: set[tuple[str, str]] = set()
        for row in await self._received(kodes):
            place = row["journal"], row["tps"]
            if row["kind"] == "scan_received":
                pages.setdefault(place, set()).add(json.loads(row["leaf"])["page"])
            else:
                readings.add(place)
        return {
            tps: [
                self._wanting(key, tps, pages.get((key, tps), set()), (key, tps) in readings) for key in self._held(tps)
            ]
            for tps in kodes
        }

    async def _received(self, kodes: list[str]) -> list[asyncpg.Record]:
        return await self._storage.pool.fetch(_RECEIVED, list(self._bundle.contests), kodes)

    def _wanting(self, key: str, tps: str, got: set[int], reading: bool) -> Wanting:
        pages = len(forms.of(self._bundle.ballot(key, self._bundle.tree.tps_index(tps))).pages)
        return Wanting(contest_words(key), pages, len(got), reading)

    def _held(self, tps: str) -> list[str]:
        """Contests that the TPS holds and that have a form."""
        index = self._bundle.tree.tps_index(tps)
        return [key for key, one in self._bundle.contests.items() if one.form and self._bundle.holds(key, index)]


_RECEIVED = """
select journal, tps, kind, leaf from journal.event
where journal = any($1) and tps = any($2) and kind in ('scan_received', 'reading_submitted')"""


def _uploads(key: str, record: Record, events: Mapping[int, Event | None]) -> list[Upload]:
    speaking = {photo.number for photo in record.pages.values()}
    found = []
    for photo in record.photos:
        state = BlockState.RECEIVED if photo.read is None else BlockState.READ
        if photo.number not in speaking and photo.fault is None:
            state = BlockState.SUPERSEDED
        why = reason(photo.fault) if photo.fault else None
        found.append(_upload(key, photo.number, events[photo.number], state, why))
    for reading in record.readings:
        found.append(_upload(key, reading.number, reading.event, BlockState.RECEIVED, None))
    return sorted(found, key=lambda one: -one.number)


def _upload(key: str, number: int, event: Event | None, state: BlockState, why: Words | None) -> Upload:
    assert isinstance(event, ScanReceived | ReadingSubmitted)
    page = event.page if isinstance(event, ScanReceived) else None
    words = WORDS[state]["id"], WORDS[state]["en"]
    return Upload(contest_words(key), key, number, page, words, why, event.at, event.by or "", event.relayed)
