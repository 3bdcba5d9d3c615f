"""President: is the majority sure, is the spread, is anybody elected, and who would run again.

Every question is decided exactly. Whether a pair is elected only gains by votes for it and only loses by votes for
others, in the nation and in each province alike; so the completion that gives every vote to others is its worst in all
of them at once, and the one that gives it every vote its best.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.outcome.flip import NEVER, NONE, Fewest, Piles, exactly
from election.outcome.law import PRESIDENT, President, TwoPairs
from election.outcome.materiality import FIFTH, MAJORITY, Answer, Flipped, Question, in_place, share_answer, standing
from election.outcome.materiality_rank import Race, winners

I64 = NDArray[np.int64]


class Nation(Struct, frozen=True):
    """Votes int64[m, pairs] of m groups of TPS: first the provinces, named by `kodes`, then what is none (abroad).

    The piles that go with it have the same m groups.
    """

    pairs: tuple[str, ...]
    kodes: tuple[str, ...]
    votes: I64
    law: President = PRESIDENT

    @property
    def needed(self) -> int:
        """In how many provinces a fifth is needed: more than half of them."""
        return (len(self.kodes) if self.law.provinces is None else self.law.provinces) // 2 + 1

    @property
    def spread_asked(self) -> bool:
        """Whether the spread is a condition."""
        return self.law.round == 1 and not (len(self.pairs) == 2 and self.law.two_pairs is TwoPairs.MAJORITY)


def outlook(nation: Nation, piles: Piles) -> tuple[Answer, ...]:
    """Majority, the spread of each pair, who is elected, who would run again; in a second round who has most votes."""
    race, whole = Race(nation.pairs, nation.votes.sum(axis=0), 2), piles.pooled()
    if nation.law.round == 2:
        return (winners(Race(race.names, race.votes, 1), whole),)
    spreads = tuple(spread(nation, piles, pair) for pair in range(len(nation.pairs))) if nation.spread_asked else ()
    again = (winners(race, whole, Question.RUNOFF),) if len(nation.pairs) > 2 else ()
    return (majority(nation, whole), *spreads, elected(nation, piles), *again)


def majority(nation: Nation, whole: Piles) -> Answer:
    """Which pair has more than half, if any. `whole` is of one group, the nation.

    Where one has it, only losing it makes another answer first. Where none has it, the leader needs fewest votes.
    """
    votes = nation.votes.sum(axis=0)
    leader = int(votes.argmax())
    return share_answer(Question.MAJORITY, MAJORITY, nation.pairs[leader], leader, votes, whole)


def spread(nation: Nation, piles: Piles, pair: int) -> Answer:
    """Whether one pair has a fifth in enough provinces. Provinces do not touch each other: those that are cheapest to
    turn are turned first, so the fewest TPS are exact."""
    m = len(nation.kodes)
    own, valid, most = nation.votes[:m, pair], nation.votes[:m].sum(axis=1), piles.votes[:m]
    sure, never = FIFTH.settled_for(own, valid, most), FIFTH.settled_against(own, valid, most)
    reached, enough = bool(FIFTH.reached(own, valid).sum() >= nation.needed), nation.needed
    settled = sure.sum() >= enough or (~never).sum() < enough
    words = np.where(sure, "for", np.where(never, "against", "open"))
    return Answer(
        Question.SPREAD,
        standing(bool(settled), not settled),
        about=nation.pairs[pair],
        now=(nation.pairs[pair],) if reached else (),
        most=int(most.sum()),
        **_turning(nation, piles, pair),
        where={word: tuple(k for k, w in zip(nation.kodes, words, strict=True) if w == word) for word in _WORDS},
        asked=enough,
    )


_WORDS = ("for", "against", "open")


def elected(nation: Nation, piles: Piles) -> Answer:
    """Who is elected in the first round, if anybody."""
    pairs = range(len(nation.pairs))
    nobodys = np.zeros_like(nation.votes[:, 0])
    now = next((pair for pair in pairs if _is_elected(nation, pair, nobodys, nobodys)), None)
    if now is not None:
        settled, way = _is_elected(nation, now, nobodys, piles.votes), _to_fall(nation, piles, now)
    else:
        settled = not any(_is_elected(nation, pair, piles.votes, nobodys) for pair in pairs)
        way = _least([_to_win(nation, piles, pair) for pair in pairs])
    return Answer(
        Question.ELECTED,
        standing(settled, not settled),
        now=() if now is None else (nation.pairs[now],),
        most=int(piles.votes.sum()),
        **way,
    )


def _is_elected(nation: Nation, pair: int, own: I64, others: I64) -> bool:
    """With `own` votes more for the pair, and `others` for other pairs, group by group."""
    votes, valid = nation.votes[:, pair] + own, nation.votes.sum(axis=1) + own + others
    if not MAJORITY.reached(votes.sum(keepdims=True), valid.sum(keepdims=True))[0]:
        return False
    m = len(nation.kodes)
    return not nation.spread_asked or bool(FIFTH.reached(votes[:m], valid[:m]).sum() >= nation.needed)


def _turned(nation: Nation, piles: Piles, pair: int) -> tuple[int, I64, I64]:
    """The fewest TPS that turn the pair's spread; the provinces to turn for it, and how many TPS each takes."""
    m = len(nation.kodes)
    own, valid = nation.votes[:m, pair], nation.votes[:m].sum(axis=1)
    has = FIFTH.reached(own, valid)
    over = int(has.sum()) - nation.needed
    missing = over + 1 if over >= 0 else -over
    tps = Piles(piles.counts[:m]).fewest(FIFTH.need(own, valid))
    able = np.flatnonzero((has == (over >= 0)) & (tps != NEVER))
    chosen = able[np.argsort(tps[able], kind="stable")[:missing]]
    return int(tps[chosen].sum()) if len(chosen) == missing else NEVER, chosen, tps[chosen]


