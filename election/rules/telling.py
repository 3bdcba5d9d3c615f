"""Broken rules told to a person: the catalogue's texts with this record's own figures in their gaps.

Which rules there are is the catalogue's; where a text is shown is the screens' business.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from msgspec import Struct

from election import words
from election.contest import Contest
from election.event import Figures
from election.rules.judge import judge
from election.rules.rule import RULES, Line, Severity
from election.tally import ABSENT, Tallies

PARTS: dict[str, words.Words] = {
    "l": ("Laki-laki", "Men"),
    "p": ("Perempuan", "Women"),
    "j": ("Jumlah", "Total"),
    "": ("Jumlah", "Total"),
}


class Told(Struct, frozen=True):
    """One broken comparison in words."""

    code: str
    block: str  # suara, administrasi, or between
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
    findings = judge(contest, tallies, dpt_l=dpt_l, dpt_p=dpt_p)
    return [told for code, lines in findings.lines.items() for told in _of_rule(contest, code, lines)]


def _of_rule(contest: Contest, code: str, lines: tuple[Line, ...]) -> Iterator[Told]:
    rule = RULES[code]
    for line in lines:
        if not (line.judged[0] and line.residual[0]):
            continue
        gaps = _gaps(contest, line)
        yield Told(
            code, line.block or rule.block, rule.severity is Severity.ERROR,
            rule.text_id.format_map(gaps[0]), rule.text_en.format_map(gaps[1]),
        )  # fmt: skip


def _gaps(contest: Contest, line: Line) -> tuple[dict[str, str], dict[str, str]]:
    """What fills the gaps of a text, Indonesian and English."""
    part = line.part.rpartition(".")[2]
    name = words.field(contest, part) if part in contest.fields else PARTS.get(part, (part, part))
    left, right = int(line.left.values[0]), int(line.right.values[0])
    figures = {
        "left": words.number(left),
        "right": words.number(right),
        "difference": f"{left - right:+d}".replace("-", "−"),
        "part_id": name[0],
        "part_en": name[1],
    }
    return {**figures, "field": name[0]}, {**figures, "field": name[1]}
