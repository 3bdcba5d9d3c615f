"""An outside tally (a monitor group's or a party's file of TPS results) held against ours, TPS by TPS and by level.

Neither is taken for right: what differs and what is missing on either side is said, in neutral words.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from election.codes import Indices
from monitor.standing import Standing
from monitor.stations import LENGTH, Ballot, Stations

CODES = ("tps", "kode", "kode_tps", "tps_code", "tps_id", "code")
"""Headers of the column with the TPS's code."""

FIELDS = ("field", "kolom", "choice", "pilihan", "paslon", "calon", "partai")
FIGURES = ("votes", "suara", "figure", "angka", "value", "nilai", "jumlah")
"""Headers of a long file: a row a figure."""


Figures = NDArray[np.int64]
Bools = NDArray[np.bool_]


class BadTally(ValueError):
    """A file that is no tally. The message says why."""


class Difference(Struct, frozen=True):
    """A figure of one TPS that differs."""

    tps: str
    field: str
    ours: int | None
    theirs: int


class Level(Struct, frozen=True):
    """An area, over the TPS that both have: sums of the fields that the tally has."""

    kode: str
    tps: int
    differing: int
    ours: dict[str, int]
    theirs: dict[str, int]


class Compared(Struct, frozen=True):
    """What the comparison came to. `only_theirs`: TPS that the tally has and whose votes do not count yet here."""

    both: int
    equal: int
    differing: int
    only_theirs: int
    only_ours: int
    unknown: int
    differences: tuple[Difference, ...]
    levels: tuple[Level, ...]


class Tally(Struct, frozen=True, eq=False):
    """A tally as rows of TPS: `figures` int64[k, fields], -1 where it says nothing."""

    rows: Indices
    fields: tuple[str, ...]
    figures: Figures
    unknown: int

    @classmethod
    def read(cls, path: Path, stations: Stations) -> "Tally":
        """A CSV with a header, comma or semicolon, wide (a column a field) or long (a row a figure). Raises BadTally,
        OSError.

        A field is called as in our documents (`paslon_1`), by the public id of the choice, or by its number.
        """
        told: dict[str, dict[str, int]] = {}
        names = _names(stations)
        with path.open(newline="", encoding="utf-8-sig") as file:
            sample = file.read(4096)
            file.seek(0)
            rows = csv.DictReader(file, delimiter=";" if sample.count(";") > sample.count(",") else ",")
            headers = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
            code = _first(headers, CODES)
            if code is None:
                raise BadTally(f"no column is called {', '.join(CODES)}")
            field, figure = _first(headers, FIELDS), _first(headers, FIGURES)
            if field is not None and figure is not None:
                _long(rows, code, field, figure, names, told)
            else:
                _wide(rows, code, {name: names[low] for low, name in headers.items() if low in names}, told)
        return cls.of(told, stations)

    @classmethod
    def of(cls, told: Mapping[str, Mapping[str, int]], stations: Stations) -> "Tally":
        """Of TPS → field → figure."""
        fields = tuple(dict.fromkeys(field for row in told.values() for field in row))
        if told and not fields:
            raise BadTally("no column is called as a field, a choice or its number")
        rows = stations.rows([kode if len(kode) == LENGTH else "-" for kode in told])
        table = [[row.get(field, -1) for field in fields] for row in told.values()]
        figures = np.array(table, np.int64).reshape(len(told), len(fields))
        known = rows >= 0
        return cls(rows[known], fields, figures[known], int((~known).sum()))

    def compare(self, standing: Standing, most: int = 1000) -> Compared:
        """Against how the records stand."""
        ours, counts = self._ours(standing)
        votes = standing.counts(slice(None), "suara")
        both = counts[self.rows]
        differs = (self.figures >= 0) & (ours != self.figures) & both[:, None]
        odd = differs.any(axis=1)
        mine = np.zeros(len(votes), np.bool_)
        mine[self.rows] = True
        at = np.argwhere(differs)[:most].tolist()
        return Compared(
            int(both.sum()), int((both & ~odd).sum()), int(odd.sum()), int((~both).sum()),
            int((votes & ~mine).sum()), self.unknown,
            tuple(self._difference(standing, ours, row, column) for row, column in at),
            tuple(self._levels(standing, ours, both, odd)),
        )  # fmt: skip

    def _difference(self, standing: Standing, ours: Figures, row: int, column: int) -> Difference:
        figure = int(ours[row, column])
        kode = standing.stations.kode(int(self.rows[row]))
        return Difference(kode, self.fields[column], None if figure < 0 else figure, int(self.figures[row, column]))

    def _ours(self, standing: Standing) -> tuple[Figures, Bools]:
        """Our figures of the tally's TPS and fields, -1 where none; and of all TPS whether their votes count."""
        stations = standing.stations
        found = np.full(self.figures.shape, -1, np.int64)
        for number, ballot in enumerate(stations.ballots):
            of = np.flatnonzero(stations.ballot[self.rows] == number)
            for j, field in enumerate(self.fields):
                if field in ballot.fields:
                    block = next(name for name, fields in ballot.blocks.items() if field in fields)
                    counts = standing.counts(slice(None), block)[self.rows[of]]
                    figures = standing.figures[self.rows[of], ballot.fields.index(field)]
                    found[of, j] = np.where(counts, figures, -1)
        return found, standing.counts(slice(None), "suara")

    def _levels(
        self,
        standing: Standing,
        ours: Figures,
        both: Bools,
        odd: Bools,
    ) -> Iterator[Level]:
        kodes = standing.stations.kodes[self.rows]
        given = (self.figures >= 0) & both[:, None]
        a, b = np.where(given, np.maximum(ours, 0), 0), np.where(given, self.figures, 0)
        for digits in (0, 2, 4):
            groups = kodes.astype(f"S{digits}") if digits else np.full(len(kodes), b"0", "S1")
            for kode in np.unique(groups[both]).tolist():
                of = (groups == kode) & both
                yield Level(
                    kode.decode(), int(of.sum()), int((odd & of).sum()),
                    dict(zip(self.fields, a[of].sum(axis=0).tolist(), strict=True)),
                    dict(zip(self.fields, b[of].sum(axis=0).tolist(), strict=True)),
                )  # fmt: skip


