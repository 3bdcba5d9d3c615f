"""The analytical copy: totals of every area in one long schema, one election or many, how they grew hour by hour,
and the views of all of it for DuckDB.

Schema of `elections/`: election, source, contest, level, kode, induk, nama, field, value. Earlier elections lie
beside the present one in the same columns (`publisher.earlier`). `history/` has a file an hour and contest, written
once from the first build of that hour; an hour in which nothing was built is not made up.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from election.bundle import Bundle
from election.codes import LEVELS, TPS_LEVEL
from publisher.datasets.built import DATA, Built
from publisher.datasets.sql import statements
from publisher.folder import OWN, Folder

Json = dict[str, Any]

HOME = f"{DATA}/analysis"
PRESENT = "kini"
"""What the present election's own figures are called where a source is named."""

_COLUMNS: list[Any] = [
    pa.field("election", pa.string(), nullable=False),
    pa.field("source", pa.string(), nullable=False),
    pa.field("contest", pa.string(), nullable=False),
    pa.field("level", pa.string(), nullable=False),
    pa.field("kode", pa.string(), nullable=False),
    pa.field("induk", pa.string()),
    pa.field("nama", pa.string(), nullable=False),
    pa.field("field", pa.string(), nullable=False),
    pa.field("value", pa.int64(), nullable=False),
]
ELECTIONS = pa.schema(_COLUMNS)
HOUR = len("2029-02-14T13")
DEEP = LEVELS[:4]
"""Levels whose history is kept: kelurahan would be twelve times as much, and v1 has their records' own."""

PLACE = ("kode", "nama", "induk", "number")


def election_of(bundle: Bundle) -> str:
    """What the present election is called in the analytical copy."""
    return f"{bundle.date[:4]}"


def write(bundle: Bundle, folder: Folder, built: Mapping[str, Built]) -> tuple[Json, ...]:
    """Write what follows from the builds that stand; the resources of the package that it adds."""
    for key, one in built.items():
        home = folder.root / DATA / key
        at = one.slow.number  # the hour's: to turn a nation's totals costs as much as to build them
        if _made(folder, key) != (at, one.edition):
            path = f"{HOME}/elections/{election_of(bundle)}-{key}.parquet"
            folder.write(path, _parquet(present(bundle, key, home)))
            folder.json(_mark(key), [at, one.edition])
        _hour(folder, key, one, home)
    files = sorted(path.relative_to(folder.root / DATA) for path in (folder.root / HOME).rglob("*.parquet"))
    folder.write(f"{HOME}/suara.sql", statements(tuple(built), [file.as_posix() for file in files], bundle).encode())
    named = [*(file.as_posix() for file in files), "analysis/suara.sql"]
    return tuple(_resource(folder.root / DATA / name, name) for name in named)


def present(bundle: Bundle, key: str, home: Path) -> pa.Table:
    """The totals of every area as they stand, long, from the contest's own files."""
    parts = [_long(pq.read_table(home / f"{level}.parquet"), level) for level in LEVELS[:TPS_LEVEL]]
    rows = pa.concat_tables(parts)
    count = rows.num_rows
    named = {"election": election_of(bundle), "source": PRESENT, "contest": key}
    columns = {name: pa.repeat(pa.scalar(text), count) for name, text in named.items()}
    return pa.table(columns | {name: rows[name] for name in rows.column_names}).select(ELECTIONS.names).cast(ELECTIONS)


def _long(table: pa.Table, level: str) -> pa.Table:
    """A wide table turned: a row a figure, progress among them."""
    fields = [name for name in table.column_names if name not in PLACE]
    n = table.num_rows
    columns = {
        name: pa.concat_arrays([table[name].combine_chunks()] * len(fields)) for name in ("kode", "induk", "nama")
    }
    at: Any = pa.array(np.repeat(np.arange(len(fields), dtype=np.int32), n))
    columns["field"] = pa.array(fields).take(at)
    columns["value"] = pa.concat_arrays([table[name].combine_chunks().cast(pa.int64()) for name in fields])
    return pa.table({"level": pa.repeat(pa.scalar(level), n * len(fields)), **columns})


def _hour(folder: Folder, key: str, built: Built, home: Path) -> None:
    """Keep the totals of this hour, once."""
    at = next((one.at for one in built.resources if one.path == "nasional.parquet"), "")
    path = f"{HOME}/history/{key}/{at[:HOUR]}.parquet"
    if not built.quick.number or folder.has(path):
        return
    rows = pa.concat_tables([_long(pq.read_table(home / f"{level}.parquet"), level) for level in DEEP])
    n = rows.num_rows
    stamps = {
        "contest": pa.repeat(pa.scalar(key), n),
        "number": pa.repeat(pa.scalar(built.quick.number, pa.int64()), n),
        "at_utc": pa.repeat(pa.scalar(at), n),
    }
    told = pa.table(stamps | {name: rows[name] for name in ("level", "kode", "field", "value")})
    folder.keep(path, _parquet(told.filter(pc.field("value") != 0)))  # synced: it is never written again


def _parquet(table: pa.Table) -> bytes:
    out = pa.BufferOutputStream()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue().to_pybytes()


def _mark(key: str) -> str:
    return f"{OWN}/{DATA}/{key}.analysis.json"


def _made(folder: Folder, key: str) -> tuple[int, str] | None:
    try:
        return msgspec.json.decode((folder.root / _mark(key)).read_bytes(), type=tuple[int, str])
    except (OSError, msgspec.DecodeError):
        return None


def _resource(file: Path, name: str) -> Json:
    slug = name.rsplit(".", 1)[0].replace("/", "-").lower()
    kind = name.rsplit(".", 1)[1]
    return {"name": f"{slug}-{kind}", "path": name, "format": kind, "bytes": file.stat().st_size}
