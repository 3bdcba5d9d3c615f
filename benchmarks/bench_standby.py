"""The standby: how long a cut takes to be readable there, what following costs the primary, rebuilding, checking.

  python benchmarks/bench_standby.py [--seconds 20] [--rounds 3] [--records 200000] [--json FILE]

Cuts are written as recapitulation writes them (five contests side by side, one transaction a cut, not waiting for the
disk): 200 records/s, then bursts of 1,000 records. A cut's lag is from its commit to the moment at which the copy
shows its number, looked for every 5 ms. The primary's CPU is that of all its processes, in rounds with and
without a subscriber that take turns. Rebuilding copies as many records as --records says. The check is of a log of
--checked TPS with nine entries each, against the rows that follow from it.
"""

import argparse
import asyncio
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from cost import cpu
from national_log import national
from published_log import publish

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from election import bundle as bundles
from election.clock import system_clock
from publisher.standby import address, primary
from publisher.standby import copy as copies_of
from publisher.standby.check import check
from publisher.standby.copies import Copies
from publisher.standby.primary import Primary
from publisher.standby.rebuild import rebuild, still
from storage.embedded import REPLICATOR, Server, start_postgres, start_standby
from storage.migrate import migrate

CONTESTS = ("ppwp", "pdpr", "pdpd", "pdprdp", "pdprdk")
LOOK = 0.005

CUT = """
with rows as (
    insert into published.block as b (contest, tps, block, state, number, decision, figures, read, reasons, at, version)
    select $1, (3201010000000 + $2::bigint + i)::text, k, 'counted', $4::bigint, $4::bigint, array_fill(i, array[12]),
        array_fill(i, array[12]), '{}', '2029-02-14T12:00:00.000Z', 1
    from generate_series(1, $3::int) i, unnest(array['suara', 'administrasi']) k
    on conflict (contest, tps, block) do update set number = excluded.number, decision = excluded.decision),
areas as (
    insert into published.area as a (contest, kode, tingkat, number, tps, totals, held, residuals)
    select $1, (1000000000 + i)::text, 4, $4::bigint, 10, array_fill(i::bigint, array[30]),
        array_fill(0::bigint, array[30]), array_fill(0::bigint, array[60])
    from generate_series(1, least($3::int * 2, 500)) i
    on conflict (contest, kode) do update set number = excluded.number, totals = excluded.totals)
insert into published.cut (contest, number, at, totals) values ($1, $4::bigint, 'now', $4::bigint)
on conflict (contest) do update set number = excluded.number, totals = excluded.totals"""
FILL = """
insert into published.block (contest, tps, block, state, number, decision, figures, read, reasons, at, version)
select 'ppwp', (1100000000000 + i)::text, k, 'counted', 1, 1, array_fill(i % 300, array[12]),
    array_fill(i % 300, array[12]), '{}', '2029-02-14T12:00:00.000Z', 1
from generate_series($1::int, $2::int) i, unnest(array['suara', 'administrasi']) k"""


