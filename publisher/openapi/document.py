"""The document: every address of the public side, of files and of rooms, with what it answers.

Files answer GET with ETag and a time of keeping; rooms say their own part (`PATHS`, `SCHEMAS`), which is taken as it
is.
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from publisher.chronicle.history import History
from publisher.openapi import trees
from publisher.query import openapi as query
from publisher.reports import openapi as reports
from publisher.shapes.area import Area, Cursor, Dapil, Kelurahan
from publisher.shapes.earlier import Earlier
from publisher.shapes.record import Version

Schema = dict[str, Any]
REF = "#/components/schemas/{name}"
OWN = "V1"
"""Begins the names of our documents' types: rooms have their own `Area`."""

ADDRESS = "v1/openapi.json"

JSON, TEXT, BYTES = "application/json", "text/plain", "application/octet-stream"
EVENTS = "text/event-stream"


class File(Struct, frozen=True):
    """One kind of file: its address, what it is, the name of its schema, and its media type."""

    path: str
    about: str
    schema: str = ""
    media: str = JSON


FILES = (
    File("/v1/{contest}/{kode}.json", "One area, or a kelurahan with the records of its TPS", "V1Area|V1Kelurahan"),
    File("/v1/{contest}/dapil/{kode}.json", "One electoral district", "V1Dapil"),
    File("/v1/{contest}/cursor.json", "The cut up to which everything is written", "V1Cursor"),
    File("/v1/{contest}/history/{kode}.json", "The course of the count of an area", "V1History"),
    File("/v1/{contest}/earlier/{kode}.json", "An area in earlier elections", "V1Earlier"),
    File("/v1/{contest}/versions/{tps}/{version}.json", "A version that no longer counts", "V1Version"),
    File("/v1/openapi.json", "This document"),
    File("/wilayah/pemilu/ppwp/{path}.json", "Children of an area, as in 2024", "SirekapChildren"),
    File("/pemilu/{contest}.json", "Choices, as in 2024", "SirekapChoices"),
    File("/pemilu/hhcw/{contest}.json", "Sums of the nation, as in 2024", "SirekapArea"),
    File("/pemilu/hhcw/{contest}/{path}.json", "Sums of an area or one TPS, as in 2024", "SirekapArea|SirekapTps"),
    File("/pilkada/hhcw/{contest}/{path}.json", "The same of a Pilkada", "SirekapPilkadaArea|SirekapPilkadaTps"),
    File("/scans/{sha256}.jpg", "A masked picture under its own hash", "", "image/jpeg"),
    File("/log/policy", "Keys, witnesses and quorum (C2SP tlog-policy)", "", TEXT),
    File("/log/{contest}/checkpoint", "The head of a log (C2SP tlog-checkpoint)", "", TEXT),
    File("/log/{contest}/tile/{path}", "Hashes and entries of a log (C2SP tlog-tiles)", "", BYTES),
    File("/data/datapackage.json", "Every table of open data (Frictionless Data Package)"),
    File("/data/dictionary.json", "What every column means"),
    File("/data/usage.json", "How often what is read, withheld where few"),
    File("/data/{contest}/datapackage.json", "The tables of one contest, all of one build"),
    File("/data/{contest}/{table}.csv", "A table (RFC 4180)", "", "text/csv"),
    File("/data/{contest}/{table}.parquet", "The same table, typed", "", "application/vnd.apache.parquet"),
    File(
        "/data/{contest}/xlsx/{kode}.xlsx", "A province as a workbook", "",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    File("/data/analysis/suara.sql", "Views of all tables for DuckDB", "", "application/sql"),
    File("/stream/{contest}", "Every entry of a log as it comes (docs/stream.md)", "", EVENTS),
    File("/stream/{contest}/cuts", "Which areas and TPS a publication changed", "", EVENTS),
)  # fmt: skip
TYPES = (Area, Kelurahan, Dapil, Cursor, Earlier, Version, History)
RESUME: Schema = {
    "name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "Go on behind this event",
}  # fmt: skip
DESCRIPTION = (
    "Everything that this election publishes: files that any mirror can serve, and rooms that answer by themselves. "
    "Files are replaced whole; each has an ETag. What keys and columns mean: docs/formats.md, docs/open-data.md."
)


def document(contests: Iterable[str]) -> Schema:
    """The whole document for an election with these contests."""
    keys = list(contests)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Suara, everything public", "version": "1", "description": DESCRIPTION},
        "paths": {**_files(keys), **query.paths(keys), **reports.PATHS},
        "components": {"schemas": schemas()},
    }


def schemas() -> dict[str, Schema]:
    """Every named schema. Raises ValueError where two rooms mean different things by one name."""
    _, named = msgspec.json.schema_components(TYPES, ref_template=REF.format(name=f"{OWN}{{name}}"))
    own = {f"{OWN}{name}": schema for name, schema in named.items()}
    found: dict[str, Schema] = {}
    for room in (own, trees.SCHEMAS, query.SCHEMAS, reports.SCHEMAS):
        for name, schema in msgspec.json.decode(msgspec.json.encode(room)).items():  # tuples become arrays
            if found.setdefault(name, schema) != schema:
                raise ValueError(f"two schemas are called {name}")
    return found


def _files(contests: list[str]) -> dict[str, Schema]:
    return {file.path: {"get": _get(file, contests)} for file in FILES}


def _get(file: File, contests: list[str]) -> Schema:
    names = re.findall(r"\{(\w+)\}", file.path)
    parameters = [{"name": name, "in": "path", "required": True, "schema": _part(name, contests)} for name in names]
    if file.media == EVENTS:
        parameters.append(RESUME)
    answers: Schema = {"200": {"description": "The file", "content": {file.media: {"schema": _shape(file)}}}}
    if file.media != EVENTS:
        answers |= {"304": {"description": "The asker has it"}, "404": {"description": "There is no such file"}}
    return {
        "operationId": re.sub(r"\W+", "_", f"get{file.path}").strip("_"),
        "summary": file.about,
        "parameters": parameters,
        "responses": answers,
    }


def _shape(file: File) -> Schema:
    if file.schema:
        refs = [{"$ref": REF.format(name=name)} for name in file.schema.split("|")]
        return refs[0] if len(refs) == 1 else {"anyOf": refs}
    return {"type": "object"} if file.media == JSON else {"type": "string"}


def _part(name: str, contests: list[str]) -> Schema:
    examples = {"contest": contests[:1], "kode": ["0"]}.get(name, [])
    return {"type": "string", "minLength": 1} | ({"examples": examples} if examples else {})


__all__ = ["ADDRESS", "FILES", "document", "schemas"]
