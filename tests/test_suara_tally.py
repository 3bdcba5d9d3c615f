"""`suara tally`: small files whose answers are known by hand."""

import gzip
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tally_scene import tally

from election import bundle


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "B"
    bundle.make(path, seed=7, kabupaten=2, kecamatan=3, kelurahan=5, tps=12, contests=("ppwp", "pdpd", "pdpr"))
    return path


@pytest.fixture(scope="module")
def places(small: Path) -> list[str]:
    tree = bundle.load(small).tree
    return [tree.tps_kode(i) for i in range(tree.n_tps)]


def csv(file: Path, heading: str, *rows: str) -> Path:
    text = "\n".join((heading, *rows)) + "\n"
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())
    return file


def test_totals_findings_and_policies(small: Path, places: list[str], tmp_path: Path, capsys: Any) -> None:
    a, b, c = places[0], places[1], places[-1]
    records = csv(
        tmp_path / "r.csv",
        "kode,p1,p2,p3,suara_sah,suara_tidak_sah,suara_total,nama",
        f"{a},10,20,30,60,1,61,x",
        f"{c},1,2,3,7,1,8,y",  # Σ votes ≠ valid
        f"{b},,,,,,,z",  # nothing yet
    )
    every = tally(capsys, tmp_path / "all", records, "--bundle", small)
    areas = every.table("areas")
    assert (every.code, every.facts["records"], every.facts["records_summed"]) == (0, 3, 2)
    assert areas.columns[:5] == ["kode", "tingkat", "tps", "tps_held", "tps_summed"]
    assert areas.row(0) == ("0", 0, 3, 1, 2, 11, 22, 33, 67, 2, 69)
    assert areas.filter(pl.col("tingkat") == 5).sort("kode").rows() == [
        (a, 5, 1, 0, 1, 10, 20, 30, 60, 1, 61),
        (b, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0),
        (c, 5, 1, 1, 1, 1, 2, 3, 7, 1, 8),
    ]
    assert areas["tingkat"].unique().sort().to_list() == [0, 1, 2, 3, 4, 5]
    assert every.table("findings").sort("kode").rows() == [
        (a, [], [], []),
        (b, [], [], []),
        (c, ["E301"], ["W511"], ["suara"]),
    ]
    clean = tally(capsys, tmp_path / "clean", records, "--bundle", small, "--policy", "clean")
    assert clean.table("areas").row(0) == ("0", 0, 3, 1, 1, 10, 20, 30, 60, 1, 61)
    assert clean.facts["totals"]["suara_total"] == 61


def test_rows_that_cannot_be_counted_are_listed_with_file_row_and_reason(
    small: Path, places: list[str], tmp_path: Path, capsys: Any
) -> None:
    records = csv(
        tmp_path / "r.csv.gz",
        "kode,paslon_1,suara_sah",
        f"{places[0]},5,5",
        "9999999999999,5,5",
        f"{places[0]},6,6",
        f"{places[1]},-1,5",
        f"{places[2]},3.5,5",
        f"{places[3]},12a,5",
        f"{places[4]},5,99999999999",
        ",5,5",
        f"{places[5]}, 7 ,",
    )
    ran = tally(capsys, tmp_path / "T", records, "--bundle", small)
    assert ran.code == 1
    assert ran.facts["totals"] == {"paslon_1": 12, "suara_sah": 5}
    assert [
        tuple(row) for row in pl.read_csv(tmp_path / "T" / "refused.csv", infer_schema=False).fill_null("").rows()
    ] == [
        (str(records), "2", "9999999999999", "tps.unknown", ""),
        (str(records), "3", places[0], "tps.twice", ""),
        (str(records), "4", places[1], "figure.negative", "paslon_1"),
        (str(records), "5", places[2], "figure.not_a_number", "paslon_1"),
        (str(records), "6", places[3], "figure.not_a_number", "paslon_1"),
        (str(records), "7", places[4], "figure.too_large", "suara_sah"),
        (str(records), "8", "", "tps.unknown", ""),
    ]
    again = tally(
        capsys, tmp_path / "T", csv(tmp_path / "ok.csv", "kode,paslon_1", f"{places[0]},5"), "--bundle", small
    )
    assert again.code == 0
    assert not (tmp_path / "T" / "refused.csv").exists()