def main() -> None:
    """Start both servers, measure, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="of steady load, a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--records", type=int, default=200_000, help="that are rebuilt; the nation's ppwp has 823,236")
    parser.add_argument("--checked", type=int, default=50_000, help="TPS of the log that is checked")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="suara-bench-") as name:
        folder = Path(name)
        with start_postgres(folder / "pg") as first, start_standby(folder / "standby") as second:
            figures = asyncio.run(measure(first, second, args))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2))
    print(table(figures))


async def measure(first: Server, second: Server, args: argparse.Namespace) -> dict[str, Any]:
    """Everything, one after the other."""
    async with lines(first, second) as (admin, to, copies):
        following = address.other(first.url, user=REPLICATOR)
        await rebuild(to, copies, following, system_clock)
        copy = await copies.current()
        assert copy is not None
        line = await copies_of.line(copies, copy)
        load = Load(first.url, line)
        await load.steady(3.0)  # warm
        rounds = [await turn(load, copies, copy, first, args.seconds) for _ in range(args.rounds)]
        load.lags.clear()
        await load.bursts(10)
        bursts = spread(load.lags)
        await line.close()
        rebuilt = await rebuilding(admin, to, copies, following, args.records)
        checked = await checking(admin, to, copies, following, args.checked)
    return {
        "steady": spread([lag for one in rounds for lag in one["lags"]]),
        "bursts": bursts,
        "cpu": {arm: statistics.median(one[arm] for one in rounds) for arm in ("with", "without")},
        "rebuild": rebuilt,
        "check": checked,
        "rounds": args.rounds, "seconds": args.seconds,
    }  # fmt: skip


@asynccontextmanager
async def lines(first: Server, second: Server) -> AsyncIterator[tuple[asyncpg.Connection, Primary, Copies]]:
    """Lines to both servers, which are prepared."""
    admin = await asyncpg.connect(first.url)
    await migrate(admin)
    await primary.prepare(first.url)
    to = await Primary.connect(address.other(first.url, user=REPLICATOR))
    own = await asyncpg.connect(second.url)
    yield admin, to, await Copies.of(own, second.url)
    for line in (own, to.line, admin):
        await line.close()


class Load:
    """Cuts of five contests, and when each is readable at the copy."""

    def __init__(self, url: str, copy: asyncpg.Connection) -> None:
        self._url, self._copy = url, copy
        self.number, self.records = 0, 0
        self.lags: list[float] = []
        self._sent: dict[tuple[str, int], float] = {}

    async def steady(self, seconds: float, records: int = 200, every: float = 0.5) -> None:
        """`records` a second over the five contests, a cut of each every `every` seconds."""
        await self._run(seconds, int(records * every / len(CONTESTS)), every)

    async def bursts(self, count: int) -> None:
        """A thousand records of each of two contests at once, every two seconds."""
        await self._run(count * 2.0, 1_000, 2.0, CONTESTS[:2])

    async def _run(self, seconds: float, size: int, every: float, contests: tuple[str, ...] = CONTESTS) -> None:
        watch = asyncio.create_task(self._watch())
        end = time.perf_counter() + seconds
        await asyncio.gather(*(self._cuts(key, end, size, every) for key in contests))
        async with asyncio.timeout(30):
            while self._sent:  # noqa: ASYNC110 — the copy is what is waited for
                await asyncio.sleep(LOOK)
        watch.cancel()

    async def _cuts(self, key: str, end: float, size: int, every: float) -> None:
        line = await asyncpg.connect(self._url)
        await asyncio.sleep(every * CONTESTS.index(key) / len(CONTESTS))
        while time.perf_counter() < end:
            began = time.perf_counter()
            self.number += 1
            number, at = self.number, self.records
            self.records += size
            self._sent[key, number] = 0.0  # not committed yet
            async with line.transaction():
                await line.execute("set local synchronous_commit = off")
                await line.execute(CUT, key, at, size, number)
            self._sent[key, number] = time.perf_counter()
            await asyncio.sleep(max(0.0, began + every - time.perf_counter()))
        await line.close()

    async def _watch(self) -> None:
        while True:
            rows = dict(await self._copy.fetch("select contest, number from published.cut"))
            now = time.perf_counter()
            for (key, number), sent in list(self._sent.items()):
                if rows.get(key, 0) >= number and sent:
                    self.lags.append(max(0.0, now - sent))
                    del self._sent[key, number]
            await asyncio.sleep(LOOK)


async def turn(load: Load, copies: Copies, copy: Any, first: Server, seconds: float) -> dict[str, Any]:  # noqa: ANN401
    """One round: the primary's CPU under the same cuts with and without a subscriber."""
    load.lags.clear()
    assert first.pid is not None
    before = cpu([first.pid])
    await load.steady(seconds)
    used, lags = cpu([first.pid]) - before, list(load.lags)
    await still(copies, copy, on=False)
    await asyncio.sleep(1)
    before = cpu([first.pid])
    await unseen(load, seconds)
    alone = cpu([first.pid]) - before
    await still(copies, copy, on=True)
    await asyncio.sleep(3)
    return {"lags": lags, "with": used / seconds, "without": alone / seconds}


