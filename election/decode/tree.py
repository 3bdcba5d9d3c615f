"""Exact decoding of numbers that hang together as a tree of sums: total mass, marginals, and the best assignment.

Sum-product adds up every assignment there is, max-sum finds the best one; both over every value of every number but
those that `chain.CUT` leaves out, whose mass is bounded and handed on. Cycles are for `table`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from election.decode import chain, paper
from election.decode.number import Array
from election.decode.paper import UNWRITTEN, Paper
from election.decode.sums import Sum, fields, name_of

Ints = npt.NDArray[np.int64]
Weights = Mapping[str, Array]
"""Field → float[N]: what is seen of it says of each value that may enter the sums."""


class Seen:
    """The likelihoods of the fields of a tree, float[n, N + 1], and what may be asked of them."""

    def __init__(self, beliefs: Paper, tree: Sum | str, given: Mapping[str, Array]) -> None:
        self.beliefs, self.names = beliefs, tuple(fields(tree))
        self.rows = np.stack([given[name] for name in self.names])
        self.index = {name: i for i, name in enumerate(self.names)}
        ends = set(_sums(tree))
        self._sums = np.array([name in ends for name in self.names])
        self._pen = (*beliefs.pen, UNWRITTEN, beliefs.shifts)

    def weights(self) -> Weights:
        """For sum-product."""
        return self._with(paper.stand_for)

    def best_weights(self) -> Weights:
        """For max-sum."""
        return self._with(paper.best_stand_for)

    def pinned(self, found: Mapping[str, int], names: Iterable[str]) -> Weights:
        """Of `names`, where exactly `found` is written (N: nothing)."""
        at = [self.index[name] for name in names]
        out = np.empty((len(at), self.beliefs.size))
        values = np.array([found[self.names[i]] for i in at], np.int64)
        paper.pin(self.rows[at], self._sums[at], values, *self._pen, out)
        return {self.names[i]: row for i, row in zip(at, out, strict=True)}

    def written(self, meant: Mapping[str, int]) -> dict[str, int]:
        """What is most likely written where that is meant; N for nothing."""
        return {name: self._written(self.index[name], value) for name, value in meant.items()}

    def chance(self, name: str, value: int) -> Array:
        """float[N]: chance of what is seen of a field, with exactly `value` written, by what it stands for."""
        return self.pinned({name: value}, [name])[name]

    def _written(self, i: int, value: int) -> int:
        row = self.rows[i]
        if self._sums[i]:
            return int(paper.written_for(value, row, *self._pen))
        size = self.beliefs.size
        return size if UNWRITTEN * row[size] > (1 - UNWRITTEN) * row[value] else value

    def _with(self, function: Callable[..., None]) -> Weights:
        out = np.empty((len(self.names), self.beliefs.size))
        function(self.rows, self._sums, *self._pen, out)
        return dict(zip(self.names, out, strict=True))


@dataclass(slots=True)
class Level:
    """One sum of the tree, added up from below.

    `stages` float[k + 1, span] is the weight of each sum of the first parts; `arrived` float[N] that of each number
    meant as the whole sum; `message` the same with what is seen of the sum itself. `slack` bounds what the candidate
    lists leave out of `message`: all of it, and at any one number.
    """

    node: Sum
    parts: Array
    entries: Ints
    counts: Ints
    floors: Array
    stages: Array
    arrived: Array
    message: Array
    slack: tuple[float, float]
    weight: Array
    below: dict[int, "Level"] = field(default_factory=dict)


NO_SLACK: Final = (0.0, 0.0)


def up(node: Sum, weights: Weights, beliefs: Paper, known: Mapping[str, Level] | None = None) -> Level:
    """Sum-product from the leaves to the field of `node`; levels in `known`, by field, are taken as they are."""
    known = known or {}
    below = {
        i: known.get(part.field) or up(part, weights, beliefs, known)
        for i, part in enumerate(node.parts)
        if isinstance(part, Sum)
    }
    parts = np.stack([below[i].message if i in below else weights[name_of(p)] for i, p in enumerate(node.parts)])
    entries, counts, floors, kept, left, most = chain.room(len(parts), beliefs.size)
    chain.candidates(parts, chain.CUT, entries, counts, floors, kept, left, most)
    for i, level in below.items():
        left[i] += level.slack[0]
        most[i] += level.slack[1]
    stages = np.empty((len(parts) + 1, beliefs.span))
    chain.add_up(parts, entries, counts, floors, stages)
    adding, weight, arrived = beliefs.adding(len(parts)), weights[node.field], np.empty(beliefs.size)
    paper.onward(stages[-1], *adding, beliefs.shifts, arrived)
    message = arrived * weight
    sums = _slack(kept, left, most)
    reach = min(sums[0], (adding.same + len(beliefs.shifts) * adding.near) * sums[1] + adding.far * sums[0])
    greatest = float(weight.max())
    slack = (min(reach * float(paper.total(weight)), sums[0] * greatest), reach * greatest)
    return Level(node, parts, entries, counts, floors, stages, arrived, message, slack, weight, below)


def _slack(kept: Array, left: Array, most: Array) -> tuple[float, float]:
    """What the lists leave out of the sums: all of it, and at any one sum."""
    whole, peak, inside = 0.0, 0.0, 1.0
    for of, outside, top in zip(kept.tolist(), left.tolist(), most.tolist(), strict=True):
        whole = whole * (of + outside) + inside * outside
        peak = peak * (of + outside) + inside * top
        inside *= of
    return whole, peak


def mass(level: Level, above: Array | None = None) -> float:
    """Σ over every assignment of its chance times its likelihood, `above` being what lies beyond the level's field."""
    return float(paper.total(level.message) if above is None else paper.dot(level.message, above))


