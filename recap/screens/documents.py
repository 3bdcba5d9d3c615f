"""W509: what counts of a record, held against its column in the kecamatan's D.Hasil."""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from election.event import Figures
from election.rules.readings import Source
from election.tally import ABSENT, Tallies
from recap.plenary.judged import vector
from recap.screens.found import Found, broken, found
from recap.screens.votes import figures, only
from recap.state import State


class Column(Struct, frozen=True):
    """What D.Hasil says of one TPS."""

    number: int  # of the recap_entered
    figures: dict[str, Figures]  # by block


def screen(state: State, columns: Mapping[int, Column]) -> list[Found]:
    """The records, by TPS row, of which D.Hasil says something else, as far as both sides have a figure."""
    return [one for row, column in columns.items() if (one := _one(state, row, column)) is not None]


def _one(state: State, row: int, column: Column) -> Found | None:
    if not state.holding[row]:
        return None
    contest = state.ballot(row)
    ours = figures(state, np.array([row]), contest.fields)
    theirs = vector(contest, column.figures)[None, :]
    if not ((ours != theirs) & (ours != ABSENT) & (theirs != ABSENT)).any():
        return None
    here, there = (Tallies(dict(zip(contest.fields, side.T, strict=True)), 1) for side in (ours, theirs))
    findings = only(contest, here.beside(Source.RECAP, there), "W509")
    return found(row, "W509", broken(findings, "W509", 0), entered=column.number)
