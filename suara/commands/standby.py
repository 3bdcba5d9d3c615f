"""`suara standby`: the role that keeps the public's copy of the results, and what an operator asks or orders of it.

Here are words, addresses and exit codes; the work is `publisher.standby`'s.
"""

import argparse
import asyncio
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from suara.commands import roles

if TYPE_CHECKING:
    from publisher.standby.keeper import Addresses

HOLDS, DIFFERS = 0, 1

ABOUT = """\
Keeps a second database with everything that is published and nothing else, from which all public questions are
answered. It follows the primary by logical replication, measures how far behind it is, and is built anew beside
the copy that is read where it cannot go on.

Addresses: the primary is DATABASE_URL, the standby SUARA_STANDBY_URL, each the embedded one of --data where unset;
SUARA_REPLICATION_URL where the standby's server reaches the primary under another address or with a password.
"""
EXAMPLES = {
    "": "suara standby --data data            the role: keep the standby, until told to stop",
    "status": "suara standby status --data data     how far behind, and what is wrong; 1 where something is",
    "rebuild": "suara standby rebuild --data data    a new copy beside the old one, which answers until it is replaced",
    "check": "suara standby check --data data      hold every row against the public log; 1 where any differs",
    "prepare": "suara standby prepare | psql …       the SQL that a primary needs, for its superuser",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `standby` and what it can do."""
    told = "\n  ".join(("examples:", *EXAMPLES.values()))
    parser = commands.add_parser(
        "standby", help="keep, ask, rebuild or check the public's copy of the results",
        description=f"{ABOUT}\n{told}", formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--data", type=Path, default=Path("data"), help="where this installation keeps everything")
    parser.set_defaults(func=roles.run, serve=_serve)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    status = _verb(verbs, "status", "how far behind the standby is, and what is wrong")
    status.add_argument("--json", action="store_true", help="answer facts as JSON")
    status.set_defaults(func=run_status)
    _verb(verbs, "rebuild", "a new copy, while the old one goes on answering").set_defaults(func=run_rebuild)
    check = _verb(verbs, "check", "hold every row against the public log")
    check.add_argument("--contest", metavar="KEY", help="only this one (default: all of the bundle)")
    check.add_argument("--most", type=int, default=100, help="differences told of each contest (default %(default)s)")
    check.add_argument("--json", action="store_true", help="answer facts as JSON")
    check.set_defaults(func=run_check)
    _verb(verbs, "prepare", "print the SQL that a primary needs").set_defaults(func=run_prepare)


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(
        name, help=about, description=f"{about}\n\nexample:\n  {EXAMPLES[name]}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--data", type=Path, default=argparse.SUPPRESS, help="where this installation keeps everything")
    return parser


def addresses(data: Path, stack: ExitStack) -> "Addresses":
    """Where the two databases are; embedded servers that do not run yet are started, and stopped with `stack`."""
    from publisher.standby import address
    from publisher.standby.keeper import Addresses
    from storage.embedded import REPLICATOR, start_postgres
    from storage.settings import Settings

    settings = Settings.from_environment(data)
    admin = settings.database_url
    if admin is None and settings.replication_url is None:
        admin = stack.enter_context(start_postgres(data / "pg", share=True)).url
    primary = settings.replication_url or address.other(admin or "", user=REPLICATOR)
    return Addresses(primary, standby_url(data, stack), admin)


def standby_url(data: Path, stack: ExitStack) -> str:
    """The standby's own database; embedded and started where none is named."""
    from storage.embedded import start_standby
    from storage.settings import Settings

    named = Settings.from_environment(data).standby_url
    return named or stack.enter_context(start_standby(data / "standby", share=True)).url


async def _serve(args: argparse.Namespace) -> None:
    from election.clock import system_clock
    from publisher.standby.keeper import keep

    with ExitStack() as stack:
        await keep(addresses(args.data, stack), system_clock)


def run_status(args: argparse.Namespace) -> int:
    """Say how the standby stands; 1 where it is not sound."""
    from publisher.standby.asked import ask

    with ExitStack() as stack:
        told = asyncio.run(ask(standby_url(args.data, stack)))
    if args.json:
        print(json.dumps(told.facts(), indent=2))
    else:
        print("\n".join(told.lines()))
    return HOLDS if told.sound else DIFFERS


def run_rebuild(args: argparse.Namespace) -> int:
    """Build a new copy, and say what happens."""
    from election.clock import system_clock
    from publisher.standby.asked import order

    with ExitStack() as stack:
        asyncio.run(order(addresses(args.data, stack), system_clock, lambda text: print(text, flush=True)))
    return HOLDS


def run_prepare(args: argparse.Namespace) -> int:
    """Print the SQL."""
    from publisher.standby.primary import PREPARE

    print(PREPARE, end="")
    return HOLDS


def run_check(args: argparse.Namespace) -> int:
    """Hold every row against the log; 1 where any differs."""
    from election import bundle as bundles
    from publisher.standby.check import check
    from storage.settings import Settings

    bundle = bundles.load(args.data / "bundle")
    keys = [args.contest] if args.contest else [*bundle.live]
    with ExitStack() as stack:
        url = standby_url(args.data, stack)
        logs = Settings.from_environment(args.data).logs_url or args.data / "public" / "log"
        found = [asyncio.run(check(bundle, key, url, logs, most=args.most)) for key in keys]
    if args.json:
        print(json.dumps([one.facts() for one in found], indent=2))
    else:
        print("\n".join(line for one in found for line in one.lines()))
    if any(one.cause for one in found):
        print("suara: some could not be checked; what keeps it is said above", file=sys.stderr)
    return HOLDS if all(one.holds for one in found) else DIFFERS
