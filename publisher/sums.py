"""What a form says about itself, for readers: its sums with a tick or the difference, and why a block is as it is.

The rules are `election.rules`'; here they are only laid out over the figures of one record.
"""

from collections.abc import Mapping

from msgspec import Struct

from election.contest import Contest
from election.event import Figures
from election.rules import identities
from election.rules.telling import tell
from election.words import Words
from election.words import field as field_words
from publisher import words
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
    known: dict[str, int | None] = {}
    for name, values in figures.items():
        known |= dict(zip(contest.blocks[name], values, strict=True))
    return [
        _sum(contest, identity.code, identity.terms, known)
        for identity in identities(contest)
        if identity.block == block and all(known.get(field) is not None for field, _ in identity.terms)
    ]


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


def reasons(contest: Contest, block: BlockView, of: RecordView, dpt: tuple[int, int]) -> list[Reason]:
    """Why `block` is in its state, and what is unusual about it, in words with the record's own figures.

    `dpt` is the bundle's DPT of the TPS (men, women; -1 unknown).
    """
    machine = {other.name: other.machine for other in of.blocks if other.machine is not None}
    shown = {other.name: other.shown for other in of.blocks if other.shown is not None}
    told = tell(contest, shown, dpt, machine)
    found = []
    for code in (*block.reasons, *block.warnings):
        places = [Reason(code, (one.id, one.en)) for one in told if one.code == code and _concerns(one.block, block)]
        found += places[:TOLD] or [Reason(code, words.reason(code))]
        if len(places) > TOLD:
            more = len(places) - TOLD
            found.append(Reason(code, (f"… dan {more} angka lain", f"… and {more} more figures")))
    return found


def _concerns(told: str, block: BlockView) -> bool:
    return told in {block.name, "between", "record"}
