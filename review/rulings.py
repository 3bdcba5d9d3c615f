"""Rulings by two people, whatever they rule: one proposes, another confirms, or somebody declines.

A proposal carries the public fields of the very event it will become, so that both people and the log agree on what was
proposed. How a form becomes a ruling is `versions`', `determining`'s and `policy`'s; single blocks' figures are
`decisions`'.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from election import event as events
from election.event import (
    BlockWithdrawn,
    PolicyAdopted,
    ResultDetermined,
    Ruling,
    RulingDeclined,
    RulingProposed,
    VersionOpened,
    leaf,
)
from review.access import Duty
from review.accounts import Account
from review.errors import NoProposal, SamePerson
from review.pen import Pen, answer_to
from storage.journal import Entry

TwoPeople = VersionOpened | BlockWithdrawn | ResultDetermined | PolicyAdopted
"""Rulings that carry two roles."""

DUTIES: dict[type[Ruling], Duty] = {
    VersionOpened: Duty.REOPEN,
    BlockWithdrawn: Duty.WITHDRAW,
    ResultDetermined: Duty.DETERMINE,
    PolicyAdopted: Duty.ADOPT,
}
"""What one must have to propose, confirm or decline each."""

Still = Callable[[TwoPeople], Awaitable[None]]
"""Raises where what was true when a ruling was proposed is so no longer."""


class Proposed(Struct, frozen=True):
    """A ruling that waits for a second person. `account` is private."""

    number: int
    at: str
    role: str
    account: str
    ruling: TwoPeople  # with nobody's name yet

    @property
    def duty(self) -> Duty:
        """What one must have to answer it."""
        return DUTIES[type(self.ruling)]


class Rulings:
    """Where rulings of one contest are proposed and answered."""

    def __init__(self, pen: Pen) -> None:
        self.pen = pen

    async def propose(self, who: Account, ruling: TwoPeople, form: UUID) -> int:
        """Put a ruling forward; answers the proposal's number. The same `form` twice is one proposal.

        Raises LeafTooLarge, and ValueError where a text leaves ASCII.
        """
        at = self.pen.now()
        leaf(_signed(ruling, at, (who.role, who.role), (who.name, who.name)))  # what cannot be said is not proposed
        event = RulingProposed(tps=ruling.tps, at=at, proposes=_public(ruling), role=who.role, account=who.name)
        return await self.pen.write(event, form.bytes)

    async def confirm(self, who: Account, number: int, still: Still) -> int:
        """The second person agrees, and the ruling holds. Said twice by the same person it is one ruling.

        Raises NoProposal, SamePerson, what `still` raises, and what `Pen.write` does.
        """
        done = await self.pen.answered(who, number, lambda event: isinstance(event, TwoPeople))
        if done is not None:
            return done
        found = await self._open(number)
        if found.account == who.name:
            raise SamePerson
        await still(found.ruling)
        ruling = _signed(found.ruling, self.pen.now(), (found.role, who.role), (found.account, who.name))
        return await self.pen.write(ruling, answer_to(number), expect=ruling.replaces)

    async def decline(self, who: Account, number: int) -> int:
        """The second person disagrees, or the first takes the proposal back; nothing changes but that it is closed."""
        done = await self.pen.answered(who, number, lambda event: isinstance(event, RulingDeclined))
        if done is not None:
            return done
        found = await self._open(number)
        event = RulingDeclined(
            tps=found.ruling.tps, at=self.pen.now(), proposal=number, role=who.role, account=who.name
        )
        return await self.pen.write(event, answer_to(number))

    async def asked(self, number: int) -> Proposed:
        """The proposal of this number, answered or not. Raises NoProposal where it is none."""
        entry = await self.pen.journal.entry(number)
        found = None if entry is None else proposed(entry)
        if found is None:
            raise NoProposal
        return found

    async def _open(self, number: int) -> Proposed:
        found = await self.asked(number)
        if await self.pen.answer(number) is not None:
            raise NoProposal
        return found


def proposed(entry: Entry) -> Proposed | None:
    """The proposal that a journal entry is; None where it is another kind of event."""
    event = entry.event
    if not isinstance(event, RulingProposed):
        return None
    said = msgspec.json.decode(event.proposes)
    ruling = events.from_payload(msgspec.json.encode({**said, "at": "", "roles": [], "accounts": []}))
    if not isinstance(ruling, TwoPeople):
        return None
    return Proposed(entry.number, event.at, event.role, event.account, ruling)


def _public(ruling: TwoPeople) -> str:
    """What everybody may read of a ruling, but for when and by whom."""
    said = msgspec.json.decode(leaf(ruling))
    return events.canonical({name: value for name, value in said.items() if name not in ("at", "roles")}).decode()


def _signed(ruling: TwoPeople, at: str, roles: tuple[str, str], accounts: tuple[str, str]) -> TwoPeople:
    return replace(ruling, at=at, roles=roles, accounts=accounts)
