"""Tables of totals as text: which columns are votes, which row is which area, and what in them does not add up.

A row is an area or a dapil, a column a choice, as in the published tables of 2024. Columns are known by name whatever
their order; figures are whole numbers, a blank cell means that the choice does not stand there. Opening files is for
whoever calls.
"""

import csv
import gzip
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar

from msgspec import Struct

from election.errors import Rejected

DAPIL = ("kode_dapil",)
AREA = ("kode", "kode_wilayah", "kode_provinsi")
NAME = ("dapil", "nama_dapil", "provinsi", "nama", "wilayah")
SEATS = ("kursi", "jumlah_kursi", "alokasi_kursi", "seats")
PARTY = ("party", "partai", "nama_partai", "parpol")
VALID = ("sah", "suara_sah", "valid", "jumlah_suara_sah")
VOTERS = ("dpt", "pemilih", "pengguna", "tps", "tidak_sah", "suara_tidak_sah", "suara_total", "total", "jumlah")
LABELS = ("prov", "kode_prov", "no", "id", "nomor", "nomor_urut", "psu", "versi", "version", "tingkat", "parent")
"""Columns that are never votes of a choice, as little as the ones above are."""
_NO_CHOICE = frozenset(
    {"dpt", "dptb", "dpk", "tps", "kursi", "seat", "seats", "kode", "pemilih", "pengguna", "penduduk", "populasi"}
    | {"tahun", "year", "persen", "persentase", "percent", "pct", "share"}
)
"""Words in a column's name that say the same: `DPT 2024`, `kursi_2019`, `jumlah_tps`."""

_TOTALS = frozenset({"nasional", "indonesia", "sah", "suara_sah"})
_SUMS = ("total", "jumlah", "jml", "grand_total")
_WHOLE = re.compile(r"\d{1,15}(\.0)?")
_DECIMAL = re.compile(r"\d+[.,]\d+ ?%?")
_UNSURE = re.compile(r"[1-9]\d{0,2}([., '\u00a0\u202f]\d{3})+|\d{16,}")
_BLANK = frozenset({"", "-", "–"})


class BadSheet(Rejected):
    """A table whose rows or columns do not serve."""

    code = "outcome.bad_sheet"
    advice: ClassVar[dict[str, str]] = {
        "id": "{file}: {what_id}. Perbaiki berkas itu atau sebut kolomnya dengan opsi.",
        "en": "{file}: {what_en}. Mend the file, or name the column by an option.",
    }


