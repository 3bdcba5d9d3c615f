"""D.Hasil from files and as documents: what is read, what is refused, what differs, and where that comes from."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election import bundle as bundles
from election import plenary
from election.bundle import Bundle
from election.contest import ADM, SUARA
from election.plenary import NoDocument, by_block, contest_of, document, faults
from election.region import UnknownArea
from election.rules import Limits, judge
from election.rules.plenary import TPS_DUE, TPS_FINAL, TPS_IN, Beside
from election.rules.rule import RULES, Sheet
from election.tally import ABSENT, Tallies
from recap.plenary import reading
from recap.plenary.compare import compare
from recap.plenary.dapil import constituencies
from recap.plenary.paper import signed
from recap.plenary.report import Report
from recap.plenary.sides import Sides, parents
from recap.tally.reading import FileUnreadable
from suara.cli import main

NAMES = ("document", "of", "paslon_1", "paslon_2", "suara_sah")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("plenary") / "B"
    return bundles.make(folder, seed=11, provinsi=2, kecamatan=4, kelurahan=9, tps=30, contests=("ppwp", "pdpd"))


def places(bundle: Bundle) -> tuple[str, str, str, list[str]]:
    """A kecamatan, one of its kelurahan, another area's kelurahan, and the first one's TPS."""
    tree = bundle.tree
    kecamatan = next(a for a in tree.level(3) if len(tree.children(a)) > 1)
    kelurahan = tree.children(kecamatan)[0]
    other = next(k for k in tree.level(4) if tree.parent[k] != kecamatan)
    stations = [tree.tps_kode(tps) for tps in tree.children(kelurahan)]
    return tree.kode(kecamatan), tree.kode(kelurahan), tree.kode(other), stations


def write_csv(file: Path, rows: Sequence[Sequence[object]], names: Sequence[str] = NAMES) -> Path:
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([names, *rows])
    return file


# -- files ------------------------------------------------------------------------------------------------------------


def test_csv_xlsx_and_parquet_say_the_same(bundle: Bundle, tmp_path: Path) -> None:
    kecamatan, kelurahan, _, stations = places(bundle)
    rows = [(kecamatan, kelurahan, 10, 20, 30), (kelurahan, stations[0], 4, 5, 9), (kecamatan, kecamatan, 11, 22, 33)]
    files = [write_csv(tmp_path / "d.csv", rows)]
    book = openpyxl.Workbook()
    for row in [NAMES, *rows]:
        book.active.append([int(cell) if isinstance(cell, str) and cell.isdigit() else cell for cell in row])
    book.save(tmp_path / "d.xlsx")
    columns = list(zip(*rows, strict=True))
    pq.write_table(pa.table(dict(zip(NAMES, map(list, columns), strict=True))), tmp_path / "d.parquet")
    files += [tmp_path / "d.xlsx", tmp_path / "d.parquet"]
    found = [reading.read(file, bundle, "ppwp") for file in files]
    for recap in found:
        assert recap.refused == ()
        assert recap.fields == ("paslon_1", "paslon_2", "suara_sah")
        assert recap.figures.tolist() == [[10, 20, 30], [4, 5, 9], [11, 22, 33]]
        assert recap.totals.tolist() == [False, False, True]
        assert (recap.place == found[0].place).all()
    assert bundle.tree.kode(int(found[0].document[1])) == kelurahan


def test_every_row_that_cannot_be_used_says_why(bundle: Bundle, tmp_path: Path) -> None:
    kecamatan, kelurahan, other, stations = places(bundle)
    rows = [
        (kecamatan, kelurahan, 1, 2, 3),
        (kecamatan, other, 1, 2, 3),
        (kecamatan, "999999", 1, 2, 3),
        ("999999", kelurahan, 1, 2, 3),
        (kecamatan, kelurahan, 1, 2, 4),
        (kelurahan, stations[0], "1.5", 2, 3),
        (kelurahan, stations[1], -1, 2, 3),
        (kecamatan, stations[0], 1, 2, 3),
        (kecamatan, kecamatan, "", "", ""),
    ]
    recap = reading.read(write_csv(tmp_path / "d.csv", rows), bundle, "ppwp")
    assert len(recap) == 1
    assert [(one.row, one.reason, one.column) for one in recap.refused] == [
        (2, "recap.not_below", ""),
        (3, "recap.unknown_area", ""),
        (4, "recap.unknown_document", ""),
        (5, "recap.twice", ""),
        (6, "figure.not_a_number", "paslon_1"),
        (7, "figure.negative", "paslon_1"),
        (8, "recap.not_below", ""),
    ]
    assert [bundle.tree.kode(int(place)) for place in recap.blank] == [kecamatan]


def test_a_file_with_one_sum_an_area_is_total_and_column_at_once(bundle: Bundle, tmp_path: Path) -> None:
    kecamatan, kelurahan, _, _ = places(bundle)
    file = write_csv(tmp_path / "s.csv", [(kecamatan, 1), (kelurahan, 2)], ("kode", "suara_sah"))
    recap = reading.read(file, bundle, "ppwp")
    tree = bundle.tree
    pairs = {(tree.kode(int(d)), tree.kode(int(p))) for d, p in zip(recap.document, recap.place, strict=True)}
    above = tree.kode(int(tree.parent[tree.area_index(kecamatan)]))
    assert pairs == {(kecamatan, kecamatan), (above, kecamatan), (kelurahan, kelurahan), (kecamatan, kelurahan)}


@pytest.mark.parametrize(("name", "content"), [("a.xlsx", b"no workbook"), ("a.parquet", b"PAR?"), ("b.csv", b"")])
def test_a_file_that_is_not_what_its_name_says_is_refused(
    bundle: Bundle, tmp_path: Path, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(FileUnreadable):
        reading.read(file, bundle, "ppwp")


@pytest.mark.parametrize("heading", [("document", "of", "kode", "suara_sah"), ("kode", "suara_sah", "suara_sah")])
def test_a_file_that_says_a_column_twice_is_refused(bundle: Bundle, tmp_path: Path, heading: tuple[str, ...]) -> None:
    """Which of the two is meant, nobody can know."""
    file = write_csv(tmp_path / "t.csv", [("1",) * len(heading)], heading)
    with pytest.raises(FileUnreadable, match="2×"):
        reading.read(file, bundle, "ppwp")


# -- differences ------------------------------------------------------------------------------------------------------


@given(data=st.data())
@settings(max_examples=25)
def test_what_is_planted_in_a_recapitulation_is_found_and_nothing_else(
    bundle: Bundle, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Sums of random records, changed in some areas: those differ; Σ|d| below and the children's Σd are plain sums."""
    tree, folder = bundle.tree, tmp_path_factory.mktemp("planted")
    figures = np.array(data.draw(st.lists(st.tuples(*[st.integers(0, 300)] * 2), min_size=30, max_size=30)))
    records = [(tree.tps_kode(t), *figures[t].tolist()) for t in range(tree.n_tps)]
    ours = {a: figures[tree.tps_of(a)].sum(axis=0) for a in range(tree.n_areas)}
    wrong = data.draw(st.dictionaries(st.sampled_from(range(tree.n_areas)), st.integers(-9, 9).filter(bool)))
    printed = {a: sums + np.array([wrong.get(a, 0), 0]) for a, sums in ours.items()}
    printed = {a: np.maximum(sums, 0) for a, sums in printed.items()}
    rows = [(tree.kode(a), *sums.tolist()) for a, sums in printed.items()]
    names = ("kode", "paslon_1", "paslon_2")
    found = compare(
        write_csv(folder / "r.csv", records, names), write_csv(folder / "s.csv", rows, names), bundle, "ppwp"
    )
    expected = {(tree.kode(a), int(ours[a][0]), int(sums[0])) for a, sums in printed.items() if (sums != ours[a]).any()}
    assert {(d.kode, d.ours, d.theirs) for d in found.sides.differences()} == expected
    below = found.drill.below
    for area in range(tree.n_areas):
        inside = [k for k in tree.level(4) if k != area and tree.tps_of(area).start <= tree.tps_start[k]]
        inside = [k for k in inside if tree.tps_stop[k] <= tree.tps_of(area).stop] or [area]
        d = [int(ours[k][0] - printed[k][0]) for k in inside]
        assert (below.sums[area, 0], below.sizes[area, 0]) == (sum(d), sum(map(abs, d)))
        assert below.counts[area, 0] == sum(one != 0 for one in d)
    added = {a: sum(printed[c] for c in tree.children(a)) - printed[a] for a in range(tree.level(3).stop)}
    assert {one.document for one in found.broken} == {a for a, sums in added.items() if sums.any()}
    report = Report(found)
    for area in report.areas():
        page = report.page(area)
        assert [line.size for line in page.children] == sorted((line.size for line in page.children), reverse=True)
        assert {line.kode for line in page.children} == {
            tree.kode(c) for c in tree.children(area) if found.drill.size(c)
        }


