"""A report written down: a folder with a page an area for print, a CSV beside it, and tables of everything."""

import csv
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
from jinja2 import Environment, PackageLoader

from election import words
from election.codes import KELURAHAN
from recap.plenary.compare import Comparison
from recap.plenary.dapil import constituencies
from recap.plenary.evidence import KINDS
from recap.plenary.report import Page, Report
from recap.plenary.sides import Difference, kode_of
from recap.tally.reading import Refusal
from recap.tally.tables import structs

PAGES, DIFFERENCES, STATIONS = "report", "differences.parquet", "stations.csv"
UNCOMPARED, DOCUMENTS, DAPIL, REFUSED = "uncompared.csv", "documents.csv", "dapil.csv", "refused.csv"


def write(out: Path, comparison: Comparison, root: int = 0) -> list[Path]:
    """Everything into `out`; answers the pages written, the root's first. Always the same bytes."""
    out.mkdir(parents=True, exist_ok=True)
    differences = sorted(comparison.sides.differences(), key=lambda d: (d.tingkat, d.kode, d.field))
    pq.write_table(structs(differences, Difference), out / DIFFERENCES, compression="zstd")
    _rows(out / UNCOMPARED, ("tingkat", "kode", "reason"), [msgspec.structs.astuple(u) for u in comparison.uncompared])
    _rows(out / REFUSED, Refusal.__struct_fields__, [msgspec.structs.astuple(r) for r in comparison.recap.refused])
    _stations(out / STATIONS, comparison)
    _documents(out / DOCUMENTS, comparison)
    _dapil(out / DAPIL, comparison)
    return pages(out / PAGES, comparison, root)


def pages(out: Path, comparison: Comparison, root: int = 0) -> list[Path]:
    """A page and a CSV for each area from `root` down with something to say; answers the pages, the root's first."""
    out.mkdir(parents=True, exist_ok=True)
    report = Report(comparison, root)
    templates = Environment(loader=PackageLoader("recap.plenary", "."), autoescape=True)
    templates.filters.update(number=words.number, signed=signed)
    template = templates.get_template("report.html")
    areas = list(report.areas())
    known = {report.tree.kode(area) for area in areas}
    written = []
    for area in areas:
        page = report.page(area)
        file = out / f"{page.area.kode}.html"
        file.write_text(template.render(page=page, report=report, known=known, levels=words.LEVELS), encoding="utf-8")
        _page_rows(file.with_suffix(".csv"), report, page)
        written.append(file)
    return written


def signed(value: int | None) -> str:
    """A difference as it is read: +1.204, −12, 0; an en dash where there is none."""
    if value is None:
        return "–"
    return ("+" if value > 0 else "−" if value < 0 else "") + words.number(abs(value))


def _page_rows(file: Path, report: Report, page: Page) -> None:
    """What the page says of areas, a row an area and field."""
    heading = ("kode", "nama", "tingkat", "field", "ours", "theirs", "difference", "size_below", "why")
    fields = report.comparison.sides.fields
    rows = [
        (
            line.kode,
            line.nama,
            line.tingkat,
            field,
            line.ours[j],
            line.theirs[j],
            line.difference[j],
            line.size,
            line.origin[1],
        )
        for line in (page.area, *page.children)
        for j, field in enumerate(fields)
    ]
    _rows(file, heading, rows)


def _stations(file: Path, comparison: Comparison) -> None:
    """Every TPS that the pages name, with its clue and what it would account for."""
    drill, tree = comparison.drill, comparison.drill.tree
    rows = []
    for area in comparison.sides.place[comparison.sides.differs.any(axis=1)].tolist():
        if area < tree.n_areas and tree.tingkat(area) == KELURAHAN:
            for i in drill.clues(area):
                tps, kind = int(drill.evidence.tps[i]), KINDS[drill.evidence.kind[i]]
                amounts = drill.evidence.amount[i].tolist()
                rows.append((tree.kode(area), tree.tps_kode(tps), str(kind), drill.evidence.note[i], *amounts))
    _rows(file, ("kode", "tps", "clue", "note", *comparison.sides.fields), rows)


def _documents(file: Path, comparison: Comparison) -> None:
    """Every comparison that documents break among themselves."""
    tree = comparison.drill.tree
    heading = ("document", "of", "rule", "field", "printed", "ought", "difference")
    rows = [
        (kode_of(tree, one.document), kode_of(tree, one.of), one.code, one.part, one.left, one.right, one.residual)
        for one in comparison.broken
    ]
    _rows(file, heading, rows)


def _dapil(file: Path, comparison: Comparison) -> None:
    """Every dapil that can be judged; without any, only the heading."""
    found = constituencies(comparison.bundle, comparison.contest.key, comparison.drill)
    fields = comparison.sides.fields
    rows = [
        (one.kode, one.nama, field, ours, theirs, int(field in one.broken))
        for one in found
        for field, ours, theirs in zip(fields, one.records, one.areas, strict=True)
    ]
    _rows(file, ("dapil", "nama", "field", "records", "areas", "differs"), rows)


def _rows(file: Path, heading: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)
