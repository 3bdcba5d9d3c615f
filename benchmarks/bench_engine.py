"""The engine on a night's journal: replay, restart from a snapshot, and how soon a committed event can be read.

  python benchmarks/bench_engine.py [--tps 20000] [--seconds 20] [--json FILE]

The journal is invented and holds everything that a real one does: photos, a look at each, the officer's figures,
decisions, 9 events a record of the president's contest: there is nothing left to judge, and nothing is judged.
Latency: a process of its own appends records through the journal's front, as many a second as said, then in bursts;
another asks, every few milliseconds, which number the read API answers and which one the published tables hold.
"""

import argparse
import asyncio
import gc
import json
import multiprocessing
import socket
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from written_night import events, rows_of, write

from election import bundle as bundles
from election.bundle import Bundle
from election.clock import system_clock
from recap import reads, snapshot
from recap.engine import ContestEngine
from recap.reads_view import Counted
from recap.service import COMPANIONS
from storage.draft import Row
from storage.embedded import start_postgres, start_valkey
from storage.opened import Storage, open_storage
from storage.settings import Settings

KEY = "ppwp"
NATION = 823_236
"""TPS of 2024, at 9 events each."""

EVENTS = 9
POLL = 0.003
BURST = 1_000
"""Records at once."""

Figures = dict[str, Any]


def main() -> None:
    """Start servers, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tps", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="of the sustained load")
    parser.add_argument("--rate", type=int, default=200, help="records a second")
    parser.add_argument("--bursts", type=int, default=5)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="suara-bench-") as name:
        folder = Path(name)
        with start_postgres(folder / "pg") as postgres, start_valkey(folder / "valkey") as valkey:
            settings = Settings(data_dir=folder / "data", database_url=postgres.url, redis_url=valkey.url)
            figures = asyncio.run(measured(settings, folder, args))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))
    print(table(figures))


class Following(ContestEngine):
    """An engine with nothing to judge: the journal that it follows has the decisions already."""

    async def judge_some(self) -> None:
        """Passes over what is owed."""
        self.owed.done(self.owed.take(1_000, 1_000), ())


async def measured(settings: Settings, folder: Path, args: argparse.Namespace) -> Figures:
    """Every figure."""
    load = int(args.rate * args.seconds) + (args.bursts + 1) * BURST
    bundle = bundles.make(folder / "bundle", seed=7, tps=args.tps + load)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)  # as the role has it
    async with await open_storage(settings) as storage:
        async with storage.pool.acquire() as line:
            size = await write(line, KEY, events(bundle, KEY, range(args.tps)))
            await line.execute("vacuum analyze journal.event")
        replayed = await replay(bundle, storage, folder, size)
        restarted = await restart(bundle, storage, folder)
    latency = await under_load(bundle, settings, folder, args, size)
    return {"tps": args.tps, "events": size, "rate": args.rate, **replayed, **restarted, **latency}


async def replay(bundle: Bundle, storage: Storage, folder: Path, size: int) -> Figures:
    """From the journal's start, twice: the first warms up."""
    seconds = []
    for turn in range(3):
        engine = ContestEngine(bundle, storage, KEY, snapshots=folder / f"replay-{turn}", clock=system_clock)
        started = time.perf_counter()
        await engine.catch_up()
        seconds.append(time.perf_counter() - started)
        assert engine.state.number == size
    snapshot.save(folder / "snapshots" / f"{KEY}.recap", engine._snapshot())
    return {"replay_s": seconds[1:], "replay_events_s": size / min(seconds[1:])}


async def restart(bundle: Bundle, storage: Storage, folder: Path) -> Figures:
    """From a snapshot to the first question answered."""
    engine = ContestEngine(bundle, storage, KEY, snapshots=folder / "snapshots", clock=system_clock)
    started = time.perf_counter()
    engine.thaw()
    await engine.catch_up()
    await engine.cutter.begin()
    return {"restart_s": time.perf_counter() - started}


async def under_load(bundle: Bundle, settings: Settings, folder: Path, args: argparse.Namespace, size: int) -> Figures:
    """The engine serves in a process of its own; this one asks; a third appends."""
    port = _free_port()
    context = multiprocessing.get_context("spawn")
    engine = context.Process(target=_serve, args=(settings, folder, port), daemon=True)
    engine.start()
    line = await asyncpg.connect(settings.database_url)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        asked = {"read API": _read_number(session), "published tables": _published_number(line)}
        await _until(asked, size)
        sender, other = context.Pipe()
        writer = context.Process(target=_write, args=(settings, folder, args, size, other), daemon=True)
        writer.start()
        seen = asyncio.create_task(_watch(asked, size))
        marks = await asyncio.to_thread(_marks, sender)
        last = max(number for kind in marks.values() for number, _ in kind)
        await _until(asked, last)
        seen.cancel()
        await asyncio.gather(seen, return_exceptions=True)
    writer.join()
    engine.terminate()
    engine.join()
    await line.close()
    return {
        kind: {name: _percentiles(found, watched[name]) for name in asked}
        for kind, found in marks.items()
        for watched in (SEEN,)
    }


SEEN: dict[str, list[tuple[int, float]]] = {}
"""What was watched: number, and when it was first seen (monotonic)."""


