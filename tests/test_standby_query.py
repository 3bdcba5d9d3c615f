"""The query API as anyone asks it: true of the standby, described, of one cut, silent before the gate, never a 500."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import msgspec
import pytest
import schemathesis
from aiohttp import web
from engine_scene import KEY, Night, bundle, engine_of, running, settled
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from standby_scene import beside, lines, read_from, rows, standby_server, until

from election.bundle import Bundle
from election.clock import system_clock
from publisher.front import app
from publisher.query import openapi
from publisher.query.room import PREFIX, Queries
from publisher.query.source import Source
from publisher.standby.copies import Measured
from publisher.standby.keeper import Addresses
from publisher.standby.rebuild import rebuild
from storage.opened import open_storage
from storage.settings import Settings

__all__ = ["bundle", "standby_server"]  # fixtures

pytestmark = pytest.mark.servers

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
RECORDS = 4


class Stay(HTTPRedirectHandler):
    """Shows a redirection instead of following it."""

    def redirect_request(self, *_: object) -> None:
        return None


class Serving:
    """The public front with the room, in a thread of its own, since the questions come from outside any loop."""

    def __init__(self, url: str, bundle: Bundle, public: Path, clock=system_clock) -> None:
        self.queries = Queries(Source(url), lambda: bundle, clock)
        self._public, self._ready, self._stop = public, threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._open = build_opener(Stay).open

    def __enter__(self) -> "Serving":
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        runner = web.AppRunner(app(self._public, [self.queries.room()]))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict, object]:
        asked = Request(f"{self.url}{path}", method=method, headers=headers)
        try:
            with self._open(asked, timeout=30) as answer:
                return answer.status, dict(answer.headers), _body(answer.read())
        except HTTPError as refused:
            return refused.code, dict(refused.headers), _body(refused.read())

    def get(self, path: str) -> object:
        status, _, body = self.ask(f"{PREFIX}{path}")
        assert status == 200, body
        return body

    def code(self, path: str, method: str = "GET") -> tuple[int, str]:
        status, headers, body = self.ask(f"{PREFIX}{path}", method)
        assert headers["Content-Type"] == "application/problem+json"
        assert body["detail"]
        assert body["petunjuk"]
        return status, body["code"]


def _body(data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        return data


@pytest.fixture(scope="module")
def addresses(servers, standby_server, bundle: Bundle, tmp_path_factory) -> Iterator[Addresses]:
    """A standby with some records."""
    folder = tmp_path_factory.mktemp("query")
    servers.execute("create database query template suara")
    of = Settings(data_dir=folder, database_url=servers.database("query"), redis_url=servers.redis_url)

    async def play(at: Addresses) -> None:
        async with await open_storage(of) as storage:
            night, engine = Night(bundle, storage), engine_of(bundle, storage, folder / "s")
            async with running(engine):
                for row in range(RECORDS):
                    await night.record(row)
                await settled(storage, engine)
        async with lines(at) as (primary, copies):
            await rebuild(primary, copies, at.primary, system_clock)
            await copies.tell(Measured(at="2029-02-14T12:00:00.000Z", condition="sound", lag=0.1, behind={KEY: 0}))

    with beside(of.database_url, standby_server) as at:
        asyncio.run(play(at))
        yield at
    servers.execute("drop database query with (force)")


@pytest.fixture(scope="module")
def serving(addresses: Addresses, bundle: Bundle, tmp_path_factory) -> Iterator[Serving]:
    """The room that answers from it."""
    with Serving(addresses.standby, bundle, tmp_path_factory.mktemp("public")) as room:
        asyncio.run(until(lambda: answers(room)))
        yield room


async def answers(room: Serving) -> bool:
    """Whether the room has found the standby."""
    return (await asyncio.to_thread(room.ask, f"{PREFIX}/status"))[0] == 200


def test_answers_are_what_the_standby_has(serving: Serving, addresses: Addresses, bundle: Bundle) -> None:
    held = asyncio.run(rows(asyncio.run(read_from(addresses))))
    status = serving.get("/status")
    number = status["contests"][KEY]["number"]
    assert status["condition"] == "sound"
    assert status["contests"][KEY]["behind"] == 0
    assert number > 0

    answer = serving.get(f"/{KEY}/areas/0?children=1")
    assert (answer["number"], answer["area"]["tps"]["total"]) == (number, bundle.tree.n_tps)
    assert answer["area"]["totals"] == {
        field: sum(child["totals"][field] for child in answer["children"]) for field in bundle.contest(KEY).fields
    }
    assert "children" in answer
    assert serving.get(f"/{KEY}/areas/0")["children"] is None

    tps = bundle.tree.tps_kode(1)
    record = serving.get(f"/{KEY}/tps/{tps}")
    assert {name: block["state"] for name, block in record["blocks"].items()} == dict.fromkeys(
        bundle.contest(KEY).blocks, "counted"
    )
    assert record["blocks"]["suara"]["figures"].keys() == set(bundle.contest(KEY).blocks["suara"])
    assert len(record["pages"]) == sum(f"'{tps}'" in row for row in held["page"])
    silent = serving.get(f"/{KEY}/tps/{bundle.tree.tps_kode(9)}")
    assert (silent["blocks"], silent["pages"], silent["version"]) == ({}, [], 1)

    pages, after = [], ""
    while after is not None:
        page = serving.get(f"/{KEY}/records?limit=3{f'&after={after}' if after else ''}")
        pages += page["records"]
        after = page["next"]
    assert [one["tps"] for one in pages] == sorted(bundle.tree.tps_kode(row) for row in range(RECORDS))
    assert sum(len(one["blocks"]) for one in pages) == len(held["block"])
    assert [one["tps"] for one in serving.get(f"/{KEY}/records?under={tps}")["records"]] == [tps]
    kelurahan = serving.get(f"/{KEY}/records?under={tps[:10]}")["records"]
    assert {one["tps"] for one in kelurahan} == {one["tps"] for one in pages if one["tps"].startswith(tps[:10])}
    assert serving.get(f"/{KEY}/records?since={number}")["records"] == []
    changed = serving.get(f"/{KEY}/records?since=1")["records"]
    assert [one["tps"] for one in changed] == [one["tps"] for one in pages]

    code, headers, _ = serving.ask(f"{PREFIX}/{KEY}/history/0")
    assert (code, headers["Location"]) == (307, f"/v1/{KEY}/history/0.json")


def test_whoever_has_the_answer_is_told_so(serving: Serving) -> None:
    for path in (f"{PREFIX}/{KEY}/areas/0", f"{PREFIX}/{KEY}/records"):
        status, headers, _ = serving.ask(path)
        assert (status, headers["Cache-Control"]) == (200, "public, max-age=1")
        assert serving.ask(path, **{"If-None-Match": f'W/"other", {headers["ETag"]}'})[0] == 304
        assert serving.ask(path, **{"If-None-Match": '"0.0.0"'})[0] == 200
    assert serving.ask(f"{PREFIX}/status", "HEAD")[2] == b""


def test_a_question_says_nothing_to_the_log(serving: Serving, caplog) -> None:
    """A line that came back within its transaction was told as an error of ours, at every question."""
    for _ in range(3):
        assert serving.ask(f"{PREFIX}/{KEY}/areas/0")[0] == 200
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_what_cannot_be_answered_says_why(serving: Serving) -> None:
    for path, expected in {
        "/nothing": (404, "address.unknown"),
        "/xyz/areas/0": (404, "contest.unknown"),
        f"/{KEY}/areas/77": (404, "area.unknown"),
        f"/{KEY}/areas/{'1' * 40}": (400, "query.bad_parameter"),
        f"/{KEY}/areas/0?children=yes": (400, "query.bad_parameter"),
        f"/{KEY}/tps/3201010001999": (404, "tps.unknown"),
        f"/{KEY}/records?limit=0": (400, "query.bad_parameter"),
        f"/{KEY}/records?limit=5001": (400, "query.bad_parameter"),
        f"/{KEY}/records?limti=5": (400, "query.bad_parameter"),
        f"/{KEY}/records?after=%00": (400, "query.bad_parameter"),
        f"/{KEY}/records?under=1&under=2": (400, "query.bad_parameter"),
    }.items():
        assert serving.code(path) == expected, path
    assert serving.code("/status", "POST") == (405, "method.not_allowed")


def test_before_the_gate_nothing_is_told(serving: Serving, addresses: Addresses, bundle: Bundle, tmp_path) -> None:
    """The rows are there; the law's hour is not."""
    replace = msgspec.structs.replace
    late = replace(bundle, manifest=replace(bundle.manifest, settings=replace(bundle.settings, gate=GATE)))
    for hour, shut in ((7, True), (8, False)):
        clock = lambda hour=hour: datetime(2029, 2, 14, hour, tzinfo=UTC)  # noqa: E731
        with Serving(addresses.standby, late, tmp_path, clock) as room:
            asyncio.run(until(lambda room=room: answers(room)))
            told = room.get("/status")["contests"][KEY]
            assert (told["number"] == 0) == shut
            assert (told["behind"] is None) == shut
            for path in (f"/{KEY}/areas/0", f"/{KEY}/tps/{bundle.tree.tps_kode(1)}", f"/{KEY}/records"):
                status, _, body = room.ask(f"{PREFIX}{path}")
                assert (status, body.get("code")) == ((403, "result.not_yet_public") if shut else (200, None))


