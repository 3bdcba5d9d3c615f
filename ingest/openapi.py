"""The front door as OpenAPI 3.1: what every route takes and answers, from the same types that the handlers use.

Which routes there are is `routes`'; a test holds the two together, and asks a running server whether it is true.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from election.refusal import CONTENT_TYPE, Problem
from ingest.errors import LISTED
from ingest.readings import LARGEST, Reading
from ingest.receipts import Receipt
from ingest.sheet import Greeting, TpsSheet
from ingest.status import Status
from ingest.tokens import Minted, Wanted

Schema = dict[str, Any]
Proof = Literal["token", "signed", "none"]
"""How a sender shows who it is: a token; a token and the device's signature; not at all."""

UUID: Schema = {"type": "string", "format": "uuid"}
TPS: Schema = {"type": "string", "pattern": "^[0-9A-Z]{13}$"}
Extra = tuple[str, str, bool, Schema, str]
"""Of a parameter: name, where it stands, whether it must be there, its schema, what it means."""

JOURNAL: Extra = ("journal", "query", True, {"type": "string"}, "key of the contest, such as ppwp")
PHOTO = "application/offset+octet-stream"
OBJECT: Schema = {"type": "object"}
PARTS: Mapping[str, Schema] = {"uuid": UUID, "id": UUID, "kode": TPS}


class Given(Struct, frozen=True):
    """A body: its media type, and a type of ours or a schema (None for bytes)."""

    media: str
    shape: type | Schema | None = None


class Operation(Struct, frozen=True):
    """What one route takes and answers."""

    title: str
    proof: Proof
    answers: Mapping[int, Given | None]
    body: Given | None = None
    extra: tuple[Extra, ...] = ()
    optional: bool = False  # the body may be left out


def _header(name: str, meaning: str, shape: Schema | None = None, *, required: bool = False) -> Extra:
    return (name, "header", required, shape or {"type": "string"}, meaning)


LENGTH = {"type": "integer", "minimum": 0}
RESUMABLE = _header("Tus-Resumable", "the protocol's version", {"const": "1.0.0"}, required=True)
OFFSET = _header("Upload-Offset", "bytes that the server has", LENGTH, required=True)
CHECKSUM = _header("Upload-Checksum", "sha1 or sha256 of this request's bytes, base64")
SIGNATURE = (
    _header("Signature-Input", "RFC 9421, label officer (and relay)"),
    _header("Signature", "RFC 9421, ecdsa-p256-sha256"),
)
RECEIPT = Given("application/json", Receipt)

OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("PUT", "/v1/readings/{uuid}"): Operation(
        "Figures as an officer keyed them in; the same again is the same",
        "signed",
        {201: RECEIPT, 200: RECEIPT},
        Given("application/json", Reading),
        (_header("Content-Digest", "sha-256 of the body (RFC 9530)", required=True), *SIGNATURE),
    ),
    ("POST", "/v1/uploads"): Operation(
        "A photo, whole or to be sent in pieces (tus 1.0.0: creation, creation-with-upload)",
        "signed",
        {201: RECEIPT},
        Given(PHOTO),
        (
            RESUMABLE,
            _header("Upload-Length", "bytes of the whole photo", LENGTH, required=True),
            _header(
                "Upload-Metadata", "id, contest, tps, page, sha256, version, filetype; values in base64", required=True
            ),
            CHECKSUM,
            *SIGNATURE,
        ),
        optional=True,
    ),
    ("PATCH", "/v1/uploads/{id}"): Operation(
        "The next piece of a photo", "token", {204: None}, Given(PHOTO), (RESUMABLE, OFFSET, CHECKSUM)
    ),
    ("HEAD", "/v1/uploads/{id}"): Operation(
        "How much of a photo has arrived", "token", {200: None}, extra=(RESUMABLE,)
    ),
    ("DELETE", "/v1/uploads/{id}"): Operation(
        "Give up a photo that is not whole yet", "token", {204: None}, extra=(RESUMABLE,)
    ),
    ("OPTIONS", "/v1/uploads"): Operation("What of tus is spoken here", "none", {204: None}),
    ("OPTIONS", "/v1/uploads/{id}"): Operation("The same", "none", {204: None}),
    ("GET", "/v1/receipts/{uuid}"): Operation(
        "The receipt that a lost reply carried", "token", {200: RECEIPT}, extra=(JOURNAL,)
    ),
    ("GET", "/v1/receipts/{uuid}/proof"): Operation(
        "Second stage: proof that the entry stands in the witnessed log (c2sp.org/tlog-proof@v1)",
        "none",
        {200: Given("text/plain", {"type": "string"})},
        extra=(JOURNAL,),
    ),
    ("POST", "/v1/tokens"): Operation(
        "A quarter of an hour's token for a certificate",
        "signed",
        {201: Given("application/json", Minted)},
        Given("application/json", Wanted),
        (_header("Content-Digest", "sha-256 of the body (RFC 9530)", required=True), *SIGNATURE),
    ),
    ("GET", "/v1/tps/{kode}/status"): Operation(
        "What became of everything that a TPS sent", "token", {200: Given("application/json", Status)}
    ),
    ("GET", "/v1/tps/{kode}/sheet"): Operation(
        "Forms, fields and sums of a TPS: all that a phone needs to work offline",
        "none",
        {200: Given("application/json", TpsSheet)},
    ),
    ("GET", "/v1/settings"): Operation(
        "What a phone asks first, and the time here", "none", {200: Given("application/json", Greeting)}
    ),
    ("GET", "/v1/problems"): Operation(
        "Every reason code", "none", {200: Given("application/json", {"type": "array", "items": OBJECT})}
    ),
    ("GET", "/v1/openapi.json"): Operation("This document", "none", {200: Given("application/json", OBJECT)}),
    ("GET", "/healthz"): Operation("Whether this process answers", "none", {200: Given("application/json", OBJECT)}),
    ("GET", "/metrics"): Operation("Counters, for Prometheus", "none", {200: Given("text/plain", {"type": "string"})}),
}


