"""What is unusual about records' decided blocks, over records of any ballots at once.

The rules look at a contest's fields, which differ from ballot to ballot. Here all ballots of a contest are laid on one
**widest ballot** that has every choice and every candidate of any of them; what a ballot lacks has no votes there, so
that sums stay what they are and one pass over arrays judges a whole cut. What a mark means is `election.rules`'s.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from election.bundle.printed import Printed
from election.contest import Choice, Contest, Kind
from election.event import Figures
from election.record import Block, Record
from election.rules import BETWEEN, RULES, Findings, Limits, judge
from election.rules.rule import Severity
from election.tally import ABSENT, Tallies
from recap.state import LARGEST

Marks = Mapping[str, tuple[str, ...]]
"""Block → codes."""


class Found(NamedTuple):
    """One broken rule of one record. `block` is None of a rule between blocks."""

    code: str
    block: str | None
    warning: bool


class Marking:
    """The marks of one contest's records."""

    def __init__(self, printed: Printed, limits: Limits) -> None:
        self._printed, self._limits = printed, limits
        self._widest = widest(printed.ballots)
        self._at = {field: j for j, field in enumerate(self._widest.fields)}
        self._laid: dict[int, tuple[dict[str, NDArray[np.int64]], NDArray[np.int32]]] = {}

    def marks(self, rows: Sequence[int], records: Sequence[Record], dpt: NDArray[np.int32]) -> list[Marks]:
        """By block: rules between blocks, warnings, and on blocks that people decided their broken error rules too.

        `rows` are the records' TPS rows, `dpt` int32[n, 2] the voters known there. Told from the figures as they
        stand now, so that a mark never outlives the figure it was about.
        """
        ballots = self._printed.of_tps[list(rows)].tolist()
        told = [self._told(ballot, record) for ballot, record in zip(ballots, records, strict=True)]
        dense = np.full((len(records), len(self._widest.fields)), ABSENT, np.int32)
        for line, ballot, figures in zip(dense, ballots, told, strict=True):
            if figures:
                self._lay(line, ballot, figures)
        columns = Tallies(dict(zip(self._widest.fields, dense.T, strict=True)), len(records))
        findings = judge(self._widest, columns, dpt_l=dpt[:, 0], dpt_p=dpt[:, 1], limits=self._limits)
        found = broken(findings, len(records))
        return [_of_record(record, figures, some) for record, figures, some in zip(records, told, found, strict=True)]

    def _told(self, ballot: int, record: Record) -> dict[str, Figures]:
        blocks = self._printed.ballots[ballot].blocks
        return {
            block.name: figures
            for block in record.blocks
            if (figures := shown(block.figures)) is not None and len(figures) == len(blocks.get(block.name, ()))
        }

    def _lay(self, line: NDArray[np.int32], ballot: int, told: Mapping[str, Figures]) -> None:
        """Puts a record's figures where the widest ballot has them, and what its ballot lacks as nothing."""
        if ballot not in self._laid:
            self._laid[ballot] = self._places(self._printed.ballots[ballot])
        places, lacking = self._laid[ballot]
        line[lacking] = 0
        for block, figures in told.items():
            line[places[block]] = [ABSENT if figure is None else figure for figure in figures]

    def _places(self, ballot: Contest) -> tuple[dict[str, NDArray[np.int64]], NDArray[np.int32]]:
        """Where each block's fields stand on the widest ballot, and where what this ballot lacks counts as nothing."""
        places = {
            block: np.array([self._at[field] for field in fields], np.int64) for block, fields in ballot.blocks.items()
        }
        here = {field for fields in ballot.blocks.values() for field in fields}
        unknown = set() if ballot.listed else _parts(self._widest, ballot)
        lacking = [j for field, j in self._at.items() if field not in here and field not in unknown]
        return places, np.array(lacking, np.int32)


def widest(ballots: Sequence[Contest]) -> Contest:
    """A ballot with every choice of any of `ballots`, by number, and as many candidates as the longest list has."""
    choices: dict[int, Choice] = {}
    for choice in (choice for ballot in ballots for choice in ballot.choices):
        known = choices.get(choice.number, choice)
        named = {candidate.number: candidate for candidate in (*known.candidates, *choice.candidates)}
        longest = tuple(candidate for _, candidate in sorted(named.items()))
        choices[choice.number] = replace(known, candidates=longest)
    return replace(ballots[0], choices=tuple(choice for _, choice in sorted(choices.items())))


def _parts(widest: Contest, ballot: Contest) -> set[str]:
    """The fields of which a party's total is made, for the parties of a ballot whose candidates nobody knows."""
    if ballot.type.kind is not Kind.PARTIES:
        return set()
    return {field for party in ballot.choice_fields for field in widest.blocks[party] if field != party}


def broken(findings: Findings, n: int) -> list[list[Found]]:
    """What each of n records breaks, in the catalogue's order, each once."""
    found: list[dict[Found, None]] = [{} for _ in range(n)]
    for code, lines in findings.lines.items():
        warning = RULES[code].severity is Severity.WARNING
        for line in lines:
            block = line.block or RULES[code].block
            one = Found(code, None if block == BETWEEN else block, warning)
            for row in np.flatnonzero(line.residual).tolist():
                found[row][one] = None
    return [list(some) for some in found]


def _of_record(record: Record, told: Mapping[str, Figures], found: Sequence[Found]) -> Marks:
    if not found:
        return {}
    return {block.name: _of_block(block, told, found) for block in record.blocks if block.decided}


def _of_block(block: Block, told: Mapping[str, Figures], found: Sequence[Found]) -> tuple[str, ...]:
    between = [one.code for one in found if one.block is None and not one.warning]
    errors = [one.code for one in found if one.block == block.name and not one.warning]
    unusual = [one.code for one in found if one.warning and (_block(one) not in told or _block(one) == block.name)]
    people = [code for code in errors if code not in block.reasons]
    return tuple(dict.fromkeys([*between, *people, *unusual]))


def _block(one: Found) -> str:
    return RULES[one.code].block


def shown(figures: Figures | None) -> Figures | None:
    """Figures as a column holds them; one that no form could carry is shown as missing."""
    if figures is None:
        return None
    return tuple(figure if figure is not None and 0 <= figure <= LARGEST else None for figure in figures)
