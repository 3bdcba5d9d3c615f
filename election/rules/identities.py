"""The linear equalities among the rules, as coefficients over a contest's fields.

A parent's residual is the sum of its children's, so whoever carries Σr, Σ|r| and the count of r ≠ 0 up the tree needs
no rule but these. The coefficients are read off the rules themselves, by asking each rule about the unit vectors: the
formula stands in one place. E307 is not among them: it is E202 + E306 wherever the form has all three figures.
"""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.contest import CONTEST_TYPES, Choice, Contest
from election.rules.rule import Line, Relation, Severity, Sheet, catalogue, limits_of
from election.tally import ABSENT, Mask, Tallies


class Identity(Struct, frozen=True):
    """Σ coefficient · figure = 0."""

    code: str
    part: str  # l, p or j, where the rule has a line for each
    block: str  # suara, administrasi, a party's or between
    terms: tuple[tuple[str, int], ...]  # field, coefficient


@lru_cache(maxsize=64)
def identities(contest: Contest) -> tuple[Identity, ...]:
    """The equalities of a contest, in the catalogue's order, a line of a rule each."""
    fields = contest.fields
    unit = Tallies(dict(zip(fields, np.eye(len(fields), dtype=np.int64), strict=True)))
    sheet = Sheet(contest, unit, limits_of(contest))
    return tuple(
        Identity(rule.code, line.part, line.block or rule.block, _terms(fields, line))
        for rule in catalogue()
        if rule.severity is Severity.ERROR
        for line in rule.lines(sheet)
        if line.relation is Relation.EQUAL and line.judged.all()
    )


def identity_names(ballots: Iterable[Contest]) -> tuple[tuple[str, str], ...]:
    """Every identity of a contest's ballots once, as code and part: by code as the catalogue has them, a party's among
    its rule's by the party's number. Residuals of areas stand in this order."""
    seen = dict.fromkeys((one.code, one.part) for ballot in ballots for one in identities(ballot))
    return tuple(sorted(seen, key=lambda name: (name[0], _party(name[1]))))


def _party(part: str) -> int:
    return int(part.rpartition("_")[2]) if part.startswith("partai_") else 0


@lru_cache(maxsize=64)
def coefficients(contest: Contest) -> NDArray[np.int64]:
    """int64[m, f]: the identities of `contest` over `contest.fields`; a residual is a row times a record's figures."""
    column = {field: j for j, field in enumerate(contest.fields)}
    matrix = np.zeros((len(identities(contest)), len(column)), np.int64)
    for i, identity in enumerate(identities(contest)):
        for field, coefficient in identity.terms:
            matrix[i, column[field]] = coefficient
    matrix.setflags(write=False)
    return matrix


def residuals(contest: Contest, figures: NDArray[np.integer]) -> tuple[NDArray[np.int64], Mask]:
    """Residuals int64[n, m] and which were judged, bool[n, m], of `figures` [n, len(contest.fields)].

    `ABSENT` cells leave the identities that use them unjudged; their residual is 0.
    """
    matrix = coefficients(contest)
    blank = (figures == ABSENT).astype(np.int64)
    judged = blank @ (matrix != 0).T.astype(np.int64) == 0
    return np.where(judged, figures.astype(np.int64) @ matrix.T, 0), judged


def _terms(fields: tuple[str, ...], line: Line) -> tuple[tuple[str, int], ...]:
    residual = line.residual
    return tuple((fields[j], int(residual[j])) for j in np.flatnonzero(residual).tolist())


def _codes() -> tuple[str, ...]:
    contests = [Contest(key, (Choice("1", 1, ""),)) for key in CONTEST_TYPES]
    found = {identity.code for contest in contests for identity in identities(contest)}
    return tuple(sorted(found))


IDENTITIES: tuple[str, ...] = _codes()
"""Codes of the rules that have such lines. Their coefficients depend on the contest's choices: `identities`."""
