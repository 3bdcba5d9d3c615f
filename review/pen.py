"""What people at the desk write goes into the journal through here: once each, compared and swapped, or not at all.

What may be written is `decisions`', `rulings`', `disputes`' and `plenary`'s to judge.
"""

from collections.abc import Callable
from hashlib import sha256

import msgspec

from election.clock import Clock, stamp
from election.event import Event, payload
from review.accounts import Account
from review.errors import Overtaken
from storage.errors import JournalUnavailable
from storage.journal import Draft, Entry, Journal, Outcome


class Pen:
    """Writes into one contest's journal. Needs nothing but the journal and the time."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self.journal, self.clock = journal, clock

    def now(self) -> str:
        """The time as events have it."""
        return stamp(self.clock())

    async def write(self, event: Event, key: bytes, expect: int | None = None) -> int:
        """Append `event` under `key`; answers its number, also where this very thing was written before.

        Raises:
            Overtaken: another event stands where `expect` was, or something else was said under this key.
            JournalUnavailable: the database is away; the form can be sent again.
            Rejected: what stands does not allow it, as the journal says (`record.determined`).
        """
        said = msgspec.structs.replace(event, at="")  # what the person said, whenever it arrives
        draft = Draft(event=event, key=key, digest=sha256(payload(said)).digest(), expect=expect)
        try:
            [done] = await self.journal.append(draft)
        except JournalUnavailable:  # whether it was kept is unknown; under its key it can be sent again
            [done] = await self.journal.append(draft)
        if done.outcome in (Outcome.STALE, Outcome.CONFLICT):
            raise Overtaken
        if done.outcome is Outcome.REFUSED:
            raise await self.journal.refusal(done)
        return done.number

    async def answer(self, proposal: int) -> Entry | None:
        """What was answered to the proposal of this number; None while it waits."""
        done = await self.journal.find(answer_to(proposal))
        return None if done is None else await self.journal.entry(done.number)

    async def answered(self, who: Account, proposal: int, kind: Callable[[Event], bool]) -> int | None:
        """The number under which `who` has given an answer of this kind before: the answer to it was lost.

        None where nobody has, or somebody else did.
        """
        entry = await self.answer(proposal)
        if entry is None or entry.event is None or not kind(entry.event):
            return None
        said_by = getattr(entry.event, "accounts", None) or (getattr(entry.event, "account", None),)
        return entry.number if said_by[-1] == who.name else None


def answer_to(proposal: int) -> bytes:
    """The key of whatever is answered to a proposal: who agrees and who disagrees at once cannot both be heard."""
    return b"answer to proposal %d" % proposal
