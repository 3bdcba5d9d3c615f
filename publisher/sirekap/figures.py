"""What all documents of 2024 have in common: who is voted for under which key, 18 figures, how far a count is."""

from collections.abc import Mapping

from msgspec import Struct

from election.contest import ADM, SUARA, Contest, Kind
from election.event import GROUNDS, Figures
from election.record import Opened

Json = dict[str, object]

REGULER = "Reguler"

ADMINISTRASI = (
    "suara_sah", "suara_total",
    "pemilih_dpt_j", "pemilih_dpt_l", "pemilih_dpt_p",
    "pengguna_dpt_j", "pengguna_dpt_l", "pengguna_dpt_p",
    "pengguna_dptb_j", "pengguna_dptb_l", "pengguna_dptb_p",
    "suara_tidak_sah",
    "pengguna_total_j", "pengguna_total_l", "pengguna_total_p",
    "pengguna_non_dpt_j", "pengguna_non_dpt_l", "pengguna_non_dpt_p",
)  # fmt: skip
"""The 18 figures that 2024 published, in its order. Three of them belong to our votes block."""

IMAGES = {"ppwp": 3, "pdpd": 5}
"""Contests of which 2024 says how many pictures a TPS names; of the others it is as many as the form has pages."""

STRAY = "null"
"""A key that charts of a TPS carried in 2024. Programs delete it by name, so its absence would break them."""


class Votes(Struct, frozen=True):
    """What is counted of one place: choices' votes under the key of 2024, and TPS counted of all."""

    kode: str
    votes: Mapping[str, int]
    counted: int
    tps: int

    @property
    def shown(self) -> Mapping[str, int]:
        """The votes; nothing at all where nothing is counted, as in 2024."""
        return self.votes if self.counted else {}


def keys(ballot: Contest) -> tuple[str, ...]:
    """The key of each choice: its number of the public data, of a party its ballot number."""
    if ballot.type.kind is Kind.PARTIES:
        return tuple(str(choice.number) for choice in ballot.choices)
    return tuple(choice.id for choice in ballot.choices)


def votes_of(ballot: Contest, figures: Mapping[str, int | None]) -> dict[str, int]:
    """Key → votes. `figures` by field; one that is not known adds nothing, as in our own sums."""
    return {key: figures.get(field) or 0 for key, field in zip(keys(ballot), ballot.choice_fields, strict=True)}


def persen(counted: int, tps: int) -> float:
    """How much is counted, in per cent with two decimals: 100 only at the end. Never to decide by."""
    if not tps:
        return 0.0
    return round(min(100 * counted / tps, 100.0 if counted == tps else 99.99), 2)


def again(opened: Opened | None) -> str | None:
    """`psu` of a record of which a new version began, in the words of 2024; null as there where none did."""
    return None if opened is None else GROUNDS[opened.ground]["id"]


def administrasi(ballot: Contest, counted: Mapping[str, Figures], keyed: Mapping[str, Figures]) -> Json | None:
    """The 18 figures where the administration counts and all are known: 2024 never left one of them open.

    The three sums of votes stand here although their block may be held: then they are the officer's, and
    `status_suara` is false. It was so in 2024.
    """
    if ADM not in counted:
        return None
    suara = counted.get(SUARA) or keyed.get(SUARA) or ()
    known: dict[str, int | None] = dict(zip(ballot.blocks[ADM], counted[ADM], strict=True))
    known |= dict(zip(ballot.blocks[SUARA], suara, strict=False))
    figures = {name: known.get(name) for name in ADMINISTRASI}
    return None if None in figures.values() else dict(figures)
