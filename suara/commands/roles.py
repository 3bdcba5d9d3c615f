"""The roles as commands, for a data centre: one process each, any number of ingest, ocr and publish readers.

Each loads the bundle, opens storage, and serves until told to stop. What a role does lives in its own room.
"""

import argparse
import asyncio
import gc
import os
import resource
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from election.bundle import Bundle
    from publisher.front import Room
    from storage.opened import Storage

Serve = Callable[[argparse.Namespace], Awaitable[None]]
Role = Callable[["Bundle", "Storage", argparse.Namespace], Awaitable[None]]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register every role."""
    for name, (serve, about, port) in ROLES.items():
        parser = commands.add_parser(
            name, help=about, description=f"{about}\n\nexample:\n  suara {name} --data data",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        parser.add_argument("--data", type=Path, default=Path("data"), help="where this installation keeps everything")
        if port:
            parser.add_argument("--host", default="127.0.0.1")
            parser.add_argument("--port", type=int, default=port)
        if name == "ingest":
            parser.add_argument(
                "--accounts-url", default=os.environ.get("SUARA_ACCOUNTS_URL"),
                help="the accounts service, as phones reach it (default: SUARA_ACCOUNTS_URL)",
            )  # fmt: skip
            parser.add_argument("--processes", type=int, default=1, help="so many, on one port (default %(default)s)")
            parser.add_argument("--shared-port", action="store_true", help="others may listen on it, too")
            parser.add_argument("--own-port", type=int, help="a second port of each process, counted up: its metrics")
        if name in {"ingest", "site"}:
            parser.add_argument(
                "--proxies", default="", help="addresses whose X-Forwarded-For is believed, with commas"
            )
        if name == "site":
            parser.add_argument("--own-port", type=int, help="a second port, for operators alone: the streams' metrics")
        if name == "publish":
            parser.add_argument(
                "--contests", default="", help="only these, with commas; other processes have the rest (default: all)"
            )
        parser.add_argument("--site-url", default="http://127.0.0.1:8080", help="where the public site will be read")
        parser.set_defaults(func=run, serve=serve)


def run(args: argparse.Namespace) -> int:
    """Serve one role until SIGTERM or Ctrl-C; where it is several processes, each of them."""
    if getattr(args, "processes", 1) > 1:
        from suara.prefork import keep

        args.bundle = _bundle(args)  # read once, shared by all
        return keep(args.processes, lambda number: _numbered(args, number))
    return _serve(args)


def _serve(args: argparse.Namespace) -> int:
    import uvloop

    uvloop.run(_until_told(args))
    return 0


def _bundle(args: argparse.Namespace) -> "Bundle":
    """The bundle, for the front door without what it takes to read one: there are many of its processes."""
    from election import bundle as bundles

    load = bundles.load_aside if args.command == "ingest" else bundles.load
    return load(args.data / "bundle")


def _numbered(args: argparse.Namespace, number: int) -> int:
    """One of several processes, with a port of its own where each has one."""
    if args.own_port is not None:
        args.own_port += number
    return _serve(args)


async def _until_told(args: argparse.Namespace) -> None:
    role = asyncio.ensure_future(args.serve(args))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, role.cancel)
    try:
        await role
    except asyncio.CancelledError:
        if not role.cancelled():
            raise


def with_storage(role: Role) -> Serve:
    """A role that needs the bundle and storage, both opened from --data and the environment."""

    async def serve(args: argparse.Namespace) -> None:
        from storage.opened import open_storage
        from storage.settings import Settings

        bundle = getattr(args, "bundle", None) or _bundle(args)
        async with await open_storage(Settings.from_environment(args.data)) as storage:
            await role(bundle, storage, args)

    return serve


async def _ingest(bundle: "Bundle", storage: "Storage", args: argparse.Namespace) -> None:
    from election.clock import system_clock
    from ingest.app import serve
    from ingest.door import Limits

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # a connection and a file for every phone on a bad line
    gc.collect()
    gc.freeze()  # bundle and code stay: looking through them would stop the door for 60 ms now and then
    gc.set_threshold(10_000, 20, 20)  # requests leave next to no cycles behind; by default it looks every 20 photos
    await serve(
        bundle, storage, host=args.host, port=args.port, clock=system_clock, accounts=args.accounts_url,
        shared_port=args.shared_port or args.processes > 1, own_port=args.own_port,
        limits=Limits(proxies=frozenset(args.proxies.split(",")) - {""}),
    )  # fmt: skip


async def _ocr(bundle: "Bundle", storage: "Storage", args: argparse.Namespace) -> None:
    from election.clock import system_clock
    from ocr.worker import serve

    await serve(bundle, storage, consumer=f"{os.uname().nodename}-{os.getpid()}", clock=system_clock)


async def _recap(bundle: "Bundle", storage: "Storage", args: argparse.Namespace) -> None:
    from election.clock import system_clock
    from recap.service import serve

    gc.collect()
    gc.freeze()  # the bundle stays; looking through it again and again would be most of a replay
    gc.set_threshold(50_000, 20, 50)
    snapshots = args.data / "snapshots"
    await serve(bundle, storage, snapshots=snapshots, clock=system_clock, host=args.host, port=args.port)


async def _publish(bundle: "Bundle", storage: "Storage", args: argparse.Namespace) -> None:
    from election.clock import system_clock
    from publisher.folder import Folder
    from publisher.service import serve
    from publisher.stream.teller import teller

    public = args.data / "public"
    announce = teller(Folder(public), storage.redis)
    await serve(
        bundle, storage, public=public, base_url=args.site_url, clock=system_clock, announce=announce,
        contests=[key for key in args.contests.split(",") if key],
    )  # fmt: skip


async def _log(bundle: "Bundle", storage: "Storage", args: argparse.Namespace) -> None:
    from election.clock import system_clock
    from publisher.log.service import UNWITNESSED, serve
    from publisher.stream.ring import ring
    from storage.keys import load_or_make

    lines = args.data / "witnesses"
    witnesses = lines.read_text() if lines.exists() else UNWITNESSED
    seed = load_or_make(args.data / "keys", "log").seed
    await serve(
        bundle, storage, heads=args.data / "heads", seed=seed, witnesses=witnesses, clock=system_clock,
        shown=partial(ring, storage.redis), receipts=args.data / "keys" / "receipts.pub",
    )  # fmt: skip


async def _review(bundle: "Bundle", storage: "Storage", args: argparse.Namespace) -> None:
    from election.clock import system_clock
    from review.app import serve

    await serve(
        bundle, storage, host=args.host, port=args.port, accounts=args.data / "accounts.json", clock=system_clock
    )


async def _seal(bundle: "Bundle", storage: "Storage", _args: argparse.Namespace) -> None:
    from suara.commands.scans import sealer

    await sealer(bundle, storage).run()


async def _site(args: argparse.Namespace) -> None:
    from publisher.front import serve

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # a connection for everyone who listens
    await serve(args.data / "public", _rooms(args), host=args.host, port=args.port)


def _rooms(args: argparse.Namespace) -> "list[Room]":
    """What the public side answers by itself, beside its files."""
    return [_streams(args), _reports(args), _queries(args), *_open_data(args)]


def _open_data(args: argparse.Namespace) -> "list[Room]":
    """The tables in pieces, and the counts of what is read."""
    from election.clock import system_clock
    from publisher.datasets.room import room
    from publisher.usage_room import room as counting

    public = args.data / "public"
    return [room(public), counting(public, system_clock, f"{os.uname().nodename}-{args.port}")]


def _streams(args: argparse.Namespace) -> "Room":
    """What has just come, from the files; Valkey only makes it quicker."""
    from publisher.stream.room import Settings, room
    from storage.embedded import valkey_url

    here = args.data / "valkey"
    return room(
        Settings(
            public=args.data / "public",
            logs=os.environ.get("SUARA_LOGS_URL") or args.data / "public" / "log",
            redis_url=os.environ.get("REDIS_URL") or (valkey_url(here) if here.exists() else None),
            own=(args.host, args.own_port) if args.own_port else None,
            proxies=frozenset(args.proxies.split(",")) - {""},
        )
    )


def _queries(args: argparse.Namespace) -> "Room":
    """Questions to the standby; their line may read what is published and nothing else."""
    from election.clock import system_clock
    from publisher.query.room import Queries
    from publisher.query.source import Source
    from storage.embedded import postgres_url

    here = args.data / "standby"
    url = os.environ.get("SUARA_STANDBY_URL") or (
        postgres_url(here) if here.exists() else f"postgresql:///?host={here}"
    )
    proxies = frozenset(args.proxies.split(",")) - {""}
    return Queries(Source(url), lambda: _bundle(args), system_clock, proxies).room()


def _reports(args: argparse.Namespace) -> "Room":
    """Reports of differences; their line to the database may add and read reports and nothing else."""
    from election.clock import system_clock
    from publisher.reports import room
    from publisher.reports.desk import Settings
    from publisher.reports.shelf import ROLE
    from publisher.standby.address import other
    from storage.embedded import postgres_url

    here = args.data / "pg"  # on a public node without a database there is none; the room says so
    database = os.environ.get("DATABASE_URL") or (
        postgres_url(here) if here.exists() else f"postgresql:///?host={here}"
    )
    settings = Settings(
        public=args.data / "public",
        url=os.environ.get("SUARA_REPORTS_URL") or other(database, user=ROLE),
        proxies=frozenset(args.proxies.split(",")) - {""},
    )
    return room(settings, lambda: _bundle(args), system_clock)


ROLES: dict[str, tuple[Serve, str, int]] = {
    "ingest": (with_storage(_ingest), "the front door: photos and readings in, receipts out", 8081),
    "ocr": (with_storage(_ocr), "read waiting photos", 0),
    "recap": (with_storage(_recap), "decide what counts, add it up on every level, tell programs", 8085),
    "review": (with_storage(_review), "the validators' workbench", 8082),
    "seal": (with_storage(_seal), "encrypt originals once they were read; the clear bytes go", 0),
    "publish": (with_storage(_publish), "write what the public gets, as files", 0),
    "log": (with_storage(_log), "publish the logs: tiles, signed and witnessed heads", 0),
    "site": (_site, "serve the public files (any file server does it too)", 8080),
}
