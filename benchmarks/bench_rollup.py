"""The national roll-up, every TPS to five levels, beside NumPy, polars, DuckDB and passes over the same memory.

The pass that ratios are told by is the fastest we know that gives each column's total. A pass that adds everything into
one number is faster still with three columns, since vectors then fit; it is in the table too.

  python benchmarks/bench_rollup.py [--rounds 7] [--source ../shared/data/wilayah2024] [--json FILE]

One thread each, rounds interleaved, medians of CPU time, which noisy neighbours disturb least. Every answer is
compared before anything is timed. Prints Markdown.
Without the real files an invented nation of the same size is used.
"""

import os

os.environ["POLARS_MAX_THREADS"] = "1"  # read when polars is imported: one core each, or ratios mean nothing

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from election import bundle
from election.region import KELURAHAN, Tree
from recap import kernels

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT.parent / "shared" / "data" / "wilayah2024"

SHAPES = ((3, np.int32), (118, np.int16))
"""A president's choices; every figure of a TPS in five contests, parties without their candidates."""

ABOVE = ("nasional", "provinsi", "kabupaten", "kecamatan", "kelurahan")
OURS, PASS = "Suara (Numba)", "one pass: column totals (Numba)"
FACTORS = {"polars group_by": 12.0, "DuckDB ROLLUP": 30.0}
"""How many times faster issue 5 wants us to be; and at most so many passes, by the number of columns:"""
PASSES = {3: 2.0, 118: 1.8}

Timed = dict[str, Callable[[], Any]]


@njit(nogil=True)
def column_totals(values, narrow, out):  # noqa: ANN001, ANN201
    """What no exact answer can do without: each cell read once and added to its column's total.

    As fast as we know how: two rows at a time into int32 that cannot overflow in 2¹⁴ rows of int16.
    """
    out[:] = 0
    for start in range(0, values.shape[0], 1 << 14):
        stop = min(values.shape[0], start + (1 << 14))
        narrow[:] = 0
        for i in range(start, stop - 1, 2):
            for j in range(values.shape[1]):
                narrow[j] += values[i, j] + values[i + 1, j]
        if (stop - start) % 2:
            for j in range(values.shape[1]):
                narrow[j] += values[stop - 1, j]
        for j in range(values.shape[1]):
            out[j] += narrow[j]


@njit(nogil=True)
def three_totals(values, out):  # noqa: ANN001, ANN201
    """The same with three totals in registers, which is faster where there are just three."""
    a = b = c = np.int64(0)
    for i in range(values.shape[0]):
        a += values[i, 0]
        b += values[i, 1]
        c += values[i, 2]
    out[0], out[1], out[2] = a, b, c


@njit(nogil=True)
def one_total(values):  # noqa: ANN001, ANN201
    """One number for everything, in vector registers: no roll-up at all, but as fast as memory is read."""
    flat = values.ravel()
    total = 0
    for i in range(flat.size):
        total += flat[i]
    return total


class Reduceat:
    """NumPy's segmented sum, level by level; empty areas are taken out first, since reduceat misreads them."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        has = np.flatnonzero(tree.tps_stop > tree.tps_start)
        self.levels = [has[np.searchsorted(tree.level_start, has, side="right") - 1 == level] for level in range(5)]
        self.starts = [tree.tps_start[self.levels[KELURAHAN]].astype(np.int64)]
        for level in range(KELURAHAN - 1, -1, -1):
            below = tree.tps_start[self.levels[level + 1]]
            self.starts.append(np.searchsorted(below, tree.tps_start[self.levels[level]]))

    def __call__(self, values: NDArray[Any], out: NDArray[np.int64]) -> NDArray[np.int64]:
        sums = values
        for starts, areas in zip(self.starts, reversed(self.levels), strict=True):
            sums = np.add.reduceat(sums, starts, axis=0, dtype=np.int64)
            out[areas] = sums
        return out


def by_polars(frame: pl.DataFrame, parents: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Group-by after group-by, each level from the one below; keys are sorted and polars is told so."""
    sums, answer = frame, []
    figures = pl.all().exclude("area").cast(pl.Int64).sum()
    for parent in parents:
        sums = sums.lazy().group_by("area").agg(figures).sort("area").collect()
        answer.append(sums)
        sums = sums.join(parent, on="area", how="left").drop("area").rename({"above": "area"})
    return [*answer, sums.lazy().group_by("area").agg(figures).collect()]


def frames(tree: Tree, values: NDArray[Any]) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    columns = {f"v{j}": np.ascontiguousarray(values[:, j]) for j in range(values.shape[1])}
    frame = pl.DataFrame({"area": tree.tps_parent, **columns}).with_columns(pl.col("area").set_sorted())
    parents = []
    for level in range(KELURAHAN, 0, -1):
        of = tree.level(level)
        areas = np.arange(of.start, of.stop, dtype=np.int32)
        parents.append(pl.DataFrame({"area": areas, "above": tree.parent[of.start : of.stop]}))
    return frame, parents


