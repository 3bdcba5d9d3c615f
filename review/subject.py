"""What a page of the desk is about: a record, or an area, of one contest, as the bundle has it.

What has happened to it is the journal's; who may look at it is `access`'s.
"""

from functools import cached_property

from msgspec import Struct

from election import codes
from election import form as forms
from election.bundle import Bundle
from election.codes import KELURAHAN
from election.contest import Contest
from election.form import Form
from election.plenary import contest_of
from election.record import Layout, layout
from review.access import TPS
from review.errors import NotHeld


class RecordAt(Struct, frozen=True, dict=True):
    """One record: a TPS in a contest, with the ballot that it voted with."""

    bundle: Bundle
    contest: Contest
    tps: str

    @property
    def key(self) -> str:
        """The contest's key."""
        return self.contest.key

    @property
    def kode(self) -> str:
        """The code of what this is: the TPS's."""
        return self.tps

    @property
    def tingkat(self) -> int:
        """The level of what this is."""
        return TPS

    @cached_property
    def row(self) -> int:
        """The TPS index."""
        return self.bundle.tree.tps_index(self.tps)

    @cached_property
    def form(self) -> Form:
        """The form that its photos show."""
        return forms.of(self.contest)

    @cached_property
    def layout(self) -> Layout:
        """The pages of each block."""
        return layout(self.form)

    @property
    def above(self) -> tuple[str, ...]:
        """Codes of the areas above, nation first."""
        return codes.above(self.tps)

    @property
    def path(self) -> list[tuple[str, str]]:
        """Code and name of the areas above, nation first."""
        tree = self.bundle.tree
        return [(tree.kode(area), tree.nama(area)) for area in tree.path(self.row)]

    @property
    def name(self) -> str:
        """What the TPS is called: `TPS 012`."""
        return self.bundle.tree.tps_nama(self.row)

    @property
    def place(self) -> str:
        """Kelurahan, kecamatan, kabupaten."""
        return ", ".join(name for _, name in reversed(self.path[2:]))


class AreaAt(Struct, frozen=True, dict=True):
    """One area in a contest."""

    bundle: Bundle
    key: str
    row: int  # area index

    @cached_property
    def kode(self) -> str:
        """Its code."""
        return self.bundle.tree.kode(self.row)

    @cached_property
    def tingkat(self) -> int:
        """Its level, 0 nation to 4 kelurahan."""
        return self.bundle.tree.tingkat(self.row)

    @property
    def name(self) -> str:
        """Its name."""
        return self.bundle.tree.nama(self.row)

    @cached_property
    def path(self) -> list[tuple[str, str]]:
        """Code and name of the areas above, nation first."""
        tree, above, row = self.bundle.tree, [], int(self.bundle.tree.parent[self.row])
        while row >= 0:
            above.append((tree.kode(row), tree.nama(row)))
            row = int(tree.parent[row])
        return above[::-1]

    @cached_property
    def children(self) -> list[tuple[str, str]]:
        """Code and name of what it consists of in this contest: areas, or of a kelurahan its TPS."""
        tree = self.bundle.tree
        if self.tingkat == KELURAHAN:
            held = self.bundle.tps_holding(self.key)
            return [(tree.tps_kode(tps), tree.tps_nama(tps)) for tps in tree.children(self.row) if held[tps]]
        held_in = (child for child in tree.children(self.row) if holds(self.bundle, self.key, child))
        return [(tree.kode(child), tree.nama(child)) for child in held_in]

    def stations(self, kode: str) -> int:
        """How many TPS of an area vote in this contest."""
        tree = self.bundle.tree
        return int(self.bundle.tps_holding(self.key)[tree.tps_of(tree.area_index(kode))].sum())

    @cached_property
    def contest(self) -> Contest:
        """The contest with the fields of its totals, in the order in which they are kept."""
        return contest_of(self.bundle, self.key, self.row)

    @property
    def common(self) -> tuple[str, ...]:
        """The fields that every ballot of the contest has."""
        return self.bundle.printed(self.key).common


def contests(bundle: Bundle) -> list[str]:
    """Keys of the contests that photos can come in for: those with a form and choices."""
    holdings = bundle.manifest.contests
    return [one.key for one in holdings if one.form and (one.choices or one.ballots)]


def holds(bundle: Bundle, key: str, area: int) -> bool:
    """Whether any TPS of the area votes in the contest."""
    return bool(bundle.tps_holding(key)[bundle.tree.tps_of(area)].any())


def record_at(bundle: Bundle, key: str, tps: str) -> RecordAt:
    """The record of that address. Raises UnknownContest, UnknownTps, NotHeld."""
    row = bundle.tree.tps_index(tps)
    if key not in contests(bundle) or not bundle.holds(key, row):
        raise NotHeld(contest=key, kode=tps)
    return RecordAt(bundle, bundle.ballot(key, row), tps)


def area_at(bundle: Bundle, key: str, kode: str) -> AreaAt:
    """The area of that address. Raises UnknownContest, UnknownArea, NotHeld."""
    row = bundle.tree.area_index(kode)
    if key not in contests(bundle) or not holds(bundle, key, row):
        raise NotHeld(contest=key, kode=kode)
    return AreaAt(bundle, key, row)
