"""The publisher under the night's load: every contest, records from all over, beside plain writes of the same bytes.

  python benchmarks/bench_publisher.py [--seconds 12] [--rate 200] [--burst 1000] [--tps 10000] [--json FILE]

Prints Markdown. Each second so many records are counted, spread over the five contests of a general election and over
random TPS; then the publisher has its turn. What journal and engine take is not counted. Pictures are left out: they
are bytes and a sync each, and the disk's affair. The bursts come at the end, all records in one cut a contest.
Most of its time goes to engines and journals, which make the night: some three minutes.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PROVINSI, KABUPATEN, KECAMATAN, KELURAHAN = 2, 20, 200, 1_000
"""A fiftieth of the nation: a kecamatan has seldom two records of a contest in one second, as in the nation."""

BURSTS = 2

NATION_AREAS = 92_000
"""Of the nation, all levels: what its first write is reckoned from."""

PROCESSES = (("ppwp", "pdpd"), ("pdpr",), ("pdprdp", "pdprdk"))
"""One process each: `suara publish --contests`."""


async def measure(seconds: int, rate: int, burst: int, tps: int) -> dict[str, object]:
    """All figures of one run."""
    from public_night import CONTESTS, Evening, Watched

    from election import bundle as bundles
    from publisher.site import Site
    from storage.embedded import start_postgres, start_valkey
    from storage.opened import open_storage
    from storage.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        bundle = bundles.make(
            root / "bundle", seed=3, provinsi=PROVINSI, kabupaten=KABUPATEN, kecamatan=KECAMATAN, kelurahan=KELURAHAN,
            tps=tps, contests=CONTESTS,
        )  # fmt: skip
        with start_postgres(root / "pg") as postgres, start_valkey(root / "valkey") as valkey:
            settings = Settings(data_dir=root / "data", database_url=postgres.url, redis_url=valkey.url)
            async with await open_storage(settings) as storage:
                site, shown = Site(bundle, bundle.live), Watched(root / "public")
                evenings = [Evening(bundle, storage, key, root, site, shown) for key in CONTESTS]
                first, own = Meter(shown.sizes), {key: Meter(shown.sizes) for key in CONTESTS}
                for evening in evenings:
                    await first.turn(evening.begin())
                bursts = []
                for second in range(seconds):
                    for i, evening in enumerate(evenings):
                        await evening.send(share(rate, len(evenings), i + second))
                        await own[evening.key].turn(evening.follower.catch_up())
                for _ in range(BURSTS):
                    for i, evening in enumerate(evenings):
                        await evening.send(share(burst, len(evenings), i))
                    one = Meter(shown.sizes)
                    for evening in evenings:
                        await one.turn(evening.follower.catch_up())
                    bursts.append(one)
        areas = bundle.tree.n_areas
    return {
        "bench": "publisher", "tps": tps, "areas": areas, "contests": len(CONTESTS), "rate": rate, "seconds": seconds,
        "first": first.told(), "sustained": sustained(own, rate, seconds),
        "burst": {**median(bursts), "records": burst, "of": len(bursts)},
    }  # fmt: skip


def share(whole: int, parts: int, i: int) -> int:
    """How many of `whole` part `i` has, rests dealt out."""
    return whole // parts + (i % parts < whole % parts)


def sustained(own: dict[str, "Meter"], rate: int, seconds: int) -> dict[str, object]:
    """All contests' turns together, each contest by itself, and shared out among processes."""
    night = Meter([])
    for meter in own.values():
        night.cpu += meter.cpu
        night.walls += meter.walls
        night.sizes += meter.sizes
    shares = {key: sum(share(rate, len(own), i + second) for second in range(seconds)) for i, key in enumerate(own)}
    processes = [("all",), *PROCESSES]
    return {
        **night.told(), **night.rates(rate * seconds),
        "each": {key: round(shares[key] / meter.cpu) for key, meter in own.items()},
        "processes": [
            {"contests": keys, **together([own[key] for key in (own if keys == ("all",) else keys)], seconds)}
            for keys in processes
        ],
    }  # fmt: skip


def together(meters: list["Meter"], seconds: int) -> dict[str, object]:
    """What one process has that keeps these contests: the cuts of a second, and how long until all is written."""
    walls = [sum(turns) for turns in zip(*(meter.walls for meter in meters), strict=True)]
    cuts = statistics.quantiles(walls, n=100, method="inclusive")
    return {
        "cpu_share": round(sum(meter.cpu for meter in meters) / seconds, 2),
        "p50_ms": round(cuts[49] * 1000), "p99_ms": round(cuts[98] * 1000),
    }  # fmt: skip


