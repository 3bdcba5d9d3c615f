"""`suara verify` of a nation's log, totals and areas' documents, with two processes; beside a naive reader.

  python benchmarks/bench_verify.py [--folder FOLDER] [--keep] [--tps N] [--processes 2] [--json FILE]

Makes the log of `national_log` where FOLDER has none yet, and deletes it again but for --keep. The naive reader
(`json.loads`, a dictionary a TPS, one process, the same hashes) reads the first part of the same log in the same run;
both are told per entry. Prints Markdown.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from national_log import national

from tlog.tile import WIDTH, Tile, decode_entries
from tlog.tree import Frontier

SECONDS = 60.0
"""What issue 6 asks for."""

NAIVE = 400_000
"""Entries that the naive reader reads."""


def ours(folder: Path, processes: int) -> dict[str, float | int | bool]:
    """One run in a process of its own, bound to as many cores."""
    with tempfile.TemporaryDirectory() as state:
        command = [
            "taskset", "-c", f"0-{processes - 1}", sys.executable, "-m", "suara", "verify", str(folder),
            "--state", state, "--processes", str(processes), "--documents", "0", "--scans", "0", "--json",
        ]  # fmt: skip
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if not done.stdout:
        raise SystemExit(done.stderr)
    fact = json.loads(done.stdout)["logs"][0]
    return {
        "entries": fact["entries"], "bytes": fact["bytes"], "tps": fact["tps"], "documents": fact["documents"],
        "document_bytes": fact["document_bytes"], "folded": fact["folded"], "wall_s": round(wall, 2),
        "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        "peak_mb": round(after.ru_maxrss / 1024), "findings": len(fact["findings"]),
        **{f"{name}_s": spent for name, spent in fact["seconds"].items()},
    }  # fmt: skip


def naive(folder: Path, most: int) -> dict[str, float | int]:
    """What a first attempt does: every entry parsed whole, every TPS a dictionary, every leaf hashed."""
    began, log, count = time.perf_counter(), folder / "log" / "ppwp", 0
    records: dict[str, dict[str, tuple[str, list[int | None] | None]]] = {}
    frontier = Frontier()
    while count < most and (path := log / Tile(None, count // WIDTH).path).exists():
        for entry in decode_entries(path.read_bytes()):
            frontier.append(sha256(b"\0" + entry).digest())
            told = json.loads(entry)
            if "block" in told and "figures" in told and "replaces" in told:
                records.setdefault(told["tps"], {})[told["block"]] = (told["kind"], told["figures"])
        count += WIDTH
    sums: dict[str, list[int]] = {}
    for tps, blocks in records.items():
        for block, (kind, figures) in blocks.items():
            if kind != "block_held" and figures is not None:
                for area in ("0", tps[:2], tps[:4], tps[:6], tps[:10]):
                    row = sums.setdefault(f"{area}/{block}", [0] * len(figures))
                    for j, figure in enumerate(figures):
                        row[j] += figure or 0
    return {"entries": count, "seconds": round(time.perf_counter() - began, 2)}


def run(folder: Path, processes: int) -> dict[str, object]:
    """Both, and whether the limit is kept."""
    found, other = ours(folder, processes), naive(folder, NAIVE)
    each = {"ours_us": 1e6 * found["wall_s"] / found["entries"], "naive_us": 1e6 * other["seconds"] / other["entries"]}
    return {
        "bench": "verify", "processes": processes, "load": round(os.getloadavg()[0], 1), "ours": found,
        "naive": {**other, "whole_s": round(each["naive_us"] * found["entries"] / 1e6)},
        **{name: round(value, 2) for name, value in each.items()}, "limit_s": SECONDS,
        "holds": found["wall_s"] <= SECONDS and not found["findings"],
    }  # fmt: skip


def table(result: dict) -> str:
    """The figures as Markdown."""
    found, other = result["ours"], result["naive"]
    return "\n".join([
        "## Verifying a nation",
        "",
        f"A log of the president's election: {found['tps']:,} TPS, {found['entries']:,} entries of "
        f"{found['bytes']:,} bytes (photos, looks at them, officers' readings, decisions, corrections, versions, "
        f"plenaries), every leaf by the engine's encoder. {result['processes']} processes on as many cores; load "
        f"average {result['load']}.",
        "",
        "| | entries | wall | CPU | an entry | a nation |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        f"| `suara verify` | {found['entries']:,} | {found['wall_s']:.1f} s | {found['cpu_s']:.1f} s | "
        f"{result['ours_us']:.1f} µs | {found['wall_s']:.0f} s |",
        f"| naive reader, one process | {other['entries']:,} | {other['seconds']:.1f} s | | "
        f"{result['naive_us']:.1f} µs | {other['whole_s']:,} s |",
        "",
        f"Of it log {found['log_s']:.1f} s (hashes, tiles, parsing), totals {found['totals_s']:.1f} s "
        f"({found['folded']:,} records folded one by one), {found['documents']:,} documents of "
        f"{found['document_bytes']:,} bytes {found['documents_s']:.1f} s. Peak memory {found['peak_mb']:,} MB. "
        f"Findings: {found['findings']}. "
        f"The limit is {result['limit_s']:.0f} s: {'kept' if result['holds'] else 'not kept'}.",
    ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="where the log lies, or is made (default: a temporary folder)")
    parser.add_argument("--keep", action="store_true", help="do not delete it")
    parser.add_argument("--tps", type=int, help="a smaller election")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    folder = args.folder or Path(tempfile.mkdtemp(prefix="suara-verify-"))
    try:
        if not (folder / "log" / "ppwp" / "checkpoint").exists():
            national(folder, args.tps, args.processes)
        result = run(folder, args.processes)
    finally:
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)
    if args.json:
        args.json.write_text(json.dumps(result, indent=2))
    print(table(result))


if __name__ == "__main__":
    main()
