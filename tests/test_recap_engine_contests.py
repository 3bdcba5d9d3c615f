"""Every kind of contest, each record on its own ballot, judged, summed and published by the same engine."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from engine_scene import (
    ADM,
    KEY,
    SUARA,
    TABLES,
    Night,
    area,
    block,
    bundle,
    counted,
    decisions,
    engine_of,
    everything,
    night,
    rows,
    running,
    settled,
    truth_of,
    until,
)  # fmt: skip
from recap_scene import AT, corrected, reading

from election import bundle as bundles
from election import event as ev
from election.bundle import Bundle
from election.contest import CONTEST_TYPES
from recap.policy import PolicyInForce
from storage.opened import Storage, open_storage

if TYPE_CHECKING:
    from storage.settings import Settings

__all__ = ["bundle"]
pytestmark = pytest.mark.servers

ALL = tuple(CONTEST_TYPES)


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Two provinces and voters abroad: ballots differ by province, kabupaten and dapil, local parties among them."""
    folder = tmp_path_factory.mktemp("nation") / "b"
    return bundles.make(folder, seed=5, provinsi=2, kabupaten=4, kecamatan=8, kelurahan=10, tps=16, abroad=2,
                        contests=ALL)  # fmt: skip


async def nothing() -> None:
    """Whoever waits for the state to move on."""


def holding(bundle: Bundle, key: str) -> list[int]:
    return [row for row in range(bundle.tree.n_tps) if bundle.holds(key, row)]


def sums(bundle: Bundle, key: str, of: list[int], fields: tuple[str, ...]) -> list[int]:
    """Σ of these records' figures, by the definition; a field that a ballot lacks has no votes there."""
    told = []
    for row in of:
        figures, blocks = truth_of(bundle, key, row), bundle.ballot(key, row).blocks
        told.append({f: n for name, names in blocks.items() for f, n in zip(names, figures[name], strict=True)})
    return [sum(record.get(field) or 0 for record in told) for field in fields]


@pytest.mark.parametrize("key", ALL)
def test_records_of_every_ballot_travel_to_the_totals(
    key: str, nation: Bundle, storage_settings: "Settings", tmp_path: Path
) -> None:
    held = holding(nation, key)
    chosen = [held[0], held[-1]]

    async def inside() -> None:
        async with await open_storage(storage_settings) as storage:
            night, engine = Night(nation, storage, key), engine_of(nation, storage, tmp_path, key)
            async with running(engine):
                for row in chosen:
                    await night.record(row)
                await settled(storage, engine, key=key)
            printed = nation.printed(key)
            for kode in {nation.tree.kode(a) for row in chosen for a in nation.tree.path(row)}:
                index = nation.tree.area_index(kode)
                within = nation.tree.tps_of(index)
                here = [row for row in chosen if within.start <= row < within.stop]
                found = await area(storage, kode, key)
                assert found["totals"] == sums(nation, key, here, printed.fields(index)), kode
                assert found["tps_counted"] == found["adm_counted"] == len(here)
                assert found["fields_own"] == (printed.of_area[index] >= 0)
                assert not any(found["residuals"])
            for row in chosen:
                for name, figures in truth_of(nation, key, row).items():
                    shown = await block(storage, night.tps(row), name, key)
                    assert (shown["state"], tuple(shown["figures"]), shown["version"]) == ("counted", figures, 1)
            told = await storage.pool.fetch("select * from published.dapil where contest = $1", key)
            assert {row["dapil"] for row in told} == {district.kode for district in printed.dapil}
            for district in told:
                one = [d.kode for d in printed.dapil].index(district["dapil"])
                here = [row for row in chosen if printed.district_of_tps[row] == one]
                assert district["totals"] == sums(nation, key, here, printed.dapil_fields(one))
                assert district["tps_counted"] == len(here)

    asyncio.run(inside())


def test_all_contests_at_once_and_twice_end_in_the_same_rows(
    nation: Bundle, storage_settings: "Settings", tmp_path: Path
) -> None:
    """Two engines of every contest at once; those of one side are killed and begun again meanwhile."""

    async def inside() -> None:
        async with await open_storage(storage_settings) as storage:
            nights = {key: Night(nation, storage, key) for key in ALL}
            steady = {key: engine_of(nation, storage, tmp_path / "a", key) for key in ALL}

            async def send(key: str) -> None:
                for row in holding(nation, key)[::5]:
                    await nights[key].record(row)

            async def unsteady() -> None:
                for life in range(5):
                    async with running(*(engine_of(nation, storage, tmp_path / "b", key) for key in ALL)):
                        await asyncio.sleep(0.1 + 0.07 * life)

            async with running(*steady.values()):
                await asyncio.gather(unsteady(), *map(send, ALL))
                for key, engine in steady.items():
                    await settled(storage, engine, key=key)
            first = await everything(storage)
            for table in TABLES:
                await storage.pool.execute(f"delete from published.{table}")
            anew = {key: engine_of(nation, storage, tmp_path / "anew", key) for key in ALL}
            async with running(*anew.values()):
                for key, engine in anew.items():
                    await settled(storage, engine, key=key)
            assert await everything(storage) == first, "the published rows are a function of the journals"
            for key in ALL:
                assert await anew[key].scrutiny.check() == 0
                assert anew[key].path.read_bytes() == steady[key].path.read_bytes(), key
                made = [(event.tps, event.block) for _, event in await decisions(storage, key)]
                assert len(made) == len(set(made)), "nothing was decided twice"

    asyncio.run(inside())


