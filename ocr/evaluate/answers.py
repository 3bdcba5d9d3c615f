"""Answers and how good they are: shares with exact intervals, reliability, risk against coverage, confusions.

An answer is one thing that was read (a box, a number, a block) beside what it should have been. Where answers come
from is `crops`' and `pages`' business; how they are drawn is `report`'s.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from msgspec import Struct

from ocr.interval import clopper_pearson

Report = dict[str, Any]

BINS: Final = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999, 1.0)
"""Probabilities between which answers are compared with how often they are right."""

POINTS: Final = 60
"""Of a risk–coverage curve, in a report."""


class Answer(Struct, frozen=True):
    """One thing that was read: whether it is right, how sure the reader was, whether it would be accepted, and whose
    it is (a form, a writer: what stands or falls together)."""

    right: bool
    sure: float
    accepted: bool
    group: str


def share(hits: int, trials: int) -> Report:
    """A share with its 95 % Clopper–Pearson interval; `value` None where nothing was tried."""
    low, high = clopper_pearson(hits, trials)
    value = hits / trials if trials else None
    return {"value": value, "hits": hits, "of": trials, "interval": [round(low, 7), round(high, 7)]}


def error(answers: Sequence[Answer]) -> Report:
    """Share of answers that are wrong."""
    return share(sum(not answer.right for answer in answers), len(answers))


def group_error(answers: Iterable[Answer]) -> Report:
    """Share of groups with any wrong answer."""
    right: dict[str, bool] = {}
    for answer in answers:
        right[answer.group] = right.get(answer.group, True) and answer.right
    return share(sum(not ok for ok in right.values()), len(right))


def acceptance(answers: Sequence[Answer]) -> Report:
    """How much is accepted, and how much of that is wrong."""
    accepted = [answer for answer in answers if answer.accepted]
    return {"coverage": share(len(accepted), len(answers)), "accepted_wrong": error(accepted)}


def reliability(answers: Sequence[Answer]) -> Report:
    """`ece`, the mean distance between how sure answers are and how often they are right; `bins`, where it lies."""
    sure = np.array([answer.sure for answer in answers])
    right = np.array([answer.right for answer in answers], bool)
    where = np.clip(np.searchsorted(BINS, sure, side="right") - 1, 0, len(BINS) - 2)
    bins, distance = [], 0.0
    for k, (low, high) in enumerate(itertools.pairwise(BINS)):
        some = where == k
        if not some.any():
            continue
        mean, hits = float(sure[some].mean()), int(right[some].sum())
        distance += abs(float(sure[some].sum()) - hits)
        bins.append({"from": low, "to": high, "mean": round(mean, 6), "right": share(hits, int(some.sum()))})
    return {"ece": round(distance / len(answers), 6) if answers else None, "bins": bins}


def risk_coverage(answers: Sequence[Answer]) -> list[list[float]]:
    """From the surest answer on: [share taken, share of those wrong, probability of the least sure of them].

    Of answers that are equally sure all are taken or none. At most `POINTS` points, the last one takes everything.
    """
    ordered = sorted(answers, key=lambda answer: -answer.sure)
    wrong, curve = 0, []
    for k, answer in enumerate(ordered, start=1):
        wrong += not answer.right
        if k == len(ordered) or ordered[k].sure < answer.sure:
            curve.append([round(k / len(ordered), 5), round(wrong / k, 6), round(answer.sure, 7)])
    if len(curve) <= POINTS:
        return curve
    return [curve[round(k)] for k in np.linspace(0, len(curve) - 1, POINTS)]


def confused(pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    """`true>read` → how often, the most frequent first."""
    counts = Counter(f"{true}>{read}" for true, read in pairs)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
