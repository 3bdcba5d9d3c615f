"""The read API as OpenAPI 3.1, from the types that the handlers answer with; a test asks a server if it is true."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from election.refusal import CONTENT_TYPE, Problem
from recap.reads_problem import STATUS
from recap.reads_view import AreaAnswer, ChildrenAnswer, ContestsAnswer, DapilAnswer

Schema = dict[str, Any]


class Health(Struct, frozen=True):
    """That the process answers."""

    status: str


class Operation(Struct, frozen=True):
    """What one address answers."""

    title: str
    answer: type | None  # None: any object
    tagged: bool = False  # takes If-None-Match
    hourly: bool = False  # takes `at`


OPERATIONS: Mapping[str, Operation] = {
    "/v1/contests": Operation("Contests, how far each is counted, and the hours kept of it", ContestsAnswer, True),
    "/v1/contests/{contest}/areas/{kode}": Operation("One area; the nation's code is 0", AreaAnswer, True, True),
    "/v1/contests/{contest}/areas/{kode}/children": Operation(
        "An area and those right below it, all of one cut", ChildrenAnswer, True, True
    ),
    "/v1/contests/{contest}/dapil/{kode}": Operation("One electoral district", DapilAnswer, True, True),
    "/v1/openapi.json": Operation("This document", None),
    "/healthz": Operation("Whether this process answers", Health),
}

AT: Schema = {
    "name": "at",
    "in": "query",
    "required": False,
    "description": "As of the beginning of this hour (UTC); now where it is left out. Of an hour past, areas have the "
    "fields that all ballots share, dapil their own.",
    "schema": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}$"},
}
KNOWN: Schema = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the answer that the asker has: journal number, and hour where one was asked for",
    "schema": {"type": "string"},
}
PROBLEM: Schema = {
    "description": "Refused, with a reason",
    "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def document(contests: Iterable[str]) -> bytes:
    """The document of a server that has these contests."""
    types = [Problem, *dict.fromkeys(op.answer for op in OPERATIONS.values() if op.answer is not None)]
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    keys = list(contests)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Suara, the recapitulation",
                "version": "1",
                "description": "Sums of every area and contest, from the engine's memory, each with the journal's "
                "number that it stands at. Refusals are problem+json; their codes are: "
                + ", ".join(sorted(kind.code for kind in STATUS)),
            },
            "paths": {address: {"get": _operation(address, op, keys)} for address, op in OPERATIONS.items()},
            "components": {"schemas": schemas, "responses": {"Problem": PROBLEM}},
        }
    )


def _operation(address: str, op: Operation, contests: list[str]) -> Schema:
    parts = re.findall(r"\{(\w+)\}", address)
    parameters = [{"name": part, "in": "path", "required": True, "schema": _part(part, contests)} for part in parts]
    if op.hourly:
        parameters.append(AT)
    if op.tagged:
        parameters.append(KNOWN)
    shape: Schema = {"type": "object"}
    if op.answer is not None:
        shape = {"$ref": f"#/components/schemas/{op.answer.__name__}"}
    answers: Schema = {"200": {"description": "Done", "content": {"application/json": {"schema": shape}}}}
    if op.tagged:
        answers["304"] = {"description": "The asker has it"}
    return {
        "operationId": re.sub(r"\W+", "_", f"get{address}").strip("_"),
        "summary": op.title,
        "parameters": parameters,
        "responses": answers | {"default": {"$ref": "#/components/responses/Problem"}},
    }


def _part(name: str, contests: list[str]) -> Schema:
    """An example keeps generated questions from asking for what nobody has."""
    examples = contests[:1] if name == "contest" else ["0"]
    return {"type": "string", "minLength": 1, "examples": examples}
