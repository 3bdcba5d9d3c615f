"""The DPR: parties above the national threshold, then Sainte-Laguë in each dapil. UU 7/2017 art. 414, 415, 420."""

from collections.abc import Mapping

from election.bundle.settings import Threshold
from election.outcome.house import DapilVotes, House, house
from election.outcome.law import EqualQuotients
from election.outcome.threshold import judge


def allot(
    national: Mapping[str, int],
    by_dapil: Mapping[str, DapilVotes],
    threshold: Threshold,
    equal: EqualQuotients = EqualQuotients.OPEN,
    *,
    provisional: bool = True,
) -> House:
    """The seats of the DPR. `national`: every party's valid votes of the nation, abroad included. Raises BadVotes."""
    hurdle = judge(national, threshold)
    return house(by_dapil, hurdle.passed, hurdle, equal, provisional=provisional)
