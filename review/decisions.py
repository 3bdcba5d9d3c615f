"""Two people decide what a block's figures are: one proposes, another confirms or declines.

What a correction must satisfy is here; rulings on records and areas are `rulings`', how it looks on screen is `pages`',
which records wait is `waiting`'s.
"""

from collections.abc import Mapping
from uuid import UUID

from election import record as records
from election.contest import Contest
from election.event import REASONS, BlockCorrected, CorrectionDeclined, CorrectionProposed, Figures
from election.record import Block, Proposal, Record
from election.rules import judge_record
from review.accounts import Account
from review.errors import (
    BadFigure,
    NoProposal,
    NothingToDecide,
    Overtaken,
    ProposalWaits,
    SamePerson,
    SumsDiffer,
    UnknownReason,
)
from review.pen import Pen, answer_to
from review.subject import RecordAt
from storage.journal import Appended, Entry, Outcome

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
    """Where decisions on one record's blocks are written."""

    def __init__(self, pen: Pen, at: RecordAt) -> None:
        self.pen, self.at = pen, at

    async def entries(self) -> list[Entry]:
        """Everything that bears on the record, rulings on the areas above among it."""
        return await self.pen.journal.of_record(self.at.tps, self.at.above)

    async def record(self) -> Record:
        """The record as the journal has it now; an empty one where nothing has come in."""
        return records.fold(await self.entries(), self.at.layout, self.at.tps)

    async def propose(self, who: Account, block: str, on: int, figures: Figures, reason: str, form: UUID) -> int:
        """Put a correction of decision number `on` forward; answers the proposal's number.

        `form` is the id of the page it was sent from, so that a second click is the same proposal.
        """
        found = await self._block(block)
        if found.decision != on:
            raise Overtaken
        if found.proposal is not None and found.proposal.account != who.name:
            raise ProposalWaits
        event = CorrectionProposed(
            tps=self.at.tps, at=self.pen.now(), block=block, on=on, figures=figures, reason=reason,
            role=who.role, account=who.name,
        )  # fmt: skip
        return await self.pen.write(event, form.bytes)

    async def confirm(self, who: Account, block: str, proposal: int) -> int:
        """The second person agrees: the proposed figures count from now on.

        Raises NoProposal, SamePerson, Overtaken. Said twice by the same person it changes nothing the second time:
        the answer to the first was lost.
        """
        done = await self.pen.answered(who, proposal, lambda event: isinstance(event, BlockCorrected))
        if done is not None:
            return done
        found = await self._open(who, block, proposal)
        event = BlockCorrected(
            tps=self.at.tps, at=self.pen.now(), block=block, replaces=found.on, figures=found.figures,
            proposal=proposal, reason=found.reason,
            roles=(found.role, who.role), accounts=(found.account, who.name),
        )  # fmt: skip
        return await self.pen.write(event, answer_to(proposal), expect=found.on)

    async def decline(self, who: Account, block: str, proposal: int, reason: str) -> int:
        """The second person disagrees: the proposal is closed and the block stays as it is."""
        if reason not in REASONS:
            raise UnknownReason
        done = await self.pen.answered(who, proposal, lambda event: isinstance(event, CorrectionDeclined))
        if done is not None:
            return done
        await self._open(who, block, proposal)
        event = CorrectionDeclined(
            tps=self.at.tps, at=self.pen.now(), block=block, proposal=proposal, reason=reason,
            role=who.role, account=who.name,
        )  # fmt: skip
        return await self.pen.write(event, answer_to(proposal))

    async def changeable(self) -> Record:
        """The record, where its figures can still change. Raises RecordDetermined; the journal would refuse it too."""
        record = await self.record()
        if record.determined:
            raise await self.pen.journal.refusal(Appended(Outcome.REFUSED, record.determined))
        return record

    async def _block(self, block: str) -> Block:
        found = (await self.changeable()).block(block)
        if not found.decided:
            raise NothingToDecide(block=block)
        return found

    async def _open(self, who: Account, block: str, number: int) -> Proposal:
        """The proposal that waits on this block, where `who` may decide on it."""
        found = await self._block(block)
        if found.proposal is None or found.proposal.number != number:
            raise NoProposal
        if found.proposal.on != found.decision:
            raise Overtaken
        if found.proposal.account == who.name:
            raise SamePerson
        return found.proposal