async def unseen(load: Load, seconds: float) -> None:
    """The same cuts, which nobody waits for at the copy: their own table of what was sent is dropped."""
    other = Load(load._url, load._copy)
    other.number, other.records = load.number, load.records
    size, every = 20, 0.5
    end = time.perf_counter() + seconds
    await asyncio.gather(*(other._cuts(key, end, size, every) for key in CONTESTS))
    load.number, load.records = other.number, other.records


async def rebuilding(
    admin: asyncpg.Connection, to: Primary, copies: Copies, following: str, records: int
) -> dict[str, float]:
    """Seconds until a new copy of so many records is read, while the old one goes on answering."""
    for start in range(0, records, 50_000):
        await admin.execute(FILL, start + 1, min(start + 50_000, records))
    began = time.perf_counter()
    await rebuild(to, copies, following, system_clock)
    seconds = time.perf_counter() - began
    size = await admin.fetchval("select pg_total_relation_size('published.block')")
    return {"records": records, "rows": records * 2, "seconds": seconds, "megabytes": size / 1e6}


async def checking(
    admin: asyncpg.Connection, to: Primary, copies: Copies, following: str, tps: int
) -> dict[str, float]:
    """Seconds that holding the standby against an invented log takes, and how much memory."""
    with tempfile.TemporaryDirectory(prefix="suara-bench-") as name:
        folder = Path(name)
        made = national(folder, tps, processes=1)
        bundle = bundles.make(folder / "b", seed=7, contests=("ppwp",), tps=tps)
        await admin.execute("truncate published.block, published.area, published.cut")
        await publish(admin, bundle, "ppwp", folder / "log")
        await rebuild(to, copies, following, system_clock)
        began = time.process_time()
        found = await check(bundle, "ppwp", copies.url, folder / "log")
        used = time.process_time() - began
        if not found.holds:
            raise SystemExit("\n".join(found.lines()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return {"tps": made["tps"], "entries": made["entries"], "seconds": found.seconds, "cpu": used, "megabytes": peak}


def spread(lags: list[float]) -> dict[str, float]:
    """Percentiles in seconds."""
    ordered = sorted(lags)

    def share(part: float) -> float:
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    return {"cuts": len(ordered), "p50": share(0.5), "p99": share(0.99), "max": ordered[-1]}


def table(figures: dict[str, Any]) -> str:
    """As Markdown."""
    lags = [
        f"| {name} | {one['cuts']} | {one['p50']:.3f} | {one['p99']:.3f} | {one['max']:.3f} |"
        for name, one in (
            ("200 records/s over five contests, a cut each every 0.5 s", figures["steady"]),
            ("bursts of 1,000 records, two contests at once", figures["bursts"]),
        )
    ]
    used, alone = figures["cpu"]["with"], figures["cpu"]["without"]
    rebuilt, told = figures["rebuild"], figures["check"]
    return "\n".join(
        [
            "## The standby",
            "",
            "| a cut is readable at the standby after | cuts | p50 s | p99 s | max s |",
            "| --- | ---: | ---: | ---: | ---: |",
            *lags,
            "",
            f"The primary's CPU under that steady load: {1000 * used:.0f} ms/s with a subscriber, "
            f"{1000 * alone:.0f} ms/s without ({100 * (used - alone) / alone:+.0f} %; medians of "
            f"{figures['rounds']} rounds of {figures['seconds']:.0f} s, which take turns).",
            "",
            f"Built anew beside the copy that is read: {rebuilt['records']:,} records "
            f"({rebuilt['rows']:,} rows of blocks, {rebuilt['megabytes']:.0f} MB with indexes) "
            f"in {rebuilt['seconds']:.1f} s.",
            "",
            f"Held against the log: {told['tps']:,} TPS, {told['entries']:,} entries in {told['seconds']:.1f} s, "
            f"{told['entries'] / told['seconds']:,.0f} entries/s "
            f"({1e6 * told['cpu'] / told['entries']:.0f} µs of CPU each), peak {told['megabytes']:.0f} MB.",
        ]
    )


if __name__ == "__main__":
    main()
