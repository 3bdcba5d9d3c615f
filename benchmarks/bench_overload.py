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

import bench_ingest
import cost
import line

PHOTO = 200 * 1024
CROWD = 32
"""Phones that together ask for all that the door can do; it lets a few more in at once."""

STEP_SECONDS, STEP_BYTES = 0.4, 1000
"""What a phone on a bad line brings: 20 kbit/s."""


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
    parser.add_argument("--slow", type=int, default=5000, help="phones on bad lines; 0 leaves them out")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    import uvloop

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix=".suara-bench-", dir=Path.cwd()) as folder, ExitStack() as stack:
        servers = {count: Server.start(Path(folder) / str(count), count, stack) for count in (1, 2)}
        cost.pin(bench_ingest.CLIENT)
        rounds = [
            {name: one(servers[arm.processes], arm, args) for name, arm in ARMS.items()} for _ in range(args.rounds)
        ]
        slow = uvloop.run(slow_phones(servers[1], args.slow)) if args.slow else None
    figures = {name: {key: statistics.median(r[name][key] for r in rounds) for key in rounds[0][name]} for name in ARMS}
    if args.json:
        args.json.write_text(json.dumps({"arms": figures, "rounds": rounds, "slow": slow}, indent=1))
    print(table(figures, slow, args))


@dataclass(frozen=True)
class Server:
    """The front door, and all that runs for it."""

    port: int
    pid: int
    pids: tuple[int, ...]
    made: bench_ingest.Made

    @classmethod
    def start(cls, folder: Path, processes: int, stack: ExitStack) -> "Server":
        """`suara ingest --processes N`, with a database and a queue of its own."""
        from election import bundle as bundles
        from storage.embedded import start_postgres, start_valkey

        cost.pin(bench_ingest.SERVER)
        bundles.make(folder / "bundle", seed=7, kabupaten=1, tps=bench_ingest.PHONES // 2, contests=("ppwp",))
        postgres = stack.enter_context(start_postgres(folder / "pg"))
        valkey = stack.enter_context(start_valkey(folder / "valkey"))
        own = {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url, "PYTHONPATH": str(bench_ingest.ROOT)}
        port = bench_ingest._free_port()
        command = [sys.executable, "-m", "suara", "ingest", "--data", str(folder), "--port", str(port)]
        command += ["--processes", str(processes)]
        process = subprocess.Popen(command, env=os.environ | own, cwd=bench_ingest.ROOT)
        stack.callback(bench_ingest._stop, process)
        bench_ingest._wait_for(port)
        return cls(port, process.pid, (process.pid, postgres.pid, valkey.pid), bench_ingest.Made(folder))

    def megabytes(self) -> float:
        """Memory of the front door alone: resident, and its children's."""
        return sum(_resident(pid) for pid in (self.pid, *_children(self.pid)))


def _resident(pid: int) -> float:
    for text in Path(f"/proc/{pid}/status").read_text().splitlines():
        if text.startswith("VmRSS"):
            return int(text.split()[1]) / 1024
    return 0.0


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


# --- a crowd ----------------------------------------------------------------------------------------------------------


def one(server: Server, arm: Arm, args: argparse.Namespace) -> dict[str, float]:
    """One turn of one arm."""
    import uvloop

    requests = server.made.photos(PHOTO, int(args.seconds * 3000))
    before, memory = cost.cpu(server.pids), server.megabytes()
    seen, seconds = uvloop.run(crowd(server.port, requests, arm, args.seconds))
    spent, grown = cost.cpu(server.pids) - before, server.megabytes() - memory
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
    seen, began = Seen(), time.perf_counter()
    await asyncio.gather(*(_phone(seen, port, requests, arm, began + seconds) for _ in range(arm.phones)))
    return seen, time.perf_counter() - began


async def _phone(seen: Seen, port: int, requests: Iterator[line.Request], arm: Arm, until: float) -> None:
    loop, open_line, photo = asyncio.get_running_loop(), None, None
    while (began := time.perf_counter()) < until:
        photo = photo or next(requests)
        if open_line is None or not open_line.open:
            _, open_line = await loop.create_connection(line._Line, "127.0.0.1", port)
        status = await open_line.ask(photo)
        seen.statuses[status] += 1
        if status == 201:
            seen.waits.append(time.perf_counter() - began)
            photo = None
            await asyncio.sleep(arm.pause)
        else:
            told = _retry_after(open_line._answer) if arm.obedient else 0.02
            await asyncio.sleep(min(told, until - time.perf_counter()))
    if open_line is not None:
        open_line.transport.close()


def _retry_after(answer: bytearray) -> float:
    _, found, rest = answer.lower().partition(b"retry-after:")
    return float(rest.split(b"\r\n", 1)[0]) if found else 1.0


# --- bad lines --------------------------------------------------------------------------------------------------------


@dataclass
class Slow:
    """The phones on bad lines, and how many of them are still sending."""

    alive: int = 0


async def slow_phones(server: Server, count: int) -> dict[str, float]:
    """So many photos at once, each at 20 kbit/s; the most memory the process had, and what it still did for others."""
    before, slow = server.megabytes(), Slow()
    tasks = []
    for photo in server.made.photos(PHOTO, count):
        tasks.append(asyncio.create_task(_slow_phone(slow, server.port, photo)))
        await asyncio.sleep(0.002)
    await asyncio.sleep(6.0)
    requests = server.made.photos(PHOTO, 3000)
    others, seconds = await crowd(server.port, requests, Arm("beside them", 4, pause=0.02), 3.0)
    most, alive = server.megabytes(), slow.alive
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {"phones": count, "alive": alive, "before_mb": before, "most_mb": most, "others": others.good / seconds}


async def _slow_phone(slow: Slow, port: int, photo: line.Request) -> None:
    """One photo a little at a time, from its beginning wherever the line was ended."""
    loop = asyncio.get_running_loop()
    head, common, _ = photo
    while True:
        transport, one_line = await loop.create_connection(line._Line, "127.0.0.1", port)
        transport.write(head)
        slow.alive += 1
        try:
            for start in range(0, len(common), STEP_BYTES):
                transport.write(memoryview(common)[start : start + STEP_BYTES])
                await asyncio.sleep(STEP_SECONDS)
                if not one_line.open:
                    break
        finally:
            slow.alive -= 1
            transport.abort()
        await asyncio.sleep(_retry_after(one_line._answer))


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
    full, ten, alone, two = (figures[name] for name in ("capacity", "tenfold", "unloaded", "two"))
    lines += [
        "",
        f"Goodput with ten times the phones: {ten['per_s'] / full['per_s']:.0%} of capacity; p99 of what was taken"
        f" {ten['wait_ms_p99'] / alone['wait_ms_p99']:.1f} times the unloaded,"
        f" {ten['wait_ms_p99'] / full['wait_ms_p99']:.1f} times that at capacity.",
        f"Two processes cost {two['cpu_us'] / full['cpu_us']:.2f} times one, a photo.",
    ]
    if slow:
        lines.append(
            f"{slow['phones']:,} phones at 20 kbit/s each: {slow['most_mb']:.0f} MB at most (before:"
            f" {slow['before_mb']:.0f} MB), {slow['alive']:,} still sending at the end, {slow['others']:.0f} photos"
            " a second of 4 others beside them."
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.path.insert(0, str(bench_ingest.ROOT))
    main()
