"""The front door with ten times the phones it can serve, and with 5,000 phones on bad lines.

  python benchmarks/bench_overload.py [--rounds 3] [--seconds 8] [--slow 5000] [--json FILE]

The real command over PostgreSQL and Valkey of its own, all on one core, the client on another. A phone sends one photo
of 200 KB after another, each signed and never sent before; one that is told to come back does so when it was told to,
as our app does, or at once, as no client should. Capacity is what as many phones get as the door lets in together.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import bad_lines
import bench_ingest
import cost
import line
import made_requests

PHOTO = 200 * 1024
CROWD = 32
"""Phones that together ask for all that the door can do; it lets a few more in at once."""


@dataclass(frozen=True)
class Arm:
    """A crowd: how many phones, over how many processes, and whether they come back when they are told to."""

    what: str
    phones: int
    processes: int = 1
    obedient: bool = True
    pause: float = 0.0  # seconds between two photos of a phone


ARMS = {
    "unloaded": Arm("unloaded: 4 phones, a pause after each photo", 4, pause=0.02),
    "capacity": Arm(f"capacity: {CROWD} phones", CROWD),
    "tenfold": Arm(f"ten times as many, who come back when told: {10 * CROWD}", 10 * CROWD),
    "unruly": Arm(f"ten times as many, who try again at once: {10 * CROWD}", 10 * CROWD, obedient=False),
    "two": Arm(f"two processes on the same core: {CROWD} phones", CROWD, processes=2),
}


@dataclass
class Seen:
    """What a crowd saw."""

    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)

    @property
    def good(self) -> int:
        """Photos that were kept."""
        return self.statuses[201]


def main() -> None:
    """Start the servers, run the rounds, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--arms", default=",".join(ARMS), help="only these, by name, with commas between")
    parser.add_argument("--slow", type=int, default=5000, help="phones on bad lines; 0 leaves them out")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix=".suara-bench-", dir=Path.cwd()) as folder, ExitStack() as stack:
        chosen = {name: ARMS[name] for name in args.arms.split(",") if name}
        wanted = {1} | {arm.processes for arm in chosen.values()}
        servers = {count: Server.start(Path(folder) / str(count), count, stack) for count in sorted(wanted)}
        cost.pin(bench_ingest.CLIENT)
        rounds = [
            {name: one(servers[arm.processes], arm, args) for name, arm in chosen.items()} for _ in range(args.rounds)
        ]
        slow = slow_phones(servers[1], args.slow) if args.slow else None
    figures = {name: _medians([turn[name] for turn in rounds]) for name in chosen} if rounds else {}
    if args.json:
        args.json.write_text(json.dumps({"arms": figures, "rounds": rounds, "slow": slow}, indent=1))
    print(table(figures, slow, args))


def _medians(turns: list[dict[str, float]]) -> dict[str, float]:
    return {key: statistics.median(turn[key] for turn in turns) for key in turns[0]}


