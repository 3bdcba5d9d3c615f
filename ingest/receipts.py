"""What a sender gets back, and how the same sender gets it back again.

A receipt is a view of a journal entry, so a lost one is made again from the entry and is the same to the byte.
"""

import re
from hashlib import sha256
from uuid import UUID

from msgspec import Struct

from election.event import AnyEvent, Event, ReadingSubmitted, ScanReceived, canonical
from ingest.ask import Answer, Ask, json_answer
from ingest.door import Door
from ingest.errors import BadId, Conflict, QueryMissing, ReceiptUnknown, StorageAway
from storage.journal import Draft, Outcome

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Receipt(Struct, frozen=True, omit_defaults=False):
    """Proof that an upload is kept: `number` is its place in the journal (log index + 1)."""

    journal: str  # key of the contest
    number: int
    kind: str  # scan_received or reading_submitted
    sha256: str  # of the photo's bytes, or `reading_digest` of what was keyed in
    size: int  # bytes of the photo, 0 for a reading
    tps: str
    page: int | None  # None for a reading
    at: str  # server time


def client_id(ask: Ask) -> bytes:
    """The journal's key for the UUID in the path. Raises BadId for any other spelling than 8-4-4-4-12.

    Marked as a phone's, so that nobody can take the key of a machine's decision, which can be worked out beforehand.
    """
    text = ask.params["uuid"]
    if not _UUID.fullmatch(text):
        raise BadId()
    return b"phone" + UUID(text).bytes


def scan_digest(tps: str, page: int, photo: str) -> bytes:
    """SHA-256 over what the client said of a photo: another page or TPS under the same id is other content."""
    return sha256(canonical(["scan", tps, page, photo])).digest()


def reading_digest(tps: str, figures: dict[str, tuple[int | None, ...]]) -> bytes:
    """SHA-256 over what the client keyed in, without our salt, so that the same reading again is the same."""
    return sha256(canonical(["reading", tps, {block: list(row) for block, row in figures.items()}])).digest()


def receipt_of(journal: str, number: int, event: Event) -> Receipt:
    """The receipt for an entry. Raises ReceiptUnknown where the entry is none that a phone sent."""
    if isinstance(event, ScanReceived):
        return Receipt(journal, number, "scan_received", event.sha256, event.size, event.tps, event.page, event.at)
    if isinstance(event, ReadingSubmitted):
        digest = reading_digest(event.tps, event.figures).hex()
        return Receipt(journal, number, "reading_submitted", digest, 0, event.tps, None, event.at)
    raise ReceiptUnknown()


def answer(receipt: Receipt, status: int) -> Answer:
    """The receipt as JSON."""
    return json_answer(receipt, status, (("Cache-Control", "no-store"),))


async def accept(door: Door, journal: str, event: AnyEvent, key: bytes, digest: bytes) -> Answer:
    """Commits the event and answers with its receipt: 201 new, 200 the same again. Raises Conflict."""
    kind = "scan" if isinstance(event, ScanReceived) else "reading"
    (appended,) = await door.storage.journal(journal).append(Draft(event=event, key=key, digest=digest))
    if appended.outcome is Outcome.APPENDED:
        door.metrics.received.labels(kind).inc()
        return answer(receipt_of(journal, appended.number, event), 201)
    if appended.outcome is Outcome.CONFLICT:
        door.metrics.conflicts.labels(kind).inc()
        raise Conflict(number=appended.number)
    door.metrics.duplicates.labels(kind).inc()
    return answer(await _kept(door, journal, appended.number), 200)


async def _kept(door: Door, journal: str, number: int) -> Receipt:
    entry = await door.storage.journal(journal).entry(number)
    if entry is None or entry.event is None:
        raise StorageAway()
    return receipt_of(journal, number, entry.event)


async def get_receipt(door: Door, ask: Ask) -> Answer:
    """`GET /v1/receipts/{uuid}?journal=ppwp`: the receipt that a lost reply carried."""
    key = client_id(ask)
    journal = ask.query.get("journal")
    if not journal:
        raise QueryMissing(name="journal")
    door.bundle.contest(journal)
    found = await door.storage.journal(journal).find(key)
    if found is None:
        raise ReceiptUnknown()
    return answer(await _kept(door, journal, found.number), 200)
