"""The rules of the recapitulation, level by level (E601 to E605), a function each; its docstring is the rule.

A row is an area, or a dapil, instead of a record; the figures are what a D.Hasil prints about it. What they are held
against stands beside them (`Tallies.beside`) under the names of `Beside`, so that no record of a TPS is ever judged by
these rules. Gathering what stands beside is `recap.plenary`'s; how a D.Hasil is laid out, `election.plenary`'s.
"""

from collections.abc import Iterator
from enum import StrEnum

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.rules.readings import block_of
from election.rules.rule import AREA, RULES, Line, Relation, Rule, Severity, Sheet, rule

LAW = "PKPU 5/2024 art. 5, 14; PKPU 19/2020 art. 15A"


class Beside(StrEnum):
    """What a printed figure of an area is held against."""

    COLUMNS = "columns"  # Σ of the columns of the same document
    RECORDS = "records"  # Σ of our records of the TPS below
    BELOW = "below"  # the total that the level below printed in its own document
    AREAS = "areas"  # Σ of the areas that a dapil consists of
    COUNTS = "area"  # how many TPS: `TPS`, `TPS_IN`, `TPS_DUE`, `TPS_FINAL`


TPS, TPS_IN = f"{Beside.COUNTS}:tps", f"{Beside.COUNTS}:tps_in"
TPS_DUE, TPS_FINAL = f"{Beside.COUNTS}:tps_due", f"{Beside.COUNTS}:tps_final"
"""Columns of E604: TPS of the area, TPS in its sums, TPS that must be final for it to be shown as whole, TPS final."""


def _same_as(s: Sheet, source: Beside) -> Iterator[Line]:
    for field in s.contest.fields if source in s.tallies.sources else ():
        other = f"{source}:{field}"
        if other in s.tallies:
            yield Line(s[field], s[other], part=f"{source}.{field}", block=block_of(s.contest, field))


@rule(
    "E601",
    block=AREA,
    law=LAW,
    text_id="{field}: D.Hasil menulis {left}, penjumlahan bawahannya {right} (selisih {difference}). "
    "Jumlahkan lagi kolom-kolomnya; mulai dari wilayah dengan selisih terbesar, lalu turun sampai TPS.",
    text_en="{field}: D.Hasil says {left}, what lies below adds up to {right} (difference {difference}). "
    "Add its columns up again; begin with the area that differs most, then go down to the TPS.",
    needs="columns, records: the sums of the document's columns, and of the records below",
)
def parent_is_its_children(s: Sheet) -> Iterator[Line]:
    """every field: parent = Σ children, on every level; nation = Σ provinsi + abroad. A D.Hasil's total is held against
    its own columns, and each of its columns against the records of the TPS below"""
    yield from _same_as(s, Beside.COLUMNS)
    yield from _same_as(s, Beside.RECORDS)


@rule(
    "E602",
    block=AREA,
    law=f"{LAW}; UU 7/2017",
    text_id="{field}: kedua sisi {left} dan {right} (selisih {difference}) pada jumlah wilayah ini. "
    "Cari TPS yang angkanya bertentangan: urutkan menurut besar selisih, sebab selisih + dan − saling meniadakan.",
    text_en="{field}: the two sides are {left} and {right} (difference {difference}) on this area's sums. "
    "Look for the TPS whose figures contradict each other: by the size of the residual, for + and − cancel.",
    needs="area:tps: that a row is an area's sums; the equalities of sections I to V are judged on them",
)
def sums_keep_the_equalities(s: Sheet) -> Iterator[Line]:
    """the equalities of sections I to V hold again on each level's sums; a parent's residual is the sum of its
    children's, so Σr, Σ|r| and the count of r ≠ 0 are carried up. Inequalities are only counted"""
    if TPS not in s.tallies:
        return
    for one in _errors_of_a_record():
        for line in one.lines(s):
            if line.relation is Relation.EQUAL:
                yield Line(line.left, line.right, part=f"{line.part}.{one.code}", block=line.block or one.block)


@rule(
    "E603",
    block=AREA,
    law=LAW,
    text_id="{field}: dokumen ini menulis {left}, D.Hasil tingkat di bawahnya mencetak {right} (selisih {difference}). "
    "Bandingkan kedua dokumen; yang dicetak tingkat bawah yang harus disalin.",
    text_en="{field}: this document says {left}, the D.Hasil of the level below prints {right} "
    "(difference {difference}). Compare the two documents; what the level below prints is what is carried over.",
    needs="below: the total that the level below printed",
)
def what_is_printed_is_carried(s: Sheet) -> Iterator[Line]:
    """what level L prints is what level L+1 carries"""
    return _same_as(s, Beside.BELOW)


@rule(
    "E604",
    block=AREA,
    law=LAW,
    text_id="{field}: {left} dari {right}. Tidak boleh ada TPS lebih dari yang dimiliki wilayah ini, "
    "dan 100 % hanya bila semua TPS final.",
    text_en="{field}: {left} of {right}. No more TPS can be in than the area has, "
    "and 100 % is said only when all are final.",
    needs="area:tps, area:tps_in, area:tps_due, area:tps_final: TPS of the area, in, due and final",
)
def no_more_tps_than_there_are(s: Sheet) -> Iterator[Line]:
    """TPS in ≤ TPS of the area; 100 % only when all are final"""
    for part, left, right in (("tps_in", TPS_IN, TPS), ("tps_final", TPS_DUE, TPS_FINAL)):
        if left in s.tallies:
            yield Line(s[left], s[right], Relation.AT_MOST, part, AREA)


@rule(
    "E605",
    block=AREA,
    law=f"{LAW}; UU 7/2017 art. 187 (unverified); DPR votes from abroad belong to dapil DKI Jakarta II",
    text_id="{field}: dapil {left}, penjumlahan wilayahnya {right} (selisih {difference}). "
    "Periksa apakah tiap kabupaten/kota atau kecamatan masuk dapil yang benar, dan luar negeri ke DKI Jakarta II.",
    text_en="{field}: the dapil has {left}, its areas add up to {right} (difference {difference}). "
    "Look whether every kabupaten/kota or kecamatan is in the right dapil, and abroad in DKI Jakarta II.",
    needs="areas: the sums of the areas that the bundle gives the dapil",
)
def dapil_is_its_areas(s: Sheet) -> Iterator[Line]:
    """dapil = Σ of its kab/kota or kecamatan, as the bundle has them; of DPR, abroad goes to dapil DKI Jakarta II"""
    return _same_as(s, Beside.AREAS)


class Carried(Struct, frozen=True, eq=False):
    """What an area knows of the differences or residuals below it. Each int64, one row an area, one column a field."""

    sums: NDArray[np.int64]  # Σr
    sizes: NDArray[np.int64]  # Σ|r|: + and − do not cancel
    counts: NDArray[np.int64]  # of r ≠ 0


def carried(r: NDArray[np.int64], above: NDArray[np.integer], n_areas: int) -> Carried:
    """Σr, Σ|r| and the count of r ≠ 0 of `r` int64[n, k], of n rows whose area is `above` [n] (-1: none)."""
    inside = above >= 0
    at, rows = above[inside], r[inside]
    answer = tuple(np.zeros((n_areas, r.shape[1]), np.int64) for _ in range(3))
    for out, values in zip(answer, (rows, np.abs(rows), (rows != 0).astype(np.int64)), strict=True):
        np.add.at(out, at, values)
    return Carried(*answer)


def _errors_of_a_record() -> list[Rule]:
    errors = (one for one in RULES.values() if one.severity is Severity.ERROR and one.block != AREA)
    return sorted(errors, key=lambda one: one.code)
