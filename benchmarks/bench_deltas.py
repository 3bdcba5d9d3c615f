"""One record's change carried to the five areas above it, and whole decisions folded into the state of a contest.

  python benchmarks/bench_deltas.py [--rounds 9] [--source ../shared/data/wilayah2024] [--json FILE]

By the thousand: the same thousand TPS again and again, as a burst finds the caches; and another thousand each time, as
a night finds them. Beside NumPy's `add.at`, dictionaries, and rolling everything up anew. Every way is compared with a
full roll-up before it is timed. CPU, medians. Prints Markdown.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from election import bundle
from election import event as ev
from election.bundle import Bundle
from election.region import Tree
from recap import kernels
from recap.state import State

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT.parent / "shared" / "data" / "wilayah2024"

THOUSAND, SETS, COLUMNS = 1000, 40, 3
NANOSECONDS, EVENTS = 25.0, 10_000
"""What issue 5 asks for: of a delta by the thousand; and what a second of one core must fold."""

OURS = "Suara (Numba), by the thousand"
AT = "2024-02-14T12:00:00.000Z"

Ways = dict[str, Callable[[NDArray[np.int32], NDArray[np.int64]], None]]


class Row(NamedTuple):
    """A journal entry."""

    number: int
    event: ev.Event


def ways(tree: Tree, totals: NDArray[np.int64]) -> Ways:
    """What can carry a thousand changes [m, k] of TPS rows [m] into `totals`."""
    above = np.stack([tree.ancestors(level) for level in range(5)])
    sums = {area: [0] * COLUMNS for area in range(tree.n_areas)}
    figures = np.zeros((tree.n_tps, COLUMNS), np.int64)

    def at(rows: NDArray[np.int32], changes: NDArray[np.int64]) -> None:
        for level in above:
            np.add.at(totals, level[rows], changes)

    def dictionaries(rows: NDArray[np.int32], changes: NDArray[np.int64]) -> None:
        for tps, change in zip(rows.tolist(), changes.tolist(), strict=True):
            for area in tree.path(tps):
                sums[area] = [a + b for a, b in zip(sums[area], change, strict=True)]

    def singly(rows: NDArray[np.int32], changes: NDArray[np.int64]) -> None:
        for tps, change in zip(rows, changes, strict=True):
            kernels.add_delta(tree.parent, tree.tps_parent[tps], change, totals)

    def anew(rows: NDArray[np.int32], changes: NDArray[np.int64]) -> None:
        np.add.at(figures, rows, changes)
        kernels.roll_up(tree, figures, totals)

    return {
        OURS: lambda rows, changes: kernels.add_deltas(tree.parent, tree.tps_parent, rows, changes, totals),
        "the same, a call each": singly,
        "NumPy add.at, level by level": at,
        "dictionaries": dictionaries,
        "a full roll-up instead": anew,
    }


def checked(tree: Tree, rng: np.random.Generator) -> Ways:
    """The ways, after each has carried the same thousand; dictionaries keep theirs to themselves."""
    totals = np.zeros((tree.n_areas, COLUMNS), np.int64)
    every = ways(tree, totals)
    rows, changes = drawn(tree, rng)
    figures = np.zeros((tree.n_tps, COLUMNS), np.int64)
    np.add.at(figures, rows, changes)
    wanted = kernels.roll_up(tree, figures)
    for name, way in every.items():
        totals[:] = 0
        way(rows, changes)
        assert name == "dictionaries" or (totals == wanted).all(), name
    return every


def drawn(tree: Tree, rng: np.random.Generator) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """A thousand TPS and their changes."""
    rows = rng.integers(0, tree.n_tps, THOUSAND).astype(np.int32)
    return rows, rng.integers(-9, 10, (THOUSAND, COLUMNS))


def nanoseconds(way: Callable[..., None], sets: list[tuple[NDArray[np.int32], NDArray[np.int64]]]) -> float:
    """Of one change; all sets one after another, since one alone is shorter than a clock can tell."""
    began = time.process_time_ns()
    for rows, changes in sets:
        way(rows, changes)
    return (time.process_time_ns() - began) / (THOUSAND * len(sets))


def deltas(tree: Tree, rounds: int) -> dict[str, tuple[float, float]]:
    """Of each way, nanoseconds a change: the same thousand, and another thousand each time."""
    rng = np.random.default_rng(3)
    every = checked(tree, rng)
    fresh = [drawn(tree, rng) for _ in range(SETS)]
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in every}
    for _ in range(rounds):
        for name, way in every.items():
            some = SETS if name in (OURS, "NumPy add.at, level by level") else 2
            seen[name].append((nanoseconds(way, fresh[:1] * some), nanoseconds(way, fresh[:some])))
    return {
        name: (statistics.median(one for one, _ in pairs), statistics.median(other for _, other in pairs))
        for name, pairs in seen.items()
    }


def night(state: State, rng: np.random.Generator, records: int) -> list[Row]:
    """What the journal gets of some records: two photos, a reading, and a decision on every block."""
    events: list[ev.Event] = []
    for row in rng.choice(np.flatnonzero(state.holding), records, replace=False).tolist():
        tps = state.tree.tps_kode(row)
        events += [ev.ScanReceived(tps=tps, at=AT, page=page, sha256="a" * 64, size=1) for page in (1, 2)]
        events.append(ev.ReadingSubmitted(tps=tps, at=AT, commitments={}, salts={}, figures={}))
        for name, fields in state.ballot(row).blocks.items():
            figures = tuple(rng.integers(0, 300, len(fields)).tolist())
            told = {"tps": tps, "at": AT, "block": name, "replaces": 0, "figures": figures, "scans": (1,)}
            events.append(ev.BlockCounted(**told, reading=1, salt="5" * 32, policy="p"))
    return [Row(number, event) for number, event in enumerate(events, 1)]


def folding(made: Bundle, key: str, rounds: int) -> dict[int, float]:
    """Events a second that the state of a contest folds, by the size of a batch."""
    rng = np.random.default_rng(5)
    state = State(made, key)
    entries = night(state, rng, 3000)[:12_000]
    state.fold(entries[:7])  # compiled by then
    found: dict[int, list[float]] = {16: [], 200: [], 2000: []}
    for _ in range(rounds):
        for size, rates in found.items():
            state = State(made, key)
            began = time.process_time()
            for start in range(0, len(entries), size):
                state.fold(entries[start : start + size])
            rates.append(len(entries) / (time.process_time() - began))
    assert state.sound()
    return {size: statistics.median(rates) for size, rates in found.items()}


def measure(source: Path, rounds: int) -> dict[str, Any]:
    """Every figure."""
    with tempfile.TemporaryDirectory() as folder:
        made = bundle.load_real(source, folder) if source.is_dir() else bundle.make(folder, size="nation")
        facts: dict[str, Any] = {"tree": made.name, "tps": made.tree.n_tps, "rounds": rounds}
        facts["delta_ns"] = deltas(made.tree, rounds)
    with tempfile.TemporaryDirectory() as folder:
        small = bundle.make(folder, size="nation", contests=("ppwp", "pdpr"))
        facts["events_s"] = {key: folding(small, key, min(rounds, 3)) for key in ("ppwp", "pdpr")}
    return facts


def markdown(facts: dict[str, Any]) -> str:
    same, fresh = facts["delta_ns"][OURS]
    lines = [
        f"## Deltas: one record's change to the five areas above it, of {facts['tps']:,} TPS",
        "",
        f"{facts['tree']}, three columns, ns of CPU a change, medians of {facts['rounds']} interleaved rounds.",
        "",
        "| | the same thousand TPS | another thousand each time |",
        "| --- | ---: | ---: |",
    ]
    for name, (one, other) in facts["delta_ns"].items():
        bold = "**" if name == OURS else ""
        lines.append(f"| {bold}{name}{bold} | {bold}{one:,.1f}{bold} | {bold}{other:,.1f}{bold} |")
    lines += [
        "",
        f"- asked: at most {NANOSECONDS:.0f} ns by the thousand; it is {same:.1f}, on cold caches {fresh:.1f}",
    ]
    lines += [
        "",
        "Events folded into the state of a contest (two photos, a reading, a decision on every block; a nation's size; "
        f"asked: {EVENTS:,}/s), by the size of a batch:",
        "",
        "| | 16 | 200 | 2,000 |",
        "| --- | ---: | ---: | ---: |",
    ]
    for key, rates in facts["events_s"].items():
        lines.append(f"| {key} | " + " | ".join(f"{rate:,.0f}/s" for rate in rates.values()) + " |")
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    args = parser.parse_args()
    facts = measure(args.source, args.rounds)
    if args.json:
        args.json.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    print(markdown(facts))


if __name__ == "__main__":
    main()
