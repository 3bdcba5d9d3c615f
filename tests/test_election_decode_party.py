"""Records of parties: pages that decode together, pages that come alone, and what no reading may depend on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from decode_reference import Dense
from hypothesis import given, settings
from hypothesis import strategies as st

from election.contest import ADM, SUARA, Candidate, Choice, Contest
from election.decode import BlockReading, decode, sums
from election.decode.number import pictures
from election.scores import CLASSES, FieldScores, PageScores

ROOT = Path(__file__).parent.parent
Figures = dict[str, int]


def contest(parties: int = 3, candidates: int = 4) -> Contest:
    return Contest(
        "pdpr",
        tuple(
            Choice(str(n), n, f"{n}", candidates=tuple(Candidate(f"{n}-{k}", k, "") for k in range(1, candidates + 1)))
            for n in range(1, parties + 1)
        ),
        "c_hasil_pdpr",
    )


CONTEST = contest()


def invented(of: Contest, seed: int, mean: float = 6.0) -> Figures:
    rng, figures = np.random.default_rng(seed), {}
    for name in of.choice_fields:
        parts = of.blocks[name][:-1]
        figures |= dict(zip(parts, map(int, rng.poisson(mean, len(parts))), strict=True))
        figures[name] = sum(figures[part] for part in parts)
    sah = sum(figures[name] for name in of.choice_fields)
    return figures | {"suara_sah": sah, "suara_tidak_sah": 3, "suara_total": sah + 3}


def field(figure: int, sure: float = 12.0, rng: np.random.Generator | None = None) -> FieldScores:
    scores = np.full((3, len(CLASSES)), -sure)
    if rng is not None:
        scores += rng.normal(0, 1, scores.shape)
    for row, mark in zip(scores, str(figure).rjust(3, "X"), strict=True):
        row[CLASSES.index(mark)] = 0
    return FieldScores.of(scores)


def pages(of: Contest, figures: Figures, **other: FieldScores) -> list[PageScores]:
    """A page a block, the votes' only."""
    return [
        PageScores("f", 2 + i, {name: other.get(name) or field(figures[name]) for name in names})
        for i, (block, names) in enumerate(of.blocks.items())
        if block != ADM
    ]


def told(readings: dict[str, BlockReading], of: Contest) -> dict[str, int | None]:
    return {n: v for b, r in readings.items() for n, v in zip(of.blocks[b], r.figures, strict=True)}


def test_a_record_of_eighteen_parties_reads_as_one() -> None:
    of = contest(18, 9)
    figures = invented(of, 1, mean=1.2)
    doubtful = np.full((3, len(CLASSES)), -12.0)
    doubtful[:2, CLASSES.index("X")] = 0
    doubtful[2, [figures["partai_4_calon_2"], (figures["partai_4_calon_2"] + 6) % 10]] = -0.5, 0.0
    readings = decode(of, pages(of, figures, partai_4_calon_2=FieldScores.of(doubtful)))
    assert told(readings, of) == figures
    assert len(readings) == 19 and all(r.probability > 0.99 and r.consistent for r in readings.values())
    assert all(r.together <= min(o.probability for o in readings.values()) * (1 + 1e-9) for r in readings.values())
    assert readings["partai_4"].raw != readings["partai_4"].figures


def test_the_totals_page_helps_a_party_and_the_other_way_round() -> None:
    figures = invented(CONTEST, 2)
    party = field(figures["partai_2"])
    blurred = FieldScores.of(np.zeros((3, len(CLASSES))))
    both = {"partai_2_calon_1": blurred, "partai_2": blurred}
    whole = decode(CONTEST, pages(CONTEST, figures, **both))
    assert told(whole, CONTEST) == figures, "the party's total follows from the others', and the candidate from it"
    alone = decode(CONTEST, pages(CONTEST, figures, **both)[1:2])["partai_2"]
    assert alone.probability < 0.5
    sah = decode(CONTEST, pages(CONTEST, figures, suara_sah=blurred, suara_total=blurred))[SUARA]
    assert sah.figures == tuple(figures[name] for name in CONTEST.blocks[SUARA])
    assert party == field(figures["partai_2"])


