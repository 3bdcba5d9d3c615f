"""E605 over a comparison: each dapil's votes as our records have them, beside the D.Hasil of the areas it consists of.

Which areas a dapil has, abroad among them, is bundle data. A dapil of which some area printed nothing, or no record is
at hand, is left out.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from election.bundle import Bundle
from election.bundle.dapil import District
from election.rules import judge
from election.rules.plenary import Beside
from election.tally import ABSENT, Tallies
from recap.plenary.drill import Drill
from recap.plenary.sides import I64


class Constituency(Struct, frozen=True):
    """A dapil whose every area has a D.Hasil. Figures in the order of the sides' fields; None where one is blank."""

    kode: str
    nama: str
    records: tuple[int | None, ...]  # Σ of our records of its TPS
    areas: tuple[int | None, ...]  # Σ of what its areas printed
    broken: tuple[str, ...]  # fields on which the two differ


def constituencies(bundle: Bundle, key: str, drill: Drill) -> list[Constituency]:
    """Every dapil of the contest that can be judged, in the order of the bundle."""
    member = bundle.printed(key).district_of_tps
    found = ((d, _printed(bundle, drill, d)) for d in bundle.dapil.of(key))
    whole = [
        (position, d, sums)
        for position, (d, sums) in enumerate(found)
        if sums is not None and (drill.records[member == position] != ABSENT).any()
    ]
    if not whole:
        return []
    ours = np.stack([_total(drill.records[member == position]) for position, _, _ in whole])
    theirs = np.stack([sums for _, _, sums in whole])
    broken = _broken(bundle, key, drill, ours, theirs)
    rows = zip(whole, ours.tolist(), theirs.tolist(), broken, strict=True)
    return [Constituency(d.kode, d.nama, _told(own), _told(areas), fields) for (_, d, _), own, areas, fields in rows]


def _printed(bundle: Bundle, drill: Drill, district: District) -> I64 | None:
    """int64[k]: Σ of what a dapil's areas printed; None where one of them has no row."""
    rows = [drill.sides.row(bundle.tree.area_index(kode)) for kode in district.areas]
    return None if not rows or -1 in rows else _total(drill.sides.theirs[rows])


def _broken(bundle: Bundle, key: str, drill: Drill, ours: I64, theirs: I64) -> Iterator[tuple[str, ...]]:
    """Of each dapil the fields that E605 does not hold on."""
    fields = drill.sides.fields
    own, areas = (Tallies({f: side[:, j] for j, f in enumerate(fields)}, len(side)) for side in (ours, theirs))
    lines = judge(bundle.contest(key), own.beside(Beside.AREAS, areas)).lines.get("E605", ())
    for i in range(len(ours)):
        yield tuple(line.part.removeprefix(f"{Beside.AREAS}.") for line in lines if line.residual[i])


def _total(values: I64) -> I64:
    """int64[k]: Σ over rows; ABSENT where one of them is, and where there is none."""
    missing = (values == ABSENT).any(axis=0) | (len(values) == 0)
    return np.where(missing, ABSENT, values.sum(axis=0))


def _told(values: list[int]) -> tuple[int | None, ...]:
    return tuple(None if value == ABSENT else value for value in values)
