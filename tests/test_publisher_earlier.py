"""Earlier elections beside this one: what is matched is the same place, what is not is listed, nothing is guessed."""

import json
from pathlib import Path

import duckdb
import pytest
from datasets_scene import then_of
from hypothesis import given
from hypothesis import strategies as st

from election import bundle as bundles
from election.bundle import Bundle
from election.codes import LEVELS, NATION_CODE
from publisher.earlier import compare
from publisher.earlier.basis import CHANGED, NEW, RECOMPOSED, SAME, Based, based
from publisher.earlier.kept import keep, load
from publisher.earlier.matching import match, plain
from publisher.earlier.model import Earlier, Place, total
from publisher.earlier.publishing import Laid, compared, lay, publish
from publisher.earlier.sources import NotKnown, read
from publisher.folder import Folder


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("earlier") / "b"
    return bundles.make(folder, seed=3, provinsi=2, kabupaten=4, kecamatan=8, kelurahan=16, tps=32)


def bases(bundle: Bundle, earlier: Earlier) -> dict[str, Based]:
    return {one.kode: one for one in based(bundle, earlier, match(bundle, earlier))}


def test_names_are_compared_without_their_dress() -> None:
    assert plain("P A P U A") == plain("Papua") and plain("KOTA ADM. JAKARTA PUSAT") == plain("Jakarta Pusat")
    assert plain("ADM. KEP. SERIBU") == plain("KEPULAUAN SERIBU") and plain("KAB X") == plain("x")
    assert plain("KOTA JAYAPURA") != plain("JAYAPURA")


def test_the_same_tree_is_matched_whole(bundle: Bundle) -> None:
    found = match(bundle, then_of(bundle))
    assert not found.unmatched and len(found.matches) == bundle.tree.n_areas
    assert {one.basis for one in bases(bundle, then_of(bundle)).values()} == {SAME}


def moved(bundle: Bundle) -> tuple[Earlier, str, str]:
    """Then the first kabupaten lay in the other province; codes of both provinces now."""
    earlier, tree = then_of(bundle), bundle.tree
    first, other = (int(area) for area in tree.level(1))
    child = tree.children(first)[0]
    places = earlier.places | {f"k{child}": Place(f"k{child}", LEVELS[2], f"k{other}", tree.nama(child))}
    sums = {
        f"k{p}": total(earlier.figures[one.key] for one in places.values() if one.parent == f"k{p}")
        for p in (first, other)
    }
    return (
        Earlier("2024", "ppwp", "", earlier.choices, places, earlier.figures | sums),
        tree.kode(first),
        tree.kode(other),
    )


def test_what_moved_is_found_and_both_areas_are_told_in_todays_bounds(bundle: Bundle) -> None:
    earlier, first, other = moved(bundle)
    found = bases(bundle, earlier)
    assert {one.how for one in match(bundle, earlier).matches} == {"code", "name", "moved"}
    for kode in (first, other):
        children = [bundle.tree.kode(child) for child in bundle.tree.children(bundle.tree.area_index(kode))]
        assert found[kode].basis == RECOMPOSED
        assert found[kode].figures == total(found[child].figures for child in children)
    assert found[NATION_CODE].basis == SAME


def test_where_a_part_is_not_known_there_is_no_figure_but_a_reason(bundle: Bundle) -> None:
    earlier, first, other = moved(bundle)
    gone = bundle.tree.kode(bundle.tree.children(bundle.tree.area_index(other))[-1])
    inside = {f"k{area}" for area in range(1, bundle.tree.n_areas) if bundle.tree.kode(area).startswith(gone)}
    places = {key: place for key, place in earlier.places.items() if key not in inside}
    found = bases(bundle, Earlier("2024", "ppwp", "", earlier.choices, places, earlier.figures))
    assert found[gone].basis == NEW and not found[gone].figures
    assert found[other].basis == CHANGED and not found[other].figures
    assert found[first].basis == RECOMPOSED  # of which everything is known


