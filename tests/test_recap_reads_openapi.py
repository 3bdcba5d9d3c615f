"""The document of the read API: whole, valid, and true of a running server under generated questions."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from aiohttp import web
from engine_scene import KEY, counted, engine_of, truth_of
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from election import bundle as bundles
from recap.reads import Reads
from recap.reads_openapi import OPERATIONS
from recap.reads_view import Counted
from storage.draft import Draft
from storage.opened import open_storage

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
KEYS = (KEY, "pdpr")


class Running:
    """The API of two contests in a thread of its own, since the questions come from outside any loop."""

    def __init__(self, storage_settings, folder: Path) -> None:
        self._settings, self._folder = storage_settings, folder
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> "Running":
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        bundle = bundles.make(
            self._folder / "b", seed=5, provinsi=1, kabupaten=2, kecamatan=2, kelurahan=2, tps=4, contests=KEYS
        )
        async with await open_storage(self._settings) as storage:
            engines = {key: engine_of(bundle, storage, self._folder / "s", key) for key in KEYS}
            for key, engine in engines.items():
                for block, figures in truth_of(bundle, key, 0).items():
                    event = counted(bundle.tree.tps_kode(0), block, 0, figures)
                    await storage.journal(key).append(Draft(event=event, expect=0))
                await engine.catch_up()
                engine.hours.flush()
            told = {key: Counted(engine.state, engine.hours) for key, engine in engines.items()}
            self.reads = Reads(bundle, told)
            runner = web.AppRunner(self.reads.application())
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            self._ready.set()
            await self._stop.wait()
            await runner.cleanup()


@pytest.fixture
def server(storage_settings, tmp_path: Path) -> Iterator[Running]:
    with Running(storage_settings, tmp_path) as running:
        yield running


@pytest.mark.servers
def test_the_document_is_valid_and_the_server_keeps_to_it(server: Running):
    """Whatever is asked, the answer has a described status, type and shape, and is never a mistake of ours."""
    assert set(server.reads.routes()) == set(OPERATIONS)
    schema = schemathesis.openapi.from_url(f"{server.url}/v1/openapi.json")
    validate(schema.raw_schema)
    seen: set[int | str] = set()
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=15, deadline=None, phases=(Phase.explicit, Phase.generate), database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def holds(case: schemathesis.Case) -> None:
            answer = case.call(base_url=server.url, timeout=30)
            case.validate_response(answer, checks=CHECKS)
            seen.add(answer.status_code)
            if answer.status_code >= 400:
                problem = answer.json()
                assert problem["status"] == answer.status_code
                assert problem["detail"]
                assert problem["petunjuk"]
                seen.add(problem["code"])

        holds()
    assert {200, "contest.unknown"} <= seen


@pytest.mark.servers
def test_every_area_of_every_contest_answers_as_described(server: Running):
    """Generated questions seldom name an area that there is: every one is asked for, now and by the hour."""
    schema = schemathesis.openapi.from_url(f"{server.url}/v1/openapi.json")
    operations = {operation.ok().path: operation.ok() for operation in schema.get_all_operations()}
    asked = 0
    for path in ("/v1/contests/{contest}/areas/{kode}", "/v1/contests/{contest}/areas/{kode}/children"):
        for key in KEYS:
            for kode in ("0", "41", "4101"):
                for query in ({}, {"at": "2029-02-14T12"}):
                    case = operations[path].Case(path_parameters={"contest": key, "kode": kode}, query=query)
                    answer = case.call(base_url=server.url, timeout=30)
                    case.validate_response(answer, checks=CHECKS)
                    assert answer.status_code == 200
                    asked += 1
    assert asked == 24