@dataclass(slots=True)
class Outside:
    """What the rest of the tree says: `above` field of a sum → float[N], `worth` of a leaf by its value."""

    above: dict[str, Array]
    rests: dict[str, tuple[Array, Array]]

    def worth(self, name: str, value: int) -> float:
        """What everything but the field itself makes of a leaf being `value`."""
        return float(chain.worth(*self.rests[name], value))


def down(level: Level, beliefs: Paper, above: Array | None = None) -> Outside:
    """From the root to the leaves: for each field what everything outside of it says."""
    found = Outside({}, {})
    _down(level, np.ones(beliefs.size) if above is None else above, beliefs, found)
    return found


def _down(level: Level, above: Array, beliefs: Paper, found: Outside) -> None:
    found.above[level.node.field] = above
    whole = np.empty(beliefs.span)
    adding = beliefs.adding(len(level.parts))
    paper.backward(level.weight * above, *adding, beliefs.shifts, whole)
    rests = np.empty_like(level.stages)
    chain.take_away(whole, level.parts, level.entries, level.counts, level.floors, rests)
    for i, part in enumerate(level.node.parts):
        found.rests[name_of(part)] = (level.stages[i], rests[i + 1])
        if i not in level.below:
            continue
        if i == 0:  # nothing comes before it
            outward = rests[1, : beliefs.size].copy()
        else:
            outward = np.empty(beliefs.size)
            chain.worths(level.stages[i], rests[i + 1], level.entries[i, : level.counts[i]], outward)
        _down(level.below[i], outward, beliefs, found)


def marginals(level: Level, outside: Outside, seen: Seen, found: Mapping[str, int]) -> dict[str, float]:
    """Mass in which each number of `found` is written, whatever the others are."""
    masses = {level.node.field: _of_sum(level, outside, seen, found)}
    for i, part in enumerate(level.node.parts):
        if i in level.below:
            masses |= marginals(level.below[i], outside, seen, found)
            continue
        name = name_of(part)
        share = seen.chance(name, found[name])
        if found[name] < share.size:
            masses[name] = float(share[found[name]]) * outside.worth(name, found[name])
        else:
            stage, rest = outside.rests[name]
            every = np.empty(share.size)
            chain.worths(stage, rest, np.arange(share.size), every)
            masses[name] = float(paper.dot(share, every))
    return masses


def _of_sum(level: Level, outside: Outside, seen: Seen, found: Mapping[str, int]) -> float:
    name = level.node.field
    return float(paper.dot(level.arrived * outside.above[name], seen.chance(name, found[name])))


def best(tree: Sum | str, weights: Weights, beliefs: Paper) -> dict[str, int]:
    """What is meant by each field in the best assignment; `weights` are those of the best case."""
    if isinstance(tree, str):
        return {tree: int(weights[tree].argmax())}
    found: dict[str, int] = {}
    level = _best_up(tree, weights, beliefs)
    _walk(level, int(level.message.argmax()), beliefs, found)
    return found


def _best_up(node: Sum, weights: Weights, beliefs: Paper) -> Level:
    below = {i: _best_up(part, weights, beliefs) for i, part in enumerate(node.parts) if isinstance(part, Sum)}
    parts = np.stack([below[i].message if i in below else weights[name_of(p)] for i, p in enumerate(node.parts)])
    entries, counts, floors, *unused = chain.room(len(parts), beliefs.size)
    chain.candidates(parts, chain.CUT, entries, counts, floors, *unused)
    stages, arrived, weight = np.empty((len(parts) + 1, beliefs.span)), np.empty(beliefs.size), weights[node.field]
    chain.best_up(parts, entries, counts, stages)
    paper.best_onward(stages[-1], *beliefs.adding(len(parts)), beliefs.shifts, arrived)
    return Level(node, parts, entries, counts, floors, stages, arrived, arrived * weight, NO_SLACK, weight, below)


def _walk(level: Level, value: int, beliefs: Paper, found: dict[str, int]) -> None:
    found[level.node.field] = value
    adding = beliefs.adding(len(level.parts))
    target = paper.came_from(level.stages[-1], value, *adding, beliefs.shifts)
    values = np.empty(len(level.parts), np.int64)
    chain.trace(level.parts, level.entries, level.counts, level.stages, target, values)
    for i, (part, piece) in enumerate(zip(level.node.parts, values.tolist(), strict=True)):
        if i in level.below:
            _walk(level.below[i], piece, beliefs, found)
        else:
            found[name_of(part)] = piece


def _sums(node: Sum | str) -> Iterator[str]:
    if isinstance(node, Sum):
        yield node.field
        for part in node.parts:
            yield from _sums(part)
