"""The state: against a naive model, against the fold of records, against a full roll-up; and its snapshot on disk."""

import itertools
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recap_scene import ADM, AT, LAYOUT, SUARA, corrected, page_read, reading, scan, truth

from election import bundle as bundles
from election import event as ev
from election import record as rec
from election.bundle import Bundle
from election.event import Figures
from election.rules import identities
from recap import snapshot
from recap.snapshot import Snapshot, SnapshotDamaged
from recap.state import CODES, State
from storage import durable

KEY = "ppwp"


class Row(NamedTuple):
    """A journal entry."""

    number: int
    event: ev.Event | None


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundles.make(tmp_path_factory.mktemp("state") / "b", seed=11, kecamatan=2, kelurahan=4, tps=9)


def new(bundle: Bundle) -> State:
    return State(bundle.tree, bundle.contest(KEY), bundle.tps_holding(KEY))


def machine(tps: str, block: str, replaces: int, figures: Figures, held: bool) -> ev.Decision:
    common = {"tps": tps, "at": AT, "block": block, "replaces": replaces, "figures": figures, "scans": (1,)}
    if held:
        return ev.BlockHeld(**common, reading=1, salt=None, read=None, reasons=("E404",), policy="p")
    return ev.BlockCounted(**common, reading=1, salt="5" * 32, policy="p")


step = st.tuples(
    st.sampled_from(["scan", "read", "reading", "counted", "counted", "held", "corrected", "unknown", "elsewhere"]),
    st.integers(0, 8),  # TPS
    st.sampled_from([SUARA, ADM]),
    st.booleans(),  # names the decision that stands, or a stale one
    st.integers(0, 400),
    st.booleans(),  # a figure is missing
)


def journal(bundle: Bundle, steps: list[tuple[str, int, str, bool, int, bool]]) -> list[Row]:
    rows: list[Row] = []
    stands: dict[tuple[str, str], int] = {}
    for number, (what, row, block, fresh, votes, gap) in enumerate(steps, 1):
        tps = bundle.tree.tps_kode(row)
        told = list(truth(bundle, row)[block])
        told[0], told[-1] = votes, None if gap else told[-1]
        replaces = stands.get((tps, block), 0) if fresh else max(0, number - 3)
        made: dict[str, ev.Event | None] = {
            "scan": scan(tps, 1 + votes % 3),
            "read": page_read(tps, max(1, number - 1), 1, "ab" * 32),
            "reading": reading(tps, truth(bundle, row)),
            "counted": machine(tps, block, replaces, tuple(told), held=False),
            "held": machine(tps, block, replaces, tuple(told), held=True),
            "corrected": corrected(tps, block, replaces, tuple(told)),
            "unknown": None,
            "elsewhere": machine("9999999999999", block, 0, tuple(told), held=False),
        }
        if isinstance(made[what], ev.Decision) and replaces == stands.get((tps, block), 0):
            stands[tps, block] = number
        rows.append(Row(number, made[what]))
    return rows


def model(bundle: Bundle, rows: list[Row]) -> dict[str, dict[str, list[int]]]:
    """What every area should say, told slowly: dictionaries, one TPS at a time, sums by walking up."""
    contest = bundle.contest(KEY)
    states: dict[tuple[str, str], tuple[str, int, Figures | None]] = {}
    for number, event in rows:
        if not isinstance(event, ev.Decision):
            continue
        state, decision, figures = states.get((event.tps, event.block), ("", 0, None))
        if event.replaces != decision:
            continue
        if state == "verified" and not isinstance(event, ev.BlockCorrected):
            states[event.tps, event.block] = (state, number, figures)
            continue
        name = {"BlockCounted": "counted", "BlockHeld": "held", "BlockCorrected": "verified"}[type(event).__name__]
        states[event.tps, event.block] = (name, number, event.figures)
    told: dict[str, dict[str, list[int]]] = {}
    for row in range(bundle.tree.n_tps):
        tps = bundle.tree.tps_kode(row)
        counted: dict[str, int] = {}
        held: dict[str, int] = {}
        flags = []
        for block, fields in contest.blocks.items():
            state, _, figures = states.get((tps, block), ("", 0, None))
            into = {"counted": counted, "verified": counted, "held": held}.get(state, {})
            into.update({f: n for f, n in zip(fields, figures or (), strict=False) if n is not None})
            flags += [int(state in ("counted", "verified")), int(state == "held")]
        sums = []
        for identity in identities(contest):
            given = all(field in counted for field, _ in identity.terms)
            r = sum(c * counted[field] for field, c in identity.terms) if given else 0
            sums += [r, abs(r), int(r != 0)]
        mine = {
            "totals": [counted.get(f, 0) for f in contest.fields],
            "held": [held.get(f, 0) for f in contest.fields],
            "flags": flags,
            "residuals": sums,
        }
        for kode in (bundle.tree.kode(a) for a in bundle.tree.path(row)):
            area = told.setdefault(kode, {name: [0] * len(values) for name, values in mine.items()})
            for name, values in mine.items():
                area[name] = [a + b for a, b in zip(area[name], values, strict=True)]
    return told


def said(state: State) -> dict[str, dict[str, list[int]]]:
    c = state.columns
    flags = [c.tps_counted, c.tps_held, c.adm_counted, c.adm_held]
    return {
        state.tree.kode(area): {
            "totals": sums[c.totals].tolist(),
            "held": sums[c.held].tolist(),
            "flags": sums[flags].tolist(),
            "residuals": sums[c.residuals].tolist(),
        }
        for area, sums in enumerate(state.areas)
    }


