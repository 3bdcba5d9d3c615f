"""The table of what stands on photographed pages: `ground_truth.csv` beside the images, read leniently.

Columns: image, contest, template, page, then one a field, empty where this page does not have it. Optional: `record`
(or `tps`, `kode`, `base`), which pages belong together. A table by record instead of by image, with a column `base`
and images called BASE_X01, BASE_X02 or the like, is understood too. Which column is which field is for `columns`.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from election.contest import CONTEST_TYPES
from ocr.evaluate.columns import EMPTY
from ocr.evaluate.fault import ColumnMissing, NothingKnown, NotReadable

FILE: Final = "ground_truth.csv"
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".heic", ".heif", ".jfif", ""})

IMAGE: Final = ("image", "file", "filename", "photo", "path")
RECORD: Final = ("record", "tps", "kode", "base")
ABOUT: Final = frozenset({*IMAGE, *RECORD, "contest", "template", "page"})
"""Columns that say what an image is; all others may be fields."""

_PAGE = re.compile(r"^(?P<base>.*?)[-_ .]*(?:x|p|page|hal|halaman|lembar)?[-_ ]?0*(?P<page>\d{1,2})$", re.IGNORECASE)


class Sheet(Struct, frozen=True):
    """One image and what the table says about it. `record`: what its pages are decoded together by."""

    image: Path
    row: int  # of the table, from 2 as an editor numbers it
    contest: str
    template: str
    page: int | None
    record: str
    cells: dict[str, str]  # column -> text, where there is any


class Truth(Struct, frozen=True):
    """The table: its images in their order, its columns, and the rows whose image is not there."""

    sheets: tuple[Sheet, ...]
    columns: tuple[str, ...]
    missing: tuple[str, ...]


def read(folder: Path, contest: str | None = None, template: str | None = None) -> Truth:
    """The truth about a folder of images. `contest`, `template`: which ones, where the table does not say.

    Raises:
        TruthFault: there is no table, it names no images, or none of them is there.
    """
    rows = _rows(folder / FILE)
    columns = tuple(name for name in rows[0] if name)
    lower = {name.lower().strip(): name for name in columns}
    image = next((lower[name] for name in IMAGE if name in lower), None)
    if image is None and "base" not in lower:
        raise ColumnMissing(file=FILE, column="image", columns=", ".join(columns))
    images = _images(folder)
    sheets: list[Sheet] = []
    missing = []
    for number, row in enumerate(rows, start=2):
        cells = {name: (row.get(column) or "").strip() for name, column in lower.items()}
        named = cells[image.lower().strip()] if image else cells["base"]
        found = _find(named, images) if image else _based(named, images)
        if not found:
            missing.append(named)
        sheets += [_sheet(path, number, cells, columns, row, (contest, template)) for path in found]
    if not sheets:
        raise NothingKnown(file=FILE, why=f"no image of it lies in {folder.name}, e.g. {', '.join(missing[:3])}")
    return Truth(_grouped(sheets), tuple(c for c in columns if c.lower().strip() not in ABOUT), tuple(missing))


def _rows(file: Path) -> list[dict[str, str]]:
    needed = f"{FILE} with the columns image, contest, template, page and one a field"
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise NotReadable(file=str(file), why=type(fault).__name__, needed=needed) from fault
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=mark))
    if not rows:
        raise NotReadable(file=str(file), why="no rows", needed=needed)
    return rows


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in SUFFIXES)


def _find(named: str, images: Sequence[Path]) -> list[Path]:
    """The image of that name; under another suffix or in another case where there is none exactly so."""
    wanted = Path(named.replace("\\", "/"))
    tests: tuple[Callable[[Path], bool], ...] = (
        lambda path: path.as_posix().endswith(f"/{wanted.as_posix()}"),
        lambda path: path.name == wanted.name,
        lambda path: path.name.lower() == wanted.name.lower(),
        lambda path: path.stem.lower() in (wanted.stem.lower(), wanted.name.lower()),
    )
    return next(([path] for test in tests for path in images if test(path)), [])


def _based(base: str, images: Sequence[Path]) -> list[Path]:
    """The images of a record: its base, and a page after it."""
    return [path for path in images if base and (m := _PAGE.match(path.stem)) and m["base"] == base]


def _sheet(
    path: Path,
    number: int,
    cells: Mapping[str, str],
    columns: Iterable[str],
    row: Mapping[str, str],
    given: tuple[str | None, str | None],
) -> Sheet:
    record = next((cells[name] for name in RECORD if cells.get(name)), "")
    page = cells.get("page", "").removesuffix(".0")
    shown = _PAGE.match(path.stem)
    known = int(page) if page.isdecimal() else int(shown["page"]) if shown and "page" not in cells else None
    return Sheet(
        image=path,
        row=number,
        contest=_contest(cells.get("contest", ""), given[0]),
        template=cells.get("template") or given[1] or "",
        page=known or None,
        record=record,
        cells={
            name: text
            for name in columns
            if name.lower().strip() not in ABOUT and (text := (row.get(name) or "").strip()).lower() not in EMPTY
        },
    )


CONTESTS: Final = {
    "presiden": "ppwp", "president": "ppwp", "pwp": "ppwp", "pilpres": "ppwp",
    "dpr": "pdpr", "dpr_ri": "pdpr", "dpd": "pdpd", "dpd_ri": "pdpd",
    "dprd_provinsi": "pdprdp", "dprdp": "pdprdp", "dprd_prov": "pdprdp",
    "dprd_kabupaten": "pdprdk", "dprdk": "pdprdk", "dprd_kab": "pdprdk", "dprd_kabko": "pdprdk",
    "gubernur": "pkwkp", "governor": "pkwkp", "bupati": "pkwkk", "wali_kota": "pkwkk", "mayor": "pkwkk",
}  # fmt: skip
"""Other words for contests."""


def _contest(said: str, given: str | None) -> str:
    """The key of the contest, as far as the table or the caller says it; else what the table has."""
    word = re.sub(r"\W+", "_", said.lower()).strip("_")
    return word if word in CONTEST_TYPES else CONTESTS.get(word) or given or word


def _grouped(sheets: Sequence[Sheet]) -> tuple[Sheet, ...]:
    """Every sheet with its record: as the table says, else by a file name that ends in the sheet's page, else alone.

    What has a page twice names no record: TPS 1 of two villages, or photos in the order in which they were taken.
    """
    names = [(sheet.contest, sheet.record or _base(sheet)) for sheet in sheets]
    pages = Counter((name, sheet.page) for name, sheet in zip(names, sheets, strict=True) if sheet.page)
    twice = {name for (name, _), count in pages.items() if count > 1}

    def record(sheet: Sheet, name: tuple[str, str]) -> str:
        return name[1] if name[1] and name not in twice else sheet.image.name

    return tuple(
        replace(sheet, record=f"{sheet.contest} {record(sheet, name)}".strip())
        for sheet, name in zip(sheets, names, strict=True)
    )


def _base(sheet: Sheet) -> str:
    """What the file's name has before its page; empty where it does not end in the page."""
    shown = _PAGE.match(sheet.image.stem)
    return shown["base"] if shown and shown["base"] and sheet.page == int(shown["page"]) else ""
