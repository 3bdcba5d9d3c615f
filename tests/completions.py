"""All completions of tiny elections, by brute force: what `election.outcome.materiality*` must agree with.

A completion is told by its totals, group by group, and by how few TPS can bring them. Answers are worked out here from
the law's words with fractions, not with the code that is tested.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from fractions import Fraction
from itertools import product

import numpy as np
from hypothesis import strategies as st

from election.outcome.flip import Piles
from election.outcome.materiality import Answer, Standing

Votes = tuple[tuple[int, ...], ...]
"""Votes by group and choice."""
Tps = tuple[int, int]
"""A TPS that does not count: its group, its room."""


def gifts(room: int, choices: int) -> Iterator[tuple[int, ...]]:
    """Everything that one TPS can bring."""
    return (gift for gift in product(range(room + 1), repeat=choices) if sum(gift) <= room)


def completions(votes: Votes, tps: Sequence[Tps]) -> dict[Votes, int]:
    """Every total that can come → the fewest TPS that bring it."""
    reached = {votes: 0}
    for group, room in tps:
        after: dict[Votes, int] = {}
        for totals, support in reached.items():
            for gift in gifts(room, len(votes[0])):
                row = tuple(a + b for a, b in zip(totals[group], gift, strict=True))
                new = (*totals[:group], row, *totals[group + 1 :])
                cost = support + any(gift)
                after[new] = min(after.get(new, cost), cost)
        reached = after
    return reached


def piles(tps: Sequence[Tps], groups: int) -> Piles:
    """The same TPS as the code takes them."""
    at, rooms = (np.array([one[i] for one in tps], np.int64) for i in (0, 1))
    return Piles.of(at, rooms, groups, 9)


def smallest_set(answer: Answer, tps: Sequence[Tps]) -> list[Tps]:
    """The TPS that the answer names: so many of the largest rooms of each place, of what is left after the one before.

    A place's code ends in the number of its group (`d1`, or provinces from `11` on); `0` is the nation. Of equal rooms
    in the nation those of earlier groups come first, as `Piles.largest` has them.
    """
    left, chosen = sorted(tps, key=lambda one: (-one[1], one[0])), []
    for kode, count in answer.via.items():
        group = int(kode[1:]) if kode.startswith("d") else int(kode) - 11
        some = [one for one in left if kode == "0" or one[0] == group][:count]
        assert len(some) == count
        for one in some:
            left.remove(one)
        chosen += some
    return chosen


def agrees(answer: Answer, votes: Votes, tps: Sequence[Tps], asked: Callable[[Votes], Hashable], exact: bool) -> None:
    """`answer` is what all completions say: settled is never wrong, open has a witness, the fewest TPS are right.

    `exact`: the question is one that is always decided, and its fewest TPS are known and not only bounded.
    """
    found = {totals: (asked(totals), cost) for totals, cost in completions(votes, tps).items()}
    now = found[votes][0]
    costs = [cost for one, cost in found.values() if one != now]
    if answer.standing is Standing.SETTLED:
        assert not costs
    if answer.standing is Standing.OPEN:
        assert costs
    if exact:
        assert answer.standing is not Standing.CANNOT_TELL or answer.tie
    assert (answer.fewest.lower is None) == (not costs) or not exact
    if not costs:
        assert answer.standing is not Standing.OPEN
        return
    least = min(costs)
    if answer.fewest.lower is not None:
        assert answer.fewest.lower <= least
    if answer.fewest.upper is not None:
        assert least <= answer.fewest.upper
        chosen = smallest_set(answer, tps)
        assert len(chosen) == answer.fewest.upper
        assert any(asked(totals) != now for totals in completions(votes, chosen))
    if exact:
        assert answer.fewest.lower == answer.fewest.upper == least


def first(votes: Sequence[int], places: int) -> Hashable:
    """Who has a place for certain, who is level for the rest, and for how many places."""
    ranked = sorted(votes, reverse=True)
    if len(ranked) <= places:
        return frozenset(range(len(votes))), frozenset(), 0
    edge = ranked[places - 1]
    sure = frozenset(i for i, v in enumerate(votes) if v > edge)
    level = frozenset(i for i, v in enumerate(votes) if v == edge)
    if len(sure) + len(level) == places:
        return sure | level, frozenset(), 0
    return sure, level, places - len(sure)


def highest_quotients(votes: Sequence[int], seats: int) -> Hashable:
    """Seats by the list of all quotients; level ones at the edge stay open."""
    quotients = [Fraction(v, 2 * n + 1) for v in votes for n in range(seats)]
    owners = [i for i in range(len(votes)) for _ in range(seats)]
    live = sorted((q for q in quotients if q > 0), reverse=True)
    edge = live[min(seats, len(live)) - 1] if live else Fraction(0)
    at = [i for i, q in zip(owners, quotients, strict=True) if q == edge and q > 0]
    sure = tuple(
        sum(q > edge for i, q in zip(owners, quotients, strict=True) if i == party) for party in range(len(votes))
    )
    if sum(sure) + len(at) <= seats:
        return tuple(n + at.count(i) for i, n in enumerate(sure)), frozenset(), 0
    return sure, frozenset(at), seats - sum(sure)


def elections(groups: int, choices: int, most: int = 9, tps: int = 3) -> st.SearchStrategy[tuple[Votes, list[Tps]]]:
    """Tiny elections: counted votes up to `most`, up to `tps` TPS of rooms up to 3 that do not count."""
    counted = st.tuples(*[st.tuples(*[st.integers(0, most)] * choices)] * groups)
    waiting = st.lists(st.tuples(st.integers(0, groups - 1), st.integers(0, 3)), max_size=tps)
    return st.tuples(counted, waiting)
