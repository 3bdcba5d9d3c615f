"""`suara tally` on real records of 2024 and 2019 against polars alone.

The computations are polars expressions written from RULES; nothing of `election.rules` is used in them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tally_scene import Ran

from election.bundle.real import load_real
from suara.cli import main

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
