"""Every distinct ballot of a contest, which TPS votes with which, and what the ballots of an area have in common.

A ballot is `contest.Contest`; where it follows from a bundle's files is `model`'s. Figures are `recap`'s.
"""

from collections.abc import Iterable

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from election.bundle.dapil import District
from election.codes import Indices
from election.contest import CONTEST_TYPES, Choice, Contest, Kind
from election.region import Tree

NONE = -1
"""No ballot, no dapil."""


class Printed(Struct, frozen=True, eq=False):
    """The ballots of one contest over one tree."""

    ballots: tuple[Contest, ...]
    of_tps: Indices  # int32[n_tps]: position in `ballots`, -1 where the TPS does not hold the contest
    of_area: Indices  # int32[n_areas]: the ballot that all TPS of an area vote with, -1 where there is no such one
    shared: Contest  # what the ballots have in common, as a ballot: an area with several shows this one
    dapil: tuple[District, ...]  # of a party contest, as far as the bundle knows them
    district_of_tps: Indices  # int32[n_tps]: position in `dapil`, -1 where none is known or the contest is not held
    of_dapil: Indices  # int32[len(dapil)]: the ballot that all TPS of a dapil vote with and no others, -1 where none is

    @classmethod
    def of(
        cls,
        key: str,
        tree: Tree,
        found: Iterable[tuple[Contest, Indices]],
        dapil: tuple[District, ...],
        member: Indices,
    ) -> "Printed":
        """`found`: each ballot and the TPS rows that vote with it. `member` int32[n_tps]: each TPS's dapil or -1."""
        ballots: list[Contest] = []
        of_tps = np.full(tree.n_tps, NONE, np.int32)
        for ballot, rows in found:
            of_tps[rows] = len(ballots)
            ballots.append(ballot)
        district = np.where(of_tps >= 0, member, NONE).astype(np.int32)
        shared, alone = _shared(tree, of_tps), _alone(of_tps, district, len(dapil))
        return cls(tuple(ballots), of_tps, shared, _common(key, ballots), dapil, district, alone)

    @property
    def common(self) -> tuple[str, ...]:
        """Fields that mean the same on every ballot; a party's total also where it does not stand."""
        return self.shared.fields

    def shown(self, area: int) -> Contest:
        """The ballot that an area's totals are shown by: its own where all its TPS vote with one, else `shared`."""
        ballot = int(self.of_area[area])
        return self.shared if ballot < 0 else self.ballots[ballot]

    def fields(self, area: int) -> tuple[str, ...]:
        """The fields that an area's totals show: all of its ballot's where it has one ballot, else the common ones."""
        return self.shown(area).fields

    def dapil_fields(self, dapil: int) -> tuple[str, ...]:
        """The fields that a dapil's totals show: all of its ballot's where it has one of its own, else the common."""
        ballot = int(self.of_dapil[dapil])
        return self.common if ballot < 0 else self.ballots[ballot].fields


def _shared(tree: Tree, of_tps: Indices) -> Indices:
    """int32[n_areas]: the one ballot of each area. TPS that do not hold the contest are passed over."""
    held = np.flatnonzero(of_tps >= 0)
    ids = of_tps[held]
    start, stop = (np.searchsorted(held, at) for at in (tree.tps_start, tree.tps_stop))
    runs = np.cumsum(np.concatenate([[0], ids[1:] != ids[:-1]])) if len(ids) else np.zeros(0, np.int64)
    shared = np.full(tree.n_areas, NONE, np.int32)
    some = np.flatnonzero(stop > start)
    one = some[runs[start[some]] == runs[stop[some] - 1]]
    shared[one] = ids[start[one]]
    return shared


def _alone(of_tps: Indices, district: Indices, n: int) -> Indices:
    """int32[n]: the ballot of each dapil that has one for itself."""
    alone = np.full(n, NONE, np.int32)
    both = np.stack([district, of_tps], axis=1)
    runs = np.flatnonzero(np.append(True, (both[1:] != both[:-1]).any(axis=1))[: len(both)])
    places, ballots = np.unique(both[runs][both[runs, 0] >= 0], axis=0).T
    rest = set(both[runs][both[runs, 0] < 0, 1].tolist())
    for place, ballot in zip(places.tolist(), ballots.tolist(), strict=True):
        if (places == place).sum() == 1 and (ballots == ballot).sum() == 1 and ballot not in rest:
            alone[place] = ballot
    return alone


def _common(key: str, ballots: list[Contest]) -> Contest:
    """The one ballot, or what all of them have: parties without their candidates; of pairs and candidates nothing."""
    if len(ballots) == 1:
        return ballots[0]
    parties = _parties(ballots) if CONTEST_TYPES[key].kind is Kind.PARTIES else ()
    return Contest(key=key, choices=parties, form=ballots[0].form if ballots else "")


def _parties(ballots: list[Contest]) -> tuple[Choice, ...]:
    """All parties by ballot number; a number that two parties share in different places is neither's."""
    seen: dict[int, dict[str, Choice]] = {}
    for party in (party for ballot in ballots for party in ballot.choices):
        seen.setdefault(party.number, {}).setdefault(party.id, party)
    return tuple(
        replace(party, candidates=()) for _, ids in sorted(seen.items()) if len(ids) == 1 for party in ids.values()
    )