GATE = "2029-02-14T15:00:00+07:00"


def test_without_a_standby_files_are_served_and_questions_refused(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("everything goes on")
    with Serving(f"postgresql:///suara?host={tmp_path}", bundle, tmp_path) as room:
        assert room.ask("/")[2] == b"everything goes on"

        async def refused() -> bool:
            return await asyncio.to_thread(room.code, f"/{KEY}/areas/0") == (503, "query.standby_away")

        asyncio.run(until(refused))
        assert room.code("/status") == (503, "query.standby_away")
        assert room.ask(f"{PREFIX}/metrics")[0] == 200


def test_the_document_is_valid_and_the_server_keeps_to_it(serving: Serving) -> None:
    """Whatever is asked, the answer has a described status, type and shape, and is never a mistake of ours."""
    assert {f"{PREFIX}{address}" for address in serving.queries.handlers()} == set(openapi.OPERATIONS)
    assert set(openapi.PATHS) == set(openapi.OPERATIONS)
    schema = schemathesis.openapi.from_url(f"{serving.url}{PREFIX}/openapi.json")
    validate(schema.raw_schema)
    seen: set[int | str] = set()
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=10, deadline=None, phases=(Phase.explicit, Phase.generate), database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def holds(case: schemathesis.Case) -> None:
            answer = case.call(base_url=serving.url, timeout=30, allow_redirects=False)
            case.validate_response(answer, checks=CHECKS)
            seen.add(answer.status_code)
            if answer.status_code >= 400:
                seen.add(answer.json()["code"])

        holds()
    assert {200, "contest.unknown"} <= seen
