"""The lane beside aiohttp: CPU of one request with handlers that hash and answer, and nothing else.

  python benchmarks/bench_lane.py [--rounds 5] [--seconds 2] [--json FILE]

One core for the server, one for the client; arms take turns within a round, medians over rounds. SHA-256 is in every
figure (the lane hashes as bytes come, aiohttp's path once they are there), and is given beside them.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from hashlib import sha256
from itertools import repeat
from pathlib import Path

import cost
import line
from bench_ingest import CLIENT, ROOT, SERVER, _free_port, _stop, _wait_for

BODIES = {"photo of 200 KB": ("POST /v1/uploads", 200 * 1024), "reading of 600 bytes": ("PUT /v1/readings/7", 600)}
WAYS = ("lane", "aiohttp")
LINES = 6
"""Connections; as many as a fresh admission lets in at once."""


def main() -> None:
    """Start both, run the rounds, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    import uvloop

    with tempfile.TemporaryDirectory() as folder:
        figures = uvloop.run(measure(Path(folder), args.rounds, args.seconds))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))
    print(table(figures))


async def measure(folder: Path, rounds: int, seconds: float) -> dict[str, dict[str, list[float]]]:
    """Body → way → µs of CPU a request, by round."""
    figures: dict[str, dict[str, list[float]]] = {body: {way: [] for way in WAYS} for body in BODIES}
    with ExitStack() as stack:
        servers = {way: start(way, folder, stack) for way in WAYS}
        cost.pin(CLIENT)
        for turn in range(rounds + 1):
            for body, (target, size) in BODIES.items():
                for way, (port, pid) in servers.items():
                    spent = await one_turn(port, pid, target, size, seconds)
                    if turn:
                        figures[body][way].append(spent)
    return figures


def start(way: str, folder: Path, stack: ExitStack) -> tuple[int, int]:
    """Port and process of one server."""
    cost.pin(SERVER)
    port = _free_port()
    command = [sys.executable, str(ROOT / "benchmarks/lane_server.py"), str(port), way, str(folder)]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)})
    stack.callback(_stop, process)
    _wait_for(port)
    return port, process.pid


async def one_turn(port: int, pid: int, target: str, size: int, seconds: float) -> float:
    """µs of CPU a request."""
    head = f"{target} HTTP/1.1\r\nHost: door\r\nContent-Length: {size}\r\n\r\n".encode()
    before = cost.cpu([pid])
    turn = await line.drive([port], repeat((head, os.urandom(size))), lines=LINES, seconds=seconds)
    return (cost.cpu([pid]) - before) / turn.good * 1e6


def hashing(size: int) -> float:
    """µs that SHA-256 takes."""
    data, times = os.urandom(size), []
    for _ in range(200):
        began = time.process_time()
        sha256(data).digest()
        times.append(time.process_time() - began)
    return statistics.median(times) * 1e6


def table(figures: dict[str, dict[str, list[float]]]) -> str:
    """The Markdown that `benchmarks/README.md` takes."""
    lines = [
        "## The lane beside aiohttp",
        "",
        "CPU of the server per request, handlers that hash and answer; medians of rounds.",
        "",
        "| body | lane | aiohttp | ratio | of it SHA-256 |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for body, ways in figures.items():
        mine, theirs = (statistics.median(ways[way]) for way in WAYS)
        size = BODIES[body][1]
        lines.append(f"| {body} | {mine:.0f} µs | {theirs:.0f} µs | {mine / theirs:.2f} | {hashing(size):.0f} µs |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