def test_floats_of_other_programs_are_whole_numbers_or_refused(
    small: Path, places: list[str], tmp_path: Path, capsys: Any
) -> None:
    file = tmp_path / "r.parquet"
    votes = [4.0, float("nan"), 2.5, None]
    pl.DataFrame({"kode": places[:4], "p1": votes, "suara_sah": [4, 5, 6, -2]}).write_parquet(file)
    ran = tally(capsys, tmp_path / "T", file, "--bundle", small)
    assert (ran.code, ran.facts["refused"], ran.facts["totals"]) == (1, 2, {"p1": 4, "suara_sah": 9})


def test_files_and_names_that_do_not_serve_are_misuse(
    small: Path, places: list[str], tmp_path: Path, capsys: Any
) -> None:
    for heading, code in (("a,p1", "tally.no_key"), ("kode,xyz", "tally.no_figures")):
        ran = tally(capsys, tmp_path / "T", csv(tmp_path / "r.csv", heading, "1,2"), "--bundle", small)
        assert ran.code == 2
        assert code in ran.err
    good = csv(tmp_path / "g.csv", "kode,p1", f"{places[0]},2")
    assert "tally.unreadable" in tally(capsys, tmp_path / "T", tmp_path / "none.csv", "--bundle", small).err
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    assert "tally.unreadable" in tally(capsys, tmp_path / "T", tmp_path / "bad.parquet", "--bundle", small).err
    assert "tally.unknown_source" in tally(capsys, tmp_path / "T", good, "--bundle", small, "--source", "kp").err
    assert "contest.unknown" in tally(capsys, tmp_path / "T", good, "--bundle", small, "--contest", "pkwkp").err
    assert tally(capsys, tmp_path / "T", good, "--bundle", small, "--columns", "p1").code == 2


def test_columns_are_known_by_many_names(small: Path, places: list[str], tmp_path: Path, capsys: Any) -> None:
    ids = [choice.id for choice in bundle.load(small).contest("ppwp").choices]
    file = csv(tmp_path / "r.csv", f"kode,{ids[0]},Pas2,three,sah,tSah,jum,n_foto", f"{places[0]},1,2,3,6,1,7,9")
    ran = tally(capsys, tmp_path / "T", file, "--bundle", small, "--columns", "three=paslon_3")
    assert ran.facts["totals"] == {ids[0]: 1, "Pas2": 2, "three": 3, "sah": 6, "tSah": 1, "jum": 7}
    assert ran.facts["broken"]["E301"] == ran.facts["broken"]["E305"] == 0
    assert ran.facts["judged"]["E301"] == ran.facts["judged"]["E305"] == 1


def test_parties_and_their_candidates(small: Path, places: list[str], tmp_path: Path, capsys: Any) -> None:
    first, *others = bundle.load(small).ballot("pdpr", 0).choices
    n = len(first.candidates)
    parts = ["partai_1_suara_partai", *(f"partai_1_calon_{candidate.number}" for candidate in first.candidates)]
    heading = ",".join(["kode", *parts, "partai_1_calon_99", "partai_1", *(f"partai_{c.number}" for c in others)])
    votes, zero = ",".join(["1"] * (n + 1)), ",".join("0" for _ in others)
    rows = [f"{place},{votes},,{total},{zero},{n + 1}" for place, total in zip(places, (n + 1, n + 2), strict=False)]
    ran = tally(capsys, tmp_path / "T", csv(tmp_path / "r.csv", f"{heading},suara_sah", *rows), "--bundle", small,
                "--contest", "pdpr")  # fmt: skip
    assert {code: ran.facts["broken"][code] for code in ("E303", "E304")} == {"E303": 1, "E304": 1}
    assert ran.facts["judged"]["E303"] == 2, "candidate 99 stands in another dapil: the cell is blank, as it should be"
    assert ran.facts["totals"]["partai_1_calon_2"] == 2
    assert "E301" not in ran.facts["broken"]


