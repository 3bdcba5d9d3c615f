"""The query API as OpenAPI 3.1, from the types that the handlers answer with; a test asks a server if it is true.

`paths` and `SCHEMAS` are for the document of everything that is public; `document` is this room's alone.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from election.refusal import CONTENT_TYPE, Problem
from publisher.query.answers import AreaAnswer, RecordsAnswer, StatusAnswer, TpsAnswer
from publisher.query.errors import STATUS

Schema = dict[str, Any]


class Operation(Struct, frozen=True):
    """What one address answers."""

    title: str
    answer: type | None = None  # None: any object
    tagged: bool = False  # takes If-None-Match
    parameters: Mapping[str, tuple[str, Schema]] = {}  # name → meaning, schema
    text: bool = False
    elsewhere: bool = False  # answers with another address


TPS: Schema = {"type": "string", "pattern": "^[0-9A-Z]{13}$"}
KODE: Schema = {"type": "string", "pattern": "^(0|[0-9A-Z]{2,13})$", "examples": ["0"]}
NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": 1 << 62}

OPERATIONS: Mapping[str, Operation] = {
    "/api/v1/status": Operation("How the standby stands, and how far each contest is", StatusAnswer),
    "/api/v1/metrics": Operation("The same for Prometheus", text=True),
    "/api/v1/openapi.json": Operation("This document"),
    "/api/v1/{contest}/areas/{kode}": Operation(
        "One area; the nation's code is 0", AreaAnswer, True,
        {"children": ("Whether to tell of those right below it, too", {"type": "string", "enum": ["0", "1"]})},
    ),
    "/api/v1/{contest}/tps/{kode}": Operation("One record as it stands, and what stood before", TpsAnswer, True),
    "/api/v1/{contest}/records": Operation(
        "Records in the order of their codes, a page at a time", RecordsAnswer, True,
        {
            "after": ("The TPS behind which this page begins: `next` of the page before", TPS),
            "limit": ("Records a page", {"type": "integer", "minimum": 1, "maximum": 5000, "default": 1000}),
            "under": ("Only of this area or TPS", KODE),
            "since": ("Only those changed after this number of the journal", NUMBER),
        },
    ),
    "/api/v1/{contest}/history/{kode}": Operation("Where the history of an area's sums is", elsewhere=True),
}  # fmt: skip

KNOWN: Schema = {
    "name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The ETag of the answer that the asker has; the same as long as the contest's cut is",
}  # fmt: skip
PROBLEM: Schema = {
    "description": "Refused, with a reason",
    "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_TYPES = [Problem, *dict.fromkeys(op.answer for op in OPERATIONS.values() if op.answer is not None)]
SCHEMAS: Schema = msgspec.json.schema_components(_TYPES, ref_template="#/components/schemas/{name}")[1]
CODES = sorted(kind.code for kind in STATUS)


def paths(contests: Iterable[str]) -> Schema:
    """Every address of a server that has these contests."""
    keys = list(contests)
    return {address: {"get": _operation(address, op, keys)} for address, op in OPERATIONS.items()}


def document(contests: Iterable[str]) -> Schema:
    """The whole document."""
    about = (
        "What is published of every contest, asked of the standby. Each answer is of one cut and says which. "
        f"Refusals are problem+json; their codes are: {', '.join(CODES)}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Suara, the public query API", "version": "1", "description": about},
        "paths": paths(contests),
        "components": {"schemas": SCHEMAS, "responses": {"Problem": PROBLEM}},
    }


def _operation(address: str, op: Operation, contests: list[str]) -> Schema:
    parts = re.findall(r"\{(\w+)\}", address)
    parameters = [
        {"name": part, "in": "path", "required": True, "schema": _part(address, part, contests)} for part in parts
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "description": meaning, "schema": schema}
        for name, (meaning, schema) in op.parameters.items()
    ]
    if op.tagged:
        parameters.append(KNOWN)
    return {
        "operationId": re.sub(r"\W+", "_", f"get{address}").strip("_"),
        "summary": op.title,
        "parameters": parameters,
        "responses": _answers(op) | {"default": PROBLEM},
    }


def _answers(op: Operation) -> Schema:
    if op.elsewhere:
        return {
            "307": {"description": "The address of the file", "headers": {"Location": {"schema": {"type": "string"}}}}
        }
    if op.text:
        return {"200": {"description": "Done", "content": {"text/plain": {"schema": {"type": "string"}}}}}
    shape: Schema = {"type": "object"}
    if op.answer is not None:
        shape = {"$ref": f"#/components/schemas/{op.answer.__name__}"}
    answers: Schema = {"200": {"description": "Done", "content": {"application/json": {"schema": shape}}}}
    return answers | ({"304": {"description": "The asker has it"}} if op.tagged else {})


def _part(address: str, name: str, contests: list[str]) -> Schema:
    """An example keeps generated questions from asking for what nobody has."""
    if name == "contest":
        return {"type": "string", "minLength": 1} | ({"examples": contests[:1]} if contests else {})
    return TPS if "/tps/" in address else KODE


PATHS: Schema = paths(())
"""Every address, of any contest."""