def test_a_page_alone_reads_by_itself_and_says_what_lacks() -> None:
    figures = invented(CONTEST, 3)
    first, *_, totals = pages(CONTEST, figures)
    alone = decode(CONTEST, [first])
    assert alone.keys() == {"partai_1"}
    assert alone["partai_1"].consistent and alone["partai_1"].probability > 0.999
    assert alone["partai_1"].lacking == ("E303", "E304", "E305")
    without = decode(CONTEST, [first, totals])
    assert without[SUARA].figures == tuple(figures[name] for name in CONTEST.blocks[SUARA])
    assert without[SUARA].lacking == ("E303", "E304")
    assert decode(CONTEST, pages(CONTEST, figures))[SUARA].lacking == ()


@pytest.mark.parametrize("name", ["partai_2", "partai_1_calon_3", "suara_sah", "suara_total"])
def test_a_party_record_that_contradicts_itself_is_kept_as_written(name: str) -> None:
    figures = invented(CONTEST, 4)
    figures[name] += 10
    readings = decode(CONTEST, pages(CONTEST, figures))
    assert told(readings, CONTEST) == figures
    assert not all(reading.consistent for reading in readings.values())


def test_the_officers_figures_are_scored_and_change_nothing() -> None:
    figures = invented(CONTEST, 5)
    names = CONTEST.blocks["partai_1"]
    truth = tuple(figures[name] for name in names)
    mistyped = (truth[0] + 1, *truth[1:])
    shown = pages(CONTEST, figures)
    plain, right, wrong, blank = (
        decode(CONTEST, shown, officer)["partai_1"]
        for officer in (None, {"partai_1": truth}, {"partai_1": mistyped}, {"partai_1": (None, *truth[1:])})
    )
    assert plain.hypothesis is None and blank.hypothesis is None
    assert right.hypothesis == plain.probability
    assert wrong.hypothesis is not None and 0 <= wrong.hypothesis < 1e-3
    assert {r.figures for r in (plain, right, wrong, blank)} == {truth}
    assert len({r.probability for r in (plain, right, wrong, blank)}) == 1


def test_a_likelier_hypothesis_is_scored_higher() -> None:
    figures = invented(CONTEST, 6)
    torn = np.full((3, len(CLASSES)), -12.0)
    torn[:2, CLASSES.index("X")] = 0
    torn[2, :10] = -np.arange(10)
    unclear = FieldScores.of(np.zeros((3, len(CLASSES))))
    rest = figures["partai_1"] - figures["partai_1_calon_1"]
    shown = pages(CONTEST, figures, partai_1_calon_1=FieldScores.of(torn), partai_1=unclear)[:1]

    def hypothesis(value: int) -> float:
        case = {**figures, "partai_1_calon_1": value, "partai_1": rest + value}
        keyed = tuple(case[name] for name in CONTEST.blocks["partai_1"])
        found = decode(CONTEST, shown, {"partai_1": keyed})["partai_1"].hypothesis
        assert found is not None
        return found

    chances = [hypothesis(value) for value in range(1, 10)]
    assert chances == sorted(chances, reverse=True)


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 12))
@settings(max_examples=5, deadline=None)
def test_probabilities_equal_the_dense_reference(seed: int, sure: float) -> None:
    of = contest(2, 2)
    rng = np.random.default_rng(seed)
    figures = invented(of, seed)
    noisy = {name: field(figures[name], sure, rng) for name in figures}
    reading = decode(of, pages(of, figures, **noisy))
    found = {n: 1000 if v is None else v for n, v in told(reading, of).items()}
    (tree,) = sums.votes(of, tuple(reading)).trees
    assert isinstance(tree, sums.Sum)
    given_ = dict(zip(noisy, pictures(list(noisy.values())).likelihoods(), strict=True))
    slow = Dense(6000)
    exact = slow.mass(tree, given_, found) / slow.mass(tree, given_)
    together = next(iter(reading.values())).together
    assert together <= exact * (1 + 1e-9)
    assert together == pytest.approx(exact, rel=1e-5, abs=1e-9)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=6, deadline=None)
