"""`suara tally`: small files whose answers are known by hand, and the real ones against polars alone.

The computations on real data are polars expressions written from RULES; nothing of `election.rules` is used in them.
"""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from election import bundle
from election.bundle.real import load_real
from suara.cli import main


class Ran(NamedTuple):
    code: int
    facts: dict[str, Any]
    out: Path
    err: str

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.out / f"{name}.parquet")


def tally(capsys: pytest.CaptureFixture[str], out: Path, *args: object) -> Ran:
    code = main(["tally", *map(str, args), "--out", str(out), "--json"])
    said = capsys.readouterr()
    return Ran(code, json.loads(said.out) if said.out else {}, out, said.err)


# -- small files ------------------------------------------------------------------------------------------------------


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


# -- real data of 2024 ------------------------------------------------------------------------------------------------


class Real(NamedTuple):
    source: pl.DataFrame
    ran: Ran


@pytest.fixture(scope="module")
def real_2024(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Real:
    folder = tmp_path_factory.mktemp("tally2024")
    load_real(shared / "data" / "wilayah2024", folder / "B")
    file = shared / "data" / "sirekap2024" / "ppwp_tps.parquet"
    code = main(["tally", str(file), "--bundle", str(folder / "B"), "--out", str(folder / "T"), "--json"])
    return Real(pl.read_parquet(file), Ran(code, {}, folder / "T", ""))


def figures(frame: pl.DataFrame) -> list[str]:
    return [name for name, kind in frame.schema.items() if kind == pl.Int32]


@pytest.mark.real
def test_real_2024_totals_on_every_level_equal_a_group_by(real_2024: Real) -> None:
    source, ran = real_2024
    assert (ran.code, source.height) == (0, 55_319)
    names = figures(source)
    sums = [pl.len().cast(pl.Int64).alias("tps"), *(pl.col(name).cast(pl.Int64).sum() for name in names)]
    codes = [pl.lit("0"), *(pl.col("kode").str.slice(0, n) for n in (2, 4, 6, 10, 13))]
    levels = [
        source.group_by(code.alias("area"))
        .agg(sums)
        .select(kode="area", tingkat=pl.lit(level, pl.Int8), **_same(names))
        for level, code in enumerate(codes)
    ]
    expected = pl.concat(levels).sort("tingkat", "kode")
    assert_frame_equal(ran.table("areas").select(expected.columns).sort("tingkat", "kode"), expected)


def _same(names: list[str]) -> dict[str, pl.Expr]:
    return {"tps": pl.col("tps"), **{name: pl.col(name) for name in names}}


def rules_2024() -> dict[str, pl.Expr]:
    """Code → whether a row breaks it, null or false where it is not judged; written from RULES §3."""
    c = pl.col
    votes = c("p1") + c("p2") + c("p3")
    total, valid, invalid, roll = c("suara_total"), c("suara_sah"), c("suara_tidak_sah"), c("pemilih_dpt_j")
    rows = {"E101": "pemilih_dpt", "E102": "pengguna_dpt", "E103": "pengguna_dptb", "E104": "pengguna_non_dpt"}
    rows["E105"] = "pengguna_total"
    users = [
        c(f"pengguna_total_{x}") != c(f"pengguna_dpt_{x}") + c(f"pengguna_dptb_{x}") + c(f"pengguna_non_dpt_{x}")
        for x in "lpj"
    ]
    return {
        **{code: c(f"{row}_j") != c(f"{row}_l") + c(f"{row}_p") for code, row in rows.items()},
        "E106": pl.any_horizontal(users),
        "E107": pl.any_horizontal(c(f"pengguna_dpt_{x}") > c(f"pemilih_dpt_{x}") for x in "lpj"),
        "E301": valid != votes,
        "E305": total != valid + invalid,
        "E307": total != c("pengguna_total_j"),
        "W503": roll > 300,
        "W504": 100 * total > ((102 * roll + 99) // 100) * 100,
        "W505": votes == 0,
        "W506": (pl.max_horizontal("p1", "p2", "p3") == valid) & (valid > 0) & votes.is_not_null(),
        "W511": (10 * invalid >= total) & (total > 0),
    }


def lists(broken: Mapping[str, pl.Expr], letter: str) -> pl.Expr:
    named = [pl.when(test.fill_null(False)).then(pl.lit(code)) for code, test in broken.items() if code[0] == letter]
    return pl.concat_list(named).list.drop_nulls()


@pytest.mark.real
def test_real_2024_findings_of_every_record_equal_an_independent_computation(real_2024: Real) -> None:
    source, ran = real_2024
    rules = rules_2024()
    suara = rules["E301"].fill_null(False) | rules["E305"].fill_null(False)
    adm = pl.any_horizontal(rules[code].fill_null(False) for code in rules if code.startswith("E1"))
    expected = source.select(
        "kode",
        rules=lists(rules, "E"),
        warnings=lists(rules, "W"),
        held=pl.concat_list(
            pl.when(suara).then(pl.lit("suara")), pl.when(adm).then(pl.lit("administrasi"))
        ).list.drop_nulls(),
    ).sort("kode")
    assert_frame_equal(ran.table("findings").sort("kode"), expected)
    counts = {code: source.select(test.sum()).item() for code, test in rules.items()}
    assert counts["E301"] > 1000
    assert all(
        ran.table("findings")
        .select((pl.col("rules").list.contains(code) | pl.col("warnings").list.contains(code)).sum())
        .item()
        == count
        for code, count in counts.items()
    )


@pytest.mark.real
def test_real_2024_no_record_is_refused_for_its_size(real_2024: Real) -> None:
    source, ran = real_2024
    large = source.filter((pl.col("suara_total") > 300) | (pl.col("pemilih_dpt_j") > 300))
    assert large.height > 50
    assert not (ran.out / "refused.csv").exists()
    kept = ran.table("areas").filter(pl.col("tingkat") == 5).select("kode", "suara_total", "tps_summed")
    joined = large.join(kept, on="kode", how="inner", suffix="_ours")
    assert joined.height == large.height
    assert (joined["suara_total_ours"] == joined["suara_total"].fill_null(0)).all()
    assert joined["tps_summed"].min() == 1
    found = ran.table("findings").join(large.select("kode"), on="kode")
    unusual = found.filter((pl.col("warnings").list.len() > 0) & (pl.col("rules").list.len() == 0))
    assert unusual.height > 0
    assert unusual["held"].list.len().max() == 0


@pytest.mark.real
def test_real_2024_held_votes_are_counted_on_every_level(real_2024: Real) -> None:
    source, ran = real_2024
    rules = rules_2024()
    broken = source.select(
        "kode", held=(rules["E301"].fill_null(False) | rules["E305"].fill_null(False)).cast(pl.Int64)
    )
    by_province = broken.group_by(kode=pl.col("kode").str.slice(0, 2)).agg(tps_held=pl.col("held").sum()).sort("kode")
    ours = ran.table("areas").filter(pl.col("tingkat") == 1).select("kode", "tps_held").sort("kode")
    assert_frame_equal(ours, by_province)


# -- real data of 2019 ------------------------------------------------------------------------------------------------

SOURCES_2019 = {
    "kpu": ("kpu_pas1", "kpu_pas2", "kpu_sah", "kpu_tsah", "kpu_jum"),
    "kp": ("kp_pas1", "kp_pas2", "kp_sah", "kp_tSah", "kp_jum"),
}
FIELDS_2019 = ("paslon_1", "paslon_2", "suara_sah", "suara_tidak_sah", "suara_total")


class Real2019(NamedTuple):
    source: pl.DataFrame
    above: pl.DataFrame  # kel_id, tingkat, area: every area above each kelurahan
    official: pl.DataFrame
    ran: dict[str, Ran]


@pytest.fixture(scope="module")
def real_2019(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Real2019:
    folder, data = tmp_path_factory.mktemp("tally2019"), shared / "data" / "pemilu2019"
    load_real(data, folder / "B")
    file, official = data / "ppwp_tps_two_sources.parquet", data / "rollup_all_levels.csv.gz"
    ran = {}
    for source in SOURCES_2019:
        out = folder / source
        args = ["tally", file, "--bundle", folder / "B", "--out", out, "--source", source, "--against", official]
        ran[source] = Ran(main([*map(str, args), "--json"]), {}, out, "")
    return Real2019(pl.read_parquet(file), _above(data / "wilayah_nodes.csv.gz"), pl.read_csv(official), ran)


def _above(nodes: Path) -> pl.DataFrame:
    parents = pl.read_csv(nodes, schema_overrides={"parent_id": pl.Float64}).select(
        "id", "depth", pl.col("parent_id").cast(pl.Int64)
    )
    steps = parents.filter(pl.col("depth") == 4).select(kel_id="id", area="id", tingkat=pl.lit(4))
    found = [steps]
    for level in (3, 2, 1, 0):
        steps = steps.join(parents, left_on="area", right_on="id").select(
            "kel_id", area="parent_id", tingkat=pl.lit(level)
        )
        found.append(steps)
    return pl.concat(found)


@pytest.mark.real
def test_real_2019_totals_on_every_level_equal_a_group_by(real_2019: Real2019) -> None:
    names = [name for columns in SOURCES_2019.values() for name in columns]
    expected = (
        real_2019.source.select("kel_id", *names)
        .join(real_2019.above, on="kel_id")
        .group_by("tingkat", "area")
        .agg(pl.len().cast(pl.Int64).alias("tps"), *(pl.col(name).cast(pl.Int64).sum() for name in names))
        .select(pl.col("area").cast(pl.String).alias("kode"), pl.col("tingkat").cast(pl.Int8), "tps", *names)
        .sort("tingkat", "kode")
    )
    for ran in real_2019.ran.values():
        areas = ran.table("areas")
        ours = areas.filter(pl.col("tingkat") < 5).select(expected.columns).sort("tingkat", "kode")
        assert_frame_equal(ours, expected)
        assert areas.filter(pl.col("tingkat") == 5).height == real_2019.source.height == 24_101


@pytest.mark.real
@pytest.mark.parametrize("source", SOURCES_2019)
def test_real_2019_counts_per_rule_equal_an_independent_computation(real_2019: Real2019, source: str) -> None:
    one, two, valid, invalid, total = (pl.col(name) for name in SOURCES_2019[source])
    rules = {
        "E301": valid != one + two,
        "E305": total != valid + invalid,
        "W505": one + two == 0,
        "W506": (pl.max_horizontal(one, two) == valid) & (valid > 0),
        "W511": (10 * invalid >= total) & (total > 0),
    }
    findings = real_2019.ran[source].table("findings")
    told = findings["rules"].list.concat(findings["warnings"]).explode().drop_nulls().value_counts()
    expected = {code: real_2019.source.select(test.sum()).item() for code, test in rules.items()}
    assert dict(told.rows()) == {code: count for code, count in expected.items() if count}


@pytest.mark.real
@pytest.mark.parametrize("source", SOURCES_2019)
def test_real_2019_differences_from_the_official_recap_are_exactly_those_there_are(
    real_2019: Real2019, source: str
) -> None:
    columns = SOURCES_2019[source]
    ours = (
        real_2019.source.select("kel_id", *columns)
        .join(real_2019.above, on="kel_id")
        .group_by("tingkat", "area")
        .agg(pl.col(name).cast(pl.Int64).sum() for name in columns)
        .rename(dict(zip(columns, FIELDS_2019, strict=True)))
    )
    expected = []
    for against in ("kpu", "kp", "rekap"):
        for field, suffix in zip(FIELDS_2019, ("pas1", "pas2", "sah", "tsah", "jum"), strict=True):
            name = f"{against}_{suffix}"
            if name not in real_2019.official.columns:
                continue
            joined = ours.join(real_2019.official, left_on="area", right_on="child_id")
            expected.append(
                joined.filter(pl.col(field) != pl.col(name)).select(
                    pl.col("tingkat").cast(pl.Int64),
                    kode=pl.col("area").cast(pl.String),
                    field=pl.lit(field),
                    against=pl.lit(against),
                    ours=pl.col(field),
                    theirs=pl.col(name),
                    difference=pl.col(field) - pl.col(name),
                )
            )
    order = ["tingkat", "kode", "field", "against"]
    wanted = pl.concat(expected).sort(order)
    found = real_2019.ran[source].table("differences").filter(pl.col("tingkat") < 5).sort(order)
    assert_frame_equal(found.select(wanted.columns), wanted)
    assert wanted.filter(pl.col("against") == source).height == 0, "the same source sums to its own published totals"
    assert wanted.filter(pl.col("against") == "rekap").height > 0
    assert real_2019.ran[source].code == 1


@pytest.mark.real
def test_real_2019_differences_go_down_to_the_tps_on_which_the_sources_differ(real_2019: Real2019) -> None:
    found = real_2019.ran["kpu"].table("differences")
    at_tps = found.filter(pl.col("tingkat") == 5)
    pairs = zip(FIELDS_2019, SOURCES_2019["kpu"], SOURCES_2019["kp"], strict=True)
    expected = sum(
        real_2019.source.select(pl.col(ours).ne_missing(pl.col(theirs)).sum()).item() for _, ours, theirs in pairs
    )
    assert at_tps.height == expected
    below = set(at_tps["parent"])
    kelurahan = found.filter((pl.col("tingkat") == 4) & (pl.col("against") == "kp"))
    assert set(kelurahan["kode"]) <= below, "where two sources' sums differ, some TPS below differs"
    assert np.abs(kelurahan["difference"].to_numpy()).min() > 0
