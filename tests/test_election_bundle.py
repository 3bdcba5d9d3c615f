"""Bundles: invented ones to the byte, damaged ones by name."""

import json
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from election import bundle
from election.bundle.columns import from_texts, to_texts
from election.bundle.dapil import Dapil, District
from election.bundle.files import read, write
from election.bundle.invented import UnknownSize
from election.bundle.model import Bundle, Holding, Manifest, UnknownContest
from election.bundle.parquet import BundleMissing, BundleUnreadable
from election.bundle.real import UnknownSource
from election.bundle.settings import Settings
from election.bundle.shape import CAPS, BadShape, deal, shape
from election.codes import fixed
from election.contest import CONTEST_TYPES
from election.problem import TEXTS, WARNINGS, BrokenReference


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Bundle]:
    """The demo's bundle and where it lies. Tests read it and change copies."""
    out = tmp_path_factory.mktemp("demo")
    return out, bundle.make(out)


def contents(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir()}


# Invented elections


def test_the_demo_is_one_kabupaten_of_240_tps(demo: tuple[Path, Bundle]) -> None:
    made = demo[1]
    assert [len(made.tree.level(level)) for level in range(5)] == [1, 1, 1, 2, 24]
    assert made.tree.n_tps == 240 == made.records()
    contest = made.contest("ppwp")
    assert [choice.number for choice in contest.choices] == [1, 2, 3]
    assert contest.form == "c_hasil_ppwp_2024" and made.live == tuple(made.contests)
    voters = made.dpt_l + made.dpt_p
    assert voters.max() <= made.settings.voters("ppwp") == 300 and voters.min() >= 1
    assert made.dpt_l.dtype == np.int32 and made.dpt_l.shape == (240,)


def test_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        bundle.make(tmp_path / name, seed=7, kabupaten=2, tps=500, contests=tuple(CONTEST_TYPES))
    bundle.make(tmp_path / "c", seed=8, kabupaten=2, tps=500, contests=tuple(CONTEST_TYPES))
    first, second, third = (contents(tmp_path / name) for name in "abc")
    assert first == second
    assert all(first[name] != third[name] for name in first)


def test_loading_gives_back_what_was_made(tmp_path: Path) -> None:
    made = bundle.make(tmp_path, seed=3, kecamatan=2, tps=60, contests=("ppwp", "pkwkk"))
    again = bundle.load(tmp_path)
    assert again.manifest == made.manifest
    assert (again.tree.tps_kodes == made.tree.tps_kodes).all() and (again.dpt_p == made.dpt_p).all()
    assert bundle.check(tmp_path) == []


def test_making_over_an_old_bundle_leaves_nothing_of_it(tmp_path: Path) -> None:
    bundle.make(tmp_path / "a", seed=1, size="kecamatan")
    bundle.make(tmp_path / "a", seed=2)
    bundle.make(tmp_path / "b", seed=2)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_codes_of_an_invented_nation_have_the_form_of_2024(tmp_path: Path) -> None:
    tree = bundle.make(tmp_path, provinsi=3, kabupaten=20, kelurahan=400).tree
    for level, digits in ((1, 2), (2, 4), (3, 6), (4, 10)):
        for area in tree.level(level):
            kode = tree.kode(area)
            assert kode.isdigit() and len(kode) == digits
            assert level == 1 or kode.startswith(tree.kode(int(tree.parent[area])))
    for i in range(tree.n_tps):
        number = i - tree.tps_of(int(tree.tps_parent[i])).start + 1
        assert tree.tps_kode(i) == f"{tree.kode(int(tree.tps_parent[i]))}{number:03}"
        assert tree.tps_nama(i) == f"TPS {number:03}"


wanted = st.tuples(*(st.none() | st.integers(1, top) for top in (5, 30, 200, 900, 4000)))


