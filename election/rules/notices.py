"""The warnings a record's own figures can give. Unusual is not wrong: they are published marked, and hold nothing."""

from collections.abc import Iterator

from election.contest import ADM, SUARA
from election.rules.rule import BETWEEN, Line, Sheet, at_most, rule
from election.tally import Column, largest, total


def _with_reserve(s: Sheet) -> Column:
    """pemilih_dpt_j + ⌈reserve · pemilih_dpt_j⌉, in integers."""
    dpt = s["pemilih_dpt_j"]
    return dpt + (dpt * s.limits.reserve).ceil_div(1000)


def _whole(like: Column, value: int) -> Column:
    return like * 0 + value


@rule(
    "W501",
    block=ADM,
    law="UU 7/2017 art. 344: ballots = DPT + 2 %; Pilkada 2.5 %: UU 10/2016 (articles unverified)",
    text_id="Diterima {left} surat suara; DPT dan cadangannya {right}. Periksa bagian II.1.",
    text_en="{left} ballots received; the DPT and its reserve make {right}. Look at section II.1.",
)
def ballots_are_roll_and_reserve(s: Sheet) -> Iterator[Line]:
    """surat_suara_diterima = pemilih_dpt_j + ⌈2 % · pemilih_dpt_j⌉ (Pilkada 2.5 %)"""
    yield Line(s["surat_suara_diterima"], _with_reserve(s))


@rule(
    "W502",
    block=BETWEEN,
    law="UU 7/2017 art. 344 (unverified)",
    text_id="{left} suara sah dan tidak sah, lebih dari {right} surat suara yang diterima. "
    "Periksa bagian V.C dan II.1.",
    text_en="{left} valid and invalid votes, more than the {right} ballots received. Look at sections V.C and II.1.",
    needs="a confirmed surat_suara_diterima, to become an error",
)
def votes_fit_the_ballots(s: Sheet) -> Iterator[Line]:
    """suara_total ≤ surat_suara_diterima"""
    yield at_most(s["suara_total"], s["surat_suara_diterima"])


@rule(
    "W503",
    block=ADM,
    law="PKPU 7/2022: 300 voters a TPS, UU 7/2017: at most 500; Pilkada 600, UU 10/2016: 800 (articles unverified)",
    text_id="DPT TPS ini {left}, di atas {right}. TPS besar memang ada; periksa bagian I.A.",
    text_en="The DPT of this TPS is {left}, above {right}. Large TPS do exist; look at section I.A.",
)
def roll_within_the_limit(s: Sheet) -> Iterator[Line]:
    """pemilih_dpt_j ≤ 300 (Pilkada 600)"""
    yield at_most(s["pemilih_dpt_j"], _whole(s["pemilih_dpt_j"], s.limits.voters))


@rule(
    "W504",
    block=BETWEEN,
    law="UU 7/2017 art. 344: ballots = DPT + 2 % (unverified)",
    text_id="{left} suara, di atas DPT dan cadangannya ({right}). Wajar di kampus atau lapas; "
    "periksa bagian I.B dan V.C.",
    text_en="{left} votes, above the DPT and its reserve ({right}). Usual on a campus or in a prison; "
    "look at sections I.B and V.C.",
)
def votes_within_roll_and_reserve(s: Sheet) -> Iterator[Line]:
    """suara_total ≤ pemilih_dpt_j + ⌈2 % · pemilih_dpt_j⌉ (Pilkada 2.5 %)"""
    yield at_most(s["suara_total"], _with_reserve(s))


@rule(
    "W505",
    block=SUARA,
    law="UU 7/2017 art. 372–373: a vote may come later (PSS, PSL) or again (PSU)",
    text_id="Semua perolehan suara nol. Pastikan pemungutan suara di TPS ini berlangsung.",
    text_en="Every choice has no votes. Make sure that this TPS did vote.",
)
def somebody_has_votes(s: Sheet) -> Iterator[Line]:
    """1 ≤ Σ votes"""
    if s.votes:
        votes = total(s.votes)
        yield at_most(_whole(votes, 1), votes)


@rule(
    "W506",
    block=SUARA,
    law="none; usual in places, and where votes are given by the noken system",
    text_id="Satu pilihan memperoleh seluruh {left} suara sah. Periksa apakah semua pilihan terbaca.",
    text_en="One choice has all {left} valid votes. Look whether every choice was read.",
)
def more_than_one_choice_has_votes(s: Sheet) -> Iterator[Line]:
    """no choice has every valid vote: max votes ≠ suara_sah, where suara_sah > 0"""
    if s.votes:
        most, valid = largest(s.votes), s["suara_sah"]
        # More votes than valid ones is E301's to say.
        yield at_most(most, (valid - 1).where((valid.values > 0) & (most.values <= valid.values)))


@rule(
    "W511",
    block=SUARA,
    law="none; a question to the reader of the form",
    text_id="{left} suara tidak sah, sepersepuluh dari semua suara atau lebih. Periksa bagian V.B.",
    text_en="{left} invalid votes, a tenth of all votes or more. Look at section V.B.",
)
def few_votes_are_invalid(s: Sheet) -> Iterator[Line]:
    """suara_tidak_sah < 10 % · suara_total, where suara_total > 0"""
    everything = s["suara_total"]
    least = (everything * s.limits.invalid).ceil_div(1000)
    yield at_most(s["suara_tidak_sah"], (least - 1).where(everything.values > 0))
