"""Published rows that something else has written are found by who wrote them, told, and written anew."""

from pathlib import Path

import pytest
from engine_scene import KEY, Night, bundle, engine_of, everything, night, running, settled, until
from recap_scene import scan

from election import event as ev
from election.bundle import Bundle
from storage import findings
from storage.opened import Storage

__all__ = ["bundle"]
pytestmark = pytest.mark.servers

CHANGES = {
    "figures of a block": "update published.block set figures[1] = 7 where block = 'suara' and tps = $1",
    "a block that says the same": "update published.block set figures = figures where block = 'suara' and tps = $1",
    "a page's picture": "update published.page set rendition = repeat('0', 64) where tps = $1",
    "a total": "update published.area set totals[1] = 0 where kode = left($1, 2)",
    "a block of no such name": (
        "insert into published.block (contest, tps, block, state, number) values ('ppwp', $1, 'other', 'counted', 3)"
    ),
    "a TPS of no such code": (
        "insert into published.block (contest, tps, block, state, number)"
        " values ('ppwp', $1 || '9', 'suara', 'counted', 3)"
    ),
    "an area of no such code": (
        "insert into published.area (contest, kode, tingkat, number) values ('ppwp', 'x' || $1, 2, 3)"
    ),
    "a version that never was": (
        "insert into published.version (contest, tps, version, block, state, number)"
        " values ('ppwp', $1, 1, 'suara', 'superseded', 3)"
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_something_else_wrote_is_told_and_written_anew(what, storage_settings, bundle, tmp_path):
    async def test(storage: Storage, bundle: Bundle, folder: Path) -> None:
        tonight, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
        async with running(engine):
            await tonight.record(6)
            await settled(storage, engine)
            assert await engine.scrutiny.look() == {}
            first = await everything(storage)
            assert (await storage.pool.execute(CHANGES[what], tonight.tps(6))).split()[-1] in "123"
            assert len(await engine.scrutiny.look()) == 1
            (told,) = await findings.open_findings(storage.pool, KEY)
            assert (told.what, told.count) == ("result.not_by_a_cut", 1)

            async def mended() -> bool:
                return await everything(storage) == first and not await engine.scrutiny.look()

            await until(mended)
            assert await findings.open_findings(storage.pool, KEY), "it stands until a person has seen it"
            await tonight.record(7)
            await settled(storage, engine)
            assert await engine.scrutiny.look() == {}

    night(test)(storage_settings, bundle, tmp_path)


@night
async def test_rows_that_were_taken_away_come_back(storage: Storage, bundle: Bundle, folder: Path) -> None:
    tonight, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    async with running(engine):
        await tonight.record(6)
        await settled(storage, engine)
        first = await everything(storage)
        tps = tonight.tps(6)
        await storage.pool.execute("delete from published.block where tps = $1", tps)
        await storage.pool.execute("delete from published.area where kode = left($1, 2)", tps)
        await engine.scrutiny.compare()
        (told,) = await findings.open_findings(storage.pool, KEY)
        assert (told.what, told.count, told.first) == ("result.taken_away", 2, f"area {tps[:2]}")

        async def mended() -> bool:
            return await everything(storage) == first

        await until(mended)
        await engine.scrutiny.compare()
        (told,) = await findings.open_findings(storage.pool, KEY)
        assert told.count == 2, "it stands until a person has seen it, and nothing else was gone"


@night
async def test_rows_that_no_cut_has_written_yet_are_not_gone(storage: Storage, bundle: Bundle, folder: Path) -> None:
    tonight, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    async with running(engine):
        for row in range(3, 9):
            await tonight.record(row)
            await engine.scrutiny.compare()
        await settled(storage, engine)
    await storage.pool.execute("truncate published.area, published.block, published.cut")
    again = engine_of(bundle, storage, folder)
    async with running(again):
        await again.scrutiny.compare()
        await settled(storage, again)
        await again.scrutiny.compare()
    assert await findings.open_findings(storage.pool, KEY) == []


@night
async def test_a_record_that_begins_after_a_ruling_above_it_is_written_whole(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    tonight, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    tps = tonight.tps(6)
    async with running(engine):
        await tonight.record(3)
        await tonight.send(
            ev.DisputeOpened(
                tps=tps[:10], at="2029-02-14T12:00:00.000Z", forum="mk", cause="other", reference="1",
                documents=(), role="kpu", account="a",
            )
        )  # fmt: skip
        await settled(storage, engine)
        await tonight.send(scan(tps, tonight.pages(6)[0]))
        await settled(storage, engine)
        blocks = await storage.pool.fetch("select block from published.block where tps = $1", tps)
        assert sorted(row["block"] for row in blocks) == sorted(tonight.ballot(6).blocks)
        await engine.scrutiny.compare()
    assert await findings.open_findings(storage.pool, KEY) == []


@night
async def test_two_engines_and_a_restart_are_no_strangers(storage: Storage, bundle: Bundle, folder: Path) -> None:
    tonight = Night(bundle, storage)
    engines = [engine_of(bundle, storage, folder / name) for name in "ab"]
    async with running(*engines):
        for row in (3, 4, 5):
            await tonight.record(row)
            for engine in engines:
                assert await engine.scrutiny.look() == {}
        await settled(storage, *engines)
    again = engine_of(bundle, storage, folder / "a")
    async with running(again):
        await tonight.record(8)
        await settled(storage, again)
        assert await again.scrutiny.look() == {}
    assert await findings.open_findings(storage.pool, KEY) == []
