"""Filled pages: what the labels say is what the ink shows."""

import hashlib

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election import form
from election.bundle import invented_ballot
from election.contest import CONTEST_TYPES, Choice, Contest
from election.rules import Verdict, identities, judge_record
from paper import fill, hand, number, record, sheet
from paper.ink import Ink

SCALE = sheet.SCALE


@pytest.fixture(scope="module")
def ppwp() -> form.Form:
    return form.load("c_hasil_ppwp_2024")


@given(st.integers(0, 999), st.sampled_from(["X", "-", "", "0"]), st.sampled_from(["all", "last"]))
def test_marks_say_the_number_and_nothing_else(value: int, blank: str, zero: str) -> None:
    marks = number.marks(value, blank, zero)
    assert len(marks) == 3
    said = "".join(mark for mark in marks if mark.isdigit())
    assert (int(said) if said else 0) == value
    assert {mark for mark in marks if not mark.isdigit()} <= {blank or " "}
    assert any(mark != " " for mark in marks)  # a zero is told from a number not written


@pytest.mark.parametrize("value", [-1, 1000, 10**9])
def test_a_number_of_four_digits_is_refused(ppwp: form.Form, value: int) -> None:
    with pytest.raises(number.NotWritable):
        fill.fill(ppwp, 3, {"suara_sah": value}, np.random.default_rng(0))


# From a table of number words, not from the code.
WORDS = {
    0: "NOL", 1: "SATU", 10: "SEPULUH", 11: "SEBELAS", 12: "DUA BELAS", 19: "SEMBILAN BELAS", 20: "DUA PULUH",
    21: "DUA PULUH SATU", 99: "SEMBILAN PULUH SEMBILAN", 100: "SERATUS", 101: "SERATUS SATU", 111: "SERATUS SEBELAS",
    200: "DUA RATUS", 315: "TIGA RATUS LIMA BELAS", 678: "ENAM RATUS TUJUH PULUH DELAPAN",
    910: "SEMBILAN RATUS SEPULUH",
}  # fmt: skip


def test_numbers_in_words() -> None:
    assert {value: number.words(value) for value in WORDS} == WORDS
    assert len({number.words(value) for value in range(1000)}) == 1000


def test_the_same_seed_fills_the_same_page_and_another_does_not(ppwp: form.Form) -> None:
    prints = []
    for seed in (7, 7, 8):
        page = fill.write(ppwp, 2, {"paslon_1": 123}, np.random.default_rng(seed), place={"tps": "012"})
        prints.append(hashlib.sha256(page.raster.tobytes()).hexdigest())
    assert prints[0] == prints[1] != prints[2]
    assert sheet.raster(ppwp, 2).mean() > 230  # the shared blank was not written upon


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 3]))
def test_labels_are_what_the_ink_shows(seed: int, page: int) -> None:
    ppwp = form.load("c_hasil_ppwp_2024")
    rng = np.random.default_rng(seed)
    names = [field.name for field in ppwp.page(page).fields]
    figures = {name: None if rng.random() < 0.1 else int(rng.integers(0, 10 ** rng.integers(1, 4))) for name in names}
    writer = msgspec.structs.replace(hand.invent(rng, slips=0.1), bubble="full", bubble_slips=0.0, stray=0.0)
    filled = fill.write(ppwp, page, figures, rng, writer)
    assert set(filled.labels) == set(names)
    ink = sheet.raster(ppwp, page).astype(int).sum(2) - filled.raster.astype(int).sum(2)
    for field in ppwp.page(page).fields:
        written = number.marks(figures[field.name], writer.blank, writer.zero)
        for label, mark, box in zip(filled.labels[field.name], written, field.boxes, strict=True):
            assert label in (mark, fill.VOID)
            assert (_inside(ink, box) > 40) == (label != " ")
        for digit, column in zip(filled.bubbles.get(field.name, ()), field.bubbles, strict=False):
            dark = [d for d, bubble in enumerate(column) if _inside(ink, bubble, 2.0) > 4000]
            assert dark == ([] if digit is None else [digit])
            assert digit is None or digit == 0 or str(digit) in written


def _inside(ink: np.ndarray, rect: form.Rect, inset: float = 2.0) -> int:
    """Ink within a rectangle, away from its frame, in grey levels of all colours."""
    x0, y0, x1, y1 = (np.array(rect) * SCALE + np.array([1, 1, -1, -1]) * inset * SCALE).round().astype(int)
    return int(ink[y0:y1, x0:x1].sum())


def test_a_struck_digit_is_labelled_void_and_the_figure_stays(ppwp: form.Form) -> None:
    rng = np.random.default_rng(3)
    writer = msgspec.structs.replace(hand.invent(rng), slips=1.0)
    filled = fill.write(ppwp, 3, {"suara_sah": 123, "suara_tidak_sah": 45, "suara_total": 168}, rng, writer)
    void = [label for labels in filled.labels.values() for label in labels if label == fill.VOID]
    assert void
    assert all(mark in (fill.VOID, *"0123456789X- ") for labels in filled.labels.values() for mark in labels)


