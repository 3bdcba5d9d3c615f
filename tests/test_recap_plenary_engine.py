"""D.Hasil beside the engine: what is equal becomes final once, what differs is told, and a later change shows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_scene import KEY, Night, clock, engine_of, night, running, settled, truth_of, until
from engine_scene import bundle as bundle  # noqa: PLC0414 — a fixture
from hypothesis import given, settings
from hypothesis import strategies as st
from recap_scene import AT, SUARA, corrected

from election import event as ev
from election.bundle import Bundle
from election.event import Figures
from election.plenary import Document, by_block, document, faults
from election.rules import judge as judge_rules
from election.rules.plenary import Beside
from election.tally import ABSENT, Tallies
from recap.companion import Seat
from recap.plenary.companion import Plenary, companion
from recap.plenary.judged import judge, vector
from recap.state import State
from storage.journal import Entry, Outcome
from storage.opened import Storage

servers = pytest.mark.servers
TABLES = ("recap", "difference", "plenary", "determination", "dispute")


def sums(bundle: Bundle, rows: Sequence[int]) -> dict[str, Figures]:
    """Block → plain sums of the true figures of some TPS."""
    records = [truth_of(bundle, KEY, row) for row in rows]
    return {b: tuple(sum(r[b][j] or 0 for r in records) for j in range(len(f))) for b, f in records[0].items()}


def sheet(bundle: Bundle, kode: str) -> dict[str, Mapping[str, Figures]]:
    """A whole document as it ought to be."""
    tree = bundle.tree
    area = tree.area_index(kode)
    rows = range(*tree.tps_of(area).indices(tree.n_tps))
    if tree.tingkat(area) == 4:
        printed = {tree.tps_kode(row): sums(bundle, [row]) for row in rows}
    else:
        below = ((c, range(*tree.tps_of(c).indices(tree.n_tps))) for c in tree.children(area))
        printed = {tree.kode(c): sums(bundle, some) for c, some in below}
    return {**printed, kode: sums(bundle, rows)}


def recap(kode: str, of: str, figures: Mapping[str, Figures], replaces: int = 0) -> ev.RecapEntered:
    return ev.RecapEntered(
        tps=kode, at=AT, replaces=replaces, of=of, figures=dict(figures), document=None, source="file", role="ppk",
        account="a",
    )  # fmt: skip


def more(figures: Mapping[str, Figures], block: str, j: int, by: int) -> dict[str, Figures]:
    row = tuple((n or 0) + (by if i == j else 0) for i, n in enumerate(figures[block]))
    return {**figures, block: row}


async def enter(night: Night, kode: str, printed: Mapping[str, Mapping[str, Figures]]) -> None:
    for of, figures in printed.items():
        stands = await night.journal.decided(kode, f"recap:{of}")
        await night.send(recap(kode, of, figures, stands), expect=stands)


async def told(storage: Storage) -> dict[str, list[tuple[Any, ...]]]:
    found = {table: await storage.pool.fetch(f"select * from published.{table}") for table in TABLES}
    return {table: sorted((tuple(row.values()) for row in rows), key=repr) for table, rows in found.items()}


async def plenary(storage: Storage, kode: str) -> dict[str, Any]:
    found = await storage.pool.fetchrow("select * from published.plenary where contest = $1 and kode = $2", KEY, kode)
    return dict(found) if found else {}


async def stands(storage: Storage, kode: str, wanted: bool = True) -> None:
    async def so() -> bool:
        return bool((await plenary(storage, kode)).get("stands")) is wanted

    await until(so)


async def confirmations(night: Night, kode: str) -> list[tuple[int, ev.AreaConfirmed]]:
    found = await night.journal.of_kinds(["area_confirmed"])
    return [(e.number, e.event) for e in found if isinstance(e.event, ev.AreaConfirmed) and e.event.tps == kode]


def kelurahan(bundle: Bundle) -> list[str]:
    return [bundle.tree.kode(area) for area in bundle.tree.level(4)]


@servers
@night
async def test_what_equals_our_sums_is_confirmed_once_by_two_engines(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, (first, *_) = Night(bundle, storage), kelurahan(bundle)
    engines = [engine_of(bundle, storage, folder / name, takes=(companion,)) for name in "ab"]
    async with running(*engines):
        printed = sheet(bundle, first)
        total = printed.pop(first)
        await enter(night, first, printed)
        for row in range(bundle.tree.n_tps):
            await night.counted(row)
        await settled(storage, *engines)
        found = await plenary(storage, first)
        assert (found["entered"], found["columns"], found["differing"]) == (len(printed), len(printed) + 1, 0)
        assert await confirmations(night, first) == [], "a document without its total is not whole"
        await enter(night, first, {first: total})
        await stands(storage, first)
        await settled(storage, *engines)
    [(number, event)] = await confirmations(night, first)
    found = await plenary(storage, first)
    assert (found["confirmed"], found["upto"], found["tps_final"]) == (number, event.upto, found["tps"])
    states = await storage.pool.fetch("select tps, state from published.block where contest = $1", KEY)
    assert {row["state"] for row in states if row["tps"].startswith(first)} == {"final"}
    assert {row["state"] for row in states if not row["tps"].startswith(first)} == {"counted"}


@servers
@night
async def test_a_difference_is_told_and_ends_when_the_document_is_mended(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, (_, second, *_), engine = (
        Night(bundle, storage), kelurahan(bundle), engine_of(bundle, storage, folder, takes=(companion,)),
    )  # fmt: skip
    async with running(engine):
        for row in range(bundle.tree.n_tps):
            await night.counted(row)
        good = sheet(bundle, second)
        station = next(of for of in good if of != second)
        await enter(night, second, {**good, station: more(good[station], SUARA, 0, 7)})
        await settled(storage, engine)
        rows = await storage.pool.fetch("select * from published.difference where contest = $1", KEY)
        field = bundle.contest(KEY).fields[0]
        found = {(r["of"], r["rule"], r["against"], r["field"]): (r["ours"], r["theirs"]) for r in rows}
        true, total = good[station][SUARA][0] or 0, good[second][SUARA][0] or 0
        assert found.pop((station, "E602", "E301", "E301")) == (0, -7)
        assert found == {
            (station, "E601", "records", field): (true, true + 7),
            (second, "E601", "columns", field): (total + 7, total),
        }
        assert not (await plenary(storage, second))["stands"]
        await enter(night, second, {station: good[station]})
        await stands(storage, second)
        assert not await storage.pool.fetch("select from published.difference where contest = $1", KEY)


@servers
@night
async def test_a_later_correction_or_version_takes_the_confirmation_away(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, (first, *_), engine = (
        Night(bundle, storage), kelurahan(bundle), engine_of(bundle, storage, folder, takes=(companion,)),
    )  # fmt: skip
    row = int(bundle.tree.tps_start[bundle.tree.area_index(first)])
    tps, true = night.tps(row), truth_of(bundle, KEY, row)
    async with running(engine):
        for each in range(bundle.tree.n_tps):
            await night.counted(each)
        good = sheet(bundle, first)
        await enter(night, first, good)
        await stands(storage, first)
        final = await night.journal.decided(tps, SUARA)
        changed = more(true, SUARA, 0, 3)[SUARA]
        await night.send(corrected(tps, SUARA, final, changed), expect=final)
        await stands(storage, first, False)
        found = await plenary(storage, first)
        assert (found["confirmed"] > 0, found["tps_final"], found["differing"] > 0) == (True, found["tps"] - 1, True)
        await enter(night, first, {of: more(good[of], SUARA, 0, 3) for of in (tps, first)})
        await settled(storage, engine)
        assert not (await plenary(storage, first))["stands"], "E602: the form's own sums do not hold any more"
        again = await night.journal.decided(tps, SUARA)
        await night.send(corrected(tps, SUARA, again, true[SUARA]), expect=again)
        await enter(night, first, {of: good[of] for of in (tps, first)})
        await stands(storage, first)
        made = await confirmations(night, first)
        assert [event.replaces for _, event in made] == [0, made[0][0]]
        version = ev.VersionOpened(
            tps=tps, at=AT, replaces=0, version=2, ground="psu", order="1/2029", document=None, roles=("a", "b"),
            accounts=("a", "b"),
        )  # fmt: skip
        await night.send(version, expect=0)
        await stands(storage, first, False)
        found = await plenary(storage, first)
        assert (found["tps_settled"], found["tps_final"]) == (found["tps"] - 1, found["tps"] - 1)


@servers
@night
async def test_levels_carry_what_the_level_below_prints(storage: Storage, bundle: Bundle, folder: Path) -> None:
    night, engine = Night(bundle, storage), engine_of(bundle, storage, folder, takes=(companion,))
    tree, low = bundle.tree, kelurahan(bundle)[0]
    above = tree.kode(int(tree.parent[tree.area_index(low)]))
    async with running(engine):
        good = sheet(bundle, above)
        await enter(night, above, good)
        await enter(night, low, {low: more(good[low], SUARA, 1, 2)})
        await settled(storage, engine)
        rows = await storage.pool.fetch("select * from published.difference where contest = $1 and rule = 'E603'", KEY)
        [row] = [dict(row) for row in rows]
    field = bundle.contest(KEY).fields[1]
    assert (row["kode"], row["of"], row["field"], row["against"]) == (above, low, field, "below")
    assert row["ours"] == row["theirs"] + 2, "`theirs` is what this document prints"


@servers
@night
async def test_determinations_and_disputes_are_published_and_a_new_engine_writes_the_same(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    night, (first, *_) = Night(bundle, storage), kelurahan(bundle)
    engine = engine_of(bundle, storage, folder / "a", takes=(companion,))
    sha = "ab" * 32
    async with running(engine):
        for each in range(bundle.tree.n_tps):
            await night.counted(each)
        await enter(night, first, sheet(bundle, first))
        await stands(storage, first)
        opened = await night.send(
            ev.DisputeOpened(
                tps=first, at=AT, forum="bawaslu", cause="sums_differ", reference="12/2029", documents=(sha,),
                role="kpu_kabkota", account="a",
            )
        )  # fmt: skip
        await night.send(
            ev.DisputeMoved(
                tps=first, at=AT, replaces=0, dispute=opened, status="upheld", documents=("cd" * 32,),
                follow_up="recount", role="kpu_kabkota", account="a",
            ),
            expect=0,
        )  # fmt: skip
        totals = tuple(n or 0 for figures in sheet(bundle, "0")["0"].values() for n in figures)
        await night.send(
            ev.ResultDetermined(
                tps="0", at=AT, replaces=0, number="360", date="2029-03-20", sk=sha, ba=sha, upto=opened,
                totals=totals, roles=("kpu_ri", "kpu_ri"), accounts=("a", "b"),
            ),
            expect=0,
        )  # fmt: skip
        await settled(storage, engine)
        before = await told(storage)
    assert len(before["determination"]) == len(before["dispute"]) == 1
    found = dict(await storage.pool.fetchrow("select * from published.dispute"))
    assert (found["status"], found["follow_up"], found["documents"]) == ("upheld", "recount", [sha, "cd" * 32])
    other = engine_of(bundle, storage, folder / "b", takes=(companion,))
    for table in TABLES:
        await storage.pool.execute(f"delete from published.{table}")
    async with running(other):
        await settled(storage, other)

        async def whole() -> bool:
            return await told(storage) == before

        await until(whole)


@servers
@night
async def test_whoever_hears_of_a_confirmation_late_confirms_nothing(
    storage: Storage, bundle: Bundle, folder: Path
) -> None:
    """Between hearing that another engine confirmed an area and judging it anew, a verdict is out of date."""
    night, (first, *_), engine = Night(bundle, storage), kelurahan(bundle), engine_of(bundle, storage, folder)
    seat = Seat(bundle, KEY, engine.state, night.journal, storage.pool, clock, lambda: None)
    late = Plenary(seat)
    for row in range(bundle.tree.n_tps):
        await night.counted(row)
    await enter(night, first, sheet(bundle, first))
    late.fold(await night.journal.of_kinds(late.kinds))
    engine.state.fold(await night.journal.read(0, 100_000))
    with pytest.raises(ZeroDivisionError):
        async with storage.pool.acquire() as line, line.transaction():
            await late.publish(line, engine.state.number)
            raise ZeroDivisionError  # as a server that goes away before the commit
    assert await plenary(storage, first) == {}
    async with storage.pool.acquire() as line, line.transaction():
        await late.publish(line, engine.state.number)
    assert (await plenary(storage, first))["entered"] == len(sheet(bundle, first)), "a lost cut is written again"
    assert late.ready() == [first]
    (done,) = await night.journal.append(late.confirmation(first))
    assert done.outcome is Outcome.APPENDED
    (again,) = await night.journal.append(late.confirmation(first))
    assert (again.outcome, again.number) == (Outcome.DUPLICATE, done.number)
    tail = await night.journal.read(engine.state.number)
    late.fold(tail)
    assert late.ready() == []
    engine.state.fold(tail)
    async with storage.pool.acquire() as line, line.transaction():
        await late.publish(line, engine.state.number)
    assert (late.ready(), late.stands(first)) == ([], True)


# -- without servers --------------------------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=25)
def test_a_document_is_judged_as_the_rules_judge_it(bundle: Bundle, data: st.DataObject) -> None:
    """The quick arithmetic beside the engine, and the functions of the catalogue: the same comparisons fail."""
    tree, state = bundle.tree, State(bundle, KEY)
    kode = data.draw(st.sampled_from([tree.kode(area) for area in range(tree.n_areas)]))
    of = document(bundle, KEY, kode)
    entries, number = [], 0
    for row in data.draw(st.lists(st.integers(0, tree.n_tps - 1), unique=True)):
        for block, figures in truth_of(bundle, KEY, row).items():
            number += 1
            event = ev.BlockCounted(
                tps=tree.tps_kode(row), at=AT, block=block, replaces=0, figures=figures, scans=(), reading=0, salt=None,
                policy="p",
            )  # fmt: skip
            entries.append(Entry(number, event, b"", "block_counted"))
    state.fold(entries)
    printed = dict(sheet(bundle, kode))
    for name in data.draw(st.lists(st.sampled_from(sorted(printed)), max_size=3)):
        values = vector(of.total.contest, printed[name]).tolist()
        values[data.draw(st.integers(0, len(values) - 1))] += data.draw(st.integers(1, 9))
        printed[name] = by_block(of.total.contest, values)
    found = judge(state, of, printed, {})
    assert {(r.of, r.rule, r.field) for r in found.rows if r.rule != "E602"} == expected(state, of, printed)
    inside = {(fault.of, fault.code) for fault in faults(of, printed) if fault.code == "E602"}
    assert {(r.of, r.rule) for r in found.rows if r.rule == "E602"} == inside
    assert found.entered == found.columns == len(of.all)


def expected(state: State, of: Document, printed: Mapping[str, Mapping[str, Figures]]) -> set[tuple[str, str, str]]:
    """E601 by the catalogue: against the records, and of the total against the columns."""
    tree, broken = state.tree, set()
    for column in of.all:
        contest = column.contest
        own = Tallies.of_records(contest, [printed[column.kode]])
        if of.tingkat == 4 and column.kode != of.kode:
            row = tree.tps_index(column.kode)
            ours = np.where(state.decisions[row, 0] > 0, state.figures_of(row), ABSENT)
        else:
            ours = state.totals(tree.area_index(column.kode))
        records = Tallies({f: np.array([ours[j]], np.int64) for j, f in enumerate(contest.fields)})
        sheet = own.beside(Beside.RECORDS, records)
        if column.kode == of.kode:
            every = [vector(c.contest, printed[c.kode]) for c in of.columns]
            whole = Tallies({f: np.array([sum(v[j] for v in every)]) for j, f in enumerate(contest.fields)})
            sheet = sheet.beside(Beside.COLUMNS, whole)
        for line in judge_rules(contest, sheet).lines["E601"]:
            blank = line.part.startswith("records") and not line.judged[0]
            if line.residual[0] or blank:
                broken.add((column.kode, "E601", line.part.rpartition(".")[2]))
    return broken
