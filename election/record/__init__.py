"""What the journal says about one record (TPS × contest): a pure fold of its events, in the order of their numbers.

Recapitulation, review and publication all look at a record through this fold, so they can never disagree about it.
Deciding lives in `recap`; here only the consequences of what was decided are drawn.
"""

from election.block import COUNTING, PEOPLE, WORDS, BlockState
from election.record.shape import (
    OUTLINED,
    Block,
    Dispute,
    Earlier,
    Entry,
    Layout,
    Opened,
    Photo,
    Proposal,
    Reading,
    Record,
    Step,
    empty,
    layout,
)
from election.record.walk import ABOVE, apply, concerns, fold

__all__ = [
    "ABOVE", "COUNTING", "OUTLINED", "PEOPLE", "WORDS",
    "Block", "BlockState", "Dispute", "Earlier", "Entry", "Layout", "Opened", "Photo", "Proposal", "Reading", "Record",
    "Step", "apply", "concerns", "empty", "fold", "layout",
]  # fmt: skip
