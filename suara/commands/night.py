"""`suara night`: play an election night against a running system."""

import argparse
import asyncio
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from suara.cli import DIFFERS, HOLDS

if TYPE_CHECKING:
    from loadtest.night import Enrolment, Summary, Tally

EXAMPLE = """\
example:
  suara bundle make --seed 7 --out data/bundle
  suara accounts make --data data && suara accounts serve --data data --port 8083 &
  suara night --bundle data/bundle --url http://127.0.0.1:8081 --accounts http://127.0.0.1:8083 \
              --codes data/accounts/codes.csv --seed 7 --speed 60 --tps 50 --out data/night

Stopped and started again with the same --out, it goes on where it was. Exit code 0: every TPS has sent
everything and nothing was refused; 1: something was refused.
"""


def add(parser: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    night = parser.add_parser(
        "night",
        help="play an election night against a running system",
        description="Officers of an invented night: their forms are drawn and photographed, their readings and\n"
        "photos sent over HTTP, with slips, repeats and bad lines.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    night.add_argument("--bundle", type=Path, required=True, help="folder of the election's reference data")
    night.add_argument("--url", required=True, help="address of the front door, e.g. http://127.0.0.1:8080")
    night.add_argument("--accounts", default="", help="address of the accounts service that enrols the officers")
    night.add_argument("--codes", type=Path, help="their activation codes, as suara accounts make wrote them")
    night.add_argument("--keys", type=Path, help="instead of both: the installation's own keys, e.g. data/keys")
    night.add_argument(
        "--contest", type=_contests, default="ppwp", metavar="KEY[:N],…",
        help="contests, and of how many TPS each (default: %(default)s, of all)",
    )  # fmt: skip
    night.add_argument("--seed", type=int, default=1, help="everything invented follows from it (default: %(default)s)")
    night.add_argument("--speed", type=_speed, default=150.0, help="night seconds a second, or 'max' (default: 150)")
    night.add_argument("--tps", type=int, metavar="N", help="of contests without a number only the first N TPS")
    night.add_argument("--workers", type=int, default=1, help="processes that draw (default: %(default)s)")
    night.add_argument("--at-once", type=int, default=16, help="officers sending at once (default: %(default)s)")
    night.add_argument("--keep-photos", action="store_true", help="leave the photos in OUT/photos for another run")
    night.add_argument("--out", type=Path, default=Path("night"), help="ledger and photos (default: %(default)s)")
    night.add_argument("--json", action="store_true", help="answer with the summary as JSON")
    night.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Plays the night and says how it went."""
    import uvloop

    summary = uvloop.run(_play(args))
    if args.json:
        print(msgspec.json.encode({"complete": summary.complete, **msgspec.to_builtins(summary)}).decode())
    else:
        _say(summary)
    return HOLDS if summary.complete else DIFFERS


async def _play(args: argparse.Namespace) -> "Summary":
    from election import bundle
    from loadtest.night import play

    progress = None if args.json else _Line(sys.stderr.isatty())
    summary = await play(
        await asyncio.to_thread(bundle.load, args.bundle),
        args.url,
        seed=args.seed,
        speed=args.speed,
        folder=args.out,
        enrolment=_enrolment(args),
        contests={key: args.tps if limit is None else limit for key, limit in args.contest.items()},
        workers=args.workers,
        at_once=args.at_once,
        keep_photos=args.keep_photos,
        on_progress=progress,
    )
    if progress is not None:
        progress.end()
    return summary


def _enrolment(args: argparse.Namespace) -> "Enrolment":
    """With the accounts service and codes, or with the key that it would sign with. Ends where neither is given."""
    from loadtest.night import Enrolment
    from loadtest.phone import codes
    from storage.keys import load_or_make

    if args.keys is not None:
        return Enrolment(seed=load_or_make(args.keys, "accounts").seed)
    if not args.accounts or args.codes is None:
        raise SystemExit("suara: officers are enrolled with --accounts and --codes, or with --keys")
    return Enrolment(args.accounts.rstrip("/"), codes(args.codes))


class _Line:
    """One line of progress: rewritten on a terminal, said at every tenth elsewhere."""

    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal
        self._said = -1

    def __call__(self, tally: "Tally") -> None:
        tenth = 10 * tally.tps_done // max(1, tally.tps_all)
        if not self._terminal and tenth == self._said:
            return
        self._said = tenth
        text = (
            f"{tally.tps_done}/{tally.tps_all} TPS · {tally.readings} readings · {tally.photos} photos · "
            f"{tally.cut + tally.lost_replies} lines lost · {tally.retries} retries"
        )
        print(f"\r\033[K{text}" if self._terminal else text, end="" if self._terminal else "\n", file=sys.stderr)

    def end(self) -> None:
        """Leaves the rewritten line standing."""
        if self._terminal:
            print(file=sys.stderr)


def _say(summary: "Summary") -> None:
    tally = summary.tally
    print(f"{tally.tps_done} of {tally.tps_all} TPS have sent everything ({summary.tps_before} before this run).")
    print(
        f"{tally.readings} readings and {tally.photos} photos, {tally.bytes / 1e6:.1f} MB in {summary.seconds:.1f} s."
    )
    print(
        f"Lines cut {tally.cut}, replies lost {tally.lost_replies} (receipt found {tally.looked_up}), "
        f"same again {tally.same_again}, retries {tally.retries}, refused {tally.refused}."
    )


def _contests(text: str) -> dict[str, int | None]:
    """`ppwp,pdpr:4` is every TPS of one contest, and four of another."""
    found: dict[str, int | None] = {}
    for part in text.split(","):
        key, _, limit = part.partition(":")
        if not key or (limit and not (limit.isascii() and limit.isdigit())):
            raise argparse.ArgumentTypeError(f"{part}: a contest, or a contest, a colon and a number of TPS")
        found[key] = int(limit) if limit else None
    return found


def _speed(text: str) -> float:
    if text == "max":
        return math.inf
    speed = float(text)
    if speed <= 0:
        raise argparse.ArgumentTypeError("a speed is above zero")
    return speed
