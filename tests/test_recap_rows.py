"""Rows that are told cut by cut, of what changed alone, are in the end those that a look at everything tells."""

import random
from collections.abc import Iterable

import pytest
from history_scene import Row
from monitor_scene import history, make, some
from msgspec.structs import replace
from recap_scene import LAYOUT, page_read, scan

from election import event as ev
from election.bundle import Bundle
from election.record import Record, fold
from recap.layouts import Layouts
from recap.rows import BlockRow, PageRow, VersionRow, block_rows, page_rows, version_rows
from recap.state import State

Told = dict[tuple[object, ...], BlockRow | VersionRow | PageRow]
TPS = "1101012001001"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make(tmp_path_factory.mktemp("rows") / "b")


def rows_of(tps: str, record: Record, after: int = -1) -> Told:
    told: Told = {("block", tps, row.block): row for row in block_rows(tps, record, {}, after)}
    told |= {("version", tps, row.version, row.block): row for row in version_rows(tps, record, after)}
    return told | {("page", tps, row.page): row for row in page_rows(tps, record, after)}


def cut_by_cut(bundle: Bundle, key: str, happened: list[Row], sizes: Iterable[int]) -> tuple[State, Told]:
    """What has been told after all cuts, each of so many events more."""
    state, told = State(bundle, key), Told()
    layouts, entries = Layouts(state.printed), [Entry(row) for row in happened]
    for size in sizes:
        after = state.number
        state.fold(entries[after : after + size])
        for row in (state.last > after).nonzero()[0].tolist():
            tps = bundle.tree.tps_kode(row)
            told |= rows_of(tps, fold(happened[: state.number], layouts.of(row), tps), after)
        if state.number == len(entries):
            break
    return state, told


class Entry:
    def __init__(self, row: Row) -> None:
        self.number, self.event = row.number, row.event
        self.kind = str(row.event.__struct_config__.tag) if row.event else "of_later"


@pytest.mark.parametrize("key", ["ppwp", "pdpr"])
@pytest.mark.parametrize("seed", range(12))
def test_what_is_told_cut_by_cut_is_the_whole(bundle: Bundle, key: str, seed: int) -> None:
    happened, dice = history(bundle, key, some(seed, 200)), random.Random(seed)
    state, told = cut_by_cut(bundle, key, happened, iter(lambda: dice.choice((1, 1, 2, 3, 10)), None))
    layouts, whole = Layouts(state.printed), Told()
    for row in state.last.nonzero()[0].tolist():
        tps = bundle.tree.tps_kode(row)
        whole |= rows_of(tps, fold(happened, layouts.of(row), tps))
    assert told == whole


def test_a_photo_of_a_version_before_that_is_read_late_has_its_picture_and_speaks_for_no_newer_one() -> None:
    opened = ev.VersionOpened(
        tps=TPS, at="2029-02-14T12:00:00.000Z", replaces=0, version=2, ground="psu", order="1", document=None,
        roles=("kpu", "kpu"), accounts=("a", "b"),
    )  # fmt: skip
    newer = replace(scan(TPS, 3, "bb" * 32), version=2)
    happened = [scan(TPS, 1), scan(TPS, 3), opened, newer, page_read(TPS, 1, 1), page_read(TPS, 2, 3)]
    record = fold([Row(number, event) for number, event in enumerate(happened, 1)], LAYOUT, TPS)
    (late,) = page_rows(TPS, record, after=4)
    assert (late.page, late.number, late.state) == (1, 5, "superseded") and late.rendition is not None
    assert [(row.page, row.scan, row.state) for row in page_rows(TPS, record)] == [
        (1, 1, "superseded"), (3, 4, "received"),
    ]  # fmt: skip
