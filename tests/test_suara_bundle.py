"""`suara bundle` as scripts call it: exit codes, JSON, words."""

import json
from pathlib import Path

import pytest

from suara.cli import main


@pytest.fixture
def made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["bundle", "make", "--out", str(tmp_path / "b"), "--seed", "4"]) == 0
    capsys.readouterr()
    return tmp_path / "b"


def test_make_says_what_it_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--kabupaten", "2", "--tps", "300", "--contests", "ppwp, pkwkk,ppwp", "--json"]
    assert main(["bundle", "make", "--out", str(tmp_path), *arguments]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["kabupaten"], facts["tps"], facts["records"]) == (2, 300, {"ppwp": 300, "pkwkk": 300})
    assert facts["dpt"] > 300


def test_check_answers_0_for_a_good_bundle_and_1_for_a_broken_one(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bundle", "check", str(made)]) == 0
    assert "0 errors, 0 warnings" in capsys.readouterr().out
    (made / "tps.parquet").unlink()
    assert main(["bundle", "check", str(made), "--json"]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert facts["errors"] == 1 and facts["problems"][0]["code"] == "file.missing"
    assert facts["problems"][0]["kode"] == "tps.parquet"


def test_check_shows_ten_of_a_kind_and_counts_the_rest(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = json.loads((made / "bundle.json").read_text())
    manifest["contests"][0]["without"] = [f"99{n}" for n in range(13)]
    (made / "bundle.json").write_text(json.dumps(manifest))
    assert main(["bundle", "check", str(made)]) == 1
    out = capsys.readouterr().out
    assert out.count("error: contest.unknown_area") == 10 and "3 more of contest.unknown_area" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["make", "--out", "{}", "--size", "moon"],
        ["make", "--out", "{}", "--contests", "pilpres"],
        ["make", "--out", "{}", "--provinsi", "9", "--tps", "3"],
        ["load", "{}", "--out", "{}/b"],
        ["check", "{}/nowhere"],
        ["make", "--out", "{}/taken"],
        ["load", "{}/odd", "--out", "{}/b"],
    ],
)
def test_misuse_is_2_and_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    (tmp_path / "taken").touch()
    (tmp_path / "odd").mkdir()
    for name in ("wilayah2024.csv.gz", "tps2024.parquet"):
        (tmp_path / "odd" / name).write_text("no table")
    assert main(["bundle", *(argument.format(tmp_path) for argument in arguments)]) == 2
    assert capsys.readouterr().err.startswith("suara: ")


@pytest.mark.parametrize("arguments", [["make"], ["make", "--out", "x", "--tps", "0"], ["paint"], []])
def test_a_wrong_command_line_is_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["bundle", *arguments])
    assert left.value.code == 2


@pytest.mark.parametrize("verb", ["make", "load", "check"])
def test_help_has_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bundle", verb, "--help"])
    assert f"suara bundle {verb} " in capsys.readouterr().out.split("examples:")[1]
