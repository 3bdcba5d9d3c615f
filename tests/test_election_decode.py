"""Joint decoding against brute force, and what it promises about paper that contradicts itself."""

import itertools
import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.contest import ADM, ADMINISTRASI, SUARA, Choice, Contest
from election.decode import BlockReading, decode
from election.decode import administration as adm
from election.decode.number import NONE, VALUES, best, bubbles_likelihood, likelihood
from election.decode.paper import FREE, added, pen, pen_wrote
from election.decode.sums import Evidence, Sum, evidence, gather, total
from election.decode.sums import best as best_of
from election.scores import CLASSES, FieldScores, PageScores

CONTEST = Contest("ppwp", tuple(Choice(str(n), n, str(n)) for n in (1, 2, 3)), "c_hasil_ppwp_2024")
SUMMED = {"paslon_1": 90, "paslon_2": 110, "paslon_3": 10, "suara_sah": 210, "suara_tidak_sah": 5, "suara_total": 215}
USERS = dict(
    zip(
        ADMINISTRASI,
        (*(120, 130, 250), *(100, 105, 205), *(1, 2, 3), *(2, 5, 7), *(103, 112, 215), *(255, 215, 0, 40), *(0, 1, 1)),
        strict=True,
    )
)


def boxes(text: str, sure: float = 12.0, rival: str | None = None, by: float = 0.0) -> npt.NDArray[np.float64]:
    """Scores of three boxes that show `text`; the last also looks like `rival`, `by` nats less."""
    scores = np.full((3, len(CLASSES)), -sure)
    for row, mark in zip(scores, text, strict=True):
        row[CLASSES.index({" ": "blank", "-": "dash", "?": "void"}.get(mark, mark))] = 0
    if rival:
        scores[2, CLASSES.index(rival)] = -by
    return scores


def marks(value: int, sure: float = 8.0) -> npt.NDArray[np.float64]:
    scores = np.full((3, 10), -sure)
    scores[np.arange(3), [int(d) for d in f"{value:03}"]] = sure
    return scores


def field(value: int, sure: float = 12.0, bubbles: int | None = None) -> FieldScores:
    return FieldScores.of(boxes(str(value).rjust(3, "X"), sure), None if bubbles is None else marks(bubbles))


def page(values: Mapping[str, int], number: int = 2, **other: FieldScores) -> PageScores:
    return PageScores("c_hasil_ppwp_2024", number, {name: field(v) for name, v in values.items()} | other)


def read(values: Mapping[str, int], block: str = SUARA, **other: FieldScores) -> BlockReading:
    return decode(CONTEST, [page(values, **other)])[block]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("123", 123), ("X12", 12), ("XX7", 7), ("XXX", 0), ("XX0", 0), ("---", 0), ("--4", 4), (" 45", 45),
        ("045", 45), ("000", 0), ("X-5", 5), ("  0", 0), ("   ", None), ("5  ", None), ("1X2", None), ("1 2", None),
        ("?12", None), ("1?2", None), ("12?", None), ("???", None),
    ],
)  # fmt: skip
def test_the_grammar_of_a_number(text: str, value: int | None) -> None:
    assert best(likelihood(FieldScores.of(boxes(text)))) == value


@given(st.lists(st.lists(st.floats(-12, 0), min_size=14, max_size=14), min_size=3, max_size=3))
@settings(max_examples=15, deadline=None)
def test_number_likelihoods_equal_their_definition(rows: list[list[float]]) -> None:
    seen = FieldScores.of(np.array(rows))
    numbers, chance = np.zeros(VALUES + 1), np.exp(seen.box_scores)
    padding = {"X": 0.45, "blank": 0.2, "0": 0.2, "dash": 0.15}
    zero = {"0": 0.6, "X": 0.3, "dash": 0.1}
    for value in (0, 3, 10, 45, 100, 999):
        digits = [{d: 1.0} for d in str(value)] if value else [zero]
        places = [padding] * (3 - len(digits)) + digits
        rest = [sum(w * chance[i, CLASSES.index(m)] for m, w in place.items()) for i, place in enumerate(places)]
        numbers[value] = math.prod(rest)
    found = likelihood(seen)
    shown = [3, 10, 45, 100, 999, 0]
    assert np.allclose(found[shown] / found[999], numbers[shown] / numbers[999])


def test_bubbles_speak_for_padding_and_zero() -> None:
    assert int(np.argmax(bubbles_likelihood(field(45, bubbles=45))[:NONE])) == 45  # type: ignore[index]
    assert bubbles_likelihood(field(45)) is None