class Sheet(Struct, frozen=True):
    """A table as it was read: `columns` as written, rows as column → text, and where each row stands."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    places: tuple[str, ...]

    def column(self, names: Iterable[str]) -> str | None:
        """The first of these columns that the table has, as it writes it."""
        known = {plain(column): column for column in self.columns}
        return next((known[name] for name in names if name in known), None)

    def needs(self, names: tuple[str, ...]) -> str:
        """The same. Raises BadSheet where there is none."""
        found = self.column(names)
        if found is None:
            raise self.bad(f"tidak ada kolom {' / '.join(names)}", f"there is no column {' / '.join(names)}")
        return found

    def number(self, row: int, column: str) -> int | None:
        """A cell as a whole number, None where it is blank. Raises BadSheet for anything else."""
        text = self.rows[row][column]
        if text in _BLANK:
            return None
        if not _WHOLE.fullmatch(text):
            where = f"{self.places[row]}, {column}"
            raise self.bad(f"{where}: '{text}' bukan bilangan bulat", f"{where}: '{text}' is no whole number")
        return int(text.removesuffix(".0"))

    def whole(self, column: str) -> bool:
        """Whether a column holds whole numbers: no words, no shares. Raises BadSheet where one cell spoils the rest.

        So does a column all grouped by thousands, which could be votes or shares, or of longer numbers than votes have.
        """
        cells = [row[column] for row in self.rows if row[column] not in _BLANK]
        good = [bool(_WHOLE.fullmatch(cell)) for cell in cells]
        grouped = all(its or _UNSURE.fullmatch(cell) for its, cell in zip(good, cells, strict=True))
        shares = all(map(_DECIMAL.fullmatch, cells)) and not grouped
        if not all(good) and (any(good) or grouped) and not shares:
            for row in range(len(self.rows)):
                self.number(row, column)
        return bool(cells) and all(good)

    def bad(self, what_id: str, what_en: str) -> BadSheet:
        """The refusal that names this file."""
        return BadSheet(file=self.file, what_id=what_id, what_en=what_en)

    def choices(self) -> tuple[str, ...]:
        """Columns that can only be votes: whole numbers under a name that means nothing else."""
        aside = {*DAPIL, *AREA, *NAME, *SEATS, *PARTY, *VALID, *VOTERS, *LABELS}
        return tuple(
            column
            for column in self.columns
            if plain(column) not in aside and not _means_else(plain(column)) and self.whole(column)
        )

    def latest(self, key: Callable[[dict[str, str]], str]) -> tuple[dict[str, int], tuple[str, ...]]:
        """Key → row, and the keys that stand more than once: a vote held again stands below, and counts instead."""
        rows: dict[str, int] = {}
        again: dict[str, None] = {}
        for number, row in enumerate(self.rows):
            if key(row) in rows:
                again[key(row)] = None
            rows[key(row)] = number
        return rows, tuple(again)


def plain(name: str) -> str:
    """A column's or party's name as it is compared: `Kode Dapil` and `kode_dapil` are one."""
    return re.sub(r"[^0-9a-z]+", "_", name.casefold()).strip("_")


def is_total(name: str) -> bool:
    """Whether a row of this name adds up the others: `TOTAL`, `Jumlah Akhir`, `Indonesia`."""
    return plain(name) in _TOTALS or _is_sum(plain(name))


def _is_sum(name: str) -> bool:
    return any(name == word or name.startswith(f"{word}_") for word in _SUMS)


def _means_else(name: str) -> bool:
    return _is_sum(name) or not _NO_CHOICE.isdisjoint(name.split("_"))


def read(lines: Iterable[str], file: str) -> Sheet:
    """A CSV with a line of names; separated by comma, semicolon, tab or bar. Raises BadSheet."""
    text = list(lines)
    head = text[0] if text else ""
    mark = max(",;\t|", key=head.count)
    table = list(csv.reader([head, *text[1:]], delimiter=mark)) if text else [[]]
    columns = tuple(name.strip() for name in table[0])
    rows = [(n, cells) for n, cells in enumerate(table[1:], start=2) if any(map(str.strip, cells))]
    places = tuple(f"{file} row {n}" for n, _ in rows)
    sheet = Sheet(file, columns, tuple(_row(columns, cells) for _, cells in rows), places)
    for (_, cells), place in zip(rows, places, strict=True):
        if any(map(str.strip, cells[len(columns) :])):
            raise sheet.bad(f"{place}: sel lebih banyak dari kolom", f"{place}: more cells than columns")
    known = [plain(column) for column in columns]
    if not sheet.rows:
        raise sheet.bad("tidak ada baris data", "there are no rows of data")
    twice = {column for column in known if known.count(column) > 1}
    if twice:
        raise sheet.bad(f"kolom {', '.join(twice)} ada dua kali", f"column {', '.join(twice)} stands twice")
    return sheet


def decoded(data: bytes, file: str) -> Sheet:
    """The table in a file's bytes, also where it is compressed (.gz). Raises BadSheet."""
    try:
        text = (gzip.decompress(data) if file.endswith(".gz") else data).decode("utf-8-sig")
        return read(text.splitlines(keepends=True), file)
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError, csv.Error) as error:
        raise BadSheet(file=file, what_id=f"tidak terbaca ({error})", what_en=f"cannot be read ({error})") from error


def joined(sheets: Sequence[Sheet]) -> Sheet:
    """Several tables with the same columns as one, in this order. Raises BadSheet where their columns differ."""
    first = sheets[0]
    for other in sheets[1:]:
        if set(other.columns) != set(first.columns):
            raise other.bad(f"kolomnya lain dari {first.file}", f"its columns are not those of {first.file}")
    rows = tuple(row for sheet in sheets for row in sheet.rows)
    places = tuple(place for sheet in sheets for place in sheet.places)
    return Sheet(", ".join(sheet.file for sheet in sheets), first.columns, rows, places)


def _row(columns: tuple[str, ...], cells: list[str]) -> dict[str, str]:
    padded = [*cells, *[""] * (len(columns) - len(cells))]
    return {column: cell.strip() for column, cell in zip(columns, padded, strict=False)}


def unequal(sheet: Sheet, votes: Mapping[int, Mapping[str, int]]) -> tuple[str, ...]:
    """Rows (by number) whose stated valid votes are not the sum of their choices, in words for a person."""
    column = sheet.column(VALID)
    if column is None:
        return ()
    found = []
    for row, given in votes.items():
        stated, added = sheet.number(row, column), sum(given.values())
        if stated is not None and stated != added:
            found.append(f"{sheet.places[row]}: {column} {stated:,}, its choices add up to {added:,}")
    return tuple(found)
