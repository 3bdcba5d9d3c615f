"""Whole records: what is clear, doubtful, struck out or contradicts itself, block by block and between the blocks."""

from collections.abc import Mapping

import numpy as np
import pytest
from decode_scene import CONTEST, SUMMED, USERS, boxes, field, marks, page, read
from hypothesis import given, settings
from hypothesis import strategies as st

from election.contest import ADM, ADMINISTRASI, SUARA
from election.decode import BlockReading, decode
from election.scores import CLASSES, FieldScores, PageScores

# --- what is promised about records -----------------------------------------------------------------------------------


def test_a_clear_consistent_record_is_sure() -> None:
    reading = read(SUMMED)
    assert reading.figures == tuple(SUMMED.values())
    assert reading.consistent
    assert reading.probability > 0.9999
    assert reading.runner_up is None


def test_a_digit_in_doubt_is_settled_by_the_sums() -> None:
    doubtful = FieldScores.of(boxes("XX1", rival="7", by=-1.0))  # looks a little more like 17 − 10 = 7
    reading = read({**SUMMED, "paslon_3": 1, "suara_sah": 201, "suara_total": 206}, paslon_3=doubtful)
    assert reading.raw[2] == 7
    assert reading.figures == (90, 110, 1, 201, 5, 206)
    assert reading.probability > 0.99


@pytest.mark.parametrize(
    ("name", "wrong"), [("suara_sah", 211), ("suara_sah", 260), ("suara_total", 225), ("paslon_2", 160)]
)
def test_paper_that_contradicts_itself_is_kept_as_written(name: str, wrong: int) -> None:
    written = {**SUMMED, name: wrong}
    reading = read(written)
    assert reading.figures == tuple(written.values())
    assert not reading.consistent


def test_the_published_misreading_is_read_right() -> None:
    """90/110/10 was published as 90/160/60: the bubbles were right, and so was the sum."""

    def looks(shape: str, value: int) -> FieldScores:
        return FieldScores.of(boxes(shape, sure=6.0), marks(value))

    misread = boxes("160", sure=6.0)
    misread[1, 1] = -1.0
    reading = read(
        SUMMED,
        paslon_1=looks("X90", 90),
        paslon_2=FieldScores.of(misread, marks(110)),
        paslon_3=FieldScores.of(np.where(boxes("X60", 6.0) == 0, 0, boxes("X10", 7.0)), marks(10)),
    )
    assert reading.figures == tuple(SUMMED.values())
    assert reading.probability > 0.99


def test_nothing_written_is_no_number_and_never_filled_in_from_the_sums() -> None:
    reading = read(SUMMED, suara_sah=FieldScores.of(boxes("   ")))
    assert reading.figures[3] is None
    assert not reading.consistent


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_digit_that_is_struck_out_is_found_by_the_sums_and_a_person_must_look(at: int) -> None:
    struck = FieldScores.of(boxes("".join("?" if i == at else mark for i, mark in enumerate("110"))))
    reading = read(SUMMED, paslon_2=struck)
    assert reading.figures == tuple(SUMMED.values())
    assert reading.raw[1] is None
    assert reading.flags == {"paslon_2": "void"}
    assert reading.odd == ("void",)


def test_several_digits_that_are_struck_out_are_no_number() -> None:
    reading = read(SUMMED, paslon_2=FieldScores.of(boxes("???")))
    assert reading.figures[1] is None


def test_unreadable_boxes_give_no_sure_answer() -> None:
    flat = FieldScores.of(np.zeros((3, len(CLASSES))))
    reading = read(SUMMED, paslon_1=flat, paslon_2=flat)
    assert reading.probability < 0.5
    assert reading.runner_up is not None
    assert reading.runner_up != reading.figures


