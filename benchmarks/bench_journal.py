"""Appending to a journal, beside inserts into a plain table of the same columns, one commit each.

  python benchmarks/bench_journal.py [--rounds 5] [--seconds 1.5] [--json FILE]

Each arm is one or more processes that stay connected; arms take turns within a round, the table shows medians over
rounds. Every row is committed with fsync before its caller goes on. CPU is that of the client processes.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from election.event import ScanReceived

ROOT = Path(__file__).resolve().parents[1]

Send = Callable[["ScanReceived"], Awaitable[None]]

ARMS: dict[str, tuple[str, str, int, int]] = {
    # name: (what, arm, processes, callers that wait for their own row in each)
    "insert_1": ("single INSERTs, 1 connection", "insert", 1, 1),
    "insert_16": ("single INSERTs, 16 connections", "insert", 1, 16),
    "append_1": ("journal, 1 caller", "append", 1, 1),
    "append_16": ("journal, 16 callers", "append", 1, 16),
    "append_512": ("journal, 512 callers", "append", 1, 512),
    "append_4x128": ("journal, 4 processes of 128 callers", "append", 4, 128),
}

PLAIN = """
create table plain (
    number bigint generated always as identity primary key, key bytea not null unique, kind text, tps text, at text,
    leaf bytea, leaf_hash bytea)"""
INSERT = "insert into plain (key, kind, tps, at, leaf, leaf_hash) values ($1, $2, $3, $4, $5, $6) returning number"


def main() -> None:
    """Start servers and workers, run the rounds, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--worker", nargs=3, metavar=("ARM", "CALLERS", "DSN"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        asyncio.run(work(args.worker[0], int(args.worker[1]), args.worker[2]))
        return
    with tempfile.TemporaryDirectory(prefix="suara-bench-") as folder:
        rounds = measure(Path(folder), args.rounds, args.seconds)
    figures = {name: summary(name, rounds[name]) for name in ARMS}
    if args.json:
        args.json.write_text(json.dumps({"seconds": args.seconds, "arms": figures, "rounds": rounds}, indent=1))
    print(table(figures, args.rounds, args.seconds))


def measure(folder: Path, rounds: int, seconds: float) -> dict[str, list[dict[str, float]]]:
    """Rows per second, client CPU per row (µs) and median wait (ms) of every arm in every round."""
    from storage.embedded import start_postgres

    figures: dict[str, list[dict[str, float]]] = {name: [] for name in ARMS}
    with start_postgres(folder / "pg") as server:
        asyncio.run(prepare(server.url))
        workers = {
            name: [start(arm, callers, server.url) for _ in range(n)] for name, (_, arm, n, callers) in ARMS.items()
        }
        for turn in range(rounds + 1):
            for name, processes in workers.items():
                found = run(processes, seconds if turn else 0.3)
                if turn:  # the first one warms up
                    figures[name].append(found)
        for process in (process for processes in workers.values() for process in processes):
            process.stdin.close()
            process.wait()
        asyncio.run(verify(server.url))
    return figures


