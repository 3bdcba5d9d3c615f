"""W509: what counts of a record, held against its column in the kecamatan's D.Hasil."""

from collections.abc import Iterable

import numpy as np

from election.codes import above
from election.rules.readings import Source
from election.tally import ABSENT, Tallies
from recap.plenary.entered import Entered
from recap.plenary.judged import vector
from recap.screens.found import Found, broken, found
from recap.screens.votes import figures, only
from recap.state import State


def screen(state: State, entered: Entered, rows: Iterable[int]) -> list[Found]:
    """The records of these TPS rows of which D.Hasil says something else, as far as both sides have a figure."""
    return [one for row in rows if (one := _one(state, entered, row)) is not None]


def _one(state: State, entered: Entered, row: int) -> Found | None:
    kode = state.tree.tps_kode(row)
    column = entered.documents.get(above(kode)[-1], {}).get(kode)
    if column is None or not state.holding[row]:
        return None
    contest = state.ballot(row)
    ours = figures(state, np.array([row]), contest.fields)
    theirs = vector(contest, column.event.figures)[None, :]
    if not ((ours != theirs) & (ours != ABSENT) & (theirs != ABSENT)).any():
        return None
    here, there = (Tallies(dict(zip(contest.fields, side.T, strict=True)), 1) for side in (ours, theirs))
    findings = only(contest, here.beside(Source.RECAP, there), "W509")
    return found(row, "W509", broken(findings, "W509", 0), entered=column.number)
