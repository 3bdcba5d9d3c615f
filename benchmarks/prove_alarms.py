"""Changes made in SQL behind the engine's back, on a running small election: how many seconds until `suara watch` says.

  python benchmarks/prove_alarms.py [--port 8700] [--tps 24] [--keep] [--json FILE]

Starts `suara up --demo` and `suara watch` on its public address. Once the night is counted and the watcher has found
nothing, an area's totals are changed, then a leaf of the journal with its hash; each time the publisher is made to
write anew, as whoever changes figures would want. Told is the time from the change to the alarm, or to the scrubber's
finding where the change was put right before anybody could see it. Prints Markdown.
"""

import argparse
import asyncio
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.request import urlopen

import asyncpg
import msgspec

from storage.opened import open_storage
from storage.settings import Settings

LIMIT = 60.0
"""Seconds that issue 6 gives."""

CALM = 20.0
"""Seconds in which a watcher must find nothing before anything is changed."""

AGAIN = "insert into published.repair values ('ppwp', 1) on conflict (contest) do update set count = repair.count + 1"


class Alarms:
    """`suara watch` in a process, its lines as they come."""

    def __init__(self, place: str, state: Path) -> None:
        command = [sys.executable, "-m", "suara", "watch", place, "--contest", "ppwp", "--json", "--state", str(state)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.told: list[tuple[float, dict]] = []
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self) -> None:
        for line in self.process.stdout or ():
            self.told.append((time.monotonic(), json.loads(line)))

    def rounds(self) -> int:
        return sum(one["event"] == "round" for _, one in self.told)

    def since(self, moment: float) -> Iterator[tuple[float, dict]]:
        return ((at, one) for at, one in list(self.told) if at >= moment and one["event"] == "alarm")

    def open(self) -> int:
        return next((one["open"] for _, one in reversed(self.told) if one["event"] == "round"), 0)


def until(what: str, ready, patience: float) -> None:  # noqa: ANN001
    """Waits. Raises SystemExit."""
    end = time.monotonic() + patience
    while not ready():
        if time.monotonic() > end:
            raise SystemExit(f"waited {patience:.0f} s in vain: {what}")
        time.sleep(0.5)


def cursor(place: str) -> int:
    try:
        with urlopen(f"{place}/v1/ppwp/cursor.json", timeout=5) as answer:
            return json.load(answer)["cursor"]
    except OSError:
        return 0


async def totals(pool: asyncpg.Pool) -> str:
    """500 votes more for somebody in the nation."""
    await pool.execute("update published.area set totals[1] = totals[1] + 500 where contest = 'ppwp' and kode = '0'")
    await pool.execute(AGAIN)
    await pool.execute("select pg_notify('published', 'ppwp')")
    return "totals of the nation"


async def leaf(pool: asyncpg.Pool) -> str:
    """A decision's figures, with the leaf's hash."""
    row = await pool.fetchrow(
        "select number, leaf from journal.event where journal = 'ppwp' and kind = 'block_counted' "
        "and block = 'suara' order by number limit 1"
    )
    told = msgspec.json.decode(row["leaf"])
    told["figures"][0] += 100
    changed = msgspec.json.encode(told, order="sorted")
    digest = sha256(b"\0" + changed).digest()
    async with pool.acquire() as line:
        await line.execute("set session_replication_role = replica")  # triggers that forbid it do not run
        await line.execute(
            "update journal.event set leaf = $1, leaf_hash = $2 where journal = 'ppwp' and number = $3",
            changed, digest, row["number"],
        )  # fmt: skip
        await line.execute("set session_replication_role = origin")
    await pool.execute(AGAIN)
    await pool.execute("select pg_notify('published', 'ppwp')")
    return f"leaf {row['number']} of the journal"


async def scrubbed(pool: asyncpg.Pool) -> set[int]:
    return {row["id"] for row in await pool.fetch("select id from watch.finding")}


async def prove(data: Path, alarms: Alarms) -> list[dict]:
    found = []
    async with await open_storage(Settings(data_dir=data)) as storage:
        for change in (totals, leaf):
            known, began = await scrubbed(storage.pool), time.monotonic()
            what = await change(storage.pool)
            watch = scrub = None
            while time.monotonic() - began < LIMIT and (watch is None or scrub is None):
                first = next(alarms.since(began), None)
                if first and watch is None:
                    watch = (round(first[0] - began, 1), f"{first[1]['code']} {first[1].get('field', '')}".strip())
                if scrub is None and await scrubbed(storage.pool) - known:
                    scrub = round(time.monotonic() - began, 1)
                await asyncio.sleep(0.2)
            found.append({"what": what, "watch": watch, "scrubber_s": scrub})
            until("alarms end", lambda: not alarms.open(), LIMIT) if change is totals else None
    return found


def table(result: dict) -> str:
    lines = [
        "## Changes in SQL, until they are noticed",
        "",
        f"`suara up --demo` with {result['tps']} TPS. In {CALM:.0f} s before any change `suara watch` said nothing.",
        "",
        "| changed | `suara watch` | scrubber |",
        "| --- | ---: | ---: |",
    ]
    for one in result["changes"]:
        watch = (
            "put right before it was published" if one["watch"] is None else f"{one['watch'][0]} s ({one['watch'][1]})"
        )
        scrub = "–" if one["scrubber_s"] is None else f"{one['scrubber_s']} s"
        lines.append(f"| {one['what']} | {watch} | {scrub} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--tps", type=int, default=24)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="suara-alarms-"))
    place, data = f"http://127.0.0.1:{args.port}", folder / "data"
    command = [
        sys.executable, "-m", "suara", "up", "--demo", "--data", str(data), "--tps", str(args.tps), "--others", "0",
        "--speed", "max", "--port", str(args.port),
    ]  # fmt: skip
    running = [subprocess.Popen(command, stdout=(folder / "up.log").open("w"), stderr=subprocess.STDOUT)]
    try:
        until("something is published", lambda: cursor(place) > 9 * args.tps, 600)
        alarms = Alarms(place, folder / "watched")
        running.append(alarms.process)
        until("the watcher looks", lambda: alarms.rounds() > 3, 120)
        time.sleep(CALM)
        if early := [one for _, one in alarms.told if one["event"] == "alarm"]:
            raise SystemExit(f"alarms before any change: {early[:3]}")
        result = {"bench": "alarms", "tps": args.tps, "changes": asyncio.run(prove(data, alarms))}
    finally:
        for process in reversed(running):
            process.send_signal(signal.SIGINT)
        for process in reversed(running):
            process.wait(60)
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)
    if args.json:
        args.json.write_text(json.dumps(result, indent=2))
    print(table(result))


if __name__ == "__main__":
    main()
