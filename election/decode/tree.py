"""Exact decoding of numbers that hang together as a tree of sums: total mass, marginals, and the best assignment.

Sum-product adds up every assignment there is, max-sum finds the best one; both over every value of every number but
those that `chain.CUT` leaves out, whose mass is bounded and handed on. Cycles are for `table`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.decode import levels, paper, pen
from election.decode.number import Array
from election.decode.paper import UNWRITTEN, Paper
from election.decode.sums import Sum, fields, name_of

Ints = npt.NDArray[np.int64]
Weights = Mapping[str, Array]
"""Field → float[N]: what is seen of it says of each value that may enter the sums."""


class Plan(Struct, frozen=True):
    """Where the fields of a tree stand: sums before their parts, so that whatever hangs on a field follows it.

    `sums` bool[n] are those that are sums; `spots` field of a sum → int64[k + 1], its own row and its plain parts', −1
    for a part that is a sum; `inside` which fields hang on a sum, itself included.
    """

    names: tuple[str, ...]
    index: Mapping[str, int]
    sums: npt.NDArray[np.bool_]
    spots: Mapping[str, Ints]
    inside: Mapping[str, frozenset[str]]


@lru_cache(maxsize=1024)  # of a whole party ballot 40 KB each; to make one anew takes a twelfth of a decoding
def plan(tree: Sum | str) -> Plan:
    """Where the fields of a tree stand."""
    names = tuple(fields(tree))
    index = {name: i for i, name in enumerate(names)}
    nodes = {node.field: node for node in _sums(tree)}
    spots = {
        name: np.array([index[name], *(-1 if isinstance(p, Sum) else index[p] for p in node.parts)], np.int64)
        for name, node in nodes.items()
    }
    inside = {name: frozenset(fields(node)) for name, node in nodes.items()}
    return Plan(names, index, np.array([name in nodes for name in names]), spots, inside)


class Seen:
    """The likelihoods of the fields of a tree, float[n, N + 1], and what may be asked of them."""

    def __init__(self, beliefs: Paper, tree: Sum | str, given: Mapping[str, Array]) -> None:
        self.beliefs, self.plan = beliefs, plan(tree)
        self.names, self.index = self.plan.names, self.plan.index
        self.rows = stacked([given[name] for name in self.names])
        self._pen = (*beliefs.pen, UNWRITTEN, beliefs.shifts)

    def weights(self) -> Weights:
        """For sum-product."""
        return self._with(pen.stand_for)

    def best_weights(self) -> Weights:
        """For max-sum."""
        return self._with(pen.best_stand_for)

    def values(self, found: Mapping[str, int]) -> Ints:
        """Those of `found` in the order of the fields, int64[n]."""
        return np.array([found[name] for name in self.names], np.int64)

    def pinned(self, found: Mapping[str, int], names: Iterable[str]) -> Weights:
        """Of `names`, where exactly `found` is written (N: nothing)."""
        names = tuple(names)
        at = np.array([self.index[name] for name in names], np.int64)
        out = np.empty((len(at), self.beliefs.size))
        values = np.array([found[name] for name in names], np.int64)
        pen.pin(self.rows, self.plan.sums, at, values, *self._pen, out)
        return dict(zip(names, out, strict=True))

    def written(self, meant: Mapping[str, int]) -> dict[str, int]:
        """What is most likely written where that is meant; N for nothing."""
        at = np.array([self.index[name] for name in meant], np.int64)
        values = np.array(list(meant.values()), np.int64)
        pen.all_written_for(values, self.rows, self.plan.sums, at, *self._pen)
        return dict(zip(meant, values.tolist(), strict=True))

    def chance(self, name: str, value: int) -> Array:
        """float[N]: chance of what is seen of a field, with exactly `value` written, by what it stands for."""
        return self.pinned({name: value}, [name])[name]

    def _with(self, function: Callable[..., None]) -> Weights:
        out = np.empty((len(self.names), self.beliefs.size))
        function(self.rows, self.plan.sums, *self._pen, out)
        return dict(zip(self.names, out, strict=True))


def stacked(rows: Sequence[Array]) -> Array:
    """The rows as one array, as `np.stack` gives it in several times the time."""
    out = np.empty((len(rows), len(rows[0])))
    for i, row in enumerate(rows):
        out[i] = row
    return out


NO_SLACK: Final = (0.0, 0.0)


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


def up(
    node: Sum,
    weights: Weights,
    beliefs: Paper,
    known: Mapping[str, Level] | None = None,
    pinned: Mapping[str, Array] | None = None,
) -> Level:
    """Sum-product from the leaves to the field of `node`; levels in `known`, by field, are taken as they are, and what
    is in `pinned` as all that is to be said of a sum."""
    known, pinned = known or {}, pinned or {}
    below = {
        i: known.get(part.field) or up(part, weights, beliefs, known, pinned)
        for i, part in enumerate(node.parts)
        if isinstance(part, Sum) and part.field not in pinned
    }
    parts, lacks = [], np.zeros((len(node.parts), 2))
    for i, part in enumerate(node.parts):
        name = name_of(part)
        parts.append(below[i].message if i in below else pinned[name] if name in pinned else weights[name])
        if i in below:
            lacks[i] = below[i].slack
    of, weight = stacked(parts), weights[node.field]
    entries, counts, floors, stages, arrived, message, slack = levels.raised(
        of, lacks, weight, *beliefs.adding(len(parts)), beliefs.shifts
    )
    return Level(node, of, entries, counts, floors, stages, arrived, message, slack, weight, below)


def mass(level: Level, above: Array | None = None) -> float:
    """Σ over every assignment of its chance times its likelihood, `above` being what lies beyond the level's field."""
    return float(paper.total(level.message) if above is None else paper.dot(level.message, above))


