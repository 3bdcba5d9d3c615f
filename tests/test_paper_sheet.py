"""Our own drawing of a form, and the geometry check that is held against it."""

import argparse
import io
import json
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pypdfium2
import pytest

from election import form
from election.bundle import invented_ballot
from election.contest import CONTEST_TYPES
from paper import measure, record, sample, sheet
from suara.cli import DIFFERS, HOLDS
from suara.commands import form as command


@pytest.fixture(scope="module")
def ppwp() -> form.Form:
    return form.load("c_hasil_ppwp_2024")


@pytest.fixture(scope="module")
def pdf(ppwp: form.Form) -> bytes:
    return sheet.pdf(ppwp)


def test_the_pdf_has_the_true_size_and_the_same_bytes_each_time(ppwp: form.Form, pdf: bytes) -> None:
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 3
    for page in document:
        np.testing.assert_allclose(page.get_size(), np.array(ppwp.page_size_mm) * 72 / 25.4, atol=0.01)
    document.close()
    assert sheet.pdf(ppwp) == pdf


def test_the_pdf_draws_every_mark_where_the_template_has_it(ppwp: form.Form, pdf: bytes) -> None:
    found = measure.compare_pdf(ppwp, pdf)
    assert found.holds
    assert {kind: sum(mark.kind == kind for mark in found.marks) for kind in measure.KINDS} == {
        "tag": 3, "square": 24, "box": 84, "bubble": 90,
    }  # fmt: skip
    assert max(found.worst(kind) for kind in measure.KINDS) < 0.005


@pytest.mark.parametrize("key", CONTEST_TYPES)
def test_every_page_of_every_contest_is_drawn_filled_and_photographed(key: str) -> None:
    contest = invented_ballot(key, 3)
    drawn, rng = form.of(contest), np.random.default_rng(1)
    assert measure.compare_pdf(drawn, sheet.pdf(drawn)).holds
    figures = record.invent(contest, rng)
    fields: set[str] = set()
    for page in drawn.pages:
        taken = sample(drawn, page.number, rng, 0.0, figures, size=(720, 1080))
        fields |= taken.figures.keys()
        assert taken.marks.keys() == {tally.field for tally in page.tallies}
        grey = cv2.imdecode(np.frombuffer(taken.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        for corner in page.marks:
            x, y = taken.where(np.array([rect.centre for rect in corner.squares])).round().astype(int).T
            assert grey[y, x].max() < 110
    assert fields == set(contest.fields)


def test_blank_pages_are_kept_for_each_ballot_apart() -> None:
    one, other = (form.of(invented_ballot("pdpd", seed)) for seed in (1, 2))
    assert sheet.picture(one, 2) is sheet.picture(one, 2)
    assert (sheet.picture(one, 2).luma != sheet.picture(other, 2).luma).any()


def test_a_box_drawn_elsewhere_is_noticed(ppwp: form.Form, pdf: bytes) -> None:
    page = ppwp.page(2)
    field = page.fields[1]
    x0, y0, x1, y1 = field.boxes[2]
    boxes = (*field.boxes[:2], form.Rect(x0 + 0.3, y0, x1 + 0.3, y1))
    moved = msgspec.structs.replace(field, boxes=boxes)
    fields = tuple(moved if f is field else f for f in page.fields)
    pages = tuple(msgspec.structs.replace(p, fields=fields) if p is page else p for p in ppwp.pages)
    found = measure.compare_pdf(msgspec.structs.replace(ppwp, pages=pages), pdf)
    off = [mark for mark in found.marks if not mark.within]
    assert not found.holds
    assert [(mark.page, mark.name) for mark in off] == [(2, "paslon_2[2]")]
    assert off[0].off == pytest.approx(0.3, abs=0.01)


def test_a_pdf_of_another_form_does_not_hold(ppwp: form.Form) -> None:
    document = pypdfium2.PdfDocument.new()
    document.new_page(595, 842)
    data = io.BytesIO()
    document.save(data)
    found = measure.compare_pdf(ppwp, data.getvalue())
    assert not any(mark.within for mark in found.marks)


def test_measures_that_the_template_lacks_are_listed(ppwp: form.Form, tmp_path: Path) -> None:
    pages = [{"marks": [list(rect) for _, _, rect in measure.marks_of(page)]} for page in ppwp.pages]
    path = tmp_path / "measured.json"
    path.write_text(json.dumps({"pages": pages}))
    assert measure.compare(ppwp, path).holds
    pages[2]["marks"].append([10, 10, 20, 20])
    path.write_text(json.dumps({"pages": pages}))
    found = measure.compare(ppwp, path)
    assert not found.holds
    assert len(found.spare) == 1 and found.spare[0].startswith("page 3")


@pytest.mark.parametrize("name", ["photo.pdf", "list.json", "absent.pdf", "absent.json"])
def test_what_cannot_be_measured_is_refused(ppwp: form.Form, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if not name.startswith("absent"):
        path.write_bytes(b"[1, 2, 3]")
    with pytest.raises(measure.Unmeasurable) as refused:
        measure.compare(ppwp, path)
    assert name in refused.value.text("id")


def test_a_raster_is_cached_read_only_and_carries_the_tag(ppwp: form.Form) -> None:
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10))
    for page in ppwp.pages:
        raster = sheet.raster(ppwp, page.number, 2.5)
        assert raster.shape == (2250, 1500, 3)
        assert sheet.raster(ppwp, page.number, 2.5) is raster
        with pytest.raises(ValueError, match="read-only"):
            raster[0, 0] = 0
        corners, ids, _ = detector.detectMarkers(raster)
        assert ids.ravel().tolist() == [page.tag_id]
        np.testing.assert_allclose(corners[0][0] / 2.5, page.tags[0].corners, atol=0.5)


def test_blank_boxes_are_empty_inside_and_framed(ppwp: form.Form) -> None:
    for page in ppwp.pages:
        grey = sheet.raster(ppwp, page.number, 2.5).min(axis=2)
        for field in page.fields:
            for box in field.boxes:
                x0, y0, x1, y1 = (np.array(box) * 2.5).round().astype(int)
                assert grey[y0 - 1 : y0 + 2, x0:x1].min(0).max() < 110
                if not field.guide:
                    assert grey[y0 + 4 : y1 - 4, x0 + 4 : x1 - 4].min() > 245


def test_the_command_prints_what_it_then_finds_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "form.pdf"
    assert _run("print", "ppwp", "--out", str(path)) == HOLDS
    assert _run("check", "ppwp", str(path)) == HOLDS
    capsys.readouterr()
    assert _run("check", "ppwp", "--json") == HOLDS
    assert json.loads(capsys.readouterr().out)["holds"] is True
    empty = tmp_path / "measured.json"
    empty.write_text('{"pages": []}')
    assert _run("check", "c_hasil_ppwp_2024", str(empty)) == DIFFERS
    with pytest.raises(form.UnknownForm):
        _run("print", "nosuch", "--out", str(path))


def _run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    args = parser.parse_args(["form", *arguments])
    return int(args.func(args))