@settings(max_examples=120, deadline=None)
@given(steps=st.lists(step, max_size=30), cuts=st.lists(st.integers(0, 30), max_size=4))
def test_any_history_in_any_batches_gives_the_totals_of_the_naive_model(bundle, steps, cuts) -> None:
    rows = journal(bundle, steps)
    state = new(bundle)
    edges = [0, *sorted(cuts), len(rows)]
    for start, stop in itertools.pairwise(edges):
        state.fold(rows[max(0, start - 2) : stop])  # some handed in again
    assert said(state) == model(bundle, rows)
    whole, numbers = state.recompute()
    assert np.array_equal(whole, state.areas)
    assert np.array_equal(numbers, state.area_numbers)
    assert state.number == len(rows)


@settings(max_examples=120, deadline=None)
@given(steps=st.lists(step, max_size=30))
def test_the_state_agrees_with_the_fold_of_every_record(bundle, steps) -> None:
    rows = journal(bundle, steps)
    state = new(bundle)
    state.fold(rows)
    for row in range(bundle.tree.n_tps):
        tps = bundle.tree.tps_kode(row)
        record = rec.fold([r for r in rows if r.event is not None and r.event.tps == tps], LAYOUT)
        for j, name in enumerate(state.blocks):
            block = record.block(name)
            assert block.decision == state.decisions[row, j]
            if block.decision:
                assert CODES[state.states[row, j]] is block.state
                shown = [-1 if figure is None else figure for figure in block.figures]
                assert state.figures[row, state.spans[name]].tolist() == shown
        assert state.last[row] == record.number


def decided(bundle: Bundle, n: int = 9) -> list[Row]:
    events: list[ev.Event] = []
    for row in range(n):
        for block in (SUARA, ADM):
            events.append(machine(bundle.tree.tps_kode(row), block, 0, truth(bundle, row)[block], held=row % 4 == 1))
    return [Row(number, event) for number, event in enumerate(events, 1)]


def test_figures_that_no_form_could_carry_count_as_none(bundle: Bundle) -> None:
    state = new(bundle)
    tps = bundle.tree.tps_kode(0)
    wild = (10**12, -4, *truth(bundle, 0)[SUARA][2:])
    state.fold([Row(1, machine(tps, SUARA, 0, wild, held=False)), Row(2, machine(tps, ADM, 0, (1, 2), held=False))])
    assert state.areas[0, :2].tolist() == [0, 0]
    assert state.areas[0, state.columns.adm_counted] == 1
    assert state.areas[0, state.columns.totals][6:].sum() == 0


def test_a_replay_and_a_snapshot_give_the_same_bytes(bundle: Bundle, tmp_path: Path) -> None:
    rows, mark = decided(bundle), snapshot.fingerprint(bundle, bundle.contest(KEY))
    whole = new(bundle)
    whole.fold(rows)
    half = new(bundle)
    half.fold(rows[:7])
    path = tmp_path / "x.recap"
    snapshot.save(path, Snapshot.of(half, {3, 1}, mark))
    restored = new(bundle)
    assert snapshot.thaw(path, restored, mark) == {1, 3}
    assert restored.number == 7
    restored.fold(rows)
    assert Snapshot.of(restored, set(), mark).encode() == Snapshot.of(whole, set(), mark).encode()
    assert restored.areas.tobytes() == whole.areas.tobytes()
    assert restored.area_numbers.tobytes() == whole.area_numbers.tobytes()
    assert [p.name for p in tmp_path.iterdir()] == ["x.recap"], "nothing unfinished is left"


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_snapshot_with_any_byte_changed_or_cut_off_is_passed_over(bundle, tmp_path_factory, data) -> None:
    state, mark = new(bundle), snapshot.fingerprint(bundle, bundle.contest(KEY))
    state.fold(decided(bundle))
    good = Snapshot.of(state, set(), mark).encode()
    at = data.draw(st.integers(0, len(good) - 1))
    cut = data.draw(st.booleans())
    bad = good[:at] if cut else good[:at] + bytes([good[at] ^ (1 << data.draw(st.integers(0, 7)))]) + good[at + 1 :]
    path = tmp_path_factory.mktemp("damaged") / "x.recap"
    path.write_bytes(bad)
    fresh = new(bundle)
    with pytest.raises(SnapshotDamaged):
        snapshot.thaw(path, fresh, mark)
    assert fresh.number == 0
    assert not fresh.areas.any()


def test_a_snapshot_of_another_bundle_is_passed_over(bundle: Bundle, tmp_path: Path) -> None:
    other = bundles.make(tmp_path / "other", seed=12, kecamatan=2, kelurahan=4, tps=9)
    contest = bundle.contest(KEY)
    assert snapshot.fingerprint(bundle, contest) == snapshot.fingerprint(bundle, contest)
    state = new(bundle)
    path = tmp_path / "x.recap"
    snapshot.save(path, Snapshot.of(state, set(), snapshot.fingerprint(bundle, contest)))
    with pytest.raises(SnapshotDamaged, match="another bundle"):
        snapshot.thaw(path, new(bundle), snapshot.fingerprint(other, other.contest(KEY)))


def test_a_write_that_fails_leaves_the_old_snapshot(bundle: Bundle, tmp_path: Path, monkeypatch) -> None:
    state, mark = new(bundle), snapshot.fingerprint(bundle, bundle.contest(KEY))
    path = tmp_path / "x.recap"
    snapshot.save(path, Snapshot.of(state, set(), mark))
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable.os, "fdatasync", full)
    state.fold(decided(bundle))
    with pytest.raises(OSError, match="No space"):
        snapshot.save(path, Snapshot.of(state, set(), mark))
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1