@dataclass(frozen=True)
class Server:
    """The front door, and all that runs for it."""

    port: int
    pid: int
    pids: tuple[int, ...]
    made: made_requests.Made

    @classmethod
    def start(cls, folder: Path, processes: int, stack: ExitStack) -> "Server":
        """`suara ingest --processes N`, with a database and a queue of its own."""
        from election import bundle as bundles
        from storage.embedded import start_postgres, start_valkey

        cost.pin(bench_ingest.SERVER)
        bundles.make(folder / "bundle", seed=7, kabupaten=1, tps=made_requests.PHONES // 2, contests=("ppwp",))
        postgres = stack.enter_context(start_postgres(folder / "pg"))
        valkey = stack.enter_context(start_valkey(folder / "valkey"))
        own = {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url, "PYTHONPATH": str(bench_ingest.ROOT)}
        port = bench_ingest._free_port()
        command = [sys.executable, "-m", "suara", "ingest", "--data", str(folder), "--port", str(port)]
        command += ["--processes", str(processes)]
        process = subprocess.Popen(command, env=os.environ | own, cwd=bench_ingest.ROOT)
        stack.callback(bench_ingest._stop, process)
        bench_ingest._wait_for(port)
        return cls(port, process.pid, (process.pid, postgres.pid, valkey.pid), made_requests.Made(folder))

    def memory(self) -> "Memory":
        """Memory of the front door alone, with its children."""
        found = [Memory.of(pid) for pid in (self.pid, *_children(self.pid))]
        return Memory(sum(one.resident for one in found), sum(one.own for one in found))


@dataclass(frozen=True)
class Memory:
    """Megabytes of a process: resident, and of these its own (what it maps of files is shared with others)."""

    resident: float = 0.0
    own: float = 0.0

    @classmethod
    def of(cls, pid: int) -> "Memory":
        """What the kernel says."""
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        said = dict(text.split(":", 1) for text in lines)
        return cls(*(int(said[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon")))

    def or_more(self, other: "Memory") -> "Memory":
        """The larger one."""
        return max(self, other, key=lambda one: one.resident)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


# --- a crowd ----------------------------------------------------------------------------------------------------------


def one(server: Server, arm: Arm, args: argparse.Namespace) -> dict[str, float]:
    """One turn of one arm."""
    import uvloop

    requests = server.made.photos(PHOTO, int(args.seconds * 3000))
    before, memory = cost.cpu(server.pids), server.memory()
    seen, seconds = uvloop.run(crowd(server.port, requests, arm, args.seconds))
    spent, grown = cost.cpu(server.pids) - before, server.memory().resident - memory.resident
    os.sync()
    seen.waits.sort()
    assert seen.good, f"{arm.what}: {dict(seen.statuses)}"
    return {
        "per_s": seen.good / seconds,
        "cpu_us": spent / seen.good * 1e6,
        "wait_ms": seen.waits[len(seen.waits) // 2] * 1000,
        "wait_ms_p99": seen.waits[len(seen.waits) * 99 // 100] * 1000,
        "refused": (sum(seen.statuses.values()) - seen.good) / seen.good,
        "grown_mb": grown,
    }


async def crowd(port: int, requests: Iterator[line.Request], arm: Arm, seconds: float) -> tuple[Seen, float]:
    """All phones of an arm at once. A photo that is refused is sent again, by the same phone."""
    seen, until = Seen(), time.perf_counter() + seconds
    await asyncio.gather(*(_phone(seen, port, requests, arm, until) for _ in range(arm.phones)))
    return seen, seconds


async def _phone(seen: Seen, port: int, requests: Iterator[line.Request], arm: Arm, until: float) -> None:
    loop, open_line, photo = asyncio.get_running_loop(), None, None
    while (began := time.perf_counter()) < until:
        photo = photo or next(requests)
        if open_line is None or not open_line.open:
            _, open_line = await loop.create_connection(line._Line, "127.0.0.1", port)
        status = await open_line.ask(photo)
        if time.perf_counter() > until:
            break  # comes too late to be counted
        seen.statuses[status] += 1
        if status == 201:
            seen.waits.append(time.perf_counter() - began)
            photo = None
            await asyncio.sleep(arm.pause)
        else:
            told = _retry_after(open_line._answer) if arm.obedient else 0.02
            if b"connection: close" in open_line._answer.lower():
                open_line.transport.abort()
                open_line = None
            await asyncio.sleep(min(told, until - time.perf_counter()))
    if open_line is not None:
        open_line.transport.close()


def _retry_after(answer: bytearray) -> float:
    _, found, rest = answer.lower().partition(b"retry-after:")
    return float(rest.split(b"\r\n", 1)[0]) if found else 1.0


# --- bad lines --------------------------------------------------------------------------------------------------------

SETTLE = 8.0
"""Seconds after the last phone has come."""


def slow_phones(server: Server, count: int) -> dict[str, float]:
    """So many photos at once on bad lines; the most memory the process had, and what it still did for others."""
    import uvloop

    photos = list(server.made.photos(PHOTO, count))
    before, most = server.memory(), Memory()
    crowd_of_slow = bad_lines.start(server.port, photos)
    try:
        until = time.monotonic() + bad_lines.RISE + SETTLE
        while time.monotonic() < until:
            time.sleep(0.5)
            most = most.or_more(server.memory())
        others, seconds = uvloop.run(beside(server))
        most, alive = most.or_more(server.memory()), crowd_of_slow.alive()
    finally:
        crowd_of_slow.end()
    return {
        "phones": count, "alive": alive, "before_mb": before.resident, "most_mb": most.resident,
        "own_mb": most.own, "others": others.good / seconds,
    }  # fmt: skip


async def beside(server: Server) -> tuple[Seen, float]:
    """Four phones on good lines."""
    return await crowd(server.port, server.made.photos(PHOTO, 3000), Arm("beside them", 4, pause=0.02), 3.0)


def table(figures: dict[str, dict[str, float]], slow: dict[str, float] | None, args: argparse.Namespace) -> str:
    """The Markdown that `benchmarks/README.md` takes."""
    lines = [
        "## Overload: ten times the phones, and bad lines",
        "",
        f"Photos of 200 KB, medians of {args.rounds} rounds of {args.seconds:g} s; one core for all of the server.",
        "",
        "| crowd | kept a second | CPU each | median wait | p99 wait | refused per kept | memory grown |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, f in figures.items():
        lines.append(
            f"| {ARMS[name].what} | {f['per_s']:,.0f} | {f['cpu_us']:.0f} µs | {f['wait_ms']:.1f} ms |"
            f" {f['wait_ms_p99']:.1f} ms | {f['refused']:.2f} | {f['grown_mb']:.0f} MB |"
        )
    lines += ["", *_ratios(figures)]
    if slow:
        lines.append(
            f"{slow['phones']:,} phones at 4 kbit/s: {slow['most_mb']:.0f} MB at most, {slow['own_mb']:.0f} of them"
            f" its own (before: {slow['before_mb']:.0f} MB), {slow['alive']:,} still sending at the end,"
            f" {slow['others']:.0f} photos a second of 4 others beside them."
        )
    return "\n".join(lines)


RATIOS = (
    ("tenfold", "capacity", "per_s", "goodput with ten times the phones, beside capacity"),
    ("unruly", "capacity", "per_s", "where they try again at once"),
    ("tenfold", "unloaded", "wait_ms_p99", "p99 of what was taken, with ten times the phones, beside the unloaded"),
    ("unruly", "unloaded", "wait_ms_p99", "where they try again at once"),
    ("capacity", "unloaded", "wait_ms_p99", "at capacity"),
    ("two", "capacity", "cpu_us", "CPU of a photo, two processes beside one"),
)


def _ratios(figures: dict[str, dict[str, float]]) -> list[str]:
    return [
        f"- {what}: {figures[mine][key] / figures[other][key]:.2f}"
        for mine, other, key, what in RATIOS
        if mine in figures and other in figures
    ]


if __name__ == "__main__":
    sys.path.insert(0, str(bench_ingest.ROOT))
    main()
