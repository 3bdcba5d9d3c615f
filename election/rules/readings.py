"""The rules that hold a second reading of the same form against the first: E401 to E404.

A second reading is put beside the figures with `Tallies.beside(source, …)`, under the names of `Source`. Who reads, and
how, is not known here.
"""

from collections.abc import Iterator
from enum import StrEnum

from election.contest import Contest
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


def same_as(s: Sheet, *sources: str) -> Iterator[Line]:
    """A line for each field that one of `sources` has too."""
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
    return same_as(s, Source.WORDS)


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
    return same_as(s, Source.BUBBLES, Source.MARKS)


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
    return same_as(s, Source.MACHINE)
