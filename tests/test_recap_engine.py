"""The engine against the real servers: decides once, survives what kills it, and cuts the same rows whoever cuts."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from obstore.exceptions import GenericError
from recap_scene import ADM, LAYOUT, SUARA, Told, changed, corrected, page_read, page_scores, reading, scan, truth

from election import bundle as bundles
from election import event as ev
from election.bundle import Bundle
from recap import snapshot
from recap.engine import ContestEngine, Pace, live, serve
from recap.policy import Policy
from recap.records import Records
from storage.journal import Draft, Outcome
from storage.opened import Storage, open_storage
from storage.scans import Store

if TYPE_CHECKING:
    from storage.settings import Settings

pytestmark = pytest.mark.servers

QUICK = Pace(cut=0.01, again=0.02)
KEY = "ppwp"
ROOT = Path(__file__).parents[1]


def clock() -> datetime:
    return datetime(2029, 2, 14, 13, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundles.make(tmp_path_factory.mktemp("engine") / "b", seed=7, kelurahan=3, tps=14)


def engine_of(bundle: Bundle, storage: Storage, folder: Path) -> ContestEngine:
    return ContestEngine(
        bundle, storage, bundle.contest(KEY), snapshots=folder, clock=clock, policy=Policy(), pace=QUICK
    )


@asynccontextmanager
async def running(*engines: ContestEngine) -> AsyncIterator[None]:
    """Engines at work; killed, with whatever they were doing, at the end."""
    tasks = [asyncio.create_task(engine.run()) for engine in engines]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ended:
            if not isinstance(end, asyncio.CancelledError):
                raise AssertionError("the engine stopped by itself") from (end if isinstance(end, Exception) else None)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
    """Waits for `condition`; fails loudly."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 — the condition lies in the database
            await asyncio.sleep(0.01)


async def settled(storage: Storage, *engines: ContestEngine) -> None:
    """Everything in the journal is judged and published by every engine."""

    async def quiet() -> bool:
        size = await storage.journal(KEY).size()
        cut = await storage.pool.fetchval("select number from published.cut where contest = $1", KEY)
        idle = all(not e.owed and not e.judging and e.state.number == size and e.cutter.cut == size for e in engines)
        return cut == size and idle and size == await storage.journal(KEY).size()

    await until(quiet)


async def at_work(engine: ContestEngine) -> None:
    """The engine has started and cut at least once."""

    async def started() -> bool:
        return engine.cutter.cut >= 0

    await until(started)


class Night:
    """Sends what officers and the reading machine send."""

    def __init__(self, bundle: Bundle, storage: Storage) -> None:
        self.bundle, self.storage, self.contest = bundle, storage, bundle.contest(KEY)
        self.journal = storage.journal(KEY)

    def tps(self, row: int) -> str:
        return self.bundle.tree.tps_kode(row)

    async def send(self, event: ev.Event, expect: int | None = None) -> int:
        (appended,) = await self.journal.append(Draft(event=event, expect=expect))
        assert appended.outcome is Outcome.APPENDED
        return appended.number

    async def photo(self, row: int, page: int, paper: Told, fault: str | None = None) -> int:
        number = await self.send(scan(self.tps(row), page))
        artefact = None if fault else await self.storage.artefacts.put(page_scores(self.contest, paper, page))
        await self.send(page_read(self.tps(row), number, None if fault else page, artefact, fault))
        return number

    async def record(self, row: int, keyed: Told | None = None, paper: Told | None = None) -> None:
        told = truth(self.bundle, row)
        for page in (1, 2, 3):
            await self.photo(row, page, paper or told)
        await self.send(reading(self.tps(row), keyed or told))


async def rows(storage: Storage, table: str) -> list[tuple[Any, ...]]:
    found = await storage.pool.fetch(f"select * from published.{table} where contest = $1", KEY)
    return sorted((tuple(row.values()) for row in found), key=repr)


async def everything(storage: Storage) -> dict[str, list[tuple[Any, ...]]]:
    return {table: await rows(storage, table) for table in ("cut", "area", "block", "page")}


async def area(storage: Storage, kode: str = "0") -> dict[str, Any]:
    found = await storage.pool.fetchrow("select * from published.area where contest = $1 and kode = $2", KEY, kode)
    return dict(found)


async def block(storage: Storage, tps: str, name: str) -> dict[str, Any]:
    found = await storage.pool.fetchrow("select * from published.block where tps = $1 and block = $2", tps, name)
    return dict(found) if found else {}


async def decisions(storage: Storage) -> list[tuple[int, ev.Decision]]:
    entries = await storage.journal(KEY).read(0, 100_000)
    return [(entry.number, entry.event) for entry in entries if isinstance(entry.event, ev.Decision)]


def wanted(bundle: Bundle, counted: dict[int, Told]) -> list[int]:
    """The nation's totals if these TPS are counted whole."""
    fields = bundle.contest(KEY).fields
    return [sum(sum(told.values(), ())[j] for told in counted.values()) for j in range(len(fields))]


def night(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Runs an async test on storage of its own."""

    def run(storage_settings: "Settings", bundle: Bundle, tmp_path: Path) -> None:
        async def inside() -> None:
            async with await open_storage(storage_settings) as storage:
                await test(storage, bundle, tmp_path / "snapshots")

        asyncio.run(inside())

    return run


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
        assert await engine.check() == 0


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
    await late.cutter.compare()  # knows nothing of the journal yet, and would publish zeros
    await late.cut()
    assert await everything(storage) == damaged
    await late.catch_up()
    await late.cut()
    assert await everything(storage) == before, "what it found to differ is mended once it is not the older one"


@night
async def test_a_stale_decision_after_a_correction_changes_nothing(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    told = truth(bundle, 4)
    await night.record(4)
    await engine.catch_up()
    await night.send(corrected(night.tps(4), SUARA, 0, told[SUARA]), expect=0)
    assert engine.owed == {4}
    await engine.judge_some()  # on what it knows, which is not the correction
    assert engine.owed == set()
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
    assert await engine.check() == 0
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
from recap.engine import Pace, serve
from storage.opened import open_storage
from storage.settings import Settings

async def main(bundle, data, database, redis):
    settings = Settings(data_dir=Path(data), database_url=database, redis_url=redis)
    pace = Pace(cut=0.01, snapshot=0.01, judged=2)
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
    assert await engine.check() == 0


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
    fresh = Records(storage.journal(KEY), engine.state, LAYOUT)
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
        assert await engine.check() == 1
        assert engine.state.areas[0, 0] == right["totals"][0]
        assert await engine.check() == 0


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
            patch.setattr(Store, "get", refused)
            await night.record(9)
            await until(tried)
        await settled(storage, engine)
    assert (await area(storage))["tps_counted"] == 1


@night
async def test_serve_runs_the_contests_that_can_run(storage: Storage, bundle: Bundle, folder: Path) -> None:
    assert [contest.key for contest in live(bundle)] == [KEY]
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
