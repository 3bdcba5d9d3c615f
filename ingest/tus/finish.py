"""A whole photo on its way to intake: is it one, is it the promised one; and what is kept under an id already."""

import asyncio
import time
from hashlib import sha256
from uuid import UUID

from election.clock import stamp
from election.event import ScanReceived
from ingest.door import Door
from ingest.errors import NotAnImage, ScanEmpty
from ingest.receipts import keep_photo
from ingest.refusal import Refusal
from ingest.tus.disk import in_thread
from ingest.tus.errors import PhotoDiffers, ReplacesUnknown
from ingest.tus.partial import Head, Partial
from ingest.tus.promise import Promise
from storage.draft import phone_key

_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

Bytes = bytes | bytearray | memoryview


def is_image(data: Bytes) -> bool:
    """Whether the first bytes are those of a JPEG, PNG or HEIF file. Says nothing of the rest."""
    head = bytes(data[:12])
    return (
        head.startswith(b"\xff\xd8\xff")
        or head.startswith(b"\x89PNG\r\n\x1a\n")
        or (head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS)
    )


def check(promise: Promise, data: Bytes, found: str) -> None:
    """Whether the photo is one, and the promised one. Raises ScanEmpty, NotAnImage, PhotoDiffers."""
    if not data:
        raise ScanEmpty()
    if found != promise.sha256:
        raise PhotoDiffers(found=found, sent=promise.sha256)
    if not is_image(data):
        raise NotAnImage()


async def finish(door: Door, head: Head, data: Bytes, found: str) -> bytes:
    """Hands the photo, whose SHA-256 is `found`, to intake: durable and journalled when its receipt comes back.

    Raises ScanEmpty, NotAnImage, PhotoDiffers, ReplacesUnknown, Conflict; Unavailable where trying again may help.
    """
    started, promise = time.perf_counter(), head.promise
    check(promise, data, found)
    event = await _event(door, head)
    answer = await keep_photo(door, promise.contest, phone_key(UUID(promise.id).bytes), event, data)
    door.metrics.seconds["scan"].observe(time.perf_counter() - started)
    return answer.body


async def finish_partial(door: Door, partial: Partial) -> bytes:
    """The same for a photo that lies on the disk; its file goes once intake has it, or can never take it."""
    data = await in_thread(partial.photo)
    found = (await asyncio.to_thread(sha256, data)).hexdigest()
    try:
        receipt = await finish(door, partial.head, data, found)
    except Refusal:
        await in_thread(partial.remove)
        raise
    await in_thread(partial.remove)
    return receipt


async def _event(door: Door, head: Head) -> ScanReceived:
    promise, sender = head.promise, head.sender
    return ScanReceived(
        tps=promise.tps,
        at=stamp(door.clock()),
        page=promise.page,
        sha256=promise.sha256,
        size=promise.length,
        replaces=await replaced(door, promise),
        verdict=promise.verdict,
        version=promise.version if promise.version > 1 else None,
        by=sender.role,
        relayed=sender.relayed,
        account=sender.account,
        signed=sender.signed,
    )


async def replaced(door: Door, promise: Promise) -> int | None:
    """Journal number of the photo of the same page that this one supersedes. Raises ReplacesUnknown."""
    if promise.replaces is None:
        return None
    journal = door.storage.journal(promise.contest)
    found = await journal.find(phone_key(UUID(promise.replaces).bytes))
    entry = await journal.entry(found.number) if found is not None else None
    event = entry.event if entry is not None else None
    if not isinstance(event, ScanReceived) or (event.tps, event.page) != (promise.tps, promise.page):
        raise ReplacesUnknown()
    return entry.number if entry is not None else None


async def kept(door: Door, upload: str) -> Promise | None:
    """What intake has under this id, in whichever contest's journal; None where it has nothing of a photo."""
    key = phone_key(UUID(upload).bytes)
    for contest in door.bundle.contests:
        journal = door.storage.journal(contest)
        found = await journal.find(key)
        entry = await journal.entry(found.number) if found is not None else None
        if entry is not None and isinstance(event := entry.event, ScanReceived):
            return Promise(
                id=upload, contest=contest, tps=event.tps, page=event.page, sha256=event.sha256, length=event.size,
                version=event.version or 1,
            )  # fmt: skip
    return None
