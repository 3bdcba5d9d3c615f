"""`suara policy`: by which rules the machine decides in a contest; adopt others; say what would change."""

import argparse
import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from election.bundle.settings import Settings
    from election.event import Event
    from election.policy import Adoption
    from storage.opened import Storage

EXAMPLES = {
    "show": "suara policy show                        the catalogue, as docs/policies.md has it\n"
    "  suara policy show two-people-3           one table\n"
    "  suara policy show --contest pdpr         what is in force in a contest, from its journal",
    "adopt": "suara policy adopt two-people-3 --contest pdpr --data data\n"
    "  suara policy adopt our-own-1 --table table.json --contest pdpr --data data",
    "diff": "suara policy diff two-readings-3 show-marked-3\n"
    "  suara policy diff two-people-3 --contest pdpr --data data      against what is in force",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `policy` and what it can do."""
    told = "\n  ".join(("examples:", *EXAMPLES.values()))
    parser = commands.add_parser(
        "policy", help="by which rules the machine decides, and adopting others", description=f"{__doc__}\n{told}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    show = _verb(verbs, "show", "print the catalogue, a table, or what is in force in a contest")
    show.add_argument("name", nargs="?", help="a preset (default: all of them)")
    show.set_defaults(func=run_show)
    adopt = _verb(verbs, "adopt", "put a table in force; the machine decides everything anew, never what people did")
    adopt.add_argument("name", help="a preset, or the name of the table given")
    adopt.add_argument("--table", type=Path, help="JSON: situation → action")
    adopt.set_defaults(func=run_adopt)
    diff = _verb(verbs, "diff", "say in which situations two tables differ; exit code 1 where they do")
    diff.add_argument("names", nargs="+", metavar="NAME", help="two presets, or one against what is in force")
    diff.set_defaults(func=run_diff)


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(
        name, help=about, description=f"{about}\n\nexamples:\n  {EXAMPLES[name]}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--data", type=Path, default=Path("data"), help="where this installation keeps everything")
    parser.add_argument("--contest", metavar="KEY", help="the contest whose journal is meant")
    parser.add_argument("--json", action="store_true", help="answer facts as JSON")
    return parser


class Facts(Struct, frozen=True):
    """What `--json` answers of a policy."""

    name: str
    number: int
    table: Mapping[str, str]


def run_show(args: argparse.Namespace) -> int:
    """Print the catalogue, one table, or what is in force."""
    from election.policy import PRESETS, table_of
    from election.policy.document import markdown, told

    if args.contest:
        stands = asyncio.run(in_force(args.data, args.contest))
        facts = [Facts(stands.name, stands.number, {str(one): str(act) for one, act in stands.table.items()})]
    else:
        facts = [Facts(name, 0, table_of(name)) for name in ([args.name] if args.name else PRESETS)]
    if args.json:
        print(json.dumps([{"name": f.name, "number": f.number, "table": dict(f.table)} for f in facts], indent=2))
    elif args.name or args.contest:
        print("\n".join(told(f.name, f.number, f.table) for f in facts))
    else:
        print(markdown(), end="")
    return 0


def run_adopt(args: argparse.Namespace) -> int:
    """Put a policy in force, in the name of the server's operator; 2 where it may not be."""
    from election.policy import table_of

    if not args.contest:
        print("suara policy adopt: --contest says in which journal")
        return 2
    table = _read(args.table) if args.table else table_of(args.name)
    number = asyncio.run(adopt(args.data, args.contest, args.name, table))
    print(
        json.dumps({"number": number}) if args.json else f"{args.name} is in force in {args.contest} from {number} on"
    )
    return 0


def _read(path: Path) -> dict[str, str]:
    """A table from a file. Raises PolicyIncomplete where it is none."""
    import msgspec

    from election.policy import Action, PolicyIncomplete

    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except msgspec.MsgspecError as error:
        raise PolicyIncomplete(actions=", ".join(Action), what=error) from error


def run_diff(args: argparse.Namespace) -> int:
    """Say where two tables differ: 0 nowhere, 1 somewhere."""
    from election.policy import Adoption, checked, table_of
    from election.policy.document import differences

    if len(args.names) + bool(args.contest) != 2:
        print("suara policy diff: two tables, or one and --contest")
        return 2
    tables = [Adoption(name, checked(table_of(name))) for name in args.names]
    if args.contest:
        tables.insert(0, asyncio.run(in_force(args.data, args.contest)))
    before, after = tables
    found = [
        (one, before.table[one], after.table[one]) for one in before.table if before.table[one] != after.table[one]
    ]
    if args.json:
        print(json.dumps([{"situation": one, "before": was, "after": is_} for one, was, is_ in found], indent=2))
    else:
        print("\n".join(differences(found)) or f"{before.name} and {after.name} do the same in every situation")
    return int(bool(found))


async def in_force(data: Path, contest: str) -> "Adoption":
    """What is in force in a contest as its journal stands. Raises UnknownContest."""
    from election.policy import of_bundle, standing

    settings = _settings(data, contest)
    async with await _opened(data) as storage:
        return standing(await _adoptions(storage, contest), of_bundle(settings))


async def adopt(data: Path, contest: str, name: str, table: Mapping[str, str]) -> int:
    """Appends the adoption; answers its number. Raises PolicyUnnamed, PolicyIncomplete, PolicyRefused, PolicyOvertaken.

    On the machine itself one person does it, whose role the log says: `server`. At the desk it takes two.
    """
    from election.clock import stamp, system_clock
    from election.policy import PolicyOvertaken, adopted, of_bundle, standing
    from storage.journal import Draft, Outcome

    settings = _settings(data, contest)
    async with await _opened(data) as storage:
        stands = standing(await _adoptions(storage, contest), of_bundle(settings))
        event = adopted(name, table, replaces=stands.number, at=stamp(system_clock()), roles=("server",))
        (done,) = await storage.journal(contest).append(Draft(event=event, expect=event.replaces))
    if done.outcome is not Outcome.APPENDED:
        raise PolicyOvertaken(number=done.number)
    return done.number


def _settings(data: Path, contest: str) -> "Settings":
    """The bundle's. Raises UnknownContest."""
    from election import bundle as bundles

    bundle = bundles.load(data / "bundle")
    bundle.holding(contest)
    return bundle.settings


async def _adoptions(storage: "Storage", contest: str) -> "list[tuple[int, Event | None]]":
    entries = await storage.journal(contest).of_kinds({"policy_adopted"})
    return [(entry.number, entry.event) for entry in entries]


async def _opened(data: Path) -> "Storage":
    from storage import settings
    from storage.opened import open_storage

    return await open_storage(settings.Settings.from_environment(data))
