"""Decoding whole records, a ppwp and a pdpr one, beside dense arrays with NumPy's convolution in the same run.

  python benchmarks/bench_decode.py [--repeat 60] [--json FILE]

Prints Markdown. Time is CPU of this process, one thread, warm; rounds are interleaved and the median counts, so that a
neighbour disturbs both sides alike. The dense program (tests/decode_reference.py) knows the same beliefs about paper;
it only adds up the vote pages' mass once, which is the least that any probability needs, and both must agree on it.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import numpy as np  # noqa: E402
from decode_reference import Dense  # noqa: E402

from election.contest import ADM, ADMINISTRASI, SUARA, Candidate, Choice, Contest  # noqa: E402
from election.decode import decode, sums  # noqa: E402
from election.decode.number import pictures  # noqa: E402
from election.scores import CLASSES, FieldScores, PageScores  # noqa: E402

TARGETS = {"ppwp": 2.0, "pdpr": 20.0}
"""Milliseconds a record, as issue 3 asks."""

PPWP = Contest("ppwp", tuple(Choice(str(n), n, "") for n in (1, 2, 3)), "c_hasil_ppwp_2024")
PDPR = Contest(
    "pdpr",
    tuple(
        Choice(str(n), n, "", candidates=tuple(Candidate(f"{n}-{k}", k, "") for k in range(1, 10)))
        for n in range(1, 19)
    ),
    "c_hasil_pdpr",
)
SETTLED = (120, 130, 250, 100, 105, 205, 1, 2, 3, 2, 5, 7, 103, 112, 215, 255, 215, 0, 40, 0, 1, 1)
"""Sections I to III of a form that adds up."""


def figures(contest: Contest, rng: np.random.Generator) -> dict[str, int]:
    """Votes of 210 voters and five invalid ballots."""
    told = dict(zip(ADMINISTRASI, SETTLED, strict=True))
    plain = [n for b, names in contest.blocks.items() if b != ADM for n in names if n not in contest.choice_fields]
    plain = [name for name in plain if name not in contest.blocks[SUARA][-3:]] or list(contest.choice_fields)
    told |= dict(zip(plain, map(int, rng.multinomial(210, np.full(len(plain), 1 / len(plain)))), strict=True))
    for name in contest.choice_fields:
        told.setdefault(name, sum(told[part] for part in contest.blocks.get(name, (name,))[:-1]))
    return told | {"suara_sah": 210, "suara_tidak_sah": 5, "suara_total": 215}


def field(figure: int, rng: np.random.Generator, hard: bool) -> FieldScores:
    """Boxes as the network scores them: clear, or some classes nearly as good as the right one."""
    scores = rng.normal(-6.0 if hard else -12.0, 2.0 if hard else 1.0, (3, len(CLASSES)))
    for row, mark in zip(scores, str(figure).rjust(3, "X"), strict=True):
        row[CLASSES.index(mark)] = 0
    return FieldScores.of(scores)


def pages(contest: Contest, rng: np.random.Generator, hard: bool) -> list[PageScores]:
    """A page a block."""
    told = figures(contest, rng)
    return [
        PageScores(contest.form, i, {name: field(told[name], rng, hard) for name in names})
        for i, names in enumerate(contest.blocks.values(), 1)
    ]


def dense(contest: Contest, shown: list[PageScores], reference: Dense) -> float:
    """The mass of the vote pages, by the reference."""
    votes = {name: f for page in shown for name, f in page.fields.items() if name not in ADMINISTRASI}
    (tree,) = sums.votes(contest, tuple(block for block in contest.blocks if block != ADM)).trees
    assert isinstance(tree, sums.Sum)
    return reference.mass(tree, dict(zip(votes, pictures(list(votes.values())).likelihoods(), strict=True)))


def clocked(work: Callable[[], object]) -> float:
    """Milliseconds of CPU."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1e3


def run(repeat: int = 60) -> dict[str, object]:
    """Every median, by contest and kind of photo."""
    rng = np.random.default_rng(1)
    reference = Dense(2_000)
    report: dict[str, object] = {}
    for contest in (PPWP, PDPR):
        rounds = repeat if contest is PPWP else max(3, repeat // 2)
        for hard in (False, True):
            shown = pages(contest, rng, hard)
            decode(contest, shown), dense(contest, shown, reference)
            slow_rounds = max(2, rounds // 5)
            # One after the other: the reference's large arrays would turn the page tables over between ours.
            ours = [clocked(lambda shown=shown, contest=contest: decode(contest, shown)) for _ in range(rounds)]
            slow = [
                clocked(lambda shown=shown, contest=contest: dense(contest, shown, reference))
                for _ in range(slow_rounds)
            ]
            report[f"{contest.key}, {'hard' if hard else 'clear'} photos"] = {
                "numbers": sum(len(page.fields) for page in shown),
                "ms": statistics.median(ours),
                "best_ms": min(ours),
                "dense_ms": statistics.median(slow),
                "target_ms": TARGETS[contest.key],
                "lost": max(reading.lost for reading in decode(contest, shown).values()),
            }
    return report


def markdown(report: dict[str, object]) -> str:
    """The table."""
    lines = [
        "## Decoding a record",
        "",
        "| record | numbers | ms, median | best | target | dense NumPy, votes' mass alone, ms | mass left out |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, row in report.items():
        assert isinstance(row, dict)
        lines.append(
            f"| {name} | {row['numbers']} | {row['ms']:.2f} | {row['best_ms']:.2f} | {row['target_ms']:.0f} "
            f"| {row['dense_ms']:.0f} | {row['lost']:.0e} |"
        )
    return "\n".join([*lines, "", "CPU time of one thread, from stored scores to every block's reading, warm."])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=60)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    report = run(args.repeat)
    print(markdown(report))
    if args.json:
        args.json.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
