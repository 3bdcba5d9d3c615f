"""Records judged by every rule and summed to every area.

What is summed follows the policy; what a total leaves out is counted beside it.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from election.bundle import Bundle
from election.codes import Indices
from election.contest import ADM, Contest
from election.rules import Findings, Limits, catalogue, judge
from election.tally import ABSENT, Mask, Tallies
from recap.kernels import roll_up
from recap.tally.columns import of_source
from recap.tally.reading import Records


class Policy(StrEnum):
    """Which records enter the sums."""

    ALL = "all"  # every record that has values
    CLEAN = "clean"  # only those that break no error rule


class Count(Struct, frozen=True, eq=False):
    """What a file of records comes to. Arrays run over the n records, or over areas of the tree."""

    records: Records
    source: str  # the columns that were judged
    broken: Mapping[str, Mask]  # code → bool[n], every rule that was judged at least once
    judged: Mapping[str, int]  # code → records it was judged on
    held: Mapping[str, Mask]  # block → bool[n]
    summed: Mask  # bool[n]
    areas: Indices  # area index of every area with a record
    tps: NDArray[np.int64]  # [n_areas] records in it
    tps_held: NDArray[np.int64]  # [n_areas] of these, a block of votes held
    tps_summed: NDArray[np.int64]  # [n_areas] of these, in the sums
    sums: NDArray[np.int64]  # [n_areas, k], a column for each of records.figures

    def errors(self) -> list[str]:
        """Codes of the error rules that were judged."""
        return [code for code in self.broken if code.startswith("E")]

    def warnings(self) -> list[str]:
        """Codes of the warnings that were judged."""
        return [code for code in self.broken if code.startswith("W")]


def count(bundle: Bundle, records: Records, policy: Policy = Policy.ALL, source: str | None = None) -> Count:
    """Judge the records on the columns of `source` (the file's first, where none is named) and sum all columns.

    Raises UnknownSource.
    """
    figures = of_source(records.figures, source)
    tallies = Tallies({named.field: records.columns[named.name] for named in figures}, len(records))
    broken, judged, held = _judge(bundle, records, tallies)
    values = np.stack([records.columns[named.name] for named in records.figures], axis=1)
    summed = _summed(policy, values, broken)
    tree = bundle.tree
    votes = np.any([rows for block, rows in held.items() if block != ADM], axis=0)
    marks = np.stack([np.ones(len(records), np.bool_), votes, summed], axis=1)
    rolled = roll_up(tree, _spread(marks.astype(np.int32), records.tps, tree.n_tps))
    inside = np.where(summed[:, None] & (values != ABSENT), values, 0)
    return Count(
        records=records,
        source=figures[0].source,
        broken=broken,
        judged=judged,
        held=held,
        summed=summed,
        areas=np.flatnonzero(rolled[:, 0]).astype(np.int32),
        tps=rolled[:, 0],
        tps_held=rolled[:, 1],
        tps_summed=rolled[:, 2],
        sums=roll_up(tree, _spread(inside, records.tps, tree.n_tps)),
    )


def _summed(policy: Policy, values: NDArray[np.int32], broken: Mapping[str, Mask]) -> Mask:
    """bool[n]: the records that enter the sums, of values int32[n, k]."""
    summed: Mask = (values != ABSENT).any(axis=1)
    if policy is Policy.CLEAN:
        for code, rows in broken.items():
            if code.startswith("E"):
                summed &= ~rows
    return summed


def _spread(values: NDArray[np.int32], tps: Indices, n_tps: int) -> NDArray[np.int32]:
    """The records' rows at their places among all TPS, 0 elsewhere."""
    out = np.zeros((n_tps, values.shape[1]), np.int32)
    out[tps] = values
    return out


def _judge(
    bundle: Bundle, records: Records, tallies: Tallies
) -> tuple[dict[str, Mask], dict[str, int], dict[str, Mask]]:
    n = len(records)
    codes = [rule.code for rule in catalogue()]
    broken = {code: np.zeros(n, np.bool_) for code in codes}
    judged = dict.fromkeys(codes, 0)
    held = {block: np.zeros(n, np.bool_) for block in records.contest.blocks}
    for contest, rows in ballots(bundle, records):
        findings = _findings(bundle, contest, tallies, records.tps, rows)
        for code in findings.lines:
            broken[code][rows] = findings.broken(code)
            judged[code] += int(findings.judged(code).sum())
        for block in contest.blocks:
            held.setdefault(block, np.zeros(n, np.bool_))[rows] = findings.breaks_block(block)
    seen = [code for code in codes if judged[code]]
    return {code: broken[code] for code in seen}, {code: judged[code] for code in seen}, held


def _findings(bundle: Bundle, contest: Contest, tallies: Tallies, tps: Indices, rows: NDArray[np.int64]) -> Findings:
    part = Tallies({field: column[rows] for field, column in tallies.columns.items()}, len(rows))
    settings, key = bundle.settings, contest.key
    limits = Limits(reserve=settings.reserve(key), voters=settings.voters(key))
    at = tps[rows]
    return judge(contest, part, dpt_l=bundle.dpt_l[at], dpt_p=bundle.dpt_p[at], limits=limits)


def whole(bundle: Bundle, key: str) -> Contest:
    """The contest with every choice that stands on any ballot, by number. Raises UnknownContest."""
    contest = bundle.contest(key)
    everywhere = {choice.number: choice for ballot in bundle.holding(key).ballots.values() for choice in ballot}
    everywhere |= {choice.number: choice for choice in contest.choices}
    choices = tuple(everywhere[number] for number in sorted(everywhere))
    return Contest(key=key, choices=choices, form=contest.form)


def ballots(bundle: Bundle, records: Records) -> Iterator[tuple[Contest, NDArray[np.int64]]]:
    """The records by the ballot their TPS votes with: its contest, and the rows. Most contests have one ballot."""
    known = records.contest
    for contest, rows in bundle.ballots(known.key, records.tps):
        yield replace(contest, choices=contest.choices or known.choices, form=known.form), rows
