"""`suara verify`: an outsider's check of everything that is public, trusting nobody. Here are words and exit codes;
reading and checking are `monitor`'s."""

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monitor.finding import Finding
    from monitor.head import Head
    from monitor.memory import Memory
    from tlog.policy import Policy

HOLDS, DIFFERS, MISUSE = 0, 1, 2

ABOUT = """\
Checks the public logs of an election from their files alone: that each head is signed by its log and by enough
witnesses, that it goes on from every head seen before, and that all entries and tiles come to the root that was signed.

PLACE is an address (https://…) or a folder. Keep --state: it is what makes a log that forgets or rewrites itself
noticed. The policy says whose signatures count; take it from somewhere else than PLACE where you can (--policy).
"""
EXAMPLES = """\
examples:
  suara verify https://hasil.example
  suara verify data/public --contest ppwp --json
  suara verify https://mirror.example --policy policy-from-the-newspaper.txt --state checks

exit code 0: everything holds; 1: something does not, each thing on a line of its own; 2: called wrongly, or PLACE
cannot be reached
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `suara verify`."""
    parser = subparsers.add_parser(
        "verify", help="check the public logs, trusting nobody", description=ABOUT, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("place", metavar="PLACE", help="address or folder of the public files")
    parser.add_argument("--contest", metavar="KEY", help="only this log (default: all of the policy)")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="whose signatures count (default: PLACE's own)")
    parser.add_argument("--state", type=Path, default=Path("verified"), metavar="DIR", help="what was seen before")
    parser.add_argument("--processes", type=int, default=None, help="side by side (default: one a core)")
    parser.add_argument("--json", action="store_true", help="answer facts as JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Check; exit code 0, 1 or 2."""
    from monitor.address import Absent, Unreachable
    from tlog.policy import PolicyError

    try:
        facts = list(_checked(args))
    except (Absent, Unreachable) as error:
        print(
            f"suara verify: {args.place} cannot be read: {error}. Is the address right, the line up?", file=sys.stderr
        )
        return MISUSE
    except PolicyError as error:
        print(f"suara verify: the policy cannot be used: {error}", file=sys.stderr)
        return MISUSE
    if not facts:
        print(f"suara verify: the policy names no log {args.contest}", file=sys.stderr)
        return MISUSE
    if args.json:
        print(json.dumps({"place": args.place, "logs": facts}, indent=2))
    return DIFFERS if any(fact["findings"] for fact in facts) else HOLDS


def _checked(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from monitor.address import Address
    from monitor.memory import Memory
    from tlog.policy import Policy

    address = Address(args.place)
    text = args.policy.read_text() if args.policy else address.read("log/policy").decode()
    policy, memory = Policy.parse(text), Memory(args.state)
    with ProcessPoolExecutor(args.processes) as pool:
        for key in policy.log_keys:
            name = key.name.rpartition("/")[2]
            if args.contest in (None, name):
                fact = _log(args, pool, policy, memory, f"log/{name}", key.name)
                if not args.json:
                    _print(fact)
                yield fact


def _log(
    args: argparse.Namespace, pool: ProcessPoolExecutor, policy: "Policy", memory: "Memory", folder: str, origin: str
) -> dict[str, Any]:
    """One log's facts; its head is remembered where everything about it holds."""
    from monitor import head as heads
    from monitor.address import Address
    from monitor.whole import whole
    from tlog.witness import Seen

    address, seen = Address(args.place), memory.seen(origin)
    head = heads.read(address, folder, origin, policy, seen)
    if head.checkpoint is None:
        return _facts(origin, head, head.findings)
    found = whole(address, head, pool, lambda done: _progress(args, origin, done, head))
    findings = (*head.findings, *found.findings)
    if not findings:
        with memory.alone(origin):
            if memory.seen(origin).size <= head.checkpoint.size:
                memory.keep(origin, Seen(head.checkpoint.size, head.checkpoint.root))
    return _facts(origin, head, findings) | {"kinds": found.kinds, "bytes": found.size, "seen_before": seen.size}


def _facts(origin: str, head: "Head", findings: "tuple[Finding, ...]") -> dict[str, Any]:
    size = None if head.checkpoint is None else head.checkpoint.size
    told = [{"code": one.code, "where": one.where, "id": one.id, "en": one.en} for one in findings]
    return {"log": origin, "entries": size, "witnesses": head.cosigned, "findings": told}


def _progress(args: argparse.Namespace, origin: str, done: int, head: "Head") -> None:
    if not args.json and sys.stderr.isatty() and head.checkpoint is not None:
        end = "\n" if done == head.checkpoint.size else ""
        print(f"\r{origin}: {done:,} of {head.checkpoint.size:,} entries", end=end, file=sys.stderr, flush=True)


def _print(fact: dict[str, Any]) -> None:
    if fact["entries"] is not None:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(fact.get("kinds", {}).items()))
        before = f"; goes on from {fact['seen_before']:,}" if fact.get("seen_before") else "; seen for the first time"
        print(f"{fact['log']}: {fact['entries']:,} entries, {fact['witnesses']} witnesses{before}")
        if kinds:
            print(f"  {kinds}")
    for one in fact["findings"]:
        print(f"  {one['code']} {one['where']}: {one['id']} / {one['en']}")
    print("  holds" if not fact["findings"] else f"  {len(fact['findings']):,} findings")
