"""What a D.Hasil is: whose plenary writes it, which columns and fields it has, and what can be checked within it alone.

A **document** is the D.Hasil of one area in one contest; a **column** of it is about one area, or TPS, of the level
below, and one more, its **total**, about the area itself. The sheet of a kelurahan, with a column for each TPS, is part
of the kecamatan's D.Hasil; here it is a document like any other. Holding a document against the records is `recap`'s,
entering one `review`'s.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import numpy as np
from msgspec import Struct

from election.bundle import Bundle
from election.codes import KELURAHAN
from election.contest import Choice, Contest, Kind
from election.errors import Rejected
from election.event import Figures
from election.rules import judge
from election.rules.plenary import TPS, Beside
from election.rules.telling import told
from election.tally import ABSENT, Tallies

ROLES = ("kpu_ri", "kpu_provinsi", "kpu_kabkota", "ppk", "ppk")
"""Whose plenary writes the document of an area, by its `tingkat`: nation, provinsi, kabupaten, kecamatan, kelurahan."""

Printed = Mapping[str, Mapping[str, Figures]]
"""What a document prints: code of a column → block → figures, in the order of that column's contest."""


class NoDocument(Rejected):
    """Nobody there votes in the contest, so that no plenary writes about it."""

    code = "plenary.no_document"
    advice: ClassVar[dict[str, str]] = {
        "id": "Wilayah {kode} tidak memilih dalam {contest}; tidak ada D.Hasil-nya.",
        "en": "Area {kode} does not vote in {contest}; it has no D.Hasil.",
    }


class Column(Struct, frozen=True):
    """One column of a document. `contest` has its fields: of a single ballot all, of several what they share."""

    kode: str
    nama: str
    contest: Contest


class Document(Struct, frozen=True):
    """The D.Hasil of an area, before a figure is written into it."""

    kode: str
    nama: str
    tingkat: int  # 0 nation to 4 kelurahan (a sheet of the kecamatan's)
    total: Column
    columns: tuple[Column, ...]  # in the order of the tree; only those that vote in the contest

    @property
    def role(self) -> str:
        """Whose plenary writes it."""
        return ROLES[self.tingkat]

    @property
    def all(self) -> tuple[Column, ...]:
        """Its columns, and last its total."""
        return (*self.columns, self.total)

    def column(self, kode: str) -> Column | None:
        """The column about `kode`, None where the document has no such one."""
        return next((column for column in self.all if column.kode == kode), None)

    def missing(self, printed: Printed) -> tuple[str, ...]:
        """Codes of the columns that nobody has entered yet."""
        return tuple(column.kode for column in self.all if column.kode not in printed)


class Fault(Struct, frozen=True):
    """A rule that the document breaks by itself: which column, which rule, and what to look at."""

    of: str
    code: str  # E601 or E602
    block: str
    id: str
    en: str


def contest_of(bundle: Bundle, key: str, area: int) -> Contest:
    """The contest with the fields that an area's sums have, in the order of `Printed.fields`. Raises UnknownContest."""
    printed = bundle.printed(key)
    ballot = int(printed.of_area[area])
    if ballot >= 0:
        return printed.ballots[ballot]
    return Contest(key, _shared(printed.ballots, printed.common), bundle.contest(key).form)


def document(bundle: Bundle, key: str, kode: str) -> Document:
    """The D.Hasil of an area. Raises UnknownContest, UnknownArea, NoDocument."""
    tree, printed = bundle.tree, bundle.printed(key)
    area = tree.area_index(kode)
    tingkat = tree.tingkat(area)
    if not (printed.of_tps[tree.tps_of(area)] >= 0).any():
        raise NoDocument(kode=kode, contest=key)
    columns = _stations(bundle, key, area) if tingkat == KELURAHAN else _areas(bundle, key, area)
    total = Column(kode, tree.nama(area), contest_of(bundle, key, area))
    return Document(kode, total.nama, tingkat, total, tuple(columns))


def faults(document: Document, printed: Printed) -> list[Fault]:
    """What the document breaks without looking at anything else: E601 once it is whole, E602 of every column."""
    found = [fault for column in document.columns for fault in _judged(column, printed)]
    sums = {} if document.missing(printed) else column_sums(document, printed)
    return found + list(_judged(document.total, printed, sums))


def column_sums(document: Document, printed: Printed) -> dict[str, int]:
    """Field of the total → Σ of the columns; `ABSENT` where one of them is blank. Where a party does not stand, 0."""
    cells = [_cells(column, printed) for column in document.columns]
    return {field: _sum([row[field] for row in cells if field in row]) for field in document.total.contest.fields}


def by_block(contest: Contest, values: Sequence[int | None]) -> dict[str, Figures]:
    """Values in the order of `contest.fields` as an event carries them."""
    left = iter(values)
    return {block: tuple(next(left) for _ in fields) for block, fields in contest.blocks.items()}


def _judged(column: Column, printed: Printed, sums: Mapping[str, int] | None = None) -> Iterator[Fault]:
    if column.kode not in printed:
        return
    tallies = Tallies.of_records(column.contest, [printed[column.kode]])
    beside = {TPS: 1, **{f"{Beside.COLUMNS}:{field}": value for field, value in (sums or {}).items()}}
    marked = {name: np.array([value], np.int64) for name, value in beside.items()}
    findings = judge(column.contest, Tallies({**tallies.columns, **marked}))
    for one in told(findings):
        if one.code in {"E601", "E602"}:
            yield Fault(column.kode, one.code, one.block, one.id, one.en)


def _cells(column: Column, printed: Printed) -> dict[str, int]:
    tallies = Tallies.of_records(column.contest, [printed.get(column.kode, {})])
    return {field: int(values[0]) for field, values in tallies.columns.items()}


def _sum(values: Sequence[int]) -> int:
    return ABSENT if ABSENT in values else sum(values)


def _areas(bundle: Bundle, key: str, area: int) -> Iterator[Column]:
    tree, printed = bundle.tree, bundle.printed(key)
    for child in tree.children(area):
        if (printed.of_tps[tree.tps_of(child)] >= 0).any():
            yield Column(tree.kode(child), tree.nama(child), contest_of(bundle, key, child))


def _stations(bundle: Bundle, key: str, area: int) -> Iterator[Column]:
    tree, printed = bundle.tree, bundle.printed(key)
    for tps in tree.children(area):
        if (ballot := int(printed.of_tps[tps])) >= 0:
            yield Column(tree.tps_kode(tps), tree.tps_nama(tps), printed.ballots[ballot])


def _shared(ballots: Sequence[Contest], common: Sequence[str]) -> tuple[Choice, ...]:
    """The parties whose totals mean the same on every ballot, without candidates; of other contests nobody."""
    if not ballots or ballots[0].type.kind is not Kind.PARTIES:
        return ()
    parties = {party.number: party for ballot in ballots for party in ballot.choices}
    kept = (parties[number] for number in sorted(parties) if f"partai_{number}" in common)
    return tuple(Choice(party.id, party.number, party.name, party.color) for party in kept)
