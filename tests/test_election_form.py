"""Form templates: complete, within the paper, and where the official form has them."""

import itertools
import json
import re
from pathlib import Path

import msgspec
import numpy as np
import pytest
from ballots import ballot
from msgspec.structs import replace

from election import form
from election.contest import ADMINISTRASI, Choice, Contest
from election.form import spec
from election.form.shelf import patched

PPWP = "c_hasil_ppwp_2024"


@pytest.fixture(scope="module")
def ppwp() -> form.Form:
    return form.load(PPWP)


def test_every_field_of_the_contest_is_on_the_form_once(ppwp: form.Form) -> None:
    contest = Contest("ppwp", tuple(Choice(str(n), n, str(n)) for n in (1, 2, 3)))
    assert sorted(field.name for field in ppwp.fields) == sorted(contest.fields)
    blocks = {name: block for block, names in contest.blocks.items() for name in names}
    assert {field.name: field.block for field in ppwp.fields} == blocks


def test_pages_hold_their_fields_in_the_order_of_the_paper(ppwp: form.Form) -> None:
    names = [tuple(field.name for field in page.fields) for page in ppwp.pages]
    assert names == [
        ADMINISTRASI,
        ("paslon_1", "paslon_2", "paslon_3"),
        ("suara_sah", "suara_tidak_sah", "suara_total"),
    ]
    assert [ppwp.page_of_tag(tag).number for tag in (101, 102, 103)] == [1, 2, 3]


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
        lambda: ppwp.page(1).mark("middle"),
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


# Templates that follow the ballot


def test_a_form_follows_its_ballot() -> None:
    small, large = form.of(ballot("pdpr", 3, 1)), form.of(ballot("pdpr", 18, 12))
    assert [len(one.pages) for one in (small, large)] == [5, 20]
    assert [field.name for field in small.page(3).fields] == [
        "partai_2_suara_partai",
        "partai_2_calon_1",
        "partai_2",
    ]
    assert {field.block for field in small.page(3).fields} == {"partai_2"}
    assert [one.page_of_tag(tag).fields[0].name for one, tag in ((small, 205), (large, 220))] == ["suara_sah"] * 2
    assert small.page(2).field("partai_1") == large.page(2).field("partai_1")
    assert form.of(ballot("pdpr", 3, 1)) is small


def test_names_of_the_ballot_are_printed() -> None:
    texts = [text.text for text in form.of(ballot("pdpr", 2, 2)).page(3).texts]
    assert "2. Pilihan 2 Samudra" in texts and "Calon 2 Melati" in texts
    assert not any("{" in text for text in texts)


@pytest.mark.parametrize(
    ("contest", "said"),
    [
        (ballot("pdpr", 18, 13), "13 candidates > 12"),
        (ballot("pdpd", 0), "it has no choices"),
        (ballot("pdpr", 0), "it has no choices"),
        (ballot("pdpr", 99, 1), "101 > 99 pages"),
        (ballot("pdpr", 3), "the ballot lacks partai_1_suara_partai"),
        (ballot("ppwp", 2), "the ballot lacks paslon_3"),
        (ballot("ppwp", 4), "the form lacks paslon_4"),
        (replace(ballot("pdprdp", 3, 1), form="c_hasil_pdpr"), "a form of pdpr"),
    ],
)
def test_a_ballot_that_does_not_fit_is_refused(contest: Contest, said: str) -> None:
    with pytest.raises(form.BallotMismatch, match=said) as refused:
        form.of(contest)
    assert contest.key in refused.value.text("id")


def test_a_template_that_repeats_needs_a_ballot() -> None:
    with pytest.raises(form.BallotNeeded):
        form.load("c_hasil_pdpr")
    assert form.load(PPWP, ballot("ppwp", 3)) is form.load(PPWP)


def test_a_tag_says_its_contest_and_page() -> None:
    seen = {tag: form.tagged(tag) for tag in (0, 100, 101, 103, 104, 202, 320, 426, 501, 602, 799, 800, 2319)}
    assert seen == {
        **dict.fromkeys((0, 100, 104, 800, 2319)),
        101: ("ppwp", 1),
        103: ("ppwp", 3),
        202: ("pdpr", 2),
        320: ("pdpd", 20),
        426: ("pdprdp", 26),
        501: ("pdprdk", 1),
        602: ("pkwkp", 2),
        799: ("pkwkk", 99),
    }


def test_a_box_where_two_squares_touch_places_a_mark(ppwp: form.Form) -> None:
    assert [mark.at for mark in ppwp.page(1).marks] == [(47.2, 65.0), (552.8, 65.0), (47.2, 875.0), (552.8, 875.0)]
    assert form.Mark("top left", "square", (form.Rect(1, 2, 3, 4),)).at == (2, 3)


def test_the_sums_of_a_tally_have_two_boxes_a_row(ppwp: form.Form) -> None:
    tally = ppwp.page(2).tallies[0]
    assert tally.capacity == 300 and len(tally.sum_boxes) == tally.rows == 5
    for row, (tens, ones) in enumerate(tally.sum_boxes):
        assert tens.x1 == ones.x0 and tens.y0 == ones.y0 == pytest.approx(tally.sums.y0 + 16 * row)