def test_the_order_of_pages_and_fields_is_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    figures = invented(CONTEST, seed)
    shown = pages(CONTEST, figures, partai_1=field(figures["partai_1"], 2.0, rng))
    mixed = [PageScores(p.form, p.page, dict(sorted(p.fields.items(), key=lambda _: rng.random()))) for p in shown]
    rng.shuffle(mixed)  # type: ignore[arg-type]
    assert decode(CONTEST, mixed) == decode(CONTEST, shown)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_whatever_the_bytes_say_the_answer_is_a_number(data: st.DataObject) -> None:
    of = Contest("ppwp", (Choice("1", 1, ""), Choice("2", 2, "")))
    fields = {
        name: FieldScores(
            data.draw(st.binary(min_size=42, max_size=42)),
            data.draw(st.sampled_from([b"", bytes(30), b"\xff" * 30])),
            data.draw(st.sampled_from([b"", bytes(140), b"\xff" * 140])),
        )
        for name in of.blocks[SUARA]
    }
    reading = decode(of, [PageScores("f", 2, fields)], {SUARA: (1,) * 5})[SUARA]
    numbers = (reading.probability, reading.lost, reading.hypothesis, reading.together, *reading.marginals)
    assert all(n is not None and 0 <= n <= 1 for n in numbers)


@given(st.integers(0, 2**32 - 1), st.integers(0, 5))
@settings(max_examples=10, deadline=None)
def test_more_evidence_for_what_is_best_keeps_it_best(seed: int, which: int) -> None:
    of = Contest("ppwp", tuple(Choice(str(n), n, "") for n in (1, 2, 3)))
    rng = np.random.default_rng(seed)
    names = of.blocks[SUARA]
    scores = {name: rng.uniform(-8, 0, (3, len(CLASSES))) for name in names}
    before = decode(of, [PageScores("f", 2, {n: FieldScores.of(s) for n, s in scores.items()})])[SUARA]
    best = before.figures[which]
    if best is None or names[which] in before.flags:  # set to the left, it is spelled elsewhere
        return
    more = scores[names[which]].copy()
    spelled = str(best).rjust(3, "X")
    for row, mark in zip(more, spelled, strict=True):
        if mark != "X":
            row[CLASSES.index(mark)] += 5
    fields = {n: FieldScores.of(more if n == names[which] else s) for n, s in scores.items()}
    after = decode(of, [PageScores("f", 2, fields)])[SUARA]
    assert after.figures[which] == best


# --- the same bits everywhere -----------------------------------------------------------------------------------------

PROBE = """
import json, sys
from election.contest import Choice, Contest
from election.decode import decode
from election.scores import FieldScores, PageScores
contest, n = Contest("ppwp", tuple(Choice(str(n), n, "") for n in (1, 2, 3)), "f"), int(sys.argv[1])
fields = {}
for i, name in enumerate(name for block in sys.argv[2:] for name in contest.blocks[block]):
    boxes = bytes((37 * i + 11 * j * j) % 97 for j in range(14 * n))
    marks = bytes((29 * i + 7 * j * j) % 89 for j in range(56)) if name == "paslon_1" else b""
    fields[name] = FieldScores(boxes, bytes((31 * i + 5 * j * j) % 83 for j in range(10 * n)) if i < 3 else b"", marks)
found = decode(contest, [PageScores("f", 1, fields)], {"suara": (1, 2, 3, 6, 0, 6)})
print(json.dumps({
    block: [x.hex() for x in (r.probability, r.lost, r.hypothesis or 0.0, *r.marginals)] for block, r in found.items()
}))
"""
"""Decodes blocks with numbers of so many boxes, made without chance; prints every probability to the bit."""

GOLDEN = json.loads((ROOT / "tests" / "vectors" / "decode.json").read_text())


def probe(boxes: int, *blocks: str, **environment: str) -> dict[str, list[str]]:
    command = [sys.executable, "-c", PROBE, str(boxes), *blocks]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("boxes", [1, 3])
def test_probabilities_have_the_same_bits_wherever_they_are_computed(boxes: int) -> None:
    assert probe(boxes, SUARA, ADM) == GOLDEN[str(boxes)]


def test_without_a_compiler_the_same_bits_come_out() -> None:
    assert probe(1, SUARA, NUMBA_DISABLE_JIT="1") == probe(1, SUARA)


def test_where_no_cache_can_be_written_kernels_are_compiled_all_the_same() -> None:
    # What is typed in has no file, so that Numba finds no folder to keep its code in, as where none can be written.
    code = "from election.decode.compiled import compiled\nprint(compiled(lambda x: x + 1)(1))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "2"), done.stderr