def is_api(template: str) -> bool:
    """Whether programs are meant by the address; the others are the app's own files."""
    return template.startswith("/v1/") or template in ("/healthz", "/metrics")


def document(routes: Iterable[tuple[str, str]]) -> bytes:
    """The OpenAPI document of these (method, template) pairs. Raises KeyError for a route that nobody described."""
    bodies = [given for op in OPERATIONS.values() for given in (op.body, *op.answers.values()) if given]
    types = [Problem, *dict.fromkeys(given.shape for given in bodies if isinstance(given.shape, type))]
    _, schemas = msgspec.json.schema_components(types, schema_hook=_figure, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for method, template in routes:
        if is_api(template):
            paths.setdefault(template, {})[method.lower()] = _operation(OPERATIONS[method, template], template, method)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Suara, the front door",
                "version": "1",
                "description": "Photos and readings in, receipts out. Refusals are problem+json; their codes are: "
                + ", ".join(sorted({kind.code for kind in LISTED})),
            },
            "paths": paths,
            "components": {
                "schemas": schemas,
                "responses": {"Problem": {"description": "Refused, with a reason", "content": _content(PROBLEM)}},
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            },
        }
    )


PROBLEM = Given(CONTENT_TYPE, Problem)


def _figure(kind: type) -> Schema:
    """What stands for a figure, which handlers look at themselves to say what is wrong with it."""
    if kind is object:
        return {"type": ["integer", "null"], "minimum": 0, "maximum": LARGEST}
    raise NotImplementedError


def _operation(op: Operation, template: str, method: str) -> Schema:
    parts = re.findall(r"\{(\w+)\}", template)
    parameters = [{"name": name, "in": "path", "required": True, "schema": PARTS[name]} for name in parts]
    parameters += [
        {"name": name, "in": place, "required": required, "schema": shape, "description": meaning}
        for name, place, required, shape, meaning in op.extra
    ]
    answers: dict[str, Schema] = {
        str(status): {"description": "Done", **({"content": _content(given)} if given else {})}
        for status, given in op.answers.items()
    }
    told: Schema = {
        "operationId": re.sub(r"\W+", "_", f"{method.lower()}{template}").strip("_"),
        "summary": op.title,
        "parameters": parameters,
        "responses": answers | {"default": {"$ref": "#/components/responses/Problem"}},
        "security": [] if op.proof == "none" or template == "/v1/tokens" else [{"token": []}],
    }
    if op.body is not None:
        told["requestBody"] = {"required": not op.optional, "content": _content(op.body)}
    return told


def _content(given: Given) -> Schema:
    if given.shape is None:
        return {given.media: {}}
    if isinstance(given.shape, type):
        return {given.media: {"schema": {"$ref": f"#/components/schemas/{given.shape.__name__}"}}}
    return {given.media: {"schema": given.shape}}
