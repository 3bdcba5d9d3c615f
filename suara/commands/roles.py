"""The roles as commands, for a data centre: one process each, any number of ingest, ocr and publish readers.

Each loads the bundle, opens storage, and serves until told to stop. What a role does lives in its own room.
"""

import argparse
import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any


Serve = Callable[[Any, Any, argparse.Namespace, Path], Awaitable[None]]


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
        parser.add_argument("--site-url", default="http://127.0.0.1:8080", help="where the public site will be read")
        parser.set_defaults(func=run, serve=serve)


def run(args: argparse.Namespace) -> int:
    """Serve one role until SIGTERM or Ctrl-C."""
    import uvloop

    uvloop.run(_until_told(args))
    return 0


async def _until_told(args: argparse.Namespace) -> None:
    role = asyncio.ensure_future(_serve(args))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, role.cancel)
    try:
        await role
    except asyncio.CancelledError:
        if not role.cancelled():
            raise


async def _serve(args: argparse.Namespace) -> None:
    if args.serve is _site:  # files only: the public side runs with the engine switched off
        await _site(None, None, args, args.data)
        return
    from election import bundle as bundles
    from storage.opened import open_storage
    from storage.settings import Settings

    bundle = bundles.load(args.data / "bundle")
    async with open_storage(Settings.from_env(data_dir=args.data)) as storage:
        await args.serve(bundle, storage, args, args.data)


async def _ingest(bundle: Any, storage: Any, args: argparse.Namespace, data: Path) -> None:
    from election.clock import system_clock
    from ingest.app import serve

    await serve(bundle, storage, host=args.host, port=args.port, clock=system_clock)


async def _ocr(bundle: Any, storage: Any, args: argparse.Namespace, data: Path) -> None:
    from election.clock import system_clock
    from ocr.worker import serve

    await serve(bundle, storage, consumer=f"{os.uname().nodename}-{os.getpid()}", clock=system_clock)


async def _recap(bundle: Any, storage: Any, args: argparse.Namespace, data: Path) -> None:
    from election.clock import system_clock
    from recap.engine import serve

    await serve(bundle, storage, snapshots=data / "snapshots", clock=system_clock)


async def _publish(bundle: Any, storage: Any, args: argparse.Namespace, data: Path) -> None:
    from election.clock import system_clock
    from publisher.service import serve

    await serve(bundle, storage, public=data / "public", base_url=args.site_url, clock=system_clock)


async def _review(bundle: Any, storage: Any, args: argparse.Namespace, data: Path) -> None:
    from election.clock import system_clock
    from review.app import serve

    await serve(
        bundle, storage, host=args.host, port=args.port, accounts=data / "accounts.json", clock=system_clock
    )


async def _site(bundle: Any, storage: Any, args: argparse.Namespace, data: Path) -> None:
    from publisher.files import serve

    await serve(data / "public", host=args.host, port=args.port)


ROLES: dict[str, tuple[Serve, str, int]] = {
    "ingest": (_ingest, "the front door: photos and readings in, receipts out", 8081),
    "ocr": (_ocr, "read waiting photos", 0),
    "recap": (_recap, "decide what counts, add it up on every level", 0),
    "review": (_review, "the validators' workbench", 8082),
    "publish": (_publish, "write what the public gets, as files", 0),
    "site": (_site, "serve the public files (any file server does it too)", 8080),
}

