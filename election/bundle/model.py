"""What a bundle says: the election's name, date, settings, and where each contest is held. Reading it: `files`."""

from collections.abc import Iterable
from functools import cached_property
from typing import ClassVar

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace
from numpy.typing import NDArray

from election.bundle.dapil import Dapil, District
from election.bundle.lists import Lists
from election.codes import NATION_CODE, Indices
from election.contest import CONTEST_TYPES, Choice, Contest, Kind, Level
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


class Threshold(Struct, frozen=True):
    """The share of valid votes a party needs, as a fraction, with the text that sets it."""

    numerator: int = 1
    denominator: int = 25
    citation: str = "UU 7/2017 art. 414"


class Settings(Struct, frozen=True):
    """What the law or the organiser fixes for one election. Defaults are those of 2024."""

    reserve_per_mille: int = 20  # ballots delivered on top of the DPT, rounded up (UU 7/2017 art. 344(2))
    reserve_per_mille_local: int = 25  # the same in a Pilkada (unverified)
    voters_per_tps: int = 300  # the organiser's; the law's own limit is 500
    voters_per_tps_local: int = 600  # the organiser's, Pilkada 2024; the law's own limit is 800
    gate: str | None = None  # nothing is public before this moment (RFC 3339); None: no gate
    threshold: Threshold = Threshold()

    def reserve(self, contest: str) -> int:
        """Reserve ballots of a contest, in thousandths of the DPT."""
        return self.reserve_per_mille_local if CONTEST_TYPES[contest].local else self.reserve_per_mille

    def delivered(self, contest: str, dpt: int) -> int:
        """Ballots owed to a TPS with `dpt` voters: DPT and the reserve, rounded up."""
        return dpt - (-dpt * self.reserve(contest) // 1000)

    def voters(self, contest: str) -> int:
        """How many voters a TPS may have on its list."""
        return self.voters_per_tps_local if CONTEST_TYPES[contest].local else self.voters_per_tps


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
    """A bundle as its files have it, before anything is judged. `dpt_l` and `dpt_p` are int32[n], -1 = not known."""

    manifest: Manifest
    areas: AreaColumns
    tps: TpsColumns
    dpt_l: Indices
    dpt_p: Indices
    dapil: Dapil = Dapil()
    lists: Lists = field(default_factory=Lists.none)


class Bundle(Struct, frozen=True, eq=False, dict=True):
    """Reference data of one election, loaded. `dpt_l` and `dpt_p` are int32[n_tps], -1 = not known."""

    manifest: Manifest
    tree: Tree
    dpt_l: Indices
    dpt_p: Indices
    held: dict[str, NDArray[np.bool_]]  # contest -> bool[n_tps]
    dapil: Dapil
    lists: Lists

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
    def live(self) -> dict[str, Contest]:
        """The contests that can run: one ballot for the whole nation, and a form the machine knows."""
        contests = self.contests.items()
        return {key: one for key, one in contests if one.choices and one.form and one.type.ballot is Level.NATION}

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
        return self._printed(key, area, self._dapil_of(key, tps))

    def _dapil_of(self, key: str, tps: int) -> str:
        """Code of the dapil a TPS votes in, where candidates are known by dapil; "" elsewhere."""
        if not len(self.lists) or CONTEST_TYPES[key].kind is not Kind.PARTIES:
            return ""
        if key not in self._districts:
            self._districts[key] = self.dapil.of(key), self.dapil.tps(key, self.tree)
        districts, member = self._districts[key]
        return districts[member[tps]].kode if member[tps] >= 0 else ""

    def _printed(self, key: str, area: str, dapil: str) -> Contest:
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