def by_duckdb(tree: Tree, values: NDArray[Any]) -> tuple[duckdb.DuckDBPyConnection, str]:
    """DuckDB's own table with a column a level, and one ROLLUP over them."""
    line = duckdb.connect()
    line.execute("set threads = 1")
    levels = {name: tree.ancestors(level) for level, name in enumerate(ABOVE)}
    columns = {f"v{j}": np.ascontiguousarray(values[:, j]) for j in range(values.shape[1])}
    line.register("given", pl.DataFrame({**levels, **columns}).to_arrow())
    line.execute("create table tps as select * from given")
    keys = ", ".join(ABOVE[1:])
    sums = ", ".join(f"sum(v{j})::bigint" for j in range(values.shape[1]))
    return line, f"select {keys}, {sums} from tps group by rollup ({keys})"


def checked(tree: Tree, values: NDArray[Any]) -> Timed:
    """Everything that is to be timed, after all have given the same answer."""
    k = values.shape[1]
    ours, theirs = np.zeros((2, tree.n_areas, k), np.int64)
    reduceat, totals, narrow = Reduceat(tree), np.zeros(k, np.int64), np.zeros(k, np.int32)
    frame, parents = frames(tree, values)
    line, query = by_duckdb(tree, values)
    timed: Timed = {
        "one pass: one total (Numba, vectors)": lambda: one_total(values),
        "one pass: NumPy sum": lambda: values.sum(dtype=np.int64),
        PASS: lambda: three_totals(values, totals) if k == 3 else column_totals(values, narrow, totals),
        OURS: lambda: kernels.roll_up(tree, values, ours),
        "NumPy reduceat": lambda: reduceat(values, theirs),
        "polars group_by": lambda: by_polars(frame, parents),
        "DuckDB ROLLUP": lambda: line.execute(query).fetchnumpy(),
    }
    answers = {name: run() for name, run in timed.items()}
    assert (ours == theirs).all()
    assert answers["polars group_by"][-1].row(0)[1:] == tuple(ours[0].tolist())
    assert answers["polars group_by"][0]["v0"].sum() == int(ours[0, 0])
    duck = np.sort(np.ma.filled(list(answers["DuckDB ROLLUP"].values())[KELURAHAN], -1))
    assert (duck == np.sort(ours[tree.tps_stop > tree.tps_start, 0])).all()
    assert (totals == ours[0]).all()
    return timed


def medians(timed: Timed, rounds: int) -> dict[str, float]:
    """Milliseconds of CPU, round after round through all of them, so that a noisy moment falls on everyone.

    Each runs once untimed just before, so that nobody pays for what the one before left in the caches.
    """
    seen: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds):
        for name, run in timed.items():
            run()
            began = time.process_time()
            run()
            seen[name].append((time.process_time() - began) * 1e3)
    return {name: statistics.median(times) for name, times in seen.items()}


def measure(source: Path, rounds: int) -> dict[str, Any]:
    """Every median, in milliseconds, and what was summed."""
    with tempfile.TemporaryDirectory() as folder:
        made = bundle.load_real(source, folder) if source.is_dir() else bundle.make(folder, size="nation")
    tree, rng = made.tree, np.random.default_rng(2024)
    facts: dict[str, Any] = {"tree": made.name, "tps": tree.n_tps, "areas": tree.n_areas, "rounds": rounds, "ms": {}}
    for k, dtype in SHAPES:
        values = rng.integers(0, 300, (tree.n_tps, k), dtype=dtype)
        facts["ms"][f"{k} × {np.dtype(dtype).name}"] = medians(checked(tree, values), rounds)
    residuals = rng.integers(-3, 4, (tree.n_tps, 14)).astype(np.int32)
    kernels.roll_up_residuals(tree, residuals)
    facts["residuals_14_ms"] = medians({"": lambda: kernels.roll_up_residuals(tree, residuals)}, rounds)[""]
    return facts


def markdown(facts: dict[str, Any]) -> str:
    shapes = list(facts["ms"])
    lines = [
        f"## National roll-up: {facts['tps']:,} TPS to {facts['areas']:,} areas",
        "",
        f"{facts['tree']}, one thread each, medians of {facts['rounds']} interleaved rounds, in ms of CPU "
        f"(in brackets: times {PASS}).",
        "",
        "| | " + " | ".join(f"{shape}" for shape in shapes) + " |",
        "| --- |" + " ---: |" * len(shapes),
    ]
    for name in facts["ms"][shapes[0]]:
        cells = [f"{facts['ms'][s][name]:.2f} ({facts['ms'][s][name] / facts['ms'][s][PASS]:.1f})" for s in shapes]
        bold = "**" if name == OURS else ""
        lines.append(f"| {bold}{name}{bold} | " + " | ".join(f"{bold}{cell}{bold}" for cell in cells) + " |")
    lines += ["", *(f"- {verdict(shape, facts['ms'][shape])}" for shape in shapes)]
    lines += ["", f"Residuals (Σr, Σ|r|, count) of 14 identities: {facts['residuals_14_ms']:.1f} ms.", ""]
    return "\n".join(lines)


def verdict(shape: str, ms: dict[str, float]) -> str:
    """What was asked, and what it is."""
    told = [f"{ms[OURS] / ms[PASS]:.2f} passes (at most {PASSES[int(shape.split(maxsplit=1)[0])]})"]
    told += [f"{ms[name] / ms[OURS]:.0f} × {name.split()[0]} (at least {least:.0f})" for name, least in FACTORS.items()]
    return f"{shape}: {', '.join(told)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    args = parser.parse_args()
    facts = measure(args.source, args.rounds)
    if args.json:
        args.json.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    print(markdown(facts))


if __name__ == "__main__":
    main()
