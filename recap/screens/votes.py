"""W510 and W511: the votes of many records at once, out of the state of a contest, beside those of their neighbours."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from election import words
from election.block import COUNTING
from election.contest import SUARA_TOTALS, Contest
from election.rules import RULES, Findings, limits_of
from election.rules.neighbours import REST, displaced, exchange, rest_of, share
from election.rules.rule import Sheet
from election.tally import ABSENT, Tallies
from recap.marking import widest
from recap.screens.found import Found, broken, found
from recap.state import CODES, State

I64 = NDArray[np.int64]

COUNTS = np.array([state in COUNTING for state in CODES])
"""bool: whether a block in the state of that place is in the totals."""


def figures(state: State, rows: I64, fields: Sequence[str]) -> I64:
    """int64[n, k]: what counts of these fields of these TPS rows; `ABSENT` where it does not, 0 where the TPS's ballot
    has no such field."""
    answer = np.full((len(rows), len(fields)), ABSENT, np.int64)
    ballots = state.printed.of_tps[rows]
    for ballot in np.unique(ballots[ballots >= 0]).tolist():
        here = np.flatnonzero(ballots == ballot)
        answer[here] = _of_ballot(state, state.printed.ballots[ballot], rows[here], fields)
    return answer


def _of_ballot(state: State, ballot: Contest, rows: I64, fields: Sequence[str]) -> I64:
    places = {field: place for place, field in enumerate(ballot.fields)}
    block_of = [block for block, (_, names) in enumerate(ballot.blocks.items()) for _ in names]
    answer = np.zeros((len(rows), len(fields)), np.int64)
    for j, field in enumerate(fields):
        if field in places:
            place = places[field]
            values = state.rows.figures[state.rows.offsets[rows] + place].astype(np.int64)
            answer[:, j] = np.where(COUNTS[state.states[rows, block_of[place]]], values, ABSENT)
    return answer


class Told(NamedTuple):
    """The votes of n records and where they were cast. `votes` int64[n, k + 3]: of each choice, valid, invalid, all."""

    contest: Contest
    votes: I64
    rows: I64  # names each record
    kelurahan: NDArray[np.integer]
    kecamatan: NDArray[np.integer]


def of_state(state: State, rows: I64) -> Told:
    """What counts of these TPS rows: whole kecamatan, so that nobody's neighbours are missing."""
    contest = widest(state.printed.ballots)
    kelurahan = state.tree.tps_parent[rows]
    votes = figures(state, rows, (*contest.choice_fields, *SUARA_TOTALS))
    return Told(contest, votes, rows, kelurahan, state.tree.parent[kelurahan])


def screen(told: Told) -> list[Found]:
    """What is unusual about the votes of these records."""
    findings, rest = beside(told)
    contest, k, answer = told.contest, len(told.contest.choice_fields), []
    for at in np.flatnonzero(findings.broken("W510")).tolist():
        facts, said = _switched(contest, told.votes[at : at + 1, :k], rest[at : at + 1])
        answer.append(found(int(told.rows[at]), "W510", [*broken(findings, "W510", at)[:1], *said], **facts))
    for at in np.flatnonzero(findings.broken("W511")).tolist():
        answer.append(found(int(told.rows[at]), "W511", broken(findings, "W511", at)))
    return answer


def beside(told: Told) -> tuple[Findings, I64]:
    """The two rules over these records, and the votes that each was held against, int64[n, k]."""
    fields = told.contest.choice_fields
    own = told.votes[:, : len(fields)]
    whole = (own != ABSENT).all(axis=1)
    rest = rest_of(np.where(whole[:, None], own, 0), told.kelurahan, told.kecamatan)
    columns = dict(zip((*fields, *SUARA_TOTALS), told.votes.T, strict=True))
    tallies = Tallies(columns, len(own)).beside(REST, rest.tallies(fields))
    return only(told.contest, tallies, "W510", "W511"), rest.votes


def only(contest: Contest, tallies: Tallies, *codes: str) -> Findings:
    """Some rules of the catalogue over these tallies."""
    sheet = Sheet(contest, tallies, limits_of(contest))
    return Findings(contest, len(tallies), {code: RULES[code].lines(sheet) for code in codes})


def _switched(contest: Contest, own: I64, rest: I64) -> tuple[dict[str, object], list[tuple[str, str]]]:
    """Facts and sentences about the exchange of two choices that brings one TPS, int64[1, k], near its neighbours."""
    off, turned = int(share(own, rest)[0]), exchange(own, rest)
    left = int(turned.share[0])
    facts: dict[str, object] = {"off": off, "votes": int(displaced(own, rest)[0])}
    if 4 * left > off:
        return facts, []
    pair = [contest.choice_fields[int(one[0])] for one in (turned.one, turned.other)]
    names = [words.field(contest, field) for field in pair]
    said = (
        f"Bila suara {names[0][0]} dan {names[1][0]} ditukar, yang terletak lain {left} dari 1.000.",
        f"With the votes of {names[0][1]} and {names[1][1]} exchanged, {left} in 1,000 lie elsewhere.",
    )
    return {**facts, "switched": pair, "left": left}, [said]
