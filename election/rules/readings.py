"""The rules that hold a second reading of the same form against the first: E401 to E404, and W507 and W509.

A second reading is put beside the figures with `Tallies.beside(source, …)`, under the names of `Source`. Who reads, and
how, is not known here.
"""

from collections.abc import Iterator
from enum import StrEnum

from election.contest import CONTEST_TYPES, Contest
from election.rules.rule import RECORD, Line, Sheet, listed, rule

LAW = "UU 7/2017; form C.HASIL"
DIFFER_ID = "{field}: {left} di satu tempat, {right} di tempat lain. "
DIFFER_EN = "{field}: {left} in one place, {right} in the other. "


class Source(StrEnum):
    """Where else the same figure stands."""

    WORDS = "words"  # written out on the form
    BUBBLES = "bubbles"  # OMR bubbles beside the boxes
    MARKS = "marks"  # sums of the tally marks
    MACHINE = "machine"  # the machine's reading of the photo
    COPY = "copy"  # C.Hasil-Salinan
    RECAP = "d_hasil"  # the TPS's column in D.Hasil kecamatan


def block_of(contest: Contest, field: str) -> str:
    """The block a field stands in. Raises KeyError for a field the contest lacks."""
    return next(block for block, fields in contest.blocks.items() if field in fields)


def _same_as(s: Sheet, *sources: str) -> Iterator[Line]:
    for source in (one for one in sources if one in s.tallies.sources):
        for field in s.contest.fields:
            if f"{source}:{field}" in s.tallies:
                yield Line(s[field], s[f"{source}:{field}"], part=field, block=block_of(s.contest, field))


@rule(
    "E401",
    block=RECORD,
    law=LAW,
    text_id=DIFFER_ID + "Bandingkan angka dengan tulisan huruf di sebelahnya.",
    text_en=DIFFER_EN + "Compare the figure with the number in words beside it.",
    needs="words: the numbers in words, as read",
)
def figures_are_the_words(s: Sheet) -> Iterator[Line]:
    """figure = number in words, for each field where both are read"""
    return _same_as(s, Source.WORDS)


@rule(
    "E402",
    block=RECORD,
    law=LAW,
    text_id=DIFFER_ID + "Bandingkan angka dengan bulatan dan turus di halaman itu.",
    text_en=DIFFER_EN + "Compare the figure with the bubbles and the tally marks of that page.",
    needs="bubbles, marks: the bubbles and tally marks, as read",
)
def figures_are_the_marks(s: Sheet) -> Iterator[Line]:
    """figure = bubbles, and figure = tally marks, for each field where they are read"""
    return _same_as(s, Source.BUBBLES, Source.MARKS)


listed(
    "E403",
    "contest and page of a photo = those of its upload, by the page tag; the TPS only where the form carries one",
    block=RECORD,
    law=LAW,
    text_id="Foto ini bukan halaman yang dikirimkan. Kirim ulang foto pada jenis pemilihan dan halaman yang benar.",
    text_en="The photo does not show the page it was sent as. Send it again under the right contest and page.",
    needs="the tag of each photo: judged photo by photo where pages are read",
)


@rule(
    "E404",
    block=RECORD,
    law=LAW,
    text_id="{field}: petugas menulis {left}, mesin membaca {right}. Lihat kotak itu pada foto.",
    text_en="{field}: the officer keyed {left}, the machine read {right}. Look at that box in the photo.",
    needs="machine: the machine's reading of the record",
)
def officer_and_machine_agree(s: Sheet) -> Iterator[Line]:
    """the officer's figure = the machine's reading, field by field"""
    return _same_as(s, Source.MACHINE)


@rule(
    "W507",
    block=RECORD,
    law=LAW,
    text_id=DIFFER_ID + "Bandingkan halaman data formulir kelima jenis pemilihan di TPS ini.",
    text_en=DIFFER_EN + "Compare the data pages of the five contests' forms of this TPS.",
    needs="pdpr, pdpd, …: the data pages of the TPS's other contests",
)
def forms_of_a_tps_agree(s: Sheet) -> Iterator[Line]:
    """pemilih_dpt_x and the users of each row are the same on every contest's form of the TPS"""
    for contest in CONTEST_TYPES:
        for line in _same_as(s, contest):
            if line.part.startswith(("pemilih_", "pengguna_")):
                yield line


listed(
    "W508",
    "the photo is not another TPS's photo, by SHA-256 and by perceptual hash",
    block=RECORD,
    law=LAW,
    text_id="Foto yang sama ada pada TPS lain. Pastikan foto ini dari TPS yang benar.",
    text_en="Another TPS has the same photo. Make sure that this one is of the right TPS.",
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
    return _same_as(s, Source.COPY, Source.RECAP)


listed(
    "W510",
    "each choice's share is near that of the rest of its kelurahan or kecamatan, this TPS left out",
    block=RECORD,
    law="none; a question to the reader of the form, and nothing else",
    text_id="Perolehan suara TPS ini tidak biasa dibanding TPS sekitarnya. Periksa apakah dua calon tertukar.",
    text_en="The votes of this TPS are unusual beside its neighbours'. Look whether two choices were switched.",
    needs="the votes of the neighbouring TPS",
)
