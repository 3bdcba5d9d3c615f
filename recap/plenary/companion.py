"""The manual recapitulation beside a running engine: publishes documents and what differs, and confirms what does not.

An area is confirmed by the machine alone, where the whole document equals our sums and every TPS below is settled; by
compare-and-swap, under a key that two engines share. A confirmation stands while nothing below it has changed: a
later correction, withdrawal, version or D.Hasil leaves it in the journal and takes `stands` away, until a new one
replaces it.
"""

import asyncio
from collections.abc import Iterator, Sequence
from hashlib import sha256

import asyncpg
import numpy as np

from election.clock import stamp
from election.errors import Rejected
from election.event import AreaConfirmed, Figures, canonical
from election.plenary import Document, document
from recap.companion import Companion, Seat
from recap.plenary import tables
from recap.plenary.entered import KINDS, Entered, Printed
from recap.plenary.judged import Sheet, Verdict, judge
from storage.connect import pause
from storage.journal import Draft, Entry

POLICY = "plenary-1"
"""Name of the rules by which areas are confirmed."""

A_CUT = 0.03
"""Seconds a cut; judging a document takes some milliseconds, and the state stands still until the cut is committed."""

_NEVER = np.iinfo(np.int64).max

_ATTEMPT = "select pg_current_xact_id()::text"
_FATE = "select case when $1::text::xid8 < pg_current_xact_id() then pg_xact_status($1::text::xid8) end"
"""Of an attempt by its transaction: two cuts can bear the same number."""

Item = tuple[str, str]
"""What has to be written: `document`, `determination` or `dispute`, and its code or number."""


def companion(seat: Seat) -> Companion:
    """Taken on by the engine."""
    return Plenary(seat)


