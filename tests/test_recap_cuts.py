"""Hourly cuts: a file follows from the journal alone, and anyone who folds it makes the same bytes."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from engine_scene import KEY, Night, bundle, counted, engine_of, night, running, settled, truth_of
from hypothesis import given
from hypothesis import strategies as st

from election.bundle import Bundle
from recap import snapshot
from recap.cuts import CutDamaged, HourCut, Hours
from recap.state import State
from storage.draft import Entry
from storage.opened import Storage

__all__ = ["bundle"]


def entry(bundle: Bundle, number: int, row: int, block: str, at: str) -> Entry:
    event = counted(bundle.tree.tps_kode(row), block, 0, truth_of(bundle, KEY, row)[block], at)
    return Entry(number=number, event=event, leaf=b"", kind="block_counted")


def hours_of(bundle: Bundle, folder: Path) -> Hours:
    return Hours(folder, KEY, snapshot.fingerprint(bundle, KEY))


def fold(bundle: Bundle, folder: Path, entries: list[Entry], sizes: list[int], stops: frozenset[int]) -> Hours:
    """Folds the entries in batches of these sizes, over and over; after some batches a new engine goes on."""

    async def inside() -> Hours:
        state, hours, at, turn = State(bundle, KEY), hours_of(bundle, folder), 0, 0
        while at < len(entries):
            size = sizes[turn % len(sizes)]
            for hour, some in hours.split(entries[at : at + size]):
                if hour is not None:
                    await hours.keep(hour, state)
                state.fold(some)
            if turn in stops:
                hours.flush()
                hours = hours_of(bundle, folder)
                hours.begin(state)
            at, turn = at + size, turn + 1
        hours.flush()
        return hours

    return asyncio.run(inside())


TIMES = st.lists(st.integers(13 * 60, 17 * 60 - 1), min_size=1, max_size=24)


@given(TIMES, st.lists(st.integers(1, 9), min_size=1, max_size=3), st.frozensets(st.integers(0, 9), max_size=3))
def test_a_cut_is_the_state_before_the_first_event_of_its_hour(
    bundle: Bundle,
    tmp_path_factory: pytest.TempPathFactory,
    minutes: list[int],
    sizes: list[int],
    stops: frozenset[int],
) -> None:
    """Times need not grow: clocks differ. By definition an hour begins before the first event in it or after it."""
    places = [(row, block) for row in range(12) for block in ("suara", "administrasi")]
    entries = [
        entry(bundle, n, row, block, f"2029-02-14T{m // 60:02}:{m % 60:02}:00.000Z")
        for n, (m, (row, block)) in enumerate(zip(minutes, places, strict=False), start=1)
    ]
    folder = tmp_path_factory.mktemp("hours")
    hours = fold(bundle, folder, entries, sizes, stops)
    told = [f"2029-02-14T{m // 60:02}" for m in minutes]
    begins = [n for n, hour in enumerate(told) if all(hour > before for before in told[:n])]
    assert hours.names() == [told[n] for n in begins]
    for n in begins:
        state = State(bundle, KEY)
        state.fold(entries[:n])
        cut = hours.read(told[n])
        assert cut.number == n
        assert np.array_equal(cut.sums.rows, state.sums.rows)
        assert np.array_equal(cut.sums.numbers, state.sums.numbers)
        again = HourCut.of(state, told[n], snapshot.fingerprint(bundle, KEY))
        assert (folder / f"{told[n]}.cut").read_bytes() == again.encode(), "the same bytes, whoever folds"


def test_a_damaged_cut_is_noticed(bundle: Bundle, tmp_path: Path) -> None:
    entries = [entry(bundle, 1, 0, "suara", "2029-02-14T13:00:00.000Z")]
    hours = fold(bundle, tmp_path, entries, [1], frozenset())
    path = tmp_path / "2029-02-14T13.cut"
    whole = path.read_bytes()
    for at in (0, 20, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(CutDamaged):
            hours.read("2029-02-14T13")
    path.write_bytes(whole[:-40])
    with pytest.raises(CutDamaged):
        hours.read("2029-02-14T13")


@pytest.mark.servers
@night
async def test_an_engine_keeps_cuts_that_another_makes_again(storage: Storage, bundle: Bundle, folder: Path) -> None:
    """One follows the journal and is stopped on the way, one replays it at once: the files are the same."""
    night = Night(bundle, storage)
    for life, hour in enumerate((13, 14, 14, 16)):
        async with running(engine := engine_of(bundle, storage, folder / "a")):
            for row in (2 * life, 2 * life + 1):
                for block, figures in truth_of(bundle, KEY, row).items():
                    await night.send(counted(night.tps(row), block, 0, figures, f"2029-02-14T{hour}:30:00.000Z"))
            await settled(storage, engine)
    replayed = engine_of(bundle, storage, folder / "b")
    replayed.thaw()
    await replayed.catch_up()
    replayed.hours.flush()
    made = {path.name: path.read_bytes() for path in (folder / "a" / "hours" / KEY).iterdir()}
    assert sorted(made) == ["2029-02-14T13.cut", "2029-02-14T14.cut", "2029-02-14T16.cut"]
    assert {path.name: path.read_bytes() for path in (folder / "b" / "hours" / KEY).iterdir()} == made
