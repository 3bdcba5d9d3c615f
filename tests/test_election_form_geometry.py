"""Every template, with every ballot it may meet: on the paper, nothing upon anything else, and large enough to read."""

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from ballots import EXTREMES, ballot

from election import form
from election.contest import Contest

QUIET = 4.0
"""mm around a tag that must stay white: one of its own modules."""

LEGIBLE = {"box": 16.0, "bubble": 6.0, "sum": 10.0}
"""mm that a photo of 2.7 px/mm needs, at least."""


def forms() -> list[form.Form]:
    """Every template's form: of the ballots of its contest, or as it is."""
    followed = [form.of(ballot(*extreme)) for extreme in EXTREMES]
    rest = set(form.names()) - {one.name for one in followed}
    return [*followed, *(form.load(name) for name in sorted(rest))]


FORMS = forms()
PAGES = [
    pytest.param(one, page, id=f"{one.name}-{len(one.pages)}-{page.number}") for one in FORMS for page in one.pages
]
OURS = [one for one in FORMS if len(one.pages[0].tags) == 2]


def printed(page: form.Page) -> Iterator[tuple[str, form.Rect]]:
    """What a page has that somebody reads, writes upon or hides, by kind."""
    yield from (("tag", tag.rect) for tag in page.tags)
    yield from (("mark", square) for mark in page.marks for square in mark.squares)
    yield from (("place", rect) for rect in msgspec.structs.astuple(page.place))
    yield from (("mask", rect) for rect in page.mask)
    for field in page.fields:
        yield from (("box", box) for box in field.boxes)
        yield from (("bubble", bubble) for column in field.bubbles for bubble in column)
        yield from (("words", rect) for rect in (field.words,) if rect)
    for tally in page.tallies:
        yield "cells", tally.cells
        yield from (("sum", box) for boxes in tally.sum_boxes for box in boxes)


def grown(rect: form.Rect, by: float) -> form.Rect:
    return form.Rect(rect.x0 - by, rect.y0 - by, rect.x1 + by, rect.y1 + by)


def overlapping(some: list[form.Rect], others: list[form.Rect]) -> list[tuple[int, int]]:
    """Which of `some` share more with which of `others` than the width of a printed line."""
    a, b = (np.array(rects, np.float64).reshape(-1, 4) for rects in (some, others))
    low, high = np.maximum(a[:, None, :2], b[:, :2]), np.minimum(a[:, None, 2:], b[:, 2:])
    return [(int(i), int(j)) for i, j in np.argwhere((high - low > 0.05).all(axis=2))]


def clashes(rects: list[form.Rect]) -> list[tuple[int, int]]:
    """Pairs within one list."""
    return [(i, j) for i, j in overlapping(rects, rects) if i < j]


@pytest.mark.parametrize(("one", "page"), PAGES)
def test_nothing_lies_upon_anything_else_or_beyond_the_paper(one: form.Form, page: form.Page) -> None:
    width, height = one.page_size_mm
    things = list(printed(page))
    assert all(0 <= r.x0 < r.x1 <= width and 0 <= r.y0 < r.y1 <= height for _, r in things)
    assert [(things[a], things[b]) for a, b in clashes([rect for _, rect in things])] == []
    cells = [cell for row in page.signatures for cell in row]
    assert {i for i, _ in overlapping(cells, list(page.mask))} == set(range(len(cells)))


@pytest.mark.parametrize(("one", "page"), PAGES)
def test_around_a_tag_the_paper_is_white(one: form.Form, page: form.Page) -> None:
    ink = [rect for kind, rect in printed(page) if kind != "tag"] + [written(text) for text in page.texts]
    white = [grown(tag.rect, QUIET) for tag in page.tags]
    assert overlapping(white, ink) == []
    assert [frame for frame in page.frames for tag in white if crosses(frame, tag)] == []


def written(text: form.Text) -> form.Rect:
    """About the room that a printed line takes."""
    wide = min(0.62 * text.size * len(text.text), text.width or 1e9)
    left = text.at[0] - {"left": 0.0, "centre": wide / 2, "right": wide}[text.align]
    return form.Rect(left, text.at[1] - 0.75 * text.size, left + wide, text.at[1] + 0.2 * text.size)


def crosses(frame: form.Rect, rect: form.Rect) -> bool:
    """Whether the outline of a frame (which may be a mere line) runs through a rectangle."""
    touches = min(frame.x1, rect.x1) >= max(frame.x0, rect.x0) and min(frame.y1, rect.y1) >= max(frame.y0, rect.y0)
    within = frame.x0 < rect.x0 and frame.y0 < rect.y0 and frame.x1 > rect.x1 and frame.y1 > rect.y1
    return touches and not within


@pytest.mark.parametrize(("one", "page"), [p for p in PAGES if p.values[0] in OURS])
def test_what_is_printed_keeps_away_from_what_is_read(one: form.Form, page: form.Page) -> None:
    """A line within the reach of the search for a box's outline would be taken for it (`ocr.align`, 2 mm)."""
    read = [rect for kind, rect in printed(page) if kind in {"box", "bubble", "sum", "cells", "mark"}]
    assert [page.texts[i] for i, _ in overlapping([written(text) for text in page.texts], read)] == []
    boxes = [grown(rect, 2.0) for kind, rect in printed(page) if kind == "box"]
    assert [frame for frame in page.frames for box in boxes if crosses(frame, box)] == []
    assert clashes([grown(rect, 0.45) for kind, rect in printed(page) if kind == "bubble"]) == []
    for field in page.fields:
        assert all(b.x0 - a.x1 >= 3.5 for a, b in zip(field.boxes, field.boxes[1:], strict=False))


@pytest.mark.parametrize("one", OURS, ids=lambda one: f"{one.name}-{len(one.pages)}")
def test_a_telephone_can_read_it(one: form.Form) -> None:
    for page in one.pages:
        for kind, rect in printed(page):
            assert min(rect.width, rect.height) >= LEGIBLE.get(kind, 0.0) - 1e-9, (page.number, kind)
        assert all(tally.columns * tally.strokes <= 99 and tally.capacity == 300 for tally in page.tallies)


@pytest.mark.parametrize("one", OURS, ids=lambda one: f"{one.name}-{len(one.pages)}")
def test_a_page_says_its_contest_and_number_twice(one: form.Form) -> None:
    for page in one.pages:
        right, left = page.tags
        assert right.id == left.id == page.tag_id and right.turn == left.turn
        assert right.rect.x0 > 450 and right.rect.y1 < 150 and left.rect.x1 < 110 and left.rect.y0 > 750
        assert form.tagged(right.id) == (one.contest, page.number)
        assert [mark.corner for mark in page.marks] == ["top left", "top right", "bottom left", "bottom right"]
    assert [page.number for page in one.pages] == list(range(1, len(one.pages) + 1))


@pytest.mark.parametrize("extreme", EXTREMES)
def test_a_ballot_s_form_holds_exactly_its_fields(extreme: tuple[str, int, int]) -> None:
    contest: Contest = ballot(*extreme)
    one = form.of(contest)
    assert sorted(field.name for field in one.fields) == sorted(contest.fields)
    blocks = {name: block for block, names in contest.blocks.items() for name in names}
    assert {field.name: field.block for field in one.fields} == blocks
    assert {tally.field for page in one.pages for tally in page.tallies} <= set(contest.fields)
