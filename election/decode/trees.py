"""Numbers that hang together as trees of sums, as many trees as the pages at hand give: best, blocks, runner-up."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from election.decode import levels, paper, tree
from election.decode.number import Array, Ints
from election.decode.paper import UNWRITTEN, Paper
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

    def __init__(
        self,
        trees: Sequence[Sum | str],
        given: Mapping[str, Array],
        beliefs: Paper,
        above: Mapping[str, Array] | None = None,
    ) -> None:
        """`above`: field on top of a tree → float[N], what is known from elsewhere of the number that it means."""
        self.beliefs, self._above = beliefs, above or {}
        self.trees = {node: self._add(node, given) for node in trees}
        self._levels = {id(added): _levels(added.level) for added in self.trees.values()}
        self._pins: dict[tuple[str, bytes], Array] = {}
        """What arrives at sums whose every number was pinned once: the blocks, of which the whole is made."""
        self._last: tuple[Seen, Mapping[str, int], Ints] | None = None

    def _add(self, node: Sum | str, given: Mapping[str, Array]) -> Added:
        seen = Seen(self.beliefs, node, given)
        weights = seen.weights()
        if isinstance(node, str):
            return Added(seen, weights, None, None, float(paper.total(weights[node])), 0.0)
        above = self._above.get(node.field)
        level = tree.up(node, weights, self.beliefs)
        outside = tree.down(level, self.beliefs, above)
        slack = level.slack[0] if above is None else level.slack[0] * float(above.max())
        return Added(seen, weights, level, outside, tree.mass(level, above) + slack, slack)

    def best(self) -> dict[str, int]:
        """What is most likely written, of all trees together."""
        found: dict[str, int] = {}
        for node, added in self.trees.items():
            weights = dict(added.seen.best_weights())
            if name_of(node) in self._above:
                weights[name_of(node)] *= self._above[name_of(node)]
            found |= added.seen.written(tree.best(node, weights, self.beliefs))
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

    def says(self, name: str) -> Array:
        """Mass, float[N], of each number that may be meant by a field on top of a tree, but for what is `above` it."""
        added = next(added for node, added in self.trees.items() if name_of(node) == name)
        return added.weights[name] if added.level is None else added.level.message

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
        if isinstance(node, str) or added.level is None or added.outside is None:
            return float(paper.total(added.seen.pinned(found, names)[name_of(node)]))
        top, inside = self._levels[id(added)].get(names[0]), added.seen.plan.inside
        if top is not None and inside[names[0]] == frozenset(names):
            return float(paper.dot(self._pin(top.node, added.seen, found), added.outside.above[names[0]]))
        asked = frozenset(names)
        apart = {name: level for name, level in self._levels[id(added)].items() if asked.isdisjoint(inside[name])}
        weights = {**added.weights, **added.seen.pinned(found, names)}
        return tree.mass(tree.up(node, weights, self.beliefs, apart), self._above.get(node.field))

    def _pin(self, top: Sum, seen: Seen, found: Mapping[str, int]) -> Array:
        """What arrives at a sum, all of whose numbers are pinned, with its own weight."""
        values = self._values(seen, found)
        start = seen.index[top.field]
        here = values[start : start + len(seen.plan.inside[top.field])]
        key = (top.field, here.tobytes())
        if key not in self._pins:
            plain = not any(isinstance(part, Sum) for part in top.parts)
            if plain and here.max() < self.beliefs.size:
                rows, adding = seen.rows[start : start + len(here)], self.beliefs.adding(len(top.parts))
                self._pins[key] = levels.raised_pinned(
                    rows, here, adding, self.beliefs.pen, UNWRITTEN, self.beliefs.shifts
                )
            else:
                below = {part.field: self._pin(part, seen, found) for part in top.parts if isinstance(part, Sum)}
                names = [top.field, *(part for part in top.parts if isinstance(part, str))]
                self._pins[key] = tree.up(top, seen.pinned(found, names), self.beliefs, pinned=below).message
        return self._pins[key]

    def _values(self, seen: Seen, found: Mapping[str, int]) -> Ints:
        """Those of `found` on a tree, kept for the next question about the same."""
        if self._last is None or self._last[0] is not seen or self._last[1] is not found:
            self._last = seen, found, seen.values({**dict.fromkeys(seen.names, -1), **found})
        return self._last[2]

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