def _turning(nation: Nation, piles: Piles, pair: int) -> Flipped:
    total, chosen, tps = _turned(nation, piles, pair)
    if total == NEVER:
        return {"fewest": NONE, "via": {}}
    return {"fewest": exactly(total), "via": _named(nation, chosen, tps)}


def _named(nation: Nation, chosen: I64, tps: I64) -> dict[str, int]:
    return {nation.kodes[province]: int(count) for province, count in zip(chosen, tps, strict=True)}


def _to_fall(nation: Nation, piles: Piles, pair: int) -> Flipped:
    """Losing either condition is enough, so the cheaper way is exact."""
    ways = [in_place("0", _of_majority(nation, piles, pair))]
    if nation.spread_asked:
        ways.append(_turning(nation, piles, pair))
    return _least(ways)


def _to_win(nation: Nation, piles: Piles, pair: int) -> Flipped:
    """Both conditions, each with its own fewest: the larger is a lower bound, and exact where the nation's largest
    rooms serve both. Else the cheapest provinces and then the largest rooms left are a set that does: an upper bound.
    """
    if not _is_elected(nation, pair, piles.votes, np.zeros_like(piles.votes)):
        return {"fewest": NONE, "via": {}}
    half = _of_majority(nation, piles, pair) if not _has_majority(nation, pair) else 0
    if not nation.spread_asked:
        return in_place("0", half)
    spread_tps, chosen, tps = (0, np.zeros(0, np.int64), np.zeros(0, np.int64))
    if not _has_spread(nation, pair):
        spread_tps, chosen, tps = _turned(nation, piles, pair)
    lower = max(half, spread_tps)
    largest = piles.largest(lower)
    if _is_elected(nation, pair, largest, np.zeros_like(largest)):
        return in_place("0", lower)
    more = _beyond_provinces(nation, piles, pair, chosen, tps)
    via = _named(nation, chosen, tps) | ({"0": more} if more else {})
    return {"fewest": Fewest(lower, int(tps.sum()) + more), "via": via}


def _beyond_provinces(nation: Nation, piles: Piles, pair: int, chosen: I64, tps: I64) -> int:
    """How many of the largest rooms the majority takes beside those that turn the chosen provinces."""
    rest, had = Piles(piles.counts.copy()), 0
    for group, count in zip(chosen, tps, strict=True):
        had += rest.take(int(group), int(count))
    votes = nation.votes.sum(axis=0)
    need = MAJORITY.need(votes[pair : pair + 1], votes.sum(keepdims=True))
    return 0 if _has_majority(nation, pair) else int(rest.pooled().fewest(need - had)[0])


def _of_majority(nation: Nation, piles: Piles, pair: int) -> int:
    votes = nation.votes.sum(axis=0)
    return int(piles.pooled().fewest(MAJORITY.need(votes[pair : pair + 1], votes.sum(keepdims=True)))[0])


def _has_majority(nation: Nation, pair: int) -> bool:
    votes = nation.votes.sum(axis=0)
    return bool(MAJORITY.reached(votes[pair : pair + 1], votes.sum(keepdims=True))[0])


def _has_spread(nation: Nation, pair: int) -> bool:
    m = len(nation.kodes)
    return bool(FIFTH.reached(nation.votes[:m, pair], nation.votes[:m].sum(axis=1)).sum() >= nation.needed)


def _least(ways: list[Flipped]) -> Flipped:
    """The first of several ways to come: the least lower bound, and the smallest set known."""
    found = [(way["fewest"].lower, way["fewest"].upper, way["via"]) for way in ways]
    open_ = [(lower, upper, via) for lower, upper, via in found if lower is not None and upper is not None]
    if not open_:
        return {"fewest": NONE, "via": {}}
    _, upper, via = min(open_, key=lambda way: way[1])
    return {"fewest": Fewest(min(lower for lower, _, _ in open_), upper), "via": via}
