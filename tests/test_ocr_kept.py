"""Runs that are kept, what they add up to, and the thresholds that are chosen from them."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.acceptance import parse, render
from ocr.evaluate import kept, proof
from ocr.evaluate.choice import LOWEST, choose, upper
from suara.cli import main


def run(seed: int, **blocks: list[tuple[Any, ...]]) -> kept.Run:
    made = kept.Run(
        contest="ppwp", seed=seed, records=1, wanted=1, spoiled=0.15, hardness=(0.2, 0.8), quality=300,
        model="m", program="p", answers="a", paper="d", pages=3,
    )  # fmt: skip
    for kind, some in blocks.items():
        for paper, readable, holds, right, probability in some:
            made.add(kind, paper, readable, holds, right, probability)
    return made


SURE = ("clean", True, True, True, 0.9999999)
DOUBTED = ("clean", True, True, True, 0.993)


def test_a_kept_run_is_the_same_when_read_again(tmp_path: Path) -> None:
    made = run(1, suara=[SURE] * 9 + [DOUBTED], administrasi=[("contradicting", True, False, True, 0.7)])
    made.cases.append(kept.Case(3, "suara", "clean", 0.6, {"paslon_1": (None, 4)}))
    kept.write(made, tmp_path / "a.json")
    assert kept.read(tmp_path / "a.json") == made
    assert kept.load(tmp_path, "m") == [made]
    assert kept.load(tmp_path, "another") == []
    made.cells[0].right.pop()
    kept.write(made, tmp_path / "a.json")
    assert kept.load(tmp_path, "m") == [], "counted by other bins it cannot be added up"


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1))
def test_no_block_is_lost_among_the_bins(blocks: list[tuple[bool, float]]) -> None:
    made = run(1, suara=[("clean", True, True, right, p) for right, p in blocks])
    assert kept.count(made.cells) == (len(blocks), sum(not right for right, _ in blocks))
    accepted, wrong = kept.count(made.cells, kept.EDGES[8])
    assert accepted == sum(p >= kept.EDGES[8] for _, p in blocks)
    assert wrong <= accepted
    assert 0 <= (kept.calibration(made.cells) or 0) <= 1


def test_the_threshold_takes_what_the_risk_allows_by_their_own_account_and_as_counted() -> None:
    many = run(1, suara=[SURE] * 999 + [DOUBTED])
    assert choose([many], "m", 1e-3).thresholds["suara"] == LOWEST
    strict = choose([many], "m", 1e-6)
    assert strict.thresholds["suara"] > DOUBTED[-1]
    assert strict.measured["suara"].accepted == 999
    seen_wrong = run(2, suara=[("contradicting", True, True, False, 0.9999)])
    careful = choose([many, seen_wrong], "m", 5e-4)  # one in a thousand is more than that
    assert careful.thresholds["suara"] > 0.9999
    assert careful.measured["suara"].wrong == 0
    allowed = choose([many, many, seen_wrong], "m", 5e-4)
    assert allowed.thresholds["suara"] < 0.9999
    assert allowed.measured["suara"].wrong == 1
    assert careful.threshold("administrasi") > 1  # no run has seen that kind: it accepts nothing


@given(
    st.lists(st.floats(0.85, 1) | st.sampled_from(kept.EDGES), min_size=1), st.sampled_from((1e-1, 1e-2, 1e-3, 1e-4))
)
def test_what_is_counted_as_accepted_is_what_the_threshold_accepts(sure: list[float], risk: float) -> None:
    made = run(1, suara=[("clean", True, True, True, p) for p in sure])
    chosen = choose([made], "m", risk)
    assert chosen.measured["suara"].accepted == sum(p >= chosen.threshold("suara") for p in sure)


def test_a_threshold_stays_the_edge_of_its_bin_when_it_is_written() -> None:
    edge = next(edge for edge in kept.EDGES if edge > 0.99 and round(edge, 9) != edge)
    made = run(1, suara=[("contradicting", True, True, False, edge - 1e-6)] + [("clean", True, True, True, edge)] * 50)
    (again,) = parse(render((), choose([made], "m", 0.01)))
    assert again.threshold("suara") == edge
    assert kept.count(made.cells, again.threshold("suara")) == (50, 0)


def test_a_block_whose_rules_do_not_hold_is_never_accepted() -> None:
    made = run(1, suara=[("contradicting", True, False, True, 0.9999999)] * 5 + [SURE] * 20)
    row = proof.rows([made], choose([made], "m", 1e-3))[0]
    assert (row.accepted, row.contradicting, row.repaired, row.untouched, row.clean) == (20, 5, 0, 20, 20)


def test_the_summary_says_what_the_count_supports() -> None:
    made = run(1, suara=[SURE] * 99 + [DOUBTED], administrasi=[SURE] * 100)
    text = proof.markdown([made], choose([made], "m", 1e-5))
    assert "| ppwp | 1 | 200 |" in text
    assert f"by the machine alone, at most {round(upper(0, 1) * 823_236):,}." in text  # of one record
    assert "No threshold had to rise" in text
    wrong = run(2, suara=[("clean", True, True, False, 0.995)])
    assert "1 more were as sure" in proof.markdown([made, wrong], choose([made, wrong], "m", 1e-5))
    assert "No run" in proof.markdown([], choose([], "m", 1e-5))


def test_calibrate_without_runs_says_where_they_come_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ocr", "calibrate", str(tmp_path)]) == 2
    assert "prove_reading" in capsys.readouterr().out
