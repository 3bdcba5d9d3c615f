"""What a column of the open data is: its name, type, unit, words, and what it means where it is empty.

The one source of Arrow schemas, Frictionless table schemas, the dictionary and the documentation. Which columns a
table has is `tables`'.
"""

from enum import StrEnum
from typing import Any

import pyarrow as pa
from msgspec import Struct

from election.block import WORDS
from election.contest import Contest
from election.words import Words
from election.words import field as field_words

Schema = dict[str, Any]

NO_FIGURE: Words = (
    "blok TPS ini tidak masuk jumlah, atau angkanya tidak terbaca",
    "the TPS's block is not in the totals, or the figure was not given",
)


class Type(StrEnum):
    """How a column's values are written."""

    CODE = "code"  # text that looks like a number: zeros at its beginning count
    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"  # of a journal
    TIME = "time"  # RFC 3339, UTC
    HASH = "hash"  # SHA-256, 64 hex digits


ARROW = {
    Type.CODE: pa.string(),
    Type.TEXT: pa.string(),
    Type.COUNT: pa.int64(),
    Type.NUMBER: pa.int64(),
    Type.TIME: pa.string(),
    Type.HASH: pa.string(),
}
FRICTIONLESS = {
    Type.CODE: "string",
    Type.TEXT: "string",
    Type.COUNT: "integer",
    Type.NUMBER: "integer",
    Type.TIME: "datetime",
    Type.HASH: "string",
}


class Column(Struct, frozen=True):
    """One column. `null`: what an empty cell means; None where there is none."""

    name: str
    type: Type
    words: Words
    unit: str = ""
    null: Words | None = None
    values: tuple[str, ...] = ()  # all that can stand there, where they are few

    @property
    def arrow(self) -> Any:  # noqa: ANN401 — a field of pyarrow, which has no types to check
        """The column of a Parquet file."""
        return pa.field(self.name, ARROW[self.type], nullable=self.null is not None)

    @property
    def frictionless(self) -> Schema:
        """The field of a Frictionless table schema."""
        limits: Schema = {} if self.null else {"required": True}
        if self.values:
            limits["enum"] = list(self.values)
        if self.type is Type.HASH:
            limits["pattern"] = "[0-9a-f]{64}"
        if self.type in (Type.COUNT, Type.NUMBER):
            limits["minimum"] = 0
        told = {
            "name": self.name,
            "type": FRICTIONLESS[self.type],
            "title": self.words[0],
            "description": self.words[1],
        }
        return told | ({"constraints": limits} if limits else {})


STATES = tuple(str(state) for state in WORDS)


def count(name: str, unit: str, indonesian: str, english: str, null: Words | None = None) -> Column:
    """A column of whole numbers."""
    return Column(name, Type.COUNT, (indonesian, english), unit, null)


KODE = Column("kode", Type.CODE, ("Kode wilayah atau TPS; nasional 0", "Code of the area or TPS; the nation's is 0"))
NAMA = Column("nama", Type.TEXT, ("Nama", "Name"))
INDUK = Column(
    "induk",
    Type.CODE,
    ("Kode wilayah di atasnya", "Code of the area above it"),
    null=("nasional", "the nation has none"),
)
NUMBER = Column(
    "number",
    Type.NUMBER,
    (
        "Nomor jurnal peristiwa terakhir yang mengubah baris ini; 0: belum ada. Indeks di log: nomor − 1",
        "Journal number of the event that last changed this row; 0: none yet. Index in the log: number − 1",
    ),
)
FIELD = Column("field", Type.TEXT, ("Kolom formulir; lihat kamus", "Field of the form; see the dictionary"))
VERSION = Column(
    "version", Type.COUNT, ("Versi catatan yang berlaku (1: pertama)", "Version of the record that counts (1: first)")
)
BLOCK = Column(
    "block",
    Type.TEXT,
    ("Blok formulir: suara, administrasi, atau satu partai", "Block of the form: suara, administrasi, or one party"),
)
BALLOT = Column(
    "ballot",
    Type.COUNT,
    (
        "Nomor surat suara; pilihannya ada di berkas choices",
        "Number of the ballot; its choices are in the file choices",
    ),
)
AT = Column("at_utc", Type.TIME, ("Waktu peristiwa, UTC", "Time of the event, UTC"))
DAPIL = Column(
    "dapil",
    Type.CODE,
    ("Kode daerah pemilihan", "Code of the electoral district"),
    null=("tidak diketahui", "not known"),
)


def figure(of: Contest, name: str, *, null: bool) -> Column:
    """A field of the form. `null`: whether a row may be without it."""
    unit = "suara" if name.startswith("suara_") or name in of.choice_fields else "orang"
    unit = "lembar" if name.startswith("surat_suara") else unit
    return Column(name, Type.COUNT, field_words(of, name), unit, NO_FIGURE if null else None)