@given(st.lists(st.integers(0, 250), min_size=3, max_size=3), st.integers(0, 99), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_consistent_records_of_any_size_come_back(votes: list[int], invalid: int, seed: int) -> None:
    figures = (*votes, sum(votes), invalid, sum(votes) + invalid)
    rng = np.random.default_rng(seed)
    names = CONTEST.blocks[SUARA]
    fields = {
        n: FieldScores.of(boxes(str(v).rjust(3, "X")) - rng.random((3, 14)))
        for n, v in zip(names, figures, strict=True)
    }
    reading = decode(CONTEST, [PageScores("f", 2, fields)])[SUARA]
    assert reading.figures == figures
    assert reading.probability > 0.99


def test_administration_reads_its_cycles_together() -> None:
    doubtful = FieldScores.of(boxes("103", rival="8", by=-0.5))
    reading = decode(CONTEST, [page(USERS, 1, pengguna_total_l=doubtful)])[ADM]
    assert reading.raw[ADMINISTRASI.index("pengguna_total_l")] == 108
    assert reading.figures == tuple(USERS.values())
    assert reading.consistent
    assert reading.probability > 0.99


def test_administration_that_contradicts_itself_is_kept_as_written() -> None:
    written = {**USERS, "pengguna_dpt_j": 206}
    reading = decode(CONTEST, [page(written, 1)])[ADM]
    assert reading.figures == tuple(written.values())
    assert not reading.consistent


def test_a_block_with_a_page_missing_is_absent() -> None:
    half = {name: value for name, value in SUMMED.items() if name.startswith("paslon")}
    rest = {name: value for name, value in SUMMED.items() if name not in half}
    assert decode(CONTEST, [page(half)]) == {}
    assert decode(CONTEST, [page(half), page(USERS, 1)]).keys() == {ADM}
    assert decode(CONTEST, [page(half), page(rest, 3)])[SUARA].figures == tuple(SUMMED.values())


# --- between the blocks --------------------------------------------------------------------------------------------


def both(votes: Mapping[str, int], users: Mapping[str, int], **doubtful: FieldScores) -> Mapping[str, BlockReading]:
    fields = {name: doubtful.get(name, field(value)) for name, value in {**votes, **users}.items()}
    return decode(CONTEST, [PageScores("c_hasil_ppwp_2024", 2, fields)])


def doubled(first: str, second: str, by: float) -> FieldScores:
    """Boxes that show one number, and another one `by` nats less well."""
    return FieldScores.of(np.maximum(boxes(first), boxes(second) - by))


def test_the_ballots_used_settle_what_the_votes_leave_open_and_make_nothing_surer() -> None:
    unsure = {
        "paslon_1": doubled("140", "X90", 0.5),
        "suara_sah": doubled("260", "210", 0.5),
        "suara_total": doubled("265", "215", 0.5),
    }
    alone = decode(CONTEST, [page(SUMMED, **unsure)])[SUARA]
    assert alone.figures == (140, 110, 10, 260, 5, 265)
    reading = both(SUMMED, USERS, **unsure)[SUARA]
    assert reading.figures == tuple(SUMMED.values())
    assert reading.probability < 0.5 < alone.probability


def test_blocks_that_contradict_each_other_on_paper_keep_what_is_written() -> None:
    more = {**SUMMED, "suara_tidak_sah": 6, "suara_total": 216}
    found = both(more, USERS)
    assert found[SUARA].figures == tuple(more.values())
    assert found[ADM].figures == tuple(USERS.values())
    assert min(found[SUARA].probability, found[ADM].probability) > 0.99


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=6, deadline=None)
def test_a_block_is_never_surer_beside_another_that_contradicts_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fields = {n: FieldScores.of(field(v).box_scores + rng.normal(0, 4, (3, 14))) for n, v in (SUMMED | USERS).items()}
    together = decode(CONTEST, [PageScores("f", 1, fields)])
    for block, reading in together.items():
        keyed = {block: reading.figures}
        alone = decode(CONTEST, [PageScores("f", 1, {n: fields[n] for n in CONTEST.blocks[block]})], keyed)[block]
        if None not in reading.figures:
            assert alone.hypothesis is not None
            assert reading.probability <= alone.hypothesis * (1 + 1e-9)


# --- the voters' table, where a form asks for all of it --------------------------------------------------------------

REST = {
    **{"pemilih_dptb_l": 1, "pemilih_dptb_p": 2, "pemilih_dptb_j": 3},
    **{"pemilih_dpk_l": 0, "pemilih_dpk_p": 4, "pemilih_dpk_j": 4},
    **{"pemilih_total_l": 121, "pemilih_total_p": 136, "pemilih_total_j": 257},
}
"""What forms of 2019 ask for besides; with the 120 and 130 of `USERS`."""


def test_voters_of_all_kinds_are_read_together_with_those_of_the_record() -> None:
    doubtful = {"pemilih_dpt_p": doubled("180", "130", 0.5), "pemilih_dpt_j": doubled("260", "250", 0.5)}
    reading = decode(CONTEST, [page(USERS | REST, 1, **doubtful)])[ADM]
    assert reading.figures == tuple(USERS.values())
    assert {name: value for name, (value, _) in reading.beyond.items()} == REST
    assert min(sure for _, sure in reading.beyond.values()) > 0.99
    assert reading.probability > 0.99
    assert len(reading.figures) == len(ADMINISTRASI)


def test_voters_that_contradict_each_other_stay_as_written() -> None:
    reading = decode(CONTEST, [page({**USERS, **REST, "pemilih_total_j": 267}, 1)])[ADM]
    assert reading.beyond["pemilih_total_j"][0] == 267
    assert reading.figures == tuple(USERS.values())


def test_a_form_that_does_not_ask_has_nothing_beyond() -> None:
    assert decode(CONTEST, [page(USERS, 1)])[ADM].beyond == {}