@given(wanted)
def test_a_shape_keeps_what_was_asked_or_refuses(counts: tuple[int | None, ...]) -> None:
    try:
        found = shape(counts).counts
    except BadShape as refused:
        assert refused.code == "bundle.bad_shape" and refused.text("id")
        return
    assert all(asked in (None, count) for asked, count in zip(counts, found, strict=True))
    assert all(above <= count for above, count in pairwise(found))


def test_a_shape_refuses_only_what_cannot_be() -> None:
    assert shape((2, None, None, None, 2)).counts == (2, 2, 2, 2, 2)
    assert shape((None, None, None, None, 1)).counts == (1, 1, 1, 1, 1)
    assert shape((None, 1, None, None, 240)).counts == (1, 1, 2, 24, 240)
    for impossible in ((5, None, None, None, 2), (1, 1, 1, 1, 1000), (59, None, None, None, None), (2, 1, 1, 1, 1)):
        with pytest.raises(BadShape):
            shape(impossible)


@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(1, 4), st.data())
def test_children_are_dealt_out_to_the_last(seed: int, parents: int, level: int, data: st.DataObject) -> None:
    total = data.draw(st.integers(parents, parents * CAPS[level]))
    counts = deal(np.random.default_rng(seed), total, parents, level)
    assert counts.sum() == total and counts.min() >= 1 and counts.max() <= CAPS[level]


def test_all_seven_contests_as_data(tmp_path: Path) -> None:
    made = bundle.make(tmp_path, kabupaten=3, tps=90, contests=tuple(CONTEST_TYPES))
    assert list(made.contests) == list(CONTEST_TYPES) and made.records() == 7 * 90
    ballots = {tuple(c.id for c in made.ballot("pkwkk", made.tree.tps_of(a).start).choices) for a in made.tree.level(2)}
    assert len(ballots) == 3
    assert made.ballot("pdpd", 0) == made.contest("pdpd") and made.contest("pkwkk").choices == ()
    assert made.live == tuple(made.contests)


def test_voters_abroad_have_letters_in_their_codes_and_two_contests(tmp_path: Path) -> None:
    made = bundle.make(tmp_path / "a", tps=60, abroad=70, contests=tuple(CONTEST_TYPES))
    tree = made.tree
    rows = tree.tps_of(tree.area_index("99"))
    assert rows.stop - rows.start == 70 and tree.n_tps == 130
    assert {key for key in made.contests if made.holds(key, rows.start)} == {"ppwp", "pdpr"}
    kodes = [tree.tps_kode(i) for i in range(rows.start, rows.stop)]
    assert len(set(kodes)) == 70 and all(len(kode) == 13 and kode[2:4].isalpha() for kode in kodes)
    assert {tree.tps_nama(i)[:3] for i in range(rows.start, rows.stop)} == {"TPS", "KSK", "POS"}
    home = bundle.make(tmp_path / "b", tps=60, contests=tuple(CONTEST_TYPES))
    assert (home.dpt_l == made.dpt_l[: rows.start]).all() and made.records() == home.records() + 2 * 70
    assert bundle.check(tmp_path / "a") == []


def test_words_that_nobody_knows_are_refused(tmp_path: Path) -> None:
    for arguments in ({"size": "moon"}, {"contests": ("ppwp", "pilpres")}):
        with pytest.raises(UnknownSize):
            bundle.make(tmp_path, **arguments)
    assert list(tmp_path.iterdir()) == []


def test_settings_of_pemilu_and_pilkada() -> None:
    settings = Settings()
    assert (settings.reserve("ppwp"), settings.reserve("pkwkp")) == (20, 25)
    assert [settings.delivered("ppwp", dpt) for dpt in (0, 1, 50, 51, 300)] == [0, 2, 51, 53, 306]
    assert settings.delivered("pkwkk", 300) == 308 and settings.voters("pkwkk") == 600


# What a bundle may hold, and what it may not