@night
async def test_versions_withdrawals_and_areas_reach_the_tables(storage: Storage, bundle: Bundle, folder: Path) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    people = {"roles": ("validator", "validator"), "accounts": ("a", "b")}
    async with running(engine):
        for row in (0, 1, 2):
            await night.record(row)
        await settled(storage, engine)
        suara = await block(storage, night.tps(0), SUARA)
        gone = ev.BlockWithdrawn(
            tps=night.tps(0), at=AT, block=SUARA, replaces=suara["decision"], figures=None, reason="ordered", **people
        )
        await night.send(gone, expect=suara["decision"])
        opened = ev.VersionOpened(
            tps=night.tps(1), at=AT, replaces=0, version=2, ground="psu", order="12/2029", document=None, **people
        )
        number = await night.send(opened, expect=0)
        await settled(storage, engine)
        assert (await block(storage, night.tps(0), SUARA))["state"] == "withdrawn"
        now = await block(storage, night.tps(1), SUARA)
        assert (now["state"], now["version"], now["figures"], now["number"]) == ("awaited", 2, None, number)
        before = await storage.pool.fetch("select * from published.version order by block")
        assert [(r["tps"], r["version"], r["block"], r["state"], r["number"]) for r in before] == [
            (night.tps(1), 1, ADM, "counted", number),
            (night.tps(1), 1, SUARA, "counted", number),
        ]
        assert {(r["ground"], r["order_ref"]) for r in before} == {("psu", "12/2029")}
        nation = await area(storage)
        assert (nation["versions"], nation["tps_counted"], nation["final"]) == (1, 1, 0)
        kelurahan = bundle.tree.kode(bundle.tree.path(2)[4])
        confirmed = ev.AreaConfirmed(tps=kelurahan, at=AT, replaces=0, entered=1, upto=number, policy="p")
        sealed = await night.send(confirmed, expect=0)
        await settled(storage, engine)
        shown = await block(storage, night.tps(2), SUARA)
        assert (shown["state"], shown["number"]) == ("final", sealed), "also where only its area was named"
        assert (await area(storage, kelurahan))["final"] == 1
        await night.send(corrected(night.tps(2), SUARA, shown["decision"], truth_of(bundle, KEY, 3)[SUARA]))
        await settled(storage, engine)
        assert (await block(storage, night.tps(2), SUARA))["state"] == "verified"
    first = await everything(storage)
    for table in TABLES:
        await storage.pool.execute(f"delete from published.{table}")
    anew = engine_of(bundle, storage, folder / "anew")
    async with running(anew):
        await settled(storage, anew)
    assert await everything(storage) == first


@night
async def test_evidence_of_the_new_version_counts_and_of_the_old_one_does_not(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder)
    told = truth_of(bundle, KEY, 4)
    async with running(engine):
        await night.record(4)
        await settled(storage, engine)
        people = {"roles": ("validator", "validator"), "accounts": ("a", "b")}
        await night.send(
            ev.VersionOpened(
                tps=night.tps(4), at=AT, replaces=0, version=2, ground="psl", order="1", document=None, **people
            ),
            expect=0,
        )
        await night.record(4)  # of the first version: it comes too late
        await settled(storage, engine)
        assert (await block(storage, night.tps(4), SUARA))["state"] == "awaited"
        for page in night.pages(4):
            await night.photo(4, page, told, version=2)
        late = reading(night.tps(4), told)
        await night.send(ev.ReadingSubmitted(**{**{n: getattr(late, n) for n in late.__struct_fields__}, "version": 2}))
        await settled(storage, engine)
    shown = await block(storage, night.tps(4), SUARA)
    assert (shown["state"], shown["version"]) == ("counted", 2)
    assert (await area(storage))["versions"] == 1


@night
async def test_a_policy_that_is_adopted_decides_anew_what_the_machine_decided(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder, policy=None)
    async with running(engine):
        await night.record(0)
        await settled(storage, engine)
        before = PolicyInForce(bundle.settings).current
        assert (await block(storage, night.tps(0), SUARA))["state"] == "counted"
        adopted = ev.PolicyAdopted(
            tps="0", at=AT, replaces=0, name="by-people", table={**before.table, "agree": "hold"},
            roles=("kpu", "kpu"), accounts=("a", "b"),
        )  # fmt: skip
        await night.send(adopted, expect=0)

        async def held() -> bool:
            return (await block(storage, night.tps(0), SUARA)).get("state") == "held"

        await until(held)
        await settled(storage, engine)
        assert (await area(storage))["tps_counted"] == 0
    made = len(await decisions(storage))
    again = engine_of(bundle, storage, folder / "b", policy=None)
    async with running(again):
        await settled(storage, again)
    assert len(await decisions(storage)) == made, "a second engine finds the same policy and nothing left to decide"


@night
async def test_totals_are_told_ahead_of_a_great_many_records(storage: Storage, bundle: Bundle, folder: Path) -> None:
    from engine_scene import QUICK
    from msgspec.structs import replace

    night = Night(bundle, storage)
    engine = engine_of(bundle, storage, folder, pace=replace(QUICK, rows=3))
    for row in range(14):
        for name, figures in truth_of(bundle, KEY, row).items():
            await night.send(counted(night.tps(row), name, 0, figures), expect=0)
    await engine.catch_up()
    await engine.cutter.begin()
    cut, told = await engine.cutter.take(0)
    await engine.cutter.write(cut, told, nothing)
    assert (await area(storage))["tps_counted"] == 14
    assert await rows(storage, "block") == []
    stands = await storage.pool.fetchrow("select number, totals from published.cut")
    assert tuple(stands) == (-1, 28), "nobody takes the records for whole"
    await engine.cut()
    assert len(await rows(storage, "block")) == 28
    assert tuple(await storage.pool.fetchrow("select number, totals from published.cut")) == (28, 28)
