"""`suara findings`: what differs in journals and results though nothing may have changed it. Here are words and exit
codes; looking is the log's and recapitulation's."""

import argparse
import asyncio
from pathlib import Path

ABOUT = """\
Lists what the scrubbers have found: journal entries that differ from the public log, rows that were changed or deleted
in SQL, published results that no cut has written. The roles `log` and `recap` look all the time; the control room shows
the same list. A finding stands until a person has seen it: look into it first (docs/runbook.md), then say --seen.
"""
EXAMPLES = """\
examples:
  suara findings --data data
  suara findings --data data --seen

exit code 0: there is none; 1: there are some
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `suara findings`."""
    parser = subparsers.add_parser(
        "findings", help="list what was changed behind the journal's back", description=ABOUT, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--data", type=Path, default=Path("data"), help="where this installation keeps everything")
    parser.add_argument("--seen", action="store_true", help="a person has seen all of them: do not tell them again")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """List; exit code 0 or 1."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    from storage import findings
    from storage.opened import open_storage
    from storage.scrub import journals
    from storage.settings import Settings

    count = 0
    async with await open_storage(Settings.from_environment(args.data)) as storage:
        for name in await journals(storage.pool):
            for one in await findings.open_findings(storage.pool, name):
                count += one.count
                said_id, said_en = findings.WORDS[one.what]
                print(f"{name}  {one.what}  {one.count} (first: {one.first})\n  {said_en}\n  {said_id}")
            if args.seen:
                await findings.close(storage.pool, name)
    print(f"{count} findings" + (", seen" if args.seen and count else "") if count else "nothing differs")
    return int(bool(count))
