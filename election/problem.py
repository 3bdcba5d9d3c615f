"""One thing that is wrong or odd in reference data, in words that lead to the row. Finding them lives elsewhere."""

from typing import ClassVar

from msgspec import Struct

from election.errors import Rejected

TEXTS: dict[str, tuple[str, str]] = {
    "area.none": ("tidak ada wilayah sama sekali", "there is no area at all"),
    "area.no_code": ("wilayah tanpa kode", "an area without a code"),
    "area.no_name": ("wilayah tanpa nama", "an area without a name"),
    "area.reserved": ("kode 0 milik tingkat nasional", "code 0 belongs to the nation"),
    "area.duplicate": ("kode wilayah dipakai dua kali", "the code of an area stands twice"),
    "area.bad_level": ("tingkat wilayah bukan 1–4", "the level of an area is not 1–4"),
    "area.orphan": ("induk wilayah tidak ada", "the parent of an area is missing"),
    "area.wrong_level": ("induk wilayah bukan setingkat di atasnya", "the parent is not of the level above"),
    "area.no_tps": ("kelurahan tanpa TPS", "a kelurahan without TPS"),
    "tps.none": ("tidak ada TPS sama sekali", "there is no TPS at all"),
    "tps.no_code": ("TPS tanpa kode", "a TPS without a code"),
    "tps.duplicate": ("kode TPS dipakai dua kali", "the code of a TPS stands twice"),
    "tps.orphan": ("kelurahan TPS tidak ada", "the kelurahan of a TPS is missing"),
    "tps.not_in_kelurahan": ("induk TPS bukan kelurahan", "the parent of a TPS is not a kelurahan"),
    "tps.bad_dpt": ("DPT di luar 0–999", "voters on the DPT are outside 0–999"),
    "tps.half_dpt": ("DPT laki-laki tanpa perempuan, atau sebaliknya", "the DPT has men without women, or the reverse"),
    "contest.none": ("tidak ada pemilihan", "there is no contest"),
    "contest.unknown": ("jenis pemilihan tidak dikenal", "no such kind of contest"),
    "contest.duplicate": ("pemilihan tertulis dua kali", "a contest stands twice"),
    "contest.no_choices": ("pemilihan tanpa pilihan", "a contest without choices"),
    "contest.choices_unknown": (
        "pemilihan tanpa pilihan dan tanpa formulir: hanya data",
        "a contest with neither choices nor a form: data only",
    ),
    "contest.bad_number": ("nomor urut pilihan bukan 1 ke atas", "the number of a choice is not 1 or more"),
    "contest.duplicate_choice": ("dua pilihan bernomor atau berid sama", "two choices share a number or an id"),
    "contest.form_mismatch": ("surat suara tidak cocok dengan formulirnya", "a ballot does not fit its form"),
    "contest.unknown_area": ("pemilihan di wilayah yang tidak ada", "a contest is held in an area that is missing"),
    "contest.no_ballot": ("TPS tanpa surat suara untuk pemilihan ini", "TPS that have no ballot for this contest"),
    "dapil.unknown_area": ("dapil menyebut wilayah yang tidak ada", "a dapil names an area that is missing"),
    "dapil.overlap": ("wilayah dalam dua dapil", "an area lies in two dapil"),
    "dapil.gap": ("TPS tanpa dapil", "TPS without a dapil"),
    "dapil.no_candidates": ("dapil tanpa calon, padahal dapil lain punya", "a dapil without candidates, unlike others"),
    "candidate.unknown_dapil": ("calon di dapil yang tidak ada", "candidates stand in a dapil that is missing"),
    "candidate.unknown_party": ("calon dari partai yang tidak ada", "candidates of a party that is missing"),
    "candidate.bad_number": ("nomor urut calon bukan 1 ke atas", "the number of a candidate is not 1 or more"),
    "candidate.no_name": ("calon tanpa nama", "a candidate without a name"),
    "candidate.duplicate": ("nomor urut calon dipakai dua kali", "two candidates of a list share a number"),
    "file.missing": ("berkas tidak ada", "the file is missing"),
    "file.unreadable": ("berkas tidak terbaca", "the file cannot be read"),
    "file.missing_column": ("kolom tidak ada", "a column is missing"),
}
"""Reason code → Indonesian and English."""

WARNINGS = frozenset(
    {
        "area.no_tps",
        "contest.choices_unknown",
        "contest.form_mismatch",
        "dapil.gap",
        "dapil.no_candidates",
        "dapil.overlap",
    }
)
"""Odd, but the bundle works: 2019's public tree has TPS for four provinces only."""


class Problem(Struct, frozen=True):
    """What is wrong, and where."""

    code: str
    row: int | None = None  # 0-based row of the file
    kode: str = ""  # of the area, TPS, contest or file
    file: str = ""

    @property
    def severity(self) -> str:
        """`error` keeps the bundle from being used; `warning` does not."""
        return "warning" if self.code in WARNINGS else "error"

    def text(self, language: str) -> str:
        """The problem in words; `language` is `id` or `en`."""
        row = "" if self.row is None else f" ({'baris' if language == 'id' else 'row'} {self.row})"
        place = " ".join(part for part in (self.file, self.kode) if part)
        return f"{place}{row}: {TEXTS[self.code][0 if language == 'id' else 1]}".lstrip(": ")

    def __str__(self) -> str:
        return f"{self.code}: {self.text('en')}"


class BrokenReference(Rejected):
    """Reference data that cannot be used. `problems` names every row."""

    code = "bundle.broken"
    advice: ClassVar[dict[str, str]] = {
        "id": "{n} hal dalam data acuan tidak benar; yang pertama: {first_id}. `suara bundle check` menyebut semuanya.",
        "en": "{n} things in the reference data are wrong; the first: {first_en}. `suara bundle check` names them all.",
    }

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(n=len(problems), first_id=problems[0].text("id"), first_en=problems[0].text("en"))
        self.problems = problems
