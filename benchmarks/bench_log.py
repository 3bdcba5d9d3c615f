"""From receipt to the public log: how long a photo's event waits until a witnessed head covers it.

  python benchmarks/bench_log.py [--rate 2500] [--seconds 60] [--json FILE]

The journals of five contests get `rate` scan_received events a second, appended in the groups in which the door's
flushes come, through the journal's own front. A process of `suara log` publishes, one of `suara witness` cosigns, and
this one looks at the published heads every few milliseconds. An event is included when a head that has the quorum's
cosignatures covers its number. Beside it, in the same run, what the same entries cost as plain files: the bytes of all
entries and hashes, written once without signing, hashing or naming anything.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from cost import cpu

from election import bundle as bundles
from election.event import ScanReceived
from storage.draft import Draft
from storage.embedded import start_postgres, start_valkey
from storage.opened import Storage, open_storage
from storage.settings import Settings
from suara.commands.up import WITNESS
from suara.commands.witness import key
from tlog.note import Checkpoint, parse

CONTESTS = ("ppwp", "pdpr", "pdpd", "pdprdp", "pdprdk")
FLUSHES = 20
"""A second and contest: the door commits together what came in some 50 ms."""

LOOK = 0.005
PORT = 18931
Figures = dict[str, Any]


def main() -> None:
    """Start servers and roles, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=2_500, help="events a second over all contests")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="suara-bench-") as name:
        data = Path(name)
        bundles.make(data / "bundle", seed=1, kabupaten=1, kecamatan=1, tps=20, contests=CONTESTS)
        with start_postgres(data / "pg") as postgres, start_valkey(data / "valkey") as valkey:
            settings = Settings(data_dir=data, database_url=postgres.url, redis_url=valkey.url)
            roles = _roles(data, settings)
            try:
                figures = asyncio.run(measured(settings, data, [role.pid for role in roles], postgres.pid or 0, args))
            finally:
                for role in roles:
                    role.terminate()
                    role.wait()
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))
    print(table(figures))


def _roles(data: Path, settings: Settings) -> list[subprocess.Popen[bytes]]:
    """The log and its witness, as `suara up` runs them."""
    signer = key(data / "witness", WITNESS)
    (data / "witnesses").write_text(f"witness ours {signer.verifier.text} http://127.0.0.1:{PORT}\nquorum ours\n")
    environment = {**os.environ, "DATABASE_URL": settings.database_url or "", "REDIS_URL": settings.redis_url or ""}
    policy = data / "public" / "log" / "policy"
    lines = (
        ("log", "--data", str(data)),
        ("witness", "--policy", str(policy), "--state", str(data / "witness"), "--name", WITNESS, "--port", str(PORT)),
    )
    with (data / "roles.log").open("wb") as said:
        return [
            subprocess.Popen([sys.executable, "-m", "suara", *line], env=environment, stdout=said, stderr=said)
            for line in lines
        ]


async def measured(
    settings: Settings, data: Path, roles: list[int], postgres: int, args: argparse.Namespace
) -> Figures:
    """Every figure."""
    async with await open_storage(settings) as storage:
        for name in CONTESTS:
            await storage.journal(name).append(*_drafts(0, 1))
        heads: dict[str, list[tuple[float, int]]] = {name: [] for name in CONTESTS}
        looking = asyncio.create_task(_look(data, heads))
        await _until(lambda: all(heads.values()), 60)
        committed: dict[str, list[tuple[float, int]]] = {name: [] for name in CONTESTS}
        before, began = (cpu(roles), cpu([postgres])), time.monotonic()
        await asyncio.gather(*(_append(storage, name, args, committed[name]) for name in CONTESTS))
        spent = time.monotonic() - began
        after = cpu(roles), cpu([postgres])
        await _until(lambda: all(heads[name][-1][1] >= committed[name][-1][1] for name in CONTESTS), 60)
        looking.cancel()
        waits = np.concatenate([_waits(committed[name], heads[name]) for name in CONTESTS])
        files = [path.read_bytes() for path in (data / "public" / "log").rglob("tile/**/*") if path.is_file()]
        plain = await asyncio.to_thread(_plain, data / "plain", files)
    return {
        "events": len(waits), "seconds": spent, "rate": len(waits) / spent,
        "p50": float(np.percentile(waits, 50)), "p99": float(np.percentile(waits, 99)), "max": float(waits.max()),
        "heads": sum(map(len, heads.values())), "files": len(files), "bytes": sum(map(len, files)),
        "cpu_roles": after[0] - before[0], "cpu_postgres": after[1] - before[1], "plain": plain,
        "ages": max(float(np.diff([at for at, _ in seen if at >= began]).max()) for seen in heads.values()),
    }  # fmt: skip