def test_holding_follows_the_areas(demo: tuple[Path, Bundle], tmp_path: Path) -> None:
    made = demo[1]
    kecamatan = [made.tree.kode(area) for area in made.tree.level(3)]
    copy(demo[0], tmp_path, contests=[{"key": "ppwp", "choices": CHOICES}, {"key": "pdprdk", "areas": kecamatan[:1]}])
    loaded = bundle.load(tmp_path)
    inside = loaded.tree.tps_of(loaded.tree.area_index(kecamatan[0]))
    assert [loaded.holds("pdprdk", i) for i in range(240)] == [inside.start <= i < inside.stop for i in range(240)]
    assert loaded.records() == 240 + inside.stop - inside.start
    with pytest.raises(UnknownContest) as refused:
        loaded.holds("pdpr", 0)
    assert "ppwp" in refused.value.text("id")


CHOICES = [{"id": "1", "number": 1, "name": "A"}, {"id": "2", "number": 2, "name": "B"}]


def copy(source: Path, out: Path, **changed: object) -> Path:
    """A bundle with other words in `bundle.json`."""
    for name, data in contents(source).items():
        (out / name).write_bytes(data)
    manifest = json.loads((source / "bundle.json").read_text()) | changed
    (out / "bundle.json").write_text(json.dumps(manifest))
    return out


@pytest.mark.parametrize(
    ("code", "contests"),
    [
        ("contest.none", []),
        ("contest.unknown", [{"key": "pilpres", "choices": CHOICES}]),
        ("contest.duplicate", [{"key": "ppwp", "choices": CHOICES}] * 2),
        ("contest.no_choices", [{"key": "ppwp", "form": "c_hasil_ppwp_2024"}]),
        ("contest.no_choices", [{"key": "pkwkk", "ballots": {"0": []}}]),
        ("contest.choices_unknown", [{"key": "pdpd"}]),
        ("contest.duplicate_choice", [{"key": "ppwp", "choices": [CHOICES[0], CHOICES[1] | {"id": "1"}]}]),
        ("contest.duplicate_choice", [{"key": "ppwp", "choices": [CHOICES[0], CHOICES[1] | {"number": 1}]}]),
        ("contest.bad_number", [{"key": "ppwp", "choices": [CHOICES[0], CHOICES[1] | {"number": 0}]}]),
        ("contest.no_ballot", [{"key": "pkwkk", "areas": ["41"], "ballots": {"410101": CHOICES}}]),
        ("contest.unknown_area", [{"key": "ppwp", "choices": CHOICES, "without": ["99"]}]),
    ],
)
def test_odd_contests_are_named(
    demo: tuple[Path, Bundle], tmp_path: Path, code: str, contests: list[dict[str, object]]
) -> None:
    problems = bundle.check(copy(demo[0], tmp_path, contests=contests))
    assert {problem.code for problem in problems} == {code}
    assert problems[0].file == "bundle.json"
    if code in WARNINGS:
        assert bundle.load(tmp_path).tree.n_tps == 240
    else:
        with pytest.raises(BrokenReference):
            bundle.load(tmp_path)


def rewrite(file: Path, **columns: pl.Expr) -> None:
    pl.read_parquet(file).with_columns(**columns).write_parquet(file)


@pytest.mark.parametrize(
    ("code", "name", "column", "value"),
    [
        ("area.orphan", "areas.parquet", "parent", "nowhere"),
        ("area.bad_level", "areas.parquet", "tingkat", 7),
        ("area.no_name", "areas.parquet", "nama", None),
        ("tps.orphan", "tps.parquet", "parent", "nowhere"),
        ("tps.no_code", "tps.parquet", "kode", ""),
        ("tps.bad_dpt", "tps.parquet", "dpt_l", 1000),
        ("tps.bad_dpt", "tps.parquet", "dpt_p", -7),
        ("tps.half_dpt", "tps.parquet", "dpt_p", None),
    ],
)
def test_odd_rows_are_named(
    demo: tuple[Path, Bundle], tmp_path: Path, code: str, name: str, column: str, value: object
) -> None:
    file = copy(demo[0], tmp_path) / name
    last = pl.int_range(pl.len()) == pl.len() - 1
    rewrite(file, **{column: pl.when(last).then(pl.lit(value)).otherwise(pl.col(column))})
    found = {problem.code: problem for problem in bundle.check(tmp_path)}
    assert found[code].row == pq.read_metadata(file).num_rows - 1 and found[code].file == name
    assert str(found[code].row) in found[code].text("id") and TEXTS[code][1] in str(found[code])


