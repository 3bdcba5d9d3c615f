"""Events to thousands of readers of one stream: deliveries a second of one core, and how late the last reader has it.

  python benchmarks/bench_stream.py [--readers 5000] [--rate 200] [--seconds 20] [--json FILE]

A log grows in a folder, as `suara log` writes one, and rings through Valkey. A server on the first core tells it to
readers on the second (`many_readers.py`: raw sockets that count). Three servers take turns: `publisher/stream`, and
aiohttp's StreamResponse with all events of a head in one write, and with a write for each event (`plain_stream.py`).
First heads of so many events follow one another as fast as every reader has them: a delivery is one event to one
reader, and a core's deliveries are those over the server's CPU seconds, the kernel's included. Then `rate` entries a
second come under a head every 0.9 s, and late is the time from a head's being shown to a reader's having its last
event. Prints Markdown.
"""

import argparse
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import redis
from cost import cpu
from plain_stream import Plain

from election import event as ev
from publisher import front
from publisher.stream.limits import Limits
from publisher.stream.ring import CHANNEL
from publisher.stream.room import Settings, room
from storage.embedded import start_valkey
from storage.logs import CHECKPOINT, LogFiles, open_logs
from tlog.edge import Edge
from tlog.note import Algorithm, Checkpoint, Signer, compose

OURS, WHOLE, SINGLE = "publisher/stream", "aiohttp, a head a write", "aiohttp, an event a write"
SIZES = (1, 16, 200)
"""Events of a head."""

SPELL, FEWEST = 3.0, 2
"""Seconds that heads of a size follow one another, and how many there are at least."""

PACE = 0.9
WANTED = 200_000
SIGNER = Signer("bench.invalid/ppwp", Algorithm.ED25519, bytes(32))
Figures = dict[str, Any]


class Log:
    """One log that grows in `folder`, and rings."""

    def __init__(self, folder: Path, valkey: str) -> None:
        self.files, self.edge = LogFiles(open_logs(folder), "ppwp"), Edge()
        self.redis = redis.Redis.from_url(valkey)
        self.kinds = leaves()
        self.grow(1)

    def grow(self, count: int) -> float:
        """So many entries more under a new head; when it was shown."""
        for number in range(self.edge.size, self.edge.size + count):
            self.edge.append(self.kinds[number % len(self.kinds)])
        full = self.edge.full()
        for tile, data in (*full, *self.edge.partial()):
            self.files.write(tile.path, data)
        self.edge.forget(len(full))
        head = Checkpoint(SIGNER.name, self.edge.size, self.edge.root()).text
        self.files.write(CHECKPOINT, compose(head, [SIGNER.sign(head)]).encode())
        shown = time.monotonic()
        self.redis.publish(CHANNEL, "ppwp")
        return shown


def leaves() -> list[bytes]:
    """What one record of the president's contest leaves: photos, figures, looks, decisions."""
    about = {"tps": "1101012001001", "at": "2029-02-14T13:00:00.000Z"}
    ruled = {"replaces": 0, "scans": (1, 2, 3), "reading": 4, "salt": "5a" * 16, "policy": "ab" * 32}
    events: list[ev.Event] = []
    for page in (1, 2):
        events.append(ev.ScanReceived(**about, page=page, sha256="a" * 64, size=300_000, by="kpps", verdict="ok"))
    events.append(
        ev.ReadingSubmitted(**about, commitments={"suara": "c" * 64, "administrasi": "d" * 64}, salts={}, figures={})
    )
    for scan in (1, 2):
        seen = {"fault": None, "quality": 870, "scores": "e" * 64, "rendition": "f" * 64, "program": "1"}
        events.append(ev.PageRead(**about, scan=scan, page=scan, model="a" * 64, **seen))
    for block, count in (("suara", 6), ("administrasi", 30)):
        events.append(ev.BlockCounted(**about, block=block, figures=tuple(range(100, 100 + count)), **ruled))
    return [ev.leaf(one) for one in events]


async def _serve(name: str, logs: Path, valkey: str, port: int) -> None:
    os.sched_setaffinity(0, {0})
    limits = Limits(readers=50_000, an_address=50_000, beat=3600.0)  # what is counted is events
    settings = Settings(public=logs.parent, logs=logs, redis_url=valkey, limits=limits)
    one = room(settings) if name == OURS else Plain(logs, valkey, whole=name == WHOLE).room()
    await front.serve(logs.parent, [one], host="127.0.0.1", port=port)


@contextmanager
def serving(name: str, logs: Path, valkey: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Port and process of a server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, __file__, "--serve", name, str(logs), valkey, str(port)])
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port, server
    finally:
        server.kill()
        server.wait()


