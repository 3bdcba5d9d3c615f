"""What a bundle says: areas, TPS, and where each contest is held with which ballots. Reading it: `files`."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import ClassVar

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace
from numpy.typing import NDArray

from election.bundle.dapil import Dapil, District
from election.bundle.lists import Lists
from election.bundle.printed import Printed
from election.bundle.settings import Settings
from election.codes import NATION_CODE, Indices
from election.contest import CONTEST_TYPES, Choice, Contest, Kind
from election.errors import Rejected
from election.region import AreaColumns, TpsColumns, Tree

FORMAT = 1
"""Version of the shape of `bundle.json`."""


class UnknownContest(Rejected):
    """The bundle has no such contest."""

    code = "contest.unknown"
    advice: ClassVar[dict[str, str]] = {
        "id": "Pemilihan {key} tidak ada dalam berkas ini; yang ada: {known}.",
        "en": "This bundle has no contest {key}; it has: {known}.",
    }


class NotLive(Rejected):
    """The contest is known, but does not run: it has no form, or no single ballot for the whole nation."""

    code = "contest.not_live"
    advice: ClassVar[dict[str, str]] = {
        "id": "Pemilihan {key} tidak berjalan langsung; yang berjalan: {known}.",
        "en": "Contest {key} does not run live; these do: {known}.",
    }


class Holding(Struct, frozen=True, omit_defaults=True):
    """One contest of this election: its choices and the areas that hold it.

    `ballots` gives the choices where they differ from area to area (governor, DPD, Aceh's parties); the deepest
    area above a TPS that stands there decides, and `choices` serves all others.
    """

    key: str
    choices: tuple[Choice, ...] = ()
    form: str = ""
    areas: tuple[str, ...] = (NATION_CODE,)
    without: tuple[str, ...] = ()  # areas within `areas` that do not hold it
    ballots: dict[str, tuple[Choice, ...]] = field(default_factory=dict)

    @property
    def contest(self) -> Contest:
        """The contest with the choices that stand on every ballot, where there is one such ballot."""
        return Contest(key=self.key, choices=self.choices, form=self.form)


class Manifest(Struct, frozen=True):
    """`bundle.json`."""

    name: str
    date: str  # of the vote, YYYY-MM-DD
    contests: tuple[Holding, ...]
    seed: int | None = None  # of an invented election
    nation: str = "INDONESIA"
    settings: Settings = Settings()
    format: int = FORMAT


class Sheets(Struct, frozen=True, eq=False):
    """A bundle as its files have it, before anything is judged. `dpt_l` and `dpt_p` are int32[n], -1 = not known.

    `delivered` is contest → int32[n]: ballots that reached the TPS, where the organiser says so; -1 = not known.
    """

    manifest: Manifest
    areas: AreaColumns
    tps: TpsColumns
    dpt_l: Indices
    dpt_p: Indices
    dapil: Dapil = Dapil()
    lists: Lists = field(default_factory=Lists.none)
    delivered: dict[str, Indices] = field(default_factory=dict)


class Bundle(Struct, frozen=True, eq=False, dict=True):
    """Reference data of one election, loaded. `dpt_l` and `dpt_p` are int32[n_tps], -1 = not known."""

    manifest: Manifest
    tree: Tree
    dpt_l: Indices
    dpt_p: Indices
    held: dict[str, NDArray[np.bool_]]  # contest -> bool[n_tps]
    dapil: Dapil
    lists: Lists
    delivered: dict[str, Indices] = field(default_factory=dict)  # contest -> ballots that came, int32[n_tps] or -1

    @property
    def name(self) -> str:
        """The election's name."""
        return self.manifest.name

    @property
    def date(self) -> str:
        """The day of the vote, YYYY-MM-DD."""
        return self.manifest.date

    @property
    def settings(self) -> Settings:
        """What is fixed for this election."""
        return self.manifest.settings

    @cached_property
    def contests(self) -> dict[str, Contest]:
        """Every contest by its key."""
        return {holding.key: holding.contest for holding in self.manifest.contests}

    @cached_property
    def live(self) -> tuple[str, ...]:
        """Keys of the contests that can run."""
        return tuple(filter(self.runs, self.contests))

    def runs(self, key: str) -> bool:
        """Whether the contest can run: every ballot of it has choices and a form that the machine knows.

        Raises UnknownContest.
        """
        ballots = self.printed(key).ballots
        return bool(ballots) and all(ballot.form and ballot.choices for ballot in ballots)

    def contest(self, key: str) -> Contest:
        """One contest. Raises UnknownContest."""
        self.holding(key)
        return self.contests[key]

    def ballot(self, key: str, tps: int) -> Contest:
        """The contest with the choices on the ballots of one TPS, and each party's candidates in its dapil.

        Raises UnknownContest.
        """
        holding = self.holding(key)
        kodes = map(self.tree.kode, reversed(self.tree.path(tps)))
        area = next((kode for kode in kodes if kode in holding.ballots), NATION_CODE)
        return self._paper(key, area, self._dapil_of(key, tps))

    def ballots(self, key: str, tps: Indices) -> Iterator[tuple[Contest, NDArray[np.int64]]]:
        """The ballots that these TPS vote with; for each int64[m], where in `tps` those stand that have it.

        Raises UnknownContest.
        """
        kodes = sorted(self.holding(key).ballots, key=self.tree.area_index)
        area = np.zeros(self.tree.n_tps, np.int64)
        for number, kode in enumerate(kodes, start=1):  # area indices grow with the level: deeper areas overwrite
            area[self.tree.tps_of(self.tree.area_index(kode))] = number
        districts, member = self._members(key)
        printed = (area * (len(districts) + 1) + member + 1)[tps]
        order = np.argsort(printed, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(printed[order])) + 1):
            if len(rows):
                yield self.ballot(key, int(tps[rows[0]])), rows

    def printed(self, key: str) -> Printed:
        """Every ballot of a contest, and which TPS votes with which. Raises UnknownContest."""
        if key not in self._prints:
            held = np.flatnonzero(self.tps_holding(key)).astype(np.int32)
            found = ((ballot, held[rows]) for ballot, rows in self.ballots(key, held))
            self._prints[key] = Printed.of(key, self.tree, found, self.dapil.of(key), self.dapil.tps(key, self.tree))
        return self._prints[key]

    def _dapil_of(self, key: str, tps: int) -> str:
        """Code of the dapil a TPS votes in, where candidates are known by dapil; "" elsewhere."""
        districts, member = self._members(key)
        return districts[member[tps]].kode if member[tps] >= 0 else ""

    def _members(self, key: str) -> tuple[tuple[District, ...], Indices]:
        """The dapil of a contest whose candidates are known by dapil, and which of them each TPS votes in (or -1)."""
        if key not in self._districts:
            listed = len(self.lists) and CONTEST_TYPES[key].kind is Kind.PARTIES
            dapil = self.dapil if listed else Dapil()
            self._districts[key] = dapil.of(key), dapil.tps(key, self.tree)
        return self._districts[key]

    def _paper(self, key: str, area: str, dapil: str) -> Contest:
        """One of the ballots that are printed; the same object for every TPS that votes with it."""
        if (key, area, dapil) not in self._ballots:
            holding = self.holding(key)
            choices = holding.ballots.get(area, holding.choices)
            lists = self.lists.of(key, dapil) if dapil else {}
            if lists:
                choices = tuple(replace(choice, candidates=lists.get(choice.number, ())) for choice in choices)
            self._ballots[key, area, dapil] = Contest(key=key, choices=choices, form=holding.form)
        return self._ballots[key, area, dapil]

    @cached_property
    def _ballots(self) -> dict[tuple[str, str, str], Contest]:
        return {}

    @cached_property
    def _prints(self) -> dict[str, Printed]:
        return {}

    @cached_property
    def _districts(self) -> dict[str, tuple[tuple[District, ...], Indices]]:
        return {}

    def holds(self, key: str, tps: int) -> bool:
        """Whether the TPS at index `tps` votes in the contest. Raises UnknownContest."""
        return bool(self.tps_holding(key)[tps])

    def tps_holding(self, key: str) -> NDArray[np.bool_]:
        """bool[n_tps]: which TPS vote in the contest. Raises UnknownContest."""
        return self.held[self.holding(key).key]

    def records(self) -> int:
        """How many records the election has: TPS times contest, where held."""
        return sum(int(mask.sum()) for mask in self.held.values())

    def holding(self, key: str) -> Holding:
        """Where one contest is held, and with which ballots. Raises UnknownContest."""
        for holding in self.manifest.contests:
            if holding.key == key:
                return holding
        raise UnknownContest(key=key, known=", ".join(h.key for h in self.manifest.contests))


def holding_mask(tree: Tree, areas: Iterable[str], without: Iterable[str]) -> NDArray[np.bool_]:
    """bool[n_tps]: TPS within `areas` and not within `without`. Raises UnknownArea."""
    mask = np.zeros(tree.n_tps, np.bool_)
    for kode in areas:
        mask[tree.tps_of(tree.area_index(kode))] = True
    for kode in without:
        mask[tree.tps_of(tree.area_index(kode))] = False
    return mask
