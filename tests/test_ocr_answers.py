"""Answers and how good they are: shares with their intervals, curves, calibration."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.evaluate.answers import Answer, acceptance, error, group_error, reliability, risk_coverage
from ocr.evaluate.choice import upper
from ocr.interval import clopper_pearson

ANSWERS = st.lists(st.builds(Answer, st.booleans(), st.floats(0, 1), st.booleans(), st.sampled_from("abc")), min_size=1)


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(0, 10, 0.0, 0.30850), (10, 10, 0.69150, 1.0), (5, 10, 0.18709, 0.81291), (1, 1000, 0.0000253, 0.0055589)],
)
def test_clopper_pearson_against_published_values(hits: int, trials: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, trials) == pytest.approx((low, high), abs=5e-6)


def test_clopper_pearson_covers_its_level() -> None:
    rng = np.random.default_rng(4)
    covered = [
        low <= 0.03 <= high for low, high in (clopper_pearson(int(k), 200) for k in rng.binomial(200, 0.03, 400))
    ]
    assert np.mean(covered) >= 0.94


def test_nothing_wrong_of_many_is_the_rule_of_three() -> None:
    assert upper(0, 10_000) == pytest.approx(1 - 0.05 ** (1 / 10_000), rel=1e-6)
    assert upper(0, 0) == 1.0


@given(ANSWERS)
def test_a_curve_ends_with_everything_and_a_group_is_as_wrong_as_its_worst(answers: list[Answer]) -> None:
    curve = risk_coverage(answers)
    assert curve[-1][0] == 1
    assert curve[-1][1] == pytest.approx(error(answers)["value"], abs=1e-6)
    assert [point[0] for point in curve] == sorted(point[0] for point in curve)
    wrong = {answer.group for answer in answers if not answer.right}
    assert group_error(answers)["hits"] == len(wrong)
    accepted = acceptance(answers)
    assert accepted["accepted_wrong"]["of"] == accepted["coverage"]["hits"] == sum(a.accepted for a in answers)
    assert 0 <= reliability(answers)["ece"] <= 1


def test_honest_answers_have_no_calibration_error_and_boasting_ones_do() -> None:
    honest = [Answer(k < 90, 0.9, True, "a") for k in range(100)]
    boasting = [Answer(k < 90, 1.0, True, "a") for k in range(100)]
    assert reliability(honest)["ece"] == pytest.approx(0)
    assert reliability(boasting)["ece"] == pytest.approx(0.1)


def tail(hits: int, trials: int, chance: Fraction) -> Fraction:
    """Chance of at most `hits`, exactly."""
    return sum((comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(hits + 1)), Fraction(0))


@given(st.integers(1, 120).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from((0.9, 0.95)))
def test_clopper_pearson_leaves_its_tails_exactly(seen: tuple[int, int], level: float) -> None:
    (hits, trials), beyond = seen, (1 - level) / 2
    low, high = clopper_pearson(hits, trials, level)
    assert low == 0 if hits == 0 else float(1 - tail(hits - 1, trials, Fraction(low))) == pytest.approx(beyond)
    assert high == 1 if hits == trials else float(tail(hits, trials, Fraction(high))) == pytest.approx(beyond)
