"""Numbers that hang together as trees of sums, as many trees as the pages at hand give: best, blocks, runner-up."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from election.decode import paper, tree
from election.decode.number import Array
from election.decode.paper import Paper
from election.decode.sums import Sum, fields, name_of
from election.decode.tree import Level, Outside, Seen, Weights

ALTERNATIVES = 3
"""So many of a block's least sure numbers are asked for another value when its runner-up is looked for."""


class Added(NamedTuple):
    """One tree, added up from below and from above; a field that hangs on nothing has no level."""

    seen: Seen
    weights: Weights
    level: Level | None
    outside: Outside | None
    mass: float
    lost: float


class Trees:
    """What was read of the numbers of some trees: what is meant, what is written, and how sure each block is."""

    def __init__(self, trees: Sequence[Sum | str], given: Mapping[str, Array], beliefs: Paper) -> None:
        self.beliefs = beliefs
        self.trees = {node: self._add(node, given) for node in trees}
        self._levels = {id(added): _levels(added.level) for added in self.trees.values()}
        self._pins: dict[tuple[str, tuple[int, ...]], Level] = {}
        """Sums whose every number was pinned once: the blocks, of which the whole is made."""

    def _add(self, node: Sum | str, given: Mapping[str, Array]) -> Added:
        seen = Seen(self.beliefs, node, given)
        weights = seen.weights()
        if isinstance(node, str):
            return Added(seen, weights, None, None, float(paper.total(weights[node])), 0.0)
        level = tree.up(node, weights, self.beliefs)
        outside = tree.down(level, self.beliefs)
        mass, slack = tree.mass(level), level.slack[0]
        return Added(seen, weights, level, outside, mass + slack, slack)

    def best(self) -> dict[str, int]:
        """What is most likely written, of all trees together."""
        found: dict[str, int] = {}
        for node, added in self.trees.items():
            found |= added.seen.written(tree.best(node, added.seen.best_weights(), self.beliefs))
        return found

    def marginals(self, found: Mapping[str, int]) -> dict[str, float]:
        """Probability of each number of `found` by itself."""
        chances: dict[str, float] = {}
        for node, added in self.trees.items():
            if added.level is None or added.outside is None:
                name = name_of(node)
                masses = {name: float(paper.total(added.seen.chance(name, found[name])))}
            else:
                masses = tree.marginals(added.level, added.outside, added.seen, found)
            chances |= {name: mass / added.mass for name, mass in masses.items()}
        return chances

    def probability(self, found: Mapping[str, int], names: Iterable[str]) -> float:
        """Probability that exactly `found` is written in all of `names`, whatever the other numbers are."""
        names, chance = set(names), 1.0
        for node, added in self.trees.items():
            here = [name for name in added.seen.names if name in names]
            if here:
                chance *= self._pinned(node, added, found, here) / added.mass
        return min(1.0, chance)

    def lost(self, names: Iterable[str]) -> float:
        """Share of the mass that was not looked at, in the trees of these fields."""
        names = set(names)
        shares = [a.lost / a.mass for a in self.trees.values() if not names.isdisjoint(a.seen.names)]
        return max(shares, default=0.0)

    def _pinned(self, node: Sum | str, added: Added, found: Mapping[str, int], names: Sequence[str]) -> float:
        """Mass in which `found` is written in `names`, which lie on this tree in its order."""
        pinned = added.seen.pinned(found, names)
        if isinstance(node, str) or added.level is None or added.outside is None:
            return float(paper.total(pinned[name_of(node)]))
        levels = self._levels[id(added)]
        top = levels.get(names[0])
        if top is not None and len(names) == _size(top.node) and set(names) == set(fields(top.node)):
            return tree.mass(self._pin(top, levels, pinned, found), added.outside.above[names[0]])
        apart = {name: level for name, level in levels.items() if set(names).isdisjoint(fields(level.node))}
        return tree.mass(tree.up(node, {**added.weights, **pinned}, self.beliefs, apart))

    def _pin(self, top: Level, levels: Mapping[str, Level], pinned: Weights, found: Mapping[str, int]) -> Level:
        """The level of a sum with all its numbers pinned."""
        key = _case(top.node, found)
        if key not in self._pins:
            known = {name: self._pins.get(_case(level.node, found)) for name, level in levels.items()}
            done = {name: level for name, level in known.items() if level is not None}
            self._pins[key] = tree.up(top.node, pinned, self.beliefs, done)
        return self._pins[key]

    def runner_up(self, found: Mapping[str, int], names: Sequence[str], chances: Mapping[str, float]) -> dict[str, int]:
        """The best explanation of a block that differs from `found` somewhere, everything else being anything."""
        unsure = sorted(names, key=lambda name: chances[name])[:ALTERNATIVES]
        others = [self._other(found, names, name) for name in unsure]
        return max(others, key=lambda other: self.probability(other, names))

    def _other(self, found: Mapping[str, int], names: Sequence[str], name: str) -> dict[str, int]:
        """What is best in a block, if `name` is not what was found."""
        added = next(added for added in self.trees.values() if name in added.seen.names)
        top = next(field for field in added.seen.names if field in set(names))
        levels = self._levels[id(added)]
        inner = _within(levels[top].node, set(names)) if top in levels else top
        given = dict(zip(added.seen.names, added.seen.rows, strict=True))
        given[name] = given[name].copy()
        given[name][found[name]] = 0.0
        if not given[name].any():
            return dict(found)
        seen = Seen(self.beliefs, inner, given)
        weights = {**seen.best_weights()}
        weights |= {field: levels[field].message for field in fields(inner) if field in levels and field not in names}
        if added.outside is not None and top in added.outside.above:
            weights[top] = weights[top] * added.outside.above[top]
        meant = tree.best(inner, weights, self.beliefs)
        return {**found, **seen.written({field: meant[field] for field in seen.names if field in set(names)})}


def _levels(level: Level | None) -> dict[str, Level]:
    if level is None:
        return {}
    found = {level.node.field: level}
    for below in level.below.values():
        found |= _levels(below)
    return found


def _within(node: Sum, names: set[str]) -> Sum:
    """The part of a tree that lies in a block; sums outside of it stand as plain fields."""
    return Sum(
        node.field,
        tuple(
            _within(part, names) if isinstance(part, Sum) and part.field in names else name_of(part)
            for part in node.parts
        ),
    )


def _case(node: Sum, found: Mapping[str, int]) -> tuple[str, tuple[int, ...]]:
    return node.field, tuple(found.get(name, -1) for name in fields(node))


def _size(node: Sum | str) -> int:
    return 1 if isinstance(node, str) else 1 + sum(_size(part) for part in node.parts)