def test_a_tps_that_d_hasil_leaves_out_or_counts_twice_is_found(bundle: Bundle, tmp_path: Path) -> None:
    tree = bundle.tree
    figures = np.arange(1, 61).reshape(30, 2) ** 2
    names = ("kode", "paslon_1", "paslon_2")
    records = write_csv(tmp_path / "r.csv", [(tree.tps_kode(t), *figures[t]) for t in range(30)], names)
    kelurahan = next(k for k in tree.level(4) if tree.tps_stop[k] - tree.tps_start[k] > 2)
    sums, one = figures[tree.tps_of(kelurahan)].sum(axis=0), int(tree.tps_start[kelurahan]) + 1
    for sign, kind in ((-1, "left_out"), (1, "twice")):
        rows = [(tree.kode(kelurahan), *(sums + sign * figures[one]))]
        found = compare(records, write_csv(tmp_path / "s.csv", rows, names), bundle, "ppwp")
        origin = found.drill.origin(kelurahan)
        assert (origin.kind, origin.places) == (kind, (tree.n_areas + one,))
        assert tree.tps_nama(one) in Report(found).line(kelurahan).origin[0]


def test_columns_of_tps_differ_one_by_one_and_make_the_kelurahans(bundle: Bundle, tmp_path: Path) -> None:
    _, kelurahan, _, stations = places(bundle)
    names = ("kode", "suara_sah")
    records = write_csv(tmp_path / "r.csv", [(s, 100) for s in stations], names)
    rows = [(kelurahan, s, 100 + (3 if i == 0 else 0)) for i, s in enumerate(stations)]
    rows.append((kelurahan, kelurahan, 100 * len(stations) + 3))
    found = compare(records, write_csv(tmp_path / "s.csv", rows, ("document", "of", "suara_sah")), bundle, "ppwp")
    assert [(d.tingkat, d.kode, d.difference) for d in found.sides.differences()] == [
        (4, kelurahan, -3),
        (5, stations[0], -3),
    ]
    assert found.drill.origin(bundle.tree.area_index(kelurahan)).kind == "below"
    assert found.judged["E601"] == 1


