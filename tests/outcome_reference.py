"""Apportionment and election written from their definitions with exact fractions, to hold `election.outcome` against.

Nothing here is shared with it, neither code nor idea: quotients are all made and sorted, Webster's other definition
looks for a divisor and rounds, the president's conditions are shares.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from heapq import heappop, heappush


def by_sorting(votes: Sequence[int], seats: int) -> tuple[list[int], set[int], int]:
    """Sure seats of each party, parties with equal quotients at the edge, and the seats left for them."""
    all_ = [(Fraction(v, 2 * n + 1), party) for party, v in enumerate(votes) if v for n in range(seats + 1)]
    all_.sort(reverse=True)
    sure = [0] * len(votes)
    if seats == 0 or not all_:
        return sure, set(), 0
    edge = all_[seats - 1][0]
    for quotient, party in all_:
        sure[party] += quotient > edge
    equal = [party for quotient, party in all_ if quotient == edge]
    if sum(sure) + len(equal) <= seats:
        for party in equal:
            sure[party] += 1
        return sure, set(), 0
    return sure, set(equal), seats - sum(sure)


def by_queue(votes: Sequence[int], seats: int) -> list[int]:
    """Seat after seat to the front of a priority queue; ties go anywhere, so use it where there are none."""
    queue: list[tuple[Fraction, int, int]] = []
    for party, v in enumerate(votes):
        if v:
            heappush(queue, (-Fraction(v), party, 1))
    won = [0] * len(votes)
    for _ in range(seats if queue else 0):
        _, party, divisor = heappop(queue)
        won[party] += 1
        heappush(queue, (-Fraction(votes[party], divisor + 2), party, divisor + 2))
    return won


def is_rounding(votes: Sequence[int], won: Sequence[int]) -> bool:
    """Webster's definition: some divisor x with every v/x rounding to the seats won, halves either way."""
    lowest = max((Fraction(2 * v, 2 * s + 1) for v, s in zip(votes, won, strict=True)), default=Fraction(0))
    highest = [Fraction(2 * v, 2 * s - 1) for v, s in zip(votes, won, strict=True) if s]
    return not highest or lowest <= min(highest)


def elected(
    votes: Mapping[str, int], by_province: Mapping[str, Mapping[str, int]], provinces: int, spread: bool = True
) -> set[str]:
    """Pairs with more than half of the votes, and where asked at least a fifth in more than half of the provinces."""
    valid = sum(votes.values())
    found = set()
    for pair, count in votes.items():
        shares = [
            Fraction(area.get(pair, 0), sum(area.values())) for area in by_province.values() if any(area.values())
        ]
        wide = Fraction(sum(share >= Fraction(1, 5) for share in shares), provinces) > Fraction(1, 2)
        if valid and Fraction(count, valid) > Fraction(1, 2) and (wide or not spread):
            found.add(pair)
    return found
