"""`suara form` for every contest: whole PDFs, photos with their truth, and refusals that say what to do."""

import csv
import json
from pathlib import Path

import pypdfium2
import pytest

from election import bundle, form
from election.contest import CONTEST_TYPES
from suara.cli import DIFFERS, HOLDS, MISUSE, main


def test_every_contest_prints_as_its_template_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for key in CONTEST_TYPES:
        blank = tmp_path / f"{key}.pdf"
        assert main(["form", "print", key, "--seed", "5", "--out", str(blank)]) == HOLDS
        contest = bundle.invented_ballot(key, 5)
        assert len(pypdfium2.PdfDocument(blank)) == len(form.of(contest).pages)
        assert main(["form", "check", key, str(blank), "--seed", "5"]) == HOLDS
    assert main(["form", "check", "pdpd", str(tmp_path / "pkwkp.pdf"), "--seed", "5"]) == DIFFERS
    capsys.readouterr()


def test_the_ballot_of_a_tps_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = bundle.make(tmp_path / "b", tps=30, contests=("ppwp", "pdpr"))
    tps, blank = made.tree.tps_kode(7), tmp_path / "pdpr.pdf"
    at = ["--bundle", str(tmp_path / "b"), "--tps", tps, "--out", str(blank)]
    assert main(["form", "print", "pdpr", *at]) == HOLDS
    text = pypdfium2.PdfDocument(blank)[1].get_textpage().get_text_bounded()
    party = made.ballot("pdpr", 7).choices[0]
    assert all(name in text for name in (party.name, *(candidate.name for candidate in party.candidates)))
    assert main(["form", "print", "pkwkp", *at]) == MISUSE
    assert "ppwp, pdpr" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["print", "nosuch", "--out", "x"], "c_hasil_pdpr"),
        (["print", "pdpr", "--tps", "1", "--out", "x"], "--bundle and --tps together"),
        (["fill", "pdpr", "--page", "21", "--out", "x"], "page 21"),
        (["fill", "ppwp", "--condition", "rain=1", "--out", "x"], "rain"),
        (["fill", "pkwkp", "--page", "1", "--out", "taken"], "taken: File exists"),
        (["print", "pkwkp", "--out", "."], "Is a directory"),
        (["check", "pkwkp", "absent.pdf"], "absent.pdf: No such file"),
    ],
)
def test_what_cannot_be_is_refused_with_advice(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").touch()
    assert main(["form", *words]) == MISUSE
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--seed", "-1"], "'-1' is not a whole number from 0 on"),
        (["--seed", "one"], "'one' is not a whole number from 0 on"),
        (["--page", "0"], "'0' is not a whole number from 1 on"),
        (["--hardness", "nan"], "'nan' is not a number from 0 to 1"),
        (["--condition", "fold=2"], "'2' is not a number from 0 to 1"),
        (["--condition", "fold="], "'' is not a number from 0 to 1"),
    ],
)
def test_a_number_that_cannot_be_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["form", "fill", "ppwp", "--out", "x", *words])
    assert left.value.code == MISUSE
    assert said in capsys.readouterr().err


def test_photos_come_with_their_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["form", "fill", "pdpr", "--page", "2", "20", "--wrong", "--condition", "far=0.2", "--out", str(tmp_path)]
    assert main([*words, "--json"]) == HOLDS
    truth = json.loads(capsys.readouterr().out)
    assert truth == json.loads((tmp_path / "truth.json").read_text())
    assert truth["wrong"] and [page["page"] for page in truth["pages"]] == [2, 20]
    assert truth["pages"][0]["conditions"] == {"far": 0.2}
    assert truth["pages"][0]["hidden"] == []
    with (tmp_path / "ground_truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for page, row in zip(truth["pages"], rows, strict=True):
        assert (tmp_path / row["image"]).read_bytes()[:2] == b"\xff\xd8"
        assert (row["contest"], row["template"], row["page"]) == ("pdpr", "c_hasil_pdpr", str(page["page"]))
        there = {name: int(row[name]) for name in page["figures"]}
        assert there == page["figures"] and not row["pemilih_dpt_l"]
        assert set(page["tally_sums"]) <= set(page["figures"])


def test_templates_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["form", "list", "--json"]) == HOLDS
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == list(form.names())
    assert {row["contest"] for row in rows} == set(CONTEST_TYPES)
    assert main(["form", "list"]) == HOLDS
    shown = capsys.readouterr().out
    assert all(name in shown for name in form.names())
