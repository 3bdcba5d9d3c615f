"""What describes the open data to strangers: the Frictionless Data Package, its table schemas, and the dictionary.
Pure.

Everything is said by `tables` and `columns`; which files there are, and of which cut, by their builds.
https://datapackage.org (2.0; the keys used are also those of 1.0).
"""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from election.block import WORDS
from election.bundle import Bundle
from election.words import contest as contest_words
from publisher.datasets.built import XLSX, Built
from publisher.datasets.files import Resource
from publisher.datasets.tables import Table, tables

Json = dict[str, Any]

LICENCE: Json = {
    "name": "CC0-1.0",
    "title": "Creative Commons Zero 1.0 Universal",
    "path": "https://creativecommons.org/publicdomain/zero/1.0/",
}
"""Figures of an election are facts, and facts are nobody's. Attribution as a duty would forbid merging them with other
data; that a figure is ours is proved by hashes and the log, not by a licence."""

MEDIA = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".json": "application/json",
    ".gz": "application/gzip",
    ".sql": "application/sql",
}
DICTIONARY = (
    "contest", "table", "column", "type", "unit", "id", "en", "null_id", "null_en", "values",
)  # fmt: skip


def package(bundle: Bundle, built: Mapping[str, Built], more: tuple[Json, ...] = ()) -> Json:
    """`data/datapackage.json`; `more` are resources beside those of contests."""
    return _head(bundle, "suara", built) | {
        "resources": [*(one for key, of in built.items() for one in _resources(bundle, key, of, f"{key}/")), *more],
    }


File = tuple[str, str | None, int | None]
"""Path, hash and number of the cut."""


def told(package: Json) -> set[File]:
    """The files that a package tells of. Raises what a document raises that is none."""
    return {(one["path"], one.get("hash"), one.get("suara:number")) for one in package["resources"]}


def files(built: Mapping[str, Built]) -> Iterator[File]:
    """The files of these builds, as `package` tells of them."""
    for key, of in built.items():
        yield from ((f"{key}/{one.path}", f"sha256:{one.sha256}", one.number) for one in of.resources)


def own(bundle: Bundle, key: str, built: Built) -> dict[str, Json]:
    """Path in a contest's own folder → its package and the schemas of its tables: they change with its files."""
    found = {_schema_path(table.path): _schema(table) for table in tables(key, bundle.printed(key))}
    package = _head(bundle, f"suara-{key}", {key: built}) | {"resources": list(_resources(bundle, key, built, ""))}
    return found | {"datapackage.json": package}


def _head(bundle: Bundle, name: str, built: Mapping[str, Built]) -> Json:
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": name,
        "id": f"{bundle.settings.origin}/{bundle.date}/{name}",
        "title": bundle.name,
        "description": "Hasil penghitungan suara, semua tingkat · Election results, every level. "
        "`suara:number` is the journal number of the cut that a file is of; `index` in the public log is number − 1.",
        "created": max((one.at for of in built.values() for one in of.resources), default=f"{bundle.date}T00:00:00Z"),
        "licenses": [LICENCE],
    }


def _schema_path(table: str) -> str:
    return f"schemas/{table.replace('/', '-')}.json"


def _schema(table: Table) -> Json:
    return {
        "fields": [column.frictionless for column in table.columns],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }


def _resources(bundle: Bundle, key: str, built: Built, folder: str) -> Iterator[Json]:
    titles = {table.path: table.title for table in tables(key, bundle.printed(key))}
    for one in built.resources:
        stem, _, suffix = one.path.partition(".")
        told: Json = {
            "name": f"{key}-{stem.replace('/', '-').lower()}-{suffix.partition('.')[0]}",
            "path": f"{folder}{one.path}",
            "title": " · ".join((contest_words(key)[0], *titles.get(one.table, ("Buku kerja", "Workbook")))),
            **_bytes(one),
        }
        if one.table != XLSX:
            told |= {"schema": f"{folder}{_schema_path(one.table)}"}
        yield told | _format(suffix)


def _bytes(one: Resource) -> Json:
    return {
        "bytes": one.bytes,
        "hash": f"sha256:{one.sha256}",
        "suara:rows": one.rows,
        "suara:number": one.number,
        "suara:at": one.at,
    }


def _format(suffix: str) -> Json:
    """How a file is read, by its suffix."""
    kind = suffix.partition(".")[0]
    told: Json = {"format": kind, "mediatype": MEDIA[f".{kind}"]}
    if kind == "csv":
        told |= {"encoding": "utf-8", "dialect": {"lineTerminator": "\r\n"}, "profile": "tabular-data-resource"}
    return told | ({"compression": "gz"} if suffix.endswith(".gz") else {})


def dictionary(bundle: Bundle, keys: tuple[str, ...]) -> list[Json]:
    """`data/dictionary.json`: every column of every table of these contests, and the states in words."""
    return [row for key in keys for table in tables(key, bundle.printed(key)) for row in _words(key, table)]


def _words(key: str, table: Table) -> Iterator[Json]:
    for column in table.columns:
        null = column.null or (None, None)
        facts = (key, table.path, column.name, column.type.value, column.unit, *column.words, *null)
        yield dict(zip(DICTIONARY, (*facts, " ".join(column.values)), strict=True))


def states() -> list[Json]:
    """`data/states.json`: every state of a block in words."""
    return [{"state": state.value, **words} for state, words in WORDS.items()]


def dictionary_csv(rows: list[Json]) -> bytes:
    """`data/dictionary.csv`."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, DICTIONARY)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def encode(document: object) -> bytes:
    """JSON that people read, too."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1)
