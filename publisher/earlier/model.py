"""An earlier election: its areas as they were, and the figures of each by source. Values; no files, no matching."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from election.codes import NATION_CODE

DAPIL = "dapil"
"""Level of a dapil, beside the names in `election.codes.LEVELS`."""

Figures = dict[str, dict[str, int]]
"""Source → field → value; a field without a value is not there."""


class Place(Struct, frozen=True):
    """An area as it was. `key` is its file's own; `kode` is Kemendagri's, "" where the file has no such codes."""

    key: str
    level: str
    parent: str
    nama: str
    kode: str = ""


class Earlier(Struct, frozen=True):
    """One contest of one earlier election. `choices`: field → what it was called."""

    election: str
    contest: str
    date: str
    choices: dict[str, str]
    places: dict[str, Place]
    figures: dict[str, Figures]  # key of the place → its figures

    @property
    def sources(self) -> list[str]:
        """Every source that has a figure, by name."""
        return sorted({source for figures in self.figures.values() for source in figures})

    def below(self) -> dict[str, list[Place]]:
        """Key of each place → those right below it."""
        found: dict[str, list[Place]] = {}
        for place in self.places.values():
            if place.key != NATION_CODE:
                found.setdefault(place.parent, []).append(place)
        return found


def total(parts: Iterable[Figures]) -> Figures:
    """The sum of several places' figures: only of what all of them have."""
    listed = list(parts)
    found: Figures = {}
    for source, figures in (listed[0] if listed else {}).items():
        for field in figures:
            values = [_value(one, source, field) for one in listed]
            known = [value for value in values if value is not None]
            if len(known) == len(listed):
                found.setdefault(source, {})[field] = sum(known)
    return found


def _value(figures: Mapping[str, Mapping[str, int]], source: str, field: str) -> int | None:
    return figures.get(source, {}).get(field)
