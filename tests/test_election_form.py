"""Form templates: complete, within the paper, and where the official form has them."""

import itertools
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from election import form
from election.contest import ADMINISTRASI, Choice, Contest

PPWP = "c_hasil_ppwp_2024"


@pytest.fixture(scope="module")
def ppwp() -> form.Form:
    return form.load(PPWP)


def test_every_field_of_the_contest_is_on_the_form_once(ppwp: form.Form) -> None:
    contest = Contest("ppwp", tuple(Choice(str(n), n, str(n)) for n in (1, 2, 3)))
    assert sorted(field.name for field in ppwp.fields) == sorted(contest.fields)
    for block, names in contest.blocks.items():
        assert {ppwp.block_of(name) for name in names} == {block}


def test_pages_hold_their_fields_in_the_order_of_the_paper(ppwp: form.Form) -> None:
    names = [tuple(field.name for field in page.fields) for page in ppwp.pages]
    assert names == [
        ADMINISTRASI,
        ("paslon_1", "paslon_2", "paslon_3"),
        ("suara_sah", "suara_tidak_sah", "suara_total"),
    ]
    assert [ppwp.page_of_tag(tag).number for tag in (101, 102, 103)] == [1, 2, 3]
    assert ppwp.page_of("paslon_2") is ppwp.page(2)


def test_only_the_votes_have_bubbles_and_a_guide(ppwp: form.Form) -> None:
    for field in ppwp.fields:
        votes = field.name.startswith("paslon_")
        assert field.guide is votes
        assert [len(column) for column in field.bubbles] == ([10] * 3 if votes else [])
        assert len(field.boxes) == 3


def test_nothing_overlaps_and_all_lies_on_the_paper(ppwp: form.Form) -> None:
    width, height = ppwp.page_size_mm
    for page in ppwp.pages:
        bubbles = [bubble for field in page.fields for column in field.bubbles for bubble in column]
        boxes = [box for field in page.fields for box in field.boxes]
        read = [page.tags[0].rect, *squares(page), *boxes, *bubbles]
        assert all(0 <= r.x0 < r.x1 <= width and 0 <= r.y0 < r.y1 <= height for r in (*read, *page.mask))
        for a, b in itertools.combinations(read, 2):
            assert not _overlap(a, b), (a, b)
        # A mask that touched a box would hide votes from the public, not only names.
        assert not any(_overlap(mask, rect) for mask in page.mask for rect in read)
        assert all(any(_overlap(mask, cell) for mask in page.mask) for row in page.signatures for cell in row)


def squares(page: form.Page) -> list[form.Rect]:
    return [square for mark in page.marks for square in mark.squares]


def _overlap(a: form.Rect, b: form.Rect) -> bool:
    return min(a.x1, b.x1) - max(a.x0, b.x0) > 1e-6 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1e-6


def test_what_is_not_there_is_refused_by_name(ppwp: form.Form) -> None:
    with pytest.raises(form.UnknownForm, match=PPWP):
        form.load("../errors")
    for ask in (
        lambda: ppwp.page(4),
        lambda: ppwp.page_of_tag(7),
        lambda: ppwp.page_of("paslon_9"),
        lambda: ppwp.page(1).field("paslon_1"),
    ):
        with pytest.raises(form.NotOnForm) as refused:
            ask()
        assert refused.value.text("id") and refused.value.text("en")


def test_a_template_with_an_unknown_key_is_refused() -> None:
    document = json.loads((form.SHELF.folder / f"{PPWP}.json").read_bytes())
    assert form.expand(form.parse(json.dumps(document).encode())) == form.load(PPWP)
    document["pages"]["data"]["grids"][0]["colums"] = {}
    with pytest.raises(msgspec.ValidationError, match="colums"):
        form.parse(json.dumps(document).encode())


