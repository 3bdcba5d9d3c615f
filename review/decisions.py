"""Two people decide: one proposes, another confirms or declines. Pure but for the journal it is handed.

What a proposal must satisfy is here; how it looks on screen is in `pages`, which records wait is in `waiting`.
"""

from collections.abc import Mapping

from election import record as records
from election.clock import Clock, stamp
from election.contest import Contest
from election.event import REASONS, BlockCorrected, CorrectionDeclined, CorrectionProposed, Event, Figures
from election.record import Block
from election.rules import judge_record
from review.accounts import Account
from review.errors import (
    BadFigure,
    NoProposal,
    NothingToDecide,
    Overtaken,
    SamePerson,
    SumsDiffer,
    UnknownReason,
)
from storage.journal import Draft, Journal, Outcome

PAPER = "paper_contradicts"
"""The reason under which figures may break their own block's sums: the form is kept as written, and flagged."""


def parse_figures(fields: tuple[str, ...], form: Mapping[str, str]) -> Figures:
    """The figures that a validator typed, in block order. Raises BadFigure, which names the field."""

    def one(field: str) -> int:
        text = form.get(field, "").strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 3):
            raise BadFigure(field=field)
        return int(text)

    return tuple(one(field) for field in fields)


def check(contest: Contest, block: str, figures: Figures, reason: str, dpt: tuple[int, int] | None) -> tuple[str, ...]:
    """The error rules of their own block that `figures` break. Raises SumsDiffer unless `reason` says the paper does."""
    if reason not in REASONS or reason == "not_legible":
        raise UnknownReason
    broken = tuple(judge_record(contest, {block: figures}, dpt)["errors"].get(block, ()))
    if broken and reason != PAPER:
        raise SumsDiffer(rules=", ".join(broken))
    return broken


class Desk:
    """Where one contest's decisions are written: its journal and the time."""

    def __init__(self, contest: Contest, journal: Journal, clock: Clock) -> None:
        self.contest, self.journal, self.clock = contest, journal, clock

    async def block(self, tps: str, block: str) -> Block:
        """The block as the journal has it now. Raises NothingToDecide where no decision can be replaced."""
        record = records.fold(self.contest, tps, await self.journal.of_record(tps))
        found = record.blocks[block]
        if not found.decision:
            raise NothingToDecide(block=block)
        return found

    async def propose(self, who: Account, tps: str, block: str, on: int, figures: Figures, reason: str) -> int:
        """Put a correction of decision number `on` forward; answers the proposal's number."""
        if (await self.block(tps, block)).decision != on:
            raise Overtaken
        event = CorrectionProposed(
            tps=tps, at=stamp(self.clock()), block=block, on=on, figures=figures, reason=reason,
            role=who.role, account=who.name,
        )  # fmt: skip
        return await self._append(event, None)

    async def confirm(self, who: Account, tps: str, block: str, proposal: int) -> int:
        """The second person agrees: the proposed figures count from now on. Raises SamePerson, NoProposal, Overtaken."""
        found, proposed = await self._open(who, tps, block, proposal)
        event = BlockCorrected(
            tps=tps, at=stamp(self.clock()), block=block, replaces=found.decision, figures=proposed.figures,
            proposal=proposal, reason=proposed.reason,
            roles=(proposed.role, who.role), accounts=(proposed.account, who.name),
        )  # fmt: skip
        return await self._append(event, found.decision)

    async def decline(self, who: Account, tps: str, block: str, proposal: int, reason: str) -> int:
        """The second person disagrees: the proposal is closed and the block stays as it is."""
        if reason not in REASONS:
            raise UnknownReason
        await self._open(who, tps, block, proposal)
        event = CorrectionDeclined(
            tps=tps, at=stamp(self.clock()), block=block, proposal=proposal, reason=reason,
            role=who.role, account=who.name,
        )  # fmt: skip
        return await self._append(event, None)

    async def _open(self, who: Account, tps: str, block: str, proposal: int) -> tuple[Block, CorrectionProposed]:
        found = await self.block(tps, block)
        if found.proposal is None or found.proposal.number != proposal:
            raise NoProposal
        event = found.proposal.event
        if event.on != found.decision:
            raise Overtaken
        if event.account == who.name:
            raise SamePerson
        return found, event

    async def _append(self, event: Event, expect: int | None) -> int:
        [done] = await self.journal.append(Draft(event=event, key=None, digest=None, expect=expect))
        if done.outcome is Outcome.STALE:
            raise Overtaken
        return done.number
