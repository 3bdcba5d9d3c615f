"""Writes what is known of earlier elections below the public folder, and says what could not be matched.

From what is kept and the bundle alone; the present figures are read from the public files themselves.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from msgspec import Struct

from election.bundle import Bundle
from election.codes import LEVELS, TPS_LEVEL
from publisher.datasets.analysis import ELECTIONS, HOME
from publisher.datasets.built import DATA
from publisher.earlier import compare
from publisher.earlier.basis import Based, based
from publisher.earlier.documents import documents
from publisher.earlier.kept import load, loaded, table
from publisher.earlier.matching import Matching, match, told_in
from publisher.earlier.model import DAPIL, Earlier
from publisher.folder import Folder

RENAMED = "renamed.csv"
MATCHES = pa.schema(
    [
        (name, pa.string())
        for name in ("election", "contest", "level", "kode", "nama", "basis", "key", "nama_then", "how")
    ]
)


class Laid(Struct, frozen=True):
    """An earlier election, matched."""

    earlier: Earlier
    matching: Matching
    areas: tuple[Based, ...]


def lay(bundle: Bundle, folder: Path, election: str | None = None) -> list[Laid]:
    """Every election that is kept, or the one of that name, of contests that the bundle has; matched.

    `renamed.csv` in the folder, where there is one, says what people know of areas that changed their name.
    """
    found = [load(path) for path in loaded(folder)]
    laid = []
    for earlier in found:
        if earlier.contest in bundle.contests and election in (None, earlier.election):
            renamed = folder / RENAMED
            told = told_in(renamed, earlier.election) if renamed.exists() else {}
            matching = match(bundle, earlier, told)
            laid.append(Laid(earlier, matching, tuple(based(bundle, earlier, matching))))
    return laid


def publish(folder: Folder, laid: Iterable[Laid]) -> int:
    """Write documents, the kept figures and the matches; how many documents. What says the same is left alone."""
    every, written = list(laid), 0
    for contest in sorted({one.earlier.contest for one in every}):
        these = [one for one in every if one.earlier.contest == contest]
        for path, document in documents(contest, [(one.earlier, one.areas) for one in these]).items():
            folder.json(path, document)
            written += 1
    for one in every:
        name = f"{one.earlier.election}-{one.earlier.contest}"
        _parquet(folder, f"{HOME}/earlier/{name}.parquet", table(one.earlier))
        _parquet(folder, f"{HOME}/today/{name}.parquet", today(one))
        _parquet(folder, f"{HOME}/matches/{name}.parquet", matches(one))
        folder.write(f"{HOME}/unmatched/{name}.csv", unmatched(one.matching))
    return written


def today(one: Laid) -> pa.Table:
    """The figures then of the areas of today, in the schema of the analytical copy, with their basis."""
    rows = [
        (
            one.earlier.election,
            source,
            one.earlier.contest,
            area.level,
            area.kode,
            None,
            area.nama,
            field,
            value,
            area.basis,
        )
        for area in sorted(one.areas, key=lambda area: (area.level, area.kode))
        for source, figures in sorted(area.figures.items())
        for field, value in sorted(figures.items())
    ]
    schema = ELECTIONS.append(pa.field("basis", pa.string()))
    turned = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table([pa.array(v, f.type) for v, f in zip(turned, schema, strict=True)], schema=schema)


def matches(one: Laid) -> pa.Table:
    """A row an area now: on what basis it is compared, with what."""
    rows = [
        (
            one.earlier.election, one.earlier.contest, area.level, area.kode, area.nama, area.basis,
            *((area.match.key, area.match.then, area.match.how) if area.match else (None, None, None)),
        )
        for area in one.areas
    ]  # fmt: skip
    turned = list(zip(*rows, strict=True)) if rows else [()] * len(MATCHES)
    return pa.table([pa.array(values, pa.string()) for values in turned], schema=MATCHES)


def unmatched(matching: Matching) -> bytes:
    """Everything that only one side has, as CSV."""
    names = ("side", "level", "kode", "nama", "reason")
    columns = {name: pa.array([getattr(row, name) for row in matching.unmatched], pa.string()) for name in names}
    out = pa.BufferOutputStream()
    pacsv.write_csv(pa.table(columns), out)
    return out.getvalue().to_pybytes()


def compared(folder: Folder, one: Laid, source: str, same: Mapping[str, str]) -> list[compare.Line]:
    """The lines of one election beside the present figures as they are published."""
    home = folder.root / DATA / one.earlier.contest
    lines: list[compare.Line] = []
    for level in (*LEVELS[:TPS_LEVEL], DAPIL):
        present, here = compare.now(home, level), [area for area in one.areas if area.level == level]
        lines += compare.lines(one.earlier, source, here, present, same)
    name = f"{one.earlier.election}-{one.earlier.contest}"
    _parquet(folder, f"{HOME}/compared/{name}.parquet", compare.table(lines))
    return lines


def _parquet(folder: Folder, path: str, rows: pa.Table) -> None:
    out = pa.BufferOutputStream()
    pq.write_table(rows, out, compression="zstd")
    folder.write(path, out.getvalue().to_pybytes())
