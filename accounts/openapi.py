"""`GET /v1/openapi.json`: what programs may ask of the accounts service, as OpenAPI 3.1. Its desk is for people."""

from typing import Any

import msgspec

from accounts import errors
from accounts.enrolment import PATH, Enrolled, Wanted
from election.refusal import CONTENT_TYPE, Problem
from identity import errors as identity
from identity.errors import Denied

REFUSALS: tuple[type[Denied] | type[errors.BodyMalformed] | type[errors.StorageAway], ...] = (
    errors.BodyMalformed,
    *identity.OF_ACCOUNTS,
    identity.SignatureMissing,
    identity.SignatureDiffers,
    identity.SignatureDigest,
    identity.SignatureClock,
    identity.SignatureReplayed,
    errors.StorageAway,
)
"""What an enrolment can be refused with."""


def document() -> dict[str, Any]:
    """The whole document."""
    (wanted, enrolled, _), parts = msgspec.json.schema_components(
        (Wanted, Enrolled, Problem), ref_template="#/components/schemas/{name}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Suara: accounts", "version": "1", "description": "Enrolling devices; see docs/identity.md."},
        "paths": {PATH: {"post": _enrolment(wanted, enrolled)}},
        "components": {"schemas": parts},
    }


def _enrolment(wanted: dict[str, Any], enrolled: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": "enrol",
        "summary": "An account, its one-time code and a public key become a certificate",
        "parameters": [_header("Content-Digest"), _header("Signature-Input"), _header("Signature")],
        "requestBody": {"required": True, "content": {"application/json": {"schema": wanted}}},
        "responses": {
            "201": {"description": "Enrolled", "content": {"application/json": {"schema": enrolled}}},
            **{str(status): _refused(codes) for status, codes in _by_status().items()},
        },
    }


def _header(name: str) -> dict[str, Any]:
    about = "Of the device's signature `suara-request` (RFC 9421)"
    return {"name": name, "in": "header", "required": True, "description": about, "schema": {"type": "string"}}


def _by_status() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for refusal in REFUSALS:
        found.setdefault(refusal.status, []).append(refusal.code)
    return found


def _refused(codes: list[str]) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": ", ".join(codes), "content": {CONTENT_TYPE: {"schema": schema}}}
