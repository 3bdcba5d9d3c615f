"""What the machine alone would count: a block whose reading is sure enough and keeps the block's own rules."""

from collections.abc import Sequence

from election.acceptance import Acceptance
from election.contest import Contest
from election.decode import BlockReading
from election.rules import judge_record


def adds_up(contest: Contest, block: str, figures: Sequence[int | None]) -> bool:
    """Whether dense figures keep the error rules of their block; a number that is not written keeps none."""
    if None in figures:
        return False
    return not judge_record(contest, {block: tuple(figures)})["errors"][block]


def accepted(contest: Contest, block: str, reading: BlockReading, limits: Acceptance) -> bool:
    """Whether the reading would count if the officer's figures agree with it."""
    return reading.probability >= limits.threshold(block) and adds_up(contest, block, reading.figures)
