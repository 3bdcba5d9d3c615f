"""The read API against a running engine: every number is that of the records, and every refusal says why."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from engine_scene import (
    KEY,
    SUARA,
    Night,
    bundle,
    counted,
    engine_of,
    night,
    running,
    settled,
    truth_of,
    until,
    wanted,
)  # fmt: skip
from recap_scene import changed

from election.bundle import Bundle
from recap.engine import ContestEngine
from recap.reads import Reads
from recap.reads_view import Counted
from storage.opened import Storage

__all__ = ["bundle"]
pytestmark = pytest.mark.servers


class Asker:
    """Asks the read API of some engines."""

    def __init__(self, bundle: Bundle, *engines: ContestEngine, counted: dict[str, Counted] | None = None) -> None:
        self._app = Reads(bundle, counted or {e.key: Counted(e.state, e.hours) for e in engines}).application()

    async def __aenter__(self) -> "Asker":
        from aiohttp.test_utils import TestClient, TestServer

        self._client: Any = TestClient(TestServer(self._app))
        await self._client.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def ask(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[int, Any, aiohttp.typedefs.LooseHeaders]:
        async with self._client.request(method, path, headers=headers) as answer:
            told = await answer.json(content_type=None) if answer.status != 304 and method != "HEAD" else None
            return answer.status, told, answer.headers


@night
async def test_areas_children_and_what_is_held(storage: Storage, bundle: Bundle, folder: Path) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    told = {row: truth_of(bundle, KEY, row) for row in range(14)}
    keyed = changed(night.contest, told[1], paslon_1=(told[1][SUARA][0] or 0) + 5)
    async with running(engine):
        for row in (0, 5, 9):
            await night.record(row)
        await night.record(1, keyed=keyed, paper=told[1])
        await settled(storage, engine)
    size = await storage.journal(KEY).size()
    fields = bundle.contest(KEY).fields
    async with Asker(bundle, engine) as asker:
        status, answer, headers = await asker.ask("/v1/contests/ppwp/areas/0")
        assert (status, answer["cut"]["number"], headers["ETag"]) == (200, size, f'"{size}"')
        nation = answer["area"]
        whole = wanted(bundle, {row: told[row] for row in (0, 5, 9)})
        votes = len(bundle.contest(KEY).blocks[SUARA])
        assert [nation["totals"][field] for field in fields][:votes] == whole[:votes]
        assert nation["held"]["paslon_1"] == keyed[SUARA][0]
        assert nation["blocks"]["suara"] == {"counting": 3, "held": 1, "verified": 0, "final": 0, "withdrawn": 0}
        assert nation["blocks"]["administrasi"]["counting"] == 4
        assert (nation["tps"], nation["fields"], nation["residuals"]) == (14, "own", [])
        _, below, _ = await asker.ask("/v1/contests/ppwp/areas/0/children")
        assert below["area"] == nation
        asked, kode = below, "0"
        while asked["children"]:
            for field in fields:
                assert sum(child["totals"][field] for child in asked["children"]) == asked["area"]["totals"][field]
            assert sum(child["tps"] for child in asked["children"]) == asked["area"]["tps"]
            kode = asked["children"][0]["kode"]
            _, asked, _ = await asker.ask(f"/v1/contests/ppwp/areas/{kode}/children")
        assert len(kode) == 10, "down to a kelurahan"
        _, contests, _ = await asker.ask("/v1/contests")
        assert [(row["key"], row["number"]) for row in contests["contests"]] == [(KEY, size)]


@night
async def test_who_has_an_answer_is_told_so_until_something_happens(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    path = "/v1/contests/ppwp/areas/0"
    async with running(engine), Asker(bundle, engine) as asker:
        await night.counted(0)
        await settled(storage, engine)
        _, before, headers = await asker.ask(path)
        tag = headers["ETag"]
        assert (await asker.ask(path, **{"If-None-Match": tag}))[0] == 304
        await night.counted(1)

        async def anew() -> bool:
            return (await asker.ask(path, **{"If-None-Match": tag}))[0] == 200

        await until(anew)
        _, after, _ = await asker.ask(path)
        assert after["cut"]["number"] > before["cut"]["number"]


@night
async def test_hours_that_are_past(storage: Storage, bundle: Bundle, folder: Path) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    async with running(engine), Asker(bundle, engine) as asker:
        for row, hour in enumerate((13, 14, 16)):
            for block, figures in truth_of(bundle, KEY, row).items():
                await night.send(counted(night.tps(row), block, 0, figures, f"2029-02-14T{hour}:30:00.000Z"))
        await settled(storage, engine)
        engine.hours.flush()
        told = {row: truth_of(bundle, KEY, row) for row in range(3)}
        for hour, rows in ((12, []), (13, []), (14, [0]), (15, [0, 1]), (16, [0, 1])):
            status, answer, _ = await asker.ask(f"/v1/contests/ppwp/areas/0?at=2029-02-14T{hour}")
            assert (status, answer["cut"]["number"]) == (200, 2 * len(rows)), hour
            fields = bundle.contest(KEY).fields
            assert [answer["area"]["totals"][field] for field in fields] == wanted(
                bundle, {row: told[row] for row in rows}
            ) or not rows
        status, problem, _ = await asker.ask("/v1/contests/ppwp/areas/0?at=2029-02-14T17")
        assert (status, problem["code"]) == (404, "cut.not_yet")
        path = folder / "hours" / KEY / "2029-02-14T16.cut"
        path.write_bytes(path.read_bytes()[:-1])
        async with Asker(bundle, engine) as fresh:
            status, problem, _ = await fresh.ask("/v1/contests/ppwp/areas/0?at=2029-02-14T15")
            assert (status, problem["code"]) == (500, "recap.cut_damaged")


@night
async def test_refusals(storage: Storage, bundle: Bundle, folder: Path) -> None:
    engine = engine_of(bundle, storage, folder)
    async with Asker(bundle, engine) as asker:
        for method, path, status, code in (
            ("GET", "/v1/contests/pdpr/areas/0", 404, "contest.unknown"),
            ("GET", "/v1/contests/ppwp/areas/3201", 404, "area.unknown"),
            ("GET", "/v1/contests/ppwp/areas/%00", 404, "area.unknown"),
            ("GET", "/v1/contests/ppwp/dapil/3201", 404, "dapil.unknown"),
            ("GET", "/v1/contests/ppwp/areas/0?at=noon", 400, "cut.bad_hour"),
            ("GET", "/v2", 404, "address.unknown"),
            ("POST", "/v1/contests", 405, "method.not_allowed"),
        ):
            found, problem, headers = await asker.ask(path, method)
            assert (found, problem["code"], problem["status"]) == (status, code, status), path
            assert headers["Content-Type"].startswith("application/problem+json")
            assert problem["detail"]
            assert problem["petunjuk"]


@night
async def test_what_is_folded_is_read_while_records_wait(storage: Storage, bundle: Bundle, folder: Path) -> None:
    """Readers see sums before their rows are published: nothing is asked of the database."""
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    await night.counted(0)
    await engine.catch_up()
    async with Asker(bundle, engine) as asker:
        _, answer, _ = await asker.ask("/v1/contests/ppwp/areas/0")
    assert answer["area"]["blocks"]["suara"]["counting"] == 1
    assert await storage.pool.fetchval("select count(*) from published.area") == 0


@night
async def test_nothing_is_told_before_the_engine_has_caught_up(storage: Storage, bundle: Bundle, folder: Path) -> None:
    """A sum that a reader has seen never goes back because an engine begins again."""
    engine = engine_of(bundle, storage, folder)
    await Night(bundle, storage).counted(0)
    counted_yet = {engine.key: Counted(engine.state, engine.hours, lambda: engine.ready)}
    async with Asker(bundle, engine, counted=counted_yet) as asker:
        status, problem, headers = await asker.ask("/v1/contests/ppwp/areas/0")
        assert (status, problem["code"], headers["Retry-After"]) == (503, "recap.catching_up", "2")
        async with running(engine):
            await settled(storage, engine)
            status, answer, _ = await asker.ask("/v1/contests/ppwp/areas/0")
    assert (status, answer["cut"]["number"]) == (200, 2)
