"""Who of a party's candidates has its seats in one dapil: most personal votes, and of equal ones the wider spread.

UU 7/2017 art. 422; PKPU 6/2024. Where no candidate has a single vote the order of the list decides. Whoever cannot be
listed (died, resigned, barred) is for people to leave out of `votes`; who replaces them is out of scope.
"""

from collections.abc import Mapping

from election.outcome.law import LISTS, Lists
from election.outcome.places import Chosen, Support, best
from election.outcome.roll import Roll, roll

MOST = "UU 7/2017 art. 422"
BY_LIST = "PKPU 6/2024: no candidate of the party has a valid vote in the dapil"


def rank(
    votes: Mapping[str, int],
    seats: int,
    support: Support = (),
    law: Lists = LISTS,
    *,
    provisional: bool = True,
    about: str = "",
) -> Roll:
    """Who has the party's `seats`. `votes`: candidate → personal votes, in the order of the list.

    `support`: the levels of areas of the dapil from kabupaten to TPS, as far as they are known. Raises BadVotes.
    """
    if votes and not any(votes.values()):
        chosen, reason = Chosen(tuple(votes)[:seats]), BY_LIST
    else:
        chosen, reason = best(votes, seats, support, law.spread.measure), MOST
    return roll(votes, seats, chosen, reason, law.spread, provisional=provisional, about=about)