def test_bubbles_alone_never_overrule_clear_writing() -> None:
    reading = read(SUMMED, paslon_1=field(90, bubbles=80))
    assert reading.figures == tuple(SUMMED.values())
    assert reading.bubbles[0] == 80


# --- trees of sums against the definition, written out over all thousand values -----------------------------------


def dense(tree: Sum, given: Mapping[str, Evidence]) -> tuple[float, float]:
    """Total mass and best score of a sum of two plain fields, over every pair of parts."""
    first, second = (given[str(part)] for part in tree.parts)
    pairs = np.add.outer(np.arange(VALUES), np.arange(VALUES))
    end = given[tree.field]
    chance = np.array([added(np.arange(VALUES), s) for s in range(2 * VALUES - 1)])  # [s, meant]
    mass = np.bincount(pairs.ravel(), np.multiply.outer(first.mass, second.mass).ravel()) @ chance @ end.mass
    top = np.full(2 * VALUES - 1, -np.inf)
    np.maximum.at(top, pairs.ravel(), np.add.outer(first.score, second.score).ravel())
    return float(mass), float((top[:, None] + np.log(chance) + end.score).max())


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 30))
@settings(max_examples=6, deadline=None)
def test_sums_equal_brute_force(seed: int, sharp: float) -> None:
    rng = np.random.default_rng(seed)
    tree = Sum("c", ("a", "b"))
    seen = {name: np.exp(-sharp * rng.random(VALUES + 1)) for name in "abc"}
    given_ = gather(tree, seen)
    mass, score = dense(tree, given_)
    assert total(tree, given_) == pytest.approx(mass, rel=1e-9)
    found, assignment = best_of(tree, given_)
    assert found == pytest.approx(score, abs=1e-9)
    spelled = sum(float(given_[n].score[v]) for n, v in assignment.items())
    spelled += math.log(float(added(assignment["c"], assignment["a"] + assignment["b"])))
    assert spelled == pytest.approx(score, abs=1e-9)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_the_pen_equals_its_definition(seed: int) -> None:
    seen = np.random.default_rng(seed).random(VALUES + 1)
    chance = np.array([pen_wrote(value) for value in (*range(VALUES), NONE)])  # [written, meant]
    mass, score = pen(seen)
    assert np.allclose(mass, seen @ chance)
    assert np.allclose(score, np.log((seen[:, None] * chance).max(axis=0)))


def test_what_a_pen_may_do_is_a_distribution() -> None:
    chance = np.array([pen_wrote(value) for value in (*range(VALUES), NONE)])
    assert chance.sum(axis=0)[300:700] == pytest.approx(np.ones(400), abs=0.01)  # edges lose what leaves 0–999


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=4, deadline=None)
def test_the_table_equals_brute_force_within_its_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    known, values = {}, {}
    for name in adm.TABLE:
        values[name] = [USERS[name], (USERS[name] + int(rng.integers(1, 9))) % VALUES]
        mass = np.zeros(VALUES)
        mass[values[name]] = (1.0, float(rng.uniform(0.001, 0.9)))
        mass *= FREE if adm._is_free(name) else 1.0
        with np.errstate(divide="ignore"):
            known[name] = Evidence(mass, np.log(mass))
    exact, top = 0.0, (0.0, None)
    for cells in itertools.product(*values.values()):
        t = dict(zip(adm.TABLE, cells, strict=True))
        chance = math.prod(float(known[n].mass[v]) for n, v in t.items())
        for row in (*adm.USERS, adm.ALL):
            chance *= float(_ADDED[t[f"{row}_j"] - t[f"{row}_l"] - t[f"{row}_p"] + 999])
        for column in "lp":
            parts = sum(t[f"{row}_{column}"] for row in adm.USERS)
            chance *= float(_ADDED[t[f"{adm.ALL}_{column}"] - parts + 999])
        chance *= 1.0 if t[adm.GRAND] == sum(t[f"{row}_j"] for row in adm.USERS) else adm.LEFT_OPEN
        exact += chance
        top = max(top, (chance, t), key=lambda pair: pair[0])
    found = adm.table(known)
    assert found.grand.mass.sum() <= exact * (1 + 1e-9)
    assert exact <= found.grand.mass.sum() + found.lost
    assert found.choices[int(found.grand.score.argmax())] == top[1]


_ADDED = added(np.arange(1999), 999)


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


def test_evidence_of_a_sum_has_no_prior() -> None:
    seen = np.ones(VALUES + 1)
    assert evidence(seen).mass[500] == pytest.approx(evidence(seen, 0.5).mass[500] * 2)
