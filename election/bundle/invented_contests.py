"""Contests and choices of an invented election: numbers and things of nature, no persons, no parties that exist."""

import numpy as np
from msgspec.structs import replace

from election.bundle.colors import COLORS
from election.bundle.invented_abroad import ABROAD, ELECTED_ABROAD
from election.bundle.model import Holding
from election.contest import CONTEST_TYPES, Choice, Kind, Level
from election.region import AreaColumns

WORDS = (
    "Fajar", "Samudra", "Rimba", "Cempaka", "Merapi", "Bahtera", "Kenanga", "Angin", "Padi", "Karang", "Elang",
    "Melati", "Sagu", "Telaga", "Jati", "Mutiara", "Pelangi", "Bambu",
)  # fmt: skip

EMPTY_COLUMN = "Kolom kosong"

FORMS = {key: f"c_hasil_{key}" for key in CONTEST_TYPES} | {"ppwp": "c_hasil_ppwp_2024"}

FIRST_ID = {"ppwp": 100_101, "pkwkp": 200_101, "pkwkk": 300_101, "pdpd": 400_101}
"""Ids in the style of the public data, none of which a real choice of 2024 has."""

PARTIES = 18

LOCAL_PARTIES = 6
"""Beyond these, on the ballots of the assemblies in one province, as in Aceh."""

BALLOT_LEVEL = {Level.PROVINSI: 1, Level.KABUPATEN: 2}


def holding(key: str, seed: int, areas: AreaColumns, *, abroad: bool) -> Holding:
    """One contest of the seven, with the choices of each area where ballots differ.

    `areas` are those at home; `abroad` says that there are voters abroad, who elect the president and the DPR only.
    """
    here = _at_home(key, seed, areas)
    return replace(here, without=(ABROAD,)) if abroad and key not in ELECTED_ABROAD else here


def _at_home(key: str, seed: int, areas: AreaColumns) -> Holding:
    kind = CONTEST_TYPES[key]
    rng = np.random.default_rng([seed, 7, list(CONTEST_TYPES).index(key)])
    form = FORMS[key]
    if kind.kind is Kind.PARTIES:
        return Holding(key=key, choices=_parties(), form=form, ballots=_local_parties(key, areas))
    if kind.ballot is Level.NATION:
        return Holding(key=key, choices=_choices(key, 3, 0, rng), form=form)
    kodes = [bytes(kode).decode() for kode in areas.kode[areas.tingkat == BALLOT_LEVEL[kind.ballot]]]
    ballots, given = {}, 0
    for kode in kodes:
        n = int(rng.integers(8, 15) if kind.kind is Kind.CANDIDATES else rng.integers(1, 5))
        ballots[kode] = _choices(key, n, given, rng)
        given += len(ballots[kode])
    if len(ballots) == 1:
        return Holding(key=key, choices=ballots[kodes[0]], form=form)
    return Holding(key=key, ballots=ballots, form=form)


def _choices(key: str, n: int, given: int, rng: np.random.Generator) -> tuple[Choice, ...]:
    """`n` choices numbered from 1, ids following the `given` before; one pair alone stands against an empty column."""
    title = "Calon" if CONTEST_TYPES[key].kind is Kind.CANDIDATES else "Paslon"
    words = rng.permutation(len(WORDS))[:n]
    names = [f"{title} {i + 1:02} {WORDS[words[i]]}" for i in range(n)]
    if n == 1:
        names.append(EMPTY_COLUMN)
    return tuple(
        Choice(id=str(FIRST_ID[key] + given + i), number=i + 1, name=name, color=COLORS[i % len(COLORS)])
        for i, name in enumerate(names)
    )


def _parties(local: int = 0) -> tuple[Choice, ...]:
    names = [f"Partai {word}" for word in WORDS[:PARTIES]] + [f"Partai Lokal {word}" for word in WORDS[:local]]
    return tuple(
        Choice(id=str(number), number=number, name=name, color=COLORS[(number - 1) % len(COLORS)])
        for number, name in enumerate(names, start=1)
    )


def _local_parties(key: str, areas: AreaColumns) -> dict[str, tuple[Choice, ...]]:
    """The first of several provinces has parties of its own, in the elections of its assemblies."""
    kodes = areas.kode[areas.tingkat == 1].tolist()
    if key == "pdpr" or len(kodes) < 2:
        return {}
    return {kodes[0].decode(): _parties(LOCAL_PARTIES)}
