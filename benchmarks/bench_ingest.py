"""The front door beside nginx and @tus/server: photos made durable, readings committed.

  python benchmarks/bench_ingest.py [--rounds 5] [--seconds 4] [--lines 32] [--arms a,b,…] [--full N] [--json FILE]

One core for everything of the server (PostgreSQL and Valkey too), one for the client; arms take turns within a round,
and the table shows medians over rounds. Each request is one nobody has sent before: other bytes, another id, a
signature of its own, all made before the turn. CPU is that of all processes of the server, per request; what the
kernel does later for files that were not synced is in nobody's figure. Whether a photo costs the same with a second
process is asked at a rate that two cores can bear, with server and client wherever the kernel puts them.

nginx and node are only needed for their own arms; an arm whose program is absent is left out, and the table says so.
"""

import argparse
import fcntl
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import cost
import line
from made_requests import PHONES, Made, bodies

ROOT = Path(__file__).resolve().parents[1]
SERVER, CLIENT = 0, 1
"""Cores."""

PHOTO, LARGE = 200 * 1024, 350 * 1024


@dataclass(frozen=True)
class Arm:
    """Something to measure: who answers, what is sent, and over how many connections."""

    what: str
    server: str
    request: str  # photo, put, tus or reading
    size: int
    lines: int
    rate: float = 0.0  # requests a second; 0 is as many as there can be


def arms(lines: int) -> dict[str, Arm]:
    """All there are, in the order in which they take turns."""
    return {
        "suara_200": Arm("suara, 200 KB: hashed, fsynced, journalled, receipt signed", "suara", "photo", PHOTO, lines),
        "nginx_200": Arm("nginx DAV PUT, 200 KB: neither hashed nor synced", "nginx", "put", PHOTO, lines),
        "tus_200": Arm("@tus/server, 200 KB: neither hashed nor synced", "tus", "tus", PHOTO, lines),
        "suara_350": Arm("suara, 350 KB", "suara", "photo", LARGE, lines),
        "nginx_350": Arm("nginx DAV PUT, 350 KB", "nginx", "put", LARGE, lines),
        "readings": Arm("suara, signed readings committed", "suara", "reading", 0, 2 * lines),
        "suara_2": Arm("suara, 200 KB, two processes on the same core", "suara2", "photo", PHOTO, lines),
        "full_200": Arm("suara, 200 KB, into a full store", "full", "photo", PHOTO, lines),
        "free_1": Arm("suara, 200 KB, 400 a second to one process", "free1", "photo", PHOTO, lines, 400),
        "free_2": Arm("suara, 200 KB, 800 a second to two processes", "free2", "photo", PHOTO, 2 * lines, 800),
    }


def main() -> None:
    """Start servers, run the rounds, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--lines", type=int, default=32, help="connections that send at once")
    parser.add_argument("--arms", help="only these, by name, with commas between")
    parser.add_argument("--full", type=int, default=1_000_000, help="photos that the full store has before")
    parser.add_argument("--folder", type=Path, help="where to write; one file system for all (default: a fresh one)")
    parser.add_argument("--profile", type=Path, help="write what one process of suara_200 spends its time on")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    every = arms(args.lines)
    chosen = {name: every[name] for name in (args.arms.split(",") if args.arms else every)}
    import uvloop

    cost.pin(CLIENT)
    with tempfile.TemporaryDirectory(prefix=".suara-bench-", dir=(args.folder or Path.cwd()).absolute()) as folder:
        rounds, absent = uvloop.run(measure(Path(folder), chosen, args))
    figures = {name: summary(chosen[name], rounds[name]) for name in chosen if name in rounds}
    if args.json:
        args.json.write_text(json.dumps({"seconds": args.seconds, "arms": figures, "absent": absent}, indent=1))
    print(table(figures, absent, args))
    if args.profile:
        import profiled

        print(f"\n{profiled.table(str(args.profile))}")


async def measure(
    folder: Path, chosen: dict[str, Arm], args: argparse.Namespace
) -> tuple[dict[str, list[dict[str, float]]], list[str]]:
    """The figures of every arm in every round, and the arms that could not run."""
    figures: dict[str, list[dict[str, float]]] = {}
    with ExitStack() as stack:
        servers = start_all(folder, {arm.server for arm in chosen.values()}, args, stack)
        absent = [name for name, arm in chosen.items() if arm.server not in servers]
        for turn in range(args.rounds + 1):
            for name, arm in chosen.items():
                if name in absent:
                    continue
                found = await one_turn(servers[arm.server], arm, args.seconds if turn else 1.5)
                if turn:  # the first one warms up
                    figures.setdefault(name, []).append(found)
                os.sync()  # what one arm leaves for later is not the next one's to pay
    return figures, absent


async def one_turn(server: "Server", arm: Arm, seconds: float) -> dict[str, float]:
    """One turn of one arm."""
    requests = server.requests(arm, int(seconds * (12_000 if arm.request == "reading" else 6_000)))
    before = cost.cpu(server.pids)
    cost.allow({SERVER, CLIENT} if arm.rate else {CLIENT})
    turn = await line.drive(server.ports, requests, lines=arm.lines, seconds=seconds, rate=arm.rate)
    spent = cost.cpu(server.pids) - before
    server.clean()
    turn.waits.sort()
    assert turn.good, f"{arm.what}: {dict(turn.statuses)}"
    return {
        "per_s": turn.good / turn.seconds,
        "server_cpu_us": spent / turn.good * 1e6,
        "client_cpu_us": turn.client_cpu / turn.good * 1e6,
        "wait_ms": turn.waits[len(turn.waits) // 2] * 1000,
        "wait_ms_p99": turn.waits[len(turn.waits) * 99 // 100] * 1000,
        "refused": (sum(turn.statuses.values()) - turn.good) / turn.good,
        "starved": float(turn.starved),
    }


# --- servers ----------------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """Something that runs on the server's core."""

    ports: list[int]
    pids: list[int]
    requests: Callable[[Arm, int], Iterator[line.Request]]
    clean: Callable[[], None] = lambda: None