def test_a_carried_sum_that_is_not_the_one_printed_breaks_e603(bundle: Bundle, tmp_path: Path) -> None:
    kecamatan, kelurahan, _, stations = places(bundle)
    records = write_csv(tmp_path / "r.csv", [(stations[0], 5)], ("kode", "suara_sah"))
    rows = [(kecamatan, kelurahan, 6), (kelurahan, kelurahan, 5)]
    found = compare(records, write_csv(tmp_path / "s.csv", rows, ("document", "of", "suara_sah")), bundle, "ppwp")
    assert [(one.code, one.left, one.right) for one in found.broken] == [("E603", 6, 5)]
    assert found.partial.tolist() == [bundle.tree.area_index(kelurahan)], "only one of its TPS is with us"


def test_the_command_without_differences_answers_zero(bundle: Bundle, tmp_path: Path) -> None:
    bundles.make(tmp_path / "B", seed=11, provinsi=2, kecamatan=4, kelurahan=9, tps=30)
    tree = bundle.tree
    records = write_csv(tmp_path / "r.csv", [(tree.tps_kode(t), 1) for t in range(30)], ("kode", "suara_sah"))
    rows = [(tree.kode(a), tree.tps_stop[a] - tree.tps_start[a]) for a in range(tree.n_areas)]
    sums = write_csv(tmp_path / "s.csv", rows, ("kode", "suara_sah"))
    args = ["plenary", "compare", str(records), str(sums), "--bundle", str(tmp_path / "B"), "--out"]
    assert main([*args, str(tmp_path / "P")]) == 0
    page = (tmp_path / "P" / "report" / "0.html").read_text()
    assert "INDONESIA" in page or tree.nama(0) in page
    bad = write_csv(tmp_path / "t.csv", [*rows, ("77", 1)], ("kode", "suara_sah"))
    assert main([*args[:3], str(bad), *args[4:], str(tmp_path / "Q")]) == 1, "a refused row is no clean bill"


