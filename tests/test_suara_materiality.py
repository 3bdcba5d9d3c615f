"""`suara materiality`: what open TPS can still change, from files, in words and as JSON."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from election import bundle as bundles
from suara.cli import main

PROVINCES = """kode,provinsi,a,b,c
11,Satu,60,30,10
12,Dua,70,20,10
13,Tiga,10,20,70
99,Luar Negeri,5,5,0
"""
DAPIL = """kode_dapil,dapil,kursi,A,B,C
1,SATU I,2,30,8,1
2,DUA I,3,40,30,20
"""


def asked(capsys: pytest.CaptureFixture[str], *args: object) -> dict[str, Any]:
    assert main(["materiality", *map(str, args), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def standings(place: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(answer["question"], answer.get("about", ""), answer["standing"]) for answer in place["answers"]]


def file(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_totals_with_nothing_open_are_settled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = asked(capsys, "president", file(tmp_path, "p.csv", PROVINCES))
    assert {standing for _, _, standing in standings(told["places"]["0"])} == {"settled"}
    assert told["places"]["0"]["tps"] == 0


def test_open_tps_are_told_by_code_or_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    votes = file(tmp_path, "p.csv", PROVINCES)
    told = [
        asked(capsys, "president", votes, "--open", file(tmp_path, "o.csv", f"kode,open\n{who},2\n"), "--most", 1)
        for who in ("13", "Tiga")
    ]
    assert told[0] == told[1]
    place = told[0]["places"]["0"]
    assert (place["tps"], place["most"]) == (2, 2)
    # 145 of 310 and 2 open: nobody can have more than half; a's spread hangs on nothing, it has two provinces of three.
    assert ("majority", "a", "settled") in standings(place)
    assert ("spread", "a", "settled") in standings(place)


def test_smaller_areas_and_abroad_anywhere_give_the_answers_of_provinces(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = (
        "kode,provinsi,a,b,c\n9901,Luar Negeri,5,5,0\n1101,A,60,0,0\n1102,B,0,30,10\n1201,C,70,20,10\n1301,D,10,20,70\n"
    )
    whole = asked(
        capsys, "president", file(tmp_path, "p.csv", PROVINCES), "--open", file(tmp_path, "o.csv", "kode,n\n11,3\n")
    )
    split = asked(
        capsys,
        "president",
        file(tmp_path, "q.csv", parts),
        "--open",
        file(tmp_path, "o.csv", "kode,n\n1101,1\n1102,2\n"),
    )
    assert whole["places"] == split["places"]


def test_a_room_larger_than_any_figure_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["materiality", "president", str(file(tmp_path, "p.csv", PROVINCES)), "--most", "99999999999"])
    assert ended.value.code == 2 and "from 0 to 32,767" in capsys.readouterr().err


def test_the_sentence_is_printed_in_the_language_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    votes, waits = file(tmp_path, "p.csv", PROVINCES), file(tmp_path, "o.csv", "kode,open\n13,1\n")
    assert main(["materiality", "president", str(votes), "--open", str(waits)]) == 0
    assert "Belum pasti: 1 TPS bisa mengubah apakah ada putaran kedua." in capsys.readouterr().out
    assert main(["materiality", "president", str(votes), "--open", str(waits), "--language", "en"]) == 0
    assert "Open: 1 TPS could change whether there is a second round." in capsys.readouterr().out


def test_a_file_without_a_heading_loses_no_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    votes, waits = file(tmp_path, "p.csv", PROVINCES), file(tmp_path, "o.csv", "13,2\n11,1\n")
    assert asked(capsys, "president", votes, "--open", waits)["places"]["0"]["tps"] == 3


def test_an_area_that_is_not_known_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    votes, waits = file(tmp_path, "p.csv", PROVINCES), file(tmp_path, "o.csv", "kode,open\n77,1\n")
    assert main(["materiality", "president", str(votes), "--open", str(waits)]) == 2
    assert "77" in capsys.readouterr().err


def test_dapil_are_told_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    waits = file(tmp_path, "o.csv", "dapil,open\nSATU I,2\n")
    told = asked(capsys, "dpr", file(tmp_path, "d.csv", DAPIL), "--open", waits, "--most", 1, "--likely", 0)
    answers = {kode: place["answers"] for kode, place in told["places"].items()}
    (first,), (second,) = answers["SATU I"], answers["DUA I"]
    assert (first["standing"], first["likely"], first["holder"], first["against"], first["need"]) == (
        "open", "settled", "A", "B", 2,
    )  # fmt: skip
    assert first["fewest"] == {"lower": 2, "upper": 2}
    assert second["standing"] == "settled"
    assert told["places"]["0"]["dapil"] == {"open": 1, "settled": 1}


def test_records_leave_the_other_tps_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = bundles.make(tmp_path / "b", size="kelurahan", contests=("ppwp",))
    tree = bundle.tree
    rows = [f"{tree.tps_kode(i)},100,50,{i}" for i in range(tree.n_tps - 2)]
    records = file(tmp_path, "r.csv", "\n".join(["kode,p1,p2,p3", *rows]) + "\n")
    place = asked(capsys, "records", records, "--bundle", tmp_path / "b")["places"]["0"]
    dpt = bundle.dpt_l.astype(np.int64) + bundle.dpt_p
    expected = sum(bundle.settings.delivered("ppwp", int(one)) for one in dpt[-2:])
    assert (place["tps"], place["most"], place["likely"]) == (2, 2 * 999, expected)
    majority = place["answers"][0]
    others = (tree.n_tps - 2) * 50 + sum(range(tree.n_tps - 2))
    assert majority["need"] == (tree.n_tps - 2) * 100 - others


@pytest.mark.real
def test_the_official_result_of_2024_is_settled_until_28_231_tps_are_taken_out(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    votes = shared / "data" / "ppwp2024" / "official_by_province.csv"
    told = asked(capsys, "president", votes)["places"]["0"]
    majority = told["answers"][0]
    # 2 · 96,214,691 − 164,227,475
    assert (majority["standing"], majority["now"], majority["need"]) == ("settled", ["prabowo"], 28_201_907)
    for tps, standing in ((28_230, "settled"), (28_231, "open")):  # 999 votes each
        some = file(tmp_path, "o.csv", f"kode,open\n32,{tps}\n")
        again = asked(capsys, "president", votes, "--open", some)["places"]["0"]["answers"][0]
        assert (again["standing"], again["likely"]) == (standing, "settled")
    assert again["fewest"] == {"lower": 28_231, "upper": 28_231}


@pytest.mark.real
def test_the_threshold_of_2024_is_settled_and_one_party_is_closest(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = shared / "data" / "dpr2024"
    args = ("dpr", data / "votes_by_dapil_and_party.csv", "--national", data / "national.csv")
    told = asked(capsys, *args)["places"]
    passed = {a["about"] for a in told["0"]["answers"] if a.get("now")}
    assert passed == {"PKB", "GERINDRA", "PDIP", "GOLKAR", "NASDEM", "PKS", "PAN", "DEMOKRAT"}
    assert told["0"]["dapil"] == {"settled": 40}
    needs = {a["about"]: a["need"] for a in told["0"]["answers"] if not a.get("now")}
    assert min(needs, key=lambda party: needs[party]) == "PPP"
