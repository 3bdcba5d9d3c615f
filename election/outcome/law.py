"""What the law leaves to a setting in deciding who is elected, each setting with the text it comes from.

Shares that the constitution or the statute fix (more than half, one fifth) stand in the formulas themselves; the
DPR's threshold is the bundle's. What is marked (unverified) was not read in the law's own text.
"""

from enum import StrEnum

from msgspec import Struct


class Measure(StrEnum):
    """How the spread of support is counted on one level of areas; more is better.

    The statutes say "wider" (art. 416(4)–(5)) or "more even" (art. 423(2)) and define neither.
    """

    BREADTH = "breadth"  # areas in which there is any vote
    LEAD = "lead"  # areas in which one has more than every other with equal votes
    EVENNESS = "evenness"  # the smaller sum of squares: of equal totals, the flatter one


class Spread(Struct, frozen=True):
    """How equal votes are told apart, where the law says by spread."""

    citation: str
    measure: Measure = Measure.BREADTH  # (unverified)


class TwoPairs(StrEnum):
    """Whether the spread over provinces is asked of the winner where only two pairs stand."""

    MAJORITY = "majority"  # no: the one with most votes is elected
    SPREAD = "spread"  # yes, as the words of art. 416(1) stand


class President(Struct, frozen=True):
    """How a president is elected. `provinces` None: as many as were handed in."""

    provinces: int | None = None
    round: int = 1  # 2: the pairs of the first round's first and second place, UUD 1945 art. 6A(4)
    two_pairs: TwoPairs = TwoPairs.MAJORITY
    two_pairs_citation: str = (
        "MK 50/PUU-XII/2014 (on UU 42/2008 art. 159(1), whose words UU 7/2017 art. 416(1) repeats)"
    )
    spread: Spread = Spread("UU 7/2017 art. 416(4)–(5)")


class EqualQuotients(StrEnum):
    """Who has the last seats of a dapil where several quotients are exactly equal."""

    OPEN = "open"  # nobody: art. 420 does not say, the seats are shown as tied
    MORE_VOTES = "more_votes"  # the party with more valid votes in the dapil (unverified)


class Senate(Struct, frozen=True):
    """How the members of the DPD are elected."""

    seats: int = 4  # of each province, UU 7/2017 art. 196
    spread: Spread = Spread("UU 7/2017 art. 423(2)")


class Lists(Struct, frozen=True):
    """Who of a party's candidates is elected."""

    spread: Spread = Spread("PKPU 6/2024 art. 29(1) and its like for the other assemblies")


class Pilkada(Struct, frozen=True):
    """How a governor, regent or mayor is elected (unverified: read in reports of the law, not in its text)."""

    majority: bool = False  # more than half of the valid votes, else a second round
    majority_citation: str = "UU 2/2024 art. 10(2)–(3) (Jakarta; before it UU 29/2007 art. 11)"
    plurality_citation: str = "UU 10/2016 art. 107(1), 109(1)"
    single_citation: str = "UU 10/2016 art. 54D(1)"
    round: int = 1
    spread: Spread = Spread("UU 10/2016 art. 107(2), 109(2)")


PRESIDENT, SENATE, LISTS, PILKADA = President(), Senate(), Lists(), Pilkada()
"""The law as of 2024."""

JAKARTA = Pilkada(majority=True)
"""Of the one province whose governor needs more than half."""
