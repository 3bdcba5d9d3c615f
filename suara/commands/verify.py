"""`suara verify`: an outsider's check of everything that is public, trusting nobody. Here are words and exit codes;
reading and checking are `monitor`'s."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monitor.address import Address
    from monitor.audit import Outcome, Progress
    from monitor.finding import Finding
    from monitor.memory import Memory
    from tlog.policy import Policy

HOLDS, DIFFERS, MISUSE = 0, 1, 2

ABOUT = """\
Checks an election from its public files alone. Of each log: that its head is signed by the log and by enough
witnesses, that it goes on from every head seen before, and that all entries and tiles come to the root that was
signed. Of each contest: every total, worked out anew from the log's entries, against every document that is
published; masked scans against the hashes in the log; with --standby, the query API's records as well.

PLACE is an address (https://…) or a folder. Keep --state: it is what makes a log that forgets or rewrites itself
noticed, and remembers the first policy and list of TPS that it saw: another one is told of. The policy says whose
signatures count; take it from somewhere else than PLACE where you can (--policy).
"""
EXAMPLES = """\
examples:
  suara verify https://hasil.example
  suara verify data/public --contest ppwp --scans all --json
  suara verify https://mirror.example --policy policy-from-the-newspaper.txt --state checks
  suara verify https://hasil.example --standby https://hasil.example --documents 500
  suara verify https://hasil.example --receipt tanda-terima.txt

exit code 0: everything holds; 1: something does not, each thing on a line of its own; 2: called wrongly, or PLACE
cannot be reached
"""
PROVES = """\
This shows that what is published is what the log says, and that the log has only grown since it was first seen here.
It does not show that a photo is of the true form, nor that a form was filled in truly: look at the scans, and hold
your own copy of a C.Hasil against them (suara watch --tally)."""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `suara verify`."""
    parser = subparsers.add_parser(
        "verify", help="check logs, totals, scans and standby, trusting nobody", description=ABOUT, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("place", metavar="PLACE", help="address or folder of the public files")
    parser.add_argument("--contest", metavar="KEY", help="only this log (default: all of the policy)")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="whose signatures count (default: PLACE's own)")
    parser.add_argument("--state", type=Path, default=Path("verified"), metavar="DIR", help="what was seen before")
    parser.add_argument("--processes", type=int, default=None, help="side by side (default: one a core)")
    parser.add_argument("--documents", type=_amount, default=None, metavar="N|all", help="kelurahan's (default: all)")
    parser.add_argument("--scans", type=_amount, default=100, metavar="N|all", help="how many pictures (default: 100)")
    parser.add_argument("--standby", default="", metavar="URL", help="also the records of this query API")
    parser.add_argument("--receipt", type=Path, metavar="FILE", help="only this receipt or .tlog-proof")
    parser.add_argument(
        "--key", metavar="FILE", help="who signs first-stage receipts: a file, or the key itself (default: PLACE's own)"
    )
    parser.add_argument("--json", action="store_true", help="answer facts as JSON")
    parser.set_defaults(func=run)


def _amount(text: str) -> int | None:
    if text != "all" and not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("a number, or all")
    return None if text == "all" else int(text)


def run(args: argparse.Namespace) -> int:
    """Check; exit code 0, 1 or 2."""
    import msgspec

    from monitor.address import Absent, Unreachable
    from tlog.note import NoteError
    from tlog.policy import PolicyError

    try:
        if args.receipt:
            return _receipt(args)
        facts = list(_checked(args))
    except (Absent, Unreachable) as error:
        return _misuse(f"{args.place} cannot be read: {error}. Is the address right, the line up?")
    except PolicyError as error:
        return _misuse(f"the policy cannot be used: {error}")
    except (NoteError, OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        forgotten = isinstance(error, msgspec.DecodeError)
        return _misuse(f"what was seen before cannot be read in {args.state}: {error}" if forgotten else str(error))
    if not facts:
        return _misuse(f"the policy names no log {args.contest}")
    if args.json:
        print(json.dumps({"place": args.place, "logs": facts}, indent=2))
    else:
        print(PROVES)
    return DIFFERS if any(fact["findings"] for fact in facts) else HOLDS


def _misuse(why: str) -> int:
    print(f"suara verify: {why}", file=sys.stderr)
    return MISUSE


def _checked(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from monitor.address import Address
    from monitor.audit import Audit, Wanted
    from monitor.memory import Memory

    address = Address(args.place)
    memory = Memory(args.state)
    policy, other = policy_of(args, address, memory)
    wanted = Wanted(args.documents, args.scans, args.standby, args.processes)
    for key in policy.log_keys:
        if args.contest in (None, key.name.rpartition("/")[2]):
            outcome = Audit(address, policy, memory, key.name, wanted, _progress(args, key.name)).run()
            outcome.findings += other
            if not args.json:
                _print(outcome)
            yield _facts(outcome)


def policy_of(args: argparse.Namespace, address: "Address", memory: "Memory") -> "tuple[Policy, list[Finding]]":
    """Whose signatures count: the file's word, else PLACE's own as it was seen first; that it is another now is said.

    Raises PolicyError, Absent, Unreachable, OSError.
    """
    from monitor.finding import Finding
    from tlog.policy import Policy

    if args.policy:
        return Policy.parse(args.policy.read_text()), []
    data = address.read("log/policy")
    Policy.parse(data.decode())
    first = memory.first("", "policy", data) or data
    return Policy.parse(first.decode()), [] if first == data else [Finding("policy.changed", "", "log/policy")]


def _facts(outcome: "Outcome") -> dict[str, Any]:
    facts: dict[str, Any] = {
        "log": outcome.log,
        "entries": None if outcome.checkpoint is None else outcome.checkpoint.size,
        "witnesses": outcome.head.cosigned,
        "seen_before": outcome.seen_before,
    }
    if outcome.whole is not None:
        facts |= {"kinds": outcome.whole.kinds, "bytes": outcome.whole.size}
    if outcome.tps is not None:
        names = ("tps", "cursor", "folded", "documents", "document_bytes", "scans", "scan_bytes", "standby")
        facts |= {name: getattr(outcome, name) for name in names}
    return facts | {"seconds": outcome.seconds, "findings": [told(one) for one in outcome.findings]}


def told(one: "Finding") -> dict[str, Any]:
    """A finding as JSON has it."""
    found: dict[str, Any] = {"code": one.code, "where": one.where, "id": one.id, "en": one.en}
    if one.field:
        found |= {"field": one.field, "ours": one.ours, "theirs": one.theirs}
    return found


def line(one: "Finding") -> str:
    """A finding for people."""
    values = f" {one.field}: log {one.ours}, published {one.theirs}" if one.field else ""
    why = f" ({one.theirs})" if one.theirs and not one.field else ""
    return f"{one.code} {one.where}{values}: {one.id} / {one.en}{why}"


def _progress(args: argparse.Namespace, origin: str) -> "Progress":
    def shown(what: str, done: int, of: int | None) -> None:
        if not args.json and sys.stderr.isatty():
            end = "\n" if done == of else ""
            print(f"\r{origin}: {done:,} of {of:,} {what}", end=end, file=sys.stderr, flush=True)

    return shown


def _print(outcome: "Outcome") -> None:
    if outcome.checkpoint is not None:
        before = f"; goes on from {outcome.seen_before:,}" if outcome.seen_before else "; seen for the first time"
        print(f"{outcome.log}: {outcome.checkpoint.size:,} entries, {outcome.head.cosigned} witnesses{before}")
    if outcome.whole is not None:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(outcome.whole.kinds.items()))
        print(f"  read: {outcome.whole.size:,} bytes of entries{f' ({kinds})' if kinds else ''}")
    if outcome.tps is not None:
        print(f"  totals: {outcome.tps:,} TPS up to entry {outcome.cursor}, {outcome.folded:,} folded one by one")
        print(f"  documents: {outcome.documents:,} of {outcome.document_bytes:,} bytes; scans: {outcome.scans:,}"
              f"{'' if outcome.standby is None else f'; standby: {outcome.standby:,} records'}")  # fmt: skip
    for one in outcome.findings:
        print(f"  {line(one)}")
    seconds = ", ".join(f"{name} {spent:.1f} s" for name, spent in outcome.seconds.items())
    print(f"  {'holds' if not outcome.findings else f'{len(outcome.findings):,} findings'}; {seconds}")


def _key(args: argparse.Namespace, address: "Address", memory: "Memory") -> str:
    """Who signs first-stage receipts: as given, else PLACE's own word as it was seen first. Raises Absent."""
    if args.key:
        return Path(args.key).read_text() if Path(args.key).is_file() else str(args.key)
    data = address.read("log/receipts.pub")
    return (memory.first("", "receipts.pub", data) or data).decode()


def _receipt(args: argparse.Namespace) -> int:
    from monitor import head as heads
    from monitor.address import Address
    from monitor.entries import Entries
    from monitor.memory import Memory
    from monitor.receipts import check_proof, check_receipt, is_proof, log_of
    from tlog.note import Verifier
    from tlog.receipt import ReceiptError
    from tlog.tree import ProofError

    text = args.receipt.read_text()
    address = Address(args.place)
    memory = Memory(args.state)
    policy, other = policy_of(args, address, memory)
    try:
        name = log_of(text)
    except (ReceiptError, ProofError) as error:
        return _misuse(f"{args.receipt} is neither a receipt nor a .tlog-proof: {error}")
    origin = next((key.name for key in policy.log_keys if key.name.rpartition("/")[2] == name), None)
    if origin is None:
        return _misuse(f"the policy names no log {name}")
    head = heads.read(address, f"log/{name}", origin, policy, memory.seen(origin))
    if head.checkpoint is None:
        print("\n".join(line(one) for one in head.findings))
        return DIFFERS
    entries = Entries(address, f"log/{name}", head.checkpoint)
    if is_proof(text):
        found = check_proof(text, policy, entries)
    else:
        key = _key(args, address, memory)
        found = check_receipt(text, Verifier.parse(key.strip()), entries)
    findings = [*other, *head.findings, *found.findings]
    if args.json:
        facts = {"log": origin, "number": found.number, "entry": found.entry, "findings": [told(x) for x in findings]}
        print(json.dumps(facts, indent=2))
    else:
        print(f"{origin}: entry {found.number:,} of {head.checkpoint.size:,}\n  {found.entry}")
        print("\n".join(f"  {line(one)}" for one in findings) or "  holds")
    return DIFFERS if findings else HOLDS
