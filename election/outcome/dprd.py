"""A DPRD: Sainte-Laguë in each dapil among all parties, without a threshold. UU 7/2017 art. 414(2), 415(3), 420."""

from collections.abc import Mapping

from election.outcome.house import DapilVotes, House, house
from election.outcome.law import EqualQuotients


def allot(
    by_dapil: Mapping[str, DapilVotes],
    equal: EqualQuotients = EqualQuotients.OPEN,
    *,
    provisional: bool = True,
) -> House:
    """The seats of one assembly; `by_dapil` holds its dapil and no other's. Raises BadVotes."""
    return house(by_dapil, equal=equal, provisional=provisional)
