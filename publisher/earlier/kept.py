"""Earlier elections as they are kept: one Parquet file each, in the schema of the analytical copy.

Beside the figures a file says in its metadata what cannot be a row: date and names of choices.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from election.codes import NATION_CODE
from publisher.datasets.analysis import ELECTIONS
from publisher.earlier.model import Earlier, Figures, Place
from storage import durable

META = b"suara"
NONE = "-"
"""Field of a row that says that a place has no figure: places are kept whole, so that they can be matched."""


def table(earlier: Earlier) -> pa.Table:
    """A row a figure; of a place without any, one row with the field `-`."""
    rows = sorted(_rows(earlier), key=lambda row: (row[3], row[4], row[1], row[7]))
    columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), ELECTIONS, strict=True)]
    told = {
        "date": earlier.date,
        "choices": earlier.choices,
        "codes": any(p.kode for p in earlier.places.values() if p.key != NATION_CODE),
    }
    return pa.table(columns, schema=ELECTIONS.with_metadata({META: msgspec.json.encode(told)}))


def _rows(earlier: Earlier) -> Iterator[tuple[object, ...]]:
    for key, place in earlier.places.items():
        figures = earlier.figures.get(key) or {NONE: {NONE: 0}}
        for source, named in figures.items():
            for field, value in named.items():
                head = (earlier.election, source, earlier.contest, place.level, key)
                yield (*head, place.parent or None, place.nama, field, value)


def keep(folder: Path, earlier: Earlier) -> Path:
    """Write it; the same election read again gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    out = pa.BufferOutputStream()
    pq.write_table(table(earlier), out, compression="zstd")
    path = folder / f"{earlier.election}-{earlier.contest}.parquet"
    durable.write(path, out.getvalue().to_pybytes())
    return path


class Told(msgspec.Struct, frozen=True):
    """What a file's metadata say."""

    date: str
    choices: dict[str, str]
    codes: bool


def load(path: Path) -> Earlier:
    """What was kept."""
    found = pq.read_table(path)
    told = msgspec.json.decode(found.schema.metadata[META], type=Told)
    places: dict[str, Place] = {}
    figures: dict[str, Figures] = {}
    for source, level, key, parent, nama, field, value in zip(
        *(found[name].to_pylist() for name in ("source", "level", "kode", "induk", "nama", "field", "value")),
        strict=True,
    ):
        if key not in places:
            places[key] = Place(key, level, parent or "", nama, key if told.codes or key == NATION_CODE else "")
        if field != NONE:
            figures.setdefault(key, {}).setdefault(source, {})[field] = value
    first = found.slice(0, 1).to_pylist()[0]
    return Earlier(first["election"], first["contest"], told.date, told.choices, places, figures)


def loaded(folder: Path) -> list[Path]:
    """Every election that is kept."""
    return sorted(folder.glob("*.parquet"))
