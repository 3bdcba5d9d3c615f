"""Standby against log: the recount agrees with recapitulation on random histories, and finds what was planted."""

import asyncio
import json
import tempfile
from pathlib import Path

import asyncpg
import pytest
from engine_scene import KEY, Night, bundle, engine_of, running, settled
from history_scene import Wish, event_of, wishes
from hypothesis import given, settings
from hypothesis import strategies as st
from standby_scene import _execute, addresses, lines, read_from, standby_server, until
from state_scene import Row, Step, journal, steps

from election import bundle as bundles
from election import event as ev
from election.bundle import Bundle
from election.clock import system_clock
from election.contest import CONTEST_TYPES
from election.event.public import from_leaf
from election.record import fold
from election.rules import identity_names
from publisher.ballots import Ballots
from publisher.standby import compared, parted
from publisher.standby.check import Report, check
from publisher.standby.keeper import Addresses
from publisher.standby.parted import Parted
from publisher.standby.rebuild import rebuild
from publisher.standby.recount import Recount
from recap.rows import area_rows, block_rows, dapil_rows
from recap.state import State
from storage.opened import Storage, open_storage
from suara import cli
from tlog.note import Algorithm, Checkpoint, Signer, compose
from tlog.tile import WIDTH, Tile, encode_entries
from tlog.tree import leaf_hash, root

__all__ = ["addresses", "bundle", "standby_server"]  # fixtures

