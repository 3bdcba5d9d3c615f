"""Broken rules told to a person: the catalogue's texts with this record's own figures in their gaps.

Which rules there are is the catalogue's; where a text is shown is the screens' business.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from msgspec import Struct

from election import words
from election.contest import Contest
from election.event import Figures
from election.rules.judge import Findings, judge
from election.rules.rule import RULES, Line, Severity
from election.tally import ABSENT, Tallies

PARTS: dict[str, words.Words] = {
    "l": ("Laki-laki", "Men"),
    "p": ("Perempuan", "Women"),
    "j": ("Jumlah", "Total"),
    "": ("Jumlah", "Total"),
    "tps_in": ("TPS yang masuk", "TPS in"),
    "tps_final": ("TPS yang final", "TPS that are final"),
}


class Told(Struct, frozen=True):
    """One broken comparison in words."""

    code: str
    block: str  # suara, administrasi, a party's, between, or area
    error: bool
    id: str
    en: str


def tell(
    contest: Contest,
    figures: Mapping[str, Figures],
    dpt: tuple[int, int] | None = None,
    machine: Mapping[str, Figures] | None = None,
) -> list[Told]:
    """Everything one record breaks, in words, in the catalogue's order. Arguments as `judge_record`."""
    tallies = Tallies.of_records(contest, [figures])
    if machine:
        tallies = tallies.beside("machine", Tallies.of_records(contest, [machine]))
    dpt_l, dpt_p = (np.array([x], np.int32) for x in dpt or (ABSENT, ABSENT))
    return told(judge(contest, tallies, dpt_l=dpt_l, dpt_p=dpt_p))


def told(findings: Findings, row: int = 0) -> list[Told]:
    """Everything that the record, or area, in `row` breaks, in words, in the catalogue's order."""
    return [one for code, lines in findings.lines.items() for one in _of_rule(findings.contest, code, lines, row)]


def _of_rule(contest: Contest, code: str, lines: tuple[Line, ...], row: int) -> Iterator[Told]:
    rule = RULES[code]
    for line in lines:
        if not (line.judged[row] and line.residual[row]):
            continue
        gaps = _gaps(contest, line, row)
        yield Told(
            code, line.block or rule.block, rule.severity is Severity.ERROR,
            rule.text_id.format_map(gaps[0]), rule.text_en.format_map(gaps[1]),
        )  # fmt: skip


def _gaps(contest: Contest, line: Line, row: int) -> tuple[dict[str, str], dict[str, str]]:
    """What fills the gaps of a text, Indonesian and English."""
    part = line.part.rpartition(".")[2]
    name = words.field(contest, part) if part in contest.fields else PARTS.get(part, (part, part))
    left, right = int(line.left.values[row]), int(line.right.values[row])
    figures = {
        "left": words.number(left),
        "right": words.number(right),
        "difference": f"{left - right:+d}".replace("-", "−"),
        "part_id": name[0],
        "part_en": name[1],
    }
    return {**figures, "field": name[0]}, {**figures, "field": name[1]}
