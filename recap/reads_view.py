"""What is told of an area or a dapil over HTTP: sums under their names, from the state as it is or from an hourly cut.

Types and how they follow from arrays; addresses and status codes are `reads`'s.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.contest import CONTEST_TYPES
from recap.columns import SHOWN
from recap.cuts import Hours
from recap.ragged import Sums
from recap.state import State

KEPT = 6
"""Hourly cuts in memory; one of a nation takes some 30 MB."""


class Residual(Struct, frozen=True):
    """What the sums of an area break of one identity; `part` is which of the rule's comparisons."""

    rule: str
    part: str
    sum: int  # Σ r over records
    size: int  # Σ |r|
    count: int  # records with r ≠ 0


class CutOf(Struct, frozen=True):
    """The journal's number up to which everything is in the sums, and the time of that event (UTC)."""

    contest: str
    number: int
    at: str


class AreaSums(Struct, frozen=True):
    """One area. `totals` are of blocks that count, `held` of those that are held, each field under its name."""

    kode: str
    nama: str
    tingkat: int  # 0 nation to 4 kelurahan
    changed: int  # number of the last event that decided something here
    tps: int
    blocks: dict[str, dict[str, int]]  # kind of block → state → how many
    fields: Literal["own", "common"]  # whether the fields are all of the ballot here, or those that all ballots share
    totals: dict[str, int]
    held: dict[str, int]
    residuals: tuple[Residual, ...]  # only those that are not all zero
    versions: int  # records with a version beyond the first


class AreaAnswer(Struct, frozen=True):
    """An area, as of a cut."""

    cut: CutOf
    area: AreaSums


class ChildrenAnswer(Struct, frozen=True):
    """An area and those right below it, all as of one cut; none below a kelurahan."""

    cut: CutOf
    area: AreaSums
    children: tuple[AreaSums, ...]


class DapilSums(Struct, frozen=True):
    """One dapil."""

    kode: str
    nama: str
    seats: int
    changed: int
    tps: int
    blocks: dict[str, dict[str, int]]
    fields: Literal["own", "common"]
    totals: dict[str, int]


class DapilAnswer(Struct, frozen=True):
    """A dapil, as of a cut."""

    cut: CutOf
    dapil: DapilSums


class ContestRow(Struct, frozen=True):
    """One contest that is recapitulated here."""

    key: str
    id: str
    en: str
    number: int
    at: str
    fields: tuple[str, ...]  # that all ballots share
    dapil: tuple[str, ...]
    cuts: tuple[str, ...]  # hours of which a cut is kept


class ContestsAnswer(Struct, frozen=True):
    """Every contest that is recapitulated here."""

    election: str
    contests: tuple[ContestRow, ...]


class Moment(NamedTuple):
    """The sums to tell from; `hour` is None for now."""

    cut: CutOf
    sums: Sums
    hour: str | None


class Counted:
    """What one contest's engine has counted, now and by the hour."""

    def __init__(self, state: State, hours: Hours, ready: Callable[[], bool] = lambda: True) -> None:
        """`ready`: whether the state has caught up with the journal since the start, so that no sum goes back."""
        self.state, self.ready, self._hours = state, ready, hours
        self._read = lru_cache(maxsize=KEPT)(hours.read)
        member = state.printed.district_of_tps
        self._dapil_tps = np.bincount(member[member >= 0], minlength=len(state.printed.dapil))

    def now(self) -> Moment:
        """The state as it stands."""
        state = self.state
        return Moment(CutOf(state.key, state.number, state.at), state.sums, None)

    def hours(self) -> list[str]:
        """The hours of which a cut is kept."""
        return self._hours.names()

    def at(self, hour: str) -> Moment | None:
        """The sums at the beginning of an hour; None where that is beyond everything kept. Raises CutDamaged.

        Between two cuts nothing happened, so that the later one tells of all hours between them.
        """
        later = [name for name in self._hours.names() if name >= hour]
        if not later:
            return None
        cut = self._read(later[0])
        return Moment(CutOf(cut.contest, cut.number, cut.at), cut.sums, hour)

    def row(self, key: str) -> ContestRow:
        """The contest itself."""
        state, kind = self.state, CONTEST_TYPES[key]
        dapil = tuple(one.kode for one in state.printed.dapil)
        return ContestRow(
            key, kind.name_id, kind.name_en, state.number, state.at, state.printed.common, dapil, tuple(self.hours())
        )

    def area(self, moment: Moment, area: int) -> AreaSums:
        """An area by its index."""
        state, columns = self.state, self.state.columns
        sums = moment.sums.rows[area]
        fields, totals, held = self._shown(moment, area, sums)
        return AreaSums(
            kode=state.tree.kode(area),
            nama=state.tree.nama(area),
            tingkat=state.tree.tingkat(area),
            changed=int(moment.sums.numbers[area]),
            tps=int(state.tps[area]),
            blocks=self._blocks(sums),
            fields="own" if fields == state.printed.fields(area) and state.printed.of_area[area] >= 0 else "common",
            totals=_named(fields, totals),
            held=_named(fields, held),
            residuals=self._residuals(sums),
            versions=int(sums[columns.versions]),
        )

    def _shown(
        self, moment: Moment, area: int, sums: NDArray[np.int64]
    ) -> tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.int64]]:
        """Fields, totals and held sums; of hours past, whose single records are not kept, the common fields."""
        state = self.state
        if moment.hour is None:
            return state.printed.fields(area), state.totals(area), state.held(area)
        return state.printed.common, sums[state.columns.totals], sums[state.columns.held]

    def _blocks(self, sums: NDArray[np.int64]) -> dict[str, dict[str, int]]:
        columns = self.state.columns
        return {kind: {str(s): int(sums[columns.count(kind, s)]) for s in SHOWN} for kind in columns.kinds}

    def _residuals(self, sums: NDArray[np.int64]) -> tuple[Residual, ...]:
        columns = self.state.columns
        told = sums[columns.residuals].reshape(-1, 3)
        return tuple(
            Residual(*columns.identities[i], *map(int, told[i])) for i in np.flatnonzero(told.any(axis=1)).tolist()
        )

    def dapil(self, moment: Moment, one: int) -> DapilSums:
        """A dapil by its position in `printed.dapil`."""
        state, district = self.state, self.state.printed.dapil[one]
        sums = moment.sums.rows[state.tree.n_areas + one]
        ballot = int(state.printed.of_dapil[one])
        own = slice(*state.plan.fields[ballot : ballot + 2].tolist())
        totals = sums[state.columns.totals] if ballot < 0 else moment.sums.own[0, own]
        return DapilSums(
            kode=district.kode,
            nama=district.nama,
            seats=district.seats,
            changed=int(moment.sums.numbers[state.tree.n_areas + one]),
            tps=int(self._dapil_tps[one]),
            blocks=self._blocks(sums),
            fields="common" if ballot < 0 else "own",
            totals=_named(state.printed.dapil_fields(one), totals),
        )


def _named(fields: Sequence[str], sums: NDArray[np.int64]) -> dict[str, int]:
    return dict(zip(fields, sums.tolist(), strict=True))
