"""W507 to W509: the same TPS on another contest's form, in another TPS's photo, in a copy, and in D.Hasil.

What stands beside the figures is gathered by `recap.screens`; nothing is held for it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from election.contest import CONTEST_TYPES
from election.rules.readings import DIFFER_EN, DIFFER_ID, LAW, Source, same_as
from election.rules.rule import RECORD, Line, Sheet, at_most, listed, rule
from election.tally import Column

SAME: Final = tuple(f"{row}_{x}" for row in ("pemilih_dpt", "pengguna_dpt", "pengguna_non_dpt") for x in "lpj")
"""Whoever is on the DPT of a TPS, or lives there, votes in all of its contests."""

FEWER: Final = tuple(f"pengguna_dptb_{x}" for x in "lpj")
"""Who has moved there votes only in those contests whose area he has not left: most in the widest."""

WIDEST: Final = ("ppwp", "pkwkp")
"""Contests in which everybody who has moved there may vote."""


@rule(
    "W507",
    block=RECORD,
    law="UU 7/2017 art. 348 (unverified); form C.HASIL section I",
    text_id=DIFFER_ID + "Bandingkan halaman data formulir kelima jenis pemilihan di TPS ini.",
    text_en=DIFFER_EN + "Compare the data pages of the five contests' forms of this TPS.",
    needs="pdpr, pdpd, …: the data pages of the TPS's other contests",
)
def forms_of_a_tps_agree(s: Sheet) -> Iterator[Line]:
    """pemilih_dpt_x, pengguna_dpt_x and pengguna_non_dpt_x are what the TPS's other forms say, unless as many of these
    say what this one says as say any other single figure; pengguna_dptb_x ≤ that of ppwp (Pilkada: pkwkp)"""
    others = [key for key in CONTEST_TYPES if key in s.tallies.sources]
    for field in SAME if others else ():
        most = _outvoted(s[field], [s[f"{key}:{field}"] for key in others])
        yield Line(s[field], most, part=field)
    for widest in (key for key in WIDEST if key in others):
        for field in FEWER:
            yield at_most(s[field], s[f"{widest}:{field}"], part=field)


def _outvoted(own: Column, others: Sequence[Column]) -> Column:
    """What most of the other forms say where they outnumber those that say what this one says; else what it says."""
    values = np.stack([other.values for other in others])
    given = np.stack([other.given for other in others])
    same = (given & (values == own.values)).sum(axis=0)
    answer, most = own.values.copy(), same
    for value, is_given in zip(values, given, strict=True):
        here = (given & (values == value)).sum(axis=0)
        better = is_given & ((here > most) | ((here == most) & (here > same) & (value < answer)))
        answer, most = np.where(better, value, answer), np.where(better, here, most)
    return Column(answer, given.any(axis=0) & own.given)


listed(
    "W508",
    "the photo is not another TPS's photo: the bytes (SHA-256) are no other's, and no other TPS has a page of the same "
    "likeness, or two pages of likenesses at most 6 of 64 bits away",
    block=RECORD,
    law=LAW,
    text_id="Foto yang sama atau hampir sama ada pada TPS lain. Pastikan foto ini dari TPS yang benar.",
    text_en="Another TPS has the same photo, or nearly. Make sure that this one is of the right TPS.",
    needs="the hashes of every photo",
)


@rule(
    "W509",
    block=RECORD,
    law="PKPU 5/2024 art. 5, 14",
    text_id=DIFFER_ID + "Bandingkan C.Hasil, salinannya, dan kolom TPS ini di D.Hasil kecamatan.",
    text_en=DIFFER_EN + "Compare C.Hasil, its copy, and this TPS's column in the kecamatan's D.Hasil.",
    needs="copy, d_hasil: the figures of the copy and of D.Hasil",
)
def copies_agree(s: Sheet) -> Iterator[Line]:
    """C.Hasil = its copy = its column in D.Hasil, field by field"""
    return same_as(s, Source.COPY, Source.RECAP)
