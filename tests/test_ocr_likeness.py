"""The likeness of a page: near for two photos of one sheet, far for two sheets of one form, the same on any machine."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from election import form as forms
from ocr.likeness import BITS, likeness, residue
from ocr.reader import PageReader
from paper import fill, hand, photo

FORM = forms.load("c_hasil_ppwp_2024")
PAGES = (1, 2)


def bits(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.fixture(scope="module")
def seen() -> dict[int, list[list[str]]]:
    """Page → sheets → the likenesses of two photos of each."""
    reader, answer = PageReader(), {page: [] for page in PAGES}
    for page in PAGES:
        for sheet in range(5):
            rng = np.random.default_rng((41, page, sheet))
            figures = {field.name: int(rng.integers(0, 400)) for field in FORM.page(page).fields}
            scale = 4.0
            filled = fill.write(FORM, page, figures, rng, hand.invent(rng), {}, scale, None)
            tags = [tag.rect for tag in FORM.page(page).tags]
            taken = [photo.photograph(filled.picture, rng, 0.15, photo.SIZE, scale, None, tags) for _ in range(2)]
            found = [reader.read(one.jpeg, FORM, page).likeness for one in taken]
            answer[page].append([one for one in found if one is not None])
    return answer


def test_two_photos_of_a_sheet_are_nearer_than_any_two_sheets(seen: dict[int, list[list[str]]]) -> None:
    for page, sheets in seen.items():
        same = [bits(*pair) for pair in sheets if len(pair) == 2]
        others = [bits(a[0], b[0]) for a, b in combinations(sheets, 2)]
        assert len(same) == 5
        assert sorted(same)[len(same) // 2] <= 8, page
        assert max(same) < min(others), (page, same, others)


def test_light_that_lies_on_a_page_changes_nothing() -> None:
    rng = np.random.default_rng(5)
    boxes = np.full((30, 32, 32), 200, np.uint8)
    for box in boxes:
        row, column = rng.integers(6, 22, 2)
        box[row : row + 4, 8:24] = 60
        box[6:26, column : column + 4] = 60
    first = likeness(boxes)
    assert first is not None and len(first) == BITS // 4
    assert bits(first, likeness((boxes * 0.6 + 20).astype(np.uint8)) or "0") <= 2
    other = likeness(boxes[::-1])
    assert other is not None and bits(first, other) > 12


def test_an_empty_page_and_one_without_boxes_have_none() -> None:
    paper = np.full((20, 32, 32), 210, np.uint8)
    paper[:, 10:12, 8:24] = 150  # the guide, in every box
    assert likeness(paper) is None
    assert likeness(np.zeros((0, 32, 32), np.uint8)) is None
    assert not residue(paper).any()


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 256))
def test_ink_is_what_numpy_makes_of_it(seed: int, count: int, greys: int) -> None:
    boxes = np.random.default_rng(seed).integers(256 - greys, 256, (count, 32, 32)).astype(np.uint8)
    inside = boxes[:, 4:-4, 4:-4].astype(np.int32)
    some = np.sort(inside[:, ::2, ::2].reshape(count, 144), axis=1)
    ink, paper = some[:, 2, None, None], some[:, 115, None, None]
    depth = np.clip((paper - inside) * 255 // np.maximum(paper - ink, 40), 0, 255)
    cells = depth.reshape(count, 8, 3, 8, 3).sum(axis=(2, 4)).reshape(count, 64) // 9
    assert (residue(boxes) == cells - cells.sum(axis=0) // count).all()


def test_it_is_what_it_was() -> None:
    """Journals of years must stay comparable: the planes and the arithmetic are part of what is written there."""
    at = np.arange(40 * 32 * 32, dtype=np.int64).reshape(40, 32, 32)
    assert likeness((at * at * 7 % 251).astype(np.uint8)) == "2f351e1e1858ce13"
