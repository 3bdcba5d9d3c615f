"""The rules between the votes and the data page. They mark a record and queue it; they hold nothing."""

from collections.abc import Iterator

from election.rules.rule import BETWEEN, Line, Sheet, rule


@rule(
    "E306",
    block=BETWEEN,
    law="UU 7/2017; form C.HASIL sections II.2 and V.C",
    text_id="{left} suara sah dan tidak sah, tetapi {right} surat suara digunakan (selisih {difference}). "
    "Periksa bagian V.C dan II.2.",
    text_en="{left} valid and invalid votes, but {right} ballots used (difference {difference}). "
    "Look at sections V.C and II.2.",
)
def votes_are_ballots_used(s: Sheet) -> Iterator[Line]:
    """suara_total = surat_suara_digunakan"""
    yield Line(s["suara_total"], s["surat_suara_digunakan"])


@rule(
    "E307",
    block=BETWEEN,
    law="UU 7/2017 art. 374(2)h: a difference is a ground for a recount at the TPS",
    text_id="{left} suara sah dan tidak sah, tetapi {right} pengguna hak pilih (selisih {difference}). "
    "Periksa bagian V.C dan I.B.4.",
    text_en="{left} valid and invalid votes, but {right} users (difference {difference}). "
    "Look at sections V.C and I.B.4.",
)
def votes_are_users(s: Sheet) -> Iterator[Line]:
    """suara_total = pengguna_total_j, judged where surat_suara_digunakan is blank: elsewhere it follows from E202 and
    E306, and those say which of the two sides differs"""
    shorter = s["surat_suara_digunakan"].given
    yield Line(s["suara_total"], s["pengguna_total_j"].where(~shorter))