class Crowd:
    """The readers' process."""

    def __init__(self, port: int, count: int) -> None:
        script = Path(__file__).with_name("many_readers.py")
        command = [sys.executable, str(script), str(port), str(count), str(os.cpu_count() - 1)]  # type: ignore[operator]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer()

    def ask(self, *what: object) -> Figures:
        """Its answer."""
        self.say(*what)
        return self._answer()

    def say(self, *what: object) -> None:
        """Ask, and leave the answer for `hear`."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def hear(self) -> Figures:
        """The answer to what was said."""
        return self._answer()

    def _answer(self) -> Figures:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the readers ended")
        return json.loads(line)

    def end(self) -> None:
        """Hang up."""
        self._process.kill()
        self._process.wait()


def capacity(log: Log, crowd: Crowd, server: int, readers: int, size: int) -> Figures:
    """Deliveries over CPU seconds, where heads of `size` events follow one another for some seconds."""
    heads, before, began = 0, cpu([server]), time.monotonic()
    while heads < FEWEST or time.monotonic() - began < SPELL:
        crowd.ask("forget")
        crowd.say("until", size, 120)
        log.grow(size)
        if not crowd.hear()["done"]:
            raise SystemExit("readers are missing events")
        heads += 1
    spent, wall = cpu([server]) - before, time.monotonic() - began
    return {"heads": heads, "a_core": heads * size * readers / spent, "wall": wall / heads}


def sustained(log: Log, crowd: Crowd, server: int, args: argparse.Namespace) -> Figures:
    """How late readers have it at a steady rate, and what of a core that takes."""
    each, heads = round(args.rate * PACE), round(args.seconds / PACE)
    crowd.ask("forget")
    crowd.say("until", each * heads, args.seconds + 60)
    before, began, shown = cpu([server]), time.monotonic(), []
    for head in range(heads):
        time.sleep(max(0.0, began + head * PACE - time.monotonic()))
        shown.append(log.grow(each))
    told = crowd.hear()
    spent, wall = cpu([server]) - before, time.monotonic() - began
    late = lateness(told["came"], shown, each)
    return {
        "done": told["done"], "events": each * heads, "cpu": spent / wall,
        "a_core": each * heads * args.readers / spent,
        "p50": float(np.percentile(late, 50)), "p99": float(np.percentile(late, 99)), "max": float(late.max()),
    }  # fmt: skip


def lateness(came: list[list[float]], shown: list[float], each: int) -> np.ndarray:
    """Seconds from each head to each sampled reader's having its last event."""
    seen, waits = np.array(came), []
    ends = each * np.arange(1, len(shown) + 1)
    for reader in np.unique(seen[:, 0]):
        own = seen[seen[:, 0] == reader]
        waits.append(own[np.searchsorted(own[:, 1], ends), 2] - shown)
    return np.concatenate(waits)


def memory(process: int) -> int:
    """Bytes resident."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()


def measure(args: argparse.Namespace) -> Figures:
    """Every figure of every server."""
    found: Figures = {"readers": args.readers, "rate": args.rate, "leaf": statistics.mean(map(len, leaves()))}
    for name in (OURS, WHOLE, SINGLE):
        with tempfile.TemporaryDirectory(prefix="suara-bench-") as folder, start_valkey(Path(folder) / "v") as valkey:
            log = Log(Path(folder) / "public" / "log", valkey.url)
            with serving(name, Path(folder) / "public" / "log", valkey.url) as (port, server):
                empty = memory(server.pid)
                crowd = Crowd(port, args.readers)
                own: Figures = {"memory": (memory(server.pid) - empty) / args.readers}
                for size in SIZES:
                    own[str(size)] = capacity(log, crowd, server.pid, args.readers, size)
                if own[str(SIZES[-1])]["a_core"] > 1.2 * args.rate * args.readers:
                    own["sustained"] = sustained(log, crowd, server.pid, args)
                crowd.end()
        found[name] = own
    return found


def markdown(facts: Figures) -> str:
    """The tables."""
    ours = facts[OURS]
    lines = [
        f"## Stream: one event to {facts['readers']:,} readers",
        "",
        f"Leaves of {facts['leaf']:.0f} bytes on average. Deliveries a second of one core, by the events under a head:",
        "",
        "| | " + " | ".join(f"{size:,}" for size in SIZES) + " | memory a reader |",
        "| --- |" + " ---: |" * (len(SIZES) + 1),
    ]
    for name in (OURS, WHOLE, SINGLE):
        bold = "**" if name == OURS else ""
        rates = " | ".join(f"{bold}{facts[name][str(size)]['a_core']:,.0f}{bold}" for size in SIZES)
        lines.append(f"| {bold}{name}{bold} | {rates} | {facts[name]['memory'] / 1024:.1f} KiB |")
    lines += [
        "",
        f"{facts['rate']} entries a second, a head every {PACE} s; from a head's being shown to a reader's having it:",
        "",
        "| | p50 | p99 | max | of a core |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name in (OURS, WHOLE, SINGLE):
        one = facts[name].get("sustained")
        if one is None:
            lines.append(f"| {name} | falls behind | | | more than one |")
            continue
        late = f"{one['p50'] * 1e3:,.0f} ms | {one['p99'] * 1e3:,.0f} ms | {one['max'] * 1e3:,.0f} ms"
        lines.append(f"| {name} | {late} | {one['cpu']:.0%} |")
    lines += [
        "",
        f"- asked: {WANTED:,} deliveries a second of a core to 5,000 readers; at {facts['rate']} entries a second it "
        f"is {ours['sustained']['a_core']:,.0f}, and {ours['1']['a_core']:,.0f} where every head has one event alone: "
        "one `send` a delivery",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print; or be one of the servers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=5_000)
    parser.add_argument("--rate", type=int, default=200, help="entries a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    parser.add_argument("--serve", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if args.serve:
        import uvloop

        name, logs, valkey, port = args.serve
        uvloop.run(_serve(name, Path(logs), valkey, int(port)))
        return
    facts = measure(args)
    if args.json:
        args.json.write_text(json.dumps(facts, indent=2) + "\n")
    print(markdown(facts))


if __name__ == "__main__":
    main()