def _first(headers: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((headers[name] for name in names if name in headers), None)


def _names(stations: Stations) -> dict[str, str]:
    """What a field may be called in a header, in lower case."""
    found: dict[str, str] = {}
    ballots: Iterable[Ballot] = (*stations.ballots, stations.shared)
    for ballot in ballots:
        found |= {field: field for field in ballot.fields}
        for id_, field in ballot.choices.items():
            number = field.rpartition("_")[2]
            found |= {id_.lower(): field, number: field, number.zfill(2): field, field.replace("_", " "): field}
    return found


def _long(
    rows: Iterable[Mapping[str, str]], code: str, field: str, figure: str, names: Mapping[str, str],
    told: dict[str, dict[str, int]],
) -> None:  # fmt: skip
    for number, row in enumerate(rows, 2):
        name = names.get((row[field] or "").strip().lower())
        if name is not None:
            _put(told, number, row[code], name, row[figure])


def _wide(
    rows: Iterable[Mapping[str, str]], code: str, columns: Mapping[str, str], told: dict[str, dict[str, int]]
) -> None:
    if not columns:
        raise BadTally("no column is called as a field, a choice or its number")
    for number, row in enumerate(rows, 2):
        for header, name in columns.items():
            _put(told, number, row[code], name, row[header])


def _put(told: dict[str, dict[str, int]], line: int, tps: str | None, field: str, figure: str | None) -> None:
    text = (figure or "").strip()
    if not text:
        return
    if not (text.isascii() and text.isdigit()):
        raise BadTally(f"line {line}: {text!r} is no figure")
    told.setdefault((tps or "").strip().upper(), {})[field] = int(text)
