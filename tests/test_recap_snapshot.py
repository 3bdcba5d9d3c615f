"""The snapshot on disk: written whole or not at all, while the state goes on; passed over where it is not ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from state_scene import Row, Step, journal, steps

from election import bundle as bundles
from election import event as ev
from election.bundle import Bundle
from election.contest import CONTEST_TYPES
from recap import snapshot
from recap.snapshot import Snapshot, SnapshotDamaged
from recap.state import State
from storage import durable

KEYS = tuple(CONTEST_TYPES)
KEY = "pdpr"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    sizes = {"provinsi": 2, "kabupaten": 5, "kecamatan": 9, "kelurahan": 16, "tps": 30, "abroad": 4}
    return bundles.make(tmp_path_factory.mktemp("state") / "b", seed=11, **sizes, contests=KEYS)


def decided(bundle: Bundle, key: str = KEY) -> list[Row]:
    """Something of everything but what seals areas, which stands last."""
    kinds = ("counted", "held", "counted", "corrected", "withdrawn", "opened", "counted", "scan")
    told: list[Step] = [(kinds[i % 8], i % 7, i % 3, True, 31 * i % 400, 30) for i in range(40)]
    return journal(bundle, key, [*told, ("confirmed", 2, 2, True, 1, 1), ("determined", 5, 4, True, 1, 1)])


def of(bundle: Bundle, rows: list[Row], key: str = KEY) -> State:
    state = State(bundle, key)
    state.fold(rows)
    return state


def same(one: State, other: State) -> bool:
    arrays = zip((*one.rows, *one.sums), (*other.rows, *other.sums), strict=True)
    return all(a.tobytes() == b.tobytes() for a, b in arrays) and (one.number, one.at) == (other.number, other.at)


@settings(max_examples=40, deadline=None)
@given(key=st.sampled_from(KEYS), told=steps, half=st.integers(0, 30))
def test_a_replay_and_a_snapshot_give_the_same_bytes(bundle, tmp_path_factory, key, told, half) -> None:
    rows, mark = journal(bundle, key, told), snapshot.fingerprint(bundle, key)
    path = tmp_path_factory.mktemp("snapshot") / "x.recap"
    before = of(bundle, rows[:half], key)
    assert snapshot.save(path, Snapshot.of(before, {3, 1}, mark))
    restored = State(bundle, key)
    assert snapshot.thaw(path, restored, mark) == {1, 3}
    assert same(restored, before)
    restored.fold(rows)
    whole = of(bundle, rows, key)
    assert same(restored, whole)
    assert Snapshot.of(restored, {2}, mark).encode() == Snapshot.of(whole, {2}, mark).encode()
    assert [p.name for p in path.parent.iterdir()] == ["x.recap"], "nothing unfinished is left"


def test_rows_that_ran_ahead_of_the_snapshot_s_number_are_not_folded_twice(bundle, tmp_path, monkeypatch) -> None:
    """The state goes on between one piece and the next; the snapshot and the journal's tail still make the whole."""
    monkeypatch.setattr(snapshot, "PIECE", 4)
    rows, mark = decided(bundle)[:-2], snapshot.fingerprint(bundle, KEY)
    state, told = of(bundle, rows[:5]), iter(rows[5:])

    def moving(taken: Snapshot) -> Iterator[bytes]:
        for part in taken.parts():
            yield part
            state.fold([next(told, rows[-1])])

    taken = Snapshot.of(state, {9}, mark)
    durable.write_parts(tmp_path / "x.recap", moving(taken))
    assert next(told, None) is None, "everything came in meanwhile"
    restored = State(bundle, KEY)
    assert snapshot.thaw(tmp_path / "x.recap", restored, mark) == {9}
    assert restored.number == 5
    assert not same(restored, of(bundle, rows[:5]))
    assert restored.fold(rows) == State(bundle, KEY).fold(rows[5:]), "what came meanwhile is owed a judgement again"
    assert same(restored, of(bundle, rows))


def test_a_snapshot_in_which_an_area_was_sealed_is_not_kept(bundle, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(snapshot, "PIECE", 4)
    rows, mark, path = decided(bundle), snapshot.fingerprint(bundle, KEY), tmp_path / "x.recap"
    state = of(bundle, rows[:-2])
    taken = Snapshot.of(state, set(), mark)
    assert snapshot.save(path, taken)
    before = path.read_bytes()
    assert isinstance(rows[-1].event, ev.ResultDetermined)
    state.fold(rows)
    assert not snapshot.save(path, taken)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_snapshot_with_any_byte_changed_or_cut_off_is_passed_over(bundle, tmp_path_factory, data) -> None:
    mark = snapshot.fingerprint(bundle, KEY)
    good = Snapshot.of(of(bundle, decided(bundle)), set(), mark).encode()
    at = data.draw(st.integers(0, len(good) - 1))
    cut = data.draw(st.booleans())
    bad = good[:at] if cut else good[:at] + bytes([good[at] ^ (1 << data.draw(st.integers(0, 7)))]) + good[at + 1 :]
    path = tmp_path_factory.mktemp("damaged") / "x.recap"
    path.write_bytes(bad)
    fresh = State(bundle, KEY)
    with pytest.raises(SnapshotDamaged):
        snapshot.thaw(path, fresh, mark)
    assert same(fresh, State(bundle, KEY))


def test_a_snapshot_of_another_bundle_contest_or_release_is_passed_over(bundle: Bundle, tmp_path: Path) -> None:
    other = bundles.make(tmp_path / "other", seed=12, kecamatan=2, kelurahan=4, tps=9, contests=KEYS)
    assert snapshot.fingerprint(bundle, KEY) == snapshot.fingerprint(bundle, KEY)
    marks = {snapshot.fingerprint(one, key) for one in (bundle, other) for key in KEYS}
    assert len(marks) == 2 * len(KEYS)
    path, mark = tmp_path / "x.recap", snapshot.fingerprint(bundle, KEY)
    snapshot.save(path, Snapshot.of(State(bundle, KEY), set(), mark))
    with pytest.raises(SnapshotDamaged, match="another bundle"):
        snapshot.thaw(path, State(other, KEY), snapshot.fingerprint(other, KEY))
    with pytest.raises(SnapshotDamaged, match="another bundle"):
        snapshot.thaw(path, State(bundle, "ppwp"), snapshot.fingerprint(bundle, "ppwp"))
    path.write_bytes(path.read_bytes().replace(snapshot.MAGIC, b"suara recap 1\n"))
    with pytest.raises(SnapshotDamaged):
        snapshot.thaw(path, State(bundle, KEY), mark)


def test_a_write_that_fails_leaves_the_old_snapshot(bundle: Bundle, tmp_path: Path, monkeypatch) -> None:
    state, mark = State(bundle, KEY), snapshot.fingerprint(bundle, KEY)
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