def test_a_name_that_stands_twice_decides_nothing(bundle: Bundle) -> None:
    earlier, tree = then_of(bundle), bundle.tree
    one, two = list(tree.children(tree.level(3)[0]))[:2] if len(tree.children(tree.level(3)[0])) > 1 else (0, 0)
    if not one:
        pytest.skip("this tree has one kelurahan a kecamatan")
    places = earlier.places | {f"k{two}": Place(f"k{two}", LEVELS[4], f"k{tree.level(3)[0]}", tree.nama(one))}
    found = match(bundle, Earlier("2024", "ppwp", "", {}, places, earlier.figures))
    assert {row.reason for row in found.unmatched} == {"name_twice", "no_such_name"}


def test_codes_go_before_names_and_people_before_both(bundle: Bundle) -> None:
    tree = bundle.tree
    a, b = (tree.kode(area) for area in tree.level(1))
    places = {
        NATION_CODE: Place(NATION_CODE, LEVELS[0], "", "I", "0"),
        a: Place(a, LEVELS[1], "0", tree.nama(tree.area_index(b)), a),
    }
    earlier = Earlier("2024", "ppwp", "", {}, places, {})
    assert [(one.kode, one.how) for one in match(bundle, earlier).matches] == [("0", "code"), (a, "code")]
    assert [(one.kode, one.how) for one in match(bundle, earlier, {a: b}).matches] == [("0", "code"), (b, "told")]


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_is_the_nearest_of_ten_thousand(part: int, whole: int) -> None:
    got = compare.share(part, whole)
    assert got is not None and abs(got * whole - 10_000 * part) * 2 <= whole


def test_what_is_kept_is_what_was_read(bundle: Bundle, tmp_path: Path) -> None:
    earlier = then_of(bundle)
    path = keep(tmp_path, earlier)
    assert load(path) == earlier
    before = path.read_bytes()
    assert keep(tmp_path, earlier).read_bytes() == before
    with pytest.raises(NotKnown):
        read(tmp_path)


def test_documents_and_lines_lie_where_pages_look_for_them(bundle: Bundle, tmp_path: Path) -> None:
    keep(tmp_path / "earlier", moved(bundle)[0])
    laid, folder = lay(bundle, tmp_path / "earlier"), Folder(tmp_path / "public")
    assert publish(folder, laid) == bundle.tree.n_areas
    nation = json.loads((tmp_path / "public/v1/ppwp/earlier/0.json").read_bytes())
    n = bundle.tree.n_tps
    assert nation["elections"][0]["sources"]["kpu"]["paslon_1"] == n * (n - 1) // 2
    home = tmp_path / "public/data/ppwp"
    home.mkdir(parents=True)
    now = "'0' kode, 30 paslon_1, 10 paslon_2, 60 partai_1, 25 pengguna_total_j, 50 pemilih_dpt_j"
    duckdb.sql(f"copy (select {now}) to '{home}/nasional.parquet'")
    found = compared(folder, laid[0], "kpu", {"paslon_1": "paslon_1"})
    nation_lines = {(line.field_then, line.field_now): line for line in found if line.kode == "0"}
    assert nation_lines["paslon_1", "paslon_1"].share_now == 3000
    assert nation_lines["partisipasi", "partisipasi"].share_now == 5000
    assert nation_lines["paslon_2", None].change is None and (None, "partai_1") in nation_lines
    table = duckdb.sql(f"select count(*) from '{tmp_path}/public/data/analysis/compared/2024-ppwp.parquet'").fetchall()
    assert table == [(len(found),)]


@pytest.fixture(scope="module")
def laid(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Laid]:
    folder, data = tmp_path_factory.mktemp("real"), shared / "data"
    for name in ("pemilu2019", "ppwp2024", "dpr2024"):
        keep(folder / "earlier", read(data / name))
    bundle = bundles.load_real(data / "wilayah2024", folder / "bundle")
    return {f"{one.earlier.election}-{one.earlier.contest}": one for one in lay(bundle, folder / "earlier")}


