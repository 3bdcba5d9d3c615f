"""The addresses of reports as OpenAPI 3.1, to be collected into the public document; a test holds them to the room."""

from typing import Any, Final

import msgspec

from election.refusal import CONTENT_TYPE
from publisher.reports.errors import LISTED
from publisher.reports.report import NOTE
from publisher.reports.screens import ReportStanding

Schema = dict[str, Any]

_REF = "#/components/schemas/{name}"
_TOLD, _PARTS = msgspec.json.schema_components([ReportStanding], ref_template=_REF)

_PROBLEM: Schema = {
    "description": "Refused, with a reason: " + ", ".join(sorted(error.code for error in LISTED)),
    "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_CODE: Schema = {
    "name": "code", "in": "path", "required": True, "description": "Ten letters and digits, in any case and grouping",
    "schema": {"type": "string"},
}  # fmt: skip

SCHEMAS: Final[dict[str, Schema]] = {
    **_PARTS,
    "Report": {
        "type": "object",
        "required": ["contest", "tps", "field", "value"],
        "properties": {
            "contest": {"type": "string", "examples": ["ppwp"]},
            "tps": {"type": "string", "description": "13 digits"},
            "field": {"type": "string", "description": "As in the record of v1", "examples": ["paslon_2"]},
            "value": {"type": "integer", "minimum": 0, "maximum": 999, "description": "As seen on the form"},
            "note": {"type": "string", "maxLength": NOTE, "description": "Seen by reviewers only; no personal data"},
            "id": {"type": "string", "format": "uuid", "description": "Of this sending; the same again adds nothing"},
        },
    },
    "ReportKept": {
        "type": "object",
        "required": ["code", "url"],
        "properties": {"code": {"type": "string"}, "url": {"type": "string"}},
    },
}


def _json(name: str, description: str) -> Schema:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }


PATHS: Final[dict[str, Schema]] = {
    "/report": {
        "post": {
            "summary": "Report a figure that differs from the paper",
            "description": "Reports change no figure; reviewers look at them. Neither sender nor address is kept.",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Report"}}},
            },
            "responses": {"201": _json("ReportKept", "Kept"), "default": _PROBLEM},
        }
    },
    "/report/{code}": {
        "get": {
            "summary": "What became of a report",
            "parameters": [_CODE],
            "responses": {"200": _json("ReportStanding", "Where it stands"), "default": _PROBLEM},
        }
    },
}
