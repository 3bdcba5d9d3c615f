"""The score artefact: what is written comes back, and nothing else passes for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.scores import CLASSES, STEP, FieldScores, PageScores, ScoresDamaged, decode, encode

names = st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1, max_size=40)


@st.composite
def fields(draw: st.DrawFn) -> FieldScores:
    boxes = draw(st.integers(1, 3))
    bubbles = draw(st.booleans())
    return FieldScores(
        draw(st.binary(min_size=14 * boxes, max_size=14 * boxes)),
        draw(st.binary(min_size=10 * boxes, max_size=10 * boxes)) if bubbles else b"",
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


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda tail: b"SKR\x01" + tail)))
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
