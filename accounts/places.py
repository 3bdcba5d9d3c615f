"""Places as the desk shows them: an area with the areas or TPS within, a TPS with the path to it."""

from msgspec import Struct

from accounts.errors import NothingFound
from election import words
from election.bundle import Bundle
from election.region import KELURAHAN, UnknownArea, UnknownTps
from identity.account import Account
from identity.errors import AccountMalformed
from identity.role import LENGTH, Role

KECAMATAN = 3
"""From this level down an area lists its TPS: some 110, at most a few hundred."""


class Row(Struct, frozen=True):
    """A place within a place."""

    kode: str
    name: str
    above: tuple[str, str]  # code and name of the kelurahan a listed TPS lies in; empty texts for areas
    tps: int  # how many TPS it has; 1 for a TPS


class Place(Struct, frozen=True):
    """An area or a TPS."""

    kode: str
    name: str
    level: words.Words
    path: tuple[Row, ...]  # the areas around it, nation first
    rows: tuple[Row, ...]
    lists_tps: bool
    tps: int  # how many


class Places:
    """The places of a bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self._tree = bundle.tree

    def name(self, kode: str) -> str:
        """What the area or TPS with this code is called; the code where there is none."""
        try:
            if len(kode) == LENGTH[Role.KPPS]:
                return self._tree.tps_nama(self._tree.tps_index(kode))
            return self._tree.nama(self._tree.area_index(kode))
        except (UnknownArea, UnknownTps):
            return kode

    def address(self, text: str) -> str:
        """Where a code of a TPS or area, or an account's name, is shown. Raises NothingFound."""
        try:
            kode = Account.parse(text).area
        except AccountMalformed:
            kode = text.upper()
        if self._tree.tps_codes.one(kode) >= 0:
            return f"/tps/{kode}"
        if self._tree.area_codes.one(kode) >= 0:
            return f"/wilayah/{kode}"
        raise NothingFound(what=text)

    def area(self, kode: str) -> Place:
        """An area. Raises NothingFound."""
        try:
            area = self._tree.area_index(kode)
        except UnknownArea:
            raise NothingFound(what=kode) from None
        level = self._tree.tingkat(area)
        lists = level >= KECAMATAN
        span = self._tree.tps_of(area)
        rows = [self._tps_row(i) for i in range(span.start, span.stop)] if lists else self._areas(area)
        return Place(
            kode, self._tree.nama(area), words.LEVELS[level], self._above(area), tuple(rows), lists,
            span.stop - span.start,
        )  # fmt: skip

    def tps(self, kode: str) -> Place:
        """A TPS. Raises NothingFound."""
        try:
            index = self._tree.tps_index(kode)
        except UnknownTps:
            raise NothingFound(what=kode) from None
        kelurahan = int(self._tree.tps_parent[index])
        path = (*self._above(kelurahan), self._row(kelurahan))
        return Place(kode, self._tree.tps_nama(index), words.LEVELS[KELURAHAN + 1], path, (), False, 1)

    def _areas(self, area: int) -> list[Row]:
        return [self._row(child) for child in self._tree.children(area)]

    def _row(self, area: int) -> Row:
        span = self._tree.tps_of(area)
        return Row(self._tree.kode(area), self._tree.nama(area), ("", ""), span.stop - span.start)

    def _tps_row(self, tps: int) -> Row:
        kelurahan = int(self._tree.tps_parent[tps])
        above = self._tree.kode(kelurahan), self._tree.nama(kelurahan)
        return Row(self._tree.tps_kode(tps), self._tree.tps_nama(tps), above, 1)

    def _above(self, area: int) -> tuple[Row, ...]:
        path: list[Row] = []
        while (area := int(self._tree.parent[area])) >= 0:
            path.insert(0, self._row(area))
        return tuple(path)
