"""`suara up`: everything on this machine. Servers, roles, and with `--demo` an invented election night.

What runs is listed here; how it is kept running lives in `suara.supervisor`.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from suara.supervisor import Role, Supervisor

if TYPE_CHECKING:
    from storage.embedded import Server

log = logging.getLogger(__name__)

VALIDATORS = ("validator-1", "validator-2")
WITNESS = "saksi.invalid"
"""The demo's own witness. One that means something belongs to somebody else, on another machine."""

DEMO = ("ppwp", "pdpr", "pdpd", "pdprdp", "pdprdk")
"""What is voted on in one evening, the first of them by everybody the night plays."""

TPS_A_KECAMATAN = 48
"""Of the invented kabupaten, small enough that its page has something to compare."""

EXAMPLE = """\
examples:
  suara up --demo                 an invented kabupaten, an election night, and where to look
  suara up --data /srv/suara      the bundle in /srv/suara/bundle, no invented officers
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `up`."""
    parser = commands.add_parser(
        "up", help="everything on this machine", description="Start servers and roles; stay up until Ctrl-C.",
        epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--data", type=Path, default=Path("data"), help="where this installation keeps everything")
    parser.add_argument("--demo", action="store_true", help="make a bundle where there is none, and play a night")
    parser.add_argument("--tps", type=int, default=240, help="TPS of the invented kabupaten (default %(default)s)")
    parser.add_argument(
        "--others", type=int, default=2, metavar="N",
        help="TPS that the night plays of each contest but the president; 0: no such contests (default %(default)s)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=2024, help="seed of everything invented")
    parser.add_argument("--speed", default="120", help="night seconds a second, or max (default %(default)s)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080, help="public site; the others take the next five")
    parser.add_argument("--until-counted", action="store_true", help="end once the night is over (for scripts)")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Start everything, show progress, and end cleanly. Answers 1 where the night failed, 2 where it cannot start."""
    ports = {"site": args.port, "ingest": args.port + 1, "review": args.port + 2, "accounts": args.port + 3,
             "witness": args.port + 4, "recap": args.port + 5}  # fmt: skip
    if (trouble := _trouble(args, ports)) is not None:
        print(f"suara: {trouble}", file=sys.stderr)
        return 2
    (args.data / "standby").mkdir(parents=True, exist_ok=True, mode=0o700)
    _make_bundle(args)
    passwords = _make_validators(args)
    _make_witness(args, ports)
    from storage.embedded import start_postgres, start_valkey

    servers: dict[str, Server] = {}
    failed: set[str] = set()
    try:
        servers["pg"] = start_postgres(args.data / "pg")
        servers["valkey"] = start_valkey(args.data / "valkey")
        officer = _make_officers(args, servers)
        _say_where(args, ports, passwords, officer)
        with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
            asyncio.run(_stay_up(args, ports, servers, failed))
    finally:
        for server in servers.values():  # those that run now, not those that we began with
            server.stop()
    print("\nsuara: ended cleanly; run it again to go on where it was")
    return int(bool(failed))


def _trouble(args: argparse.Namespace, ports: dict[str, int]) -> str | None:
    """What keeps us from starting, with what to do about it; None where nothing does."""
    if not args.demo and not (args.data / "bundle" / "bundle.json").exists():
        return f"no bundle in {args.data}/bundle. Make one: suara bundle make --out {args.data}/bundle, or use --demo"
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((args.host, port))
            except OSError:
                return f"port {port} ({name}) is taken. End what uses it, or choose others: --port N"
    return None


def _make_bundle(args: argparse.Namespace) -> None:
    if args.demo and not (args.data / "bundle" / "bundle.json").exists():
        from election import bundle

        kecamatan = max(1, args.tps // TPS_A_KECAMATAN)
        contests = DEMO if args.others else DEMO[:1]
        bundle.make(
            args.data / "bundle", seed=args.seed, kabupaten=1, kecamatan=kecamatan, tps=args.tps, contests=contests
        )


def _make_validators(args: argparse.Namespace) -> dict[str, str]:
    """Two validators for a demo, their passwords kept beside the data so that they can be said again.

    The note comes first: killed in between, the next start makes both anew, and no account has a lost password.
    """
    note, path = args.data / "demo-passwords.txt", args.data / "accounts.json"
    if args.demo and not path.exists():
        from review import accounts

        said = accounts.passwords(VALIDATORS)
        note.touch(mode=0o600)
        note.write_text("".join(f"{name} {password}\n" for name, password in said.items()))
        accounts.create(path, dict.fromkeys(VALIDATORS, ("kpu_ri", "0")), said)
    if not note.exists():
        return {}
    return dict(line.split() for line in note.read_text().splitlines())


def _make_officers(args: argparse.Namespace, servers: "dict[str, Server]") -> tuple[str, str] | None:
    """Everyone's accounts, where a demo has none yet; one officer's account and code, to try the app with."""
    codes = args.data / "accounts" / "codes.csv"
    if args.demo and not codes.exists():
        from election import bundle
        from storage.settings import Settings
        from suara.commands.accounts import make

        settings = Settings(data_dir=args.data, database_url=servers["pg"].url, redis_url=servers["valkey"].url)
        asyncio.run(make(settings, bundle.load(args.data / "bundle"), codes))
    lines = codes.read_text().splitlines()[1:] if codes.exists() else []
    if not lines:
        return None
    account, code = lines[-1].split(",")  # of a second seat: the night plays the first ones
    return account, code


def _make_witness(args: argparse.Namespace, ports: dict[str, int]) -> None:
    """A witness of our own beside the log, where the operator has named none."""
    lines = args.data / "witnesses"
    if not lines.exists():
        from suara.commands.witness import key

        signer = key(args.data / "witness", WITNESS)
        address = f"http://{args.host}:{ports['witness']}"
        lines.write_text(f"witness ours {signer.verifier.text} {address}\nquorum ours\n")


def _say_where(
    args: argparse.Namespace, ports: dict[str, int], passwords: dict[str, str], officer: tuple[str, str] | None
) -> None:
    print("Suara is up. Look at:")
    print(f"  public site    http://{args.host}:{ports['site']}/")
    print(f"  review desk    http://{args.host}:{ports['review']}/")
    for name, password in passwords.items():
        print(f"                   {name}   password {password}")
    print(f"  officer's app  http://{args.host}:{ports['ingest']}/")
    if officer is not None:
        print(f"                   {officer[0]}   code {officer[1]} (good once)")
    print(f"  sums, as JSON  http://{args.host}:{ports['recap']}/v1/contests")
    print(f"  help desk      http://{args.host}:{ports['accounts']}/")
    print(f"                   accounts and codes: {args.data}/accounts/codes.csv")
    print(f"  logs           {args.data}/log/        Ctrl-C ends everything\n", flush=True)


def _roles(args: argparse.Namespace, ports: dict[str, int]) -> list[Role]:
    data, host = ("--data", str(args.data)), ("--host", args.host)
    url = f"http://{args.host}:{ports['site']}"
    accounts = f"http://{args.host}:{ports['accounts']}"

    def served(name: str) -> tuple[str, ...]:
        return (name, *data, *host, "--port", str(ports[name]))

    policy = args.data / "public" / "log" / "policy"
    witness = ("witness", "--policy", str(policy), "--state", str(args.data / "witness"), "--name", WITNESS, *host)
    roles = [
        Role("ingest", (*served("ingest"), "--accounts-url", accounts)),
        Role("accounts", ("accounts", "serve", *data, *host, "--port", str(ports["accounts"]))),
        Role("recap", served("recap")),
        Role("ocr", ("ocr", *data), nice=5),
        Role("publish", ("publish", *data, "--site-url", url), nice=2),
        Role("log", ("log", *data), nice=2),
        Role("witness", (*witness, "--port", str(ports["witness"])), nice=2),
        Role("standby", ("standby", *data), nice=2),
        Role("seal", ("seal", *data), nice=10),
        Role("data", ("data", "follow", *data, "--interval", "120"), nice=10),
        Role("site", served("site")),
        Role("review", served("review")),
    ]
    if args.demo:
        door = f"http://{args.host}:{ports['ingest']}"
        codes = ("--accounts", accounts, "--codes", str(args.data / "accounts" / "codes.csv"))
        night = ("night", "--bundle", str(args.data / "bundle"), "--url", door, *codes, "--seed", str(args.seed))
        played = ("--contest", _played(args), "--out", str(args.data / "night"), "--speed", args.speed)
        roles.append(Role("night", (*night, *played), nice=10, once=True))
    return roles


def _played(args: argparse.Namespace) -> str:
    """The first contest of the bundle by every TPS, the others by a few: a record of theirs has some 20 pages."""
    held = json.loads((args.data / "bundle" / "bundle.json").read_bytes())["contests"]
    first, *others = (contest["key"] for contest in held)
    return ",".join((first, *(f"{key}:{args.others}" for key in others if args.others)))


async def _stay_up(
    args: argparse.Namespace, ports: dict[str, int], servers: "dict[str, Server]", failed: set[str]
) -> None:
    """Keep servers and roles until told to stop, or (where asked) until the night is over."""
    from storage.embedded import postgres_url

    environment = {
        **os.environ, "DATABASE_URL": servers["pg"].url, "REDIS_URL": servers["valkey"].url,
        "SUARA_STANDBY_URL": postgres_url(args.data / "standby"),
    }  # fmt: skip

    def tell() -> None:
        pids = {name: server.pid for name, server in servers.items()}
        note(args.data / "pids.json", {"up": os.getpid(), **pids, **supervisor.pids})

    supervisor = Supervisor(_roles(args, ports), args.data / "log", environment, tell)
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    from suara.progress import show

    async with asyncio.TaskGroup() as group:
        group.create_task(supervisor.run())
        group.create_task(keep_servers(args.data, servers, tell))
        over = group.create_task(show(servers["pg"].url, supervisor))
        if args.until_counted:
            await over
            failed |= supervisor.failed
            raise asyncio.CancelledError


def note(path: Path, pids: dict[str, int | None]) -> None:
    """Writes who runs as what, for those who look from outside. A full disk keeps nobody from running."""
    from storage.durable import write

    try:
        write(path, json.dumps(pids).encode())
    except OSError as error:
        log.warning("%s could not be written: %s", path.name, error)


async def keep_servers(
    data: Path, servers: "dict[str, Server]", changed: Callable[[], None], pause: float = 2.0
) -> None:
    """A server that died is started again; the roles find it under the same address. The standby's starts here: nobody
    waits for it.

    Where one cannot start, as on a full disk, it is tried again every `pause` seconds: the public's files are read
    meanwhile, and the roles wait.
    """
    from election.errors import Unavailable
    from storage.embedded import start_postgres, start_standby, start_valkey

    start = {
        "pg": (start_postgres, data / "pg"), "valkey": (start_valkey, data / "valkey"),
        "standby-pg": (start_standby, data / "standby"),
    }  # fmt: skip
    while True:
        await asyncio.sleep(0.2)  # the roles first: starting a server holds this loop up
        for name, (begin, folder) in start.items():
            if name in servers and servers[name].alive():
                continue
            try:
                # from the main thread, where the loop runs: the kernel ties a child's death signal to it
                servers[name] = begin(folder)
                changed()
            except (Unavailable, OSError) as error:
                log.warning("%s is away and tried again: %s", name, error)
                await asyncio.sleep(pause)