def test_abroad_belongs_to_the_dapil_that_the_bundle_gives_it(tmp_path: Path) -> None:
    made = bundles.make(tmp_path / "B", seed=3, provinsi=2, kabupaten=4, tps=24, abroad=6, contests=("pdpr",))
    tree, districts = made.tree, made.dapil.of("pdpr")
    assert any("99" in district.areas for district in districts)
    names, votes = ("kode", "suara_sah"), [7 * t + 1 for t in range(tree.n_tps)]
    records = write_csv(tmp_path / "r.csv", [(tree.tps_kode(t), votes[t]) for t in range(tree.n_tps)], names)
    sums = {tree.kode(a): sum(votes[tree.tps_of(a)]) for a in range(tree.n_areas)}
    found = compare(records, write_csv(tmp_path / "s.csv", list(sums.items()), names), made, "pdpr")
    judged = {one.kode: one for one in constituencies(made, "pdpr", found.drill)}
    for district in districts:
        inside = [t for kode in district.areas for t in range(tree.n_tps)[tree.tps_of(tree.area_index(kode))]]
        one = judged[district.kode]
        assert one.records == one.areas == (sum(votes[t] for t in set(inside)),)
        assert one.broken == ()
    sums["99"] += 4
    found = compare(records, write_csv(tmp_path / "t.csv", list(sums.items()), names), made, "pdpr")
    broken = [one for one in constituencies(made, "pdpr", found.drill) if one.broken]
    assert [(one.areas[0] or 0) - (one.records[0] or 0) for one in broken] == [4]
    assert {one.kode for one in broken} == {d.kode for d in districts if "99" in d.areas}


# -- documents --------------------------------------------------------------------------------------------------------


def test_a_document_has_a_column_for_each_area_below_that_votes(bundle: Bundle) -> None:
    kecamatan, kelurahan, _, stations = places(bundle)
    found = document(bundle, "ppwp", kecamatan)
    tree = bundle.tree
    assert [column.kode for column in found.columns] == [
        tree.kode(k) for k in tree.children(tree.area_index(kecamatan))
    ]
    assert (found.tingkat, found.role, found.total.contest.fields) == (3, "ppk", bundle.contest("ppwp").fields)
    sheet = document(bundle, "ppwp", kelurahan)
    assert [column.kode for column in sheet.columns] == stations
    with pytest.raises(UnknownArea):
        document(bundle, "ppwp", "77")


def test_nobody_abroad_elects_the_dpd(tmp_path: Path) -> None:
    made = bundles.make(tmp_path / "B", seed=3, provinsi=1, tps=6, abroad=4, contests=("ppwp", "pdpd"))
    assert "99" in {column.kode for column in document(made, "ppwp", "0").columns}
    assert "99" not in {column.kode for column in document(made, "pdpd", "0").columns}
    with pytest.raises(NoDocument):
        document(made, "pdpd", "99")


def test_areas_with_one_ballot_have_its_fields_and_others_what_all_share(bundle: Bundle) -> None:
    for key in ("ppwp", "pdpd"):
        printed = bundle.printed(key)
        for area in range(bundle.tree.n_areas):
            assert contest_of(bundle, key, area).fields == printed.fields(area)


