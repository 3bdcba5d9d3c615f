"""What the votes that do not count yet can still change: the answers, and the two comparisons they rest on.

A **completion** gives every TPS that does not count some valid votes, for any choices, together at most its room. An
answer is **settled** where every completion gives the same one, **open** where two completions are known that differ,
and **cannot tell** where neither is proved. A tie that the law breaks by something else than totals is an answer of its
own. Votes that count are taken as they are: what a correction may do to them is the journal's to say.

Proofs stand in docs/materiality.md; the questions are asked in `materiality_president`, `materiality_rank`,
`materiality_house`. All numbers are integers, all comparisons crosswise.
"""

from enum import StrEnum
from typing import TypedDict

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.outcome.flip import NEVER, NONE, Fewest, Piles, exactly

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Standing(StrEnum):
    """How sure an answer is."""

    SETTLED = "settled"
    OPEN = "open"
    CANNOT_TELL = "cannot_tell"


class Question(StrEnum):
    """What is asked. The sentences for each are in `sentences`."""

    MAJORITY = "majority"  # has a pair more than half
    SPREAD = "spread"  # has the leading pair enough provinces
    ELECTED = "elected"  # is a pair elected in this round
    RUNOFF = "runoff"  # which two would run again
    THRESHOLD = "threshold"  # does a party pass
    SEATS = "seats"  # the seats of a dapil, down to the last
    WINNERS = "winners"  # who has the most votes: DPD's four, Pilkada's one


class Answer(Struct, frozen=True, omit_defaults=True):
    """One question answered. `now` is what the counted votes say; empty: nobody, or a tie.

    `need` is how many votes make it another answer, whether or not so many can come; None where the way is not one
    comparison. `likely` is how sure it would be if no TPS went above DPT and reserve.
    """

    question: Question
    standing: Standing
    kode: str = "0"  # area or dapil
    about: str = ""  # the pair or party that is asked about
    now: tuple[str, ...] = ()
    tie: bool = False
    need: int | None = None
    most: int = 0  # M: votes that can still come
    fewest: Fewest = NONE
    likely: Standing | None = None
    against: str = ""  # of seats and winners: whoever could take it, from `holder`
    holder: str = ""
    where: dict[str, tuple[str, ...]] = {}  # of spread: provinces for, against, open; of winners: choices in, out, open
    via: dict[str, int] = {}  # a smallest set: place → how many of its largest rooms; of what is left after each
    tps: tuple[str, ...] = ()  # codes of that set, where it is small
    asked: int = 0  # of spread: in how many provinces it has to be reached


class Outlook(Struct, frozen=True, omit_defaults=True):
    """Everything that is asked of one contest in the nation, an area or a dapil."""

    answers: tuple[Answer, ...]
    tps: int  # TPS there whose votes are not all in the totals
    most: int  # votes they can bring at most
    likely: int  # and if none goes above DPT and reserve
    dapil: dict[str, int] = {}  # of an assembly: dapil by how sure their seats are

    def of(self, question: Question) -> tuple[Answer, ...]:
        """The answers to one question."""
        return tuple(answer for answer in self.answers if answer.question is question)


class Share(Struct, frozen=True):
    """At least `numerator` in `denominator` of the valid votes; `strict`: more than that. Nobody has a share of none.

    `excess` = denominator · v − numerator · V (less one where strict); it is reached where v > 0 and excess ≥ 0. A vote
    for others takes `numerator` away, a vote for oneself adds `denominator` − `numerator`, which is above 0. So the
    completion that gives all M to others is the worst, the one that gives all M to oneself the best, and what holds in
    the worst (fails in the best) holds (fails) in all.
    """

    numerator: int
    denominator: int
    strict: bool = False

    def reached(self, votes: I64, valid: I64) -> Mask:
        """Whether `votes` are that share of `valid`; arrays of one shape."""
        return (votes > 0) & (self._excess(votes, valid) >= 0)

    def settled_for(self, votes: I64, valid: I64, most: I64) -> Mask:
        """Reached in every completion of `most` votes."""
        return self.reached(votes, valid + most)

    def settled_against(self, votes: I64, valid: I64, most: I64) -> Mask:
        """Reached in none."""
        return ~self.reached(votes + most, valid + most)

    def need(self, votes: I64, valid: I64) -> I64:
        """Fewest votes that turn it: to others where it is reached, else to oneself."""
        excess = self._excess(votes, valid)
        lose = excess // self.numerator + 1
        win = np.maximum(-(excess // (self.denominator - self.numerator)), (votes == 0).astype(np.int64))
        return np.where(self.reached(votes, valid), lose, win)

    def _excess(self, votes: I64, valid: I64) -> I64:
        return self.denominator * votes - self.numerator * valid - int(self.strict)


MAJORITY = Share(1, 2, strict=True)
"""More than half: UUD 1945 art. 6A(3), UU 7/2017 art. 416(1)."""
FIFTH = Share(1, 5)
"""At least 20 % of a province's: the same."""


def share_answer(
    question: Question, share: Share, name: str, choice: int, votes: I64, piles: Piles, kode: str = "0"
) -> Answer:
    """Whether one of `votes` int64[c] has that share of them all. `piles` is of one group. Always decided."""
    own, valid, most = votes[choice : choice + 1], np.array([votes.sum()]), int(piles.votes[0])
    need = share.need(own, valid)
    return Answer(
        question,
        standing(bool(need[0] > most), bool(need[0] <= most)),
        kode,
        about=name,
        now=(name,) if share.reached(own, valid)[0] else (),
        need=int(need[0]),
        most=most,
        **in_place(kode, int(piles.fewest(need)[0])),
    )


class Flipped(TypedDict):
    """How few TPS it takes, and where they are."""

    fewest: Fewest
    via: dict[str, int]


def in_place(kode: str, tps: int) -> Flipped:
    """Exactly so many TPS, the largest rooms of one place; none where it is NEVER."""
    return {"fewest": exactly(tps), "via": {} if tps == NEVER else {kode: tps}}


def standing(settled: bool, open_: bool) -> Standing:
    """The word for what is proved."""
    if settled:
        return Standing.SETTLED
    return Standing.OPEN if open_ else Standing.CANNOT_TELL
