"""Published seats, and where they differ from those that follow from the votes."""

from collections.abc import Mapping

from msgspec import Struct

from election.outcome.house import House
from election.outcome.sheet import DAPIL, NAME, Sheet, plain


class Difference(Struct, frozen=True):
    """One party's seats in one dapil: ours from the votes, theirs as published."""

    dapil: str
    party: str
    ours: int
    theirs: int


class Compared(Struct, frozen=True):
    """What was compared, and where it differs."""

    dapil: int
    differences: tuple[Difference, ...]
    not_here: tuple[str, ...]  # published, but not among the votes
    not_there: tuple[str, ...]  # among the votes, but not published


def seats(sheet: Sheet) -> dict[str, dict[str, int]]:
    """Published seats: dapil → party → seats. Raises BadSheet."""
    label = sheet.column(NAME) or sheet.needs(DAPIL)
    rows, _ = sheet.latest(lambda row: row[label])
    return {name: {party: sheet.number(row, party) or 0 for party in sheet.choices()} for name, row in rows.items()}


def compare(house: House, published: Mapping[str, Mapping[str, int]]) -> Compared:
    """Every dapil that both have, party by party; names are compared without case and punctuation."""
    theirs = {plain(name): row for name, row in published.items()}
    both = [name for name in house.by_dapil if plain(name) in theirs]
    found = [one for name in both for one in _differences(name, house.by_dapil[name].won, theirs[plain(name)])]
    here = {plain(name) for name in house.by_dapil}
    return Compared(
        dapil=len(both),
        differences=tuple(found),
        not_here=tuple(name for name in published if plain(name) not in here),
        not_there=tuple(name for name in house.by_dapil if name not in both),
    )


def _differences(dapil: str, ours: Mapping[str, int], theirs: Mapping[str, int]) -> list[Difference]:
    mine = {plain(party): count for party, count in ours.items()}
    published = {plain(party): count for party, count in theirs.items()}
    names = {plain(party): party for party in (*theirs, *ours)}
    return [
        Difference(dapil, name, mine.get(key, 0), published.get(key, 0))
        for key, name in names.items()
        if mine.get(key, 0) != published.get(key, 0)
    ]
