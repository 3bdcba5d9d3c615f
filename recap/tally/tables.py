"""The files `suara tally` leaves: `areas.parquet`, `findings.parquet`, `refused.csv`, and `differences.parquet`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from msgspec import Struct

from election.bundle.columns import Column, from_texts
from election.codes import TPS_LEVEL
from election.region import Tree
from election.tally import ABSENT, Mask
from recap.tally.compare import Difference
from recap.tally.count import Count
from recap.tally.reading import Refusal

AREAS, FINDINGS, REFUSED, DIFFERENCES = "areas.parquet", "findings.parquet", "refused.csv", "differences.parquet"


def write(out: Path, tree: Tree, count: Count) -> None:
    """Write areas, findings and, where there are any, refusals into `out`. The same count gives the same bytes."""
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(areas(tree, count), out / AREAS, compression="zstd")
    pq.write_table(findings(tree, count), out / FINDINGS, compression="zstd")
    (out / REFUSED).unlink(missing_ok=True)
    if count.records.refused:
        pacsv.write_csv(structs(count.records.refused, Refusal), out / REFUSED)


def write_differences(out: Path, differences: Sequence[Difference]) -> None:
    """Write `differences.parquet`, also where there are none."""
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(structs(differences, Difference), out / DIFFERENCES, compression="zstd")


def areas(tree: Tree, count: Count) -> pa.Table:
    """A row for every area with a record, nation first, then one for each record's TPS (`tingkat` 5).

    Every summed column stands under its name in the file. A blank counts as 0; `tps_summed` says how many records the
    sums are of.
    """
    at, records = count.areas, count.records
    levels = np.repeat(np.arange(TPS_LEVEL, dtype=np.int8), np.diff(tree.level_start[: TPS_LEVEL + 1]))
    ones = np.ones(len(records), np.int64)
    columns: dict[str, Any] = {
        "kode": pa.concat_arrays([from_texts(tree.kodes[at]), from_texts(tree.tps_kodes[records.tps])]),
        "tingkat": np.append(levels[at], np.full(len(records), TPS_LEVEL, np.int8)),
        "tps": np.append(count.tps[at], ones),
        "tps_held": np.append(count.tps_held[at], count.held["suara"].astype(np.int64)),
        "tps_summed": np.append(count.tps_summed[at], count.summed.astype(np.int64)),
    }
    for j, named in enumerate(records.figures):
        own = records.columns[named.name]
        inside = np.where(count.summed & (own != ABSENT), own, 0).astype(np.int64)
        columns[named.name] = np.append(count.sums[at, j], inside)
    return pa.table(columns)


def findings(tree: Tree, count: Count) -> pa.Table:
    """A row for every record: the error rules it breaks, its warnings, and the blocks that would be held."""
    return pa.table(
        {
            "kode": from_texts(tree.tps_kodes[count.records.tps]),
            "rules": _lists({code: count.broken[code] for code in count.errors()}, len(count.records)),
            "warnings": _lists({code: count.broken[code] for code in count.warnings()}, len(count.records)),
            "held": _lists(dict(count.held), len(count.records)),
        }
    )


def structs(rows: Sequence[Struct], kind: type[Struct]) -> pa.Table:
    """A table of structs whose fields are texts and whole numbers, typed by `kind` also where there are no rows."""
    types = [(field.name, pa.string() if field.type is str else pa.int64()) for field in msgspec.structs.fields(kind)]
    return pa.table({name: pa.array([getattr(row, name) for row in rows], arrow) for name, arrow in types})


def _lists(columns: dict[str, Mask], n: int) -> Column:
    """For each row the names of the columns that are true in it."""
    if not columns:
        return pa.array([[]] * n, pa.list_(pa.string()))
    marks = np.stack(list(columns.values()), axis=1)
    offsets: Column = pa.array(np.append(0, np.cumsum(marks.sum(axis=1))).astype(np.int32))
    names: Column = pa.array(list(columns)).take(np.nonzero(marks)[1])
    return pa.ListArray.from_arrays(offsets, names)
