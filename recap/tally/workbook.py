"""The first sheet of a workbook as a table of texts: what a spreadsheet program saves as .xlsx."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pyarrow as pa


class NotAWorkbook(ValueError):
    """The file is no workbook, or a damaged one."""


def table(file: Path) -> pa.Table:
    """Its first row is the heading; columns without one, and rows without any cell, are left out.

    Raises NotAWorkbook, OSError.
    """
    with file.open("rb") as stream:
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            heading, *rows = list(book.worksheets[0].iter_rows(values_only=True)) or [()]
        except (zipfile.BadZipFile, KeyError, IndexError, ValueError, SyntaxError) as error:
            raise NotAWorkbook(str(error)) from error
    names = {j: str(name).strip() for j, name in enumerate(heading) if name is not None}
    cells = [row for row in rows if any(cell is not None for cell in row)]
    columns = [pa.array(_column(cells, j), pa.string()) for j in names]
    return pa.table(columns, names=list(names.values()))


def _column(rows: list[tuple[object, ...]], j: int) -> Iterator[str | None]:
    """A column as it is written: a whole number that a spreadsheet keeps as a float is that number."""
    for row in rows:
        cell = row[j] if j < len(row) else None
        whole = isinstance(cell, float) and cell.is_integer()
        yield None if cell is None else str(int(cell)) if whole and isinstance(cell, float) else str(cell)
