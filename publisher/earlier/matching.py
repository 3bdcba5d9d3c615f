"""Which area of an earlier election is which area of this one: by code, then by path of names, then as moved.

An area has moved where its name stands once among those left over under the same area two levels up, then and now
(Papua's kabupaten of 2019 lie in five provinces today). Names are compared without case, accents, blanks and signs.
A name that stands twice decides nothing, and whatever is left is listed with the reason: nothing is guessed.
"""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from election.bundle import Bundle
from election.codes import LEVELS, NATION_CODE, TPS_LEVEL
from election.region import Tree
from publisher.earlier.model import DAPIL, Earlier, Place

NO_NAME, TWICE, ABOVE, NO_CODE = "no_such_name", "name_twice", "area_above_unmatched", "no_such_code"


class Match(Struct, frozen=True):
    """An area now and the place that it was. `how`: code, name, moved, or told by a person."""

    level: str
    kode: str
    nama: str
    key: str
    then: str  # its name then
    how: str


class Unmatched(Struct, frozen=True):
    """An area that only one side has."""

    side: str  # then or now
    level: str
    kode: str
    nama: str
    reason: str


class Matching(Struct, frozen=True):
    """Every match, and everything else."""

    matches: tuple[Match, ...]
    unmatched: tuple[Unmatched, ...]

    def by_kode(self, level: str) -> dict[str, Match]:
        """Code of an area of a level now → its match."""
        return {one.kode: one for one in self.matches if one.level == level}


KINDS = frozenset({"kab", "kabupaten", "adm", "administrasi"})
"""Words that say what kind of area it is. `Kota` is none of them: Jayapura and Kota Jayapura are two."""

SHORT = {"kep": "kepulauan"}


def plain(name: str) -> str:
    """A name as it is compared: `KOTA ADM. JAKARTA PUSAT` is Jakarta Pusat, `P A P U A` is Papua."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    words = "".join(sign if sign.isalnum() else " " for sign in letters if not unicodedata.combining(sign)).split()
    kept = [SHORT.get(word, word) for word in words if word not in KINDS]
    if kept[:1] == ["kota"] and len(words) > len(kept):
        del kept[0]  # a city that is administered has no name with `Kota` beside it
    return "".join(kept)


def match(bundle: Bundle, earlier: Earlier, told: Mapping[str, str] | None = None) -> Matching:
    """Hold the places of `earlier` against the areas of the bundle, level by level, and its dapil by code.

    `told`: key then → code now, of areas of which a person knows that they only changed their name.
    """
    walk = _Walk(bundle.tree, earlier, told or {})
    for tingkat in range(TPS_LEVEL):
        walk.level(tingkat)
    walk.dapil({one.kode: one.nama for one in bundle.dapil.of(earlier.contest)})
    return Matching(tuple(walk.matches), tuple(walk.unmatched))


def told_in(file: Path, election: str) -> dict[str, str]:
    """What a person says in a CSV of election, key and kode. Raises KeyError where a column is missing."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["key"]: row["kode"] for row in csv.DictReader(lines) if row["election"] == election}


