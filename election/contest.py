"""Contests, their choices and their blocks, as data.

What a contest is on paper lives in `form`; what its figures must satisfy lives in `rules`; which area holds it
is the bundle's to say. Names of fields are those of the public data of 2024.
"""

from enum import StrEnum
from functools import cached_property

from msgspec import Struct


class Kind(StrEnum):
    """What a voter chooses among."""

    PAIRS = "pairs"
    PARTIES = "parties"
    CANDIDATES = "candidates"


class Level(StrEnum):
    """The area whose voters all receive the same ballot."""

    NATION = "nation"
    PROVINSI = "provinsi"
    KABUPATEN = "kabupaten"
    DAPIL = "dapil"


class ContestType(Struct, frozen=True):
    """One of the seven kinds of contest. `key` is the public data's own word for it."""

    key: str
    name_id: str
    name_en: str
    kind: Kind
    ballot: Level
    local: bool = False  # of a Pilkada, whose reserve of ballots and limit of voters are its own


CONTEST_TYPES: dict[str, ContestType] = {
    t.key: t
    for t in (
        ContestType("ppwp", "Presiden dan Wakil Presiden", "President", Kind.PAIRS, Level.NATION),
        ContestType("pdpr", "DPR RI", "House of Representatives", Kind.PARTIES, Level.DAPIL),
        ContestType("pdpd", "DPD RI", "Regional Council", Kind.CANDIDATES, Level.PROVINSI),
        ContestType("pdprdp", "DPRD Provinsi", "Provincial assembly", Kind.PARTIES, Level.DAPIL),
        ContestType("pdprdk", "DPRD Kabupaten/Kota", "Regency or city assembly", Kind.PARTIES, Level.DAPIL),
        ContestType("pkwkp", "Gubernur dan Wakil Gubernur", "Governor", Kind.PAIRS, Level.PROVINSI, local=True),
        ContestType("pkwkk", "Bupati/Wali Kota", "Regent or mayor", Kind.PAIRS, Level.KABUPATEN, local=True),
    )
}

SUARA_TOTALS = ("suara_sah", "suara_tidak_sah", "suara_total")
"""Section V of every form: valid, invalid, all."""

TURNOUT = ("pemilih_dpt", "pengguna_dpt", "pengguna_dptb", "pengguna_non_dpt", "pengguna_total")
"""Sections I.A and I.B, each split into men (l), women (p) and all (j)."""

SURAT_SUARA = (
    "surat_suara_diterima",
    "surat_suara_digunakan",
    "surat_suara_dikembalikan",
    "surat_suara_tidak_digunakan",
)
"""Section II: ballots."""

DISABILITAS = "pengguna_disabilitas"
"""Section III, split like the turnout."""

ADMINISTRASI: tuple[str, ...] = (
    *(f"{row}_{column}" for row in TURNOUT for column in "lpj"),
    *SURAT_SUARA,
    *(f"{DISABILITAS}_{column}" for column in "lpj"),
)
"""The 22 fields of the data page, in the order of the paper."""

SUARA, ADM = "suara", "administrasi"
"""The two blocks that every contest has."""


class Candidate(Struct, frozen=True):
    """A candidate on a party's list."""

    id: str
    number: int  # nomor urut on the list
    name: str


class Choice(Struct, frozen=True):
    """What a vote can be given to: a pair, a party, a candidate, or the empty column."""

    id: str  # the public data's key, e.g. "100025"
    number: int  # nomor urut, as on the ballot
    name: str
    color: str = "#666666"
    candidates: tuple[Candidate, ...] = ()  # of a party, on one ballot


class Contest(Struct, frozen=True, dict=True):
    """A contest of one election: its type and the choices on a ballot, of parties with their candidates."""

    key: str
    choices: tuple[Choice, ...] = ()
    form: str = ""  # the template in `election/forms/` its photos show; "" where there is none yet

    @property
    def type(self) -> ContestType:
        """The kind of contest this is."""
        return CONTEST_TYPES[self.key]

    @cached_property
    def choice_fields(self) -> tuple[str, ...]:
        """Field names of the votes, by ballot number: `paslon_1`, `calon_7`, `partai_12`."""
        word = {Kind.PAIRS: "paslon", Kind.CANDIDATES: "calon", Kind.PARTIES: "partai"}[self.type.kind]
        return tuple(f"{word}_{choice.number}" for choice in self.choices)

    @property
    def listed(self) -> bool:
        """Whether the candidates of its parties are known: a bundle may have the parties alone."""
        return any(choice.candidates for choice in self.choices)

    @cached_property
    def blocks(self) -> dict[str, tuple[str, ...]]:
        """Block → its fields in the order of the paper. Events carry figures as dense arrays in this order.

        A party is a block of its own: its own votes, its candidates', and its total, which bears the block's name.
        """
        if self.type.kind is not Kind.PARTIES:
            return {SUARA: (*self.choice_fields, *SUARA_TOTALS), ADM: ADMINISTRASI}
        parties = zip(self.choice_fields, self.choices, strict=True)
        pages = {name: (*self._parts(name, party), name) for name, party in parties}
        return {**pages, SUARA: SUARA_TOTALS, ADM: ADMINISTRASI}

    def _parts(self, name: str, party: Choice) -> tuple[str, ...]:
        if not self.listed:
            return ()
        return (f"{name}_suara_partai", *(f"{name}_calon_{candidate.number}" for candidate in party.candidates))

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Every field of a record, block after block."""
        return tuple(field for fields in self.blocks.values() for field in fields)

    @cached_property
    def known(self) -> frozenset[str]:
        """The same, for asking whether a name is one of them."""
        return frozenset(self.fields)
