"""`suara relay`: PPK hands in what officers without a line made, from a stick or a laptop."""

import argparse
import asyncio
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from identity.phone import Phone
    from suara.relay import Outcome
    from suara.stick import Item

EXAMPLE = """\
examples:
  suara relay stick --url https://pintu.example --device ppk.json --enrol ppk-320101-1 --accounts https://akun.example
  suara relay stick --url https://pintu.example --device ppk.json

Every .suara file in the folder is read; receipts are written beside them (receipts.jsonl). Run it again at any time:
what has its receipt is passed over, and nothing is ever counted twice.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `relay`."""
    parser = commands.add_parser(
        "relay", help="hand in what officers without a line made", description=__doc__, epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("folder", type=Path, help="where the officers' files lie")
    parser.add_argument("--url", required=True, help="the front door")
    parser.add_argument("--device", type=Path, required=True, help="this laptop's own key; made by --enrol")
    parser.add_argument("--enrol", metavar="ACCOUNT", help="first enrol this laptop; asks for the activation code")
    parser.add_argument("--accounts", help="the accounts service, for --enrol")
    parser.add_argument("--own", action="store_true", help="in PPK's own name, where no officer's signature is good")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Hand in a folder. Answers 0 where everything has its receipt, 1 where something is left, 2 for misuse."""
    from suara import stick

    if args.enrol and not _enrol(args):
        return 2
    if not args.device.exists():
        print(
            f"suara: {args.device} does not exist. Enrol this laptop: --enrol ACCOUNT --accounts URL", file=sys.stderr
        )
        return 2
    from identity.phone import Phone

    outcomes = asyncio.run(_hand_in(args, Phone.loads(args.device.read_bytes()), stick.items(args.folder)))
    left = [outcome for outcome in outcomes if not outcome.kept]
    print(f"{len(outcomes) - len(left)} handed in, {len(left)} left")
    return int(bool(left))


def _enrol(args: argparse.Namespace) -> bool:
    from identity.device import Device
    from identity.phone import Phone
    from storage import durable
    from suara.relay import enrol

    if args.device.exists() or not args.accounts:
        print("suara: --enrol needs --accounts, and a --device file that does not exist yet", file=sys.stderr)
        return False
    phone = Phone(args.enrol, Device.make())
    code = getpass.getpass("Kode aktivasi / activation code: ")
    outcome = asyncio.run(enrol(args.accounts, phone, code))
    if not outcome.kept:
        print(f"suara: {outcome.code}: {outcome.words}", file=sys.stderr)
        return False
    durable.write(args.device, phone.dumps(), mode=0o600)
    return True


async def _hand_in(args: argparse.Namespace, phone: "Phone", items: "list[Item]") -> "list[Outcome]":
    import aiohttp

    from suara.relay import Ledger, Relay

    ledger = Ledger(args.folder)
    known = ledger.known()

    def done(outcome: "Outcome") -> None:
        ledger.write(outcome)
        print(f"{outcome.id}  {'kept' if outcome.kept else f'{outcome.code}: {outcome.words}'}", flush=True)

    async with aiohttp.ClientSession() as session:
        waiting = [item for item in items if item.id not in known]
        return await Relay(session, args.url, phone).hand_in(waiting, done, own=args.own)