# The measured file has the official form's own numbering. Written out here, so that a swap of two rows is seen.
MEASURED = {
    **{f"I.A.pemilih_dpt.{c.upper()}": f"pemilih_dpt_{c}" for c in "lpj"},
    **{f"I.B.1.pengguna_dpt.{c.upper()}": f"pengguna_dpt_{c}" for c in "lpj"},
    **{f"I.B.2.pengguna_dptb.{c.upper()}": f"pengguna_dptb_{c}" for c in "lpj"},
    **{f"I.B.3.pengguna_dpk.{c.upper()}": f"pengguna_non_dpt_{c}" for c in "lpj"},
    **{f"I.B.4.pengguna_total.{c.upper()}": f"pengguna_total_{c}" for c in "lpj"},
    "II.1.surat_suara_diterima": "surat_suara_diterima",
    "II.2.surat_suara_digunakan": "surat_suara_digunakan",
    "II.3.surat_suara_dikembalikan": "surat_suara_dikembalikan",
    "II.4.surat_suara_tidak_digunakan": "surat_suara_tidak_digunakan",
    **{f"III.disabilitas.{c.upper()}": f"pengguna_disabilitas_{c}" for c in "lpj"},
    **{f"IV.paslon_{n}": f"paslon_{n}" for n in (1, 2, 3)},
    "V.A.suara_sah": "suara_sah",
    "V.B.suara_tidak_sah": "suara_tidak_sah",
    "V.C.suara_total": "suara_total",
}


@pytest.mark.real
def test_every_mark_lies_where_it_was_measured(ppwp: form.Form, shared: Path) -> None:
    path = shared / "data/forms/c_hasil_ppwp_2024/geometry_C.HASIL-PPWP_2024.json"
    measured = json.loads(path.read_bytes())
    assert measured["page_size_mm"] == list(ppwp.page_size_mm)
    seen = set()
    for there in measured["pages"]:
        page = ppwp.page(there["page"])
        assert there["aruco"][0]["ids"] == [page.tag_id]
        # Measured there by a detector in whole pixels; the test on the PDF's outlines is the sharp one.
        np.testing.assert_allclose(page.tags[0].rect, there["aruco"][0]["rect_mm"][0], atol=0.45)
        np.testing.assert_allclose(sorted(squares(page)), sorted(there["corner_squares"]), atol=0.1)
        assert {MEASURED[name] for name in there["fields"]} == {field.name for field in page.fields}
        for name, marks in there["fields"].items():
            field = page.field(MEASURED[name])
            np.testing.assert_allclose(field.boxes, marks["digit_boxes"], atol=0.1)
            np.testing.assert_allclose(field.bubbles, marks.get("omr_bubbles", []), atol=0.1)
            seen.add(field.name)
    assert seen == {field.name for field in ppwp.fields}


@pytest.mark.real
def test_the_official_pdf_draws_every_mark_there(ppwp: form.Form, shared: Path) -> None:
    measure = pytest.importorskip("paper.measure")
    found = measure.compare(ppwp, shared / "data/forms/c_hasil_ppwp_2024/C.HASIL-PPWP.pdf")
    assert found.holds
    assert len(found.marks) == 3 + 24 + 84 + 90
    assert max(found.worst(kind) for kind in measure.KINDS) < 0.01


@pytest.mark.real
def test_a_detector_finds_the_official_tags_at_the_template_s_corners(ppwp: form.Form, shared: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10))
    for page in ppwp.pages:
        name = f"blank_C.HASIL-PPWP_hal{page.number}_2000x3000.png"
        image = cv2.imread(str(shared / "data/forms/c_hasil_ppwp_2024" / name), cv2.IMREAD_GRAYSCALE)
        corners, ids, _ = detector.detectMarkers(image)
        assert ids.ravel().tolist() == [page.tag_id]
        # The order of the corners tells up from down: the official tag is printed upside down.
        np.testing.assert_allclose(corners[0][0] * 600 / 2000, page.tags[0].corners, atol=0.5)
