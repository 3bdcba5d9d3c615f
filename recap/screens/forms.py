"""W507: the data pages of one TPS in all contests, out of the states of one process, held against each other."""

from collections.abc import Mapping

import numpy as np

from election.contest import CONTEST_TYPES, TURNOUT, Contest
from election.rules import Findings
from election.tally import Tallies
from recap.screens.found import Found, broken, found
from recap.screens.votes import I64, figures, only
from recap.state import State

FIELDS = tuple(f"{row}_{x}" for row in TURNOUT for x in "lpj")
"""Sections I.A and I.B."""

AT_ONCE = 20_000
"""TPS rows that are gathered together."""


def screen(states: Mapping[str, State], key: str, rows: I64) -> list[Found]:
    """What the form of contest `key` says otherwise than the TPS's other forms, TPS by TPS."""
    state = states[key]
    rows = rows[state.holding[rows]]
    others = [other for other in states if other != key and _alike(other, key)]
    if not others or not len(rows):
        return []
    sheets = {other: _sheet(states[other], rows) for other in others}
    findings = judged(state.contest, _sheet(state, rows), sheets)
    return [
        found(int(rows[at]), "W507", broken(findings, "W507", at))
        for at in np.flatnonzero(findings.broken("W507")).tolist()
    ]


def judged(contest: Contest, own: Tallies, others: Mapping[str, Tallies]) -> Findings:
    """W507 over these records of `contest`, beside those of the same TPS in `others`."""
    for other, sheet in others.items():
        own = own.beside(other, sheet)
    return only(contest, own, "W507")


def _alike(one: str, other: str) -> bool:
    """A national election and a Pilkada have other voters' lists, other days."""
    return CONTEST_TYPES[one].local == CONTEST_TYPES[other].local


def _sheet(state: State, rows: I64) -> Tallies:
    told = figures(state, rows, FIELDS)  # blank where the TPS does not hold the contest
    return Tallies({field: told[:, j] for j, field in enumerate(FIELDS)}, len(rows))
