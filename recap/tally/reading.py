"""A file of per-TPS records taken apart: Parquet, CSV (also gzipped) or XLSX to integer columns, each row known or
refused.

No row is dropped in silence: what cannot be used is listed with the file, the row and the reason.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from msgspec import Struct
from numpy.typing import NDArray

from election.bundle.columns import Column, to_texts
from election.codes import Indices
from election.contest import Contest
from election.errors import Rejected
from election.region import Tree
from election.tally import ABSENT
from recap.tally import workbook
from recap.tally.columns import KEYS, SOURCES, Named, NoFigures, NoKey, inferred, recognise
from recap.tally.workbook import NotAWorkbook

MAX_FIGURE = 2**31 - 1
WHOLE = r"^\s*-?[0-9]{1,18}\s*$"


class FileUnreadable(Rejected):
    """The file of records is not there, or not what its name says."""

    code = "tally.unreadable"
    advice: ClassVar[dict[str, str]] = {"id": "{file} tidak terbaca: {why}", "en": "{file} cannot be read: {why}"}


class Refusal(Struct, frozen=True):
    """A row that was not counted, and why. `row` counts from 1, the heading of a CSV not among them."""

    file: str
    row: int
    kode: str
    reason: str  # tps.unknown, tps.twice, tps.not_held, figure.not_a_number, figure.negative, figure.too_large
    column: str = ""


class Records(Struct, frozen=True, eq=False):
    """The rows that can be counted, in the order of the tree."""

    contest: Contest
    tps: Indices  # row of the tree of each record, ascending
    figures: tuple[Named, ...]
    columns: Mapping[str, NDArray[np.int32]]  # by name in the file; ABSENT where blank
    refused: tuple[Refusal, ...]
    ignored: tuple[str, ...]  # columns of numbers that are no figures

    def __len__(self) -> int:
        return len(self.tps)


def table(file: Path) -> pa.Table:
    """The file as it is; a CSV's cells all as text, since codes begin with zeros. Raises FileUnreadable."""
    try:
        if file.suffix == ".parquet":
            return pq.read_table(file)
        if file.suffix == ".xlsx":
            return workbook.table(file)
        with pacsv.open_csv(file) as stream:
            names = stream.schema.names
        convert = pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
        return pacsv.read_csv(file, convert_options=convert)
    except (pa.ArrowException, NotAWorkbook, OSError) as error:
        raise FileUnreadable(file=file, why=error) from error


def codes(rows: pa.Table, file: Path) -> NDArray[np.bytes_]:
    """S[n]: the code each row is about; a TPS of 2019 is its kelurahan's id and three digits. Raises NoKey."""
    key = next((key for key in KEYS if set(key) <= set(rows.column_names)), None)
    if key is None:
        raise NoKey(file=file)
    first = _text(rows[key[0]])
    if len(key) == 1:
        return to_texts(first)
    return to_texts(pc.binary_join_element_wise(first, pc.utf8_lpad(_text(rows[key[1]]), 3, "0"), ""))


def read(
    file: Path,
    tree: Tree,
    contest: Contest,
    held: NDArray[np.bool_],
    renamed: Mapping[str, str] | None = None,
    sources: Sequence[str] = SOURCES,
) -> Records:
    """The records of a file. `held` is bool[n_tps]: which TPS vote in the contest.

    Raises FileUnreadable, NoKey, NoFigures. Rows that cannot be counted are in `refused`.
    """
    rows = table(file)
    known_by = [(renamed or {}).get(name, name) for name in rows.column_names]
    contest = inferred(contest, known_by, sources)
    figures = recognise(rows.column_names, contest, renamed, sources)
    if not figures:
        raise NoFigures(file=file, contest=contest.key, columns=", ".join(rows.column_names))
    kodes = codes(rows, file)
    tps = tree.tps_codes.find(kodes)
    why = _places(tps, held)
    columns = {named.name: figures_of(rows[named.name], named.name, why) for named in figures}
    good = np.flatnonzero(~_mask(why, len(tps)))
    order = good[np.argsort(tps[good], kind="stable")]
    return Records(
        contest=contest,
        tps=tps[order],
        figures=figures,
        columns={name: values[order].astype(np.int32) for name, values in columns.items()},
        refused=tuple(Refusal(str(file), row + 1, kodes[row].decode(), *why[row]) for row in sorted(why)),
        ignored=_ignored(rows, figures),
    )


Why = dict[int, tuple[str, str]]
"""Row → reason and column; the first reason found stays."""


def _places(tps: Indices, held: NDArray[np.bool_]) -> Why:
    why: Why = {int(row): ("tps.unknown", "") for row in np.flatnonzero(tps < 0)}
    known = np.flatnonzero(tps >= 0)
    _, first = np.unique(tps[known], return_index=True)
    again = np.delete(known, first)
    why |= {int(row): ("tps.twice", "") for row in again}
    return why | {int(row): ("tps.not_held", "") for row in known[~held[tps[known]]]}


def figures_of(column: Column, name: str, why: Why) -> NDArray[np.int64]:
    """int64[n], `ABSENT` where blank; rows in which something else than a figure stands go into `why`."""
    values, wrong = whole_numbers(column)
    for reason, rows in (
        ("figure.not_a_number", wrong),
        ("figure.negative", (values < 0) & (values != ABSENT)),
        ("figure.negative", (values == ABSENT) & ~_blank(column)),
        ("figure.too_large", values > MAX_FIGURE),
    ):
        for row in np.flatnonzero(rows).tolist():
            why.setdefault(row, (reason, name))
    return values


def whole_numbers(column: Column) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """int64[n], `ABSENT` where blank, and bool[n] where something stands that is no whole number."""
    kind = column.type
    blank = _blank(column)
    if pa.types.is_nested(kind):
        return np.full(len(column), ABSENT, np.int64), ~blank
    if pa.types.is_integer(kind):
        values = column.cast(pa.int64(), safe=False).fill_null(ABSENT).to_numpy()
        return values, np.zeros(len(values), np.bool_)
    if pa.types.is_floating(kind):
        floats = column.cast(pa.float64()).fill_null(float(ABSENT)).to_numpy()
        floats = np.where(blank, ABSENT, floats)
        wrong = ~np.isfinite(floats) | (np.floor(floats) != floats) | (np.abs(floats) > 2**53)
        return np.where(wrong, 0, floats).astype(np.int64), wrong
    text = pc.utf8_trim_whitespace(_text(column).fill_null(""))
    whole = pc.match_substring_regex(text, WHOLE).to_numpy(zero_copy_only=False).astype(np.bool_)
    digits = pc.if_else(pa.array(whole), text, str(ABSENT)) if len(whole) else text
    return digits.cast(pa.int64()).to_numpy(), ~whole & ~blank


def _blank(column: Column) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = column.is_null(nan_is_null=True).to_numpy().astype(np.bool_)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        empty: Column = pc.equal(pc.utf8_trim_whitespace(column), pa.scalar(""))
        mask = mask | empty.fill_null(True).to_numpy().astype(np.bool_)
    return mask


def _text(column: Column) -> Column:
    return column.cast(pa.string())


def _mask(why: Why, n: int) -> NDArray[np.bool_]:
    mask = np.zeros(n, np.bool_)
    mask[list(why)] = True
    return mask


def _ignored(rows: pa.Table, figures: Sequence[Named]) -> tuple[str, ...]:
    taken = {named.name for named in figures} | {name for key in KEYS for name in key}
    return tuple(f.name for f in rows.schema if f.name not in taken and pa.types.is_integer(f.type))
