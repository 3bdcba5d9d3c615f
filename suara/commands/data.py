"""`suara data`: the open data as files, once or kept fresh. What they are is `publisher.datasets`'."""

import argparse
import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from publisher.datasets.service import Datasets
    from storage.opened import Storage

HOLDS = 0
EXAMPLES = """\
examples:
  suara data build --data data             every contest once, as the database has it
  suara data follow --data data            the same every five minutes, for ever; XLSX and parted tables hourly
  suara data describe ppwp --data data     tables, columns and what they mean
  suara data usage --data data --log F     counts of a web server's log that has no addresses

Tables are read from SUARA_STANDBY_URL where it is set, else from the primary.
"""
DESCRIPTION = "Open data: CSV, Parquet and XLSX of every contest and level, with a package that describes them."


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `suara data`."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        "data", help="open data: build, follow, describe", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=raw
    )
    verbs = parser.add_subparsers(required=True, metavar="WHAT")
    for name, func, about in (
        ("build", build, "build what has changed, once"),
        ("follow", follow, "keep it fresh until told to stop"),
        ("describe", describe, "say what the tables of a contest mean"),
        ("usage", usage, "publish how often what is read, from a log without addresses"),
    ):
        one = verbs.add_parser(name, help=about, description=about, epilog=EXAMPLES, formatter_class=raw)
        one.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="the system's own folder")
        one.set_defaults(func=func)
        if name in ("build", "describe"):
            one.add_argument("--json", action="store_true", help="answer facts as JSON")
        if name == "describe":
            one.add_argument("contest", metavar="CONTEST")
        if name == "follow":
            one.add_argument(
                "--interval", type=float, default=300.0, help="seconds between rounds (default %(default)s)"
            )
        if name == "usage":
            one.add_argument(
                "--log", type=Path, required=True, metavar="FILE", help="deploy/nginx-usage.conf says which"
            )


def build(args: argparse.Namespace) -> int:
    """Once; exit code 0. Raises Unavailable."""
    made = asyncio.run(_build(args))
    print(json.dumps({"built": made}) if args.json else f"built: {', '.join(made) or 'nothing has changed'}")
    return HOLDS


async def _build(args: argparse.Namespace) -> list[str]:
    async with await _storage(args) as storage:
        return await _datasets(args, storage).round()


def follow(args: argparse.Namespace) -> int:
    """Until told to stop."""
    from suara.commands.roles import _until_told

    async def serve(args: argparse.Namespace) -> None:
        from publisher.datasets.service import follow

        async with await _storage(args) as storage:
            await follow(_datasets(args, storage), args.interval)

    args.serve = serve
    asyncio.run(_until_told(args))
    return HOLDS


def describe(args: argparse.Namespace) -> int:
    """Tables and columns, from the bundle alone. Raises UnknownContest, BundleMissing."""
    from election import bundle as bundles
    from publisher.datasets.package import dictionary

    rows = dictionary(bundles.load(args.data / "bundle"), (args.contest,))
    if args.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return HOLDS
    table = ""
    for row in rows:
        if row["table"] != table:
            table = row["table"]
            print(f"\ndata/{args.contest}/{table}")
        print(f"  {row['column']:<32}{row['type']:<8}{row['unit']:<8}{row['id']} · {row['en']}")
    return HOLDS


def usage(args: argparse.Namespace) -> int:
    """Counts a web server's log; exit code 0."""
    from election.clock import system_clock
    from publisher.usage import Usage
    from publisher.usage_log import read

    kept = Usage(args.data / "public", system_clock, node=f"log-{os.uname().nodename}")
    counted = read(kept, args.log)
    print(f"{counted:,} requests counted")
    return HOLDS


def _datasets(args: argparse.Namespace, storage: "Storage") -> "Datasets":
    from election import bundle as bundles
    from election.clock import system_clock
    from publisher.datasets.service import Datasets

    standby = os.environ.get("SUARA_STANDBY_URL")
    journals: Any = storage.journal
    return Datasets(
        bundles.load(args.data / "bundle"), args.data / "public", standby or storage.database_url, journals,
        system_clock, standby=bool(standby),
    )  # fmt: skip


async def _storage(args: argparse.Namespace) -> "Storage":
    from storage.opened import open_storage
    from storage.settings import Settings

    return await open_storage(Settings.from_environment(args.data))