CSV = "read_csv('{}', header=true, quote='\"', escape='\"', all_varchar=true)"


@pytest.mark.real
def test_every_figure_of_2019_is_the_files(laid: dict[str, Laid], shared: Path) -> None:
    raw = CSV.format(shared / "data/pemilu2019/rollup_all_levels.csv.gz")
    figures = laid["2019-ppwp"].earlier.figures
    names = {
        "pas1": "paslon_1",
        "pas2": "paslon_2",
        "sah": "suara_sah",
        "tsah": "suara_tidak_sah",
        "jum": "suara_total",
    }
    for source, columns in (("kpu", names), ("kp", names), ("rekap", {"pas1": "paslon_1", "pas2": "paslon_2"})):
        listed = ", ".join(f"{source}_{column}::bigint" for column in columns)
        for key, *values in duckdb.sql(f"select child_id, {listed} from {raw}").fetchall():
            told = figures.get(key, {}).get(source, {})
            assert [told.get(field) for field in columns.values()] == values
    nation = duckdb.sql(f"select sum(rekap_pas1::bigint)::bigint from {raw} where parent_depth = '0'").fetchall()[0][0]
    assert figures["0"]["rekap"]["paslon_1"] == nation == 85_607_362


@pytest.mark.real
def test_areas_of_2019_are_found_by_name_and_papua_by_its_kabupaten(laid: dict[str, Laid], shared: Path) -> None:
    areas = {one.kode: one for one in laid["2019-ppwp"].areas}
    assert all(areas[kode].basis == RECOMPOSED for kode in ("91", "92", "93", "94", "95", "96"))
    raw = CSV.format(shared / "data/pemilu2019/rollup_all_levels.csv.gz")
    tree = CSV.format(shared / "data/pemilu2019/wilayah_nodes.csv.gz")
    names = ("NABIRE", "PUNCAK JAYA", "PANIAI", "MIMIKA", "PUNCAK", "DOGIYAI", "INTAN JAYA", "DEIYAI")
    paths = tuple(f"PAPUA/{name}" for name in names)
    inside = f"child_id in (select id from {tree} where path in {paths})"
    (wanted,) = duckdb.sql(f"select sum(kpu_pas1::bigint), sum(kp_pas2::bigint) from {raw} where {inside}").fetchall()
    assert (areas["94"].figures["kpu"]["paslon_1"], areas["94"].figures["kp"]["paslon_2"]) == wanted
    assert "paslon_1" not in areas["93"].figures["kpu"]  # Asmat had none: a sum without it would pass for the whole
    left = [row for row in laid["2019-ppwp"].matching.unmatched if row.level == "kabupaten" and row.side == "then"]
    at_home = {row.nama for row in left if not row.kode.startswith("-")}
    assert at_home == {"TOBA SAMOSIR", "PAHUWATO", "MAMUJU UTARA", "MALUKU TENGGARA BARAT"}  # new names since


@pytest.mark.real
def test_public_data_of_2024_are_matched_by_code_and_add_up(laid: dict[str, Laid], shared: Path) -> None:
    president, dpr = laid["2024-ppwp"], laid["2024-pdpr"]
    assert not president.matching.unmatched and len(president.areas) == 40
    raw = CSV.format(shared / "data/ppwp2024/official_by_province.csv")
    (sums,) = duckdb.sql(
        f"select sum(anies::int), sum(prabowo::int), sum(ganjar::int), sum(sah::int) from {raw}"
    ).fetchall()
    assert tuple(president.earlier.figures["0"]["sk"].values()) == sums
    assert sum(one.level == "dapil" for one in dpr.areas) == 40
    bandung = next(one for one in dpr.areas if one.kode == "3201")
    assert bandung.figures["sk"]["partai_8"] == 360_248 and bandung.figures["sk"]["kursi"] == 7