def test_rows_in_any_order_make_the_same_tree_with_its_voters(demo: tuple[Path, Bundle], tmp_path: Path) -> None:
    folder, made = demo
    copy(folder, tmp_path)
    for name in ("areas.parquet", "tps.parquet"):
        pl.read_parquet(tmp_path / name).sample(fraction=1, shuffle=True, seed=5).write_parquet(tmp_path / name)
    shuffled = bundle.load(tmp_path)
    for i in range(240):
        there = shuffled.tree.tps_index(made.tree.tps_kode(i))
        assert (shuffled.dpt_l[there], shuffled.dpt_p[there]) == (made.dpt_l[i], made.dpt_p[i])
        assert [shuffled.tree.nama(a) for a in shuffled.tree.path(there)] == [
            made.tree.nama(a) for a in made.tree.path(i)
        ]


def test_kelurahan_without_tps_is_odd_but_loads(demo: tuple[Path, Bundle], tmp_path: Path) -> None:
    file = copy(demo[0], tmp_path) / "tps.parquet"
    rows = pl.read_parquet(file)
    first = rows["parent"][0]
    rows.filter(pl.col("parent") != first).write_parquet(file)
    problems = bundle.check(tmp_path)
    assert [(p.code, p.kode, p.severity) for p in problems] == [("area.no_tps", first, "warning")]
    tree = bundle.load(tmp_path).tree
    assert tree.tps_counts()[tree.area_index(first)] == 0
    rows.clear().write_parquet(file)
    assert [problem.code for problem in bundle.check(tmp_path)] == ["tps.none"]


def test_missing_and_damaged_files_have_their_reason(demo: tuple[Path, Bundle], tmp_path: Path) -> None:
    with pytest.raises(BundleMissing):
        bundle.load(tmp_path / "nowhere")
    assert bundle.check(tmp_path)[0].code == "file.missing"
    file = copy(demo[0], tmp_path) / "tps.parquet"
    good = file.read_bytes()
    pl.read_parquet(file).drop("parent").write_parquet(file)
    assert [(p.code, p.kode) for p in bundle.check(tmp_path)] == [("file.missing_column", "parent")]
    with pytest.raises(BundleMissing):
        bundle.load(tmp_path)
    file.write_bytes(good[: len(good) // 2])
    assert bundle.check(tmp_path)[0].code == "file.unreadable"
    file.write_bytes(good)
    copy(demo[0], tmp_path, format=2)
    assert [(p.code, p.file) for p in bundle.check(tmp_path)] == [("file.unreadable", str(tmp_path / "bundle.json"))]
    (tmp_path / "bundle.json").write_text('{"name": 5}')
    with pytest.raises(BundleUnreadable) as refused:
        bundle.load(tmp_path)
    assert refused.value.code == "bundle.unreadable"


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("areas.parquet", "tingkat", 257),
        ("areas.parquet", "tingkat", "four"),
        ("tps.parquet", "dpt_l", 12.5),
        ("tps.parquet", "kode", [1, 2]),
    ],
)
def test_columns_of_another_kind_are_refused(
    demo: tuple[Path, Bundle], tmp_path: Path, name: str, column: str, value: object
) -> None:
    rewrite(copy(demo[0], tmp_path) / name, **{column: pl.lit(value)})
    with pytest.raises(BundleUnreadable) as refused:
        bundle.load(tmp_path)
    assert f"{name} ({column})" in str(refused.value)
    assert [problem.code for problem in bundle.check(tmp_path)] == ["file.unreadable"]


