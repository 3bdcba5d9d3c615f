"""The public side's OpenAPI document: valid, whole, and true of every document that an invented election publishes."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from datasets_scene import OpenData, opened
from openapi_spec_validator import validate

from publisher.openapi.document import FILES, document
from publisher.query.openapi import PATHS as QUESTIONS
from publisher.reports.openapi import PATHS as REPORTS

__all__ = ["opened"]  # a fixture
KEYS = ("pdpr", "pdpd", "pkwkk")


def test_it_is_valid_and_has_every_address() -> None:
    whole = document(KEYS)
    validate(json.loads(json.dumps(whole)))
    assert whole["openapi"].startswith("3.1")
    assert set(whole["paths"]) == {file.path for file in FILES} | set(QUESTIONS) | set(REPORTS)
    ids = [
        operation["operationId"]
        for path in whole["paths"].values()
        for operation in path.values()
        if "operationId" in operation
    ]
    assert len(set(ids)) == len(ids)


def strict(schema: Any) -> Any:
    """The schema with no room for keys that it does not name."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: strict(value) for key, value in schema.items()}
    return found | ({"additionalProperties": False} if "properties" in schema else {})


def judge(name: str) -> jsonschema.Draft202012Validator:
    components = strict(json.loads(json.dumps(document(KEYS)))["components"])
    return jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components})


def kind(path: str) -> str | None:
    """The schema that a file of the tree is held to."""
    found = (
        (r"v1/\w+/dapil/\w+\.json", "V1Dapil"), (r"v1/\w+/cursor\.json", "V1Cursor"),
        (r"v1/\w+/earlier/\w+\.json", "V1Earlier"), (r"v1/\w+/versions/\w+/\d+\.json", "V1Version"),
        (r"v1/\w+/history/\w+\.json", "V1History"), (r"v1/\w+/\w{10}\.json", "V1Kelurahan"),
        (r"v1/\w+/(0|\w{2}|\w{4}|\w{6})\.json", "V1Area"), (r"wilayah/pemilu/ppwp/.+\.json", "SirekapChildren"),
        (r"pemilu/hhcw/\w+(/(0|\w{2}(/\w{4}(/\w{6}(/\w{10})?)?)?))?\.json", "SirekapArea"),
        (r"pemilu/hhcw/\w+/(.+/\w{13}|zero)\.json", "SirekapTps"), (r"pemilu/ppwp\.json", "SirekapChoices"),
        (r"pilkada/hhcw/\w+(/(0|\w{2}(/\w{4}(/\w{6}(/\w{10})?)?)?))?\.json", "SirekapPilkadaArea"),
        (r"pilkada/hhcw/\w+/(.+/\w{13}|zero)\.json", "SirekapPilkadaTps"),
    )  # fmt: skip
    return next((name for pattern, name in found if re.fullmatch(pattern, path)), None)


@pytest.mark.servers
def test_every_document_that_is_published_is_what_the_schema_says(opened: OpenData) -> None:
    for key in KEYS:
        opened.show(key)
    judges: dict[str, jsonschema.Draft202012Validator] = {}
    seen: dict[str, int] = {}
    wrong: list[str] = []
    for file in sorted(opened.public.rglob("*.json")):
        path = file.relative_to(opened.public).as_posix()
        name = kind(path)
        if name is None or path.startswith("."):
            continue
        errors = list(judges.setdefault(name, judge(name)).iter_errors(json.loads(Path(file).read_bytes())))
        wrong += [f"{path} {list(one.absolute_path)}: {one.message[:200]}" for one in errors[:3]]
        seen[name] = seen.get(name, 0) + 1
    assert not wrong, wrong[:10]
    assert {"V1Area", "V1Kelurahan", "V1Dapil", "V1Cursor", "V1History"} <= set(seen)
    assert {"SirekapArea", "SirekapTps", "SirekapChildren", "SirekapPilkadaArea", "SirekapPilkadaTps"} <= set(seen)