def test_a_file_without_some_of_the_candidates_leaves_their_party_unjudged(
    small: Path, places: list[str], tmp_path: Path, capsys: Any
) -> None:
    file = csv(tmp_path / "r.csv", "kode,partai_1_suara_partai,partai_1_calon_1,partai_1", f"{places[0]},1,2,9")
    ran = tally(capsys, tmp_path / "T", file, "--bundle", small, "--contest", "pdpr")
    assert "E303" not in ran.facts["broken"]


def test_each_province_has_its_own_ballot(tmp_path: Path, capsys: Any) -> None:
    made = bundle.make(tmp_path / "B", seed=4, provinsi=2, tps=8, contests=("pdpd",))
    tree = made.tree
    counts = [len(made.ballot("pdpd", tps).choices) for tps in (0, tree.n_tps - 1)]
    assert counts[0] != counts[1], "choose a seed whose provinces differ"
    widest = max(counts)
    rows = []
    for tps, n in zip((0, tree.n_tps - 1), counts, strict=True):
        votes = [str(v) if v <= n else "" for v in range(1, widest + 1)]
        rows.append(",".join([tree.tps_kode(tps), *votes, str(n * (n + 1) // 2)]))
    heading = ",".join(["kode", *(f"calon_{i}" for i in range(1, widest + 1)), "suara_sah"])
    ran = tally(capsys, tmp_path / "T", csv(tmp_path / "r.csv", heading, *rows), "--bundle", tmp_path / "B")
    assert (ran.facts["judged"]["E302"], ran.facts["broken"]["E302"]) == (2, 0)


def test_the_bundles_roll_is_held_against_the_form(small: Path, places: list[str], tmp_path: Path, capsys: Any) -> None:
    made = bundle.load(small)
    men = made.dpt_l.tolist()
    rows = [f"{kode},{men[i] + (i == 2)}" for i, kode in enumerate(places)]
    ran = tally(capsys, tmp_path / "T", csv(tmp_path / "r.csv", "kode,pemilih_dpt_l", *rows), "--bundle", small)
    assert ran.facts["broken"]["E109"] == 1
    found = ran.table("findings").filter(pl.col("rules").list.contains("E109"))
    assert found.rows() == [(places[2], ["E109"], [], ["administrasi"])]


def test_our_sums_against_our_own_tables_hold_and_a_changed_one_is_found(
    small: Path, places: list[str], tmp_path: Path, capsys: Any
) -> None:
    rows = [f"{kode},{i},{2 * i}" for i, kode in enumerate(places)]
    file = csv(tmp_path / "r.csv", "kode,p1,p2", *rows)
    first = tally(capsys, tmp_path / "A", file, "--bundle", small)
    areas = first.out / "areas.parquet"
    same = tally(capsys, tmp_path / "B", file, "--bundle", small, "--against", areas)
    assert (same.code, same.table("differences").height) == (0, 0)
    assert sum(same.facts["compared"]) == 2 * first.table("areas").height
    changed = csv(tmp_path / "c.csv", "kode,p1,p2", *rows[:-1], f"{places[-1]},{len(places)},{2 * len(places) - 2}")
    ran = tally(capsys, tmp_path / "C", changed, "--bundle", small, "--against", areas)
    found = ran.table("differences")
    assert ran.code == 1
    assert found["tingkat"].to_list() == [0, 1, 2, 3, 4, 5]
    assert set(found["difference"]) == {1}
    assert found["kode"].to_list()[1:] != found["parent"].to_list()[1:]
    assert found["parent"].to_list()[1:] == found["kode"].to_list()[:-1]
    assert found["kode"].to_list()[-1] == places[-1]
