"""What a form says about itself, for readers: its sums with a tick or the difference, and why a block is as it is.

The rules are `election.rules`'; here they are only laid out over the figures of one record.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from election.contest import Contest
from election.event import Figures
from election.reasons import reason as reason_words
from election.record import Step
from election.rules import BETWEEN, RULES, identities
from election.rules.telling import Told, tell
from election.words import Words
from election.words import field as field_words
from publisher.view import BlockView, RecordView

TOLD = 3
"""Places in which one rule's breach is told in full; the table marks the rest."""


class Sum(Struct, frozen=True):
    """One equality of the form: the figure as written, and the figures it should be the sum of."""

    code: str
    label: Words
    written: int
    terms: tuple[int, ...]

    @property
    def difference(self) -> int:
        """Written − computed; 0 where the form agrees with itself."""
        return self.written - sum(self.terms)


def sums(contest: Contest, figures: Mapping[str, Figures], block: str) -> list[Sum]:
    """The equalities of `block` whose figures are all given, in the catalogue's order."""
    return every(contest, figures).get(block, [])


def every(contest: Contest, figures: Mapping[str, Figures]) -> dict[str, list[Sum]]:
    """Block → its equalities whose figures are all given."""
    known: dict[str, int | None] = {}
    for name, values in figures.items():
        known |= dict(zip(contest.blocks[name], values, strict=True))
    found: dict[str, list[Sum]] = {}
    for identity in identities(contest):
        if all(known.get(field) is not None for field, _ in identity.terms):
            found.setdefault(identity.block, []).append(_sum(contest, identity.code, identity.terms, known))
    return found


def _sum(contest: Contest, code: str, terms: tuple[tuple[str, int], ...], known: Mapping[str, int | None]) -> Sum:
    """Residuals are left − right, so the figure with a positive coefficient is the one that the form states."""
    values = [(field, coefficient * (known[field] or 0), coefficient) for field, coefficient in terms]
    stated = [field for field, _, coefficient in values if coefficient > 0]
    written = sum(value for _, value, coefficient in values if coefficient > 0)
    return Sum(code, field_words(contest, stated[0]), written, tuple(-v for _, v, c in values if c < 0))


class Reason(Struct, frozen=True):
    """One reason or warning, in words."""

    code: str
    text: Words

    @property
    def rule(self) -> bool:
        """Whether the code is one that a reader can look up in the catalogue."""
        return self.code in RULES


def reasons(contest: Contest, block: BlockView, of: RecordView, dpt: tuple[int, int]) -> list[Reason]:
    """Why `block` is in its state, and what is unusual about it, with the record's own figures.

    `dpt` is the bundle's DPT of the TPS (men, women; -1 unknown).
    """
    codes = (*block.reasons, *block.warnings)
    return said(block.name, codes, broken(contest, of, dpt)) if codes else []


def broken(contest: Contest, of: RecordView, dpt: tuple[int, int]) -> list[Told]:
    """What the record's figures, as they are shown, break; nothing where no decision speaks of a rule."""
    if not any(code in RULES for block in of.blocks for code in (*block.reasons, *block.warnings)):
        return []
    machine = {other.name: other.machine for other in of.blocks if other.machine is not None}
    shown = {other.name: other.shown for other in of.blocks if other.shown is not None}
    return tell(contest, shown, dpt, machine)


def reasons_then(contest: Contest, step: Step, dpt: tuple[int, int]) -> list[Reason]:
    """Why a step of the history was taken, with the figures as they were then."""
    if not step.reasons:
        return []
    if not step.figures or step.block is None or not any(code in RULES for code in step.reasons):
        return said(step.block, step.reasons, [])
    return said(step.block, step.reasons, tell(contest, {step.block: step.figures}, dpt))


def said(block: str | None, codes: Sequence[str], told: Sequence[Told]) -> list[Reason]:
    """The codes in words, the rule's own where `told` tells of it."""
    found: list[Reason] = []
    for code in codes:
        places = [Reason(code, (one.id, one.en)) for one in told if one.code == code and one.block in (block, BETWEEN)]
        found += places[:TOLD] or [Reason(code, reason_words(code))]
        if len(places) > TOLD:
            more = len(places) - TOLD
            found.append(Reason("", (f"… dan {more} angka lain", f"… and {more} more figures")))
    return found