@given(data=st.data())
@settings(max_examples=30)
def test_a_document_is_at_fault_exactly_where_its_columns_do_not_add_up(bundle: Bundle, data: st.DataObject) -> None:
    kecamatan, *_ = places(bundle)
    of = document(bundle, "ppwp", kecamatan)
    fields = of.total.contest.fields
    cells = st.lists(st.integers(0, 50), min_size=len(fields), max_size=len(fields))
    columns = {column.kode: data.draw(cells) for column in of.columns}
    total = [sum(values) for values in zip(*columns.values(), strict=True)]
    wrong = data.draw(st.dictionaries(st.integers(0, len(fields) - 1), st.integers(1, 9), max_size=3))
    printed = [value + wrong.get(j, 0) for j, value in enumerate(total)]
    sheet = {kode: by_block(of.total.contest, values) for kode, values in columns.items()}
    sheet[kecamatan] = by_block(of.total.contest, printed)
    found = [fault for fault in faults(of, sheet) if fault.code == "E601"]
    assert len(found) == len(wrong)
    assert all(fault.of == kecamatan for fault in found)
    assert of.missing(sheet) == ()
    del sheet[of.columns[0].kode]
    assert of.missing(sheet) == (of.columns[0].kode,)
    assert not [fault for fault in faults(of, sheet) if fault.code == "E601"], "an unfinished document is not judged"


# -- rules ------------------------------------------------------------------------------------------------------------


def lines(bundle: Bundle, code: str, columns: Mapping[str, Sequence[int]]) -> list[list[int]]:
    contest = bundle.contest("ppwp")
    tallies = Tallies({name: np.array(values, np.int64) for name, values in columns.items()})
    return [line.residual.tolist() for line in RULES[code].lines(Sheet(contest, tallies, Limits()))]


def test_the_rules_of_areas_by_hand(bundle: Bundle) -> None:
    own = {"suara_sah": [10, 10, ABSENT]}
    assert lines(bundle, "E601", {**own, f"{Beside.COLUMNS}:suara_sah": [10, 13, 4]}) == [[0, -3, 0]]
    assert lines(bundle, "E603", {**own, f"{Beside.BELOW}:suara_sah": [9, 10, 4]}) == [[1, 0, 0]]
    assert lines(bundle, "E605", {**own, f"{Beside.AREAS}:suara_sah": [10, 8, 4]}) == [[0, 2, 0]]
    counts = {"area:tps": [5, 5, 5], TPS_IN: [5, 6, 4], TPS_DUE: [5, 0, 5], TPS_FINAL: [5, 0, 4]}
    assert lines(bundle, "E604", counts) == [[0, 1, 0], [0, 0, 1]]
    record = {"suara_sah": [7], "suara_tidak_sah": [1], "suara_total": [9]}
    assert lines(bundle, "E602", record) == [], "a record of a TPS is not judged by E602"
    assert [1] in lines(bundle, "E602", {**record, "area:tps": [1]})


def test_no_record_of_a_tps_is_judged_by_a_rule_of_areas(bundle: Bundle) -> None:
    contest = bundle.contest("ppwp")
    record = Tallies({field: np.zeros(1, np.int64) for field in contest.fields})
    assert not [code for code in judge(contest, record).lines if code.startswith("E6")]
    assert {SUARA, ADM} == set(contest.blocks)
    assert plenary.ROLES[4] == plenary.ROLES[3] == "ppk"


def test_places_are_the_trees_own_numbers(bundle: Bundle) -> None:
    tree = bundle.tree
    above = parents(tree)
    assert len(above) == tree.n_areas + tree.n_tps
    empty = Sides(tree, ("a",), "x", np.zeros(0, np.int64), np.zeros((0, 1), np.int64), np.zeros((0, 1), np.int64))
    assert empty.row(0) == -1
    assert empty.below().sizes.sum() == 0
    assert [signed(value) for value in (None, 0, 1204, -12)] == ["–", "0", "+1.204", "−12"]
