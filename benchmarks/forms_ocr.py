"""Generated forms, drawn, filled, photographed and read: what is accepted, and what of that is wrong.

  python benchmarks/forms_ocr.py [--records 60] [--low 0.3] [--high 0.6] [--contradict 0.15] [--seed 1] [--json FILE]

A record is three photos by one invented writer. A share of the records contradicts itself: after the sums were made,
one number was written differently. A block is accepted where its probability is 0.99 or more. `repaired` counts
accepted blocks whose figures keep the sums although the paper does not: the error that must not happen.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from election import form
from election.contest import ADM, SUARA, Choice, Contest
from election.decode import decode
from election.decode.number import best, likelihood
from election.scores import CLASSES, PageScores
from election.scores import decode as scores_of
from ocr.evaluate import share
from ocr.reader import PageReader
from paper import hand, specimen

FORM = form.load("c_hasil_ppwp_2024")
CONTEST = Contest("ppwp", tuple(Choice(str(n), n, str(n)) for n in (1, 2, 3)), FORM.name)
SURE = 0.99
LABELS = {"-": "dash", " ": "blank"}


def main() -> None:
    """Read the records, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=60)
    parser.add_argument("--low", type=float, default=0.3, help="hardness of the easiest photo")
    parser.add_argument("--high", type=float, default=0.6, help="hardness of the hardest")
    parser.add_argument("--contradict", type=float, default=0.0, help="share of records wrong on paper")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    counts = run(args.records, args.low, args.high, args.contradict, args.seed)
    report = summary(counts, args.records)
    if args.json:
        args.json.write_text(json.dumps(report, indent=1))
    for name, value in report.items():
        print(f"{name:28} {json.dumps(value)}")


def run(records: int, low: float, high: float, contradict: float, seed: int) -> Counter[str]:
    """Counts of everything that was seen."""
    rng = np.random.default_rng(seed)
    reader = PageReader()
    counts: Counter[str] = Counter()
    for _ in range(records):
        truth = figures(rng)
        wrong = bool(rng.random() < contradict)
        if wrong:
            spoil(truth, rng)
        writer = hand.invent(rng)
        pages: list[PageScores] = []
        struck: set[str] = set()
        for number in (1, 2, 3):
            taken = specimen.sample(FORM, number, rng, float(rng.uniform(low, high)), truth, writer)
            struck |= {FORM.block_of(name) for name, marks in taken.labels.items() if "void" in marks}
            found = reader.read(taken.jpeg, FORM)
            counts["pages"] += 1
            counts["pages read"] += found.page == number
            if found.scores:
                pages.append(scores_of(found.scores))
                _boxes(pages[-1], taken, truth, counts)
        _blocks(pages, truth, struck, counts)
    return counts


def figures(rng: np.random.Generator) -> dict[str, int]:
    """A record of one TPS whose sums hold."""
    votes = [int(v) for v in rng.multinomial(int(rng.integers(60, 290)), rng.dirichlet((1.0, 1.5, 1.0)))]
    invalid = int(rng.integers(0, 15))
    total = sum(votes) + invalid
    moved, other = int(rng.integers(0, 5)), int(rng.integers(0, 8))
    kinds = (total - moved - other, moved, other)
    rows = [_row(kind, rng) for kind in kinds]
    everyone = [sum(cells) for cells in zip(*rows, strict=True)]
    voters = [rows[0][0] + int(rng.integers(0, 30)), rows[0][1] + int(rng.integers(0, 30))]
    voters.append(sum(voters))
    returned = int(rng.integers(0, 3))
    received = max(voters[2] + -(-voters[2] // 50), total + returned)
    ballots = (received, total, returned, received - total - returned)
    disabled = _row(int(rng.integers(0, 4)), rng)
    admin = (*voters, *(v for row in rows for v in row), *everyone, *ballots, *disabled)
    names = (*CONTEST.blocks[SUARA], *CONTEST.blocks[ADM])
    return dict(zip(names, (*votes, sum(votes), invalid, total, *admin), strict=True))


def _row(total: int, rng: np.random.Generator) -> tuple[int, int, int]:
    men = int(rng.binomial(total, 0.5))
    return men, total - men, total


def spoil(truth: dict[str, int], rng: np.random.Generator) -> None:
    """Write one number of the votes, and one of the administration, differently: a digit, or anything."""
    for block in (SUARA, ADM):
        name = str(rng.choice(CONTEST.blocks[block]))
        place = 10 ** int(rng.integers(0, 3))
        old = truth[name]
        other = old - old // place % 10 * place + int(rng.integers(0, 10)) * place
        truth[name] = other if rng.random() < 0.7 and other != old else int((old + rng.integers(1, 400)) % 1000)


def _boxes(page: PageScores, taken: specimen.Specimen, truth: dict[str, int], counts: Counter[str]) -> None:
    for name, field in page.fields.items():
        marks = [LABELS.get(mark, mark) for mark in taken.labels[name]]
        read = [CLASSES[i] for i in field.box_scores.argmax(axis=1)]
        counts["boxes"] += len(marks)
        counts["boxes wrong"] += sum(a != b for a, b in zip(marks, read, strict=True))
        if "void" not in marks:
            counts["numbers"] += 1
            counts["numbers wrong"] += best(likelihood(field)) != truth[name]


def _blocks(pages: list[PageScores], truth: dict[str, int], struck: set[str], counts: Counter[str]) -> None:
    readings = decode(CONTEST, pages)
    for block, names in CONTEST.blocks.items():
        if block not in readings:
            counts[f"{block} absent"] += 1
            continue
        reading = readings[block]
        written = tuple(truth[name] for name in names)
        kind = "struck" if block in struck else "plain"
        right, sure = reading.figures == written, reading.probability >= SURE
        counts[f"{block} {kind}"] += 1
        counts[f"{block} {kind} accepted"] += sure
        counts[f"{block} accepted wrong"] += sure and not right
        counts[f"{block} repaired"] += sure and not right and reading.consistent
        counts[f"{block} right"] += right


def summary(counts: Counter[str], records: int) -> dict[str, Any]:
    """The figures that matter, with their intervals."""
    report: dict[str, Any] = {
        "records": records,
        "pages read": share(counts["pages read"], counts["pages"]),
        "box error": share(counts["boxes wrong"], counts["boxes"]),
        "number error": share(counts["numbers wrong"], counts["numbers"]),
    }
    for block in CONTEST.blocks:
        accepted = counts[f"{block} plain accepted"] + counts[f"{block} struck accepted"]
        seen = counts[f"{block} plain"] + counts[f"{block} struck"]
        report[f"{block}: right"] = share(counts[f"{block} right"], seen)
        report[f"{block}: accepted, nothing struck"] = share(
            counts[f"{block} plain accepted"], counts[f"{block} plain"]
        )
        report[f"{block}: accepted wrong"] = share(counts[f"{block} accepted wrong"], accepted)
        report[f"{block}: repaired"] = counts[f"{block} repaired"]
    return report


if __name__ == "__main__":
    main()