@dataclass(slots=True)
class Outside:
    """What the rest of the tree says: `above` field of a sum → float[N] of it, `rests` → float[k + 1, span] of what
    the sums of its first parts are worth."""

    above: dict[str, Array]
    rests: dict[str, Array]


def down(level: Level, beliefs: Paper, above: Array | None = None) -> Outside:
    """From the root to the leaves: for each field what everything outside of it says."""
    found = Outside({}, {})
    _down(level, np.ones(beliefs.size) if above is None else above, beliefs, found)
    return found


def _down(level: Level, above: Array, beliefs: Paper, found: Outside) -> None:
    adding = beliefs.adding(len(level.parts))
    rests = levels.lowered(
        level.weight * above, level.parts, level.entries, level.counts, level.floors, *adding, beliefs.shifts
    )
    found.above[level.node.field], found.rests[level.node.field] = above, rests
    for i, below in level.below.items():
        _down(
            below, levels.outward(level.stages, rests, i, level.entries, level.counts[i], beliefs.size), beliefs, found
        )


def marginals(level: Level, outside: Outside, seen: Seen, found: Mapping[str, int]) -> dict[str, float]:
    """Mass in which each number of `found` is written, whatever the others are."""
    masses = dict.fromkeys(seen.names, 0.0)
    _marginals(level, outside, seen, seen.values(found), masses)
    return masses


def _marginals(level: Level, outside: Outside, seen: Seen, values: Ints, masses: dict[str, float]) -> None:
    name, beliefs = level.node.field, seen.beliefs
    spots = seen.plan.spots[name]
    of = (level.stages, outside.rests[name], level.arrived, outside.above[name])
    alone = levels.alone(*of, seen.rows, spots, values, beliefs.pen, UNWRITTEN, beliefs.shifts)
    for at, each in zip(spots.tolist(), alone.tolist(), strict=True):
        if at >= 0:
            masses[seen.names[at]] = each
    for below in level.below.values():
        _marginals(below, outside, seen, values, masses)


def best(tree: Sum | str, weights: Weights, beliefs: Paper) -> dict[str, int]:
    """What is meant by each field in the best assignment; `weights` are those of the best case."""
    if isinstance(tree, str):
        return {tree: int(weights[tree].argmax())}
    found: dict[str, int] = {}
    level = _best_up(tree, weights, beliefs)
    _walk(level, int(level.message.argmax()), beliefs, found)
    return found


@dataclass(slots=True)
class Best:
    """One sum of the tree, the best case of each value of it."""

    node: Sum
    parts: Array
    entries: Ints
    counts: Ints
    stages: Array
    message: Array
    below: dict[int, "Best"]


def _best_up(node: Sum, weights: Weights, beliefs: Paper) -> Best:
    below = {i: _best_up(part, weights, beliefs) for i, part in enumerate(node.parts) if isinstance(part, Sum)}
    parts = stacked([below[i].message if i in below else weights[name_of(p)] for i, p in enumerate(node.parts)])
    adding = beliefs.adding(len(parts))
    return Best(node, parts, *levels.best_raised(parts, weights[node.field], *adding, beliefs.shifts), below)


def _walk(level: Best, value: int, beliefs: Paper, found: dict[str, int]) -> None:
    found[level.node.field] = value
    adding = beliefs.adding(len(level.parts))
    values = levels.best_parts(
        value, level.parts, level.entries, level.counts, level.stages, *adding, beliefs.shifts
    ).tolist()
    for i, (part, piece) in enumerate(zip(level.node.parts, values, strict=True)):
        if i in level.below:
            _walk(level.below[i], piece, beliefs, found)
        else:
            found[name_of(part)] = piece


def _sums(node: Sum | str) -> Iterator[Sum]:
    if isinstance(node, Sum):
        yield node
        for part in node.parts:
            yield from _sums(part)