def test_a_deeper_area_of_a_dapil_goes_before_a_higher_one(demo: tuple[Path, Bundle]) -> None:
    tree = demo[1].tree
    kecamatan = tree.level(3)[0]
    kelurahan = tree.children(kecamatan)[1]
    dapil = Dapil(
        (
            District("pdprdk", "1", "I", (tree.kode(kelurahan),)),
            District("pdprdk", "2", "II", (tree.kode(kecamatan),)),
            District("pdpr", "3", "III", ("0",)),
        )
    )
    member = dapil.tps("pdprdk", tree)
    expected = [
        0 if tree.path(i)[4] == kelurahan else 1 if tree.path(i)[3] == kecamatan else -1 for i in range(tree.n_tps)
    ]
    assert member.tolist() == expected and (dapil.tps("pdpr", tree) == 0).all()


def test_dapil_are_checked_against_the_tree(demo: tuple[Path, Bundle], tmp_path: Path) -> None:
    folder = copy(demo[0], tmp_path, contests=[{"key": "pdprdk", "choices": CHOICES}])
    sheets = read(folder)

    def problems(*areas: tuple[str, ...]) -> set[tuple[str, str]]:
        districts = tuple(District("pdprdk", str(n), f"D{n}", codes) for n, codes in enumerate(areas))
        write(folder, replace(sheets, dapil=Dapil(districts)))
        return {(problem.code, problem.kode) for problem in bundle.check(folder)}

    assert problems(("410101",), ("410102",)) == set()
    outside = {demo[1].tree.kode(area) for area in demo[1].tree.children(demo[1].tree.area_index("410102"))}
    assert problems(("410101",)) == {("dapil.gap", f"pdprdk {kode}") for kode in outside}
    assert bundle.load(folder).dapil.of("pdprdk")[0].areas == ("410101",)
    assert problems(("4101",), ("4101",)) == {("dapil.overlap", "pdprdk 1 4101")}
    assert problems(("4101",), ("99",)) == {("dapil.unknown_area", "pdprdk 1 99")}
    with pytest.raises(BrokenReference):
        bundle.load(folder)


def test_every_reason_code_has_words_in_both_languages() -> None:
    assert all(len(texts) == 2 and all(texts) for texts in TEXTS.values()) and set(TEXTS) >= WARNINGS


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=5), max_size=9))
def test_columns_of_text_survive_arrow(values: list[str]) -> None:
    assert [cell.decode() for cell in to_texts(from_texts(fixed(values)))] == values


def test_a_manifest_survives_json() -> None:
    manifest = Manifest(name="é", date="2029-02-14", contests=(Holding(key="ppwp", without=("99",)),))
    assert msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest) == manifest


def test_a_folder_without_area_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownSource) as refused:
        bundle.load_real(tmp_path, tmp_path / "out")
    assert "wilayah2024.csv.gz" in refused.value.text("id") and not (tmp_path / "out").exists()


def test_ballots_that_came_are_kept_by_contest_and_travel_with_their_tps(tmp_path: Path) -> None:
    made = bundle.make(tmp_path / "b", size="kelurahan", contests=("ppwp",))
    sheets = read(tmp_path / "b")
    came = np.arange(len(sheets.tps.kode), dtype=np.int32)
    came[3] = -1
    write(tmp_path / "c", replace(sheets, delivered={"ppwp": came}))
    loaded = bundle.load(tmp_path / "c")
    assert made.delivered == {}
    for kode, number in zip(sheets.tps.kode, came, strict=True):
        assert loaded.delivered["ppwp"][loaded.tree.tps_index(kode.decode())] == number
