"""`suara watch`: an outsider's eye on an election while it is counted. Here are words, rhythm and exit codes; what is
looked at is `monitor`'s."""

import argparse
import json
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monitor.finding import Finding
    from monitor.outside import Compared, Tally
    from monitor.stream import Listener
    from monitor.watch import Round, Watch

QUIET, ALARM, MISUSE = 0, 1, 2

ABOUT = """\
Follows an election's public logs and keeps its own totals. Every new head must be signed, witnessed and go on from
the one before; every document that appears must say what the log says; scans must have the hashes in the log; the
stream must tell every entry. Whatever is not so is told once, with both values, and told again when it is gone.

PLACE is an address (https://…) or a folder. The streams are heard where PLACE has them, else the files are asked.
With --tally, a file of TPS results (a monitor group's, a party's) is held against ours, TPS by TPS and by level.
Keep --state: it is what makes rewritten history noticed, and a restart goes on from it.
"""
EXAMPLES = """\
examples:
  suara watch https://hasil.example
  suara watch https://hasil.example --contest ppwp --tally kawal.csv
  suara watch data/public --once --json

--tally FILE: CSV with a column `tps`, and either a column a field (`paslon_1`, or a choice's id or number) or the
columns `field` and `votes`.

exit code 0: nothing was found; 1: something was; 2: called wrongly, or PLACE cannot be reached
memory: a nation's president's election (7.6 million entries) takes 0.75 GB, its first start 1.2 GB; 270 MB of --state
"""
TALLY_EVERY = 60.0
"""Seconds between two comparisons with an outside tally."""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `suara watch`."""
    parser = subparsers.add_parser(
        "watch", help="follow logs and documents, alarm on any difference", description=ABOUT, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("place", metavar="PLACE", help="address or folder of the public files")
    parser.add_argument("--contest", metavar="KEY", help="only this one (default: all that are published)")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="whose signatures count (default: PLACE's own)")
    parser.add_argument("--state", type=Path, default=Path("watched"), metavar="DIR", help="what was seen before")
    parser.add_argument("--tally", type=Path, metavar="FILE", help="an outside tally to compare with")
    parser.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="at least so often (default: 2)")
    parser.add_argument("--scans", type=int, default=3, metavar="N", help="new scans looked at each time (default: 3)")
    parser.add_argument("--processes", type=int, default=None, help="side by side at the start (default: one a core)")
    parser.add_argument("--once", action="store_true", help="one look at everything, then stop")
    parser.add_argument("--json", action="store_true", help="a JSON object a line")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Watch until told to stop; exit code 0, 1 or 2."""
    import msgspec

    from monitor.address import Absent, Unreachable
    from monitor.outside import BadTally
    from monitor.stations import BadReference
    from suara.commands.verify import line
    from suara.commands.verify import told as facts_of
    from tlog.policy import PolicyError

    stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    try:
        begun, other = _begun(args)
        watched = [Watched(args, watch) for watch in begun]
        for one in other:
            _say(args, f"alarm {line(one)}", {"event": "alarm", "log": one.log, **facts_of(one)})
        if not watched:
            return _misuse(f"nothing of {args.contest or 'any contest'} is published at {args.place}")
        return _follow(args, watched, stop) or (ALARM if other else QUIET)
    except (Absent, Unreachable) as error:
        return _misuse(f"{args.place} cannot be read: {error}. Is the address right, the line up?")
    except msgspec.DecodeError as error:
        return _misuse(f"what was seen before cannot be read in {args.state}: {error}. Is there a copy of that folder?")
    except (PolicyError, BadReference, BadTally, OSError, UnicodeDecodeError) as error:
        return _misuse(str(error))


def _misuse(why: str) -> int:
    print(f"suara watch: {why}", file=sys.stderr)
    return MISUSE


def _begun(args: argparse.Namespace) -> "tuple[list[Watch], list[Finding]]":
    """A watch for each contest that is published, and what is wrong already. Raises Unreachable, PolicyError,
    BadReference."""
    from election.contest import CONTEST_TYPES
    from monitor.address import Absent, Address
    from monitor.finding import Finding
    from monitor.memory import Memory
    from monitor.watch import Watch
    from suara.commands.verify import policy_of

    address = Address(args.place)
    policy, other = policy_of(args, address, Memory(args.state))
    found = []
    for key in policy.log_keys:
        if args.contest in (None, key.name.rpartition("/")[2]):
            watch = Watch(address, policy, key.name, args.state, scans=args.scans)
            try:
                watch.begin(args.processes)
            except Absent as absent:
                if watch.contest in CONTEST_TYPES:  # else a log without documents: accounts and policies
                    other.append(Finding("reference.absent", key.name, str(absent)))
                continue
            found.append(watch)
    return found, other


