"""What votes and data page say of each other: there are as many votes, valid and invalid, as ballots used (E306).

Papers often differ here, for reasons that are no misreading, so this is weak evidence. It is asked for only where two
blocks, each read by itself, contradict each other, and it can make a reading less sure but never surer: what a block's
own pages do not say, no other page may say for it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from election.contest import SUARA_TOTALS
from election.decode import paper
from election.decode.number import Array
from election.decode.paper import Paper

VOTES: Final = SUARA_TOTALS[-1]
BALLOTS: Final = "surat_suara_digunakan"

DIFFERING: Final = 0.05
"""How often the two are not the same on paper, both being what their writers meant."""


def contradict(found: Iterable[Mapping[str, int]]) -> bool:
    """Whether both numbers are here, and are not the same."""
    said = [each[name] for each in found for name in (VOTES, BALLOTS) if name in each]
    return len(said) == 2 and said[0] != said[1]


def heard(said: Array, beliefs: Paper) -> Array:
    """What one side makes of each number that may be meant on the other, float[N] with a mean of 1; `said` float[N] is
    the mass of each number that may be meant by its own."""
    share = np.empty(beliefs.size)
    paper.backward(said / paper.total(said), *beliefs.wrong(DIFFERING), beliefs.shifts, share)
    return share * (beliefs.size / paper.total(share))
