"""Invented truths: they keep every rule, they follow from the seed, and slips are where they are said to be."""

import tempfile
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from election import bundle as bundles
from election import form as forms
from election import rules
from election.bundle import Bundle
from election.contest import ADM, CONTEST_TYPES, SUARA
from loadtest.night.plan import NIGHT_SECONDS, Rates, plan
from loadtest.night.truth import LARGEST, TpsTruth, _finger_slip, truth

SEEDS = st.integers(0, 2**32)


@cache
def town(tps: int = 120) -> Bundle:
    with tempfile.TemporaryDirectory() as folder:
        return bundles.make(folder, seed=4, kabupaten=1, tps=tps)


@cache
def country() -> Bundle:
    with tempfile.TemporaryDirectory() as folder:
        return bundles.make(folder, seed=5, tps=60, contests=tuple(CONTEST_TYPES))


def judged(night: TpsTruth, figures: dict[str, int], row: int) -> rules.Verdict:
    bundle = town()
    dense = {block: tuple(figures[f] for f in fields) for block, fields in night.blocks.items()}
    dpt = (int(bundle.dpt_l[row]), int(bundle.dpt_p[row]))
    return rules.judge_record(bundle.contest("ppwp"), dense, dpt)


@given(SEEDS, st.integers(0, 119))
def test_a_true_record_keeps_every_error_rule(seed: int, row: int) -> None:
    night = truth(town(), seed, row)
    verdict = judged(night, night.true, row)
    assert verdict["errors"] == {SUARA: [], ADM: []}
    assert verdict["between"] == []
    assert all(0 <= value <= LARGEST for value in night.true.values())
    assert set(night.true) == set(town().contest("ppwp").fields)


@pytest.mark.parametrize("contest", [key for key in CONTEST_TYPES if key != "ppwp"])
@given(SEEDS, st.integers(0, 59))
def test_so_does_that_of_every_other_contest(contest: str, seed: int, row: int) -> None:
    bundle = country()
    held = np.flatnonzero(bundle.tps_holding(contest))
    at = int(held[row % len(held)])
    night = truth(bundle, seed, at, contest=contest)
    dense = {block: tuple(night.true[f] for f in fields) for block, fields in night.blocks.items()}
    verdict = rules.judge_record(night.ballot, dense, (int(bundle.dpt_l[at]), int(bundle.dpt_p[at])))
    assert not any(verdict["errors"].values()) and verdict["between"] == []
    assert len(night.plan.hardness) == len(forms.of(night.ballot).pages)


@given(SEEDS, st.integers(0, 119))
def test_the_sums_hold_without_asking_the_rules(seed: int, row: int) -> None:
    t = truth(town(), seed, row).true
    assert sum(t[f"paslon_{n}"] for n in (1, 2, 3)) == t["suara_sah"]
    assert t["suara_sah"] + t["suara_tidak_sah"] == t["suara_total"] == t["surat_suara_digunakan"]
    assert t["pengguna_total_l"] + t["pengguna_total_p"] == t["pengguna_total_j"] == t["suara_total"]
    for sex in "lp":
        assert t[f"pengguna_dpt_{sex}"] <= t[f"pemilih_dpt_{sex}"] == int(getattr(town(), f"dpt_{sex}")[row])
    unused, spoiled = t["surat_suara_tidak_digunakan"], t["surat_suara_dikembalikan"]
    assert t["surat_suara_diterima"] == t["surat_suara_digunakan"] + spoiled + unused


@given(SEEDS, st.integers(0, 119))
def test_a_slip_on_paper_breaks_a_rule_of_its_block_and_a_mistype_differs(seed: int, row: int) -> None:
    night = truth(town(), seed, row, rates=Rates(paper=1.0, mistype=1.0))
    (field,) = night.slips["paper"]
    block = SUARA if field in night.blocks[SUARA] else ADM
    assert judged(night, night.paper, row)["errors"][block]
    assert len(night.slips["keyed"]) == 1
    assert not night.untouched(block)
    assert all(0 <= value <= LARGEST for value in (*night.paper.values(), *night.keyed.values()))


@given(st.integers(0, 999), SEEDS)
def test_a_finger_slip_is_another_number_of_no_more_digits(value: int, seed: int) -> None:
    slipped = _finger_slip(value, np.random.default_rng(seed))
    assert slipped != value and slipped >= 0 and len(str(slipped)) <= len(str(value))


def test_a_night_follows_from_its_seed_and_from_nothing_else() -> None:
    forth = [truth(town(), 9, row) for row in range(120)]
    back = [truth(town(), 9, row) for row in reversed(range(120))]
    assert forth == back[::-1]
    assert forth != [truth(town(), 10, row) for row in range(120)]
    untouched = sum(night.untouched(SUARA) and night.untouched(ADM) for night in forth)
    assert 90 <= untouched < 120


def test_mishaps_come_about_as_often_as_asked() -> None:
    rates = Rates()
    plans = [plan(1, "ppwp", str(tps), 3, rates) for tps in range(6000)]
    for name in ("twice", "again", "lost_reply", "cut"):
        share = np.mean([getattr(p, name) is not None for p in plans])
        assert share == pytest.approx(getattr(rates, name), abs=0.012)
    assert np.mean([p.wrong_page for p in plans]) == pytest.approx(rates.wrong_page, abs=0.01)
    arrivals = np.array([p.arrival for p in plans])
    assert arrivals.min() >= 0 and arrivals.max() < NIGHT_SECONDS
    # a crowd, not a drizzle: the busiest hour brings more than a quarter, the last less than a tenth
    hours = np.histogram(arrivals, bins=6, range=(0, NIGHT_SECONDS))[0] / len(plans)
    assert hours.max() > 0.25 and hours[-1] < 0.1
    assert all(0 <= h <= 1 for p in plans for h in p.hardness)
