"""What people call the fields, blocks and levels: one word for one thing, Indonesian first, English beside it.

Texts of rules live with the rules; words of states live with the states in `record`.
"""

import re

from election.contest import CONTEST_TYPES, Contest

Words = tuple[str, str]
"""Indonesian, English."""

_ROWS: dict[str, Words] = {
    "pemilih_dpt": ("Pemilih dalam DPT", "Registered voters (DPT)"),
    "pengguna_dpt": ("Pengguna hak pilih dalam DPT", "Voters who voted, on the DPT"),
    "pengguna_dptb": ("Pengguna hak pilih dalam DPTb", "Voters who voted, moved here (DPTb)"),
    "pengguna_non_dpt": ("Pengguna hak pilih dalam DPK", "Voters who voted, by identity card (DPK)"),
    "pengguna_total": ("Jumlah pengguna hak pilih", "All who voted"),
    "pengguna_disabilitas": ("Pengguna hak pilih disabilitas", "Voters with disabilities"),
}
_SPLITS: dict[str, Words] = {
    "l": ("laki-laki", "men"),
    "p": ("perempuan", "women"),
    "j": ("jumlah", "total"),
}
_SINGLE: dict[str, Words] = {
    "surat_suara_diterima": ("Surat suara diterima, termasuk cadangan 2 %", "Ballots received, with 2 % reserve"),
    "surat_suara_digunakan": ("Surat suara digunakan", "Ballots used"),
    "surat_suara_dikembalikan": ("Surat suara rusak atau keliru dicoblos", "Ballots spoiled or wrongly punched"),
    "surat_suara_tidak_digunakan": ("Surat suara tidak digunakan", "Ballots not used"),
    "suara_sah": ("Suara sah", "Valid votes"),
    "suara_tidak_sah": ("Suara tidak sah", "Invalid votes"),
    "suara_total": ("Suara sah dan tidak sah", "All votes"),
}
_LOCAL: dict[str, Words] = {
    "pengguna_dptb": ("Pengguna hak pilih pindahan (DPPh)", "Voters who voted, moved here (DPPh)"),
    "pengguna_non_dpt": ("Pengguna hak pilih tambahan (DPTb)", "Voters who voted, by identity card (DPTb)"),
    "surat_suara_diterima": ("Surat suara diterima, termasuk cadangan 2,5 %", "Ballots received, with 2.5 % reserve"),
}
"""What a Pilkada calls otherwise."""

_BRIEF: dict[str, str] = {
    "ppwp": "Presiden",
    "pdprdp": "DPRD Prov.",
    "pdprdk": "DPRD Kab/Kota",
    "pkwkp": "Gubernur",
    "pkwkk": "Bupati/Wali Kota",
}

_PARTY = re.compile(r"partai_(\d+)_(?:suara_partai|calon_(\d+))")
LEVELS: tuple[Words, ...] = (
    ("Nasional", "Nation"),
    ("Provinsi", "Province"),
    ("Kabupaten/Kota", "Regency or city"),
    ("Kecamatan", "District"),
    ("Kelurahan/Desa", "Village"),
    ("TPS", "Polling station"),
)
"""By `tingkat`, 0–5."""

BLOCKS: dict[str, Words] = {
    "suara": ("Perolehan suara", "Votes"),
    "administrasi": ("Data pemilih dan surat suara", "Voters and ballots"),
}


def block(of: Contest, name: str) -> Words:
    """A block's name; that of a party is its number and name."""
    return BLOCKS[name] if name in BLOCKS else field(of, name)


def contest(key: str) -> Words:
    """A contest's name."""
    kind = CONTEST_TYPES[key]
    return kind.name_id, kind.name_en


def contest_brief(key: str) -> str:
    """A contest's name where many stand beside each other; never without the whole name near it."""
    return _BRIEF.get(key, CONTEST_TYPES[key].name_id)


def field(of: Contest, name: str) -> Words:
    """What a field of the form is called; a choice is called by its number and its own name."""
    if name in of.choice_fields:
        choice = of.choices[of.choice_fields.index(name)]
        return f"{choice.number}. {choice.name}", f"{choice.number}. {choice.name}"
    own = _LOCAL if of.type.local else {}
    if name in _SINGLE:
        return own.get(name, _SINGLE[name])
    if (of_party := _PARTY.fullmatch(name)) is not None:
        return _party(of, *of_party.groups())
    row, _, split = name.rpartition("_")
    (row_id, row_en), (split_id, split_en) = own.get(row, _ROWS[row]), _SPLITS[split]
    return f"{row_id}, {split_id}", f"{row_en}, {split_en}"


def _party(of: Contest, choice: str, candidate: str | None) -> Words:
    """A row of a party's page: its own votes, or a candidate's."""
    party = next(one for one in of.choices if one.number == int(choice))
    if candidate is None:
        return f"{party.name}, suara partai", f"{party.name}, the party's own votes"
    name = next(one.name for one in party.candidates if one.number == int(candidate))
    return f"{party.name}, {candidate}. {name}", f"{party.name}, {candidate}. {name}"


def number(value: int | None) -> str:
    """A count as Indonesians write it: 1.234.567; an en dash where there is none."""
    return "–" if value is None else f"{value:,}".replace(",", ".")


def percent(part: int, whole: int) -> str:
    """A share with one decimal: 58,6 %. Rounded half up on integers; an en dash where there is no whole."""
    if whole <= 0:
        return "–"
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10},{tenths % 10} %"
