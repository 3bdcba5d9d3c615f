"""`suara accounts`: make the accounts of a bundle, serve enrolment and the desk, give one account a new code."""

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from suara.commands import roles

if TYPE_CHECKING:
    from election.bundle import Bundle
    from identity.account import Account
    from storage.opened import Storage
    from storage.settings import Settings

EXAMPLES = {
    "make": "suara accounts make --data data                everyone's; codes in data/accounts/codes.csv, mode 0600",
    "serve": "suara accounts serve --data data --port 8083   enrolment for the app, the desk for those who help",
    "code": "suara accounts code --data data ri-0-1         a new code, said once; the account's device is revoked",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `accounts` and what it can do."""
    told = "\n  ".join(("examples:", *EXAMPLES.values()))
    parser = commands.add_parser(
        "accounts", help="accounts, activation codes and the desk", description=f"{__doc__}\n{told}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    make = _verb(verbs, "make", "make the accounts that the bundle has and the database lacks")
    make.add_argument("--bundle", type=Path, help="default: DATA/bundle")
    make.add_argument("--codes", type=Path, help="where codes are written, once (default: DATA/accounts/codes.csv)")
    make.set_defaults(func=run_make)
    serve = _verb(verbs, "serve", "serve enrolment and the desk")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8083)
    serve.set_defaults(func=roles.run, serve=roles.with_storage(_serve))
    code = _verb(verbs, "code", "a new activation code for one account")
    code.add_argument("account", help="such as ri-0-1")
    code.set_defaults(func=run_code)


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(
        name, help=about, description=f"{about}\n\nexample:\n  {EXAMPLES[name]}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--data", type=Path, default=Path("data"), help="where this installation keeps everything")
    return parser


def run_make(args: argparse.Namespace) -> int:
    """Make accounts, and say how many and where their codes are."""
    from election import bundle as bundles
    from storage.settings import Settings

    codes = args.codes or args.data / "accounts" / "codes.csv"
    bundle = bundles.load(args.bundle or args.data / "bundle")
    made = asyncio.run(make(Settings.from_environment(args.data), bundle, codes))
    told = ", ".join(f"{count:,} {role}" for role, count in made.items()) or "none new"
    print(f"{sum(made.values()):,} accounts made: {told}")
    print(f"codes, readable by you alone: {codes}. They are kept nowhere else; hand them out and delete the file.")
    return 0


async def make(settings: "Settings", bundle: "Bundle", codes: Path) -> dict[str, int]:
    """Makes the accounts of a bundle; role → how many are new. Raises FileExistsError, CodesDoNotNest."""
    from accounts.app import CODES
    from accounts.make import make as made
    from election.clock import system_clock
    from storage import keys
    from storage.opened import open_storage

    codes.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = keys.load_or_make(settings.data_dir / "keys", CODES).seed
    async with await open_storage(settings) as storage:
        return (await made(bundle, storage, codes, secret, system_clock)).accounts


def run_code(args: argparse.Namespace) -> int:
    """Give an account a new code. Whoever can run this can speak for anybody: it needs the installation's keys."""
    from identity.account import Account

    account = Account.parse(args.account)
    print(asyncio.run(_code(args.data, account)))
    return 0


async def _code(data: Path, account: "Account") -> str:
    from accounts.app import CODES
    from accounts.register import Actor, Register
    from election.clock import system_clock
    from storage import keys
    from storage.journal import UMUM
    from storage.opened import open_storage
    from storage.settings import Settings

    secret = keys.load_or_make(data / "keys", CODES).seed
    async with await open_storage(Settings.from_environment(data)) as storage:
        register = Register(storage.pool, storage.journal(UMUM), secret, system_clock)
        return await register.reissue(account, Actor())


async def _serve(bundle: "Bundle", storage: "Storage", args: argparse.Namespace) -> None:
    from accounts.app import serve
    from election.clock import system_clock

    await serve(bundle, storage, host=args.host, port=args.port, clock=system_clock)