SIGNER = Signer(f"suara.invalid/{KEY}", Algorithm.ED25519, bytes(range(32)))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Two provinces, one with parties of its own, and voters abroad; every contest."""
    sizes = {"provinsi": 2, "kabupaten": 5, "kecamatan": 9, "kelurahan": 16, "tps": 30, "abroad": 4}
    return bundles.make(tmp_path_factory.mktemp("recount") / "b", seed=11, **sizes, contests=tuple(CONTEST_TYPES))


@settings(max_examples=60, deadline=None)
@given(key=st.sampled_from(tuple(CONTEST_TYPES)), told=steps, part=st.sampled_from((3, 10_000)))
def test_the_recount_is_what_recapitulation_publishes(whole: Bundle, key: str, told: list[Step], part: int) -> None:
    """From leaves alone, a part of the tree at a time, without a delta: every row of area, dapil and block."""
    events = journal(whole, key, told)
    state = State(whole, key)
    state.fold(events)
    parted.PART, before = part, parted.PART
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = recounted(whole, key, events, Path(folder))
        finally:
            parted.PART = before
    records, areas, dapil = found
    for tps, record in records.items():
        own = [one for one in events if one.event is not None and whole.tree.tps_codes.one(one.event.tps) == tps]
        above = {whole.tree.kode(area) for area in whole.tree.path(tps)}
        ruled = [one for one in events if one.event is not None and one.event.tps in above]
        entire = fold([*own, *ruled], Ballots(whole, key).of_tps(tps).layout, whole.tree.tps_kode(tps))
        rows = {row.block: _dict(row) for row in block_rows(whole.tree.tps_kode(tps), entire, {})}
        assert list(compared.blocks(whole.tree.tps_kode(tps), record, rows)) == []
    printed, tree = whole.printed(key), whole.tree
    names = [f"{name}.{what}" for name in identity_names(printed.ballots) for what in ("sum", "abs", "count")]
    rows = {row.kode: _dict(row) for row in area_rows(state, range(tree.n_areas)) if row.tps}
    assert {tree.kode(area) for area in areas} == rows.keys()
    for area, sums in areas.items():
        kode = tree.kode(area)
        assert list(compared.area(kode, sums, printed.fields(area), names, rows[kode])) == []
    every = range(len(printed.dapil))
    for i, row in enumerate(dapil_rows(state, every, [sums.tps for sums in dapil])):
        assert list(compared.dapil(row.dapil, dapil[i], printed.dapil_fields(i), _dict(row))) == []


def recounted(whole: Bundle, key: str, events: list[Row], folder: Path):
    unknown = b'{"kind":"something_new","tps":"3201010001001"}'
    leaves = [unknown if one.event is None else ev.leaf(one.event) for one in events]
    aside = Parted(folder, whole.tree, len(leaves))
    if leaves:
        aside.put(1, leaves)
    closing = (ev.AreaConfirmed, ev.ResultDetermined)
    sealed = {
        kode: max((one.number for one in some if isinstance(one.event, closing)), default=0)
        for kode, some in aside.rulings.items()
    }
    recount, areas, records = Recount(whole, key, sealed), {}, {}
    ballots, holding = Ballots(whole, key), whole.tps_holding(key)
    for part in range(aside.parts):
        told = aside.take(part)
        for row, own in told.items():
            if holding[row]:
                records[row] = aside.fold(row, own, ballots.of_tps(row).layout)
        for area in aside.kelurahan(part):
            areas |= dict(recount.kelurahan(area, records))
    return records, areas, recount.dapil


def _dict(row) -> dict:
    return {name: _plain(getattr(row, name)) for name in row.__struct_fields__}


def _plain(value):
    return list(value) if isinstance(value, tuple) else value


@settings(max_examples=40, deadline=None)
@given(told=st.lists(wishes, max_size=25))
def test_what_is_not_read_moves_nothing(whole: Bundle, told: list[Wish]) -> None:
    """Photos and looks at pages, of records where everything is decided and of others, told whole or as leaves."""
    row = next(row for row in range(whole.tree.n_tps) if whole.holds(KEY, row))
    tps, paper = whole.tree.tps_kode(row), Ballots(whole, KEY).of_tps(row)
    above = [whole.tree.kode(area) for area in whole.tree.path(row)]
    history: list[Row] = []
    for number, wish in enumerate(told, 1):
        history.append(Row(number, event_of(wish._replace(place=0), history, tps, above, paper.ballot.blocks)))
    entire = fold(history, paper.layout, tps)
    with tempfile.TemporaryDirectory() as folder:
        aside = Parted(Path(folder), whole.tree, len(history))
        leaves = [b"{}" if one.event is None else ev.leaf(one.event) for one in history]
        aside.put(1, leaves or [b"{}"])
        own = [one for part in range(aside.parts) for one in aside.take(part).get(row, ())]
        assert compared.told(aside.fold(row, own, paper.layout)) == compared.told(entire)


def test_a_leaf_tells_an_event_as_far_as_it_is_public() -> None:
    """What was left out is empty, and its leaf is the same again."""
    common = {"tps": "3201010001001", "at": "2029-02-14T12:00:00.000Z"}
    hidden = ev.BlockCorrected(
        **common, block="suara", replaces=0, figures=(1, None), proposal=3, reason="misread",
        roles=("kpu_kabkota",) * 2, accounts=("private.one", "private.two"),
    )  # fmt: skip
    keyed = ev.ReadingSubmitted(
        **common, commitments={"suara": "c" * 64}, salts={"suara": "5" * 32}, figures={"suara": (9,)}
    )
    for event in (hidden, keyed):
        told = from_leaf(ev.leaf(event))
        assert type(told) is type(event)
        assert ev.leaf(told) == ev.leaf(event)
        assert "private" not in repr(told)
    assert from_leaf(ev.leaf(keyed)).figures == {"suara": ()}
    assert from_leaf(b'{"at":"x","kind":"something_new","tps":"3201"}') is None


class Log:
    """The public files of one log, as this test writes them by itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / KEY).mkdir(parents=True)
        (folder / "policy").write_text(f"log {SIGNER.verifier.text}\nquorum none\n")

    async def write(self, storage: Storage) -> None:
        rows = await storage.pool.fetch("select leaf from journal.event where journal = $1 order by number", KEY)
        leaves = [row["leaf"] for row in rows]
        for start in range(0, len(leaves), WIDTH):
            some = leaves[start : start + WIDTH]
            path = self.folder / KEY / Tile(None, start // WIDTH, len(some)).path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode_entries(some))
        head = Checkpoint(SIGNER.name, len(leaves), root([leaf_hash(leaf) for leaf in leaves]))
        (self.folder / KEY / "checkpoint").write_text(compose(head.text, [SIGNER.sign(head.text)]))

    def bundle(self) -> Path:
        """A file of entries."""
        return next(path for path in (self.folder / KEY / "tile/entries").rglob("*") if path.is_file())


@pytest.mark.servers
def test_what_was_changed_in_sql_is_found_with_both_values(
    addresses: Addresses, storage_settings, bundle: Bundle, tmp_path: Path, monkeypatch, capsys
) -> None:
    """Once on the standby, once at the primary; and a log that is not what was signed proves nothing."""
    log = Log(tmp_path / "public" / "log")
    tps = bundle.tree.tps_kode(1)

    def looked(most: int = 100, patience: float = 5.0) -> Report:
        return asyncio.run(check(bundle, KEY, addresses.standby, log.folder, most=most, patience=patience))

    async def play() -> None:
        async with await open_storage(storage_settings) as storage:
            night, engine = Night(bundle, storage), engine_of(bundle, storage, tmp_path / "s")
            async with running(engine):
                for row in range(4):
                    await night.record(row)
                await night.photo(5, 1, {}, fault="scan.blurred")
                await settled(storage, engine)
            await log.write(storage)
        async with lines(addresses) as (primary, copies):
            await rebuild(primary, copies, addresses.primary, system_clock)

    asyncio.run(play())
    sound = looked()
    assert sound.holds, sound.lines()
    assert sound.records == 5
    assert sound.areas == sum(1 for area in range(bundle.tree.n_areas) if bundle.tree.tps_counts()[area])

    asyncio.run(_execute(asyncio.run(read_from(addresses)), _PLANT.format(tps=tps)))
    (found,) = looked().differences
    assert (found.table, found.place, found.field) == ("block", f"{tps} suara", "figures")
    assert found.standby[0] == found.log[0] + 100

    asyncio.run(_execute(addresses.admin, "update published.area set totals[1] = totals[1] + 1 where kode = '0'"))
    asyncio.run(until(lambda: _arrived(addresses)))
    places = {(one.table, one.place, one.field): (one.standby, one.log) for one in looked().differences}
    field = f"totals.{bundle.contest(KEY).fields[0]}"
    assert places.keys() == {("block", f"{tps} suara", "figures"), ("area", "0", field)}
    assert places["area", "0", field][0] == places["area", "0", field][1] + 1
    assert looked(most=1).count == 2

    monkeypatch.setenv("SUARA_STANDBY_URL", addresses.standby)
    monkeypatch.setattr(bundles, "load", lambda _: bundle)
    assert cli.main(["standby", "check", "--data", str(tmp_path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["count"] == 2

    path = log.bundle()
    path.write_bytes(path.read_bytes().replace(b'"page":1', b'"page":2', 1))
    spoiled = looked()
    assert not spoiled.holds
    assert "another root" in spoiled.cause["en"]
    (log.folder / KEY / "checkpoint").unlink()
    assert "no checkpoint" in looked(patience=0.0).cause["en"]


_PLANT = "update published.block set figures[1] = figures[1] + 100 where tps = '{tps}' and block = 'suara'"


async def _arrived(of: Addresses) -> bool:
    question = "select totals[1] from published.area where kode = '0'"
    here, there = await asyncpg.connect(of.admin), await asyncpg.connect(await read_from(of))
    try:
        return await here.fetchval(question) == await there.fetchval(question)
    finally:
        await here.close()
        await there.close()