class Plenary:
    """The companion of one contest."""

    kinds = KINDS

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self.entered = Entered()
        self.verdicts: dict[str, Verdict] = {}
        """Of documents, as of the last cut that looked at them."""
        self._owed: dict[Item, None] = {}
        self._written: dict[Item, None] = {}
        """What the last attempt wrote: owed again unless its cut turns out to be committed."""
        self._attempt = ""
        self._seen = np.full(seat.state.tree.n_areas, _NEVER)
        """Number of each judged document's verdict; no other area is ever stale."""
        self._ready: set[str] = set()
        """Documents that can be confirmed and are not."""
        self._wake = asyncio.Event()

    # --- fold and publish -------------------------------------------------------------------------------------------

    def fold(self, entries: Sequence[Entry]) -> None:
        """Takes in documents, confirmations, determinations and disputes."""
        for entry in self.entered.fold(entries):
            touched = dict.fromkeys(self._touched(entry))
            for item in touched:  # to the end of the list: what has just come is judged first
                self._owed.pop(item, None)
                self._owed[item] = None
            # A verdict that has not seen this must confirm nothing: it would replace what another engine has just said.
            self._ready.difference_update(kode for kind, kode in touched if kind == "document")

    def _touched(self, entry: Entry) -> Iterator[Item]:
        assert entry.event is not None
        kode = entry.event.tps
        if entry.kind in {"dispute_opened", "dispute_moved"}:
            yield "dispute", str(getattr(entry.event, "dispute", entry.number))
        elif entry.kind == "result_determined":
            yield "determination", kode
        else:
            yield "document", kode
            if above := self._above(kode):
                yield "document", above  # what it carries of this one may differ now

    def _above(self, kode: str) -> str:
        """Code of the document of the level above, where one was entered."""
        tree = self._seat.state.tree
        area = tree.area_codes.one(kode)
        above = tree.kode(int(tree.parent[area])) if area > 0 else ""
        return above if above in self.entered.documents else ""

    async def publish(self, line: asyncpg.Connection, number: int) -> None:
        """Writes some of what is owed; where that leaves more, asks for the next cut."""
        if self._attempt and await line.fetchval(_FATE, self._attempt) != "committed":
            self._owed = self._written | self._owed
        self._owed |= dict.fromkeys(self._stale())
        self._written, self._attempt = {}, await line.fetchval(_ATTEMPT)
        time = asyncio.get_running_loop().time
        until = time() + A_CUT
        while self._owed and (not self._written or time() < until):
            item, _ = self._owed.popitem()
            self._written[item] = None
            await self._write(line, *item)
        if self._owed:
            self._seat.changed()
        self._wake.set()

    def _stale(self) -> Iterator[Item]:
        """Documents below which something was decided since they were judged."""
        state = self._seat.state
        for area in np.flatnonzero(state.area_numbers > self._seen).tolist():
            yield "document", state.tree.kode(area)

    async def _write(self, line: asyncpg.Connection, kind: str, name: str) -> None:
        key = self._seat.key
        if kind == "dispute":
            await tables.dispute(line, key, int(name), self.entered.disputes[int(name)])
        elif kind == "determination":
            await tables.determination(line, key, name, self.entered.determined[name])
        elif (found := self._judged(name)) is not None:
            self._keep(name, found)
            columns, confirmed = self.entered.documents[name], self.entered.confirmed.get(name)
            await tables.columns(line, key, name, columns)
            await tables.verdict(line, key, name, found, columns, confirmed, self.stands(name))

    def _keep(self, kode: str, found: Verdict) -> None:
        self.verdicts[kode] = found
        self._seen[self._seat.state.tree.area_index(kode)] = found.number
        ready = found.confirmable and not self.stands(kode)
        (self._ready.add if ready else self._ready.discard)(kode)

    # --- judge ------------------------------------------------------------------------------------------------------

    def _judged(self, kode: str) -> Verdict | None:
        """The document of an area held against the state; None where the contest has no such document."""
        of = self._document(kode)
        if of is None or kode not in self.entered.documents:
            return None
        return judge(self._seat.state, of, _sheet(self.entered.documents[kode]), self._below(of))

    def _document(self, kode: str) -> Document | None:
        try:
            return document(self._seat.bundle, self._seat.key, kode)
        except Rejected:
            return None

    def _below(self, of: Document) -> dict[str, dict[str, Figures]]:
        """What the documents of the level below print as their own totals."""
        found = ((c.kode, self.entered.documents.get(c.kode, {}).get(c.kode)) for c in of.columns)
        return {kode: printed.told.figures for kode, printed in found if printed is not None}

    def stands(self, kode: str) -> bool:
        """Whether an area is confirmed, and nothing below has changed since."""
        confirmed, found = self.entered.confirmed.get(kode), self.verdicts.get(kode)
        if confirmed is None or found is None or not found.confirmable:
            return False
        return found.final == found.tps and confirmed.event.entered == self.entered.documents[kode][kode].number

    def ready(self) -> list[str]:
        """Areas that can be confirmed, and nothing has been heard of since they were judged."""
        return sorted(self._ready)

    # --- confirm ----------------------------------------------------------------------------------------------------

    async def work(self) -> None:
        """Confirms what has come to be equal. Raises LOST or Unavailable where the journal is away."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            for kode in self.ready():
                if kode in self._ready:  # still, after the one before was appended
                    await self._seat.journal.append(self.confirmation(kode))
            await pause(0.1)

    def confirmation(self, kode: str) -> Draft:
        """The area's confirmation as of the last verdict. A second engine, or a second try, makes the same key."""
        found, replaces = self.verdicts[kode], self.entered.standing(kode)
        event = AreaConfirmed(
            tps=kode,
            at=stamp(self._seat.clock()),
            replaces=replaces,
            entered=self.entered.documents[kode][kode].number,
            upto=found.number,
            policy=POLICY,
        )
        key = canonical(["area_confirmed", self._seat.key, kode, replaces, event.entered, event.upto, POLICY])
        return Draft(event=event, key=sha256(key).digest(), expect=replaces)


def _sheet(columns: dict[str, Printed]) -> Sheet:
    return {kode: printed.told.figures for kode, printed in columns.items()}