def start_all(folder: Path, wanted: set[str], args: argparse.Namespace, stack: ExitStack) -> dict[str, Server]:
    """The servers that this machine has the programs for."""
    servers: dict[str, Server] = {}
    cost.pin(SERVER)  # whatever is started from here on stays there
    try:
        for name, processes, photos in (("suara", 1, 0), ("suara2", 2, 0), ("full", 1, args.full)):
            if name in wanted:
                servers[name] = start_suara(folder / name, processes, photos, args, stack)
        cost.allow({SERVER, CLIENT})
        for name, processes in (("free1", 1), ("free2", 2)):
            if name in wanted:
                servers[name] = start_suara(folder / name, processes, 0, args, stack)
        cost.pin(SERVER)
        if "nginx" in wanted and shutil.which("nginx"):
            servers["nginx"] = start_nginx(folder / "nginx", stack)
        if "tus" in wanted and shutil.which("node") and shutil.which("npm"):
            servers["tus"] = start_tus(folder / "tus", stack)
    finally:
        cost.pin(CLIENT)
    return servers


def start_suara(folder: Path, processes: int, photos: int, args: argparse.Namespace, stack: ExitStack) -> Server:
    """The real command over servers of its own. `photos` are entered beforehand, as a night would leave them."""
    from election import bundle as bundles
    from storage.embedded import start_postgres, start_valkey

    bundles.make(folder / "bundle", seed=7, kabupaten=1, tps=PHONES // 2, contests=("ppwp",))
    postgres = stack.enter_context(start_postgres(folder / "pg"))
    valkey = stack.enter_context(start_valkey(folder / "valkey"))
    own = {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url, "PYTHONPATH": str(ROOT)}
    if photos:
        subprocess.run([sys.executable, str(ROOT / "benchmarks/full_store.py"), str(folder), str(photos)],
                       env=os.environ | own, check=True)  # fmt: skip
    ports, pids = [], [postgres.pid, valkey.pid]
    for _ in range(processes):
        ports.append(_free_port())
        command = [sys.executable, "-m", "suara", "ingest", "--data", str(folder), "--port", str(ports[-1])]
        if args.profile:
            command[1:3] = [str(ROOT / "benchmarks/profiled.py"), str(args.profile)]
        process = subprocess.Popen(command, env=os.environ | own, cwd=ROOT)
        stack.callback(_stop, process)
        pids.append(process.pid)
        _wait_for(ports[-1])
    made = Made(folder)
    return Server(ports, pids, lambda arm, count: made.readings(count) if arm.request == "reading"
                  else made.photos(arm.size, count), lambda: _drop_sealed(folder / "packs"))  # fmt: skip


def start_nginx(folder: Path, stack: ExitStack) -> Server:
    """One worker that writes bodies into files, under names of their own."""
    port = _free_port()
    for name in ("dav", "temp"):
        (folder / name).mkdir(parents=True)
    user = "user root; " if os.geteuid() == 0 else ""  # its worker must reach the same folder as ours
    (folder / "nginx.conf").write_text(f"""
{user}worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; client_max_body_size 16m; client_body_temp_path {folder}/temp; keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{port}; location / {{ root {folder}/dav; dav_methods PUT; }} }} }}
""")
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")])
    stack.callback(_stop, process)
    _wait_for(port)

    def requests(arm: Arm, count: int) -> Iterator[line.Request]:
        for body in bodies(arm.size, count):
            yield (f"PUT /{uuid4()} HTTP/1.1\r\nHost: door\r\nContent-Length: {arm.size}\r\n\r\n".encode(), *body.parts)

    return Server([port], [process.pid], requests, lambda: _empty(folder / "dav"))


def start_tus(folder: Path, stack: ExitStack) -> Server:
    """The reference server with its file store, the whole photo in the creating request."""
    home = ROOT / "benchmarks/tus_server"
    if not (home / "node_modules").exists():
        subprocess.run(["npm", "ci", "--silent"], cwd=home, check=True)
    folder.mkdir(parents=True)
    port = _free_port()
    process = subprocess.Popen(["node", "server.mjs", str(port), str(folder)], cwd=home, stdout=subprocess.DEVNULL)
    stack.callback(_stop, process)
    _wait_for(port)

    def requests(arm: Arm, count: int) -> Iterator[line.Request]:
        head = (
            "POST /files HTTP/1.1\r\nHost: door\r\nTus-Resumable: 1.0.0\r\n"
            f"Upload-Length: {arm.size}\r\nContent-Length: {arm.size}\r\n"
            "Content-Type: application/offset+octet-stream\r\n\r\n"
        ).encode()
        for body in bodies(arm.size, count):
            yield (head, *body.parts)

    return Server([port], [process.pid], requests, lambda: _empty(folder))


# --- small things -----------------------------------------------------------------------------------------------------


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing listens on {port}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:
        process.kill()


def _drop_sealed(packs: Path) -> None:
    """Gives the disk back what the turn has filled; a pack that is being filled is locked by its process."""
    for path in packs.glob("*.pack"):
        with path.open("rb") as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def summary(arm: Arm, rounds: list[dict[str, float]]) -> dict[str, object]:
    """Medians over rounds."""
    medians = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    return {"what": arm.what, "lines": arm.lines, **medians, "rounds": rounds}


def table(figures: dict[str, dict], absent: list[str], args: argparse.Namespace) -> str:
    """The Markdown that `benchmarks/README.md` takes."""
    lines = [
        "## The front door: photos made durable, readings committed",
        "",
        f"Medians of {args.rounds} rounds of {args.seconds} s, arms in turn; {args.lines} connections that each wait"
        " for their answer. One core for all of the server, PostgreSQL and Valkey included; one for the client.",
        "",
        "| arm | per second | CPU each | median wait | p99 wait | sent away |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in figures.values():
        lines.append(
            f"| {one['what']} | {one['per_s']:,.0f} | {one['server_cpu_us']:.0f} µs | {one['wait_ms']:.1f} ms |"
            f" {one['wait_ms_p99']:.1f} ms | {one['refused']:.1%} |"
        )
    lines += ["", *_ratios(figures)]
    if absent:
        lines += ["", f"Left out, since their programs are not on this machine: {', '.join(absent)}."]
    return "\n".join(lines)


RATIOS = (
    ("suara_200", "nginx_200", "durable photos of 200 KB beside nginx"),
    ("suara_350", "nginx_350", "of 350 KB"),
    ("suara_200", "tus_200", "beside @tus/server"),
    ("suara_2", "suara_200", "two processes beside one, on one core"),
    ("free_2", "free_1", "two processes beside one, each with 400 photos a second"),
    ("full_200", "suara_200", "a full store beside an empty one"),
)


def _ratios(figures: dict[str, dict]) -> list[str]:
    """Rates within the same round, and CPU per request, as medians of the rounds' ratios."""
    found = []
    for mine, other, what in RATIOS:
        if mine in figures and other in figures:
            pairs = list(zip(figures[mine]["rounds"], figures[other]["rounds"], strict=True))
            rate = statistics.median(a["per_s"] / b["per_s"] for a, b in pairs)
            spent = statistics.median(a["server_cpu_us"] / b["server_cpu_us"] for a, b in pairs)
            found.append(f"- {what}: {rate:.2f} × the rate, {spent:.2f} × the CPU")
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
