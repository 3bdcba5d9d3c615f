"""The document of the front door: whole, valid, and true of a running server under generated requests."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from ingest_scene import served, town
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ingest.openapi import OPERATIONS, is_api
from ingest.routes import ROUTES
from loadtest.phone import Phone
from storage.keys import load_or_make
from storage.opened import open_storage

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
SKIPPED = {("GET", "/metrics")}
"""Its text is Prometheus', with a version in its media type."""


def described() -> set[tuple[str, str]]:
    return {(route.method, route.template) for route in ROUTES if is_api(route.template)}


def test_every_address_is_described_and_none_that_is_not_there():
    assert set(OPERATIONS) == described()


@schemathesis.serializer("application/offset+octet-stream")
def bytes_of(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """A piece of a photo is any bytes."""
    return value if isinstance(value, bytes) else str(value).encode()


class Running:
    """A front door in a thread of its own, since the requests come from outside any loop."""

    def __init__(self, storage_settings) -> None:
        self._settings = storage_settings
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> "Running":
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with await open_storage(self._settings) as storage, served(town(), storage) as scene:
            self.url = f"http://127.0.0.1:{scene.port}"
            seed = load_or_make(Path(storage.settings.data_dir) / "keys", "accounts").seed
            phone = Phone.certified(f"kpps-{scene.tps}-1", seed)
            asked = phone.token_request()
            async with scene.client.post(asked.path, data=asked.body, headers=asked.headers) as answer:
                assert phone.tokened(answer.status, await answer.read())
            self.token = phone.bearer()
            async with scene.client.get("/v1/openapi.json") as answer:
                self.document = await answer.json()
            self._ready.set()
            await self._stop.wait()


@pytest.fixture
def running(storage_settings) -> Iterator[Running]:
    with Running(storage_settings) as server:
        yield server


@pytest.mark.servers
def test_the_document_is_valid_and_the_server_keeps_to_it(running):
    """Whatever is asked, the answer has a described status, type and shape, and is never a mistake of ours."""
    validate(running.document)
    schema = schemathesis.openapi.from_dict(running.document)
    asked: set[str] = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        if (operation.method.upper(), operation.path) in SKIPPED:
            continue

        @given(case=operation.as_strategy())
        @settings(
            max_examples=12, deadline=None, phases=(Phase.generate,), database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def holds(case: schemathesis.Case) -> None:
            answer = case.call(base_url=running.url, headers=running.token, timeout=30)
            case.validate_response(answer, checks=CHECKS)
            if answer.headers.get("content-type", [""])[0].startswith("application/problem+json") and answer.content:
                problem = answer.json()
                assert problem["status"] == answer.status_code
                assert problem["detail"]
                assert problem["petunjuk"]
                asked.add(problem["code"])

        holds()
    assert len(asked) >= 5, f"generated requests meet refusals of many kinds, not only {sorted(asked)}"


def test_the_document_names_every_reason():
    """Programs can list what may go wrong without provoking it."""
    from ingest.errors import LISTED
    from ingest.openapi import document

    text = json.loads(document(OPERATIONS))["info"]["description"]
    assert all(kind.code in text for kind in LISTED)