def _drafts(start: int, count: int) -> list[Draft]:
    at = "2029-02-14T13:00:00.000Z"
    return [
        Draft(event=ScanReceived(tps="1101012001001", at=at, page=1, sha256=os.urandom(32).hex(), size=200_000 + k))
        for k in range(start, start + count)
    ]


async def _append(storage: Storage, name: str, args: argparse.Namespace, committed: list[tuple[float, int]]) -> None:
    """Appends at the rate; keeps when each flush was acknowledged, and the last number of it."""
    journal, each = storage.journal(name), args.rate // len(CONTESTS) // FLUSHES
    began = time.monotonic()
    for flush in range(int(args.seconds * FLUSHES)):
        done = await journal.append(*_drafts(flush * each, each))
        committed.append((time.monotonic(), max(one.number for one in done)))
        await asyncio.sleep(max(0.0, began + (flush + 1) / FLUSHES - time.monotonic()))


async def _look(data: Path, heads: dict[str, list[tuple[float, int]]]) -> None:
    """Keeps when each head with a cosignature was seen first."""
    while True:
        for name, seen in heads.items():
            try:
                text, signatures = parse((data / "public" / "log" / name / "checkpoint").read_text())
            except OSError:
                continue
            size = Checkpoint.parse(text).size
            if len(signatures) > 1 and (not seen or seen[-1][1] < size):
                seen.append((time.monotonic(), size))
        await asyncio.sleep(LOOK)


def _waits(committed: list[tuple[float, int]], heads: list[tuple[float, int]]) -> np.ndarray:
    """Seconds from the acknowledgement of each event to the first head that covers it."""
    times, sizes = np.array([at for at, _ in heads]), np.array([size for _, size in heads])
    last, waits = 1, []
    for at, number in committed:
        numbers = np.arange(last + 1, number + 1)
        waits.append(times[np.searchsorted(sizes, numbers)] - at)
        last = number
    return np.maximum(np.concatenate(waits), 0.0)


def _plain(folder: Path, files: list[bytes]) -> float:
    """CPU seconds of writing these bytes as files."""
    folder.mkdir()
    before = time.process_time()
    for number, data in enumerate(files):
        (folder / str(number)).write_bytes(data)
    return time.process_time() - before


async def _until(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the log did not follow")
        await asyncio.sleep(0.02)


def table(of: Figures) -> str:
    """Markdown."""
    return f"""## From receipt to the public log

{of["events"]:,} photo events over {len(CONTESTS)} contests at {of["rate"]:,.0f}/s, one witness in the quorum; \
{of["heads"]:,} heads, {of["files"]:,} files, {of["bytes"] / 1e6:.0f} MB.

| receipt → under a witnessed head | seconds | wanted |
| --- | --- | --- |
| p50 | {of["p50"]:.2f} | ≤ 1 |
| p99 | {of["p99"]:.2f} | ≤ 5 |
| longest | {of["max"]:.2f} | |
| longest time between two heads of a contest | {of["ages"]:.2f} | |

| CPU | seconds | of a core |
| --- | --- | --- |
| log and witness (hashing, tiles, signing, and holding journals against the log) | {of["cpu_roles"]:.1f} \
| {of["cpu_roles"] / of["seconds"]:.0%} |
| PostgreSQL (appends, the log's reads, the scrubber's) | {of["cpu_postgres"]:.1f} \
| {of["cpu_postgres"] / of["seconds"]:.0%} |
| the same bytes written as plain files | {of["plain"]:.2f} | {of["plain"] / of["seconds"]:.1%} |
"""


if __name__ == "__main__":
    main()
