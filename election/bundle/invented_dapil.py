"""Dapil of an invented election and who stands in them: neighbouring areas together, candidates called by nature."""

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from election.bundle.dapil import Dapil, District
from election.bundle.invented_abroad import ABROAD, ELECTED_ABROAD
from election.bundle.invented_contests import WORDS
from election.bundle.lists import Lists
from election.bundle.model import Holding
from election.codes import changes, fixed
from election.contest import CONTEST_TYPES, Choice, Kind
from election.region import AreaColumns

MEMBERS = {"pdpr": (1, 2, 6.1), "pdprdp": (1, 2, 1.7), "pdprdk": (2, 3, 3.1)}
"""Level within which a dapil stays, level of its areas, and how many of these make one, as in 2024."""

SEATS = {"pdpr": (3, 10), "pdprdp": (3, 12), "pdprdk": (3, 12)}
"""Seats of a dapil (UU 7/2017 art. 187–192): as many candidates a party may put up."""

BETWEEN = {"pdpr": "", "pdprdp": "00", "pdprdk": ""}
"""What stands between a dapil's area and its number, as in 2024: no two contests share a code."""

FULL, NONE = 0.75, 0.01
"""Shares of lists that are full, and of parties that put nobody up; the rest are shorter than they might be."""


def districts(key: str, areas: AreaColumns, *, abroad: bool) -> tuple[District, ...]:
    """The dapil of a party contest; voters abroad vote with the first, as those of 2024 did with one of the capital."""
    within, of, usual = MEMBERS[key]
    names = dict(zip(areas.kode.tolist(), areas.nama.tolist(), strict=True))
    found: list[District] = []
    for parent in areas.kode[areas.tingkat == within].tolist():
        members = areas.kode[(areas.tingkat == of) & (areas.parent == parent)].tolist()
        for number, some in enumerate(np.array_split(members, max(1, round(len(members) / usual))), start=1):
            kode, nama = f"{parent.decode()}{BETWEEN[key]}{number:02}", f"{names[parent].decode()} {number}"
            also = (ABROAD,) if abroad and key in ELECTED_ABROAD and not found else ()
            found.append(District(key, kode, nama, (*(member.decode() for member in some.tolist()), *also)))
    return tuple(found)


def dapil_of(holdings: Sequence[Holding], areas: AreaColumns, *, abroad: bool) -> Dapil:
    """The dapil of every party contest that is held."""
    keys = [holding.key for holding in holdings if CONTEST_TYPES[holding.key].kind is Kind.PARTIES]
    return Dapil(tuple(district for key in keys for district in districts(key, areas, abroad=abroad)))


def lists_of(holdings: Sequence[Holding], dapil: Dapil, seed: int) -> Lists:
    """Candidates of every party in every dapil; "Calon 3 Melati" is the third of a list."""
    parts = [
        part for holding in holdings if dapil.of(holding.key) for part in _contest(holding, dapil.of(holding.key), seed)
    ]
    if not parts:
        return Lists.none()
    contest, kode, party, number, word = (np.concatenate(column) for column in zip(*parts, strict=True))
    most = int(number.max())
    names = fixed([f"Calon {n} {one}" for n in range(1, most + 1) for one in WORDS])
    return Lists(
        contest=contest,
        dapil=kode,
        party=party,
        number=number,
        id=fixed([str(500_001 + row) for row in range(len(number))]),
        name=names[(number.astype(np.int64) - 1) * len(WORDS) + word],
    )


def seated(dapil: Dapil, lists: Lists) -> Dapil:
    """The dapil with their seats: as many as the longest list has candidates, since a list may fill them all."""
    runs = np.union1d(changes(lists.contest), changes(lists.dapil))
    longest = np.maximum.reduceat(lists.number, runs).tolist() if len(runs) else []
    places = zip(lists.contest[runs].tolist(), lists.dapil[runs].tolist(), strict=True)
    seats = dict(zip(places, longest, strict=True))
    return Dapil(
        tuple(replace(one, seats=seats.get((one.contest.encode(), one.kode.encode()), 0)) for one in dapil.districts)
    )


def _contest(holding: Holding, places: tuple[District, ...], seed: int) -> Iterator[tuple[NDArray[np.generic], ...]]:
    """Columns of one contest, dapil by dapil: contest, dapil, party, number, word of the name."""
    low, high = SEATS[holding.key]
    rng = np.random.default_rng([seed, 11, list(CONTEST_TYPES).index(holding.key)])
    for place in places:
        parties = np.array([choice.number for choice in _ballot(holding, place.areas[0])], np.int16)
        seats = int(rng.integers(low, high + 1))
        chance = rng.random(len(parties))
        short = rng.integers(1, seats + 1, len(parties))
        lengths = np.where(chance < FULL, seats, np.where(chance > 1 - NONE, 0, short))
        rows = int(lengths.sum())
        number = np.arange(rows) - np.repeat(np.cumsum(lengths) - lengths, lengths) + 1
        yield (
            np.full(rows, holding.key.encode()),
            np.full(rows, place.kode.encode()),
            np.repeat(parties, lengths),
            number.astype(np.int16),
            rng.integers(len(WORDS), size=rows),
        )


def _ballot(holding: Holding, area: str) -> tuple[Choice, ...]:
    """The parties on the ballots of an area, given by the areas above it."""
    return next((ballot for kode, ballot in holding.ballots.items() if area.startswith(kode)), holding.choices)
