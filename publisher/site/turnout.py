"""Who voted: men and women, by the list they voted from, and voters with disabilities, as far as pages are counted."""

from collections.abc import Mapping

from msgspec import Struct

from election import words as names
from election.contest import DISABILITAS, Contest
from election.words import Words
from publisher.rows import AreaRow

LISTS: dict[str, Words] = {
    "pengguna_dpt": ("Terdaftar (DPT)", "Registered (DPT)"),
    "pengguna_dptb": ("Pindahan (DPTb)", "Moved here (DPTb)"),
    "pengguna_non_dpt": ("Dengan KTP (DPK)", "By identity card (DPK)"),
    "pengguna_total": ("Seluruhnya", "All"),
}
"""The lists of a general election."""

LOCAL: dict[str, Words] = LISTS | {
    "pengguna_dptb": ("Pindahan (DPPh)", "Moved here (DPPh)"),
    "pengguna_non_dpt": ("Dengan KTP (DPTb)", "By identity card (DPTb)"),
}
"""What a Pilkada calls them."""


class Row(Struct, frozen=True):
    """One line: men, women, all."""

    key: str
    words: Words
    figures: tuple[int, int, int]


class Turnout(Struct, frozen=True):
    """`tps`: whose data page counts; `share`: of those on the DPT who voted, men, women, all, in words."""

    tps: int
    of: int
    held: int
    rows: tuple[Row, ...]
    disabled: tuple[int, int, int]
    share: tuple[str, str, str]


def turnout(contest: Contest, totals: Mapping[str, int], row: AreaRow) -> Turnout:
    """The turnout of an area."""
    lists = LOCAL if contest.type.local else LISTS
    rows = tuple(Row(key, words, _three(totals, key)) for key, words in lists.items())
    men, women, both = zip(_three(totals, "pengguna_dpt"), _three(totals, "pemilih_dpt"), strict=True)
    share = names.percent(*men), names.percent(*women), names.percent(*both)
    return Turnout(row.adm_counted, row.tps, row.adm_held, rows, _three(totals, DISABILITAS), share)


def _three(totals: Mapping[str, int], key: str) -> tuple[int, int, int]:
    men, women, all_ = (totals.get(f"{key}_{column}", 0) for column in "lpj")
    return men, women, all_
