"""What can still change, at the nation's size: the live answers, beside answers that sort every open TPS anew.

  python benchmarks/bench_materiality.py [--rounds 7] [--json FILE]

An invented night of 823,236 TPS, 30 % of them open and the threshold with them, which is the slowest hour. Medians of
CPU time. Every answer that has two ways is compared before anything is timed. Prints Markdown.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from election.bundle.settings import Threshold
from election.outcome.flip import Piles
from election.outcome.materiality_assembly import Assembly, hurdle
from election.outcome.materiality_house import outlook, thresholds
from election.outcome.materiality_president import Nation
from election.outcome.materiality_president import outlook as presidency

TPS, DAPIL, PARTIES, PROVINCES, OPEN = 823_236, 84, 18, 38, 0.3
LARGEST = 999

I64 = NDArray[np.int64]


def votes_of(rng: np.random.Generator, groups: I64, counts: NDArray[np.bool_], m: int, choices: int) -> I64:
    """Some 200 votes a TPS that counts, shared out differently in each group."""
    share = rng.dirichlet(np.full(choices, 0.7), m) + 0.02
    return (share / share.sum(1, keepdims=True) * (np.bincount(groups[counts], minlength=m)[:, None] * 200)).astype(
        np.int64
    )


def sorted_anew(groups: I64, rooms: I64, need: I64) -> I64:
    """The fewest TPS of each group, from the rooms themselves: sort, add up, look."""
    order = np.lexsort((-rooms, groups))
    starts = np.searchsorted(groups[order], np.arange(len(need) + 1))
    found = np.empty(len(need), np.int64)
    for group, wanted in enumerate(need):
        sums = np.cumsum(rooms[order[starts[group] : starts[group + 1]]])
        k = int(np.searchsorted(sums, wanted)) + 1
        found[group] = 0 if wanted <= 0 else k if k <= len(sums) else -1
    return found


def median(work: Callable[[], object], rounds: int) -> float:
    """Milliseconds of CPU."""
    took = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        took.append(1_000 * (time.process_time() - start))
    return statistics.median(took)


def measured(rounds: int) -> dict[str, float]:
    """What was asked → milliseconds."""
    rng = np.random.default_rng(2029)
    waits = rng.random(TPS) < OPEN
    province, dapil = (np.sort(rng.integers(0, m, TPS)) for m in (PROVINCES + 1, DAPIL))
    rooms = rng.integers(100, 400, TPS)
    pairs = votes_of(rng, province, ~waits, PROVINCES + 1, 3)
    nation = Nation(("1", "2", "3"), tuple(map(str, range(PROVINCES))), pairs)
    parties = votes_of(rng, dapil, ~waits, DAPIL, PARTIES)
    seats = rng.integers(3, 11, DAPIL)
    names = tuple(map(str, range(PARTIES)))
    house = Assembly(names, tuple(map(str, range(DAPIL))), parties, seats, Threshold())
    p = Piles.of(province[waits], rooms[waits], PROVINCES + 1, LARGEST)
    d = Piles.of(dapil[waits], rooms[waits], DAPIL, LARGEST)
    need = rng.integers(0, int(d.votes.max()), DAPIL)
    anew: Callable[[], I64] = lambda: sorted_anew(dapil[waits], rooms[waits], need)  # noqa: E731
    assert (d.fewest(need) == anew()).all()

    return {
        "president: majority, spread of three pairs, elected, runoff": median(lambda: presidency(nation, p), rounds),
        f"threshold of {PARTIES} parties": median(lambda: thresholds(house, d, hurdle(house, d)), rounds),
        f"threshold and last seats of all {DAPIL} dapil": median(lambda: outlook(house, d), rounds),
        f"fewest TPS of {DAPIL} dapil from piles": median(lambda: d.fewest(need), rounds),
        f"the same, {int(waits.sum()):,} open TPS sorted anew (NumPy)": median(anew, rounds),
        "piles of all open TPS made anew": median(lambda: Piles.of(dapil[waits], rooms[waits], DAPIL, LARGEST), rounds),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found: dict[str, Any] = measured(args.rounds)
    print(f"{TPS:,} TPS, {OPEN:.0%} of them open. One thread, CPU time, median of {args.rounds} rounds.\n")
    print("| asked | ms |\n| --- | ---: |")
    for name, took in found.items():
        print(f"| {name} | {took:.1f} |")
    if args.json:
        args.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
