"""The screens beside engines: rows come, vanish when what they were about is corrected, and are the same for two."""

import asyncio
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from engine_scene import KEY, SUARA, Night, bundle, counted, engine_of, night, running, settled, truth_of, until
from recap_scene import AT, corrected, page_read

from election import bundle as bundles
from election import event as ev
from election.bundle import Bundle
from election.contest import ADM
from recap.engine import ContestEngine
from recap.screens.companion import Together
from storage.journal import Draft
from storage.opened import Storage, open_storage

if TYPE_CHECKING:
    from storage.settings import Settings

__all__ = ["bundle"]
pytestmark = pytest.mark.servers


def looking(
    bundle: Bundle, storage: Storage, folder: Path, key: str = KEY, beside: Together | None = None
) -> ContestEngine:
    return engine_of(bundle, storage, folder, key, takes=(beside or quick(),))


def quick() -> Together:
    return Together(pause_s=0.02, check_s=0.3)


async def unusual(storage: Storage, key: str = KEY) -> dict[tuple[str, str], tuple[Any, ...]]:
    found = await storage.pool.fetch("select * from published.unusual where contest = $1", key)
    return {(row["tps"], row["code"]): tuple(row.values())[3:] for row in found}


async def there(storage: Storage, *wanted: tuple[str, str], key: str = KEY) -> None:
    """The rows come to be these and no others."""

    async def so() -> bool:
        return {*await unusual(storage, key)} == {*wanted}

    await until(so)


def one_sided(told: tuple[int | None, ...]) -> tuple[int | None, ...]:
    """The same votes, all of them the first choice's."""
    votes = sum(vote or 0 for vote in told[:-3])
    return (votes, *(0 for _ in told[1:-3]), *told[-3:])


@night
async def test_rows_come_and_go_with_what_they_are_about(storage: Storage, bundle: Bundle, folder: Path) -> None:
    sends, engine = Night(bundle, storage), looking(bundle, storage, folder)
    tps, plain = sends.tps(0), truth_of(bundle, KEY, 0)[SUARA]
    async with running(engine):
        for row in range(8):
            await sends.counted(row)
        await settled(storage, engine)
        await there(storage)
        first = await storage.journal(KEY).decided(tps, SUARA)
        number = await sends.send(corrected(tps, SUARA, first, one_sided(plain)), expect=first)
        await there(storage, (tps, "W510"), (tps, "W512"))
        assert {row[0] for row in (await unusual(storage)).values()} == {number}
        await sends.send(corrected(tps, SUARA, number, plain), expect=number)
        await there(storage, (tps, "W512"))  # that it was changed by so much, twice, stays true
        assert (await unusual(storage))[tps, "W512"][0] == number + 1


@night
async def test_equal_and_nearly_equal_photos(storage: Storage, bundle: Bundle, folder: Path) -> None:
    sends, engine = Night(bundle, storage), looking(bundle, storage, folder)
    paper = truth_of(bundle, KEY, 0)

    async def photo(row: int, page: int, sha: str, likeness: str | None = None) -> None:
        number = await sends.photo(row, page, paper, sha256=sha)
        read = page_read(sends.tps(row), number, page)
        told = {name: getattr(read, name) for name in read.__struct_fields__}
        await sends.send(ev.PageRead(**{**told, "likeness": likeness}))

    async with running(engine):
        await photo(0, 1, "a1" * 32)
        await photo(1, 1, "a1" * 32)
        await photo(2, 1, "a2" * 32)
        await there(storage, (sends.tps(0), "W508"), (sends.tps(1), "W508"))
        await photo(1, 1, "a3" * 32)
        await there(storage)
        for page, likeness in ((1, "00000000000000ff"), (2, "ff00000000000000")):
            await photo(3, page, f"b{page}" * 32, likeness)
        await photo(4, 1, "c1" * 32, "000000000000000f")  # 4 bits away: one page may be near by chance
        await photo(4, 2, "c2" * 32, "f000000000000000")
        await there(storage, (sends.tps(3), "W508"), (sends.tps(4), "W508"))
        await photo(4, 2, "c3" * 32, "00000000ffffffff")
        await there(storage)


def recap(kode: str, of: str, figures: dict[str, tuple[int | None, ...]], at: str = AT, replaces: int = 0) -> ev.Event:
    return ev.RecapEntered(
        tps=kode, of=of, at=at, replaces=replaces, figures=figures, document=None, source="entered", role="ppk",
        account="a",
    )  # fmt: skip


@night
async def test_a_column_of_d_hasil_that_differs(storage: Storage, bundle: Bundle, folder: Path) -> None:
    sends, engine = Night(bundle, storage), looking(bundle, storage, folder)
    tps, told = sends.tps(0), truth_of(bundle, KEY, 0)
    other = {**told, SUARA: (told[SUARA][0] + 1, *told[SUARA][1:])}  # type: ignore[operator]
    async with running(engine):
        await sends.counted(0)
        number = await sends.send(recap(tps[:10], tps, other), expect=0)
        await there(storage, (tps, "W509"))
        await sends.send(recap(tps[:10], tps, told, replaces=number), expect=number)
        await there(storage)


