"""Bundles of the real nations of 2024 and 2019, as their files lie."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from election import bundle
from election.bundle.model import Bundle
from election.codes import fixed


@pytest.fixture(scope="module")
def nation(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Pemilu 2024, as its files lie."""
    return bundle.load_real(shared / "data/wilayah2024", tmp_path_factory.mktemp("nation"))


@pytest.mark.real
def test_the_nation_of_2024(nation: Bundle) -> None:
    tree = nation.tree
    abroad = tree.area_index("99")
    domestic = [len(tree.level(n)) - _inside(nation, abroad, n) for n in range(1, 5)]
    assert domestic[:3] == [38, 514, 7277]
    assert [len(tree.level(n)) for n in range(5)] == [1, 39, 643, 7405, 83859]
    assert tree.n_tps == 823_236 and tree.tps_counts()[abroad] == 3_075
    assert tree.tps_nama(tree.tps_index("1101012001001")) == "TPS 001"
    assert [tree.nama(a) for a in tree.path(tree.tps_index("99AO010001025"))][1] == tree.nama(abroad)


def _inside(nation: Bundle, area: int, level: int) -> int:
    """How many areas of a level lie in a provinsi."""
    tree = nation.tree
    above = list(tree.level(level))
    for _ in range(level - 1):
        above = [int(tree.parent[a]) for a in above]
    return above.count(area)


@pytest.mark.real
def test_every_area_of_2024_has_as_many_tps_as_its_file_says(nation: Bundle, shared: Path) -> None:
    rows = pl.read_csv(shared / "data/wilayah2024/wilayah2024.csv.gz", infer_schema=False)
    counts = nation.tree.tps_counts()
    at = nation.tree.area_codes.find(fixed(rows["kode"].to_list()))
    assert (at > 0).all()
    assert (counts[at] == rows["n_tps"].cast(pl.Int32).to_numpy()).all()
    assert (nation.tree.ids[at] == rows["id"].cast(pl.Int64).to_numpy()).all()


@pytest.mark.real
def test_every_tps_of_2024_is_found_under_its_kelurahan(nation: Bundle, shared: Path) -> None:
    rows = pl.read_parquet(shared / "data/wilayah2024/tps2024.parquet")
    at = nation.tree.tps_codes.find(rows["kode"].to_numpy().astype(np.bytes_))
    assert len(np.unique(at)) == rows.height and at.min() == 0
    above = nation.tree.kodes[nation.tree.tps_parent[at]]
    assert (above == rows["kel"].to_numpy().astype(np.bytes_)).all()


@pytest.mark.real
def test_records_of_2024(nation: Bundle) -> None:
    held = {key: int(mask.sum()) for key, mask in nation.held.items()}
    assert held == {"ppwp": 823_236, "pdpr": 823_236, "pdpd": 820_161, "pdprdp": 820_161, "pdprdk": 789_395}
    assert nation.records() == 4_076_189
    jakarta = nation.tree.tps_of(nation.tree.area_index("31")).start
    assert nation.holds("pdprdp", jakarta) and not nation.holds("pdprdk", jakarta)
    aceh = nation.tree.tps_of(nation.tree.area_index("11")).start
    assert len(nation.ballot("pdprdk", aceh).choices) == 24 and len(nation.ballot("pdpr", aceh).choices) == 18
    assert [choice.id for choice in nation.contest("ppwp").choices] == ["100025", "100026", "100027"]


@pytest.mark.real
def test_dapil_of_2024(nation: Bundle) -> None:
    assert {key: len(nation.dapil.of(key)) for key in ("pdpr", "pdprdp", "pdprdk")} == {
        "pdpr": 84,
        "pdprdp": 301,
        "pdprdk": 2325,
    }
    without = {
        key: int((nation.held[key] & (nation.dapil.tps(key, nation.tree) < 0)).sum())
        for key in ("pdpr", "pdprdp", "pdprdk")
    }
    # Four desa of two split kecamatan stand in no row of the file.
    assert without == {"pdpr": 0, "pdprdp": 0, "pdprdk": 36}
    abroad = nation.tree.tps_of(nation.tree.area_index("99")).start
    districts = nation.dapil.of("pdpr")
    assert districts[nation.dapil.tps("pdpr", nation.tree)[abroad]].kode == "3102"


@pytest.mark.real
def test_the_tree_of_2019(shared: Path, tmp_path: Path) -> None:
    loaded = bundle.load_real(shared / "data/pemilu2019", tmp_path)
    tree = loaded.tree
    assert [len(tree.level(n)) for n in range(5)] == [1, 35, 644, 7331, 83529] and tree.n_tps == 24_101
    rows = pl.read_parquet(shared / "data/pemilu2019/ppwp_tps_two_sources.parquet")
    for row in rows.sample(300, seed=1).iter_rows(named=True):
        i = tree.tps_index(f"{row['kel_id']}{row['tps']:03}")
        # The two files differ in a trailing full stop here and there.
        path = [row[level].rstrip(".") for level in ("prov", "kab", "kec", "kel")]
        assert [tree.nama(a).rstrip(".") for a in tree.path(i)][1:] == path
        assert (loaded.dpt_l[i], loaded.dpt_p[i]) == (row["dpt_l"], row["dpt_p"]) or loaded.dpt_l[i] == -1
    assert {problem.code for problem in bundle.check(tmp_path)} == {"area.no_tps"}
    assert ((loaded.dpt_l < 0) == (loaded.dpt_p < 0)).all() and (loaded.dpt_l >= 0).sum() > 24_000


@pytest.mark.real
def test_invented_places_are_not_real_ones(nation: Bundle, tmp_path: Path) -> None:
    real = set(nation.tree.namas.tolist())
    for seed in range(3):
        namas = bundle.make(tmp_path, seed=seed, size="kabupaten").tree.namas.tolist()
        assert sum(nama in real for nama in namas) <= len(namas) // 50
