"""Two people decide: one proposes, another confirms or declines. Pure but for the journal it is handed.

What a proposal must satisfy is here; how it looks on screen is in `pages`, which records wait is in `waiting`.
"""

from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

import msgspec

from election import record as records
from election.clock import Clock, stamp
from election.contest import Contest
from election.event import REASONS, BlockCorrected, CorrectionDeclined, CorrectionProposed, Event, Figures, payload
from election.record import Block, Layout, Proposal, Record
from election.rules import judge_record
from review.accounts import Account
from review.errors import (
    BadFigure,
    NoProposal,
    NoSuchRecord,
    NothingToDecide,
    Overtaken,
    ProposalWaits,
    SamePerson,
    SumsDiffer,
    UnknownReason,
)
from storage.journal import Draft, Journal, Outcome

PAPER = "paper_contradicts"
"""The reason under which figures may break their own block's sums: the form is kept as written, and flagged."""

WHY_CORRECT = {code: text for code, text in REASONS.items() if code != "not_legible"}
"""Reasons for a correction: nobody can say what a form states that cannot be read."""


def parse_figures(fields: tuple[str, ...], form: Mapping[str, str]) -> Figures:
    """The figures that a validator typed, in block order. Raises BadFigure, which names the field."""

    def one(field: str) -> int:
        text = form.get(field, "").strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 3):
            raise BadFigure(field=field)
        return int(text)

    return tuple(one(field) for field in fields)


def check(contest: Contest, block: str, figures: Figures, reason: str) -> tuple[str, ...]:
    """The error rules of their own block that `figures` break. Raises SumsDiffer unless the paper is said to."""
    if reason not in WHY_CORRECT:
        raise UnknownReason
    broken = tuple(judge_record(contest, {block: figures})["errors"].get(block, ()))
    if broken and reason != PAPER:
        raise SumsDiffer(rules=", ".join(broken))
    return broken


class Desk:
    """Where one contest's decisions are written: its journal, its form's layout, and the time."""

    def __init__(self, journal: Journal, layout: Layout, clock: Clock) -> None:
        self.journal, self.layout, self.clock = journal, layout, clock

    async def record(self, tps: str) -> Record:
        """The record as the journal has it now. Raises NoSuchRecord where nothing has come in."""
        entries = await self.journal.of_record(tps)
        if not entries:
            raise NoSuchRecord(tps=tps)
        return records.fold(entries, self.layout)

    async def propose(
        self, who: Account, tps: str, block: str, on: int, figures: Figures, reason: str, form: UUID
    ) -> int:
        """Put a correction of decision number `on` forward; answers the proposal's number.

        `form` is the id of the page it was sent from, so that a second click is the same proposal.
        """
        found = await self._block(tps, block)
        if found.decision != on:
            raise Overtaken
        if found.proposal is not None and found.proposal.account != who.name:
            raise ProposalWaits
        event = CorrectionProposed(
            tps=tps, at=stamp(self.clock()), block=block, on=on, figures=figures, reason=reason,
            role=who.role, account=who.name,
        )  # fmt: skip
        return await self._append(event, form.bytes)

    async def confirm(self, who: Account, tps: str, block: str, proposal: int) -> int:
        """The second person agrees: the proposed figures count from now on.

        Raises NoProposal, SamePerson, Overtaken. Said twice by the same person it changes nothing the second time:
        the answer to the first was lost.
        """
        if (done := await self._said(who, tps, proposal, BlockCorrected)) is not None:
            return done
        found = await self._open(who, tps, block, proposal)
        event = BlockCorrected(
            tps=tps, at=stamp(self.clock()), block=block, replaces=found.on, figures=found.figures,
            proposal=proposal, reason=found.reason,
            roles=(found.role, who.role), accounts=(found.account, who.name),
        )  # fmt: skip
        return await self._append(event, _answer_to(proposal), expect=found.on)

    async def decline(self, who: Account, tps: str, block: str, proposal: int, reason: str) -> int:
        """The second person disagrees: the proposal is closed and the block stays as it is."""
        if reason not in REASONS:
            raise UnknownReason
        if (done := await self._said(who, tps, proposal, CorrectionDeclined)) is not None:
            return done
        await self._open(who, tps, block, proposal)
        event = CorrectionDeclined(
            tps=tps, at=stamp(self.clock()), block=block, proposal=proposal, reason=reason,
            role=who.role, account=who.name,
        )  # fmt: skip
        return await self._append(event, _answer_to(proposal))

    async def _said(
        self, who: Account, tps: str, proposal: int, kind: type[BlockCorrected | CorrectionDeclined]
    ) -> int | None:
        """The number under which `who` has given this very answer before; None where nobody has, or another did."""
        done = await self.journal.find(_answer_to(proposal))
        if done is None:
            return None
        event = next((entry.event for entry in await self.journal.of_record(tps) if entry.number == done.number), None)
        if not isinstance(event, kind):
            return None
        account = event.accounts[-1] if isinstance(event, BlockCorrected) else event.account
        return done.number if account == who.name else None

    async def _block(self, tps: str, block: str) -> Block:
        found = (await self.record(tps)).block(block)
        if not found.decision:
            raise NothingToDecide(block=block)
        return found

    async def _open(self, who: Account, tps: str, block: str, number: int) -> Proposal:
        """The proposal that waits on this block, where `who` may decide on it."""
        found = await self._block(tps, block)
        if found.proposal is None or found.proposal.number != number:
            raise NoProposal
        if found.proposal.on != found.decision:
            raise Overtaken
        if found.proposal.account == who.name:
            raise SamePerson
        return found.proposal

    async def _append(self, event: Event, key: bytes, expect: int | None = None) -> int:
        said = msgspec.structs.replace(event, at="")  # what the person said, whenever it arrives
        draft = Draft(event=event, key=key, digest=sha256(payload(said)).digest(), expect=expect)
        [done] = await self.journal.append(draft)
        if done.outcome in (Outcome.STALE, Outcome.CONFLICT):
            raise Overtaken
        return done.number


def _answer_to(proposal: int) -> bytes:
    """The key of whatever is answered to a proposal: who agrees and who disagrees at once cannot both be heard."""
    return b"answer to proposal %d" % proposal
