"""Exact decoding of numbers that hang together as a tree of sums: total mass, and the best assignment.

A tree says which number is the sum of which; evidence says how well each number that may be meant explains what is
seen; `paper` says what a sum that does not hold costs. Sum-product adds up every assignment there is, max-sum finds
the best one; both are exact over all thousand values. Cycles are not for this module.
"""

import math
from collections.abc import Iterator, Mapping

import numpy as np
from msgspec import Struct

from election.decode.number import VALUES, Likelihood
from election.decode.paper import FAR, FREE, RIGHT, Array, added, best_meant, meant_given, pen, pen_wrote

Assignment = dict[str, int]
"""Field → value."""

_DEPTH = 6.0
_UPPER = math.log(RIGHT + FAR)


class Sum(Struct, frozen=True):
    """`field` is meant to be the sum of `parts`; a part is a plain field or a sum itself."""

    field: str
    parts: "tuple[Sum | str, ...]"


class Evidence(Struct, frozen=True):
    """Of one number, by what is meant: `mass` float[1000], and `score` float[1000], the log of its best case."""

    mass: Array
    score: Array


def evidence(likelihood: Likelihood, prior: float = 1.0) -> Evidence:
    """Evidence for what is meant from the likelihood of what is written."""
    mass, score = pen(likelihood)
    return Evidence(mass * prior, score + math.log(prior))


def written(likelihood: Likelihood, value: int, prior: float = 1.0) -> Evidence:
    """Evidence for what is meant where exactly `value` (or NONE) is written; 0 < likelihood[value]."""
    mass = pen_wrote(value) * (float(likelihood[value]) * prior)
    return Evidence(mass, np.log(mass))


def gather(tree: "Sum | str", given: Mapping[str, Likelihood]) -> dict[str, Evidence]:
    """Evidence for every field of `tree`; plain fields are free to have any value beforehand."""
    return {name: evidence(given[name], prior) for name, prior in _priors(tree)}


def pin(tree: "Sum | str", given: Mapping[str, Likelihood], found: Assignment) -> dict[str, Evidence]:
    """The same where exactly `found` is written."""
    return {name: written(given[name], found[name], prior) for name, prior in _priors(tree)}


def _priors(node: "Sum | str") -> Iterator[tuple[str, float]]:
    if isinstance(node, str):
        yield node, FREE
        return
    yield node.field, 1.0
    for part in node.parts:
        yield from _priors(part)


def fields(node: Sum | str) -> Iterator[str]:
    """Every field of a tree, sums before their parts."""
    if isinstance(node, str):
        yield node
        return
    yield node.field
    for part in node.parts:
        yield from fields(part)


def total(tree: Sum, given: Mapping[str, Evidence]) -> float:
    """Σ over every assignment of its chance times its likelihood."""
    return float(_mass(tree, given).sum())


def _mass(node: Sum | str, given: Mapping[str, Evidence]) -> Array:
    if isinstance(node, str):
        return given[node].mass
    sums = np.ones(1)
    for part in node.parts:
        sums = np.convolve(sums, _mass(part, given))
    return meant_given(sums) * given[node.field].mass


def best(tree: Sum, given: Mapping[str, Evidence]) -> tuple[float, Assignment]:
    """The assignment with the highest score, and that score (a log).

    Values far below their field's best are left out at first; what that could have cost is bounded, and the search
    widens until the bound shows that nothing better was left out.
    """
    scores = [given[name].score for name in fields(tree)]
    most = sum(float(score.max()) for score in scores) + _UPPER * _sums(tree)
    widest = max(float(np.ptp(score[np.isfinite(score)])) for score in scores)
    depth = _DEPTH
    while True:
        score, assignment = _Search(given, depth).run(tree)
        if score >= most - depth or depth > widest - _UPPER * 2:
            return score, assignment
        depth *= 2


def _sums(node: Sum | str) -> int:
    return 0 if isinstance(node, str) else 1 + sum(_sums(part) for part in node.parts)


def name_of(node: Sum | str) -> str:
    """The field at the top of a tree."""
    return node if isinstance(node, str) else node.field


class _Search:
    """One max-sum pass up the tree that remembers its stages, and the way back down."""

    def __init__(self, given: Mapping[str, Evidence], depth: float) -> None:
        self.given, self.depth = given, depth
        self.messages: dict[str, Array] = {}
        self.stages: dict[str, list[Array]] = {}

    def run(self, tree: Sum) -> tuple[float, Assignment]:
        scores = self._up(tree)
        value = int(scores.argmax())
        found: Assignment = {}
        self._down(tree, value, found)
        return float(scores[value]), found

    def _up(self, node: Sum | str) -> Array:
        if isinstance(node, str):
            return self.given[node].score
        stages = [np.zeros(1)]
        for part in node.parts:
            message = self.messages[name_of(part)] = self._up(part)
            stages.append(_add(stages[-1], message, self.depth))
        self.stages[node.field] = stages
        return best_meant(stages[-1]) + self.given[node.field].score

    def _down(self, node: Sum | str, value: int, found: Assignment) -> None:
        found[name_of(node)] = value
        if isinstance(node, str):
            return
        *before, whole = self.stages[node.field]
        target = int((whole + np.log(added(value, np.arange(len(whole))))).argmax())
        for stage, part in zip(before[::-1], node.parts[::-1], strict=True):
            piece = _last_part(stage, self.messages[name_of(part)], target)
            self._down(part, piece, found)
            target -= piece


def _add(stage: Array, message: Array, depth: float) -> Array:
    """Max-plus convolution of what is added up so far with one more part."""
    size = len(stage)
    sums = np.full(size + VALUES - 1, -np.inf)
    for value in np.flatnonzero(message >= message.max() - depth):
        reach = sums[value : value + size]
        np.maximum(reach, stage + message[value], out=reach)
    return sums


def _last_part(before: Array, message: Array, target: int) -> int:
    """The value of the last part where all parts add to `target`."""
    values = np.arange(max(0, target - len(before) + 1), min(VALUES - 1, target) + 1)
    return int(values[(before[target - values] + message[values]).argmax()])