@night
async def test_a_change_shortly_before_a_plenary(storage: Storage, bundle: Bundle, folder: Path) -> None:
    sends, engine = Night(bundle, storage), looking(bundle, storage, folder)
    tps, told = sends.tps(0), truth_of(bundle, KEY, 0)
    votes = told[SUARA]
    moved = (votes[0] - 1, votes[1] + 1, *votes[2:])  # type: ignore[operator]
    async with running(engine):
        await sends.counted(0)
        first = await storage.journal(KEY).decided(tps, SUARA)
        await sends.send(corrected(tps, SUARA, first, moved), expect=first)
        await settled(storage, engine)
        await there(storage)
        await sends.send(recap(tps[:6], tps[:10], told), expect=0)  # the correction has the same time
        await there(storage, (tps, "W512"))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Three contests over the same TPS."""
    folder = tmp_path_factory.mktemp("two") / "b"
    return bundles.make(folder, seed=9, kelurahan=2, tps=12, contests=("ppwp", "pdpd", "pdpr"))


def data(bundle: Bundle, key: str, roll: int) -> tuple[int | None, ...]:
    """A data page with so many men on the DPT."""
    fields = bundle.contest(key).blocks[ADM]
    return tuple(roll if field == "pemilih_dpt_l" else 0 for field in fields)


def test_forms_of_one_tps_are_held_against_each_other(
    two: Bundle, storage_settings: "Settings", tmp_path: Path
) -> None:
    async def inside() -> None:
        keys, row = ("ppwp", "pdpd", "pdpr"), 3
        async with await open_storage(storage_settings) as storage:
            beside = quick()
            engines = [looking(two, storage, tmp_path / key, key, beside) for key in keys]
            nights = [Night(two, storage, key) for key in keys]
            tps = nights[0].tps(row)
            async with running(*engines):
                for sends, roll in zip(nights, (100, 100, 101), strict=True):
                    await sends.send(counted(tps, ADM, 0, data(two, sends.key, roll)), expect=0)
                await there(storage, (tps, "W507"), key="pdpr")
                await there(storage, key="ppwp")
                await nights[2].send(corrected(tps, ADM, 1, data(two, "pdpr", 100)), expect=1)
                await there(storage, key="pdpr")

    asyncio.run(inside())


ROWS, STEPS = 8, ("count", "switch", "right", "photo", "other photo", "column", "version")


async def step(sends: Night, row: int, what: str) -> None:
    """One thing that happens to a record, whether or not the journal takes it."""
    tps, told, journal = sends.tps(row), truth_of(sends.bundle, KEY, row), sends.journal
    stands = await journal.decided(tps, SUARA)
    event: ev.Event
    match what:
        case "count":
            event = counted(tps, SUARA, stands, told[SUARA])
        case "switch":
            event = corrected(tps, SUARA, stands, one_sided(told[SUARA]))
        case "right":
            event = corrected(tps, SUARA, stands, told[SUARA])
        case "photo" | "other photo":
            await sends.photo(row, 1, told, sha256=("d1" if what == "photo" else f"{row:02x}") * 32)
            return
        case "column":
            stands = await journal.decided(tps[:10], f"recap:{tps}")
            event = recap(tps[:10], tps, {**told, SUARA: one_sided(told[SUARA])}, replaces=stands)
        case _:
            stands = await journal.decided(tps, "*")
            event = ev.VersionOpened(
                tps=tps, at=AT, replaces=stands, version=2, ground="psu", order="1", document=None,
                roles=("a", "b"), accounts=("a", "b"),
            )  # fmt: skip
    await journal.append(Draft(event=event, expect=stands))


@pytest.mark.parametrize("seed", range(3))
def test_any_history_ends_in_the_same_rows_whoever_looked_and_when(
    seed: int, bundle: Bundle, storage_settings: "Settings", tmp_path: Path
) -> None:
    """Two engines that are killed on the way, one that goes on from there, and one that begins anew at the end."""
    chance = Random(seed)
    history = [(chance.randrange(ROWS), chance.choice(STEPS)) for _ in range(60)]
    history += [
        *((row, what) for row in range(ROWS) for what in ("count", "right")),
        (seed, "switch"),
    ]  # and in the end all have neighbours

    async def inside() -> None:
        async with await open_storage(storage_settings) as storage:
            sends = Night(bundle, storage)
            async with running(*(looking(bundle, storage, tmp_path / str(n)) for n in range(2))):
                for row, what in [*((row, "count") for row in range(ROWS)), *history[:40]]:
                    await step(sends, row, what)
                    await asyncio.sleep(0.01 * chance.random())
            again = looking(bundle, storage, tmp_path / "0")
            async with running(again):
                for row, what in history[40:]:
                    await step(sends, row, what)
                await settled(storage, again)
                lived = await still(storage)
            assert {code for _, code in lived} >= {"W508", "W509", "W510", "W512"}
            await storage.pool.execute("delete from published.unusual")
            async with running(looking(bundle, storage, tmp_path / "new")):
                await until(lambda: same(storage, lived))

    asyncio.run(inside())


async def still(storage: Storage) -> dict[tuple[str, str], tuple[Any, ...]]:
    """The rows once they have not moved for some looks and a check."""
    before = await unusual(storage)
    while True:
        await asyncio.sleep(0.8)
        now = await unusual(storage)
        if now == before:
            return now
        before = now


async def same(storage: Storage, wanted: dict[tuple[str, str], tuple[Any, ...]]) -> bool:
    return await unusual(storage) == wanted
