"""Finding near hashes, equal photos and changes against plain loops; and what the warnings find in real records."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recap_scene import corrected

from election import bundle as bundles
from election import event as ev
from election import record as records
from election.bundle import Bundle
from election.contest import SUARA, Choice, Contest
from recap import tally
from recap.screens import changes, offline
from recap.screens.changes import Plenary
from recap.screens.found import found
from recap.screens.index import FARTHEST, Index
from recap.screens.photos import EQUAL, NEAR, Photos, Shot
from storage.draft import Entry
from suara.cli import main

# -- near hashes ------------------------------------------------------------------------------------------------------

HASH = st.one_of(
    st.integers(0, 2**64 - 1),
    st.sampled_from([0, 2**64 - 1]).flatmap(
        lambda base: st.sets(st.integers(0, 63), max_size=9).map(lambda bits: base ^ sum(1 << b for b in bits))
    ),
)
"""Far from each other, or a few bits from one of two."""

PUTS = st.lists(st.tuples(st.integers(0, 19), st.one_of(HASH, st.none())), max_size=60)


@given(PUTS, HASH, st.integers(0, FARTHEST))
@settings(max_examples=100)
def test_near_is_what_a_look_at_every_hash_finds(puts: list[tuple[int, int | None]], value: int, distance: int) -> None:
    index, known = Index(20), {}
    for row, one in puts:
        index.put(row, one)
        known[row] = one
    assert all(index[row] == one for row, one in known.items())
    wanted = sorted(row for row, one in known.items() if one is not None and (one ^ value).bit_count() <= distance)
    assert index.near(value, distance) == wanted


@given(PUTS, HASH)
def test_one_piece_finds_what_is_equal(puts: list[tuple[int, int | None]], value: int) -> None:
    index = Index(20, 1)
    for row, one in puts:
        index.put(row, one)
    assert index.near(value, 0) == [row for row, one in sorted(dict(puts).items()) if one == value]


def test_many_that_are_the_same_are_all_found() -> None:
    index = Index(1_000)
    for row in range(1_000):
        index.put(row, 5)
    assert index.near(5, 0) == index.near(4, 6) == list(range(1_000))


# -- photos -----------------------------------------------------------------------------------------------------------

SHAS = [f"{n:064x}"[::-1] for n in range(3)]
LIKENESSES = [f"{n:016x}" for n in (0, 3, 0x3F, 0x7F, 0xFFFF)]
SHOTS = st.lists(
    st.builds(Shot, st.integers(0, 4), st.integers(1, 3), st.sampled_from(SHAS), st.sampled_from([*LIKENESSES, None])),
    max_size=25,
)


def plain_photos(shots: list[Shot]) -> dict[int, set[int]]:
    """Row → the other rows that have its photo, by the definition."""
    last = {(shot.row, shot.page): shot for shot in shots}
    answer: dict[int, set[int]] = {}
    for a in range(5):
        for b in range(5):
            mine, theirs = ([s for (row, _), s in last.items() if row == r] for r in (a, b))
            same = any(s.sha256 == o.sha256 for s in mine for o in theirs)
            bits = [
                (int(s.likeness, 16) ^ int(o.likeness, 16)).bit_count()
                for s in mine for o in theirs
                if s.page == o.page and s.likeness is not None and o.likeness is not None
            ]  # fmt: skip
            near = sum(n <= NEAR for n in bits) > 1 or any(n <= EQUAL for n in bits)
            if a != b and (same or near):
                answer.setdefault(a, set()).add(b)
    return answer


@given(SHOTS, st.integers(1, 7))
@settings(max_examples=120)
def test_photos_in_any_pieces_are_what_a_look_at_every_pair_finds(shots: list[Shot], size: int) -> None:
    photos, known = Photos(5), {}
    for at in range(0, len(shots), size):
        moved = sorted(photos.put(shots[at : at + size]))
        for row in moved:
            known.pop(row, None)
        known |= {one.row: one for one in photos.screen(moved, str)}
    told = {row: {int(other["tps"]) for other in one.detail["others"]} for row, one in known.items()}
    assert told == plain_photos(shots)
    assert all(one.detail["count"] == len(told[row]) for row, one in known.items())


# -- changes ----------------------------------------------------------------------------------------------------------

CONTEST = Contest("ppwp", tuple(Choice(id=str(n), number=n, name=f"pair {n}") for n in (1, 2)), "c_hasil_ppwp_2024")
TPS = "3201010001001"
T = "2029-02-14T12:{:02d}:00.000Z"


def entry(number: int, event: ev.Event) -> Entry:
    return Entry(number, event, b"", str(event.__struct_config__.tag))  # type: ignore[arg-type]


def counted(number: int, figures: tuple[int, ...], replaces: int = 0) -> Entry:
    return entry(number, ev.BlockCounted(
        tps=TPS, at=T.format(0), block=SUARA, replaces=replaces, figures=figures, scans=(), reading=0, salt=None,
        policy="p",
    ))  # fmt: skip


def fixed(number: int, replaces: int, figures: tuple[int, ...], minute: int) -> Entry:
    event = corrected(TPS, SUARA, replaces, figures)
    return entry(number, ev.BlockCorrected(**{**{n: getattr(event, n) for n in event.__struct_fields__},
                                              "at": T.format(minute)}))  # fmt: skip


def said(entries: list[Entry], plenaries: list[Plenary]) -> list[int]:
    """Numbers of the changes that are remarked."""
    record = records.fold(entries, {SUARA: (1,), "administrasi": (1,)}, TPS)
    one = changes.screen(CONTEST, 0, record, plenaries)
    return [] if one is None else [change["number"] for change in one.detail["changes"]]


def test_what_was_held_and_then_decided_is_no_change() -> None:
    held = entry(1, ev.BlockHeld(
        tps=TPS, at=T.format(0), block=SUARA, replaces=0, figures=(900, 0, 900, 0, 900), scans=(), reading=0, salt=None,
        read=None, reasons=("E301",), policy="p",
    ))  # fmt: skip
    assert said([held, fixed(2, 1, (90, 0, 90, 0, 90), 1)], []) == []


def test_a_correction_is_remarked_where_it_moves_many_votes() -> None:
    first = counted(1, (100, 100, 200, 0, 200))
    assert said([first, fixed(2, 1, (110, 90, 200, 0, 200), 1)], []) == []
    assert said([first, fixed(2, 1, (150, 50, 200, 0, 200), 1)], []) == [2]


def test_a_small_one_is_remarked_shortly_before_a_plenary_and_none_after_it() -> None:
    entries = [counted(1, (100, 100, 200, 0, 200)), fixed(2, 1, (101, 99, 200, 0, 200), 10)]
    assert said(entries, [Plenary(3, changes.seconds(T.format(40)))]) == [2]
    assert said(entries, [Plenary(3, changes.seconds("2029-02-15T12:40:00.000Z"))]) == []
    assert said(entries, [Plenary(1, changes.seconds(T.format(9)))]) == []


def test_a_new_version_takes_all_votes_away() -> None:
    opened = entry(2, ev.VersionOpened(
        tps=TPS, at=T.format(1), replaces=0, version=2, ground="psu", order="1", document=None,
        roles=("kpu_kabkota", "kpu_kabkota"), accounts=("a", "b"),
    ))  # fmt: skip
    assert said([counted(1, (100, 100, 200, 0, 200)), opened], []) == [2]
    assert said([counted(1, (20, 20, 40, 0, 40)), opened], []) == []


def test_a_finding_says_the_same_bytes_for_the_same_facts() -> None:
    one = found(3, "W508", others=[{"tps": "1", "same": [1], "near": []}], count=1)
    other = found(3, "W508", count=1, others=[{"near": [], "same": [1], "tps": "1"}])
    assert one.json == other.json
    assert one.plain["id"] == one.detail["id"]


# -- real records -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nation(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("nation2024") / "B"
    assert main(["bundle", "load", str(shared / "data/wilayah2024"), "--out", str(folder)]) == 0
    return bundles.load(folder)


@pytest.mark.real
def test_warnings_stay_as_rare_on_real_records_as_measured(shared: Path, nation: Bundle) -> None:
    data = shared / "data/sirekap2024"
    held = tally.read(data / "ppwp_tps.parquet", nation.tree, tally.whole(nation, "ppwp"), nation.tps_holding("ppwp"))
    history = offline.versions(data / "ppwp_tps_versions.parquet", nation.tree, held.contest)
    rates = {rate.code: rate for rate in offline.screened(nation, held)}
    most = {"W503": 2, "W504": 35, "W505": 1, "W506": 1, "W510": 5, "W511": 8}
    for code, thousandths in most.items():
        assert 0 < rates[code].judged <= 55_319
        assert 1000 * rates[code].found <= thousandths * rates[code].judged, code
    assert rates["W510"].judged > 43_000 and rates["W510"].found > 100
    over_time = {rate.code: rate for rate in offline.screened(nation, held, history)}
    one = over_time["W511"]
    assert one.changed * one.base >= 5 * one.base_changed * one.known, "five times what chance would point at"


@pytest.mark.real
def test_the_first_version_and_what_changed_are_what_a_plain_walk_says(shared: Path, nation: Bundle) -> None:
    import polars as pl

    file = shared / "data/sirekap2024/ppwp_tps_versions.parquet"
    found = offline.versions(file, nation.tree, tally.whole(nation, "ppwp"))
    frame = pl.read_parquet(file).sort("kode", "ver").filter(pl.col("kode").str.starts_with("3101"))
    names = {"paslon_1": "p1", "suara_tidak_sah": "suara_tidak_sah", "pemilih_dpt_j": "pemilih_dpt_j"}
    every = [name for name in frame.columns if name not in ("kode", "ver", "obs", "commit", "ts", "nimg")]
    for kode, rows in frame.group_by("kode"):
        at = int(np.searchsorted(found.tps, nation.tree.tps_index(str(kode[0]))))
        for field, name in names.items():
            given_ = [value for value in rows[name].to_list() if value is not None]
            assert found.first[field][at] == (given_[0] if given_ else -1)
        walks = [rows[name].to_list() for name in every]
        known = [[value for value in walk if value is not None] for walk in walks]
        moved = any(len(set(some)) > 1 or (some and walk[-1] is None) for walk, some in zip(walks, known, strict=True))
        assert bool(found.changed[at]) is moved
