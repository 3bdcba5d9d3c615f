"""The rules of the data page (sections I to III), a function each; its docstring is the rule."""

from collections.abc import Callable, Iterator

from election.contest import ADM
from election.rules.rule import Line, Sheet, at_most, rule

SUM_ID = "{part_id}: tertulis {left}, padahal dihitung {right} (selisih {difference}). "
SUM_EN = "{part_en}: the form says {left}, adding up gives {right} (difference {difference}). "

ROWS = (
    ("E101", "pemilih_dpt", "I.A", "pemilih dalam DPT", "voters on the DPT"),
    ("E102", "pengguna_dpt", "I.B.1", "pengguna hak pilih dari DPT", "users on the DPT"),
    ("E103", "pengguna_dptb", "I.B.2", "pengguna hak pilih dari DPTb", "users on the DPTb"),
    ("E104", "pengguna_non_dpt", "I.B.3", "pengguna hak pilih dari DPK", "users on the DPK"),
    ("E105", "pengguna_total", "I.B.4", "seluruh pengguna hak pilih", "all users"),
)
"""The five rows of section I that are split into men and women: code, row, section, name."""


def _men_and_women(row: str) -> Callable[[Sheet], Iterator[Line]]:
    def adds_up(s: Sheet) -> Iterator[Line]:
        yield Line(s[f"{row}_j"], s[f"{row}_l"] + s[f"{row}_p"], part="j")

    adds_up.__doc__ = f"{row}_j = {row}_l + {row}_p"
    return adds_up


for _code, _row, _section, _id, _en in ROWS:
    rule(
        _code,
        block=ADM,
        law=f"UU 7/2017; form C.HASIL section {_section}",
        text_id=SUM_ID + f"Periksa bagian {_section}, {_id}: jumlah harus sama dengan laki-laki + perempuan.",
        text_en=SUM_EN + f"Look at section {_section}, {_en}: the total must be men + women.",
    )(_men_and_women(_row))


@rule(
    "E106",
    block=ADM,
    law="UU 7/2017; form C.HASIL section I.B",
    text_id=SUM_ID + "Periksa bagian I.B: seluruh pengguna harus sama dengan DPT + DPTb + DPK.",
    text_en=SUM_EN + "Look at section I.B: all users must be those on the DPT, the DPTb and the DPK together.",
)
def users_add_up(s: Sheet) -> Iterator[Line]:
    """pengguna_total_x = pengguna_dpt_x + pengguna_dptb_x + pengguna_non_dpt_x, for x in l, p, j"""
    for x in "lpj":
        parts = s[f"pengguna_dpt_{x}"] + s[f"pengguna_dptb_{x}"] + s[f"pengguna_non_dpt_{x}"]
        yield Line(s[f"pengguna_total_{x}"], parts, part=x)


@rule(
    "E107",
    block=ADM,
    law="UU 7/2017; form C.HASIL sections I.A and I.B.1",
    text_id="{part_id}: {left} pengguna dari DPT, tetapi DPT hanya {right}. Periksa bagian I.A dan I.B.1.",
    text_en="{part_en}: {left} users on the DPT, yet the DPT has only {right}. Look at sections I.A and I.B.1.",
)
def users_are_on_the_roll(s: Sheet) -> Iterator[Line]:
    """pengguna_dpt_x ≤ pemilih_dpt_x, for x in l, p, j"""
    for x in "lpj":
        yield at_most(s[f"pengguna_dpt_{x}"], s[f"pemilih_dpt_{x}"], part=x)


@rule(
    "E108",
    block=ADM,
    law="UU 7/2017; form C.HASIL section III",
    text_id="{part_id}: tertulis {left}, bandingkan dengan {right} (selisih {difference}). "
    "Periksa bagian III: jumlah = laki-laki + perempuan, dan tidak melebihi seluruh pengguna di bagian I.B.4.",
    text_en="{part_en}: the form says {left}, against {right} (difference {difference}). "
    "Look at section III: the total is men + women, and none exceeds all users in section I.B.4.",
)
def users_with_disabilities(s: Sheet) -> Iterator[Line]:
    """pengguna_disabilitas_j = l + p, and pengguna_disabilitas_x ≤ pengguna_total_x, for x in l, p, j"""
    row = "pengguna_disabilitas"
    yield Line(s[f"{row}_j"], s[f"{row}_l"] + s[f"{row}_p"], part="j")
    for x in "lpj":
        yield at_most(s[f"{row}_{x}"], s[f"pengguna_total_{x}"], part=x)


@rule(
    "E109",
    block=ADM,
    law="UU 7/2017; the DPT that KPU kabupaten/kota fixed",
    text_id="{part_id}: tertulis {left} pemilih, DPT resmi TPS ini {right}. "
    "Pastikan foto ini dari TPS yang benar, lalu periksa bagian I.A.",
    text_en="{part_en}: the form says {left} voters, the official DPT of this TPS has {right}. "
    "Make sure that the photo is of the right TPS, then look at section I.A.",
    needs="dpt_l, dpt_p: the DPT of the TPS in the bundle",
)
def roll_is_the_official_one(s: Sheet) -> Iterator[Line]:
    """pemilih_dpt_x = the bundle's DPT of that TPS, for x in l, p, where the bundle has it"""
    for x in "lp":
        yield Line(s[f"pemilih_dpt_{x}"], s[f"bundle:dpt_{x}"], part=x)


@rule(
    "E201",
    block=ADM,
    law="UU 7/2017; form C.HASIL section II",
    text_id="Surat suara diterima {left}, padahal digunakan + dikembalikan + tidak digunakan = {right} "
    "(selisih {difference}). Periksa bagian II.",
    text_en="{left} ballots received, but used + returned + unused = {right} (difference {difference}). "
    "Look at section II.",
)
def ballots_add_up(s: Sheet) -> Iterator[Line]:
    """surat_suara_diterima = surat_suara_digunakan + surat_suara_dikembalikan + surat_suara_tidak_digunakan"""
    gone = s["surat_suara_digunakan"] + s["surat_suara_dikembalikan"] + s["surat_suara_tidak_digunakan"]
    yield Line(s["surat_suara_diterima"], gone)


@rule(
    "E202",
    block=ADM,
    law="UU 7/2017; form C.HASIL sections I.B.4 and II.2",
    text_id="{left} surat suara digunakan, tetapi {right} pengguna hak pilih (selisih {difference}). "
    "Periksa bagian II.2 dan I.B.4.",
    text_en="{left} ballots used, but {right} users (difference {difference}). Look at sections II.2 and I.B.4.",
)
def one_ballot_a_user(s: Sheet) -> Iterator[Line]:
    """surat_suara_digunakan = pengguna_total_j"""
    yield Line(s["surat_suara_digunakan"], s["pengguna_total_j"])
