"""Proves that nothing acknowledged is lost, doubled or damaged: under cuts, repeats, disorder and dying servers.

  python -m benchmarks.prove_intake --uploads 100000 --out FOLDER
  python -m benchmarks.prove_intake --uploads 2000                       as in the tests

Two processes of the front door over one PostgreSQL and one data folder; every request goes to one of them by chance,
so that locks cross processes. One of them is killed (SIGKILL) or told to end (SIGTERM) every few seconds. What the
senders were acknowledged is held against the journal, entry by entry, and every photo is read back from the store.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.rough_line import Acknowledged, Seen, Upload
from election import bundle as bundles
from election.errors import SuaraError
from election.event import ScanReceived
from loadtest.phone import Phone
from storage.embedded import start_postgres, start_valkey
from storage.keys import load_or_make
from storage.opened import Storage, open_storage
from storage.settings import Settings

AT_ONCE = 48
PAGES = 3


class Proof(Struct, frozen=True):
    """What was found. All of `lost`, `doubled`, `damaged` are 0, or the door does not hold its promise."""

    uploads: int
    lost: int
    doubled: int
    damaged: int
    entries: int
    cuts: int
    most_sent_again: int  # bytes, after one cut
    most_sent_again_killed: int  # the same where a server died between the cut and the next word
    over_64_kib: int  # cuts after which it was more than that
    longest_release: float  # seconds until a HEAD was answered while a dead line had the upload
    kills: int
    terms: int
    left_over: int  # unfinished uploads on the disk at the end
    seconds: float
    events: dict[str, int]

    @property
    def holds(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.doubled or self.damaged or self.over_64_kib)


class Doors:
    """Two front doors, one of which dies now and then."""

    def __init__(self, settings: Settings, chance: random.Random, seen: Seen) -> None:
        self._settings, self._chance, self._seen = settings, chance, seen
        self.ports = [_free_port() for _ in range(2)]
        self.killed = Counter[str]()
        self._processes = [self._start(port) for port in self.ports]

    def one(self) -> int:
        """The port of either."""
        return self._chance.choice(self.ports)

    async def torment(self, pause: float) -> None:
        """Ends one of them every `pause` seconds or so, and starts it again, until cancelled."""
        while True:
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) * pause)
            which = self._chance.randrange(2)
            how = self._chance.choice((signal.SIGKILL, signal.SIGTERM))
            self.killed[how.name] += 1
            self._seen.deaths += 1
            await asyncio.to_thread(self._end, self._processes[which], how)
            self._processes[which] = self._start(self.ports[which])
            await asyncio.to_thread(_await_open, self.ports[which])

    def stop(self) -> None:
        """Ends both."""
        for process in self._processes:
            self._end(process, signal.SIGKILL)

    def _start(self, port: int) -> subprocess.Popen[bytes]:
        environment = {
            "DATABASE_URL": str(self._settings.database_url), "REDIS_URL": str(self._settings.redis_url),
        }  # fmt: skip
        return subprocess.Popen(
            [sys.executable, "-m", "suara", "ingest", "--data", str(self._settings.data_dir), "--port", str(port)],
            env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def _end(self, process: subprocess.Popen[bytes], how: signal.Signals) -> None:
        process.send_signal(how)
        process.wait()


def sizes(chance: random.Random) -> Iterator[int]:
    """Bytes of photos: many small ones, some as large as an app sends."""
    while True:
        yield int(min(300_000, 3_000 * 2 ** chance.expovariate(0.45)))


async def torture(settings: Settings, uploads: int, seed: int, pause: float) -> Proof:
    """Sends so many uploads while doors die, and holds the journal to what was acknowledged."""
    chance, began = random.Random(seed), time.monotonic()
    bundle = bundles.load(settings.data_dir / "bundle")
    key = load_or_make(settings.data_dir / "keys", "accounts").seed
    phones = {tps: Phone.certified(f"kpps-{tps}-1", key) for tps in _codes(bundle)}
    seen = Seen(Counter())
    doors = Doors(settings, chance, seen)
    ledger: list[Acknowledged] = []
    try:
        for port in doors.ports:
            await asyncio.to_thread(_await_open, port)
        tormentor = asyncio.create_task(doors.torment(pause))
        queue = iter(zip(range(uploads), sizes(chance), strict=False))

        async def sender() -> None:
            for number, size in queue:
                tps = list(phones)[number % len(phones)]
                page = 1 + number // len(phones) % PAGES
                upload = Upload(seed * 10**9 + number, tps, page, phones[tps], doors.one, seen, size)
                ledger.append(await upload.through())

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(sender())
            told = asyncio.create_task(_tell(ledger, uploads, seen, doors))
        told.cancel()
        tormentor.cancel()
        await asyncio.wait({tormentor})
    finally:
        doors.stop()
    return await _held(settings, ledger, seen, doors, time.monotonic() - began)


async def _held(settings: Settings, ledger: list[Acknowledged], seen: Seen, doors: Doors, seconds: float) -> Proof:
    """Everything acknowledged against the journal and the store."""
    async with await open_storage(settings) as storage:
        entries = {number: event async for number, event in _scans(storage)}
        lost = sum(not _agrees(entries.get(one.number), one) for one in ledger)
        photos = Counter((event.tps, event.page, event.sha256) for event in entries.values())
        doubled = sum(n - 1 for n in photos.values()) + len(ledger) - len({one.number for one in ledger})
        damaged = 0
        for event in entries.values():
            damaged += not await _whole(storage, event)
    left = sum(path.is_file() for path in (settings.data_dir / "uploads").iterdir())
    return Proof(
        uploads=len(ledger), lost=lost, doubled=doubled, damaged=damaged, entries=len(entries), cuts=seen.cuts,
        most_sent_again=seen.resent, most_sent_again_killed=seen.resent_killed, over_64_kib=seen.over,
        longest_release=round(seen.released, 3),
        kills=doors.killed["SIGKILL"], terms=doors.killed["SIGTERM"], left_over=left, seconds=round(seconds, 1),
        events=dict(seen.events),
    )  # fmt: skip


async def _scans(storage: Storage) -> AsyncIterator[tuple[int, ScanReceived]]:
    after = 0
    while batch := await storage.journal("ppwp").read(after, 2000):
        for entry in batch:
            if isinstance(entry.event, ScanReceived):
                yield entry.number, entry.event
        after = batch[-1].number


def _agrees(event: ScanReceived | None, one: Acknowledged) -> bool:
    return event is not None and (event.sha256, event.size, event.tps, event.page) == (
        one.sha256, one.size, one.tps, one.page,
    )  # fmt: skip


async def _whole(storage: Storage, event: ScanReceived) -> bool:
    try:
        return len(await storage.scans.get(event.sha256)) == event.size
    except SuaraError:
        return False


async def _tell(ledger: list[Acknowledged], uploads: int, seen: Seen, doors: Doors) -> None:
    """A line of progress every five seconds."""
    began = time.monotonic()
    while True:
        await asyncio.sleep(5)
        rate = len(ledger) / (time.monotonic() - began)
        print(
            f"{len(ledger):,}/{uploads:,} kept · {rate:.0f}/s · {seen.cuts:,} cuts, at most {seen.resent:,} B again · "
            f"{sum(doors.killed.values())} deaths · slowest release {seen.released:.2f} s",
            file=sys.stderr, flush=True,
        )  # fmt: skip


def _codes(bundle: bundles.Bundle) -> list[str]:
    return [bundle.tree.tps_kode(row) for row in range(bundle.tree.n_tps)]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _await_open(port: int, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the door did not open")


def prove(folder: Path, uploads: int, *, seed: int = 1, pause: float = 8.0, tps: int = 60) -> Proof:
    """Runs it all in `folder`, which must be empty or absent. `pause`: seconds between two deaths, on average."""
    bundles.make(folder / "bundle", seed=seed, kabupaten=1, tps=tps)
    with start_postgres(folder / "pg") as database, start_valkey(folder / "valkey") as queue:
        settings = Settings(data_dir=folder, database_url=database.url, redis_url=queue.url)
        return asyncio.run(torture(settings, uploads, seed, pause))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=2_000)
    parser.add_argument("--tps", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=8.0, help="seconds between two deaths (default %(default)s)")
    parser.add_argument("--out", type=Path, help="keep everything here (default: a folder that is thrown away)")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))  # so that nothing that was started here stays
    with tempfile.TemporaryDirectory() as thrown_away:
        folder = args.out or Path(thrown_away)
        proof = prove(folder, args.uploads, seed=args.seed, pause=args.pause, tps=args.tps)
    print(json.dumps(msgspec.to_builtins(proof), indent=1))
    return 0 if proof.holds else 1


if __name__ == "__main__":
    sys.exit(main())
