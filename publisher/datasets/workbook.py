"""A province as a workbook (XLSX, ECMA-376): a sheet a level, for who works with a spreadsheet.

The sheets' XML is joined by Arrow, column by column: a general writer makes a Python object a cell, and a nation has
37 million cells a contest. Only what a plain table needs is
written: numbers, inline texts, a heading that stays in view.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
STAMP = (1980, 1, 1, 0, 0, 0)
"""Of every part: the same table gives the same bytes."""

STYLES = (
    f'{XML}<styleSheet xmlns="{MAIN}"><fonts count="2"><font/><font><b/></font></fonts>'
    '<fills count="1"><fill><patternFill/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf fontId="1" applyFont="1"/></cellXfs></styleSheet>'
)
BATCH = 20_000
EMPTY = "<c/>"


def write(path: Path, sheets: Mapping[str, pa.Table]) -> None:
    """A workbook with these sheets, by name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
        for name, text in _frame(list(sheets)).items():
            book.writestr(_part(name), text)
        for number, table in enumerate(sheets.values(), start=1):
            with book.open(_part(f"xl/worksheets/sheet{number}.xml"), "w", force_zip64=True) as part:
                part.write(_heading(table.column_names).encode())
                for batch in table.to_batches(max_chunksize=BATCH):
                    part.write(_rows(batch))
                part.write(b"</sheetData></worksheet>")


def _part(name: str) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name, STAMP)
    found.compress_type = zipfile.ZIP_DEFLATED
    return found


def _frame(names: list[str]) -> dict[str, str]:
    """The parts beside the sheets."""
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, names, strict=True)
    )
    links = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers] + [("rIdS", "styles", "styles.xml")]
    parts = [(f"/xl/worksheets/sheet{n}.xml", "worksheet") for n in numbers]
    parts += [("/xl/styles.xml", "styles"), ("/xl/workbook.xml", "sheet.main")]
    overrides = "".join(f'<Override PartName="{part}" ContentType="{TYPE}.{kind}+xml"/>' for part, kind in parts)
    return {
        "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{overrides}</Types>",
        "_rels/.rels": _links([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _links(links),
        "xl/styles.xml": STYLES,
    }


def _links(links: list[tuple[str, str, str]]) -> str:
    inside = "".join(f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{to}"/>' for key, kind, to in links)
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{inside}</Relationships>'


def _heading(names: list[str]) -> str:
    cells = "".join(f'<c t="inlineStr" s="1"><is><t>{escape(name)}</t></is></c>' for name in names)
    view = '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView>'
    return f'{XML}<worksheet xmlns="{MAIN}">{view}</sheetViews><sheetData><row>{cells}</row>'


def _rows(batch: pa.RecordBatch) -> bytes:
    cells = [_cells(column) for column in batch.columns]
    joined: Any = pc.binary_join_element_wise("<row>", *cells, "</row>", "")
    return "".join(joined.to_pylist()).encode()


def _cells(column: Any) -> Any:  # noqa: ANN401 — the stubs tell kinds of arrays apart, and Arrow does not
    if pa.types.is_string(column.type):
        text: Any = column
        for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = pc.replace_substring(text, sign, name)
        cell = pc.binary_join_element_wise('<c t="inlineStr"><is><t>', text, "</t></is></c>", "")
    else:
        cell = pc.binary_join_element_wise("<c><v>", column.cast(pa.string()), "</v></c>", "")
    return cell.fill_null(EMPTY)