# Adding a form is adding a file


def example() -> dict[str, object]:
    """The template that docs/forms.md shows."""
    text = (Path(__file__).parents[1] / "docs/forms.md").read_text()
    (block,) = re.findall(r"```json\n(.*?)```", text, re.S)
    document: dict[str, object] = json.loads(block)
    return document


def test_a_form_is_added_by_adding_a_file(tmp_path: Path) -> None:
    """Drawn, photographed and found again, with nothing but a file in a folder."""
    (tmp_path / "c_contoh.json").write_text(json.dumps(example()))
    shelf = form.Shelf(tmp_path)
    contest = replace(ballot("pkwkk", 3), form="c_contoh")
    added = shelf.of(contest)
    assert shelf.names() == ("c_contoh",) and shelf.tagged(801) == ("pkwkk", 1)
    assert sorted(field.name for field in added.fields) == sorted(contest.fields)
    cv2, sheet = pytest.importorskip("cv2"), pytest.importorskip("paper.sheet")
    measure, register = pytest.importorskip("paper.measure"), pytest.importorskip("ocr.register")
    assert measure.compare_pdf(added, sheet.pdf(added)).holds
    scale = 6.0
    found = register.register(cv2.cvtColor(sheet.raster(added, 1, scale), cv2.COLOR_BGR2GRAY), added)
    there = found.px([box.centre for field in added.fields for box in field.boxes])
    truth = [np.array(box.centre) * scale - 0.5 for field in added.fields for box in field.boxes]
    assert np.abs(there - truth).max() < 0.5 * scale


def test_a_template_may_be_like_another(tmp_path: Path) -> None:
    (tmp_path / "c_contoh.json").write_text(json.dumps(example()))
    other = {"like": "c_contoh", "name": "c_lain", "words": {"title": "LAIN"}, "tags": None}
    (tmp_path / "c_lain.json").write_text(json.dumps(other))
    shelf = form.Shelf(tmp_path)
    page, base = (shelf.of(replace(ballot("pkwkk", 2), form=name)).page(1) for name in ("c_lain", "c_contoh"))
    assert page.tags == () and page.fields == base.fields and page.marks == base.marks
    assert "LAIN" in {text.text for text in page.texts}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": 7}, "Expected `str`"),
        ({"colour": "red"}, "colour"),
        ({"boxes": {"votes": None}}, "no boxes called votes"),
        ({"name": "c_lain"}, "its name says c_lain"),
        ({"like": "c_contoh"}, "like itself"),
        ({"like": "nosuch"}, "nosuch"),
        ({"texts": [{"at": [1, 1], "text": "{words[nosuch]}"}]}, "nosuch"),
        ({"texts": [{"at": [1, 1], "text": "{candidate.name}"}]}, "gap"),
    ],
)
def test_a_file_that_is_no_template_says_why(tmp_path: Path, change: dict[str, object], said: str) -> None:
    (tmp_path / "c_contoh.json").write_text(json.dumps(patched(example(), change)))
    with pytest.raises(form.BrokenTemplate, match=re.escape(said)) as refused:
        form.Shelf(tmp_path).of(replace(ballot("pkwkk", 2), form="c_contoh"))
    assert "c_contoh" in refused.value.text("id")


def test_a_file_that_is_no_json_says_so(tmp_path: Path) -> None:
    (tmp_path / "c_contoh.json").write_text("{")
    with pytest.raises(form.BrokenTemplate):
        form.Shelf(tmp_path).tagged(101)


MERGED = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "foo"}, None, None),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]
"""Cases of RFC 7396, appendix A."""


@pytest.mark.parametrize(("target", "patch", "result"), MERGED)
def test_a_merge_patch_is_that_of_the_rfc(target: object, patch: object, result: object) -> None:
    assert patched(target, patch) == result


# The guide for those who write one


def guide() -> str:
    return (Path(__file__).parents[1] / "docs/forms.md").read_text()


def test_the_guide_lists_every_template() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]+) \| ([^|]+) \| (\w+)–? \| (\w+) \|$", guide(), re.M)
    assert tuple(row[0] for row in rows) == form.names()
    for name, contest, model, pages, tag, kind in rows:
        template = form.SHELF.template(name)
        repeated = [page.choices for page in template.pages.values() if page.choices]
        assert (template.contest, template.model) == (contest, model)
        assert tag == (str(template.tags.base + 1) if template.tags else "none")
        assert (kind == "followed") is form.SHELF.follows_ballot(name) is bool(repeated)
        assert int(pages.split(" ")[0]) == len(template.pages) - len(repeated)
        assert not repeated or {1: "a party", 5: "five", 10: "ten"}[repeated[0]] in pages


def test_the_guide_names_every_key() -> None:
    told = set(re.findall(r"`(\w+)`", guide()))
    structs = [value for value in vars(spec).values() if isinstance(value, type) and value.__module__ == spec.__name__]
    for struct in structs:
        assert {field.encode_name for field in msgspec.structs.fields(struct)} <= told, struct


# The official form, measured

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
