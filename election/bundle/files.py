"""A bundle on disk: `bundle.json`, `areas.parquet`, `tps.parquet` and, where there are dapil, `dapil.parquet`.

What the columns mean lives in `planting`, what they must satisfy in `check`.
"""

from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from election.bundle.columns import Column, from_numbers, from_texts, to_numbers, to_texts
from election.bundle.dapil import Dapil, District
from election.bundle.model import Bundle, Manifest, Sheets, holding_mask
from election.bundle.survey import survey_manifest
from election.codes import Indices
from election.errors import Rejected
from election.planting import plant
from election.problem import BrokenReference
from election.region import AreaColumns, TpsColumns, Tree

MANIFEST, AREAS, TPS, DAPIL = "bundle.json", "areas.parquet", "tps.parquet", "dapil.parquet"

COLUMNS = {AREAS: ("kode", "tingkat", "parent", "nama"), TPS: ("kode", "nama", "parent")}
"""Columns each file must have; `id`, `dpt_l` and `dpt_p` may be there or not."""


class BundleMissing(Rejected):
    """A file or column of the bundle is not there; `column` names it where it is a column."""

    code = "bundle.missing"
    advice: ClassVar[dict[str, str]] = {
        "id": "{what} tidak ada di {path}. Buat dengan `suara bundle make` atau `suara bundle load`.",
        "en": "{path} has no {what}. Make one with `suara bundle make` or `suara bundle load`.",
    }


class BundleUnreadable(Rejected):
    """A file of the bundle is not what its name says."""

    code = "bundle.unreadable"
    advice: ClassVar[dict[str, str]] = {
        "id": "{path} tidak terbaca: {why}",
        "en": "{path} cannot be read: {why}",
    }


def load(path: Path | str) -> Bundle:
    """The bundle in a directory.

    Raises BundleMissing, BundleUnreadable, BrokenReference; `check` names everything that is odd as well.
    """
    return assemble(read(Path(path)))


def assemble(sheets: Sheets) -> Bundle:
    """The bundle of these sheets, TPS in the order of the tree. Raises BrokenReference."""
    errors = [problem for problem in survey_manifest(sheets.manifest, sheets.areas) if problem.severity == "error"]
    if errors:
        raise BrokenReference(errors)
    planted = plant(sheets.areas, sheets.tps)
    tree = Tree.of(planted, sheets.areas, sheets.tps, sheets.manifest.nation)
    return Bundle(
        manifest=sheets.manifest,
        tree=tree,
        dpt_l=sheets.dpt_l[planted.tps_rows],
        dpt_p=sheets.dpt_p[planted.tps_rows],
        held={h.key: holding_mask(tree, h.areas, h.without) for h in sheets.manifest.contests},
        dapil=sheets.dapil,
    )


def read(path: Path) -> Sheets:
    """The files of a bundle. Raises BundleMissing, BundleUnreadable."""
    areas, tps = _table(path, AREAS), _table(path, TPS)
    return Sheets(
        manifest=read_manifest(path),
        areas=AreaColumns(
            kode=to_texts(areas["kode"]),
            tingkat=to_numbers(areas["tingkat"], np.int8),
            parent=to_texts(areas["parent"]),
            nama=to_texts(areas["nama"]),
            id=to_numbers(areas["id"], np.int64) if "id" in areas.column_names else None,
        ),
        tps=TpsColumns(
            kode=to_texts(tps["kode"]),
            nama=to_texts(tps["nama"]),
            parent=to_texts(tps["parent"]),
            id=to_numbers(tps["id"], np.int64) if "id" in tps.column_names else None,
        ),
        dpt_l=_dpt(tps, "dpt_l"),
        dpt_p=_dpt(tps, "dpt_p"),
        dapil=_read_dapil(path),
    )


def read_manifest(path: Path) -> Manifest:
    """`bundle.json` alone. Raises BundleMissing, BundleUnreadable."""
    file = path / MANIFEST
    if not file.is_file():
        raise BundleMissing(what=MANIFEST, path=path)
    try:
        return msgspec.json.decode(file.read_bytes(), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BundleUnreadable(path=file, why=error) from error


def write(path: Path, sheets: Sheets) -> None:
    """Write a bundle, `bundle.json` last: a directory without it is no bundle. Same sheets, same bytes."""
    path.mkdir(parents=True, exist_ok=True)
    (path / MANIFEST).unlink(missing_ok=True)
    areas, tps = sheets.areas, sheets.tps
    _put(
        path / AREAS,
        {
            "kode": from_texts(areas.kode),
            "tingkat": pa.array(areas.tingkat),
            "parent": from_texts(areas.parent),
            "nama": from_texts(areas.nama),
            **({} if areas.id is None else {"id": from_numbers(areas.id)}),
        },
    )
    _put(
        path / TPS,
        {
            "kode": from_texts(tps.kode),
            "nama": from_texts(tps.nama),
            "parent": from_texts(tps.parent),
            "dpt_l": from_numbers(sheets.dpt_l),
            "dpt_p": from_numbers(sheets.dpt_p),
            **({} if tps.id is None else {"id": from_numbers(tps.id)}),
        },
    )
    _write_dapil(path, sheets.dapil)
    text = msgspec.json.format(msgspec.json.encode(sheets.manifest), indent=2)
    (path / MANIFEST).write_bytes(text + b"\n")


def _table(path: Path, name: str) -> pa.Table:
    file = path / name
    if not file.is_file():
        raise BundleMissing(what=name, path=path)
    try:
        table = pq.read_table(file, memory_map=True)
    except (pa.ArrowException, OSError) as error:
        raise BundleUnreadable(path=file, why=error) from error
    for column in COLUMNS.get(name, ()):
        if column not in table.column_names:
            raise BundleMissing(what=column, path=file, column=column)
    return table


def _dpt(table: pa.Table, name: str) -> Indices:
    if name not in table.column_names:
        return np.full(table.num_rows, -1, np.int32)
    return to_numbers(table[name], np.int32)


def _put(file: Path, columns: dict[str, Column]) -> None:
    pq.write_table(pa.table(columns), file, compression="zstd")


def _read_dapil(path: Path) -> Dapil:
    if not (path / DAPIL).is_file():
        return Dapil()
    rows = _table(path, DAPIL).to_pylist()
    return Dapil(tuple(msgspec.convert(row, District) for row in rows))


def _write_dapil(path: Path, dapil: Dapil) -> None:
    (path / DAPIL).unlink(missing_ok=True)
    if dapil.districts:
        rows = [msgspec.to_builtins(district) for district in dapil.districts]
        pq.write_table(pa.Table.from_pylist(rows), path / DAPIL, compression="zstd")
