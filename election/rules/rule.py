"""What a rule is: a code, what it means in law and in words, and one pure function over columns.

The rules themselves stand in `administrasi`, `votes`, `between`, `readings`, `notices`, `elsewhere`, `neighbours`,
`changes` and `plenary`; running them over many records, or one, is `judge`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.contest import ADM, CONTEST_TYPES, SUARA, Contest, Kind
from election.tally import Column, Mask, Tallies

BETWEEN, PARTY, RECORD, AREA = "between", "partai_n", "record", "area"
"""Besides the two blocks: a rule between them, one of each party's own, one of whichever block a field is in, and one
of the sums of areas, which no record of a TPS is judged by."""


class Severity(StrEnum):
    """What a broken rule does: an error holds its block, a warning is published or queued by configuration."""

    ERROR = "error"
    WARNING = "warning"


class Limits(Struct, frozen=True):
    """Numbers the law gives, whole, so that no threshold is ever a float."""

    reserve: int = 20  # ballots delivered beyond the DPT, in thousandths
    voters: int = 300  # voters of one TPS; the law's own limit is 500
    invalid: int = 100  # thousandths of the ballots from which W511 remarks on invalid ones


PILKADA_LIMITS = Limits(reserve=25, voters=600)
"""Reserve of 2.5 %, and 600 voters a TPS in 2024, where the law allows 800 (unverified)."""


def limits_of(contest: Contest) -> Limits:
    """The limits of a contest where its bundle says nothing else."""
    return PILKADA_LIMITS if contest.type.local else Limits()


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a rule is shown: the figures of n records of one contest."""

    contest: Contest
    tallies: Tallies
    limits: Limits

    def __getitem__(self, field: str) -> Column:
        return self.tallies[field]

    @property
    def votes(self) -> list[Column]:
        """The votes of each choice; in party contests each party's total."""
        return [self[field] for field in self.contest.choice_fields]


class Relation(StrEnum):
    """How the two sides of a line must stand."""

    EQUAL = "="
    AT_MOST = "≤"


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison of a rule over n records. `residual` is 0 exactly where it holds, and where it is not judged."""

    left: Column
    right: Column
    relation: Relation = Relation.EQUAL
    part: str = ""  # which of the rule's comparisons: l, p, j, or a field
    block: str | None = None  # of a rule over parties or the whole record: the block of this line

    @property
    def judged(self) -> Mask:
        """bool[n]: both sides were given."""
        return self.left.given & self.right.given

    @property
    def residual(self) -> NDArray[np.int64]:
        """int64[n]: left − right; of an inequality, by how much it is exceeded."""
        difference = self.left.values - self.right.values
        if self.relation is Relation.AT_MOST:
            difference = np.maximum(difference, 0)
        return np.where(self.judged, difference, 0)


def at_most(left: Column, right: Column, part: str = "") -> Line:
    """left ≤ right."""
    return Line(left, right, Relation.AT_MOST, part)


Function = Callable[[Sheet], Iterable[Line]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue. `function` is None where it waits for data no record carries: `needs` says which."""

    code: str
    severity: Severity
    block: str
    contests: tuple[str, ...]
    law: str
    text_id: str
    text_en: str
    definition: str
    function: Function | None
    needs: str

    def text(self, language: str) -> str:
        """What an officer is told, with its gaps: `id` or `en`."""
        return self.text_id if language == "id" else self.text_en

    def lines(self, sheet: Sheet) -> tuple[Line, ...]:
        """The rule's comparisons over `sheet`; none in a contest it is not for, or while it waits for its data."""
        if self.function is None or sheet.contest.key not in self.contests:
            return ()
        return tuple(self.function(sheet))


RULES: dict[str, Rule] = {}
"""Every rule by code, as the modules of this package enter them."""


def catalogue() -> list[Rule]:
    """Every rule in the order of the codes: errors, then warnings."""
    return [RULES[code] for code in sorted(RULES)]


ALL = tuple(CONTEST_TYPES)
PAIRS = tuple(key for key, kind in CONTEST_TYPES.items() if kind.kind is Kind.PAIRS)
CANDIDATES = tuple(key for key, kind in CONTEST_TYPES.items() if kind.kind is Kind.CANDIDATES)
PARTIES = tuple(key for key, kind in CONTEST_TYPES.items() if kind.kind is Kind.PARTIES)


def rule(
    code: str,
    *,
    block: str,
    law: str,
    text_id: str,
    text_en: str,
    contests: tuple[str, ...] = ALL,
    needs: str = "",
) -> Callable[[Function], Function]:
    """Enter the decorated function in the catalogue; its docstring is the rule's definition.

    A code in E is an error, in W a warning. Raises ValueError for a code that is already taken.
    """

    def enter(function: Function) -> Function:
        _enter(code, block, law, text_id, text_en, contests, needs, function.__doc__ or "", function)
        return function

    return enter


def listed(code: str, definition: str, *, block: str, law: str, text_id: str, text_en: str, needs: str) -> None:
    """Enter a rule that cannot be a function of a record's figures; `needs` says what it waits for."""
    _enter(code, block, law, text_id, text_en, ALL, needs, definition, None)


def _enter(
    code: str,
    block: str,
    law: str,
    text_id: str,
    text_en: str,
    contests: tuple[str, ...],
    needs: str,
    definition: str,
    function: Function | None,
) -> None:
    if code in RULES or block not in {SUARA, ADM, BETWEEN, PARTY, RECORD, AREA}:
        raise ValueError(f"{code} is taken, or {block} is no block")
    severity = Severity.ERROR if code.startswith("E") else Severity.WARNING
    RULES[code] = Rule(
        code, severity, block, contests, law, text_id, text_en, " ".join(definition.split()), function, needs
    )
