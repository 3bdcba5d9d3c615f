"""The way in: a photo onto the disk, its event into the journal, a signature over both, and only then an answer.

The three steps overlap: while one batch is being committed, the next is written and the one after it fills.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from election.event import AnyEvent, ReadingSubmitted, ScanReceived, said
from storage.draft import Appended, Draft, Outcome, Row, row
from storage.errors import JournalUnavailable
from storage.intake.batches import Batches
from storage.intake.pack import Parcel
from storage.intake.shelf import PackShelf, Shelf, StoreShelf
from storage.journal import Journal
from storage.keys import load_or_make
from storage.writer import LAST_MOMENT
from tlog.note import Signer
from tlog.receipt import COVERED, Receipt, issue, origin_of

if TYPE_CHECKING:
    from storage.opened import Storage

log = logging.getLogger(__name__)


class Photo(Struct, frozen=True):
    """A photo that came in whole, its SHA-256 found to be that of `event`.

    `key` and `digest` are those of `storage.draft.Draft`. `data` must not change until `keep` returns.
    """

    key: bytes
    digest: bytes
    data: bytes | bytearray | memoryview
    event: ScanReceived
    journal: str


class Kept(Struct, frozen=True):
    """What became of a submission. `event` is the one that stands in the journal under `number`, be it this one or
    the one that was there; `receipt` is empty where the outcome is a conflict."""

    outcome: Outcome
    number: int
    event: AnyEvent
    receipt: str


class _Entered(Struct, frozen=True):
    """An event on its way into the journal."""

    row: Row
    event: AnyEvent


class Intake:
    """Keeps photos and readings. Lives in one event loop; close it."""

    def __init__(self, journal: Callable[[str], Journal], shelf: Shelf, signer: Signer) -> None:
        """`signer` signs receipts; its name is `<origin>/receipts`."""
        self._journal, self._shelf, self._signer = journal, shelf, signer
        self._origin = origin_of(signer.name)
        self._commits: dict[str, Batches[_Entered, Kept]] = {}

    @classmethod
    def over(cls, storage: "Storage") -> "Intake":
        """The intake of this machine, with its own key: into packs, or into the object store where there is one."""
        shelf = StoreShelf(storage.scans) if storage.packs is None else PackShelf(storage.packs)
        return cls(storage.journal, shelf, load_or_make(storage.settings.data_dir / "keys", "receipts"))

    async def keep(self, photo: Photo) -> Kept:
        """Keeps a photo: on the disk (or in the object store), in the journal, receipted.

        Raises DiskFull, WriteFailed, StoreAway, JournalUnavailable, JournalBusy: it is not acknowledged then, and may
        be sent again under the same key. Raises Rejected where the event cannot be in a journal.
        """
        entered = _Entered(row(Draft(event=photo.event, key=photo.key, digest=photo.digest)), photo.event)
        note = b"%b %b" % (photo.journal.encode(), entered.row.leaf)
        await self._shelf.keep(Parcel(photo.key, note, bytes.fromhex(photo.event.sha256), photo.data))
        return await self._committing(photo.journal)(entered)

    async def record(self, journal: str, key: bytes, digest: bytes, event: ReadingSubmitted) -> Kept:
        """The same for what has no photo. Raises JournalUnavailable, JournalBusy, Rejected."""
        return await self._committing(journal)(_Entered(row(Draft(event=event, key=key, digest=digest)), event))

    async def again(self, journal: str, number: int) -> Kept | None:
        """The entry as a repetition of its submission would be answered; None where it has no receipt."""
        entry = await self._journal(journal).entry(number)
        if entry is None or not isinstance(entry.event, ScanReceived | ReadingSubmitted):
            return None
        (kept,) = self._receipted(journal, [(Appended(Outcome.DUPLICATE, number), entry.event)])
        return kept

    async def close(self) -> None:
        """Waits for what is in flight; for the journal only as long as a database that is there needs."""
        await self._shelf.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_MOMENT):
                for commit in self._commits.values():
                    await commit.settled()

    async def __aenter__(self) -> "Intake":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _committing(self, journal: str) -> Batches[_Entered, Kept]:
        if journal not in self._commits:
            self._commits[journal] = Batches(partial(self._commit, journal), limit=4 * COVERED)
        return self._commits[journal]

    async def _commit(self, journal: str, batch: list[_Entered]) -> Sequence[Kept | BaseException]:
        """One append and one signature for the batch. A row that fails answers for itself."""
        results = await self._journal(journal).settle([entered.row for entered in batch])
        standing = await self._standing(journal, batch, results)
        kept = iter(self._receipted(journal, [found for found in standing if not isinstance(found, BaseException)]))
        return [found if isinstance(found, BaseException) else next(kept) for found in standing]

    async def _standing(
        self, journal: str, batch: list[_Entered], results: Sequence[Appended | BaseException]
    ) -> list[tuple[Appended, AnyEvent] | BaseException]:
        """What was answered, with the event that has the number answered."""
        before = [found.number for found in results if isinstance(found, Appended) and found.outcome is not _NEW]
        entries = await self._journal(journal).entries(before) if before else {}
        standing: list[tuple[Appended, AnyEvent] | BaseException] = []
        for entered, found in zip(batch, results, strict=True):
            if isinstance(found, BaseException):
                standing.append(found)
                continue
            event = entered.event if found.outcome is _NEW else entries[found.number].event
            standing.append(JournalUnavailable() if event is None else (found, event))
        return standing

    def _receipted(self, journal: str, standing: Sequence[tuple[Appended, AnyEvent]]) -> list[Kept]:
        due = [found.outcome is not Outcome.CONFLICT for found, _ in standing]
        receipts = [
            receipt(self._origin, journal, found.number, event)
            for (found, event), is_due in zip(standing, due, strict=True)
            if is_due
        ]
        texts = iter(issue(receipts, self._signer))
        return [
            Kept(found.outcome, found.number, event, next(texts) if is_due else "")
            for (found, event), is_due in zip(standing, due, strict=True)
        ]


_NEW = Outcome.APPENDED


def receipt(origin: str, journal: str, number: int, event: AnyEvent) -> Receipt:
    """The receipt's lines for an entry that a sender made. Raises TypeError for another."""
    if isinstance(event, ScanReceived):
        return Receipt(
            origin, "scan_received", journal, event.tps, event.page, event.sha256, event.size, number, event.at
        )
    if isinstance(event, ReadingSubmitted):
        digest = said(event).hex()
        return Receipt(origin, "reading_submitted", journal, event.tps, 0, digest, 0, number, event.at)
    raise TypeError(f"nobody sends a {type(event).__name__}")