@pytest.mark.parametrize("count", [0, 1, 4, 5, 7, 60, 63, 299, 300, 301])
def test_every_tally_stroke_is_drawn(ppwp: form.Form, count: int) -> None:
    ink = Ink((2250, 1500), SCALE)
    thin = msgspec.structs.replace(hand.invent(np.random.default_rng(2)), pen=0.7, fade=0.0)
    hand.Hand(thin, ink, np.random.default_rng(count)).tally(ppwp.page(2).tallies[0].cells.split(12, 5), count)
    blots, _ = cv2.connectedComponents((ink.mask() > 127).astype(np.uint8))
    # The fifth stroke ties its four together; single strokes stand alone. The grid ends at 300.
    fives, single = divmod(min(count, 300), 5)
    assert blots - 1 == fives + single


@pytest.mark.parametrize("count, sums", [(0, "          "), (7, "07        "), (63, "6003      "), (301, "6060606060")])
def test_the_sums_beside_the_tally_are_those_of_its_rows(ppwp: form.Form, count: int, sums: str) -> None:
    plain = msgspec.structs.replace(hand.invent(np.random.default_rng(2), slips=0), blank="0", unused="")
    filled = fill.write(ppwp, 2, {"paslon_1": count}, np.random.default_rng(1), plain)
    assert "".join(filled.marks["paslon_1"]) == sums
    assert set(filled.marks["paslon_2"]) == {" "}


def test_a_tally_may_count_another_number_than_is_written(ppwp: form.Form) -> None:
    plain = msgspec.structs.replace(hand.invent(np.random.default_rng(2), slips=0), blank="0", unused="")
    figures, counted = {"paslon_1": 61, "paslon_2": 5}, {"paslon_1": 16}
    filled = fill.write(ppwp, 2, figures, np.random.default_rng(1), plain, counted=counted)
    assert filled.labels["paslon_1"] == ("0", "6", "1")
    assert filled.marks["paslon_1"][:2] == ("1", "6")
    assert filled.marks["paslon_2"][:2] == ("0", "5")


def test_a_bubble_that_slipped_is_labelled_as_it_was_blackened(ppwp: form.Form) -> None:
    slipping = msgspec.structs.replace(hand.invent(np.random.default_rng(2), slips=0), bubble="full", bubble_slips=1.0)
    filled = fill.write(ppwp, 2, {"paslon_1": 123}, np.random.default_rng(5), slipping)
    assert sum(a != b for a, b in zip(filled.bubbles["paslon_1"], (1, 2, 3), strict=True)) == 1
    ink = sheet.raster(ppwp, 2).astype(int).sum(2) - filled.raster.astype(int).sum(2)
    for digit, column in zip(filled.bubbles["paslon_1"], ppwp.page(2).fields[0].bubbles, strict=True):
        assert [d for d, bubble in enumerate(column) if _inside(ink, bubble) > 4000] == [digit]


def test_a_writer_is_the_same_on_every_page_and_another_seed_is_another_writer() -> None:
    writers = [hand.invent(np.random.default_rng(seed)) for seed in (1, 1, *range(2, 60))]
    assert writers[0] == writers[1]
    assert len(set(writers)) == 59


CONTESTS = tuple(CONTEST_TYPES)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CONTESTS), st.integers(0, 2**32 - 1), st.integers(0, 5), st.booleans())
def test_an_invented_record_breaks_no_rule(key: str, seed: int, ballot: int, held: bool) -> None:
    contest = invented_ballot(key, ballot)
    figures = record.invent(contest, np.random.default_rng(seed), held)
    assert tuple(figures) == contest.fields
    assert all(0 <= value <= 999 for value in figures.values())
    assert figures["pemilih_dpt_j"] <= 300
    assert bool(figures["suara_total"]) == held
    verdict = _judged(contest, figures)
    assert not any(verdict["errors"].values())
    assert not verdict["between"]
    assert record.invent(form.of(contest), np.random.default_rng(seed), held) == figures


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CONTESTS), st.integers(0, 2**32 - 1))
def test_a_spoiled_record_breaks_a_rule_by_what_it_says_was_changed(key: str, seed: int) -> None:
    contest, rng = invented_ballot(key, 0), np.random.default_rng(seed)
    figures = record.invent(contest, rng)
    wrong = dict(figures)
    changed = record.spoil(wrong, contest, rng)
    assert set(changed) == {name for name in figures if figures[name] != wrong[name]}
    assert 1 <= len(changed) <= 2
    verdict = _judged(contest, wrong)
    assert any(verdict["errors"].values()) or verdict["between"]
    broken = record.broken(wrong, identities(contest))
    assert all(set(changed) & {name for name, _ in rule.terms} for rule in broken)


def _judged(contest: Contest, figures: dict[str, int]) -> Verdict:
    return judge_record(contest, {block: [figures[name] for name in names] for block, names in contest.blocks.items()})


def test_a_pair_alone_stands_against_the_empty_column() -> None:
    pair = Contest("pkwkk", (Choice("1", 1, "Paslon 01"), Choice("2", 2, "Kolom kosong")), "c_hasil_pkwkk")
    figures = record.invent(pair, np.random.default_rng(1))
    assert figures["paslon_1"] + figures["paslon_2"] == figures["suara_sah"]
    filled = fill.write(form.of(pair), 2, figures, np.random.default_rng(1))
    assert set(filled.labels) == set(filled.marks) == {"paslon_1", "paslon_2"}
