"""The engine at work on one contest: what it decides, what people decide, and what that makes of the totals."""

import asyncio
from pathlib import Path

import pytest
from engine_scene import (
    ADM,
    KEY,
    QUICK,
    SUARA,
    Night,
    area,
    block,
    bundle,
    clock,
    decisions,
    engine_of,
    night,
    rows,
    running,
    settled,
    until,
    wanted,
)  # fmt: skip
from recap_scene import changed, corrected, page_read, page_scores, reading, scan, truth

from election import event as ev
from election.bundle import Bundle
from recap.service import serve
from storage.opened import Storage

__all__ = ["bundle"]
pytestmark = pytest.mark.servers


@night
async def test_the_tree_is_there_before_the_first_vote(storage: Storage, bundle: Bundle, folder: Path) -> None:
    engine = engine_of(bundle, storage, folder)
    async with running(engine):
        await settled(storage, engine)
    found = await rows(storage, "area")
    assert {row[1] for row in found} == {bundle.tree.kode(area) for area in range(bundle.tree.n_areas)}
    nation = await area(storage)
    assert (nation["tps"], nation["tps_waiting"], nation["tps_counted"]) == (14, 14, 0)
    assert set(nation["totals"]) == {0}


@night
async def test_a_form_travels_to_the_totals(storage: Storage, bundle: Bundle, folder: Path) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    told = truth(bundle, 2)
    async with running(engine):
        first = await night.photo(2, 2, told)
        await settled(storage, engine)
        assert (await block(storage, night.tps(2), SUARA))["state"] == "received"
        await night.photo(2, 3, told)
        await settled(storage, engine)
        assert (await block(storage, night.tps(2), SUARA))["state"] == "read"
        assert (await area(storage))["tps_waiting"] == 14
        await night.send(reading(night.tps(2), told))
        await settled(storage, engine)
        row = await block(storage, night.tps(2), SUARA)
        assert (row["state"], tuple(row["figures"]), row["reasons"]) == ("counted", told[SUARA], [])
        assert (await block(storage, night.tps(2), ADM))["state"] == "received"
        await night.photo(2, 1, told)
        await settled(storage, engine)
    for kode in (bundle.tree.kode(a) for a in bundle.tree.path(2)):
        found = await area(storage, kode)
        assert (found["tps_counted"], found["adm_counted"], found["tps_held"]) == (1, 1, 0)
        assert found["totals"] == wanted(bundle, {2: told})
    page = await storage.pool.fetchrow("select * from published.page where tps = $1 and page = 2", night.tps(2))
    assert (page["scan"], page["state"], page["fault"], page["quality"]) == (first, "read", None, 900)


@night
async def test_a_difference_is_held_and_two_people_settle_it(storage: Storage, bundle: Bundle, folder: Path) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    told = truth(bundle, 0)
    keyed = changed(night.contest, told, paslon_1=(told[SUARA][0] or 0) + 5)
    async with running(engine):
        await night.record(0, keyed=keyed, paper=told)
        await settled(storage, engine)
        row = await block(storage, night.tps(0), SUARA)
        assert row["state"] == "held"
        assert "E404" in row["reasons"]
        assert (tuple(row["figures"]), tuple(row["read"])) == (keyed[SUARA], told[SUARA])
        nation = await area(storage)
        assert (nation["tps_held"], nation["tps_counted"], nation["adm_counted"]) == (1, 0, 1)
        assert nation["held"][:3] == list(keyed[SUARA][:3])
        assert nation["totals"][:3] == [0, 0, 0]
        held = row["decision"]
        verified = await night.send(corrected(night.tps(0), SUARA, held, told[SUARA]), expect=held)
        await night.photo(0, 2, keyed)  # evidence after people have decided
        await settled(storage, engine)
        row = await block(storage, night.tps(0), SUARA)
        assert (row["state"], row["decision"], tuple(row["figures"])) == ("verified", verified, told[SUARA])
        assert (await area(storage))["totals"] == wanted(bundle, {0: told})
        assert await engine.scrutiny.check() == 0


@night
async def test_what_people_leave_contradicting_itself_is_counted_and_marked(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    told = truth(bundle, 1)
    sah = night.contest.blocks[SUARA].index("suara_sah")
    paper = changed(night.contest, told, suara_sah=(told[SUARA][sah] or 0) + 1)
    async with running(engine):
        await night.record(1, keyed=paper, paper=paper)
        await settled(storage, engine)
        held = await block(storage, night.tps(1), SUARA)
        assert "E301" in held["reasons"]
        await night.send(corrected(night.tps(1), SUARA, held["decision"], paper[SUARA]), expect=held["decision"])
        await settled(storage, engine)
    row = await block(storage, night.tps(1), SUARA)
    assert row["state"] == "verified"
    assert {"E301", "E305"} <= set(row["warnings"])
    nation = await area(storage)
    assert any(nation["residuals"]), "the contradiction is carried up"


@night
async def test_a_stale_decision_after_a_correction_changes_nothing(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    told = truth(bundle, 4)
    await night.record(4)
    await engine.catch_up()
    await night.send(corrected(night.tps(4), SUARA, 0, told[SUARA]), expect=0)
    assert engine.owed.all() == {4}
    await engine.judge_some()  # on what it knows, which is not the correction
    assert engine.owed.all() == set()
    blocks = [(event.block, type(event)) for _, event in await decisions(storage)]
    assert sorted(blocks, key=repr) == [(ADM, ev.BlockCounted), (SUARA, ev.BlockCorrected)]


@night
async def test_scores_that_come_late_are_waited_for_and_lost_ones_go_to_a_person(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    told = truth(bundle, 5)
    for page in (1, 2, 3):
        number = await night.send(scan(night.tps(5), page))
        artefact = await storage.artefacts.put(page_scores(night.contest, told, page)) if page > 1 else "00" * 32
        await night.send(page_read(night.tps(5), number, page, artefact))
    await night.send(reading(night.tps(5), told))
    async with running(engine):
        await settled(storage, engine)
    row = await block(storage, night.tps(5), ADM)
    assert (row["state"], row["reasons"]) == ("held", ["read.uncertain"])
    assert (await block(storage, night.tps(5), SUARA))["state"] == "counted"


@night
async def test_serve_runs_the_contests_that_can_run(storage: Storage, bundle: Bundle, folder: Path) -> None:
    task = asyncio.create_task(serve(bundle, storage, snapshots=folder, clock=clock, pace=QUICK))
    await Night(bundle, storage).record(11)
    await settled(storage)

    async def counted() -> bool:
        return (await block(storage, bundle.tree.tps_kode(11), SUARA)).get("state") == "counted"

    await until(counted)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (folder / f"{KEY}.recap").exists()
