"""What a sender gets back, and how the same sender gets it back again.

A receipt is a view of a journal entry under a signature: a lost one is made again from the entry, with the same lines
and a signature of its own. What is signed is `tlog.receipt`'s.
"""

import re

from msgspec import Struct

from election.event import ReadingSubmitted, ScanReceived, said
from identity.access import Action
from ingest.ask import Answer, Ask, json_answer
from ingest.door import Door
from ingest.errors import BadId, Conflict, QueryMissing, ReceiptUnknown
from storage.draft import Outcome, phone_id, phone_key
from storage.intake.intake import Kept, Photo

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Receipt(Struct, frozen=True):
    """Proof that something is kept: `number` is its place in the journal (log index + 1), `note` says so signed."""

    id: str  # the sender's UUID
    journal: str  # key of the contest
    number: int
    kind: str  # scan_received or reading_submitted
    sha256: str  # of the photo's bytes, or of what was keyed in (`election.event.said`)
    size: int  # bytes of the photo, 0 for a reading
    tps: str
    page: int | None  # None for a reading
    at: str  # server time
    note: str  # `tlog.receipt`


def client_id(ask: Ask) -> bytes:
    """The journal's key for the UUID in the path. Raises BadId for any other spelling than 8-4-4-4-12."""
    text = ask.params["uuid"]
    if not _UUID.fullmatch(text):
        raise BadId()
    return phone_key(bytes.fromhex(text.replace("-", "")))


def receipt_of(key: bytes, journal: str, kept: Kept) -> Receipt:
    """The receipt of what is kept under `key`. Raises ReceiptUnknown where that is nothing that a phone sent."""
    event, name = kept.event, phone_id(key)
    kind = str(type(event).__struct_config__.tag)
    if isinstance(event, ScanReceived):
        return Receipt(name, journal, kept.number, kind, event.sha256, event.size, event.tps, event.page, event.at,
                       kept.receipt)  # fmt: skip
    if isinstance(event, ReadingSubmitted):
        digest = said(event).hex()
        return Receipt(name, journal, kept.number, kind, digest, 0, event.tps, None, event.at, kept.receipt)
    raise ReceiptUnknown()


def answer(receipt: Receipt, status: int) -> Answer:
    """The receipt as JSON."""
    return json_answer(receipt, status, (("Cache-Control", "no-store"),))


async def keep_photo(
    door: Door, journal: str, key: bytes, event: ScanReceived, data: bytes | bytearray | memoryview
) -> Answer:
    """Keeps a photo and answers with its receipt: 201 new, 200 the same again. `event.sha256` is that of `data`.

    Raises Conflict; Unavailable where trying again may help.
    """
    kept = await door.intake.keep(Photo(key=key, digest=said(event), data=data, event=event, journal=journal))
    return _answered(door, "scan", key, journal, kept)


async def keep_reading(door: Door, journal: str, key: bytes, event: ReadingSubmitted) -> Answer:
    """The same for a reading."""
    return _answered(door, "reading", key, journal, await door.intake.record(journal, key, said(event), event))


def _answered(door: Door, kind: str, key: bytes, journal: str, kept: Kept) -> Answer:
    if kept.outcome is Outcome.CONFLICT:
        door.metrics.conflicts[kind].inc()
        raise Conflict(number=kept.number)
    new = kept.outcome is Outcome.APPENDED
    (door.metrics.received if new else door.metrics.duplicates)[kind].inc()
    return answer(receipt_of(key, journal, kept), 201 if new else 200)


async def place_of(door: Door, ask: Ask) -> tuple[str, int]:
    """Journal and number of what was acknowledged under the UUID in the path.

    Raises BadId, QueryMissing, UnknownContest, ReceiptUnknown.
    """
    key = client_id(ask)
    journal = ask.query.get("journal")
    if not journal:
        raise QueryMissing(name="journal")
    door.bundle.contest(journal)
    found = await door.storage.journal(journal).find(key)
    if found is None:
        raise ReceiptUnknown()
    return journal, found.number


async def get_receipt(door: Door, ask: Ask) -> Answer:
    """`GET /v1/receipts/{uuid}?journal=ppwp`: the receipt that a lost reply carried, to who may ask about the TPS."""
    key = client_id(ask)
    door.gate.bearer(ask)  # a stranger costs no look into the database, and no signature
    journal, number = await place_of(door, ask)
    kept = await door.intake.again(journal, number)
    if kept is None:
        raise ReceiptUnknown()
    await door.gate.admit(ask, Action.STATUS, kept.event.tps)
    return answer(receipt_of(key, journal, kept), 200)