class Meter:
    """What turns of a publisher take and leave behind."""

    def __init__(self, shown: list[int]) -> None:
        self.shown, self.cpu = shown, 0.0
        self.walls: list[float] = []
        self.sizes: list[int] = []

    async def turn(self, work: Awaitable[object]) -> None:
        """Await `work`, watched."""
        self.shown.clear()
        wall, cpu = time.perf_counter(), time.process_time()
        await work
        self.walls.append(time.perf_counter() - wall)
        self.cpu += time.process_time() - cpu
        self.sizes += self.shown

    def told(self) -> dict[str, object]:
        """Plain figures."""
        return {
            "wall_s": round(sum(self.walls), 2), "cpu_s": round(self.cpu, 2), "files": len(self.sizes),
            "mb": round(sum(self.sizes) / 1e6, 1), "plain_s": round(plain(self.sizes), 2),
        }  # fmt: skip

    def rates(self, records: int) -> dict[str, object]:
        """Records a CPU second, and how long a contest's turn takes."""
        cuts = statistics.quantiles(self.walls, n=100)
        return {
            "records": records, "records_per_cpu_s": round(records / self.cpu),
            "turn_p50_ms": round(cuts[49] * 1000), "turn_p99_ms": round(cuts[98] * 1000),
        }  # fmt: skip


def median(meters: list[Meter]) -> dict[str, object]:
    """The middle one by wall time."""
    return sorted(meters, key=lambda one: sum(one.walls))[len(meters) // 2].told()


def plain(sizes: list[int]) -> float:
    """Seconds to write as many files of the same sizes with nothing but open, write and close."""
    with tempfile.TemporaryDirectory() as folder:
        blob = os.urandom(max(sizes, default=0))
        began = time.perf_counter()
        for i, size in enumerate(sizes):
            with Path(f"{folder}/{i}").open("wb", buffering=0) as file:
                file.write(memoryview(blob)[:size])
        return time.perf_counter() - began


def table(result: dict) -> str:
    """The figures as Markdown."""
    night, burst, first = result["sustained"], result["burst"], result["first"]
    lines = [
        "## The publisher",
        "",
        f"{result['contests']} contests over {result['tps']:,} TPS in {result['areas']:,} areas. Everything that a "
        "record changes is written: Sirekap's documents, ours, the pages, each level up to the nation. "
        "One process; journal and engine are not counted.",
        "",
        "| | records | CPU | wall | records a CPU second | files | MB | plain writes of the same |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        f"| the empty tree | 0 | {first['cpu_s']:.1f} s | {first['wall_s']:.1f} s | – | {first['files']:,} | "
        f"{first['mb']:.0f} | {first['plain_s']:.1f} s |",
        f"| {result['rate']} records/s for {result['seconds']} s | {night['records']:,} | {night['cpu_s']:.1f} s | "
        f"{night['wall_s']:.1f} s | {night['records_per_cpu_s']:,} | {night['files']:,} | {night['mb']:.0f} | "
        f"{night['plain_s']:.1f} s |",
        f"| a burst | {burst['records']:,} | {burst['cpu_s']:.2f} s | {burst['wall_s']:.2f} s | "
        f"{burst['records'] / burst['cpu_s']:,.0f} | {burst['files']:,} | {burst['mb']:.0f} | "
        f"{burst['plain_s']:.2f} s |",
        "",
        f"From a contest's cut to its last file: p50 {night['turn_p50_ms']} ms, p99 {night['turn_p99_ms']} ms. "
        "Records a CPU second: " + ", ".join(f"{key} {each:,}" for key, each in night["each"].items()) + ".",
        "",
        "| a process for | CPU of a core | all of a second's cuts written, p50 | p99 |",
        "| --- | ---: | ---: | ---: |",
        *(
            f"| {' '.join(one['contests'])} | {one['cpu_share']:.0%} | {one['p50_ms']:,} ms | {one['p99_ms']:,} ms |"
            for one in night["processes"]
        ),
        "",
        "Shares above 100 % do not keep up. Contests share no file that changes: what a process of fewer contests "
        "takes is added up from the same turns, which ran one after another.",
        "",
        f"The nation's first write, {NATION_AREAS:,} areas in as many contests, reckoned from the {result['areas']:,} "
        f"here: {first['cpu_s'] * NATION_AREAS / result['areas'] / 60:,.0f} min of CPU, "
        f"{first['files'] * NATION_AREAS // result['areas']:,} files.",
    ]
    return "\n".join(lines)


def main() -> int:
    """Prints the table."""
    sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=12)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--burst", type=int, default=1000)
    parser.add_argument("--tps", type=int, default=10_000)
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    result = asyncio.run(measure(args.seconds, args.rate, args.burst, args.tps))
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")
    print(table(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
