"""Measuring reading: crops and pages with the tables that strangers bring."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from election import form
from election.contest import ADM, SUARA, Choice, Contest
from ocr.evaluate import columns, crops, pages, plots, truth
from ocr.evaluate.ballots import ballot, contest_of, named, templates
from ocr.evaluate.fault import ColumnMissing, NothingKnown, NotReadable, UnknownTemplate
from ocr.evaluate.verdict import adding_up
from paper import specimen
from suara.cli import main

FORM = form.load("c_hasil_ppwp_2024")
CONTEST = Contest("ppwp", tuple(Choice(str(n), n, str(n)) for n in (1, 2, 3)), FORM.name)
SUMMED = {"paslon_1": 90, "paslon_2": 110, "paslon_3": 10, "suara_sah": 210, "suara_tidak_sah": 5, "suara_total": 215}


def taken(page: int, seed: int = 1, hardness: float = 0.2, figures: Mapping[str, int] = SUMMED) -> specimen.Specimen:
    return specimen.sample(FORM, page, np.random.default_rng(seed), hardness, figures)


# Crops


def cut(page: int, seed: int) -> list[tuple[bytes, str]]:
    """Boxes of a drawn page as crops with labels, the outline and some paper around it in the picture."""
    from ocr import boxes
    from ocr.guard import gray

    sample = taken(page, seed, 0.1, {})
    names = {"-": "dash", " ": "blank"}
    found = []
    for field in FORM.page(page).fields:
        pictures = boxes.sample(gray(sample.jpeg), sample.homography, field.boxes, 60)
        for picture, mark in zip(pictures, sample.labels[field.name], strict=True):
            found.append((bytes(cv2.imencode(".png", picture)[1]), names.get(mark, mark)))
    return found


def numbered(page: int, seed: int) -> list[tuple[bytes, str]]:
    """The same with digits in every number."""
    from ocr import boxes
    from ocr.guard import gray

    figures = {field.name: 123 + 37 * k for k, field in enumerate(FORM.page(page).fields)}
    sample = specimen.sample(FORM, page, np.random.default_rng(seed), 0.1, figures)
    return [
        (bytes(cv2.imencode(".png", picture)[1]), mark)
        for field in FORM.page(page).fields
        for picture, mark in zip(
            boxes.sample(gray(sample.jpeg), sample.homography, field.boxes, 60), sample.labels[field.name], strict=True
        )
    ]


def parquet(folder: Path, **table: list[Any]) -> Path:
    pq.write_table(pa.table(table), folder / "crops.parquet")
    return folder / "crops.parquet"


def test_crops_are_counted_by_label_writer_and_threshold(tmp_path: Path) -> None:
    table = [(*crop, f"w{seed}") for seed in (1, 2) for crop in numbered(1, seed)]
    picture, label, group = map(list, zip(*table, strict=True))
    wrong = next(i for i, mark in enumerate(label) if mark == "5")
    label[wrong] = "6"
    report = crops.evaluate(parquet(tmp_path, jpeg=picture, label=label, group=group), 0.99)
    assert 1 <= report["digit_error"]["hits"] <= 9
    assert report["confused"]["6>5"] == 1
    assert report["form_error"]["of"] == 2
    assert report["accepted_wrong"]["hits"] >= 1
    assert report["coverage"]["value"] > 0.8
    assert report["number_error"] == {"value": None, "hits": 0, "of": 0, "interval": [0, 1]}
    assert report["reliability"]["bins"]
    assert report["risk_coverage"][-1][0] == 1


@pytest.mark.parametrize(
    ("written", "meant"),
    [("x", "X"), ("Dash", "dash"), ("-", "dash"), ("empty", "blank"), (" ", "blank"), (7, "7"), ("7.0", "7"),
     (3.0, "3"), ("ZERO", "zero"), ("VOID", "void"), ("77", None), ("seven", None), (None, "blank")],
)  # fmt: skip
def test_labels_under_common_names_are_understood(written: object, meant: str | None) -> None:
    assert crops.label_of(written) == meant


def test_what_a_crop_file_lacks_or_nobody_knows_is_left_out_and_said(tmp_path: Path) -> None:
    picture = numbered(2, 5)[0][0]
    colour = bytes(cv2.imencode(".jpg", cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR))[1])
    file = parquet(tmp_path, image=[picture, colour, b"junk", picture], Label=["1", "x", "2", "q"])
    report = crops.evaluate(file)
    assert report["boxes"] == 2
    assert report["form_error"]["of"] == 2  # without groups every crop is its own
    assert report["left_out"] == {"labels": {"q": 1}, "pictures": 1}


def test_a_file_of_crops_that_is_none_says_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.parquet").write_bytes(b"no")
    with pytest.raises(NotReadable):
        crops.evaluate(tmp_path / "x.parquet")
    with pytest.raises(ColumnMissing, match="label"):
        crops.evaluate(parquet(tmp_path, jpeg=[b"x"], name=["1"]))
    with pytest.raises(NothingKnown, match="known: 0, 1"):
        crops.evaluate(parquet(tmp_path, jpeg=[b"x"], label=["?!"]))
    assert main(["ocr", "eval", "crops", str(tmp_path / "absent.parquet")]) == 2
    assert "jpeg, label, group" in capsys.readouterr().err


def test_any_kind_of_zero_is_right_where_the_label_says_any() -> None:
    chances = np.zeros((3, 14))
    chances[0, 10], chances[0, 0], chances[1, 5], chances[2, 12] = 0.6, 0.4, 1, 1
    report = crops.measure(["zero"] * 3, chances, list("abc"), 0.9)
    assert report["by_label"]["zero"]["hits"] == 2
    assert report["coverage"]["hits"] == 3  # sure of a zero, though not of which kind


# Columns and truth


@pytest.mark.parametrize(
    ("column", "field"),
    [("sah", "suara_sah"), ("Tidak Sah", "suara_tidak_sah"), ("pas1", "paslon_1"), ("paslon_02", "paslon_2"),
     ("100026", "paslon_2"), ("jml", "suara_total"), ("pengguna", "pengguna_total_j"), ("SUARA_TOTAL", "suara_total"),
     ("pemilih_dpt_l", "pemilih_dpt_l"), ("surat_suara_diterima", "surat_suara_diterima"), ("kel_id", None)],
)  # fmt: skip
def test_columns_under_common_names_are_fields(column: str, field: str | None) -> None:
    fields = [one.name for one in FORM.fields]
    assert columns.fields_of([column, "100025", "100027"], fields).get(column) == field


def test_on_a_party_s_page_a_column_needs_no_party() -> None:
    fields = ["partai_7_suara_partai", "partai_7_calon_1", "partai_7_calon_11", "partai_7"]
    found = columns.fields_of(["suara_partai", "calon_1", "calon_11", "partai_7"], fields)
    assert list(found.values()) == fields
    assert columns.fields_of(["calon_1"], [*fields, "partai_8_calon_1"]) == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [("45", 45), ("045", 45), ("45.0", 45), ("XXX", 0), ("-", 0), ("", None), ("4x", None), ("n", None)],
)
def test_figures_as_tables_have_them(text: str, value: int | None) -> None:
    assert columns.figure(text) == value


def test_templates_go_by_their_own_name_the_model_s_or_the_contest_s() -> None:
    assert templates("ppwp", "c_hasil_ppwp_2024") == (FORM.name,)
    assert templates("ppwp", FORM.model) == (FORM.name,)
    assert templates("ppwp")[0] == FORM.name
    assert "c1_ppwp_2019" in templates("ppwp")
    assert templates("nothing") == ()
    assert templates("", "ppwp") == templates("ppwp", "C.HASIL-SALAH") == templates("ppwp")
    assert named("ppwp", "C1-PPWP").name == "c1_ppwp_2019"
    for contest, said in (("ppwp", "c_hasil_pdpr"), ("ppwp", "c_hasil_salah"), ("senate", None)):
        with pytest.raises(UnknownTemplate):
            named(contest, said)


def table(folder: Path, rows: list[dict[str, Any]], mark: str = ",") -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with (folder / "ground_truth.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, names, delimiter=mark, restval="")
        writer.writeheader()
        writer.writerows(rows)


def test_pages_belong_together_by_record_or_by_a_name_that_ends_in_the_page(tmp_path: Path) -> None:
    for name in ("a_1.jpg", "a_2.PNG", "b-hal1.jpg", "7.jpg", "8.jpg"):
        (tmp_path / name).touch()
    rows = [
        {"image": "a_1.jpg", "page": 1}, {"image": "A_2.jpg", "page": 2}, {"image": "b-hal1.jpg", "page": "1.0"},
        {"image": "7.jpg", "page": 2, "record": "r"}, {"image": "8.jpg", "page": 3, "record": "r"},
        {"image": "gone.jpg", "page": 1},
    ]  # fmt: skip
    table(tmp_path, rows, ";")
    read = truth.read(tmp_path, "ppwp")
    assert [sheet.record for sheet in read.sheets] == ["ppwp a", "ppwp a", "ppwp b", "ppwp r", "ppwp r"]
    assert [sheet.page for sheet in read.sheets] == [1, 2, 1, 2, 3]
    assert read.missing == ("gone.jpg",)


def test_files_whose_names_do_not_tell_pages_apart_stand_alone(tmp_path: Path) -> None:
    for name in ("foto_1.jpg", "foto_2.jpg"):
        (tmp_path / name).touch()
    table(tmp_path, [{"image": f"foto_{n}.jpg", "contest": "presiden", "page": 1} for n in (1, 2)])
    read = truth.read(tmp_path)
    assert len({sheet.record for sheet in read.sheets}) == 2
    assert {sheet.contest for sheet in read.sheets} == {"ppwp"}


def test_a_record_that_has_a_page_twice_is_none(tmp_path: Path) -> None:
    """TPS 1 of two villages: their pages must not be decoded together."""
    rows = [{"image": f"{n}.jpg", "contest": "ppwp", "page": 2 + n % 2, "tps": "1"} for n in range(4)]
    rows += [{"image": f"{n}.jpg", "contest": "ppwp", "page": 2 + n % 2, "tps": "2"} for n in range(4, 6)]
    for row in rows:
        (tmp_path / str(row["image"])).touch()
    table(tmp_path, rows)
    assert [sheet.record for sheet in truth.read(tmp_path).sheets] == [
        *(f"ppwp {n}.jpg" for n in range(4)), "ppwp 2", "ppwp 2",
    ]  # fmt: skip


# Pages


def written(folder: Path) -> list[dict[str, Any]]:
    """Photos of two pages of one record, and rows of the table of them."""
    rows = []
    for page in (2, 3):
        (folder / f"{page}.jpg").write_bytes(taken(page, 7).jpeg)
        names = {field.name for field in FORM.page(page).fields}
        figures = {name: value for name, value in SUMMED.items() if name in names}
        rows.append(
            {"image": f"{page}.jpg", "contest": "ppwp", "template": FORM.name, "page": page, "record": "r"} | figures
        )
    return rows


def test_pages_are_read_decoded_together_and_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = written(tmp_path)
    (tmp_path / "junk.jpg").write_bytes(b"junk")
    rows.append({"image": "junk.jpg", "contest": "ppwp", "template": "", "page": 3, "suara_sah": 4, "note": "hm"})
    table(tmp_path, rows)
    report = pages.evaluate(tmp_path)
    assert report["number_error"] | {"interval": None} == {"value": 1 / 7, "hits": 1, "of": 7, "interval": None}
    assert report["number_error_joint"]["of"] == 6
    assert report["digit_error"] | {"interval": None} == {"value": 0, "hits": 0, "of": 14, "interval": None}
    assert report["form_error"]["of"] == 2
    assert report["coverage"]["hits"] == 6
    assert report["accepted_wrong"]["hits"] == 0
    assert report["blocks"]["coverage"]["hits"] == 1
    assert report["faults"] == {"scan.not_an_image": 1}
    assert report["left_out"] == {"images": [], "columns": ["note"], "cells": []}
    assert [d["field"] for d in report["differences"]] == ["suara_sah"]
    assert main(["ocr", "eval", "pages", str(tmp_path), "--json", "--report", str(tmp_path / "out")]) == 0
    assert json.loads(capsys.readouterr().out)["number_error"]["hits"] == 1
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("<svg") >= 4
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert main(["ocr", "eval", "pages", str(tmp_path)]) == 0
    assert "numbers misread" in capsys.readouterr().out


def test_names_of_others_give_the_same_figures(tmp_path: Path) -> None:
    rows = written(tmp_path)
    known = {"suara_sah": "sah", "suara_tidak_sah": "tidak_sah", "suara_total": "total"}
    known |= {f"paslon_{n}": f"10002{4 + n}" for n in (1, 2, 3)}
    for row, template in zip(rows, (FORM.model, ""), strict=True):
        row["template"] = template
        row["image"] = row["image"].replace(".jpg", ".png")
        for name in set(row) & set(known):
            row[known[name]] = row.pop(name)
    table(tmp_path, rows)
    report = pages.evaluate(tmp_path)
    assert report["number_error"] | {"interval": None} == {"value": 0, "hits": 0, "of": 6, "interval": None}


def test_a_block_of_which_some_fields_are_known_is_compared_on_these(tmp_path: Path) -> None:
    rows = written(tmp_path)
    del rows[0]["paslon_2"]
    rows[1]["suara_total"] = 214
    table(tmp_path, rows)
    report = pages.evaluate(tmp_path, threshold=0.5)
    assert report["number_error"]["of"] == 5
    assert report["blocks"]["error"]["hits"] == 1
    assert report["accepted_wrong"]["hits"] == 1
    assert report["blocks"]["contradicting"] == 0  # nobody knows


def test_every_contest_of_a_table_has_its_own_ballot(tmp_path: Path) -> None:
    two = ballot("pkwkp", templates("pkwkp")[0], 2)
    photo = specimen.sample(form.of(two), 2, np.random.default_rng(2), 0.1, {"paslon_1": 77, "paslon_2": 120})
    (tmp_path / "a.jpg").write_bytes(photo.jpeg)
    (tmp_path / "b.jpg").write_bytes(b"junk")
    senate = {"image": "b.jpg", "contest": "pdpd", "template": "", "page": 2} | {f"calon_{n}": n for n in range(1, 13)}
    governor = {"image": "a.jpg", "contest": "pkwkp", "template": "pkwkp", "page": 2, "paslon_1": 77, "paslon_2": "12o"}
    table(tmp_path, [senate, governor])
    report = pages.evaluate(tmp_path)
    assert [d["image"] for d in report["differences"]] == ["b.jpg"] * 12
    assert report["number_unread"]["hits"] == 12
    assert report["number_error"]["of"] == 13
    assert report["left_out"]["cells"] == ["a.jpg paslon_2: 12o"]
    assert report["reliability"]["bins"][-1]["right"]["hits"] == 1  # what was not read says nothing of calibration


def test_a_photo_of_another_page_than_the_table_says_loses_no_number(tmp_path: Path) -> None:
    rows = written(tmp_path)
    (tmp_path / "3.jpg").write_bytes((tmp_path / "2.jpg").read_bytes())
    table(tmp_path, rows)
    report = pages.evaluate(tmp_path)
    assert report["faults"] == {"E403": 1}
    assert report["number_error"] | {"interval": None} == {"value": 0.5, "hits": 3, "of": 6, "interval": None}
    assert report["blocks"]["unread"]["hits"] == report["blocks"]["error"]["hits"] == 1


def test_a_form_that_contradicts_itself_is_flagged_as_it_stands(tmp_path: Path) -> None:
    rows = written(tmp_path)
    figures = SUMMED | {"suara_total": 275}
    (tmp_path / "3.jpg").write_bytes(taken(3, 8, figures=figures).jpeg)
    rows[1]["suara_total"] = 275
    table(tmp_path, rows)
    report = pages.evaluate(tmp_path)
    assert report["number_error"]["hits"] == 0
    assert report["blocks"]["contradicting_flagged"]["hits"] == report["blocks"]["contradicting"] == 1
    assert report["blocks"]["contradicting_repaired"] == 0


def test_a_folder_that_says_too_little_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(NotReadable, match=r"ground_truth\.csv"):
        pages.evaluate(tmp_path)
    table(tmp_path, [{"name": "x", "suara_sah": 1}])
    with pytest.raises(ColumnMissing, match="image"):
        pages.evaluate(tmp_path)
    table(tmp_path, [{"image": "x.jpg", "suara_sah": 1}])
    with pytest.raises(NothingKnown, match=r"x\.jpg"):
        pages.evaluate(tmp_path)
    (tmp_path / "x.jpg").write_bytes(b"x")
    with pytest.raises(UnknownTemplate, match="Row 2"):
        pages.evaluate(tmp_path)
    table(tmp_path, [{"image": "x.jpg", "contest": "ppwp", "colour": 1}])
    with pytest.raises(NothingKnown, match="colour"):
        pages.evaluate(tmp_path)


def test_a_form_tells_its_ballot() -> None:
    assert contest_of(FORM).choice_fields == CONTEST.choice_fields
    parties = ballot("pdpr", templates("pdpr")[0], 18, 4)
    assert contest_of(form.of(parties)).blocks == parties.blocks
    assert adding_up(CONTEST, {SUARA: tuple(SUMMED.values())}) == {SUARA}
    assert adding_up(CONTEST, {SUARA: (*tuple(SUMMED.values())[:5], None)}) == set()


def test_plots_are_drawn_of_nothing_too() -> None:
    for svg in (plots.reliability([]), plots.risk_coverage([]), plots.confusions({}), plots.confusions({"1>7": 3})):
        assert svg.startswith("<svg") and svg.endswith("</svg>")
    assert "1 → 7" in plots.confusions({"1>7": 3})


def test_photos_of_a_record_are_read_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path)
    images = [str(tmp_path / f"{page}.jpg") for page in (2, 3)]
    assert main(["ocr", "read", *images, "--json", "--rendition", str(tmp_path / "public.jpg")]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["blocks"][SUARA]["figures"] == SUMMED
    assert answer["numbers"]["paslon_2"]["value"] == 110
    assert all((tmp_path / f"public-{page}.jpg").stat().st_size > 10_000 for page in (2, 3))
    (tmp_path / "junk.jpg").write_bytes(b"junk")
    assert main(["ocr", "read", images[0], str(tmp_path / "junk.jpg"), "--time"]) == 1
    first, second = (line for line in capsys.readouterr().out.splitlines() if ".jpg: " in line)
    assert "register" in first
    assert "scan.not_an_image" in second
    assert "register" not in second
    assert main(["ocr", "read", str(tmp_path / "junk.jpg"), "--tps", "1"]) == 2
    assert "--bundle" in capsys.readouterr().err
    assert main(["ocr", "read", str(tmp_path / "absent.jpg")]) == 2
    assert "absent.jpg" in capsys.readouterr().err


def test_a_contest_without_blocks_for_its_words_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["ocr", "read", str(tmp_path / "x.jpg"), "--contest", "senate"]) == 2
    assert "senate" in capsys.readouterr().err
    assert ADM in CONTEST.blocks
