"""The state of every contest against a slow and simple reader, and against the fold of each record."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from state_scene import COUNTS, Model, Row, Step, journal, machine, steps

from election import bundle as bundles
from election import record as rec
from election.block import BlockState
from election.bundle import Bundle
from election.contest import ADM, CONTEST_TYPES, SUARA
from election.region import KELURAHAN
from recap.columns import COUNTING, PARTAI, SHOWN
from recap.state import CODES, LARGEST, State

KEYS = tuple(CONTEST_TYPES)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Two provinces, one with parties of its own, and voters abroad; every contest."""
    sizes = {"provinsi": 2, "kabupaten": 5, "kecamatan": 9, "kelurahan": 16, "tps": 30, "abroad": 4}
    return bundles.make(tmp_path_factory.mktemp("state") / "b", seed=11, **sizes, contests=KEYS)


def folded(bundle: Bundle, key: str, rows: list[Row], cuts: list[int] = []) -> State:  # noqa: B006 — not changed
    state = State(bundle, key)
    for start, stop in itertools.pairwise([0, *sorted(cuts), len(rows)]):
        state.fold(rows[max(0, start - 2) : stop])  # some handed in again
    return state


def read(bundle: Bundle, key: str, rows: list[Row]) -> Model:
    model = Model(bundle, key)
    for row in rows:
        model.take(row)
    return model


@settings(max_examples=100, deadline=None)
@given(key=st.sampled_from(KEYS), told=steps)
def test_every_record_is_as_the_slow_reader_has_it(bundle: Bundle, key: str, told: list[Step]) -> None:
    rows = journal(bundle, key, told)
    state, model = folded(bundle, key, rows), read(bundle, key, rows)
    unsettled = state.unsettled()
    for tps, row in model.rows.items():
        record = model.records[tps]
        assert state.block_names(row) == tuple(record.states)
        n = len(record.states)
        assert [CODES[code] for code in state.states[row, :n]] == list(record.states.values())
        assert state.decisions[row, :n].tolist() == list(record.decisions.values())
        assert (state.versions[row], state.last[row]) == (record.version, record.last)
        shown = [record.figures.get(name, (None,) * len(f)) for name, f in record.ballot.blocks.items()]
        assert state.figures_of(row).tolist() == [-1 if f is None else f for figures in shown for f in figures]
        assert unsettled[row] == any(s not in COUNTS for name, s in record.states.items() if name != ADM)
    assert not unsettled[[row for row in range(bundle.tree.n_tps) if not bundle.holds(key, row)]].any()


@settings(max_examples=100, deadline=None)
@given(key=st.sampled_from(KEYS), told=steps, cuts=st.lists(st.integers(0, 30), max_size=4))
def test_every_area_is_the_sum_of_what_the_slow_reader_has(bundle: Bundle, key: str, told, cuts) -> None:
    rows = journal(bundle, key, told)
    state, model = folded(bundle, key, rows, cuts), read(bundle, key, rows)
    for area in range(bundle.tree.n_areas):
        kode, fields = bundle.tree.kode(area), state.printed.fields(area)
        within = model.within(kode)
        counted, held = model.sums(within, *COUNTS), model.sums(within, "held")
        assert state.totals(area).tolist() == [counted.get(field, 0) for field in fields]
        assert state.held(area).tolist() == [held.get(field, 0) for field in fields]
        assert state.common_totals[area].tolist() == [counted.get(field, 0) for field in state.printed.common]
        assert state.area_numbers[area] == model.number(kode)
        _check_counts(state, model, area, within)
        _check_residuals(state, model, area, within)
    assert state.sound()
    assert state.rebuild() == []


def _check_counts(state: State, model: Model, area: int, within: list[str]) -> None:
    records = [model.records[tps] for tps in within]
    assert state.tps[area] == len(within)
    assert state.areas[area, state.columns.versions] == sum(record.version > 1 for record in records)
    for kind in state.columns.kinds:
        found = [s for r in records for name, s in r.states.items() if name == kind or (kind == PARTAI and _page(name))]
        for shown in SHOWN:
            wanted = sum(s in COUNTS if shown == COUNTING else s == shown for s in found)
            assert state.areas[area, state.columns.count(kind, shown)] == wanted


def _page(name: str) -> bool:
    return name not in (SUARA, ADM)


def _check_residuals(state: State, model: Model, area: int, within: list[str]) -> None:
    rows = [model.records[tps].residuals() for tps in within]
    found = state.areas[area, state.columns.residuals].reshape(-1, 3).tolist()
    for name, sums in zip(state.columns.identities, found, strict=True):
        every = [row.get(name, 0) for row in rows]
        assert sums == [sum(every), sum(map(abs, every)), sum(r != 0 for r in every)]


