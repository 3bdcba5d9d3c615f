"""The DPD: the four with most votes in a province; at the edge the more even spread over its kabupaten and kota.

UU 7/2017 art. 196 and 423(1)–(2).
"""

from collections.abc import Mapping

from election.outcome.law import SENATE, Senate
from election.outcome.places import best
from election.outcome.roll import Roll, roll

MOST = "UU 7/2017 art. 423(1)"


def elect(
    votes: Mapping[str, int],
    by_kabupaten: Mapping[str, Mapping[str, int]] | None = None,
    law: Senate = SENATE,
    *,
    provisional: bool = True,
    about: str = "",
) -> Roll:
    """Who is elected in one province. `by_kabupaten`: area → candidate → votes, for equal votes. Raises BadVotes."""
    chosen = best(votes, law.seats, (by_kabupaten,) if by_kabupaten else (), law.spread.measure)
    return roll(votes, law.seats, chosen, MOST, law.spread, provisional=provisional, about=about)
