"""The score artefact: what is written comes back, and nothing else passes for it."""

from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.scores import CLASSES, STEP, SUM_BOXES, FieldScores, PageScores, ScoresDamaged, decode, encode

names = st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1, max_size=255)


@st.composite
def fields(draw: st.DrawFn) -> FieldScores:
    boxes = draw(st.integers(1, 3))
    bubbles, rows = draw(st.booleans()), draw(st.integers(0, 5))
    return FieldScores(
        draw(st.binary(min_size=14 * boxes, max_size=14 * boxes)),
        draw(st.binary(min_size=10 * boxes, max_size=10 * boxes)) if bubbles else b"",
        draw(st.binary(min_size=28 * rows, max_size=28 * rows)),
    )


pages = st.builds(
    PageScores, form=names, page=st.integers(1, 255), fields=st.dictionaries(names, fields(), max_size=22)
)


@given(pages)
def test_what_is_written_comes_back(page: PageScores) -> None:
    data = encode(page)
    assert decode(data) == page
    assert encode(decode(data)) == data


@given(pages, st.data())
def test_a_changed_byte_is_named(page: PageScores, data: st.DataObject) -> None:
    written = bytearray(encode(page))
    written[data.draw(st.integers(0, len(written) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ScoresDamaged) as caught:
        decode(bytes(written))
    assert "read its photo again" in str(caught.value)


def first_version(page: PageScores) -> bytes:
    """What issue 2's program wrote, written out: no tally rows, and no byte that counts them."""
    body = b"SKR" + bytes([1, page.page, len(page.form)]) + page.form.encode() + bytes([len(page.fields)])
    for name, field in page.fields.items():
        body += bytes([len(name)]) + name.encode() + bytes([len(field.boxes) // 14, bool(field.bubbles)])
        body += field.boxes + field.bubbles
    return body + crc32(body).to_bytes(4, "big")


@given(pages)
def test_the_first_version_is_still_read(page: PageScores) -> None:
    without = {name: FieldScores(field.boxes, field.bubbles) for name, field in page.fields.items()}
    assert decode(first_version(page)) == PageScores(page.form, page.page, without)


def test_a_page_of_255_fields_fits_and_no_more() -> None:
    def page(fields: int) -> PageScores:
        return PageScores("f", 1, {f"n{i}": FieldScores(bytes(42)) for i in range(fields)})

    assert decode(encode(page(255))) == page(255)
    with pytest.raises(ValueError, match="256"):
        encode(page(256))


@pytest.mark.parametrize(
    "field", [FieldScores(bytes(41)), FieldScores(bytes(42), bytes(20)), FieldScores(bytes(42), marks=bytes(14))]
)
def test_half_a_box_is_refused(field: FieldScores) -> None:
    with pytest.raises(ValueError, match="14 bytes a box"):
        encode(PageScores("f", 1, {"n": field}))


def test_tally_sums_keep_their_rows() -> None:
    rows = np.zeros((5, SUM_BOXES, len(CLASSES)))
    rows[3, 1, :7] = -2.0
    seen = FieldScores.of(np.zeros((3, len(CLASSES))), marks=rows).mark_scores
    assert seen is not None
    assert (seen == rows).all()
    assert FieldScores.of(np.zeros((3, len(CLASSES)))).mark_scores is None


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda tail: b"SKR\x02" + tail)))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ScoresDamaged):
        decode(data)


@given(st.lists(st.lists(st.floats(-30, 0), min_size=14, max_size=14), min_size=3, max_size=3))
def test_quantising_keeps_what_matters(rows: list[list[float]]) -> None:
    scores = np.array(rows)
    below = scores - scores.max(axis=1, keepdims=True)
    kept = FieldScores.of(scores).box_scores
    near = below > -255 * STEP
    assert np.abs(kept - below)[near].max() <= STEP / 2 + 1e-12
    assert (kept[~near] == -255 * STEP).all()
    assert (kept.max(axis=1) == 0).all()


def test_a_page_is_about_a_kilobyte() -> None:
    rows = np.zeros((3, len(CLASSES)))
    page = PageScores("c_hasil_ppwp_2024", 1, {f"surat_suara_{n:02}_j": FieldScores.of(rows) for n in range(22)})
    assert len(encode(page)) < 1500
