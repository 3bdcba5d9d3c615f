"""The catalogue run over the figures of many records, or of one.

What a finding does (hold a block, queue a record) is decided elsewhere; here it is only found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from election.contest import Contest
from election.event import Figures
from election.rules.rule import BETWEEN, RULES, Limits, Line, Severity, Sheet, catalogue, limits_of
from election.tally import ABSENT, Ints, Mask, Tallies


class Verdict(TypedDict):
    """What one record breaks: codes, by block, between the blocks, and warnings; each in the catalogue's order."""

    errors: dict[str, list[str]]
    between: list[str]
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Findings:
    """What `judge` found over n records: for each code that could be looked at, its lines."""

    contest: Contest
    n: int
    lines: Mapping[str, tuple[Line, ...]]

    def broken(self, code: str) -> Mask:
        """bool[n]: the rule was judged and does not hold."""
        return self._any([line.residual != 0 for line in self.lines.get(code, ())])

    def judged(self, code: str) -> Mask:
        """bool[n]: at least one of the rule's comparisons had all its figures."""
        return self._any([line.judged for line in self.lines.get(code, ())])

    def residual(self, code: str) -> NDArray[np.int64]:
        """int64[n]: by how much; of a rule with several lines the largest by absolute value, sign kept."""
        worst = np.zeros(self.n, np.int64)
        for line in self.lines.get(code, ()):
            residual = line.residual
            worst = np.where(np.abs(residual) > np.abs(worst), residual, worst)
        return worst

    def breaks_block(self, block: str) -> Mask:
        """bool[n]: some error rule of `block` is broken; such a block is held until a person has decided."""
        return self._any([self._broken_in(code, block) for code in self._errors()])

    def breaks_any(self) -> Mask:
        """bool[n]: some error rule is broken, those between the blocks included."""
        return self._any([self.broken(code) for code in self._errors()])

    def counts(self) -> dict[str, int]:
        """Code → number of records that break it; only rules that were judged at least once."""
        return {code: int(self.broken(code).sum()) for code in self.lines if self.judged(code).any()}

    def _errors(self) -> list[str]:
        return [code for code in self.lines if RULES[code].severity is Severity.ERROR]

    def _broken_in(self, code: str, block: str) -> Mask:
        lines = [line for line in self.lines[code] if (line.block or RULES[code].block) == block]
        return self._any([line.residual != 0 for line in lines])

    def _any(self, masks: list[Mask]) -> Mask:
        return reduce(np.logical_or, masks, np.zeros(self.n, np.bool_))


def judge(
    contest: Contest,
    tallies: Tallies,
    *,
    dpt_l: Ints | None = None,
    dpt_p: Ints | None = None,
    limits: Limits | None = None,
) -> Findings:
    """Every rule of `contest` over `tallies`, in the catalogue's order.

    `dpt_l` and `dpt_p` are integers[n], the bundle's DPT of each record's TPS, `ABSENT` where unknown. A rule whose
    columns are missing, or whose cells are blank, is not judged there. Codes without any line are left out.
    """
    official = {f"dpt_{x}": column for x, column in (("l", dpt_l), ("p", dpt_p)) if column is not None}
    sheet = Sheet(contest, tallies.beside("bundle", Tallies(official, len(tallies))), limits or limits_of(contest))
    found = ((rule.code, rule.lines(sheet)) for rule in catalogue())
    return Findings(contest, len(tallies), {code: lines for code, lines in found if lines})


def judge_record(
    contest: Contest,
    figures: Mapping[str, Figures],
    dpt: tuple[int, int] | None = None,
    *,
    beside: Mapping[str, Mapping[str, Figures]] | None = None,
    limits: Limits | None = None,
) -> Verdict:
    """The rules over one record: `figures` by block in the order of `contest.blocks`, a missing block is blank.

    `dpt` is the bundle's DPT of the TPS (men, women; `ABSENT` where unknown). Second readings `beside`, by
    `readings.Source` and in the same shape, are held against the figures (E401 to E404). Raises ValueError for figures
    of another length than their block.
    """
    tallies = Tallies.of_records(contest, [figures])
    for source, others in (beside or {}).items():
        read = Tallies.of_records(contest, [others]).columns
        told = {field: column for field, column in read.items() if column[0] not in {ABSENT, tallies.columns[field][0]}}
        tallies = tallies.beside(source, Tallies(told, 1))  # what is the same breaks nothing
    dpt_l, dpt_p = (np.array([x], np.int32) for x in dpt or (ABSENT, ABSENT))
    findings = judge(contest, tallies, dpt_l=dpt_l, dpt_p=dpt_p, limits=limits)
    return verdict(findings)


def verdict(findings: Findings, row: int = 0) -> Verdict:
    """What the record in `row` breaks."""
    answer = Verdict(errors={block: [] for block in findings.contest.blocks}, between=[], warnings=[])
    for code, lines in findings.lines.items():
        broken = [line for line in lines if line.judged[row] and line.residual[row]]
        if broken and RULES[code].severity is Severity.WARNING:
            answer["warnings"].append(code)
        elif broken:
            for block in dict.fromkeys(line.block or RULES[code].block for line in broken):
                (answer["between"] if block == BETWEEN else answer["errors"][block]).append(code)
    return answer
