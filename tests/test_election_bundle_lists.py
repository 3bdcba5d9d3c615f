"""Dapil and candidates: every TPS finds the ballot it votes with, and that ballot fits its form."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from election import bundle, form
from election.bundle.model import Bundle
from election.contest import CONTEST_TYPES, Kind
from election.problem import BrokenReference

PARTIES = ("pdpr", "pdprdp", "pdprdk")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Bundle]:
    """Two provinces with voters abroad and all seven contests, and where they lie."""
    out = tmp_path_factory.mktemp("two")
    made = bundle.make(out, provinsi=2, kabupaten=15, kecamatan=60, tps=400, abroad=20, contests=tuple(CONTEST_TYPES))
    return out, made


def test_every_record_of_every_contest_has_a_ballot_that_fits_its_form(two: tuple[Path, Bundle]) -> None:
    made = two[1]
    for key in CONTEST_TYPES:
        ballots = {made.ballot(key, int(tps)) for tps in np.flatnonzero(made.tps_holding(key))}
        for ballot in ballots:
            one = form.of(ballot)
            assert {field.name for field in one.fields} == set(ballot.fields)
            assert len(one.pages) == {Kind.PARTIES: len(ballot.choices) + 2}.get(ballot.type.kind, len(one.pages))


def test_the_dapil_decides_the_candidates(two: tuple[Path, Bundle]) -> None:
    """Each TPS against the rows of the files, read by themselves."""
    path, made = two
    rows = pq.read_table(path / "candidates.parquet").to_pylist()
    areas = {
        (district["contest"], area): district["kode"]
        for district in pq.read_table(path / "dapil.parquet").to_pylist()
        for area in district["areas"]
    }
    for key in PARTIES:
        for tps in np.flatnonzero(made.tps_holding(key))[::17].tolist():
            kode = made.tree.tps_kode(tps)
            dapil = next(areas[key, kode[:n]] for n in (2, 4, 6) if (key, kode[:n]) in areas)
            mine = {(r["party"], r["number"], r["name"]) for r in rows if (r["contest"], r["dapil"]) == (key, dapil)}
            ballot = made.ballot(key, tps)
            assert mine == {(c.number, one.number, one.name) for c in ballot.choices for one in c.candidates}
            assert made.ballot(key, tps) is ballot


@pytest.mark.parametrize("key", CONTEST_TYPES)
def test_ballots_of_many_tps_are_those_of_each(key: str, two: tuple[Path, Bundle]) -> None:
    made = two[1]
    some = np.random.default_rng(5).permutation(np.flatnonzero(made.tps_holding(key)))[:150].astype(np.int32)
    found = dict.fromkeys(range(len(some)))
    for contest, rows in made.ballots(key, some):
        assert all(found[row] is None for row in rows.tolist())
        found |= dict.fromkeys(rows.tolist(), contest)
    assert all(found[row] is made.ballot(key, int(tps)) for row, tps in enumerate(some))
    assert list(made.ballots(key, some[:0])) == []


def test_lists_are_as_long_as_seats_let_them_and_name_nobody(two: tuple[Path, Bundle]) -> None:
    lists = two[1].lists
    assert lists.number.min() == 1 and lists.number.max() <= 12
    assert len(np.unique(lists.id)) == len(lists)
    names = {name.decode().rsplit(" ", 1)[0] for name in lists.name.tolist()}
    assert names == {f"Calon {n}" for n in range(1, int(lists.number.max()) + 1)}


def test_one_of_several_provinces_has_parties_of_its_own(two: tuple[Path, Bundle]) -> None:
    made = two[1]
    first, last = made.tree.tps_of(made.tree.level(1)[0]).start, made.tree.tps_of(made.tree.level(1)[1]).start
    assert [len(made.ballot(key, first).choices) for key in PARTIES] == [18, 24, 24]
    assert [len(made.ballot(key, last).choices) for key in PARTIES] == [18, 18, 18]


def test_voters_abroad_vote_in_a_dapil_at_home(two: tuple[Path, Bundle]) -> None:
    made = two[1]
    abroad = made.tree.tps_of(made.tree.area_index("99")).start
    assert made.ballot("pdpr", abroad) is made.ballot("pdpr", 0)


def test_only_a_ballot_of_the_whole_nation_runs_live(two: tuple[Path, Bundle], tmp_path: Path) -> None:
    assert two[1].live == tuple(two[1].contests)
    assert bundle.make(tmp_path, tps=60, contests=tuple(CONTEST_TYPES)).live == tuple(CONTEST_TYPES)


def test_candidates_survive_the_disk(two: tuple[Path, Bundle], tmp_path: Path) -> None:
    path, made = two
    assert bundle.check(path) == []
    again = bundle.load(path)
    assert again.ballot("pdprdk", 3) == made.ballot("pdprdk", 3) != replace(made.ballot("pdprdk", 3), choices=())
    bundle.make(path.parent / "over", tps=60, contests=("pdpr",))
    bundle.make(path.parent / "over", tps=60)
    assert not (path.parent / "over" / "candidates.parquet").exists()


Rows = list[dict[str, object]]


def with_rows(path: Path, out: Path, change: Callable[[Rows], Rows]) -> Path:
    """The bundle again, its candidates changed."""
    for file in path.iterdir():
        (out / file.name).write_bytes(file.read_bytes())
    table = pq.read_table(out / "candidates.parquet")
    pq.write_table(pa.Table.from_pylist(change(table.to_pylist()), table.schema), out / "candidates.parquet")
    return out


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("candidate.unknown_dapil", {"dapil": "9999"}),
        ("candidate.unknown_dapil", {"contest": "ppwp"}),
        ("candidate.unknown_party", {"party": 77}),
        ("candidate.duplicate", {"number": 2}),
        ("candidate.bad_number", {"number": 0}),
        ("candidate.bad_number", {"number": None}),
        ("candidate.no_name", {"name": None}),
    ],
)
def test_odd_candidates_are_named(
    code: str, change: dict[str, object], two: tuple[Path, Bundle], tmp_path: Path
) -> None:
    with_rows(two[0], tmp_path, lambda rows: [rows[0] | change, *rows[1:]])
    assert code in {problem.code for problem in bundle.check(tmp_path)}
    with pytest.raises(BrokenReference):
        bundle.load(tmp_path)


def first_list(rows: Rows) -> Rows:
    return [row for row in rows if [row[k] for k in ("contest", "dapil", "party")] == ["pdpr", rows[0]["dapil"], 1]]


def test_a_list_longer_than_its_paper_is_named_before_it_is_printed(two: tuple[Path, Bundle], tmp_path: Path) -> None:
    def lengthened(rows: Rows) -> Rows:
        more = range(len(first_list(rows)) + 1, 14)
        return [*rows, *(rows[0] | {"number": number, "id": f"x{number}"} for number in more)]

    (problem,) = bundle.check(with_rows(two[0], tmp_path, lengthened))
    assert (problem.code, problem.severity) == ("contest.form_mismatch", "warning")
    assert "1: 13 candidates > 12" in str(problem)
    bundle.load(tmp_path)


def test_a_candidate_who_withdrew_leaves_a_gap_and_nothing_odd(two: tuple[Path, Bundle], tmp_path: Path) -> None:
    with_rows(two[0], tmp_path, lambda rows: [rows[0] | {"number": 40}, *rows[1:]])
    assert bundle.check(tmp_path) == []
    ballot = bundle.load(tmp_path).ballot("pdpr", 0)
    assert "partai_1_calon_40" in ballot.fields and "partai_1_calon_1" not in ballot.fields
    assert {field.name for field in form.of(ballot).fields} == set(ballot.fields)


def test_a_dapil_without_candidates_is_named(two: tuple[Path, Bundle], tmp_path: Path) -> None:
    def without(rows: Rows) -> Rows:
        return [row for row in rows if (row["contest"], row["dapil"]) != ("pdpr", rows[0]["dapil"])]

    (problem,) = bundle.check(with_rows(two[0], tmp_path, without))
    assert (problem.code, problem.severity) == ("dapil.no_candidates", "warning")


def test_a_bundle_with_parties_alone_prints_none(two: tuple[Path, Bundle], tmp_path: Path) -> None:
    """A real list of parties without candidates: the votes can be summed, and the form says what is missing."""
    for file in two[0].iterdir():
        if file.name != "candidates.parquet":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    ballot = bundle.load(tmp_path).ballot("pdpr", 0)
    assert not ballot.listed and ballot.blocks["partai_3"] == ("partai_3",)
    with pytest.raises(form.BallotMismatch) as refused:
        form.of(ballot)
    assert "partai_1_suara_partai" in str(refused.value)
    manifest = json.loads((tmp_path / "bundle.json").read_text())
    assert manifest["contests"][1]["form"] == "c_hasil_pdpr"