@settings(max_examples=60, deadline=None)
@given(key=st.sampled_from(["pdpr", "pdprdp", "pdprdk"]), told=steps)
def test_a_dapil_is_the_sum_of_its_tps(bundle: Bundle, key: str, told: list[Step]) -> None:
    rows = journal(bundle, key, told)
    state, model = folded(bundle, key, rows), read(bundle, key, rows)
    for dapil, district in enumerate(state.printed.dapil):
        tree = bundle.tree
        kodes = {tree.area_index(kode) for kode in district.areas}
        within = [tps for tps, row in model.rows.items() if kodes & set(tree.path(row))]
        counted = model.sums(within, *COUNTS)
        fields = state.printed.dapil_fields(dapil)
        assert len(fields) > len(state.printed.common), "the dapil's candidates are among them"
        assert state.dapil_totals(dapil).tolist() == [counted.get(field, 0) for field in fields]
        done = [model.records[tps].states[SUARA] in COUNTS for tps in within]
        assert state.dapil[dapil, state.columns.tps_counted] == sum(done)
        kelurahan = {bundle.tree.path(row)[KELURAHAN] for tps, row in model.rows.items() if tps in within}
        assert state.dapil_numbers[dapil] == max(int(state.area_numbers[area]) for area in kelurahan)


@settings(max_examples=60, deadline=None)
@given(key=st.sampled_from(KEYS), told=steps)
def test_the_state_agrees_with_the_fold_of_every_record(bundle: Bundle, key: str, told: list[Step]) -> None:
    rows = journal(bundle, key, told)
    state = folded(bundle, key, rows)
    for row in np.flatnonzero(state.holding).tolist():
        ballot = state.ballot(row)
        record = rec.fold(rows, dict.fromkeys(ballot.blocks, (1,)), bundle.tree.tps_kode(row))
        assert record.version == state.versions[row]
        for j, name in enumerate(ballot.blocks):
            block, code = record.block(name), CODES[state.states[row, j]]
            assert block.decision == state.decisions[row, j]
            assert block.state is code or (code is BlockState.AWAITED and not block.decided)
            assert block.counts == (code in rec.COUNTING)


@settings(max_examples=40, deadline=None)
@given(key=st.sampled_from(KEYS), told=steps, cuts=st.lists(st.integers(0, 30), max_size=6))
def test_batches_do_not_matter_to_a_byte(bundle: Bundle, key: str, told: list[Step], cuts: list[int]) -> None:
    rows = journal(bundle, key, told)
    one, other = folded(bundle, key, rows), folded(bundle, key, rows, cuts)
    for mine, theirs in zip((*one.rows, *one.sums), (*other.rows, *other.sums), strict=True):
        assert mine.tobytes() == theirs.tobytes()


def test_figures_that_no_form_could_carry_count_as_none(bundle: Bundle) -> None:
    state, tps = State(bundle, "ppwp"), bundle.tree.tps_kode(0)
    wild = (10**12, -4, LARGEST, LARGEST + 1, 10**400, 7)
    state.fold([Row(1, machine(tps, SUARA, 0, wild, held=False)), Row(2, machine(tps, ADM, 0, (1, 2), held=False))])
    assert state.totals(0)[:6].tolist() == [0, 0, LARGEST, 0, 0, 7]
    assert state.areas[0, state.columns.adm_counted] == 1
    assert not state.totals(0)[6:].any()


def test_numbers_that_no_journal_has_replace_nothing(bundle: Bundle) -> None:
    state, tps = State(bundle, "ppwp"), bundle.tree.tps_kode(0)
    state.fold([Row(1, machine(tps, SUARA, 10**30, (1,) * 6, held=False)), Row(2, machine(tps, "x", 0, (1,), False))])
    assert not state.decisions.any()
    assert state.last[0] == 2


def test_what_it_is_about_is_answered_in_order(bundle: Bundle, caplog: pytest.LogCaptureFixture) -> None:
    state, codes = State(bundle, "ppwp"), [bundle.tree.tps_kode(row) for row in (5, 2, 5, 0)]
    rows = [Row(i, machine(tps, SUARA, 0, (1,) * 6, held=False)) for i, tps in enumerate(codes, 1)]
    assert state.fold([*rows, Row(5, None)]) == [5, 2, 0]
    assert "number 5 passed over" in caplog.text
    assert state.fold(rows) == []


@pytest.mark.parametrize("spoil", ["areas", "area_numbers", "dapil", "own"])
def test_the_shadow_sees_any_sum_that_drifted(bundle: Bundle, spoil: str) -> None:
    state = State(bundle, "pdpr")
    row = int(np.flatnonzero(state.holding)[3])
    name = state.block_names(row)[0]
    state.fold([Row(1, machine(bundle.tree.tps_kode(row), name, 0, (5,) * len(state.ballot(row).blocks[name]), False))])
    arrays = {"areas": state.areas, "area_numbers": state.area_numbers, "dapil": state.dapil, "own": state.sums.own}
    for place in (0, -1):
        flat = arrays[spoil].reshape(-1)
        flat[place] += 7
        assert not state.sound()
        assert (state.rebuild() != []) == (spoil in ("areas", "area_numbers"))
        assert state.sound()
        arrays = {"areas": state.areas, "area_numbers": state.area_numbers, "dapil": state.dapil, "own": state.sums.own}


def test_a_contest_that_is_not_in_the_bundle_has_no_state(tmp_path: Path) -> None:
    small = bundles.make(tmp_path, tps=3)
    with pytest.raises(bundles.UnknownContest):
        State(small, "pdpr")
