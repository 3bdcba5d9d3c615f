"""A table as files: CSV (RFC 4180) and Parquet (typed, dictionary-encoded, zstd) side by side, and what they came to.

Rows arrive in pieces, so that memory does not grow with the table. Where files lie, and when readers see them, is
`build`'s.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from msgspec import Struct

from publisher.datasets.areas import schema
from publisher.datasets.columns import Column

_LINES: dict[str, Any] = {"eol": "\r\n"}  # of which the published stubs do not know
ROWS = 120_000
"""Rows of a row group: enough for a dictionary to pay, few enough to hold."""

CSV = pacsv.WriteOptions(**_LINES)
PACKED = ".csv.gz"
"""Of tables with a row a figure and TPS: a province's is half a gigabyte as plain text."""


class Resource(Struct, frozen=True):
    """One file. `path` is below the contest's folder, `table` names its columns; `number`, `at`: the cut it is of."""

    path: str
    table: str
    rows: int
    bytes: int
    sha256: str
    number: int
    at: str


class Sink:
    """Writes one table as CSV and Parquet under `base`, whose suffixes are added."""

    def __init__(self, base: Path, columns: Sequence[Column], *, packed: bool = False) -> None:
        base.parent.mkdir(parents=True, exist_ok=True)
        self.files = [
            base.with_name(base.name + (PACKED if packed else ".csv")),
            base.with_name(base.name + ".parquet"),
        ]
        self.rows = 0
        self._schema = schema(columns)
        self._waiting: list[pa.Table] = []
        self._text: Any = str(self.files[0])
        if packed:
            self._text = pa.CompressedOutputStream(str(self.files[0]), "gzip")
        self._csv = pacsv.CSVWriter(self._text, self._schema, write_options=CSV)
        self._parquet = pq.ParquetWriter(self.files[1], self._schema, compression="zstd", write_statistics=True)

    def write(self, table: pa.Table) -> None:
        """Rows that follow those before."""
        self._waiting.append(table)
        if sum(one.num_rows for one in self._waiting) >= ROWS:
            self._flush()

    def _flush(self) -> None:
        table = pa.concat_tables(self._waiting or [self._schema.empty_table()])
        self._waiting.clear()
        self._csv.write_table(table)
        self._parquet.write_table(table, row_group_size=ROWS)
        self.rows += table.num_rows

    def close(self) -> None:
        """Both files are whole."""
        self._flush()
        self._csv.close()
        if not isinstance(self._text, str):
            self._text.close()
        self._parquet.close()


def describe(root: Path, file: Path, table: str, rows: int, number: int, at: str) -> Resource:
    """A file as it lies, hashed."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Resource(file.relative_to(root).as_posix(), table, rows, file.stat().st_size, digest, number, at)


def carry(old: Path, new: Path, resource: Resource) -> None:
    """Show a file of the build before in this one. Both are the same bytes on disk."""
    target = new / resource.path
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(old / resource.path, target)
