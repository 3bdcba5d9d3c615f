"""What the engine publishes is what the journal says, whatever else has been at the tables, and it finds out itself."""

from pathlib import Path

import pytest
from engine_scene import (
    ADM,
    KEY,
    SUARA,
    Night,
    area,
    block,
    bundle,
    engine_of,
    everything,
    night,
    rows,
    running,
    settled,
    until,
)  # fmt: skip
from recap_scene import changed, reading, truth

from election.bundle import Bundle
from recap import snapshot
from recap.layouts import Layouts
from recap.records import Records
from storage.opened import Storage

__all__ = ["bundle"]
pytestmark = pytest.mark.servers


@night
async def test_published_rows_that_differ_are_written_anew(storage: Storage, bundle: Bundle, folder: Path) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    async with running(engine):
        await night.record(6)
        await settled(storage, engine)
    first = await everything(storage)
    await storage.pool.execute("update published.area set tps_counted = 9 where kode = '0'")
    await storage.pool.execute("update published.block set decision = 1 where block = 'suara'")
    await storage.pool.execute("delete from published.area where tingkat = 4")
    again = engine_of(bundle, storage, folder)
    async with running(again):

        async def mended() -> bool:
            return await everything(storage) == first

        await until(mended)
    count = await storage.pool.fetchval("select count from published.repair")
    assert count >= 1, "whoever has passed the rows' numbers learns that they must read anew"
    third = engine_of(bundle, storage, folder)
    async with running(third):
        await night.record(7)
        await settled(storage, third)
    assert await storage.pool.fetchval("select count from published.repair") == count


@night
async def test_evidence_in_the_snapshot_that_was_never_published_is_published(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    told = truth(bundle, 3)
    async with running(engine):
        await night.photo(3, 2, told)
        await settled(storage, engine)
    await night.photo(3, 3, told)
    ahead = engine_of(bundle, storage, folder)
    await ahead.catch_up()
    snapshot.save(ahead.path, ahead._snapshot())  # and here it is killed
    assert (await block(storage, night.tps(3), SUARA))["state"] == "received"
    again = engine_of(bundle, storage, folder)
    async with running(again):
        await settled(storage, again)
    assert (await block(storage, night.tps(3), SUARA))["state"] == "read"
    assert len(await rows(storage, "page")) == 2


@night
async def test_a_record_read_from_the_journal_is_as_old_as_the_state(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    await night.photo(3, 2, truth(bundle, 3))
    await engine.catch_up()
    await night.photo(3, 3, truth(bundle, 3))
    fresh = Records(storage.pool, storage.journal(KEY), engine.state, Layouts(engine.state.printed))
    held, read = (await engine.records.at([3]))[0], (await fresh.at([3]))[0]
    assert read == held
    assert read.number == 2


@night
async def test_a_mark_that_another_block_brings_changes_the_rows_number(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    told = truth(bundle, 12)
    totals = dict(zip(night.contest.blocks[SUARA], told[SUARA], strict=True))
    more = {name: (totals[name] or 0) + 1 for name in ("paslon_1", "suara_sah", "suara_total")}
    keyed = changed(night.contest, told, **more)
    async with running(engine):
        await night.photo(12, 2, keyed)
        await night.photo(12, 3, keyed)
        await night.send(reading(night.tps(12), keyed))
        await settled(storage, engine)
        first = await block(storage, night.tps(12), SUARA)
        assert (first["state"], first["warnings"]) == ("counted", [])
        await night.photo(12, 1, keyed)
        await settled(storage, engine)
    second, other = [await block(storage, night.tps(12), name) for name in (SUARA, ADM)]
    assert "E306" in second["warnings"]
    assert "E306" in other["warnings"]
    assert second["decision"] == first["decision"]
    assert second["number"] == other["decision"], "whoever reads what changed after the first cut sees the mark"


@night
async def test_a_reading_that_changes_nothing_still_raises_the_rows_number(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    """It is a line of the record's history, and whoever shows histories must hear of it."""
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    async with running(engine):
        await night.record(12)
        await settled(storage, engine)
        first = await block(storage, night.tps(12), SUARA)
        again = await night.send(reading(night.tps(12), truth(bundle, 12)))
        await settled(storage, engine)
    second = await block(storage, night.tps(12), SUARA)
    assert second["number"] == again
    assert {**second, "number": first["number"]} == first


@night
async def test_the_shadow_notices_totals_that_drifted(storage: Storage, bundle: Bundle, folder: Path) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    async with running(engine):
        await night.record(8)
        await settled(storage, engine)
        right = await area(storage)
        engine.state.areas[0, 0] += 7
        assert await engine.scrutiny.check() == 1
        assert engine.state.areas[0, 0] == right["totals"][0]
        assert await engine.scrutiny.check() == 0
