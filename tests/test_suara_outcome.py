"""`suara outcome` on files: the real results of 2024, layouts of all kinds, votes held again, and what it refuses."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from election import bundle as bundles
from suara.cli import main

Facts = dict[str, Any]


def ask(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, Facts]:
    code = main(["outcome", *map(str, args), "--json"])
    return code, json.loads(capsys.readouterr().out)


def told(capsys: pytest.CaptureFixture[str], *args: object) -> str:
    assert main(["outcome", *map(str, args)]) in {0, 1}
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *args: object) -> str:
    assert main(["outcome", *map(str, args)]) == 2
    return capsys.readouterr().err


# -- 2024 -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dpr2024(shared: Path) -> Path:
    return shared / "data" / "dpr2024"


@pytest.mark.real
@pytest.mark.parametrize("national", [True, False])
def test_real_2024_the_seats_of_every_dapil_are_those_published(
    capsys: pytest.CaptureFixture[str], dpr2024: Path, national: bool
) -> None:
    extra = ("--national", dpr2024 / "national.csv") if national else ()
    code, facts = ask(capsys, "dpr", dpr2024 / "votes_by_dapil_and_party.csv", *extra)
    with (dpr2024 / "seats_by_dapil_and_party.csv").open() as lines:
        published = {row.pop("dapil"): {party: int(n) for party, n in row.items()} for row in csv.DictReader(lines)}
    assert code == 0 and facts["by_dapil"] == published and len(published) == 40 and not facts["ties"]
    assert facts["seats"] == {party: sum(row[party] for row in published.values()) for party in facts["seats"]}
    assert list(facts["seats"]) == ["PKB", "GERINDRA", "PDIP", "GOLKAR", "NASDEM", "PKS", "PAN", "DEMOKRAT"]


@pytest.mark.real
def test_real_2024_the_threshold_of_either_decree(capsys: pytest.CaptureFixture[str], dpr2024: Path) -> None:
    args = ("dpr", dpr2024 / "votes_by_dapil_and_party.csv", "--national", dpr2024 / "national.csv")
    _, last = ask(capsys, *args)
    _, first = ask(capsys, *args, "--column", "sk360")
    assert (first["threshold"]["valid"], first["threshold"]["needed"]) == (151_796_631, 6_071_866)
    assert last["threshold"]["valid"] == 151_793_293 and first["seats"] == last["seats"]
    assert "PPP" in first["threshold"]["failed"] and first["threshold"]["denominator"] == 25
    assert any("sk360 has 151,796,631" in note for note in last["notes"])
    ppp = next(step for step in first["derivation"] if step["about"] == "PPP")
    assert ppp["numbers"]["left"] == 25 * 5_878_777 < 151_796_631


@pytest.mark.real
def test_real_2024_published_seats_are_compared(
    capsys: pytest.CaptureFixture[str], dpr2024: Path, tmp_path: Path
) -> None:
    votes, seats = dpr2024 / "votes_by_dapil_and_party.csv", dpr2024 / "seats_by_dapil_and_party.csv"
    code, facts = ask(capsys, "dpr", votes, "--against", seats)
    assert code == 0 and facts["against"]["dapil"] == 40 and facts["against"]["differences"] == []
    text = seats.read_text()
    changed = tmp_path / "seats.csv"
    changed.write_text(text.replace("JAWA BARAT I,1,1,1,2,0", "JAWA BARAT I,1,1,1,1,1"))
    code, facts = ask(capsys, "dpr", votes, "--against", changed)
    found = [(d["dapil"], d["party"], d["ours"], d["theirs"]) for d in facts["against"]["differences"]]
    assert code == 1 and found == [("JAWA BARAT I", "GOLKAR", 2, 1), ("JAWA BARAT I", "NASDEM", 0, 1)]
    assert facts["closest"][0]["dapil"] == "JAWA BARAT I" and facts["closest"][0]["lacks"] == 389


@pytest.mark.real
def test_real_2024_the_president(capsys: pytest.CaptureFixture[str], shared: Path) -> None:
    file = shared / "data" / "ppwp2024" / "official_by_province.csv"
    code, facts = ask(capsys, "president", file, "--final")
    assert code == 0 and facts["elected"] == "prabowo" and facts["verdict"] == "elected" and not facts["provisional"]
    assert (facts["valid"], facts["provinces"]) == (164_227_475, 38)
    pairs = {one["pair"]: one for one in facts["pairs"]}
    votes = {pair: one["votes"] for pair, one in pairs.items()}
    assert votes == {"anies": 40_971_906, "prabowo": 96_214_691, "ganjar": 27_040_878}
    assert {pair: len(one["reached"]) for pair, one in pairs.items()} == {"anies": 22, "prabowo": 38, "ganjar": 9}
    assert "99" not in pairs["prabowo"]["reached"] and pairs["anies"]["spread"] and not pairs["anies"]["majority"]
    text = told(capsys, "president", file, "--language", "id")
    assert "2 × 96.214.691 = 192.429.382 > 164.227.475" in text and "ELECTED: prabowo" in text
    assert text.startswith("SEMENTARA") and "Luar Negeri" not in text


# -- layouts ----------------------------------------------------------------------------------------------------------

VOTES = """dapil,kode_dapil,kursi,dpt,A,B,C,prov
UTARA,1101,3,999,300,200,90,11
SELATAN,1102,2,999,100,40,,11
"""
NATIONAL = "party,nomor_urut,sk1,sk2\nA,1,400,401\nB,2,240,240\nC,3,26,20\n"


def put(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_columns_in_any_order_separator_and_case(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plain = ask(capsys, "dpr", put(tmp_path, "plain.csv", VOTES))[1]
    rows = "B;Kursi;C;TPS;Nama Dapil;A;persen", "200;3;90;17;UTARA;300;4.5", "40;2;-;16;SELATAN;100.0;3.0", ";;;;;;"
    other = "\ufeff" + "".join(f"{row}\r\n" for row in (*rows, "240;5;90;;JUMLAH;400;"))
    file = tmp_path / "other.csv.gz"
    file.write_bytes(gzip.compress(other.encode()))
    assert ask(capsys, "dpr", file)[1]["by_dapil"] == plain["by_dapil"]
    assert plain["by_dapil"] == {"UTARA": {"A": 2, "B": 1, "C": 0}, "SELATAN": {"A": 1, "B": 1, "C": 0}}


def test_the_national_file_says_who_takes_part(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    votes, national = put(tmp_path, "v.csv", VOTES), put(tmp_path, "n.csv", NATIONAL)
    assert set(ask(capsys, "dpr", votes, "--national", national)[1]["seats"]) == {"A", "B"}
    code, facts = ask(capsys, "dpr", votes, "--national", national, "--column", "sk1")
    assert code == 0 and facts["threshold"]["failed"] == ["C"] and facts["threshold"]["valid"] == 666
    assert "no column of votes sk9" in refused(capsys, "dpr", votes, "--national", national, "--column", "sk9")


def test_a_party_without_a_column_matters_only_where_it_passes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    votes = put(tmp_path, "v.csv", VOTES)
    small = put(tmp_path, "small.csv", NATIONAL + "D,4,1,1\n")
    assert any("D has no column" in note for note in ask(capsys, "dpr", votes, "--national", small)[1]["notes"])
    large = put(tmp_path, "large.csv", NATIONAL + "D,4,1,100\n")
    assert "there is no column for D" in refused(capsys, "dpr", votes, "--national", large)


def test_of_votes_held_again_the_last_row_counts_and_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    votes = put(tmp_path, "v.csv", VOTES)
    again = put(tmp_path, "psu.csv", VOTES.splitlines()[0] + "\nUTARA (PSU),1101,3,999,10,200,190,11\n")
    code, facts = ask(capsys, "dpr", votes, again)
    assert (
        code == 0 and facts["by_dapil"]["UTARA (PSU)"] == {"A": 0, "B": 2, "C": 1} and "UTARA" not in facts["by_dapil"]
    )
    assert any("UTARA (PSU) stands more than once" in note for note in facts["notes"])
    other = put(tmp_path, "other.csv", "dapil,kursi,A\nUTARA,3,1\n")
    assert "columns are not those" in refused(capsys, "dpr", votes, other)


@pytest.mark.parametrize("name", ["TOTAL", "Total Nasional", "Jumlah Akhir", "GRAND TOTAL", "Indonesia"])
def test_a_row_that_adds_up_the_others_is_no_dapil(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    votes = put(tmp_path, "v.csv", VOTES + f"{name},,5,1998,400,240,90,\n")
    assert set(ask(capsys, "dpr", votes)[1]["by_dapil"]) == {"UTARA", "SELATAN"}


def test_one_dapil_may_be_written_in_two_ways(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    votes = put(tmp_path, "v.csv", "dapil,kursi,A,B\nJAWA I,2,30,20\nJAWA II,2,30,20\nJawa  I,2,30,0\n")
    code, facts = ask(capsys, "dpr", votes)
    assert code == 0 and facts["by_dapil"] == {"Jawa  I": {"A": 2, "B": 0}, "JAWA II": {"A": 1, "B": 1}}
    assert any("Jawa  I stands more than once" in note for note in facts["notes"])


@pytest.mark.parametrize("name", ["tahun", "DPT 2024", "kursi_2019", "Jumlah TPS", "total_suara", "persen"])
def test_a_column_that_means_something_else_is_no_party(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    head, *rows = VOTES.splitlines()
    votes = put(tmp_path, "v.csv", "\n".join((f"{head},{name}", *(f"{row},2024" for row in rows))))
    assert ask(capsys, "dpr", votes)[1]["threshold"]["valid"] == 730
    national = put(tmp_path, "n.csv", f"party,votes,{name}\nA,400,9\nB,240,9\nC,90,9\n")
    assert ask(capsys, "dpr", votes, "--national", national)[1]["threshold"]["valid"] == 730


def test_the_bundle_says_the_threshold_and_the_provinces(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    made = bundles.make(tmp_path / "B", size="demo")
    manifest = tmp_path / "B" / "bundle.json"
    said = json.loads(manifest.read_text())
    said["settings"]["threshold"] = {"numerator": 1, "denominator": 4, "citation": "a ruling"}
    manifest.write_text(json.dumps(said))
    _, facts = ask(capsys, "dpr", put(tmp_path, "v.csv", VOTES), "--bundle", tmp_path / "B")
    assert facts["threshold"]["passed"] == ["A", "B"] and facts["threshold"]["citation"] == "a ruling"
    provinces = len(made.tree.level(1))
    file = put(tmp_path, "p.csv", "kode,nama,a,b,c\n11,X,9,1,0\n")
    assert ask(capsys, "president", file, "--bundle", tmp_path / "B")[1]["provinces"] == provinces
    assert ask(capsys, "president", file, "--provinces", 2)[1]["verdict"] == "runoff"


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 25), (1, 1), (-1, 25), (1, 0)])
def test_a_bundle_whose_threshold_is_no_share_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, numerator: int, denominator: int
) -> None:
    bundles.make(tmp_path / "B", size="demo")
    manifest = tmp_path / "B" / "bundle.json"
    said = json.loads(manifest.read_text())
    said["settings"]["threshold"] = {"numerator": numerator, "denominator": denominator, "citation": "a ruling"}
    manifest.write_text(json.dumps(said))
    told_ = refused(capsys, "dpr", put(tmp_path, "v.csv", VOTES), "--bundle", tmp_path / "B")
    assert "is no share between 0 and 1" in told_


def test_an_assembly_a_tie_and_its_setting(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = put(tmp_path, "v.csv", "dapil,kursi,A,B\nI,2,300,100\n")
    code, facts = ask(capsys, "dprd", file)
    assert code == 0 and facts["ties"] == {"I": {"names": ["A", "B"], "places": 1}} and facts["threshold"] is None
    assert "tied for the last 1: A, B; the law does not decide" in told(capsys, "dprd", file)
    assert ask(capsys, "dprd", file, "--equal", "more_votes")[1]["seats"] == {"A": 2, "B": 0}


def test_a_president_from_smaller_areas(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = (
        "kode,nama,a,b,c,sah\n1101,K,5,1,0,6\n1102,L,5,1,0,6\n1201,M,1,3,0,4\n99AA,N,7,0,0,7\n0,INDONESIA,18,5,0,23\n"
    )
    code, facts = ask(capsys, "president", put(tmp_path, "p.csv", rows))
    assert code == 0 and facts["valid"] == 23 and facts["provinces"] == 2
    assert facts["pairs"][0]["reached"] == ["11", "12"] and facts["elected"] == "a"


@pytest.mark.parametrize(
    "rows",
    [
        ",Luar Negeri,5,5\n",
        "99,PPLN,5,5\n",
        "9901,Kuala Lumpur,5,5\n00,INDONESIA,35,25\n",
        "9901,X,5,5\n,TOTAL,35,25\n",
    ],
)
def test_abroad_counts_for_the_nation_and_is_no_province_however_it_is_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, rows: str
) -> None:
    code, facts = ask(
        capsys, "president", put(tmp_path, "p.csv", f"kode,nama,a,b\n11.01,X,20,10\n12.01,Y,10,10\n{rows}")
    )
    assert (code, facts["valid"], facts["provinces"]) == (0, 60, 2)
    assert facts["pairs"][0]["reached"] == ["11", "12"]


def test_the_dpd_of_every_province(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = "kode,c1,c2,c3,c4,c5\n1101,9,8,7,1,6\n1102,9,8,7,5,0\n1201,1,2,3,4,\n"
    file = put(tmp_path, "d.csv", rows)
    code, facts = ask(capsys, "dpd", file)
    assert code == 0 and facts["by_province"]["11"]["elected"] == ["c1", "c2", "c3", "c4"]
    assert facts["by_province"]["12"]["elected"] == ["c4", "c3", "c2", "c1"]
    assert "Equal votes: c4, c5" in told(capsys, "dpd", file)


def test_a_governor_a_second_round_and_the_empty_column(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = "kode,a,b,c\n{0}01,30,20,10\n{0}02,20,20,11\n"
    assert ask(capsys, "pilkada", put(tmp_path, "g.csv", rows.format(32)))[1]["elected"] == "a"
    jakarta = put(tmp_path, "j.csv", rows.format(31))
    assert ask(capsys, "pilkada", jakarta)[1]["again"] == ["a", "b"]
    assert "SECOND ROUND: a, b" in told(capsys, "pilkada", jakarta)
    assert ask(capsys, "pilkada", jakarta, "--round", 2)[1]["elected"] == "a"
    alone = put(tmp_path, "e.csv", "kode,a,Kolom Kosong\n320101,50,50\n")
    assert ask(capsys, "pilkada", alone)[1]["verdict"] == "nobody"


def test_a_row_that_contradicts_itself_is_named_and_the_outcome_still_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = put(tmp_path, "p.csv", "kode,a,b,c,sah\n11,5,1,0,7\n12,5,1,0,6\n")
    code, facts = ask(capsys, "president", file)
    assert code == 1 and facts["elected"] == "a"
    assert facts["differs"] == ["p.csv row 2: sah 7, its choices add up to 6"]


@pytest.mark.parametrize(
    ("contest", "text", "words"),
    [
        ("dpr", "", "no rows of data"),
        ("dpr", "dapil,A\nI,1\n", "no column kursi"),
        ("dpr", "kursi,A\n3,1\n", "no column dapil"),
        ("dpr", "dapil,kursi\nI,3\n", "no column with votes"),
        ("dpr", "dapil,kursi,A\nI,,1\n", "row 2: no seats"),
        ("dpr", "dapil,kursi,A\nI,x,1\n", "'x' is no whole number"),
        ("dpr", "dapil,kursi,A,B\nI,3,1,4\nII,3,1,4O\n", "row 3, B: '4O' is no whole number"),
        ("dpr", "dapil,kursi,A\nI,3,1,4\n", "more cells than columns"),
        ("dpr", "dapil,kursi,A,a\nI,3,1,4\n", "stands twice"),
        ("dpr", "dapil,kode_dapil,kursi,A\nI,1,3,4\nI,2,3,4\n", "has two codes"),
        ("dpr", "dapil,kursi,A\nI,3,1\n,580,9\n", "without the name"),
        ("dpr", "dapil,kursi,A\nI,0,1\n", "row 2: no seats"),
        ("dpr", "dapil,kursi,A,B\nI,3,138.013,4\nII,3,1.290.884,4\n", "'138.013' is no whole number"),
        ("dpr", "dapil;kursi;A;B\nI;3;138,013;4\nII;3;2;4\n", "'138,013' is no whole number"),
        ("dpr", f"dapil,kursi,A\nI,3,{'1' * 5000}\n", "is no whole number"),
        ("dpr", "dapil,kode_dapil,kursi,A\nUtara I,1,3,4\nUTARA I,2,3,4\n", "has two codes"),
        ("president", "kode,a\n11,5\n1101,5\n", "several levels"),
        ("president", "kode,nama\n11,X\n", "no column of votes"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, contest: str, text: str, words: str
) -> None:
    assert words in refused(capsys, contest, put(tmp_path, "f.csv", text))


def test_bytes_that_are_no_text_and_files_that_are_not_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "f.csv"
    file.write_bytes(b"dapil,kursi\n\xff\xfe")
    assert "cannot be read" in refused(capsys, "dpr", file)
    assert refused(capsys, "dpr", tmp_path / "none.csv")