class _Walk:
    def __init__(self, tree: Tree, earlier: Earlier, told: Mapping[str, str]) -> None:
        self.tree, self.told = tree, told
        self.places: dict[str, list[Place]] = {}
        for place in earlier.places.values():
            self.places.setdefault(place.level, []).append(place)
        self.parent = {place.key: place.parent for place in earlier.places.values()}
        self.matches: list[Match] = []
        self.unmatched: list[Unmatched] = []
        self.now: dict[str, int] = {}  # key then → area now

    def level(self, tingkat: int) -> None:
        """Match one level; those above are done."""
        level, left = LEVELS[tingkat], dict.fromkeys(self.tree.level(tingkat))
        then = {place.key: place for place in self.places.get(level, [])}
        if not then:
            return  # the file says nothing of this level
        by_code = {self.tree.kode(area): area for area in left}
        for place in list(then.values()):
            area = by_code.get(self.told.get(place.key, place.kode))
            if area is not None and area in left:
                self._take(place, area, "told" if place.key in self.told else "code", then, left)
        coded = any(place.kode for place in self.places[level])
        if not coded:
            for how, up in (("name", 1), ("moved", 2)):
                if tingkat >= up:
                    self._names(then, left, how, up)
        self._leave(level, then, left, coded)

    def _names(self, then: dict[str, Place], left: dict[int, None], how: str, up: int) -> None:
        """Match names that stand once, then and now, under the same area `up` levels above."""
        before, today = self._then_by_name(then, up), self._now_by_name(left, up)
        for name, places in before.items():
            areas = today.get(name, [])
            if len(places) == len(areas) == 1:
                self._take(places[0], areas[0], how, then, left)

    def _then_by_name(self, then: Mapping[str, Place], up: int) -> dict[tuple[int, str], list[Place]]:
        found: dict[tuple[int, str], list[Place]] = {}
        for place in then.values():
            above = self.now.get(self._above(place.key, up), -1)
            if above >= 0:
                found.setdefault((above, plain(place.nama)), []).append(place)
        return found

    def _now_by_name(self, left: Iterable[int], up: int) -> dict[tuple[int, str], list[int]]:
        found: dict[tuple[int, str], list[int]] = {}
        for area in left:
            above = area
            for _ in range(up):
                above = int(self.tree.parent[above])
            found.setdefault((above, plain(self.tree.nama(area))), []).append(area)
        return found

    def _above(self, key: str, up: int) -> str:
        for _ in range(up):
            key = self.parent.get(key, "")
        return key

    def _take(self, place: Place, area: int, how: str, then: dict[str, Place], left: dict[int, None]) -> None:
        told = (place.level, self.tree.kode(area), self.tree.nama(area), place.key, place.nama, how)
        self.matches.append(Match(*told))
        self.now[place.key] = area
        del then[place.key], left[area]

    def _leave(self, level: str, then: Mapping[str, Place], left: Iterable[int], coded: bool) -> None:
        """List what is left of a level, with the reason."""
        areas = list(left)
        before, today = self._then_by_name(then, 1), self._now_by_name(areas, 1)
        matched = set(self.now.values())
        for place in then.values():
            above = self.now.get(place.parent, -1)
            same = (above, plain(place.nama))
            reason = _why(coded, above >= 0, max(len(before.get(same, ())), len(today.get(same, ()))))
            self.unmatched.append(Unmatched("then", level, place.key, place.nama, reason))
        for area in areas:
            above = int(self.tree.parent[area])
            same = (above, plain(self.tree.nama(area)))
            reason = _why(coded, above in matched, max(len(before.get(same, ())), len(today.get(same, ()))))
            self.unmatched.append(Unmatched("now", level, self.tree.kode(area), self.tree.nama(area), reason))

    def dapil(self, now: Mapping[str, str]) -> None:
        """Dapil by their code."""
        then = {place.kode: place for place in self.places.get(DAPIL, [])}
        for kode, place in then.items():
            if kode in now:
                self.matches.append(Match(DAPIL, kode, now[kode], place.key, place.nama, "code"))
        self.unmatched += list(_alone("then", {k: p.nama for k, p in then.items()}, now))
        self.unmatched += list(_alone("now", now, then)) if then else []


def _alone(side: str, these: Mapping[str, str], others: Mapping[str, object]) -> Iterator[Unmatched]:
    for kode, nama in these.items():
        if kode not in others:
            yield Unmatched(side, DAPIL, kode, nama, NO_CODE)


def _why(coded: bool, above: bool, named: int) -> str:
    if coded:
        return NO_CODE
    if not above:
        return ABOVE
    return TWICE if named > 1 else NO_NAME


__all__ = ["NATION_CODE", "Match", "Matching", "Unmatched", "match", "plain"]