class Watched:
    """One watch with its listeners and its tally."""

    def __init__(self, args: argparse.Namespace, watch: "Watch") -> None:
        self.args, self.watch = args, watch
        self.listeners = [] if args.once else self._listening()
        self.tally = self._tally()
        self._compared: Compared | None = None
        self._next_tally = 0.0
        self.reached = time.monotonic()

    def _listening(self) -> "list[Listener]":
        from monitor.stream import Listener

        if not self.args.place.startswith(("http://", "https://")):
            return []
        heard, path = self.watch.heard, f"stream/{self.watch.contest}"
        assert self.watch.totals is not None
        after = str(self.watch.totals.read)
        found = [
            Listener(self.args.place, path, heard.entry, after),
            Listener(self.args.place, f"{path}/cuts", heard.cut),
        ]
        for listener in found:
            listener.start()
        return found

    def _tally(self) -> "Tally | None":
        from monitor.outside import Tally

        assert self.watch.totals is not None
        return Tally.read(self.args.tally, self.watch.totals.stations) if self.args.tally else None

    def look(self) -> None:
        """One round, told. Raises Unreachable."""
        told = self.watch.round()
        self.reached = time.monotonic()
        self._tell(told)
        if self.tally is not None and time.monotonic() >= self._next_tally:
            self._next_tally = time.monotonic() + TALLY_EVERY
            assert self.watch.totals is not None
            compared = self.tally.compare(self.watch.totals.now)
            if compared != self._compared:
                self._compared = compared
                tell_tally(self.args, self.watch.contest, compared)

    def _tell(self, told: "Round") -> None:
        from suara.commands.verify import line
        from suara.commands.verify import told as facts_of

        for word, findings in (("alarm", told.opened), ("cleared", told.closed)):
            for one in findings:
                _say(self.args, f"{word} {line(one)}", {"event": word, "log": one.log, **facts_of(one)})
        facts: dict[str, Any] = {
            "event": "round", "contest": self.watch.contest, "entries": told.size, "cut": told.number,
            "documents": told.documents, "open": len(self.watch.open),
        }  # fmt: skip
        if self.args.json:
            _say(self.args, "", facts)
        elif told.documents or self.args.once:
            print(
                f"{self.watch.contest}: {told.size:,} entries, cut {told.number:,}, {told.documents:,} documents read, "
                f"{len(self.watch.open):,} open findings", flush=True,
            )  # fmt: skip


def _follow(args: argparse.Namespace, watched: list[Watched], stop: threading.Event) -> int:
    from monitor.address import Unreachable

    alarmed, unreachable = False, False
    while not stop.is_set():
        for one in watched:
            try:
                one.look()
                if unreachable:
                    _say(args, f"cleared {args.place} answers again", {"event": "cleared", "code": "unreachable"})
                unreachable = False
            except Unreachable as error:
                if args.once:
                    raise
                if not unreachable:
                    _say(
                        args, f"alarm {args.place} does not answer: {error}", {"event": "alarm", "code": "unreachable"}
                    )
                unreachable = True
            alarmed |= unreachable or bool(one.watch.open)
        if args.once and all(one.watch.settled for one in watched):
            break
        if not args.once:
            _wait(args, watched, stop)
    for one in watched:
        for listener in one.listeners:
            listener.close()
        one.watch.close()
    return ALARM if alarmed else QUIET


def _wait(args: argparse.Namespace, watched: list[Watched], stop: threading.Event) -> None:
    """Until a stream rings (not at once: a second's news are one round), or it is time anyway."""
    until = time.monotonic() + args.every
    while time.monotonic() < until and not stop.wait(0.2):
        rung = [one for one in watched if one.watch.heard.rung.is_set()]
        for one in rung:
            one.watch.heard.rung.clear()
        if rung and time.monotonic() > until - args.every + 0.5:
            return


def tell_tally(args: argparse.Namespace, contest: str, found: "Compared") -> None:
    """What an outside tally says otherwise."""
    import msgspec

    facts: dict[str, Any] = {"event": "tally", "contest": contest, **msgspec.to_builtins(found)}
    if args.json:
        _say(args, "", facts)
        return
    print(
        f"tally of {contest}: {found.both:,} TPS in both, {found.equal:,} equal, {found.differing:,} differ; "
        f"{found.only_theirs:,} only there, {found.only_ours:,} only here, {found.unknown:,} codes unknown"
    )
    for level in found.levels:
        if level.differing:
            pairs = ", ".join(
                f"{field} {level.ours[field]:,} here, {level.theirs[field]:,} there"
                for field in level.ours
                if level.ours[field] != level.theirs[field]
            )
            print(f"  {level.kode}: {level.differing:,} of {level.tps:,} TPS differ{f': {pairs}' if pairs else ''}")
    for one in found.differences[:20]:
        print(f"  TPS {one.tps} {one.field}: {one.ours} here, {one.theirs} there")
    if len(found.differences) > 20:
        print(f"  … {len(found.differences) - 20:,} more figures (--json has them)")
    sys.stdout.flush()


def _say(args: argparse.Namespace, words: str, facts: dict[str, Any]) -> None:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(json.dumps({"at": stamp, **facts}) if args.json else f"{stamp} {words}", flush=True)
