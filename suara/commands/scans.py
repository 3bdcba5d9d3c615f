"""`suara scans`: originals of photos — sealed, counted, opened by a person with a reason, kept only as long as due."""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from election.bundle import Bundle
    from storage.opened import Storage
    from storage.seal.sealer import Sealer

EXAMPLES = {
    "custodian": "suara scans custodian --out /media/stick/custodian.key\n"
    "  suara scans custodian --public age1…                 the pair was made elsewhere",
    "seal": "suara scans seal --data data                          all that is due now, then end\n"
    "  suara seal --data data                                the same as a role that goes on",
    "status": "suara scans status --data data",
    "open": "suara scans open SHA256 --why dispute --by bawaslu-1 --out photo.jpg\n"
    "  suara scans open SHA256 --why audit --by kpu-2 --out photo.jpg --identity /media/stick/custodian.key\n"
    "  age -d -i custodian.key data/sealed/ppwp/ab/cd/abcd….age > photo.jpg       the same without us",
    "retain": "suara scans retain --dry-run                          what is due, and why the rest is not\n"
    "  suara scans retain --rule operating --contest ppwp --by kpu-1 --carry-out",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `scans` and what it can do."""
    told = "\n  ".join(("examples:", *EXAMPLES.values()))
    parser = commands.add_parser(
        "scans", help="originals of photos: sealed, opened, kept as long as due",
        description=f"{__doc__}\n{told}\n\nWho can open what, and for how long: docs/scans.md",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    custodian = _verb(verbs, "custodian", "name who can always open originals", run_custodian)
    custodian.add_argument("--out", type=Path, help="make a pair; the private half goes here, to be carried away")
    custodian.add_argument("--public", metavar="age1…", help="name a key that was made elsewhere")
    _verb(verbs, "seal", "seal all originals that are due, then end", run_seal)
    _verb(verbs, "status", "what is sealed, what still lies in the clear, which keys are here", run_status)
    opened = _verb(verbs, "open", "open one original; who and why is kept", run_open)
    opened.add_argument("sha256", help="hash of the photo, as in receipt and log")
    opened.add_argument("--by", required=True, help="the account or person who looks")
    opened.add_argument("--why", required=True, help="a reason code; `--why list` names them")
    opened.add_argument("--out", type=Path, required=True, help="where the photo goes; only its owner can read it")
    opened.add_argument("--identity", type=Path, help="a private key to open with, such as the custodian's")
    retain = _verb(verbs, "retain", "say what retention allows, or carry one rule out", run_retain)
    retain.add_argument("--rule", help="a rule (default: all)")
    retain.add_argument("--contest", help="a contest (default: all)")
    retain.add_argument("--by", help="who carries it out")
    retain.add_argument("--dry-run", action="store_true", help="only say (the default)")
    retain.add_argument("--carry-out", action="store_true", help="do it; it cannot be undone")


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str,
    work: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:  # fmt: skip
    parser = verbs.add_parser(
        name, help=about, description=f"{about}\n\nexamples:\n  {EXAMPLES[name]}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--data", type=Path, default=Path("data"), help="where this installation keeps everything")
    parser.add_argument("--json", action="store_true", help="answer facts as JSON")
    parser.set_defaults(func=work)
    return parser


def run_custodian(args: argparse.Namespace) -> int:
    """Name the custodian, once."""
    from storage.seal.keys import Keys

    keys = Keys(args.data / "keys" / "scans")
    if args.public:
        try:
            keys.name_custodian(args.public)
        except ValueError as error:
            print(f"suara: {error}", file=sys.stderr)
            return 2
        public = args.public
    elif args.out is None:
        print("suara: say --out FILE for a new pair, or --public age1… for one made elsewhere", file=sys.stderr)
        return 2
    else:
        public = keys.make_custodian(args.out)
    written = bool(args.out and args.out.exists())
    _say(args, {"custodian": public, "private": str(args.out) if written else None})
    if args.out and not written:
        print("suara: this installation had a custodian already; that one stays", file=sys.stderr)
    return 0


def run_seal(args: argparse.Namespace) -> int:
    """One pass."""

    async def seal(_bundle: "Bundle", storage: "Storage") -> int:
        own = sealer(_bundle, storage)
        await own.follow()
        await own.tidy()
        return await _status(args, _bundle, storage)

    return asyncio.run(_with(args, seal))


def run_status(args: argparse.Namespace) -> int:
    """Count."""
    return asyncio.run(_with(args, lambda bundle, storage: _status(args, bundle, storage)))


def run_open(args: argparse.Namespace) -> int:
    """Open one original, and keep who did."""
    from storage.seal.openings import REASONS

    if args.why not in REASONS:
        print("\n".join(f"{code:10} {words['id']} · {words['en']}" for code, words in REASONS.items()), file=sys.stderr)
        return 2
    return asyncio.run(_with(args, lambda _, storage: _open(args, storage)))


def run_retain(args: argparse.Namespace) -> int:
    """Say what is due; with --carry-out, do one rule of one contest."""
    whole = args.rule and args.contest and args.by and not args.dry_run
    if args.carry_out and not whole:
        print("suara: --carry-out wants --rule, --contest and --by, and no --dry-run", file=sys.stderr)
        return 2
    return asyncio.run(_with(args, lambda bundle, storage: _retain(args, bundle, storage)))


def sealer(bundle: "Bundle", storage: "Storage") -> "Sealer":
    """The sealer of every contest of this installation. Where nobody named a custodian, its key is made here."""
    from election.clock import system_clock
    from storage.seal.sealer import Sealer

    folder = storage.cabinet.keys.folder
    storage.cabinet.keys.make_custodian(folder / "custodian.key")
    return Sealer(storage, bundle.live, system_clock)


async def _status(args: argparse.Namespace, bundle: "Bundle", storage: "Storage") -> int:
    from storage.seal import openings

    sealed: dict[str, dict[str, int]] = {}
    for contest in (*bundle.live, "umum"):
        sizes = [size async for _, size in storage.cabinet.under(contest)]
        if sizes:
            sealed[contest] = {"originals": len(sizes), "bytes": sum(sizes)}
    keys = storage.cabinet.keys
    private = keys.folder / "custodian.key"
    _say(args, {
        "sealed": sealed,
        "packs in the clear": len(storage.packs.closed()) if storage.packs is not None else 0,
        "objects in the clear": len([sha async for sha, _ in storage.scans.objects()]),
        "operating keys": [contest for contest in bundle.live if keys.identities(contest)],
        "custodian's private key on this machine": f"{private} (carry it away)" if private.exists() else None,
        "openings by people": await openings.count(storage.pool),
    })  # fmt: skip
    return 0


async def _open(args: argparse.Namespace, storage: "Storage") -> int:
    from election.clock import stamp, system_clock
    from election.errors import SuaraError
    from storage import durable
    from storage.seal.keys import identity_in
    from storage.seal.openings import Opening, record

    own = [identity_in(args.identity.read_text())] if args.identity else None
    told = Opening(at=stamp(system_clock()), account=args.by, role="operator", sha256=args.sha256, why=args.why)
    try:
        data = await (storage.cabinet.open(args.sha256, own) if own else storage.scans.get(args.sha256))
    except SuaraError as error:
        from msgspec.structs import replace

        await record(storage.pool, replace(told, refused=error.code))
        raise
    await record(storage.pool, told)
    await asyncio.to_thread(durable.write, args.out, data, 0o600)
    _say(args, {"sha256": args.sha256, "bytes": len(data), "written": str(args.out)})
    return 0


async def _retain(args: argparse.Namespace, bundle: "Bundle", storage: "Storage") -> int:
    from msgspec import to_builtins

    from election.clock import system_clock
    from storage.seal import retention

    found = [one for contest in bundle.live if args.contest in (None, contest)
             for one in await retention.due(bundle, storage, contest, system_clock)
             if args.rule in (None, one.rule)]  # fmt: skip
    if not found:
        print("suara: no such contest or rule", file=sys.stderr)
        return 2
    if args.carry_out:
        count = await retention.carry_out(bundle, storage, found[0], args.by, system_clock)
        _say(args, {"rule": found[0].rule, "contest": found[0].contest, "originals": count})
        return 0
    if args.json:
        print(json.dumps(to_builtins(found)))
    for one in [] if args.json else found:
        when = "may be carried out now" if one.now else one.why
        print(f"{one.contest:8} {one.rule:10} {one.days:5} days  {when}   [{one.law}]")
    return 0


async def _with(args: argparse.Namespace, work: "Callable[[Bundle, Storage], Awaitable[int]]") -> int:
    from election import bundle as bundles

    async with _storage(args.data) as storage:
        return await work(bundles.load(args.data / "bundle"), storage)


@asynccontextmanager
async def _storage(data: Path) -> "AsyncIterator[Storage]":
    from storage.opened import open_storage
    from storage.settings import Settings

    async with await open_storage(Settings.from_environment(data)) as storage:
        yield storage


def _say(args: argparse.Namespace, facts: dict[str, Any]) -> None:
    if args.json:
        print(json.dumps(facts))
        return
    for name, value in facts.items():
        print(f"{name}: {json.dumps(value) if isinstance(value, dict | list) else '–' if value is None else value}")
