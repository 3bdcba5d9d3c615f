"""W510: a TPS's votes held against those of the other TPS of its kelurahan or kecamatan.

Whole numbers only: distances are votes that would have to lie elsewhere, shares are thousandths rounded down. What the
thresholds find and how often they are wrong is measured (`docs/unusual.md`); gathering the votes of a nation, or of a
file, is `recap.screens`'s.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from election.rules.rule import RECORD, Line, Sheet, at_most, rule
from election.tally import ABSENT, Column, Mask, Tallies

REST: Final = "rest"
"""Source of what stands beside: `rest:<choice>` the votes of the other TPS, `rest:usual` how far those lie off."""

FEW: Final = 5
"""TPS with votes that a kelurahan, or else its kecamatan, must have for one of them to be held against the others."""

LEAST: Final = 20
"""Votes that must lie elsewhere: below that a small TPS is far from its neighbours by chance."""

FAR: Final = 450
"""Thousandths of its votes from which a TPS is far from its neighbours."""

SWITCHED: Final = 200
"""The same, where exchanging two choices takes away three quarters of the distance or more."""

TIMES: Final = 3
"""A TPS is far only where its distance is more than so many times that of its area's middle TPS."""

I64 = NDArray[np.int64]


class Rest(NamedTuple):
    """What n TPS are held against. `usual` is `ABSENT` where there are too few neighbours."""

    votes: I64  # [n, k]: of the other TPS of the same area, together
    usual: I64  # [n]: thousandths that the middle one of the area's TPS lies off, the TPS itself among them

    def tallies(self, fields: tuple[str, ...]) -> Tallies:
        """To stand beside the votes of `fields`, under the name of `REST`."""
        columns = {field: self.votes[:, j] for j, field in enumerate(fields)}
        return Tallies({**columns, "usual": self.usual}, len(self.usual))


def rest_of(votes: I64, kelurahan: NDArray[np.integer], kecamatan: NDArray[np.integer]) -> Rest:
    """Of n TPS, `votes` [n, k] and the areas [n] they lie in. A TPS without votes is nobody's neighbour."""
    voted = votes.sum(axis=1) > 0
    near, wide = _rest_in(votes, voted, kelurahan), _rest_in(votes, voted, kecamatan)
    alone = near.usual == ABSENT
    return Rest(np.where(alone[:, None], wide.votes, near.votes), np.where(alone, wide.usual, near.usual))


def _rest_in(votes: I64, voted: Mask, area: NDArray[np.integer]) -> Rest:
    _, of = np.unique(area, return_inverse=True)
    size = np.bincount(of, weights=voted, minlength=1).astype(np.int64)
    sums = np.zeros((len(size), votes.shape[1]), np.int64)
    np.add.at(sums, of, votes)
    rest = sums[of] - votes
    middle = _middle(share(votes, rest), of, voted, len(size))
    usual = np.where(voted & (size[of] >= FEW), middle[of], ABSENT)
    return Rest(rest, usual)


def _middle(shares: I64, of: NDArray[np.integer], voted: Mask, n: int) -> I64:
    """int64[n]: the lower median of each area's TPS with votes, `ABSENT` where it has none."""
    rows = np.flatnonzero(voted)
    order = rows[np.lexsort((shares[rows], of[rows]))]
    size = np.bincount(of[rows], minlength=n)
    first = np.cumsum(size) - size
    answer = np.full(n, ABSENT, np.int64)
    some = np.flatnonzero(size)
    answer[some] = shares[order[first[some] + (size[some] - 1) // 2]]
    return answer


def displaced(votes: I64, rest: I64) -> I64:
    """int64[n]: how many of a TPS's votes would have to lie elsewhere for its shares to be those of the rest.

    ⌊Σ|v·R − r·V| / 2R⌋, with V and R the sums of v and r; 0 where either has no votes.
    """
    own, other = votes.sum(axis=1), rest.sum(axis=1)
    off = np.abs(votes * other[:, None] - rest * own[:, None]).sum(axis=1)
    return np.where(own > 0, off // np.maximum(2 * other, 1), 0)


def share(votes: I64, rest: I64) -> I64:
    """int64[n]: the same in thousandths of the TPS's votes."""
    return 1000 * displaced(votes, rest) // np.maximum(votes.sum(axis=1), 1)


class Exchange(NamedTuple):
    """The two choices whose exchange brings each TPS nearest to its neighbours, and the share that is left."""

    share: I64
    one: I64
    other: I64


def exchange(votes: I64, rest: I64) -> Exchange:
    """Of n TPS with k ≥ 2 choices, k(k − 1)/2 passes over the arrays: for the few that are far anyway."""
    best = Exchange(np.full(len(votes), 1001, np.int64), *np.full((2, len(votes)), ABSENT, np.int64))
    for one, other in combinations(range(votes.shape[1]), 2):
        turned = votes.copy()
        turned[:, [one, other]] = votes[:, [other, one]]
        left = share(turned, rest)
        better = left < best.share
        best = Exchange(
            np.where(better, left, best.share), np.where(better, one, best.one), np.where(better, other, best.other)
        )
    return best


@rule(
    "W510",
    block=RECORD,
    law="none; a question to the reader of the form, and nothing else",
    text_id="{left} dari 1.000 suara TPS ini terletak lain dibanding TPS sekitarnya; di sana batasnya {right}. "
    "Periksa apakah suara dua pilihan tertukar.",
    text_en="{left} in 1,000 of this TPS's votes lie elsewhere than its neighbours'; the limit there is {right}. "
    "Look whether the votes of two choices were switched.",
    needs="rest: the votes of the other TPS of its kelurahan, or of its kecamatan where fewer than 5 have votes",
)
def votes_are_like_the_neighbours(s: Sheet) -> Iterator[Line]:
    """⌊Σ|v·R − r·V| / 2R⌋ in thousandths of V ≤ max(450, 3 · the area's middle TPS), v being the votes of the TPS, r
    those of the rest of its kelurahan or kecamatan, V and R their sums; ≤ max(200, 3 · the middle TPS) where exchanging
    two choices leaves a quarter of it or less; where 20 votes or more lie elsewhere"""
    fields = s.contest.choice_fields
    if REST not in s.tallies.sources or len(fields) < 2:
        return
    votes, rest = _matrix(s, fields), _matrix(s, tuple(f"{REST}:{field}" for field in fields))
    usual = s[f"{REST}:usual"]
    given = usual.given & np.logical_and.reduce([s[field].given for field in fields])
    off = Column(np.where(displaced(votes, rest) >= LEAST, share(votes, rest), 0), given)
    often = TIMES * usual.values
    yield at_most(off, Column(np.maximum(FAR, often), given), "far")
    allowed = np.maximum(SWITCHED, often)
    rows = np.flatnonzero(off.given & (off.values > allowed))
    switched = np.zeros(len(given), np.bool_)
    switched[rows] = 4 * exchange(votes[rows], rest[rows]).share <= off.values[rows]
    yield at_most(off.where(switched), Column(allowed, given), "switched")


def _matrix(s: Sheet, fields: tuple[str, ...]) -> I64:
    """int64[n, k], 0 where blank."""
    return np.stack([np.where(s[field].given, s[field].values, 0) for field in fields], axis=1)
