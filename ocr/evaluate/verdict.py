"""What the machine alone would count: blocks whose reading is sure enough, keeps the rules of its own block, and is
written so that no person need look."""

from collections.abc import Mapping, Sequence

from election.acceptance import Acceptance
from election.contest import Contest
from election.decode import BlockReading
from election.rules import judge_record

Blocks = Mapping[str, Sequence[int | None]]
"""Block → dense figures; blocks that are not known are missing."""


def adding_up(contest: Contest, blocks: Blocks) -> set[str]:
    """The blocks that keep their error rules, judged beside the others; one with a number missing keeps none."""
    errors = judge_record(contest, {name: tuple(figures) for name, figures in blocks.items()})["errors"]
    return {name for name, figures in blocks.items() if None not in figures and not errors[name]}


def accepted(contest: Contest, readings: Mapping[str, BlockReading], limits: Acceptance) -> set[str]:
    """The blocks of a record that would count if the officer's figures agree with their readings."""
    keeping = adding_up(contest, {name: reading.figures for name, reading in readings.items()})
    plain = {name for name in keeping if not readings[name].odd}
    return {name for name in plain if readings[name].probability >= limits.threshold(name)}