def _serve(settings: Settings, folder: Path, port: int) -> None:
    async def inside() -> None:
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        bundle = bundles.load(folder / "bundle")
        async with await open_storage(settings) as storage:
            engine = Following(
                bundle, storage, KEY, snapshots=folder / "snapshots", clock=system_clock, takes=COMPANIONS
            )
            counted = {KEY: Counted(engine.state, engine.hours)}
            await asyncio.gather(engine.run(), reads.serve(bundle, counted, port=port))

    import uvloop

    uvloop.run(inside())


def _write(settings: Settings, folder: Path, args: argparse.Namespace, size: int, pipe: Any) -> None:  # noqa: ANN401
    """Appends records at a steady rate, then in bursts; says the last number of each commit, and when it was."""

    async def inside() -> None:
        bundle = bundles.load(folder / "bundle")
        total = bundle.tree.n_tps - args.tps
        rows = list(rows_of(events(bundle, KEY, range(args.tps, args.tps + total), size + 1)))
        async with await open_storage(settings) as storage:
            journal = storage.journal(KEY)
            marks: dict[str, list[tuple[int, float]]] = {"sustained": [], "bursts": []}
            at, tick = 0, 0.02
            start = time.monotonic()
            for turn in range(int(args.seconds / tick)):
                await asyncio.sleep(max(0.0, start + turn * tick - time.monotonic()))
                upto = int((turn + 1) * tick * args.rate) * EVENTS
                marks["sustained"].append(await _append(journal.settle, rows[at:upto], size + upto))
                at = upto
            for _ in range(args.bursts):
                await asyncio.sleep(2.0)
                upto = at + BURST * EVENTS
                # as a thousand phones would: each waits for its own commit
                steps = range(at, upto, EVENTS * 50)
                found = [_append(journal.settle, rows[i : i + EVENTS * 50], size + i + EVENTS * 50) for i in steps]
                marks["bursts"] += await asyncio.gather(*found)
                at = upto
            pipe.send(marks)

    asyncio.run(inside())


async def _append(
    settle: Callable[[Sequence[Row]], Awaitable[Sequence[Any]]], rows: Sequence[Row], last: int
) -> tuple[int, float]:
    found = await settle(rows)
    assert not rows or found[-1].number == last, found[-1]
    return last, time.monotonic()


def _marks(pipe: Any) -> dict[str, list[tuple[int, float]]]:  # noqa: ANN401 — a pipe's end
    found: dict[str, list[tuple[int, float]]] = pipe.recv()
    return found


def _read_number(session: aiohttp.ClientSession) -> Callable[[], Awaitable[int]]:
    async def ask() -> int:
        try:
            async with session.get(f"/v1/contests/{KEY}/areas/0") as answer:
                return int((await answer.json())["cut"]["number"])
        except aiohttp.ClientError:
            return -1

    return ask


def _published_number(line: asyncpg.Connection) -> Callable[[], Awaitable[int]]:
    async def ask() -> int:
        return await line.fetchval("select totals from published.cut where contest = $1", KEY) or -1

    return ask


async def _until(asked: dict[str, Callable[[], Awaitable[int]]], number: int) -> None:
    while True:
        if min([await ask() for ask in asked.values()]) >= number:
            return
        await asyncio.sleep(0.05)


async def _watch(asked: dict[str, Callable[[], Awaitable[int]]], size: int) -> None:
    async def one(name: str, ask: Callable[[], Awaitable[int]]) -> None:
        seen = SEEN.setdefault(name, [(size, time.monotonic())])
        while True:
            number = await ask()
            if number > seen[-1][0]:
                seen.append((number, time.monotonic()))
            await asyncio.sleep(POLL)

    await asyncio.gather(*(one(name, ask) for name, ask in asked.items()))


def _percentiles(marks: Sequence[tuple[int, float]], seen: Sequence[tuple[int, float]]) -> dict[str, float]:
    """Of each commit, the time until its last number was seen, in milliseconds."""
    waits, at = [], 0
    for number, committed in sorted(marks):
        while at < len(seen) and seen[at][0] < number:
            at += 1
        if at < len(seen):
            waits.append(max(0.0, (seen[at][1] - committed) * 1000))
    cuts = statistics.quantiles(waits, n=100)
    return {"p50": cuts[49], "p99": cuts[98], "max": max(waits), "n": len(waits)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def table(figures: Figures) -> str:
    """Markdown."""
    rate = figures["replay_events_s"]
    nation = NATION * EVENTS / rate
    lines = [
        "## The engine on a night's journal",
        "",
        f"The president's contest, {figures['tps']:,} TPS, {figures['events']:,} events (photos, looks, readings, "
        "decisions).",
        "",
        "| | |",
        "| --- | ---: |",
        f"| replay from the start | {rate:,.0f} events/s |",
        f"| so a nation's {NATION * EVENTS:,} events | {nation:,.0f} s |",
        f"| restart from a snapshot | {figures['restart_s']:.2f} s |",
        "",
        "| committed → total readable | p50 ms | p99 ms | worst ms |",
        "| --- | ---: | ---: | ---: |",
    ]
    titles = {"sustained": f"{figures['rate']} records/s", "bursts": f"{BURST:,} records at once"}
    for kind, title in titles.items():
        for name, found in figures[kind].items():
            lines.append(f"| {title}, {name} | {found['p50']:.0f} | {found['p99']:.0f} | {found['max']:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
