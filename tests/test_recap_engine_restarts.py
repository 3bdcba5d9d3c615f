"""Engines that are killed, run twice at once, or lose their database or store: it ends in the same rows and bytes."""

import asyncio
import sys
from pathlib import Path

import pytest
from engine_scene import (
    ADM,
    SUARA,
    Night,
    area,
    at_work,
    bundle,
    decisions,
    engine_of,
    everything,
    night,
    running,
    settled,
    until,
    wanted,
)  # fmt: skip
from obstore.exceptions import GenericError
from recap_scene import changed, reading, truth

from election import bundle as bundles
from election.bundle import Bundle
from storage.opened import Storage
from storage.scans import Store

__all__ = ["bundle"]
pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[1]


@night
async def test_two_engines_at_once_decide_once(storage: Storage, bundle: Bundle, folder: Path) -> None:
    night = Night(bundle, storage)
    engines = [engine_of(bundle, storage, folder / name) for name in "ab"]
    async with running(*engines):
        await asyncio.gather(*(night.record(row) for row in range(14)))
        await settled(storage, *engines)
    made = await decisions(storage)
    assert sorted((event.tps, event.block) for _, event in made) == sorted(
        (night.tps(row), name) for row in range(14) for name in (SUARA, ADM)
    )
    assert (await area(storage))["totals"] == wanted(bundle, {row: truth(bundle, row) for row in range(14)})
    assert engines[0].state.areas.tobytes() == engines[1].state.areas.tobytes()


@night
async def test_an_older_engine_never_overwrites_a_newer_cut(storage: Storage, bundle: Bundle, folder: Path) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder / "a")
    async with running(engine):
        await night.record(0)
        await settled(storage, engine)
    late = engine_of(bundle, storage, folder / "b")
    before = await everything(storage)
    elsewhere = bundle.tree.kode(bundle.tree.path(13)[4])
    await storage.pool.execute("update published.area set tps = 99 where kode = $1", elsewhere)
    damaged = await everything(storage)
    await late.cutter.begin()  # knows nothing of the journal yet, and would publish zeros
    await late.cut()
    assert await everything(storage) == damaged
    await late.catch_up()
    await late.cut()
    await late.scrutiny.compare()
    await late.cut()
    assert await everything(storage) == before, "what it finds to differ is mended once it is not the older one"


async def busy(night: Night) -> None:
    """A night in which much goes wrong: replaced photos, mistyped figures, faults, corrections."""
    for row in range(14):
        told = truth(night.bundle, row)
        keyed = changed(night.contest, told, paslon_2=(told[SUARA][1] or 0) + 1) if row % 3 == 0 else told
        for page in (1, 2, 3):
            if (row + page) % 5 == 0:
                await night.photo(row, page, told, fault="scan.blurred")
        await night.record(row, keyed=keyed, paper=told)
        if row % 4 == 0:
            await night.photo(row, 3, told)
        if row % 6 == 0:
            await night.send(reading(night.tps(row), told))


@night
async def test_killed_anywhere_it_ends_in_the_same_rows_and_bytes(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    """Engines are killed in the middle of a night, some losing their snapshot, one finding an old one."""
    night = Night(bundle, storage)
    sending = asyncio.create_task(busy(night))
    old = None
    for life in range(12):
        engine = engine_of(bundle, storage, folder / "a")
        async with running(engine):
            if life in (3, 5, 9):
                await at_work(engine)
            await asyncio.sleep(0.02 + 0.013 * life)
        if life == 3:
            old = engine.path.read_bytes()
        if life in (5, 9) and old is not None:
            engine.path.unlink() if life == 5 else engine.path.write_bytes(old)
    await sending
    engine = engine_of(bundle, storage, folder / "a")
    async with running(engine):
        await settled(storage, engine)
    first = await everything(storage)
    assert await engine.scrutiny.check() == 0
    for table in ("cut", "area", "block", "page"):
        await storage.pool.execute(f"delete from published.{table}")
    anew = engine_of(bundle, storage, folder / "anew")
    async with running(anew):
        await settled(storage, anew)
    assert await everything(storage) == first, "the published rows are a function of the journal"
    assert anew.path.read_bytes() == engine.path.read_bytes(), "and so is the snapshot, to the byte"
    told = {row: truth(bundle, row) for row in range(14)}
    right = {row: t for row, t in told.items() if row % 3 or row % 6 == 0}
    assert (await area(storage))["totals"][:6] == wanted(bundle, right)[:6]


ENGINE = """
import asyncio, sys
from pathlib import Path
from election.bundle import load
from election.clock import system_clock
from recap.pace import Pace
from recap.service import serve
from storage.opened import open_storage
from storage.settings import Settings

async def main(bundle, data, database, redis):
    settings = Settings(data_dir=Path(data), database_url=database, redis_url=redis)
    pace = Pace(cut=0.01, snapshot=0.01, judged=2, looked=2)
    async with await open_storage(settings) as storage:
        await serve(load(bundle), storage, snapshots=Path(data) / "snapshots", clock=system_clock, pace=pace)

asyncio.run(main(*sys.argv[1:]))
"""


@night
async def test_sigkill_in_the_middle_of_judging_loses_and_doubles_nothing(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night = Night(bundle, storage)
    for row in range(14):
        await night.record(row)
    settings = storage.settings
    arguments = [str(folder.parent / "bundle"), str(settings.data_dir), settings.database_url, settings.redis_url]
    bundles.make(arguments[0], seed=7, kelurahan=3, tps=14)
    for enough in (1, 13):
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", ENGINE, *arguments, cwd=ROOT)

        async def decided(enough: int = enough) -> bool:
            return len(await decisions(storage)) >= enough

        await until(decided)
        process.kill()
        await process.wait()
    assert len(await decisions(storage)) < 28, "the last one was killed before it was done"
    engine = engine_of(bundle, storage, folder)
    async with running(engine):
        await settled(storage, engine)
    assert len(await decisions(storage)) == 28
    assert (await area(storage))["totals"] == wanted(bundle, {row: truth(bundle, row) for row in range(14)})
    assert await engine.scrutiny.check() == 0


@night
async def test_a_database_that_goes_away_for_a_moment_is_waited_for(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    async with running(engine):
        await night.record(9)
        for _ in range(3):
            await storage.pool.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
                "and datname = current_database()"
            )
            await asyncio.sleep(0.05)
        await night.record(10)
        await settled(storage, engine)
    assert (await area(storage))["tps_counted"] == 2


@night
async def test_an_object_store_that_is_away_for_a_moment_is_waited_for(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    """A record that arrived meanwhile is judged once the store is back, not laid aside."""
    night, engine, asked = Night(bundle, storage), engine_of(bundle, storage, folder), [0]

    async def refused(_: Store, sha: str) -> bytes:
        asked[0] += 1
        raise GenericError(f"connection refused: {sha}")

    async def tried() -> bool:
        return asked[0] > 1

    async with running(engine):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Store, "get_all", refused)
            await night.record(9)
            await until(tried)
        await settled(storage, engine)
    assert (await area(storage))["tps_counted"] == 1