def start(arm: str, callers: int, url: str) -> subprocess.Popen[str]:
    """A worker, connected and waiting for its turn."""
    process = subprocess.Popen(
        [sys.executable, __file__, "--worker", arm, str(callers), url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    return process


def run(processes: list[subprocess.Popen[str]], seconds: float) -> dict[str, float]:
    """One turn of one arm."""
    for process in processes:
        process.stdin.write(f"{seconds}\n")
        process.stdin.flush()
    found = [json.loads(process.stdout.readline()) for process in processes]
    rows = sum(one["rows"] for one in found)
    return {
        "rows_per_s": sum(one["rows"] / one["seconds"] for one in found),
        "client_cpu_us": sum(one["cpu"] for one in found) / rows * 1e6,
        "wait_ms": statistics.median(one["wait_ms"] for one in found),
        "wait_ms_p99": max(one["wait_ms_p99"] for one in found),
    }


async def prepare(url: str) -> None:
    """The schema, and the table of the single inserts."""
    import asyncpg

    from storage.migrate import migrate

    line = await asyncpg.connect(url)
    await migrate(line)
    await line.execute(PLAIN)
    await line.execute("select journal.open('ppwp')")
    await line.close()


async def verify(url: str) -> None:
    """What was measured is what it should be: numbers without gaps, leaves that match."""
    import asyncpg

    from storage.scrub import scrub

    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
        found = await scrub(pool, "ppwp")
    assert found.differences == (), found.differences[:3]
    assert found.size > 0


async def work(arm: str, callers: int, url: str) -> None:
    """Reads lines with seconds from stdin; after each, appends for so long and prints what it did."""
    send = await (inserting(callers, url) if arm == "insert" else appending(url))
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        seconds, waits = float(line), []
        cpu, began = time.process_time(), time.perf_counter()
        await asyncio.gather(*(call(send, began + seconds, waits) for _ in range(callers)))
        waits.sort()
        done = {
            "rows": len(waits),
            "seconds": time.perf_counter() - began,
            "cpu": time.process_time() - cpu,
            "wait_ms": waits[len(waits) // 2] * 1000,
            "wait_ms_p99": waits[len(waits) * 99 // 100] * 1000,
        }
        print(json.dumps(done), flush=True)


async def call(send: Send, until: float, waits: list[float]) -> None:
    """One caller: sends a row, waits for its number, sends the next."""
    while (now := time.perf_counter()) < until:
        await send(event())
        waits.append(time.perf_counter() - now)


def event() -> "ScanReceived":
    """A photo received, as ingest appends it."""
    from election.event import ScanReceived

    return ScanReceived(tps="1101012001001", at="2024-02-14T12:00:00.000Z", page=2, sha256="ab" * 32, size=300_000)


async def inserting(callers: int, url: str) -> Send:
    """A function that inserts one row in a commit of its own."""
    import os

    import asyncpg

    from election.event import leaf

    pool = await asyncpg.create_pool(url, min_size=callers, max_size=callers)

    async def send(found: "ScanReceived") -> None:
        data = leaf(found)
        hashed = sha256(b"\x00" + data).digest()
        await pool.fetchval(INSERT, os.urandom(16), "scan_received", found.tps, found.at, data, hashed)

    return send


async def appending(url: str) -> Send:
    """A function that appends one draft and waits for its number."""
    from functools import partial

    from storage import connect
    from storage.bell import Bell
    from storage.draft import Draft
    from storage.journal import Journal

    pool = await connect.pool(url, 1)
    bell = Bell(pool, partial(connect.connection, url, "listener"))
    journal = Journal("ppwp", pool, bell, partial(connect.connection, url, "writer", connect.WRITER))

    async def send(found: "ScanReceived") -> None:
        await journal.append(Draft(event=found))

    return send


def summary(name: str, rounds: list[dict[str, float]]) -> dict[str, object]:
    """Medians over rounds."""
    what, _, processes, callers = ARMS[name]
    medians = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    return {"what": what, "processes": processes, "callers": callers, **medians}


def table(figures: dict[str, dict], rounds: int, seconds: float) -> str:
    """The Markdown that `benchmarks/README.md` takes."""
    base = figures["insert_1"]["rows_per_s"]
    lines = [
        "## Journal: appending with numbers, keys and leaves, beside plain inserts",
        "",
        f"Medians of {rounds} rounds of {seconds} s, arms in turn. Each caller waits until its own row is on the disk.",
        "",
        "| arm | rows/s | × one connection | median wait | p99 wait | client CPU a row |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in figures.values():
        lines.append(
            f"| {one['what']} | {one['rows_per_s']:,.0f} | {one['rows_per_s'] / base:.2f} | {one['wait_ms']:.2f} ms |"
            f" {one['wait_ms_p99']:.2f} ms | {one['client_cpu_us']:.0f} µs |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
