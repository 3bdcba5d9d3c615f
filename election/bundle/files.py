"""A bundle on disk: `bundle.json`, `areas.parquet`, `tps.parquet`; where there are dapil `dapil.parquet`, and where
candidates are known `candidates.parquet`.

What the columns mean lives in `planting`, `dapil` and `lists`; what they must satisfy in `survey`.
"""

from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from election.bundle.columns import Column, from_numbers, from_texts
from election.bundle.dapil import Dapil, District
from election.bundle.lists import Lists
from election.bundle.model import FORMAT, Bundle, Manifest, Sheets, holding_mask
from election.bundle.parquet import BundleMissing, BundleUnreadable, ParquetColumns, absent
from election.bundle.survey import survey_bundle, survey_sheets
from election.planting import plant
from election.problem import BrokenReference, Problem
from election.region import AreaColumns, TpsColumns, Tree

MANIFEST, AREAS, TPS = "bundle.json", "areas.parquet", "tps.parquet"
DAPIL, CANDIDATES = "dapil.parquet", "candidates.parquet"
DELIVERED = "delivered_"
"""Begins the columns of `tps.parquet` that say how many ballots of a contest came: `delivered_ppwp`."""


def load(path: Path | str) -> Bundle:
    """The bundle in a directory.

    Raises BundleMissing, BundleUnreadable, BrokenReference; `check` names everything that is odd as well.
    """
    return assemble(read(Path(path)))


def assemble(sheets: Sheets) -> Bundle:
    """The bundle of these sheets. Raises BrokenReference with every error that `survey` finds."""
    refuse_errors(survey_sheets(sheets))
    hung = hang(sheets)
    refuse_errors(survey_bundle(hung))
    return hung


def refuse_errors(problems: list[Problem]) -> None:
    """Raises BrokenReference where one of the problems is an error."""
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise BrokenReference(errors)


def hang(sheets: Sheets) -> Bundle:
    """Sheets without errors on their tree, TPS in its order."""
    planted = plant(sheets.areas, sheets.tps)
    tree = Tree.of(planted, sheets.areas, sheets.tps, sheets.manifest.nation)
    return Bundle(
        manifest=sheets.manifest,
        tree=tree,
        dpt_l=sheets.dpt_l[planted.tps_rows],
        dpt_p=sheets.dpt_p[planted.tps_rows],
        held={h.key: holding_mask(tree, h.areas, h.without) for h in sheets.manifest.contests},
        dapil=sheets.dapil,
        lists=sheets.lists,
        delivered={key: column[planted.tps_rows] for key, column in sheets.delivered.items()},
    )


def read(path: Path) -> Sheets:
    """The files of a bundle. Raises BundleMissing, BundleUnreadable."""
    areas, tps, manifest = ParquetColumns(path / AREAS), ParquetColumns(path / TPS), read_manifest(path)
    came = {holding.key: tps.numbers_if_any(DELIVERED + holding.key, np.int32) for holding in manifest.contests}
    men, women = tps.numbers_if_any("dpt_l", np.int32), tps.numbers_if_any("dpt_p", np.int32)
    return Sheets(
        manifest=manifest,
        areas=AreaColumns(
            kode=areas.texts("kode"),
            tingkat=areas.numbers("tingkat", np.int8),
            parent=areas.texts("parent"),
            nama=areas.texts("nama"),
            id=areas.numbers_if_any("id", np.int64),
        ),
        tps=TpsColumns(
            kode=tps.texts("kode"),
            nama=tps.texts("nama"),
            parent=tps.texts("parent"),
            id=tps.numbers_if_any("id", np.int64),
        ),
        dpt_l=absent(len(tps)) if men is None else men,
        dpt_p=absent(len(tps)) if women is None else women,
        dapil=_read_dapil(path / DAPIL),
        lists=_read_lists(path / CANDIDATES),
        delivered={key: column for key, column in came.items() if column is not None},
    )


def read_manifest(path: Path) -> Manifest:
    """`bundle.json` alone. Raises BundleMissing, BundleUnreadable."""
    file = path / MANIFEST
    if not file.is_file():
        raise BundleMissing(what=MANIFEST, path=path)
    try:
        manifest = msgspec.json.decode(file.read_bytes(), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BundleUnreadable(path=file, why=error) from error
    if manifest.format != FORMAT:
        raise BundleUnreadable(path=file, why=f"format {manifest.format}, this program knows {FORMAT}")
    return manifest


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
            **{DELIVERED + key: from_numbers(column) for key, column in sheets.delivered.items()},
            **({} if tps.id is None else {"id": from_numbers(tps.id)}),
        },
    )
    _write_dapil(path, sheets.dapil)
    _write_lists(path, sheets.lists)
    text = msgspec.json.format(msgspec.json.encode(sheets.manifest), indent=2)
    (path / MANIFEST).write_bytes(text + b"\n")


def _put(file: Path, columns: dict[str, Column]) -> None:
    pq.write_table(pa.table(columns), file, compression="zstd")


def _read_dapil(file: Path) -> Dapil:
    if not file.is_file():
        return Dapil()
    try:
        return Dapil(tuple(msgspec.convert(row, District) for row in ParquetColumns(file).rows()))
    except msgspec.ValidationError as error:
        raise BundleUnreadable(path=file, why=error) from error


def _write_dapil(path: Path, dapil: Dapil) -> None:
    (path / DAPIL).unlink(missing_ok=True)
    if dapil.districts:
        rows = [msgspec.to_builtins(district) for district in dapil.districts]
        pq.write_table(pa.Table.from_pylist(rows), path / DAPIL, compression="zstd")


def _read_lists(file: Path) -> Lists:
    if not file.is_file():
        return Lists.none()
    columns = ParquetColumns(file)
    return Lists(
        contest=columns.texts("contest"),
        dapil=columns.texts("dapil"),
        party=columns.numbers("party", np.int16),
        number=columns.numbers("number", np.int16),
        id=columns.texts("id"),
        name=columns.texts("name"),
    )


def _write_lists(path: Path, lists: Lists) -> None:
    (path / CANDIDATES).unlink(missing_ok=True)
    if len(lists):
        _put(
            path / CANDIDATES,
            {
                "contest": from_texts(lists.contest),
                "dapil": from_texts(lists.dapil),
                "party": pa.array(lists.party),
                "number": pa.array(lists.number),
                "id": from_texts(lists.id),
                "name": from_texts(lists.name),
            },
        )
