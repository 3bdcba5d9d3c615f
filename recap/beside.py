"""What a record's blocks say to each other: whose figures each stands for now, and which blocks a decision looks at.

It is a function of evidence and of people's decisions, never of when the machine decided: so blocks that look at each
other come to rest. The rules between figures are `election.rules`'.
"""

from collections.abc import Mapping
from typing import NamedTuple

from election.block import PEOPLE, BlockState
from election.contest import ADM, SUARA, Contest
from election.event import Figures
from election.record import Block, Record

_GONE = frozenset({BlockState.WITHDRAWN, BlockState.SUPERSEDED})


class Word(NamedTuple):
    """What a block says, and the journal's number of the event that says it; figures None where it says nothing."""

    number: int
    figures: Figures | None


def words(record: Record, contest: Contest) -> dict[str, Word]:
    """Block → people's figures, else the officer's, else those that count by the machine's reading alone.

    Figures of another length than the block's are none. A block of which nothing is known is missing.
    """
    found = ((block.name, _word(record, block)) for block in record.blocks if block.name in contest.blocks)
    return {
        name: word if len(word.figures or ()) == len(contest.blocks[name]) else word._replace(figures=None)
        for name, word in found
        if word.number
    }


def _word(record: Record, block: Block) -> Word:
    if block.state in PEOPLE:
        return Word(block.number, None if block.state in _GONE else block.figures)
    reading = record.reading(block.name)
    if reading is not None:
        return Word(reading.number, reading.event.figures[block.name])
    return Word(block.decision, block.figures if block.counts else None)


def looked_at(block: str, contest: Contest) -> tuple[str, ...]:
    """The other blocks that a decision on `block` rests on.

    The totals of a party contest are the sum of its parties' (E304); votes and data page mark each other (E306, E307,
    W502, W504); a party's page stands for itself.
    """
    if block == SUARA:
        return tuple(name for name in contest.blocks if name != SUARA)
    return (SUARA,) if block == ADM else ()


def figures(said: Mapping[str, Word]) -> dict[str, Figures]:
    """Block → figures, of those that say any."""
    return {name: word.figures for name, word in said.items() if word.figures is not None}
